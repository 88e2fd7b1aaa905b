-- Partners, recorded agreements, the transparency register.

-- name: facts_partner
-- in: pidc.v1.RecordLegacyRequest
-- out: pidc.store.v1.PartnerFacts
SELECT EXISTS (SELECT 1 FROM org WHERE org = :partner.org) AS exists,
  EXISTS (SELECT 1 FROM code_entry WHERE list = 'partner_class' AND code = :partner.partner_class)
    AS class_known,
  ARRAY(SELECT code FROM code_entry
    WHERE list = 'purpose' AND code = ANY (:partner.instrument.scope.purposes)) AS known_purposes,
  (SELECT min(v.published_at) FROM policy_version v JOIN policy_document d USING (policy_id)
    WHERE d.code = 'PARTNERSHIP') AS policy_since

-- name: open_grants
-- in: -
-- out: pidc.store.v1.PartnerFacts open_grants
-- Terms that stand and name no organisation in particular; whom they select is in them.
SELECT s.statement, s.recorded_at, s.index, s.consent_id
FROM consent_chain c
CROSS JOIN LATERAL (
  SELECT x.statement, x.recorded_at, x.index, x.consent_id
  FROM consent_statement x
  WHERE x.consent_id = c.consent_id AND x.kind IN ('GRANT', 'CORRECT')
  ORDER BY x.index DESC
  LIMIT 1) s
WHERE c.is_open AND c.opened_by = 'GRANT' AND c.state <> 'REVOKED' AND c.valid_to > :ctx.now
ORDER BY c.owner_org, c.consent_id
LIMIT 10000

-- name: partner_get
-- in: pidc.v1.GetPartnerRequest
-- out: pidc.v1.GetPartnerResponse
SELECT p.org AS "partner.org", o.org_id AS "partner.org_id", o.name AS "partner.name",
  p.aliases AS "partner.aliases", p.partner_class AS "partner.partner_class",
  p.state AS "partner.state", p.is_observer AS "partner.is_observer",
  p.represented_by AS "partner.represented_by",
  i.instrument_id AS "partner.instrument.instrument_id", i.title AS "partner.instrument.title",
  i.signed_on AS "partner.instrument.signed_on",
  i.document_digest AS "partner.instrument.document_digest",
  i.purposes AS "partner.instrument.scope.purposes",
  i.actions AS "partner.instrument.scope.actions",
  i.granularity_ceiling AS "partner.instrument.scope.granularity_ceiling",
  i.classification_ceiling AS "partner.instrument.scope.classification_ceiling",
  i.term_from AS "partner.instrument.term.from", i.term_to AS "partner.instrument.term.to",
  i.has_confidentiality AS "partner.instrument.has_confidentiality",
  p.version AS "partner.version", p.index AS "partner.index"
FROM partner p
JOIN org o USING (org)
LEFT JOIN legacy_instrument i ON i.partner = p.org
WHERE p.org = :org

-- name: partner_list
-- in: pidc.v1.ListPartnersRequest
-- out: pidc.v1.ListPartnersResponse partners
SELECT p.org, o.org_id, o.name, p.aliases, p.partner_class, p.state, p.is_observer,
  p.represented_by, p.version, p.index, p.org AS page_key
FROM partner p
JOIN org o USING (org)
WHERE p.org > :ctx.page_key
  AND (:state = '' OR p.state = :state)
  AND (:partner_class = '' OR p.partner_class = :partner_class)
ORDER BY p.org
LIMIT :ctx.page_limit

-- name: register_list
-- in: pidc.v1.ListRegisterRequest
-- out: pidc.v1.ListRegisterResponse entries
-- Partnerships, not those that may become one.
SELECT p.org, o.name, p.partner_class, p.state, p.is_observer, i.title AS instrument,
  p.recorded_at AS since, p.index, p.org AS page_key
FROM partner p
JOIN org o USING (org)
LEFT JOIN legacy_instrument i ON i.partner = p.org
WHERE p.org > :ctx.page_key
  AND p.state IN ('RECOGNISED', 'ACTIVE', 'SUSPENDED', 'EXITING', 'ENDED')
ORDER BY p.org
LIMIT :ctx.page_limit
