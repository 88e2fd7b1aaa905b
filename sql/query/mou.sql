-- Memoranda of understanding.

-- name: facts_mou
-- in: pidc.store.v1.MouQuery
-- out: pidc.store.v1.MouFacts
-- Of one version, or of a partner that none is named of.
SELECT m.mou_id AS "mou.mou_id", m.org AS "mou.org", m.number AS "mou.number",
  m.state AS "mou.state", m.terms AS "mou.terms", m.digest AS "mou.digest",
  m.author_id AS "mou.author_id", m.resolution_id AS "mou.resolution_id",
  m.effective_from AS "mou.effective_from", m.term_to AS "mou.term_to",
  f.ends_at AS "mou.ends_at", m.version AS "mou.version", s.parties AS "mou.signatures.party",
  s.signers AS "mou.signatures.signer_id", s.times AS "mou.signatures.signed_at",
  m.digest AS "content.digest", m.not_before AS "content.not_before",
  m.term_months AS "content.term_months", m.notice_months AS "content.notice_months",
  m.pidc_signatory AS "content.pidc_signatory",
  m.partner_signatory AS "content.partner_signatory",
  p.org, p.state AS partner_state,
  array_remove(ARRAY[CASE WHEN t.shared_goals <> '{}' THEN 'STRATEGIC' END,
    CASE WHEN t.activity_titles <> '{}' THEN 'OPERATIONAL' END,
    CASE WHEN t.advisory_subjects <> '{}' THEN 'ADVISORY' END], NULL) AS types,
  ARRAY(SELECT a.org FROM org a LEFT JOIN member b USING (org)
    WHERE a.kind = 'SECRETARIAT' OR b.state = 'ACTIVE' OR a.org = p.org ORDER BY 1) AS audience,
  ARRAY(SELECT code FROM code_entry WHERE list = 'purpose' AND code = ANY (q.purposes))
    AS known_purposes,
  EXISTS (SELECT 1 FROM legacy_instrument i
    WHERE i.partner = p.org AND i.instrument_id = nullif(q.replaces, '')::uuid)
    AS is_replaced_known,
  o.last_number, o.has_other, o.predecessor_id, x.state = 'RESCINDED' AS is_approval_rescinded
FROM (SELECT :mou_id::text AS mou_id, :org::text AS org, :purposes::text[] AS purposes,
    :replaces_instrument_id::text AS replaces) q
LEFT JOIN mou m ON m.mou_id = nullif(q.mou_id, '')::uuid
JOIN partner p ON p.org = coalesce(m.org, q.org)
LEFT JOIN mou_force f ON f.mou_id = m.mou_id
LEFT JOIN resolution x ON x.resolution_id = m.resolution_id
LEFT JOIN prospect c ON c.org = p.org
LEFT JOIN dossier t ON t.dossier_id = c.dossier_id
CROSS JOIN LATERAL (
  SELECT coalesce(max(number), 0) AS last_number,
    coalesce(bool_or(state IN ('DRAFT', 'VETTED', 'BOARD_APPROVED', 'SIGNED_ONE')), false)
      AS has_other,
    max(mou_id::text) FILTER (WHERE effective_from IS NOT NULL AND superseded_from IS NULL)
      AS predecessor_id
  FROM mou WHERE org = p.org) o
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(party ORDER BY index), '{}') AS parties,
    coalesce(array_agg(signer_id ORDER BY index), '{}') AS signers,
    coalesce(array_agg(signed_at ORDER BY index), '{}') AS times
  FROM mou_signature g
  WHERE g.mou_id = m.mou_id AND m.state IN ('SIGNED_ONE', 'IN_FORCE', 'NOTICE_GIVEN')
    AND g.index >= (SELECT max(index) FROM mou_signature
      WHERE mou_id = m.mou_id AND step = 'SIGN_FIRST')) s

-- name: facts_resolution_mou
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT m.mou_id AS "mou.mou.mou_id", m.org AS "mou.mou.org", m.state AS "mou.mou.state",
  m.digest AS "mou.mou.digest", m.term_to AS "mou.mou.term_to", f.ends_at AS "mou.mou.ends_at",
  m.version AS "mou.mou.version", m.notice_months AS "mou.content.notice_months",
  m.org AS "mou.org"
FROM mou m
LEFT JOIN mou_force f USING (mou_id)
WHERE m.mou_id::text = :subject_id

-- name: mou_terms
-- in: pidc.v1.CheckMouRequest
-- out: pidc.store.v1.MouFacts
-- Whose audience is as of mou_get.
SELECT m.mou_id AS "mou.mou_id", m.terms AS "mou.terms", m.org,
  array_remove(ARRAY[CASE WHEN t.shared_goals <> '{}' THEN 'STRATEGIC' END,
    CASE WHEN t.activity_titles <> '{}' THEN 'OPERATIONAL' END,
    CASE WHEN t.advisory_subjects <> '{}' THEN 'ADVISORY' END], NULL) AS types
FROM mou m
LEFT JOIN prospect c ON c.org = m.org
LEFT JOIN dossier t ON t.dossier_id = c.dossier_id
WHERE m.mou_id = nullif(:mou_id, '')::uuid
  AND (:ctx.sees_all OR :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT') OR m.org = :ctx.actor.org)

-- name: mou_get
-- in: pidc.v1.GetMouRequest
-- out: pidc.v1.GetMouResponse
SELECT m.mou_id AS "mou.mou_id", m.org AS "mou.org", m.number AS "mou.number",
  m.state AS "mou.state",
  CASE WHEN f.mou_id IS NULL THEN CASE WHEN m.state = 'SIGNED_ONE'
      AND s.times[1] + interval '6 months' <= :ctx.now THEN 'SIGNATURE_LAPSED' ELSE 'PREPARED' END
    WHEN f.rescinded_at <= :ctx.now THEN 'RESCINDED'
    WHEN f.superseded_from <= :ctx.now THEN 'SUPERSEDED'
    WHEN f.terminates_at <= :ctx.now THEN 'TERMINATED'
    WHEN f.term_to <= :ctx.now THEN 'EXPIRED'
    WHEN f.effective_from > :ctx.now THEN 'AWAITED'
    WHEN f.expiring_from <= :ctx.now THEN 'EXPIRING'
    ELSE 'IN_FORCE' END AS "mou.standing",
  m.terms AS "mou.terms", m.digest AS "mou.digest", m.author_id AS "mou.author_id",
  m.vetted_by AS "mou.vetted_by", m.vetted_at AS "mou.vetted_at",
  m.resolution_id AS "mou.resolution_id", m.approved_at AS "mou.approved_at",
  s.parties AS "mou.signatures.party", s.signers AS "mou.signatures.signer_id",
  s.statements AS "mou.signatures.statement", s.certificates AS "mou.signatures.certificate",
  s.signatures AS "mou.signatures.signature", s.times AS "mou.signatures.signed_at",
  s.indexes AS "mou.signatures.index", m.effective_from AS "mou.effective_from",
  m.term_to AS "mou.term_to", m.expiring_from AS "mou.expiring_from", f.ends_at AS "mou.ends_at",
  m.terminates_at AS "mou.terminates_at", m.termination_reason AS "mou.termination_reason",
  m.purposes AS "mou.scope.purposes", m.actions AS "mou.scope.actions",
  m.granularity_ceiling AS "mou.scope.granularity_ceiling",
  m.classification_ceiling AS "mou.scope.classification_ceiling",
  m.has_confidentiality AS "mou.has_confidentiality", m.drafted_at AS "mou.drafted_at",
  m.version AS "mou.version", m.index AS "mou.index"
FROM mou m
LEFT JOIN mou_force f USING (mou_id)
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(party ORDER BY index), '{}') AS parties,
    coalesce(array_agg(signer_id ORDER BY index), '{}') AS signers,
    coalesce(array_agg(statement ORDER BY index), '{}') AS statements,
    coalesce(array_agg(certificate ORDER BY index), '{}') AS certificates,
    coalesce(array_agg(signature ORDER BY index), '{}') AS signatures,
    coalesce(array_agg(signed_at ORDER BY index), '{}') AS times,
    coalesce(array_agg(index ORDER BY index), '{}') AS indexes
  FROM mou_signature g
  WHERE g.mou_id = m.mou_id AND m.state IN ('SIGNED_ONE', 'IN_FORCE', 'NOTICE_GIVEN')
    AND g.index >= (SELECT max(index) FROM mou_signature
      WHERE mou_id = m.mou_id AND step = 'SIGN_FIRST')) s
WHERE m.mou_id = nullif(:mou_id, '')::uuid
  AND (:ctx.sees_all OR :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT') OR m.org = :ctx.actor.org)

-- name: mou_list
-- in: pidc.v1.ListMousRequest
-- out: pidc.v1.ListMousResponse mous
SELECT m.mou_id, m.org, m.number, m.state,
  CASE WHEN f.mou_id IS NULL THEN CASE WHEN m.state = 'SIGNED_ONE'
      AND g.signed_at + interval '6 months' <= :ctx.now THEN 'SIGNATURE_LAPSED'
      ELSE 'PREPARED' END
    WHEN f.rescinded_at <= :ctx.now THEN 'RESCINDED'
    WHEN f.superseded_from <= :ctx.now THEN 'SUPERSEDED'
    WHEN f.terminates_at <= :ctx.now THEN 'TERMINATED'
    WHEN f.term_to <= :ctx.now THEN 'EXPIRED'
    WHEN f.effective_from > :ctx.now THEN 'AWAITED'
    WHEN f.expiring_from <= :ctx.now THEN 'EXPIRING'
    ELSE 'IN_FORCE' END AS standing,
  m.digest, m.author_id, m.vetted_by, m.vetted_at, m.resolution_id, m.approved_at,
  m.effective_from, m.term_to, m.expiring_from, f.ends_at, m.terminates_at, m.termination_reason,
  m.purposes AS "scope.purposes", m.actions AS "scope.actions",
  m.granularity_ceiling AS "scope.granularity_ceiling",
  m.classification_ceiling AS "scope.classification_ceiling", m.has_confidentiality,
  m.drafted_at, m.version, m.index, m.org || ' ' || lpad(m.number::text, 10, '0') AS page_key
FROM mou m
LEFT JOIN mou_force f USING (mou_id)
LEFT JOIN LATERAL (
  SELECT signed_at FROM mou_signature WHERE mou_id = m.mou_id AND step = 'SIGN_FIRST'
  ORDER BY index DESC LIMIT 1) g ON true
WHERE (:ctx.sees_all OR :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT') OR m.org = :ctx.actor.org)
  AND (:org = '' OR m.org = :org)
  AND (coalesce(:state, '') = '' OR m.state = :state)
  AND m.org || ' ' || lpad(m.number::text, 10, '0') > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit
