-- Events of releases.

-- name: apply_release
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure (disclosure_id, chunk, owner_org, recipient_org, capacity, purpose, action,
  principal_id, instrument_id, released_at, index)
SELECT id::uuid, chunk, owner_org, recipient_org, capacity, purpose, action, principal_id,
  instrument_id, tx_time, index
FROM unnest(:event.release_granted.disclosure_id, :event.release_granted.chunk,
    :event.release_granted.owner_org, :event.release_granted.recipient_org,
    :event.release_granted.capacity, :event.release_granted.purpose,
    :event.release_granted.action, :event.actor.principal_id,
    :event.release_granted.instrument_id, :tx_time, :index)
  AS e (id, chunk, owner_org, recipient_org, capacity, purpose, action, principal_id,
    instrument_id, tx_time, index)

-- name: apply_release_items
-- apply: release_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO disclosure_item (index, position, contribution_id, dataset_id, fields, consent_id,
  statement_id)
SELECT e.index, e.position, e.contribution_id::uuid, e.dataset_id::uuid, f.fields,
  e.consent_id::uuid, e.statement_id::uuid
FROM unnest(:event.release_granted.items.^.^.^.index, :event.release_granted.items.#,
    :event.release_granted.items.contribution_id, :event.release_granted.items.dataset_id,
    :event.release_granted.items.consent_id, :event.release_granted.items.statement_id)
  AS e (index, position, contribution_id, dataset_id, consent_id, statement_id)
JOIN (
  SELECT index, array_agg(field ORDER BY position) AS fields
  FROM unnest(:event.release_granted.fields.^.^.^.index, :event.release_granted.fields.#,
      :event.release_granted.fields) AS x (index, position, field)
  GROUP BY index) f USING (index)

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
