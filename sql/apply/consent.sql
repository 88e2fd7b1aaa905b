-- Events of consent. The statement's fields come from the signed bytes.

-- name: apply_pending
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- One signature where two are needed.
INSERT INTO consent_pending (statement_id, consent_id, version, owner_org, statement,
  signature_algorithm, signature_value, certificate_chain, signer_id, recorded_at, index)
SELECT e.id::uuid, consent_id::uuid, version, owner_org, statement, algorithm, value,
  coalesce(c.chain, '{}'), signer_id, tx_time, e.index
FROM unnest(:statement.statement_id, :statement.consent_id, :statement.version,
    :statement.owner_org, :event.consent_recorded.signed.statement,
    :event.consent_recorded.signed.signature.algorithm,
    :event.consent_recorded.signed.signature.value, :event.consent_recorded.signer_id,
    :event.consent_recorded.is_pending, :tx_time, :index)
  AS e (id, consent_id, version, owner_org, statement, algorithm, value, signer_id, is_pending,
    tx_time, index)
LEFT JOIN (
  SELECT index, array_agg(certificate) AS chain
  FROM unnest(:event.consent_recorded.signed.signature.certificate_chain.^.^.^.^.^.index,
      :event.consent_recorded.signed.signature.certificate_chain) AS x (index, certificate)
  GROUP BY index) c ON c.index = e.index
WHERE e.is_pending

-- name: apply_approved
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
DELETE FROM consent_pending p
USING unnest(:statement.statement_id, :event.consent_recorded.is_pending) AS e (id, is_pending)
WHERE p.statement_id = e.id::uuid AND NOT e.is_pending

-- name: apply_statement
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO consent_statement (statement_id, consent_id, version, owner_org, kind, statement,
  signature_algorithm, signature_value, signer_id, approval_algorithm, approval_value, approver_id,
  recorded_at, index)
SELECT statement_id::uuid, nullif(consent_id, '')::uuid, version, owner_org, kind, statement,
  algorithm, value, signer_id, coalesce(approval_algorithm, ''), coalesce(approval_value, ''), approver_id, tx_time,
  index
FROM unnest(:statement.statement_id, :statement.consent_id, :statement.version,
    :statement.owner_org, :statement.kind, :event.consent_recorded.signed.statement,
    :event.consent_recorded.signed.signature.algorithm,
    :event.consent_recorded.signed.signature.value, :event.consent_recorded.signer_id,
    :event.consent_recorded.approval.algorithm, :event.consent_recorded.approval.value,
    :event.consent_recorded.approver_id, :event.consent_recorded.is_pending, :tx_time, :index)
  AS e (statement_id, consent_id, version, owner_org, kind, statement, algorithm, value, signer_id,
    approval_algorithm, approval_value, approver_id, is_pending, tx_time, index)
WHERE NOT e.is_pending AND consent_id <> ''

-- name: apply_statement_chains
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- One statement on many chains: a row each.
INSERT INTO consent_statement (statement_id, consent_id, version, owner_org, kind, statement,
  signature_algorithm, signature_value, signer_id, recorded_at, index)
SELECT e.statement_id::uuid, c.consent_id::uuid, c.version, e.owner_org, e.kind, e.statement,
  e.algorithm, e.value, e.signer_id, e.tx_time, e.index
FROM unnest(:statement.statement_id, :statement.owner_org, :statement.kind,
    :event.consent_recorded.signed.statement,
    :event.consent_recorded.signed.signature.algorithm,
    :event.consent_recorded.signed.signature.value, :event.consent_recorded.signer_id, :tx_time,
    :index)
  AS e (statement_id, owner_org, kind, statement, algorithm, value, signer_id, tx_time, index)
JOIN unnest(:statement.chains.^.statement_id, :statement.chains.consent_id,
    :statement.chains.version)
  AS c (statement_id, consent_id, version) ON c.statement_id = e.statement_id

-- name: apply_chain_open
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- GRANT and VETO set the terms of their chain; CORRECT narrows them.
INSERT INTO consent_chain AS c (consent_id, owner_org, state, opened_by, version, recipient_orgs,
  is_open, purposes, valid_from, valid_to, contribution_ids, dataset_ids, index)
SELECT e.id::uuid, owner_org, 'CURRENT', kind, version,
  coalesce(o.orgs, '{}') || coalesce(n.orgs, '{}'),
  coalesce(all_partners, false) OR coalesce(org_class, '') <> '', coalesce(p.codes, '{}'),
  coalesce(valid_from, tx_time), valid_to, coalesce(k.ids, '{}'), coalesce(d.ids, '{}'), index
FROM unnest(:statement.consent_id, :statement.owner_org, :statement.kind, :statement.version,
    :statement.recipient.all_partners, :statement.recipient.org_class, :statement.valid_from,
    :statement.valid_to, :event.consent_recorded.is_pending, :tx_time, :index)
  AS e (id, owner_org, kind, version, all_partners, org_class, valid_from, valid_to, is_pending,
    tx_time, index)
LEFT JOIN (
  SELECT index, array_agg(org) AS orgs
  FROM unnest(:statement.recipient.orgs.^.^.^.index, :statement.recipient.orgs) AS x (index, org)
  GROUP BY index) o USING (index)
LEFT JOIN (
  SELECT index, array_agg(org) AS orgs
  FROM unnest(:statement.recipient.pinned_orgs.^.^.^.index, :statement.recipient.pinned_orgs)
    AS x (index, org)
  GROUP BY index) n USING (index)
LEFT JOIN (
  SELECT index, array_agg(code) AS codes
  FROM unnest(:statement.purposes.^.^.index, :statement.purposes) AS x (index, code)
  GROUP BY index) p USING (index)
LEFT JOIN (
  SELECT index, array_agg(selected::uuid) AS ids
  FROM unnest(:statement.data.contribution_ids.^.^.^.index, :statement.data.contribution_ids)
    AS x (index, selected)
  GROUP BY index) k USING (index)
LEFT JOIN (
  SELECT index, array_agg(selected::uuid) AS ids
  FROM unnest(:statement.data.dataset_ids.^.^.^.index, :statement.data.dataset_ids)
    AS x (index, selected)
  GROUP BY index) d USING (index)
WHERE kind IN ('GRANT', 'VETO', 'CORRECT') AND NOT is_pending
ON CONFLICT (consent_id) DO UPDATE SET
  version = excluded.version, recipient_orgs = excluded.recipient_orgs,
  is_open = excluded.is_open, purposes = excluded.purposes,
  valid_from = CASE excluded.opened_by WHEN 'CORRECT' THEN
    greatest(c.valid_from, excluded.valid_from) ELSE excluded.valid_from END, valid_to = excluded.valid_to, contribution_ids = excluded.contribution_ids,
  dataset_ids = excluded.dataset_ids, index = excluded.index

-- name: apply_chain_items
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- Under what the chain is found: also what a correction came down to, from a grant of
-- everything. What earlier terms named stays: the decision reads the terms themselves.
INSERT INTO consent_item (item_id, consent_id, owner_org, index)
SELECT DISTINCT ON (item_id, consent_id) s.item_id, c.consent_id, c.owner_org, e.index
FROM unnest(:statement.consent_id, :statement.kind, :event.consent_recorded.is_pending, :index)
  AS e (id, kind, is_pending, index)
JOIN consent_chain c ON c.consent_id = e.id::uuid
CROSS JOIN LATERAL unnest(c.contribution_ids || c.dataset_ids) AS s (item_id)
WHERE e.kind IN ('GRANT', 'VETO', 'CORRECT') AND NOT e.is_pending
ORDER BY item_id, consent_id, index
ON CONFLICT DO NOTHING

-- name: apply_chain_change
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE consent_chain c
SET state = CASE e.kind WHEN 'REVOKE' THEN 'REVOKED' WHEN 'SUSPEND' THEN 'SUSPENDED'
    ELSE 'CURRENT' END,
  version = e.version, index = e.index
FROM unnest(:statement.consent_id, :statement.kind, :statement.version, :index)
  AS e (id, kind, version, index)
WHERE c.consent_id = nullif(e.id, '')::uuid AND e.kind IN ('REVOKE', 'SUSPEND', 'RESUME')

-- name: apply_chain_change_many
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE consent_chain c
SET state = CASE e.kind WHEN 'REVOKE' THEN 'REVOKED' ELSE 'SUSPENDED' END,
  version = e.version, index = e.index
FROM unnest(:statement.chains.consent_id, :statement.chains.version, :statement.chains.^.kind,
    :statement.chains.^.^.index)
  AS e (id, version, kind, index)
WHERE c.consent_id = e.id::uuid
