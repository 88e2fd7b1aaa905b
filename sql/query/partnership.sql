-- The partnership process: nominations, prospects, dossiers, histories.

-- name: facts_nominate_partner
-- in: pidc.v1.NominatePartnerRequest
-- out: pidc.store.v1.PartnershipFacts
SELECT EXISTS (SELECT 1 FROM code_entry
    WHERE list = 'partner_class' AND code = :nomination.partner_class) AS class_known,
  (SELECT min(org) FROM org WHERE kind = 'SECRETARIAT') AS secretariat

-- name: facts_decline_nomination
-- in: pidc.v1.DeclineNominationRequest
-- out: pidc.store.v1.PartnershipFacts
SELECT nomination_id AS "nomination.nomination_id", nominated_by AS "nomination.nominated_by",
  state AS "nomination.state", version AS "nomination.version"
FROM nomination
WHERE nomination_id = nullif(:nomination_id, '')::uuid

-- name: facts_create_prospect
-- in: pidc.v1.CreateProspectRequest
-- out: pidc.store.v1.PartnershipFacts
-- The same name, an alias or a registration number is the same organisation.
SELECT EXISTS (SELECT 1 FROM org WHERE org = :prospect.org) AS exists,
  EXISTS (SELECT 1 FROM code_entry
    WHERE list = 'partner_class' AND code = :prospect.partner_class) AS class_known,
  (SELECT min(o.org)
    FROM org o
    LEFT JOIN partner p ON p.org = o.org
    LEFT JOIN prospect s ON s.org = o.org
    WHERE s.registration_number = nullif(:prospect.registration_number, '')
      OR lower(o.name) = ANY (n.names)
      OR EXISTS (SELECT 1 FROM unnest(p.aliases) AS a (alias) WHERE lower(alias) = ANY (n.names)))
    AS duplicate_of,
  k.nomination_id AS "nomination.nomination_id", k.state AS "nomination.state",
  EXISTS (SELECT 1 FROM policy_document WHERE code = 'PARTNERSHIP')
    AND NOT EXISTS (SELECT 1 FROM policy_version v JOIN policy_document d USING (policy_id)
      WHERE d.code = 'PARTNERSHIP' AND v.state = 'IN_FORCE') AS is_policy_pending
FROM (SELECT array_agg(lower(name)) AS names
    FROM unnest(:prospect.name::text || :prospect.aliases) AS x (name)) n
LEFT JOIN nomination k ON k.nomination_id = nullif(:prospect.nomination_id, '')::uuid

-- name: facts_submit_dossier
-- in: pidc.v1.SubmitDossierRequest
-- out: pidc.store.v1.PartnershipFacts
SELECT p.org AS "partnership.org", p.partner_class AS "partnership.partner_class",
  p.state AS "partnership.state", d.author AS "partnership.dossier.author",
  d.digest AS "partnership.dossier.digest", p.version AS "partnership.version",
  ARRAY(SELECT code FROM code_entry WHERE list = 'theme' AND code = ANY (:dossier.themes))
    AS known_themes,
  (SELECT min(org) FROM org WHERE kind = 'SECRETARIAT') AS secretariat
FROM partner p
LEFT JOIN prospect s ON s.org = p.org
LEFT JOIN dossier d ON d.dossier_id = s.dossier_id
WHERE p.org = :org

-- name: facts_screen_prospect
-- in: pidc.v1.ScreenProspectRequest
-- out: pidc.store.v1.PartnershipFacts
SELECT p.org AS "partnership.org", p.partner_class AS "partnership.partner_class",
  p.state AS "partnership.state", d.author AS "partnership.dossier.author",
  d.digest AS "partnership.dossier.digest", p.version AS "partnership.version",
  (SELECT min(org) FROM org WHERE kind = 'SECRETARIAT') AS secretariat
FROM partner p
LEFT JOIN prospect s ON s.org = p.org
LEFT JOIN dossier d ON d.dossier_id = s.dossier_id
WHERE p.org = :org

-- name: facts_withdraw_partnership
-- in: pidc.v1.WithdrawPartnershipRequest
-- out: pidc.store.v1.PartnershipFacts
SELECT p.org AS "partnership.org", p.partner_class AS "partnership.partner_class",
  p.state AS "partnership.state", d.author AS "partnership.dossier.author",
  d.digest AS "partnership.dossier.digest", p.version AS "partnership.version",
  (SELECT min(org) FROM org WHERE kind = 'SECRETARIAT') AS secretariat
FROM partner p
LEFT JOIN prospect s ON s.org = p.org
LEFT JOIN dossier d ON d.dossier_id = s.dossier_id
WHERE p.org = :org

-- name: nomination_list
-- in: pidc.v1.ListNominationsRequest
-- out: pidc.v1.ListNominationsResponse nominations
SELECT nomination_id, name, partner_class, reason, nominated_by, state, answer, org, nominated_at,
  version, index, nomination_id::text AS page_key
FROM nomination
WHERE (nominated_by = :ctx.actor.org OR :ctx.sees_all)
  AND (:state = '' OR state = :state)
  AND nomination_id::text > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit

-- name: partnership_get
-- in: pidc.v1.GetPartnershipRequest
-- out: pidc.v1.GetPartnershipResponse
-- Dossier and screening only for those who assess and decide.
SELECT p.org AS "partnership.org", o.name AS "partnership.name",
  p.partner_class AS "partnership.partner_class", p.state AS "partnership.state",
  CASE WHEN a.state IN ('ACTIVE', 'RECOGNISED') AND i.term_to <= :ctx.now THEN 'SUSPENDED'
    ELSE a.state END AS "partnership.effective_state",
  CASE WHEN i.partner IS NULL THEN '' WHEN i.term_to <= :ctx.now THEN 'EXPIRED' ELSE 'IN_TERM' END
    AS "partnership.term",
  CASE WHEN s.org IS NULL THEN 'LEGACY' ELSE 'NEW' END AS "partnership.origin",
  s.registration_number AS "partnership.registration_number",
  s.nomination_id AS "partnership.nomination_id",
  array_remove(ARRAY[CASE WHEN t.shared_goals <> '{}' THEN 'STRATEGIC' END,
    CASE WHEN t.activity_titles <> '{}' THEN 'OPERATIONAL' END,
    CASE WHEN t.advisory_subjects <> '{}' THEN 'ADVISORY' END], NULL) AS "partnership.types",
  d.alignment_criteria AS "partnership.dossier.alignment.criterion",
  d.alignment_scores AS "partnership.dossier.alignment.score",
  d.alignment_texts AS "partnership.dossier.alignment.text",
  d.cultural_note AS "partnership.dossier.cultural_note", d.necessity AS "partnership.dossier.necessity",
  nullif(d.shared_goals, '{}') AS "partnership.dossier.strategic.shared_goals",
  nullif(d.objectives, '{}') AS "partnership.dossier.strategic.objectives",
  nullif(d.term_months, 0) AS "partnership.dossier.strategic.term_months",
  nullif(d.activity_titles, '{}') AS "partnership.dossier.operational.activities.title",
  nullif(d.activity_contributions, '{}') AS "partnership.dossier.operational.activities.contribution",
  nullif(d.advisory_subjects, '{}') AS "partnership.dossier.advisory.subjects",
  d.themes AS "partnership.dossier.themes", d.document_titles AS "partnership.dossier.documents.title",
  d.document_digests AS "partnership.dossier.documents.digest", d.dossier_id AS "partnership.dossier.dossier_id",
  d.author AS "partnership.dossier.author", d.digest AS "partnership.dossier.digest",
  d.submitted_at AS "partnership.dossier.submitted_at",
  CASE WHEN :ctx.sees_all THEN nullif(s.screening_outcome, '') END
    AS "partnership.screening.outcome",
  CASE WHEN :ctx.sees_all THEN nullif(s.screening_reason, '') END AS "partnership.screening.reason",
  CASE WHEN :ctx.sees_all THEN nullif(s.screened_by, '') END AS "partnership.screening.screened_by",
  CASE WHEN :ctx.sees_all THEN s.screened_at END AS "partnership.screening.screened_at",
  CASE WHEN :ctx.sees_all THEN nullif(s.screened_digest, '') END
    AS "partnership.screening.dossier_digest",
  p.recorded_at AS "partnership.created_at", p.version AS "partnership.version",
  p.index AS "partnership.index"
FROM partner p
JOIN org o USING (org)
LEFT JOIN legacy_instrument i ON i.partner = p.org
LEFT JOIN prospect s ON s.org = p.org
LEFT JOIN dossier t ON t.dossier_id = s.dossier_id
LEFT JOIN dossier d ON d.dossier_id = s.dossier_id AND :ctx.sees_all
LEFT JOIN partnership_standing h ON h.org = p.org
CROSS JOIN LATERAL (SELECT pidc.partnership_state_at(p.state, h.lapses_at, h.previous_state,
    :ctx.now) AS state) a
WHERE p.org = :org

-- name: partnership_list
-- in: pidc.v1.ListPartnershipsRequest
-- out: pidc.v1.ListPartnershipsResponse partnerships
SELECT org, name, partner_class, state, effective_state, term, origin, registration_number,
  nomination_id, types, created_at, version, index, org AS page_key
FROM (
  SELECT p.org, o.name, p.partner_class, p.state,
    CASE WHEN a.state IN ('ACTIVE', 'RECOGNISED') AND i.term_to <= :ctx.now THEN 'SUSPENDED'
      ELSE a.state END AS effective_state,
    CASE WHEN i.partner IS NULL THEN '' WHEN i.term_to <= :ctx.now THEN 'EXPIRED' ELSE 'IN_TERM' END
      AS term,
    CASE WHEN s.org IS NULL THEN 'LEGACY' ELSE 'NEW' END AS origin,
    s.registration_number, s.nomination_id,
    array_remove(ARRAY[CASE WHEN t.shared_goals <> '{}' THEN 'STRATEGIC' END,
      CASE WHEN t.activity_titles <> '{}' THEN 'OPERATIONAL' END,
      CASE WHEN t.advisory_subjects <> '{}' THEN 'ADVISORY' END], NULL) AS types,
    p.recorded_at AS created_at, p.version, p.index
  FROM partner p
  JOIN org o USING (org)
  LEFT JOIN legacy_instrument i ON i.partner = p.org
  LEFT JOIN prospect s ON s.org = p.org
  LEFT JOIN dossier t ON t.dossier_id = s.dossier_id
  LEFT JOIN partnership_standing h ON h.org = p.org
  CROSS JOIN LATERAL (SELECT pidc.partnership_state_at(p.state, h.lapses_at, h.previous_state,
      :ctx.now) AS state) a) v
WHERE org > :ctx.page_key
  AND (:state = '' OR state = :state)
  AND (:origin = '' OR origin = :origin)
ORDER BY org
LIMIT :ctx.page_limit

-- name: partnership_event_list
-- in: pidc.v1.ListPartnershipEventsRequest
-- out: pidc.v1.ListPartnershipEventsResponse events
SELECT index, tx_time, kind, from_state AS "from", to_state AS "to", version,
  lpad(index::text, 20, '0') AS page_key
FROM partnership_event
WHERE org = :org AND lpad(index::text, 20, '0') > :ctx.page_key
ORDER BY index
LIMIT :ctx.page_limit
