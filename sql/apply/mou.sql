-- Events of memoranda of understanding.

-- name: apply_mou_drafted
-- apply: mou_drafted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO mou (mou_id, org, number, state, terms, digest, author_id, purposes, actions,
  granularity_ceiling, classification_ceiling, has_confidentiality, not_before, term_months,
  notice_months, pidc_signatory, partner_signatory, replaces_instrument_id, drafted_at, vetted_by,
  termination_reason, version, index)
SELECT id::uuid, org, number, state, terms, digest, author, coalesce(p.list, '{}'),
  coalesce(a.list, '{}'), coalesce(granularity, ''), coalesce(classification, ''),
  has_confidentiality, not_before, term_months, notice_months, pidc_signatory, partner_signatory,
  nullif(replaces, '')::uuid, tx_time, '', '', version, e.index
FROM unnest(:event.mou_drafted.move.mou_id, :event.mou_drafted.org, :event.mou_drafted.number,
    :event.mou_drafted.move.to, :event.mou_drafted.content.terms,
    :event.mou_drafted.content.digest, :event.actor.principal_id,
    :event.mou_drafted.content.scope.granularity_ceiling,
    :event.mou_drafted.content.scope.classification_ceiling,
    :event.mou_drafted.content.has_confidentiality, :event.mou_drafted.content.not_before,
    :event.mou_drafted.content.term_months, :event.mou_drafted.content.notice_months,
    :event.mou_drafted.content.pidc_signatory, :event.mou_drafted.content.partner_signatory,
    :event.mou_drafted.content.replaces_instrument_id, :tx_time, :event.entity_version, :index)
  AS e (id, org, number, state, terms, digest, author, granularity, classification,
    has_confidentiality, not_before, term_months, notice_months, pidc_signatory, partner_signatory,
    replaces, tx_time, version, index)
LEFT JOIN (
  SELECT digest, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.mou_drafted.content.scope.purposes.^.^.digest,
      :event.mou_drafted.content.scope.purposes.#, :event.mou_drafted.content.scope.purposes)
    AS x (digest, position, item)
  GROUP BY digest) p USING (digest)
LEFT JOIN (
  SELECT digest, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.mou_drafted.content.scope.actions.^.^.digest,
      :event.mou_drafted.content.scope.actions.#, :event.mou_drafted.content.scope.actions)
    AS x (digest, position, item)
  GROUP BY digest) a USING (digest)

-- name: apply_mou_revised
-- apply: mou_revised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- What was approved of another text is not approved of this one.
UPDATE mou m
SET state = e.state, terms = e.terms, digest = e.digest, author_id = e.author,
  purposes = coalesce(p.list, '{}'), actions = coalesce(a.list, '{}'),
  granularity_ceiling = coalesce(e.granularity, ''),
  classification_ceiling = coalesce(e.classification, ''),
  has_confidentiality = e.has_confidentiality, not_before = e.not_before,
  term_months = e.term_months, notice_months = e.notice_months,
  pidc_signatory = e.pidc_signatory, partner_signatory = e.partner_signatory,
  replaces_instrument_id = nullif(e.replaces, '')::uuid, vetted_by = '', vetted_at = NULL,
  resolution_id = NULL, approved_at = NULL, version = e.version, index = e.index
FROM unnest(:event.mou_revised.move.mou_id, :event.mou_revised.move.to,
    :event.mou_revised.content.terms, :event.mou_revised.content.digest,
    :event.actor.principal_id, :event.mou_revised.content.scope.granularity_ceiling,
    :event.mou_revised.content.scope.classification_ceiling,
    :event.mou_revised.content.has_confidentiality, :event.mou_revised.content.not_before,
    :event.mou_revised.content.term_months, :event.mou_revised.content.notice_months,
    :event.mou_revised.content.pidc_signatory, :event.mou_revised.content.partner_signatory,
    :event.mou_revised.content.replaces_instrument_id, :event.entity_version, :index)
  AS e (id, state, terms, digest, author, granularity, classification, has_confidentiality,
    not_before, term_months, notice_months, pidc_signatory, partner_signatory, replaces, version,
    index)
LEFT JOIN (
  SELECT digest, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.mou_revised.content.scope.purposes.^.^.digest,
      :event.mou_revised.content.scope.purposes.#, :event.mou_revised.content.scope.purposes)
    AS x (digest, position, item)
  GROUP BY digest) p USING (digest)
LEFT JOIN (
  SELECT digest, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.mou_revised.content.scope.actions.^.^.digest,
      :event.mou_revised.content.scope.actions.#, :event.mou_revised.content.scope.actions)
    AS x (digest, position, item)
  GROUP BY digest) a USING (digest)
WHERE m.mou_id = e.id::uuid

-- name: apply_mou_vetted
-- apply: mou_vetted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE mou m
SET state = e.state, vetted_by = e.principal, vetted_at = e.tx_time, version = e.version,
  index = e.index
FROM unnest(:event.mou_vetted.move.mou_id, :event.mou_vetted.move.to, :event.actor.principal_id,
    :tx_time, :event.entity_version, :index)
  AS e (id, state, principal, tx_time, version, index)
WHERE m.mou_id = e.id::uuid

-- name: apply_mou_signature
-- apply: mou_signed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO mou_signature (mou_id, index, step, party, signer_id, statement, certificate, signature,
  signed_at)
SELECT id::uuid, e.index, step, party, signer, statement, coalesce(c.certificate, ''), signature, tx_time
FROM unnest(:event.mou_signed.move.mou_id, :index, :event.mou_signed.move.step,
    :event.mou_signed.party,
    :event.mou_signed.signer_id, :event.mou_signed.signed.statement,
    :event.mou_signed.signed.signature.value, :tx_time)
  AS e (id, index, step, party, signer, statement, signature, tx_time)
LEFT JOIN (
  SELECT index, certificate
  FROM unnest(:event.mou_signed.signed.signature.certificate_chain.^.^.^.^.^.index,
      :event.mou_signed.signed.signature.certificate_chain.#,
      :event.mou_signed.signed.signature.certificate_chain) AS x (index, position, certificate)
  WHERE position = 1) c USING (index)

-- name: apply_mou_signed
-- apply: mou_signed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE mou m
SET state = e.state, signed_at = CASE WHEN e.effective_from IS NOT NULL THEN e.tx_time END,
  effective_from = e.effective_from, term_to = e.term_to, expiring_from = e.expiring_from,
  version = e.version, index = e.index
FROM unnest(:event.mou_signed.move.mou_id, :event.mou_signed.move.to,
    :event.mou_signed.effective_from, :event.mou_signed.term_to, :event.mou_signed.expiring_from,
    :tx_time, :event.entity_version, :index)
  AS e (id, state, effective_from, term_to, expiring_from, tx_time, version, index)
WHERE m.mou_id = e.id::uuid

-- name: apply_mou_superseded
-- apply: mou_signed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE mou m
SET superseded_from = e.effective_from, superseded_at = e.tx_time, index = e.index
FROM unnest(:event.mou_signed.supersedes_id, :event.mou_signed.effective_from, :tx_time, :index)
  AS e (id, effective_from, tx_time, index)
WHERE m.mou_id = nullif(e.id, '')::uuid

-- name: apply_mou_terminated
-- apply: mou_terminated
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE mou m
SET state = e.state, notice_at = e.tx_time, terminates_at = e.terminates_at,
  termination_reason = e.reason, version = e.version, index = e.index
FROM unnest(:event.mou_terminated.move.mou_id, :event.mou_terminated.move.to,
    :event.mou_terminated.move.terminates_at, :event.mou_terminated.move.reason, :tx_time,
    :event.entity_version, :index)
  AS e (id, state, terminates_at, reason, tx_time, version, index)
WHERE m.mou_id = e.id::uuid

-- name: apply_resolution_closed_mou
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- The effect of a resolution: the text is approved, or notice is given.
UPDATE mou m
SET state = e.state,
  resolution_id = CASE e.state WHEN 'BOARD_APPROVED' THEN e.resolution_id::uuid
    ELSE m.resolution_id END,
  approved_at = CASE e.state WHEN 'BOARD_APPROVED' THEN e.tx_time ELSE m.approved_at END,
  notice_at = CASE e.state WHEN 'NOTICE_GIVEN' THEN e.tx_time ELSE m.notice_at END,
  terminates_at = coalesce(e.terminates_at, m.terminates_at), version = m.version + 1,
  index = e.index
FROM unnest(:event.resolution_closed.mou.mou_id, :event.resolution_closed.mou.to,
    :event.resolution_closed.mou.terminates_at, :event.resolution_closed.resolution_id, :tx_time,
    :index)
  AS e (id, state, terminates_at, resolution_id, tx_time, index)
WHERE m.mou_id = nullif(e.id, '')::uuid
