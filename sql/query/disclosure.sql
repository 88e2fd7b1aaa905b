-- Releases.

-- name: fetch_plan
-- in: pidc.v1.FetchRequest
-- out: pidc.store.v1.FetchPlan
-- The frozen list of what the fetch is about, dataset by dataset as they were named;
-- whether any of it may leave is decided chunk by chunk.
WITH q AS (
  SELECT nullif(id, '')::uuid AS dataset_id, min(ord) AS place
  FROM unnest(:dataset_ids) WITH ORDINALITY AS x (id, ord)
  GROUP BY 1
), c AS MATERIALIZED (
  SELECT q.place, c.dataset_id, c.contribution_id, c.index
  FROM q
  JOIN contribution c USING (dataset_id)
  WHERE c.owner_org = :owner_org AND c.status = 'ACCEPTED'
    AND (:period.from::timestamptz IS NULL OR c.period_from >= :period.from)
    AND (:period.to::timestamptz IS NULL OR c.period_to <= :period.to)
  ORDER BY q.place, c.index
  LIMIT 1000000
)
SELECT ARRAY(SELECT contribution_id::text FROM c ORDER BY place, index) AS contribution_ids,
  coalesce(array_agg(dataset_id ORDER BY place), '{}') AS dataset_ids,
  coalesce(array_agg(count ORDER BY place), '{}') AS counts
FROM (SELECT dataset_id, place, count(*) FROM c GROUP BY dataset_id, place) d

-- name: content_read
-- in: pidc.store.v1.ContentQuery
-- out: pidc.v1.FetchResponse items
-- Only what the release names: the row-level policy says so too.
SELECT c.contribution_id, c.dataset_id, c.period_from AS "period.from", c.period_to AS "period.to",
  i.min_cell,
  ARRAY(
    SELECT x.content
    FROM unnest(i.fields) WITH ORDINALITY AS f (name, ord)
    JOIN contribution_content x ON x.contribution_id = c.contribution_id AND x.field = f.name
    WHERE x.content IS NOT NULL
    ORDER BY f.ord) AS columns,
  c.content_kind, e.content_digest, e.content_size, e.external_uri
FROM disclosure_item i
JOIN contribution c USING (contribution_id)
LEFT JOIN contribution e ON e.contribution_id = c.contribution_id AND e.content_kind <> 'INLINE'
WHERE i.index = :release_index
ORDER BY i.position

-- name: content_files
-- in: pidc.store.v1.ContentQuery
-- out: pidc.store.v1.ReleasedFileRows files
SELECT i.contribution_id, x.field, x.upload_id, u.sha256, u.size
FROM disclosure_item i
CROSS JOIN LATERAL unnest(i.fields) WITH ORDINALITY AS f (name, ord)
JOIN contribution_content x ON x.contribution_id = i.contribution_id AND x.field = f.name
JOIN upload u ON u.upload_id = x.upload_id
WHERE i.index = :release_index
ORDER BY i.position, f.ord

-- name: fetch_sizes
-- in: pidc.store.v1.SizeQuery
-- out: pidc.store.v1.SizeRows
SELECT array_agg(coalesce(s.columns, 0) ORDER BY q.ord) AS column_bytes,
  array_agg(coalesce(s.files, 0) ORDER BY q.ord) AS file_bytes
FROM unnest(:contribution_ids) WITH ORDINALITY AS q (id, ord)
CROSS JOIN LATERAL (
  SELECT sum(x.size) FILTER (WHERE f.type <> 'FILE')::bigint AS columns,
    sum(x.size) FILTER (WHERE f.type = 'FILE')::bigint AS files
  FROM contribution c
  CROSS JOIN LATERAL unnest(c.column_fields, c.column_sizes) AS x (field, size)
  JOIN dataset_field f ON f.dataset_id = c.dataset_id AND f.name = x.field
  WHERE c.contribution_id = nullif(q.id, '')::uuid AND c.owner_org = :owner_org
    AND x.field = ANY (:fields)) s

-- name: approval_plan
-- in: pidc.v1.FetchRequest
-- out: pidc.store.v1.FetchPlan
-- The list that an approval froze.
SELECT a.contribution_ids
FROM approval a
WHERE a.approval_id = nullif(:approval_id, '')::uuid AND a.recipient_org = :ctx.actor.org
  AND a.owner_org = :owner_org

-- name: delivery_note
-- in: pidc.store.v1.DeliveryNote
-- out: -
INSERT INTO delivery_note (release_index, delivery_digest, sent_at)
VALUES (:release_index, :delivery_digest, clock_timestamp())
ON CONFLICT DO NOTHING

-- name: disclosure_list
-- in: pidc.v1.ListDisclosuresRequest
-- out: pidc.v1.ListDisclosuresResponse disclosures
SELECT d.disclosure_id, d.chunk, d.owner_org, d.recipient_org, d.capacity, d.purpose, d.action,
  d.principal_id, d.instrument_id, d.released_at, d.index, d.approval_id, d.delivery_digest,
  (SELECT fields FROM disclosure_item WHERE index = d.index LIMIT 1) AS fields,
  i.contribution_ids AS "items.contribution_id", i.dataset_ids AS "items.dataset_id",
  i.consent_ids AS "items.consent_id", i.statement_ids AS "items.statement_id",
  i.classifications AS "items.classification", i.min_cells AS "items.min_cell",
  i.changes AS "items.change",
  o.kinds AS "obligations.kind", o.numbers AS "obligations.number",
  e.leaf_hash, r.acknowledged_at,
  CASE WHEN r.index IS NOT NULL THEN 'ACKNOWLEDGED'
    WHEN n.release_index IS NOT NULL THEN 'SENT'
    ELSE 'NOT_SENT' END AS delivery,
  o.acknowledge_by, r.index IS NULL AND o.acknowledge_by <= :ctx.now AS is_overdue, o.dispose_by,
  lpad(d.index::text, 20, '0') AS page_key
FROM disclosure d
JOIN ledger_entry e ON e.index = d.index
LEFT JOIN disclosure_receipt r ON r.disclosure_id = d.disclosure_id AND r.chunk = d.chunk
LEFT JOIN delivery_note n ON n.release_index = d.index
CROSS JOIN LATERAL (
  SELECT array_agg(contribution_id ORDER BY position) AS contribution_ids,
    array_agg(dataset_id ORDER BY position) AS dataset_ids,
    array_agg(consent_id ORDER BY position) AS consent_ids,
    array_agg(statement_id ORDER BY position) AS statement_ids,
    array_agg(classification ORDER BY position) AS classifications,
    array_agg(min_cell ORDER BY position) AS min_cells,
    array_agg(coalesce(h.change, '') ORDER BY position) AS changes
  FROM disclosure_item x
  LEFT JOIN LATERAL (
    SELECT n.change
    FROM holder_notice n
    WHERE n.contribution_id = x.contribution_id AND n.recipient_org = d.recipient_org
      AND n.index > d.index
    ORDER BY n.index DESC
    LIMIT 1) h ON true
  WHERE x.index = d.index) i
CROSS JOIN LATERAL (
  SELECT array_agg(kind ORDER BY position) AS kinds,
    array_agg(number ORDER BY position) AS numbers,
    min(due_at) FILTER (WHERE kind = 'ACK_WITHIN') AS acknowledge_by,
    min(due_at) FILTER (WHERE kind = 'DATA_LIFE') AS dispose_by
  FROM disclosure_obligation WHERE index = d.index) o
WHERE (d.owner_org = :ctx.actor.org OR d.recipient_org = :ctx.actor.org)
  AND (:recipient_org = '' OR d.recipient_org = :recipient_org)
  AND (:owner_org = '' OR d.owner_org = :owner_org)
  AND (:disclosure_id = '' OR d.disclosure_id = nullif(:disclosure_id, '')::uuid)
  AND (:released.from::timestamptz IS NULL OR d.released_at >= :released.from)
  AND (:released.to::timestamptz IS NULL OR d.released_at < :released.to)
  AND (:dataset_id = '' AND :contribution_id = '' AND :consent_id = '' OR EXISTS (
    SELECT 1 FROM disclosure_item x
    WHERE x.index = d.index
      AND (:dataset_id = '' OR x.dataset_id = nullif(:dataset_id, '')::uuid)
      AND (:contribution_id = '' OR x.contribution_id = nullif(:contribution_id, '')::uuid)
      AND (:consent_id = '' OR x.consent_id = nullif(:consent_id, '')::uuid)))
  AND (NOT :unacknowledged OR r.index IS NULL)
  AND (NOT :overdue OR r.index IS NULL AND o.acknowledge_by <= :ctx.now)
  AND (coalesce(:obligation, '') = '' OR :obligation = ANY (o.kinds))
  AND CASE coalesce(:delivery, '')
    WHEN '' THEN true
    WHEN 'ACKNOWLEDGED' THEN r.index IS NOT NULL
    WHEN 'SENT' THEN r.index IS NULL AND n.release_index IS NOT NULL
    ELSE r.index IS NULL AND n.release_index IS NULL END
  AND d.index > CASE WHEN :ctx.page_key ~ '^00[0-9]{18}$' THEN :ctx.page_key::bigint
    ELSE -1 END
ORDER BY d.index
LIMIT :ctx.page_limit

-- name: facts_acknowledge
-- in: pidc.v1.AcknowledgeDisclosureRequest
-- out: pidc.store.v1.AcknowledgeFacts
-- Nothing of what the caller did not receive.
SELECT min(d.owner_org) AS owner_org, min(d.recipient_org) AS recipient_org,
  array_agg(d.chunk ORDER BY d.chunk) AS "chunks.chunk",
  array_agg(r.index IS NOT NULL ORDER BY d.chunk) AS "chunks.is_acknowledged",
  array_agg(CASE WHEN d.delivery_digest <> '' THEN d.delivery_digest
    ELSE coalesce(n.delivery_digest, '') END ORDER BY d.chunk) AS "chunks.delivery_digest"
FROM disclosure d
LEFT JOIN disclosure_receipt r ON r.disclosure_id = d.disclosure_id AND r.chunk = d.chunk
LEFT JOIN delivery_note n ON n.release_index = d.index
WHERE d.disclosure_id = nullif(:disclosure_id, '')::uuid AND d.recipient_org = :ctx.actor.org
  AND d.chunk = ANY (:chunks.chunk)
