-- Events of releases, and of what follows on them.

-- name: apply_release
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure (disclosure_id, chunk, owner_org, recipient_org, capacity, purpose, action,
  principal_id, instrument_id, delivery_digest, approval_id, released_at, index)
SELECT id::uuid, chunk, owner_org, recipient_org, capacity, purpose, action, principal_id,
  instrument_id, delivery_digest, approval_id, tx_time, index
FROM unnest(:event.release_granted.disclosure_id, :event.release_granted.chunk,
    :event.release_granted.owner_org, :event.release_granted.recipient_org,
    :event.release_granted.capacity, :event.release_granted.purpose,
    :event.release_granted.action, :event.actor.principal_id,
    :event.release_granted.instrument_id, :event.release_granted.delivery_digest,
    :event.release_granted.approval_id, :tx_time, :index)
  AS e (id, chunk, owner_org, recipient_org, capacity, purpose, action, principal_id,
    instrument_id, delivery_digest, approval_id, tx_time, index)

-- name: apply_release_items
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure_item (index, position, contribution_id, dataset_id, fields, consent_id,
  statement_id, classification, min_cell)
SELECT e.index, e.position, e.contribution_id::uuid, e.dataset_id::uuid, f.fields,
  e.consent_id::uuid, e.statement_id::uuid, e.classification, e.min_cell
FROM unnest(:event.release_granted.items.^.^.^.index, :event.release_granted.items.#,
    :event.release_granted.items.contribution_id, :event.release_granted.items.dataset_id,
    :event.release_granted.items.consent_id, :event.release_granted.items.statement_id,
    :event.release_granted.items.classification, :event.release_granted.items.min_cell)
  AS e (index, position, contribution_id, dataset_id, consent_id, statement_id, classification,
    min_cell)
JOIN (
  SELECT index, array_agg(field ORDER BY position) AS fields
  FROM unnest(:event.release_granted.fields.^.^.^.index, :event.release_granted.fields.#,
      :event.release_granted.fields) AS x (index, position, field)
  GROUP BY index) f USING (index)

-- name: apply_release_obligations
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure_obligation (index, position, kind, number, due_at)
SELECT index, position, kind, number,
  CASE WHEN kind IN ('ACK_WITHIN', 'DATA_LIFE') THEN tx_time + number * interval '24 hours' END
FROM unnest(:event.release_granted.obligations.^.^.^.index,
    :event.release_granted.obligations.#, :event.release_granted.obligations.kind,
    :event.release_granted.obligations.number,
    :event.release_granted.obligations.^.^.^.tx_time) AS e (index, position, kind, number, tx_time)

-- name: apply_release_uses
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- A fetch counts once on each chain, from its first chunk on.
INSERT INTO consent_use (consent_id, recipient_org, disclosure_id, started_at, index)
SELECT DISTINCT ON (consent_id, recipient_org, id) consent_id::uuid, recipient_org, id::uuid,
  tx_time, index
FROM unnest(:event.release_granted.items.consent_id, :event.release_granted.items.^.recipient_org,
    :event.release_granted.items.^.disclosure_id, :event.release_granted.items.^.^.^.tx_time,
    :event.release_granted.items.^.^.^.index)
  AS e (consent_id, recipient_org, id, tx_time, index)
ORDER BY consent_id, recipient_org, id, index
ON CONFLICT DO NOTHING

-- name: apply_release_approval
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE approval a
SET state = 'USED', disclosure_id = e.disclosure_id, index = e.index
FROM (
  SELECT DISTINCT ON (approval_id) approval_id, disclosure_id, index
  FROM unnest(:event.release_granted.approval_id, :event.release_granted.disclosure_id, :index)
    AS x (approval_id, disclosure_id, index)
  WHERE approval_id <> ''
  ORDER BY approval_id, index) e
WHERE a.approval_id = e.approval_id::uuid AND a.state = 'APPROVED'

-- name: apply_refusal
-- apply: release_refused
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO release_refusal (index, disclosure_id, chunk, owner_org, recipient_org, reason, detail,
  refused_at)
SELECT index, id::uuid, chunk, owner_org, recipient_org, reason, detail, tx_time
FROM unnest(:index, :event.release_refused.disclosure_id, :event.release_refused.chunk,
    :event.release_refused.owner_org, :event.release_refused.recipient_org,
    :event.release_refused.reason, :event.release_refused.detail, :tx_time)
  AS e (index, id, chunk, owner_org, recipient_org, reason, detail, tx_time)

-- name: apply_receipt
-- apply: disclosure_acknowledged
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure_receipt (disclosure_id, chunk, delivery_digest, acknowledged_by,
  acknowledged_at, index)
SELECT id::uuid, chunk, delivery_digest, principal_id, tx_time, index
FROM unnest(:event.disclosure_acknowledged.chunks.^.disclosure_id,
    :event.disclosure_acknowledged.chunks.chunk,
    :event.disclosure_acknowledged.chunks.delivery_digest,
    :event.disclosure_acknowledged.chunks.^.^.actor.principal_id,
    :event.disclosure_acknowledged.chunks.^.^.^.tx_time,
    :event.disclosure_acknowledged.chunks.^.^.^.index)
  AS e (id, chunk, delivery_digest, principal_id, tx_time, index)

-- name: apply_recall
-- apply: disclosures_recalled
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO recall (recall_id, owner_org, recipient_org, cause, reason, due, recalled_by,
  recalled_at, version, index)
SELECT id::uuid, owner_org, recipient_org, cause, reason, due, principal_id, tx_time, 1, index
FROM unnest(:event.disclosures_recalled.recall_id, :event.disclosures_recalled.owner_org,
    :event.disclosures_recalled.recipient_org, :event.disclosures_recalled.cause,
    :event.disclosures_recalled.reason, :event.disclosures_recalled.due,
    :event.actor.principal_id, :tx_time, :index)
  AS e (id, owner_org, recipient_org, cause, reason, due, principal_id, tx_time, index)

-- name: apply_recall_items
-- apply: disclosures_recalled
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO recall_item (release_index, contribution_id, cause, recall_id, state, outcome,
  answer_reason, answered_by, index)
SELECT release_index, contribution_id::uuid, cause, recall_id::uuid, 'OPEN', '', '', '', index
FROM unnest(:event.disclosures_recalled.items.release_index,
    :event.disclosures_recalled.items.contribution_id,
    :event.disclosures_recalled.items.^.cause, :event.disclosures_recalled.items.^.recall_id,
    :event.disclosures_recalled.items.^.^.^.index)
  AS e (release_index, contribution_id, cause, recall_id, index)

-- name: apply_recall_answer
-- apply: recall_answered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- Of several answers in one stroke the last counts.
UPDATE recall_item i
SET state = 'ANSWERED', outcome = e.outcome, answer_reason = e.reason,
  answered_by = e.principal_id, answered_at = e.tx_time, index = e.index
FROM (
  SELECT DISTINCT ON (recall_id, release_index, contribution_id) *
  FROM unnest(:event.recall_answered.items.^.recall_id,
      :event.recall_answered.items.release_index, :event.recall_answered.items.contribution_id,
      :event.recall_answered.items.^.outcome, :event.recall_answered.items.^.reason,
      :event.recall_answered.items.^.^.actor.principal_id,
      :event.recall_answered.items.^.^.^.tx_time, :event.recall_answered.items.^.^.^.index)
    AS x (recall_id, release_index, contribution_id, outcome, reason, principal_id, tx_time, index)
  ORDER BY recall_id, release_index, contribution_id, index DESC) e
WHERE i.recall_id = e.recall_id::uuid AND i.release_index = e.release_index
  AND i.contribution_id = e.contribution_id::uuid

-- name: apply_recall_answer_version
-- apply: recall_answered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE recall r
SET version = e.version
FROM (
  SELECT id, max(version) AS version
  FROM unnest(:event.recall_answered.recall_id, :event.entity_version) AS x (id, version)
  GROUP BY id) e
WHERE r.recall_id = e.id::uuid

-- name: apply_recall_closing
-- apply: recall_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE recall_item i
SET state = 'CLOSED', index = e.index
FROM unnest(:event.recall_closed.items.^.recall_id, :event.recall_closed.items.release_index,
    :event.recall_closed.items.contribution_id, :event.recall_closed.items.^.^.^.index)
  AS e (recall_id, release_index, contribution_id, index)
WHERE i.recall_id = e.recall_id::uuid AND i.release_index = e.release_index
  AND i.contribution_id = e.contribution_id::uuid

-- name: apply_recall_closing_version
-- apply: recall_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE recall r
SET version = e.version
FROM (
  SELECT id, max(version) AS version
  FROM unnest(:event.recall_closed.recall_id, :event.entity_version) AS x (id, version)
  GROUP BY id) e
WHERE r.recall_id = e.id::uuid

-- name: apply_approval_request
-- apply: approval_requested
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO approval (approval_id, owner_org, recipient_org, capacity, purpose, action, fields,
  contribution_ids, request_digest, state, requested_by, requested_at, answered_by, reason,
  disclosure_id, index)
SELECT e.id::uuid, owner_org, recipient_org, capacity, purpose, action, f.fields, c.ids,
  request_digest, 'PENDING', principal_id, tx_time, '', '', '', e.index
FROM unnest(:event.approval_requested.approval.approval_id,
    :event.approval_requested.approval.owner_org,
    :event.approval_requested.approval.recipient_org,
    :event.approval_requested.approval.capacity, :event.approval_requested.approval.purpose,
    :event.approval_requested.approval.action,
    :event.approval_requested.approval.request_digest, :event.actor.principal_id, :tx_time, :index)
  AS e (id, owner_org, recipient_org, capacity, purpose, action, request_digest, principal_id,
    tx_time, index)
JOIN (
  SELECT index, array_agg(field ORDER BY position) AS fields
  FROM unnest(:event.approval_requested.approval.fields.^.^.^.^.index,
      :event.approval_requested.approval.fields.#, :event.approval_requested.approval.fields)
    AS x (index, position, field)
  GROUP BY index) f USING (index)
JOIN (
  SELECT index, array_agg(id ORDER BY position) AS ids
  FROM unnest(:event.approval_requested.approval.contribution_ids.^.^.^.^.index,
      :event.approval_requested.approval.contribution_ids.#,
      :event.approval_requested.approval.contribution_ids) AS y (index, position, id)
  GROUP BY index) c USING (index)

-- name: apply_approval_answer
-- apply: approval_answered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE approval a
SET state = CASE WHEN e.is_approved THEN 'APPROVED' ELSE 'REFUSED' END,
  answered_by = e.principal_id, answered_at = e.tx_time, reason = e.reason,
  valid_to = e.valid_to, index = e.index
FROM unnest(:event.approval_answered.approval_id, :event.approval_answered.is_approved,
    :event.actor.principal_id, :tx_time, :event.approval_answered.reason,
    :event.approval_answered.valid_to, :index)
  AS e (id, is_approved, principal_id, tx_time, reason, valid_to, index)
WHERE a.approval_id = e.id::uuid
