-- Events of the partnership process: nominations, prospects, dossiers, screening.

-- name: apply_nomination
-- apply: partner_nominated
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO nomination (nomination_id, name, partner_class, reason, nominated_by, state, answer, org,
  nominated_at, version, index)
SELECT id::uuid, name, partner_class, reason, nominated_by, state, '', '', tx_time, version, index
FROM unnest(:event.partner_nominated.nomination.nomination_id,
    :event.partner_nominated.nomination.name,
    :event.partner_nominated.nomination.partner_class,
    :event.partner_nominated.nomination.reason,
    :event.partner_nominated.nomination.nominated_by,
    :event.partner_nominated.nomination.state, :tx_time, :event.entity_version, :index)
  AS e (id, name, partner_class, reason, nominated_by, state, tx_time, version, index)

-- name: apply_nomination_declined
-- apply: nomination_declined
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE nomination n
SET state = e.state, answer = e.reason, version = e.version, index = e.index
FROM unnest(:event.nomination_declined.nomination_id, :event.nomination_declined.state,
    :event.nomination_declined.reason, :event.entity_version, :index)
  AS e (id, state, reason, version, index)
WHERE n.nomination_id = e.id::uuid

-- name: apply_nomination_taken_up
-- apply: prospect_created
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE nomination n
SET state = e.state, org = e.org, version = n.version + 1, index = e.index
FROM unnest(:event.prospect_created.prospect.nomination_id,
    :event.prospect_created.nomination_state, :event.prospect_created.prospect.org, :index)
  AS e (id, state, org, index)
WHERE n.nomination_id = nullif(e.id, '')::uuid

-- name: apply_prospect_org
-- apply: prospect_created
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO org (org, org_id, kind, name, index)
SELECT org, id::uuid, 'PARTNER', name, index
FROM unnest(:event.prospect_created.prospect.org, :event.entity_id,
    :event.prospect_created.prospect.name, :index)
  AS e (org, id, name, index)

-- name: apply_prospect_partner
-- apply: prospect_created
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partner (org, aliases, partner_class, state, is_observer, represented_by, recorded_at,
  version, index)
SELECT e.org, coalesce(a.aliases, '{}'), partner_class, state, false, '', tx_time, version, index
FROM unnest(:event.prospect_created.prospect.org,
    :event.prospect_created.prospect.partner_class, :event.prospect_created.move.to, :tx_time,
    :event.entity_version, :index)
  AS e (org, partner_class, state, tx_time, version, index)
LEFT JOIN (
  SELECT org, array_agg(alias ORDER BY position) AS aliases
  FROM unnest(:event.prospect_created.prospect.aliases.^.org,
      :event.prospect_created.prospect.aliases.#, :event.prospect_created.prospect.aliases)
    AS x (org, position, alias)
  GROUP BY org) a ON a.org = e.org

-- name: apply_prospect
-- apply: prospect_created
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO prospect (org, registration_number, nomination_id, dossier_id, screening_outcome,
  screening_reason, screened_by, screened_at, screened_digest, withdrawal_reason, index)
SELECT org, registration_number, nullif(nomination_id, '')::uuid, NULL, '', '', '', NULL, '', '',
  index
FROM unnest(:event.prospect_created.prospect.org,
    :event.prospect_created.prospect.registration_number,
    :event.prospect_created.prospect.nomination_id, :index)
  AS e (org, registration_number, nomination_id, index)

-- name: apply_dossier
-- apply: dossier_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO dossier (dossier_id, org, alignment_criteria, alignment_scores, alignment_texts,
  cultural_note, necessity, shared_goals, objectives, term_months, activity_titles,
  activity_contributions, advisory_subjects, themes, document_titles, document_digests, author,
  digest, submitted_at, index)
SELECT e.id::uuid, org, coalesce(a.criteria, '{}'), coalesce(a.scores, '{}'),
  coalesce(a.texts, '{}'), cultural_note, necessity, coalesce(g.list, '{}'),
  coalesce(o.list, '{}'), coalesce(term_months, 0), coalesce(p.titles, '{}'),
  coalesce(p.contributions, '{}'), coalesce(s.list, '{}'), coalesce(t.list, '{}'),
  coalesce(k.titles, '{}'), coalesce(k.digests, '{}'), author, digest, tx_time, index
FROM unnest(:event.dossier_submitted.dossier.dossier_id, :event.dossier_submitted.move.org,
    :event.dossier_submitted.dossier.cultural_note, :event.dossier_submitted.dossier.necessity,
    :event.dossier_submitted.dossier.strategic.term_months, :event.actor.principal_id,
    :event.dossier_submitted.dossier.digest, :tx_time, :index)
  AS e (id, org, cultural_note, necessity, term_months, author, digest, tx_time, index)
LEFT JOIN (
  SELECT id, array_agg(criterion ORDER BY position) AS criteria,
    array_agg(score ORDER BY position) AS scores, array_agg(text ORDER BY position) AS texts
  FROM unnest(:event.dossier_submitted.dossier.alignment.^.dossier_id, :event.dossier_submitted.dossier.alignment.#,
      :event.dossier_submitted.dossier.alignment.criterion, :event.dossier_submitted.dossier.alignment.score,
      :event.dossier_submitted.dossier.alignment.text) AS x (id, position, criterion, score, text)
  GROUP BY id) a ON a.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.dossier_submitted.dossier.strategic.shared_goals.^.^.dossier_id,
      :event.dossier_submitted.dossier.strategic.shared_goals.#, :event.dossier_submitted.dossier.strategic.shared_goals)
    AS x (id, position, item)
  GROUP BY id) g ON g.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.dossier_submitted.dossier.strategic.objectives.^.^.dossier_id,
      :event.dossier_submitted.dossier.strategic.objectives.#, :event.dossier_submitted.dossier.strategic.objectives)
    AS x (id, position, item)
  GROUP BY id) o ON o.id = e.id
LEFT JOIN (
  SELECT id, array_agg(title ORDER BY position) AS titles,
    array_agg(contribution ORDER BY position) AS contributions
  FROM unnest(:event.dossier_submitted.dossier.operational.activities.^.^.dossier_id,
      :event.dossier_submitted.dossier.operational.activities.#, :event.dossier_submitted.dossier.operational.activities.title,
      :event.dossier_submitted.dossier.operational.activities.contribution)
    AS x (id, position, title, contribution)
  GROUP BY id) p ON p.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.dossier_submitted.dossier.advisory.subjects.^.^.dossier_id,
      :event.dossier_submitted.dossier.advisory.subjects.#, :event.dossier_submitted.dossier.advisory.subjects)
    AS x (id, position, item)
  GROUP BY id) s ON s.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item ORDER BY position) AS list
  FROM unnest(:event.dossier_submitted.dossier.themes.^.dossier_id, :event.dossier_submitted.dossier.themes.#,
      :event.dossier_submitted.dossier.themes) AS x (id, position, item)
  GROUP BY id) t ON t.id = e.id
LEFT JOIN (
  SELECT id, array_agg(title ORDER BY position) AS titles,
    array_agg(digest ORDER BY position) AS digests
  FROM unnest(:event.dossier_submitted.dossier.documents.^.dossier_id, :event.dossier_submitted.dossier.documents.#,
      :event.dossier_submitted.dossier.documents.title, :event.dossier_submitted.dossier.documents.digest)
    AS x (id, position, title, digest)
  GROUP BY id) k ON k.id = e.id

-- name: apply_prospect_dossier
-- apply: dossier_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE prospect p
SET dossier_id = e.id::uuid, index = e.index
FROM unnest(:event.dossier_submitted.move.org, :event.dossier_submitted.dossier.dossier_id, :index)
  AS e (org, id, index)
WHERE p.org = e.org

-- name: apply_prospect_screened
-- apply: prospect_screened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE prospect p
SET screening_outcome = e.outcome, screening_reason = e.reason, screened_by = e.principal,
  screened_at = e.tx_time, screened_digest = e.digest, index = e.index
FROM unnest(:event.prospect_screened.move.org, :event.prospect_screened.screening.outcome,
    :event.prospect_screened.screening.reason, :event.actor.principal_id, :tx_time,
    :event.prospect_screened.screening.dossier_digest, :index)
  AS e (org, outcome, reason, principal, tx_time, digest, index)
WHERE p.org = e.org

-- name: apply_prospect_withdrawn
-- apply: partnership_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE prospect p
SET withdrawal_reason = e.reason, index = e.index
FROM unnest(:event.partnership_withdrawn.move.org, :event.partnership_withdrawn.reason, :index)
  AS e (org, reason, index)
WHERE p.org = e.org

-- name: apply_dossier_submitted_state
-- apply: dossier_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET state = e.state, version = e.version, index = e.index
FROM unnest(:event.dossier_submitted.move.org, :event.dossier_submitted.move.to, :event.entity_version, :index)
  AS e (org, state, version, index)
WHERE p.org = e.org

-- name: apply_prospect_screened_state
-- apply: prospect_screened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET state = e.state, version = e.version, index = e.index
FROM unnest(:event.prospect_screened.move.org, :event.prospect_screened.move.to, :event.entity_version, :index)
  AS e (org, state, version, index)
WHERE p.org = e.org

-- name: apply_partnership_withdrawn_state
-- apply: partnership_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET state = e.state, version = e.version, index = e.index
FROM unnest(:event.partnership_withdrawn.move.org, :event.partnership_withdrawn.move.to, :event.entity_version, :index)
  AS e (org, state, version, index)
WHERE p.org = e.org

-- name: apply_prospect_created_event
-- apply: prospect_created
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, tx_time, kind, coalesce(from_state, ''), to_state, version
FROM unnest(:event.prospect_created.move.org, :index, :tx_time, :event.prospect_created.move.kind,
    :event.prospect_created.move.from, :event.prospect_created.move.to, :event.entity_version)
  AS e (org, index, tx_time, kind, from_state, to_state, version)

-- name: apply_dossier_submitted_event
-- apply: dossier_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, tx_time, kind, coalesce(from_state, ''), to_state, version
FROM unnest(:event.dossier_submitted.move.org, :index, :tx_time, :event.dossier_submitted.move.kind,
    :event.dossier_submitted.move.from, :event.dossier_submitted.move.to, :event.entity_version)
  AS e (org, index, tx_time, kind, from_state, to_state, version)

-- name: apply_prospect_screened_event
-- apply: prospect_screened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, tx_time, kind, coalesce(from_state, ''), to_state, version
FROM unnest(:event.prospect_screened.move.org, :index, :tx_time, :event.prospect_screened.move.kind,
    :event.prospect_screened.move.from, :event.prospect_screened.move.to, :event.entity_version)
  AS e (org, index, tx_time, kind, from_state, to_state, version)

-- name: apply_partnership_withdrawn_event
-- apply: partnership_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, tx_time, kind, coalesce(from_state, ''), to_state, version
FROM unnest(:event.partnership_withdrawn.move.org, :index, :tx_time, :event.partnership_withdrawn.move.kind,
    :event.partnership_withdrawn.move.from, :event.partnership_withdrawn.move.to, :event.entity_version)
  AS e (org, index, tx_time, kind, from_state, to_state, version)

-- name: apply_partner_recognised_event
-- apply: partner_recognised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, tx_time, 'RECORD_LEGACY', '', 'RECOGNISED', version
FROM unnest(:event.partner_recognised.partner.org, :index, :tx_time, :event.entity_version)
  AS e (org, index, tx_time, version)
