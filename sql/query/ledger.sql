-- The ledger: its head, its entries, its nodes, the chains of the organisations.

-- name: head_lock
-- in: -
-- out: pidc.store.v1.Head
-- The first statement of every write batch: what follows sees all that was
-- committed before, and nobody else appends meanwhile.
SELECT size, tx_time, frontier, register_epoch, origin, clock_timestamp() AS clock
FROM ledger_head
FOR UPDATE

-- name: head_get
-- in: -
-- out: pidc.store.v1.Head
SELECT size, tx_time, frontier, register_epoch, origin, clock_timestamp() AS clock
FROM ledger_head

-- name: head_init
-- in: pidc.store.v1.Head
-- out: -
INSERT INTO ledger_head (size, tx_time, frontier, register_epoch, origin)
VALUES (0, 'epoch', '{}', gen_random_uuid(), :origin)
ON CONFLICT DO NOTHING

-- name: head_update
-- in: pidc.store.v1.Append
-- out: -
-- Tells every instance that listens: "SIZE [!key] [ORG ...]", "*" for more
-- organisations than a notice can hold.
UPDATE ledger_head
SET size = :head.size, tx_time = :head.tx_time, frontier = :head.frontier
FROM pg_notify('pidc_ledger', array_to_string(
  ARRAY[:head.size::text, CASE WHEN :ends_key THEN '!key' END]
  || CASE WHEN cardinality(:chains.org) > 200 THEN '{*}' ELSE :chains.org END, ' '))

-- name: entry_append
-- in: pidc.store.v1.Append
-- out: -
INSERT INTO ledger_entry (index, tx_time, entry_type, entity_id, entity_version, leaf_hash, leaf,
  salt, payload, concerns)
SELECT index, tx_time, entry_type, entity_id, entity_version, leaf_hash, leaf, salt, payload,
  string_to_array(concern_list, ' ')
FROM unnest(:entries.index, :entries.tx_time, :entries.entry_type, :entries.entity_id::uuid[],
    :entries.entity_version, :entries.leaf_hash, :entries.leaf, :entries.salt, :entries.payload,
    :entries.concern_list)
  AS e (index, tx_time, entry_type, entity_id, entity_version, leaf_hash, leaf, salt, payload,
    concern_list)

-- name: node_append
-- in: pidc.store.v1.Append
-- out: -
INSERT INTO ledger_node (level, idx, hash)
SELECT * FROM unnest(:nodes.level, :nodes.idx, :nodes.hash)

-- name: concern_append
-- in: pidc.store.v1.Append
-- out: -
-- One row an organisation, however many entries of the batch concern it.
INSERT INTO ledger_concern (org, sequence, indexes)
SELECT org, min(sequence), array_agg(index ORDER BY sequence)
FROM unnest(:concerns.org, :concerns.sequence, :concerns.index) AS c (org, sequence, index)
GROUP BY org

-- name: chain_update
-- in: pidc.store.v1.Append
-- out: -
UPDATE ledger_chain c
SET sequence = n.sequence, last_index = n.last_index
FROM unnest(:chains.org, :chains.sequence, :chains.last_index) AS n (org, sequence, last_index)
WHERE c.org = n.org

-- name: chain_create
-- in: pidc.store.v1.OrgList
-- out: -
INSERT INTO ledger_chain (org, tag_key, sequence, last_index)
SELECT org, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 0, 0
FROM unnest(:orgs) AS o (org)
ON CONFLICT DO NOTHING

-- name: chain_list
-- in: pidc.store.v1.OrgList
-- out: pidc.store.v1.ChainRows chains
SELECT org, tag_key, sequence, last_index
FROM ledger_chain
WHERE org = ANY (:orgs)

-- name: entity_last
-- in: pidc.store.v1.EntityList
-- out: pidc.store.v1.EntityRows entities
SELECT q.id AS entity_id, l.index + 1 AS last_index
FROM unnest(:entity_ids::uuid[]) AS q (id)
CROSS JOIN LATERAL (
  SELECT index FROM ledger_entry
  WHERE entity_id = q.id
  ORDER BY index DESC
  LIMIT 1) l

-- name: replay_find
-- in: pidc.store.v1.ReplayLookup
-- out: pidc.store.v1.ReplayRow
-- many
SELECT q.ord, r.principal_id, r.request_id, r.method, r.request_sha256, r.reply, r.index
FROM unnest(:#, :principal_id, :request_id::uuid[]) AS q (ord, principal_id, request_id)
CROSS JOIN LATERAL (
  -- Mostly there is none: one look into the index each, however many are remembered.
  SELECT * FROM request_replay x
  WHERE x.request_id = q.request_id AND x.principal_id = q.principal_id
  LIMIT 1) r

-- name: replay_store
-- in: pidc.store.v1.ReplayRow
-- out: -
-- many
INSERT INTO request_replay (principal_id, request_id, method, request_sha256, reply, index)
SELECT *
FROM unnest(:principal_id, :request_id::uuid[], :method, :request_sha256, :reply, :index)

-- name: entry_range
-- in: pidc.store.v1.EntryRange
-- out: pidc.store.v1.EntryRows entries
-- All of an entry, for the register's own checks.
SELECT index, tx_time, entry_type, entity_id, entity_version, leaf_hash, leaf, salt, payload,
  concerns
FROM ledger_entry
WHERE index >= :start AND index < :end
ORDER BY index

-- name: entry_list
-- in: pidc.v1.ListEntriesRequest
-- out: pidc.v1.ListEntriesResponse entries
-- Payloads only of entries that concern the caller or nobody in particular.
SELECT index, tx_time, leaf_hash,
  CASE WHEN is_visible THEN leaf END AS leaf,
  CASE WHEN is_visible THEN salt END AS salt,
  CASE WHEN is_visible THEN payload END AS payload
FROM (
  SELECT e.*, e.concerns = '{}' OR :ctx.actor.org = ANY (e.concerns) OR :ctx.sees_all
    AS is_visible
  FROM ledger_entry e
  WHERE e.index >= :start AND (NOT :is_concerned OR :ctx.actor.org = ANY (e.concerns))
  ORDER BY e.index
  LIMIT CASE WHEN :count = 0 THEN 100 ELSE least(:count, 1000) END) v
ORDER BY index

-- name: leaf_hash_list
-- in: pidc.v1.ListLeafHashesRequest
-- out: pidc.v1.ListLeafHashesResponse
SELECT coalesce(array_agg(leaf_hash ORDER BY index), '{}') AS hashes
FROM (
  SELECT index, leaf_hash FROM ledger_entry
  WHERE index >= :start
  ORDER BY index
  LIMIT CASE WHEN :count = 0 THEN 1000 ELSE least(:count, 10000) END) e

-- name: node_fetch
-- in: pidc.store.v1.NodeRows
-- out: pidc.store.v1.NodeRows nodes
-- The lowest levels are most of the tree, and made of a few leaves each time.
SELECT q.level, q.idx, coalesce(n.hash, small_subtree(q.level, q.idx)) AS hash
FROM unnest(:nodes.level, :nodes.idx) AS q (level, idx)
LEFT JOIN ledger_node n ON q.level > 2 AND n.level = q.level AND n.idx = q.idx
WHERE n.hash IS NOT NULL OR q.level <= 2 AND small_subtree(q.level, q.idx) IS NOT NULL

-- name: epoch_bump
-- in: pidc.store.v1.EpochRows
-- out: -
INSERT INTO org_epoch (org, bucket, epoch)
SELECT org, bucket, max(epoch)
FROM unnest(:rows.org, :rows.bucket, :rows.epoch) AS e (org, bucket, epoch)
GROUP BY org, bucket
ON CONFLICT (org, bucket) DO UPDATE SET epoch = excluded.epoch

-- name: epoch_bump_consents
-- in: pidc.store.v1.ConsentEpochs
-- out: -
-- What the terms of a chain select, or all of its owner's data.
INSERT INTO org_epoch (org, bucket, epoch)
SELECT c.owner_org, b.bucket, max(e.epoch)
FROM unnest(:rows.consent_id, :rows.is_wide, :rows.epoch) AS e (id, is_wide, epoch)
JOIN consent_chain c ON c.consent_id = nullif(e.id, '')::uuid
CROSS JOIN LATERAL (
  SELECT x.bucket
  FROM unnest(c.contribution_ids) AS s (id)
  JOIN contribution k ON k.contribution_id = s.id
  CROSS JOIN LATERAL (VALUES (get_byte(uuid_send(s.id), 15)),
    (512 + get_byte(uuid_send(k.dataset_id), 15))) AS x (bucket)
  WHERE NOT e.is_wide
  UNION ALL
  SELECT 256 + get_byte(uuid_send(s.id), 15)
  FROM unnest(c.dataset_ids) AS s (id)
  WHERE NOT e.is_wide
  UNION ALL
  SELECT -1
  WHERE e.is_wide OR c.contribution_ids || c.dataset_ids = '{}') b
GROUP BY c.owner_org, b.bucket
ON CONFLICT (org, bucket) DO UPDATE SET epoch = excluded.epoch

-- name: read_begin
-- in: pidc.store.v1.ReadBegin
-- out: pidc.store.v1.ReadState
-- The first statement of every read batch: where the register is, and of which
-- answers it has changed since this reader last looked.
SELECT h.size AS "head.size", h.tx_time AS "head.tx_time",
  h.register_epoch AS "head.register_epoch", clock_timestamp() AS "head.clock",
  e.orgs AS "changes.org", e.buckets AS "changes.bucket", e.epochs AS "changes.epoch"
FROM ledger_head h
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(org), '{}') AS orgs, coalesce(array_agg(bucket), '{}') AS buckets,
    coalesce(array_agg(epoch), '{}') AS epochs
  FROM org_epoch
  WHERE epoch >= :seen) e

-- name: watch_place
-- in: pidc.v1.WatchRequest
-- out: pidc.store.v1.WatchPlace
-- The last of the caller's chain before an index. Sequence and index grow together,
-- so it is found by halving, without another index on a table that all writes extend.
WITH RECURSIVE half (low, high) AS (
  SELECT 0::bigint,
    coalesce((SELECT sequence FROM ledger_chain WHERE org = :ctx.actor.org), 0)
  UNION ALL
  SELECT CASE WHEN c.index < :start THEN c.sequence ELSE low END,
    CASE WHEN c.index < :start THEN high ELSE c.sequence - 1 END
  FROM half
  CROSS JOIN LATERAL (
    SELECT (low + high + 1) / 2 AS sequence,
      r.indexes[(low + high + 1) / 2 - r.sequence + 1] AS index
    FROM ledger_concern r
    WHERE r.org = :ctx.actor.org AND r.sequence <= (low + high + 1) / 2
    ORDER BY r.sequence DESC
    LIMIT 1) c
  WHERE low < high)
SELECT max(low) AS after FROM half

-- name: watch_list
-- in: pidc.store.v1.WatchPlace
-- out: pidc.v1.WatchResponse entries
-- One message: at most 100 entries and about 1 MB, but at least one entry.
SELECT sequence, index, tx_time, leaf_hash, leaf, salt, payload
FROM (
  SELECT c.sequence, e.index, e.tx_time, e.leaf_hash, e.leaf, e.salt, e.payload,
    sum(octet_length(e.payload) + octet_length(e.leaf)) OVER (ORDER BY c.sequence) AS bytes
  FROM (
    SELECT r.sequence + i.place - 1 AS sequence, i.index
    FROM ledger_concern r
    CROSS JOIN LATERAL unnest(r.indexes) WITH ORDINALITY AS i (index, place)
    WHERE r.org = :ctx.actor.org AND r.sequence <= :after + 100
      AND r.sequence >= coalesce((
        SELECT max(b.sequence) FROM ledger_concern b
        WHERE b.org = :ctx.actor.org AND b.sequence <= :after + 1), 0)
      AND r.sequence + i.place - 1 > :after
    ORDER BY 1
    LIMIT 100) c
  JOIN ledger_entry e ON e.index = c.index) p
WHERE bytes <= 1000000 OR sequence = :after + 1
ORDER BY sequence

-- name: watch_timed
-- in: pidc.store.v1.WatchPlace
-- out: pidc.v1.WatchResponse timed
-- What happened by the clock alone to records of the caller. Those of one instant come
-- together, so that the next message can go on after it.
SELECT at, kind, entity_id
FROM (
  SELECT c.valid_from AS at, 'CONSENT_BEGAN' AS kind, c.consent_id AS entity_id
  FROM consent_chain c
  WHERE c.valid_from > :timed_after AND c.valid_from <= :timed_until AND c.state = 'CURRENT'
    AND (c.owner_org = :ctx.actor.org OR :ctx.actor.org = ANY (c.recipient_orgs))
    AND EXISTS (SELECT 1 FROM consent_statement s
      WHERE s.consent_id = c.consent_id AND s.version = c.version
        AND s.recorded_at < c.valid_from)
  UNION ALL
  SELECT c.valid_to, 'CONSENT_EXPIRED', c.consent_id
  FROM consent_chain c
  WHERE c.valid_to > :timed_after AND c.valid_to <= :timed_until AND c.state <> 'REVOKED'
    AND (c.owner_org = :ctx.actor.org OR :ctx.actor.org = ANY (c.recipient_orgs))
  UNION ALL
  SELECT r.answer_by, 'SHARING_REQUEST_LAPSED', r.consent_request_id
  FROM sharing_request r
  WHERE r.answer_by > :timed_after AND r.answer_by <= :timed_until AND r.state = 'OPEN'
    AND (r.owner_org = :ctx.actor.org OR r.asker_org = :ctx.actor.org)
  UNION ALL
  SELECT r.due, 'RECALL_OVERDUE', r.recall_id
  FROM recall r
  WHERE r.due > :timed_after AND r.due <= :timed_until
    AND (r.owner_org = :ctx.actor.org OR r.recipient_org = :ctx.actor.org)
    AND EXISTS (SELECT 1 FROM recall_item i
      WHERE i.recall_id = r.recall_id AND i.state = 'OPEN')
  UNION ALL
  SELECT x.at, 'CONSENT_EXPIRING', c.consent_id
  FROM consent_chain c
  CROSS JOIN LATERAL (
    SELECT c.valid_to - least(interval '720 hours', (c.valid_to - c.valid_from) / 2) AS at) x
  WHERE c.valid_to > :timed_after AND c.valid_to <= :timed_until + interval '720 hours'
    AND x.at > :timed_after AND x.at <= :timed_until AND c.state <> 'REVOKED'
    AND (c.owner_org = :ctx.actor.org OR :ctx.actor.org = ANY (c.recipient_orgs))
  UNION ALL
  SELECT DISTINCT o.due_at,
    CASE o.kind WHEN 'ACK_WITHIN' THEN 'RECEIPT_OVERDUE' ELSE 'DATA_LIFE_ENDED' END,
    d.disclosure_id
  FROM disclosure_obligation o
  JOIN disclosure d USING (index)
  WHERE o.due_at > :timed_after AND o.due_at <= :timed_until
    AND (d.owner_org = :ctx.actor.org OR d.recipient_org = :ctx.actor.org)
    AND CASE o.kind
      WHEN 'ACK_WITHIN' THEN NOT EXISTS (SELECT 1 FROM disclosure_receipt r
        WHERE r.disclosure_id = d.disclosure_id AND r.chunk = d.chunk)
      ELSE EXISTS (SELECT 1 FROM disclosure_item i
        WHERE i.index = d.index AND NOT EXISTS (SELECT 1 FROM recall_item r
          WHERE r.release_index = i.index AND r.contribution_id = i.contribution_id
            AND r.outcome IN ('DELETED', 'RETURNED'))) END
  UNION ALL
  SELECT j.effective_at, 'CLASS_JOIN_TOOK_EFFECT', j.class_join_id
  FROM class_join j
  WHERE j.effective_at > :timed_after AND j.effective_at <= :timed_until
    AND j.owner_org = :ctx.actor.org) t
ORDER BY at
FETCH FIRST 100 ROWS WITH TIES

-- name: analyze
-- in: pidc.store.v1.Analyze
-- out: pidc.store.v1.Analyze
SELECT pidc.register_analyze(:is_all) AS count
