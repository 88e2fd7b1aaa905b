-- Events of policies. A step of a version that is in the same batch twice has its last
-- state: each statement takes the highest index of a version.

-- name: apply_policy_document
-- apply: policy_written
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_document (policy_id, code, title, owner_org, index)
SELECT id::uuid, code, title, owner_org, index
FROM unnest(:event.policy_written.document.policy_id, :event.policy_written.document.code,
    :event.policy_written.document.title, :event.policy_written.document.owner_org, :index)
  AS e (id, code, title, owner_org, index)
WHERE id <> ''

-- name: apply_policy_created
-- apply: policy_written
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_version (version_id, policy_id, number, title, review_months, text_digest, digest,
  author_id, state, version, index)
SELECT id::uuid, policy_id::uuid, number, title, months, text_digest, digest, author_id, state,
  version, index
FROM unnest(:event.policy_written.move.version_id, :event.policy_written.move.policy_id,
    :event.policy_written.move.step, :event.policy_written.move.to,
    :event.policy_written.content.number, :event.policy_written.content.title,
    :event.policy_written.content.review_months, :event.policy_written.content.text_digest,
    :event.policy_written.content.digest, :event.policy_written.content.author_id,
    :event.entity_version, :index)
  AS e (id, policy_id, step, state, number, title, months, text_digest, digest, author_id,
    version, index)
WHERE step = 'CREATE'

-- name: apply_policy_revised
-- apply: policy_written
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- What was approved of the old text, and what was said to it, was not said to this one.
UPDATE policy_version p
SET title = e.title, review_months = e.months, text_digest = e.text_digest, digest = e.digest,
  author_id = e.author_id, state = e.state, consultation_closes_at = NULL,
  consultation_closed_at = NULL, resolution_id = NULL, adopted_on = NULL, vetted_by = '',
  vetted_at = NULL, version = e.version, index = e.index
FROM (
  SELECT DISTINCT ON (id) *
  FROM unnest(:event.policy_written.move.version_id, :event.policy_written.move.step,
      :event.policy_written.move.to, :event.policy_written.content.title,
      :event.policy_written.content.review_months, :event.policy_written.content.text_digest,
      :event.policy_written.content.digest, :event.policy_written.content.author_id,
      :event.entity_version, :index)
    AS x (id, step, state, title, months, text_digest, digest, author_id, version, index)
  WHERE step = 'REVISE'
  ORDER BY id, index DESC) e
WHERE p.version_id = e.id::uuid

-- name: apply_policy_consultation_opened
-- apply: policy_consultation_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE policy_version p
SET state = e.state, consultation_closes_at = e.closes_at, version = e.version, index = e.index
FROM unnest(:event.policy_consultation_opened.move.version_id,
    :event.policy_consultation_opened.move.to, :event.policy_consultation_opened.closes_at,
    :event.entity_version, :index) AS e (id, state, closes_at, version, index)
WHERE p.version_id = e.id::uuid

-- name: apply_policy_input
-- apply: policy_input_given
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_input (input_id, version_id, org, text, given_at, index)
SELECT id::uuid, version_id::uuid, org, text, tx_time, index
FROM unnest(:event.policy_input_given.input_id, :event.policy_input_given.move.version_id,
    :event.actor.org, :event.policy_input_given.text, :tx_time, :index)
  AS e (id, version_id, org, text, tx_time, index)

-- name: apply_policy_input_version
-- apply: policy_input_given
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE policy_version p
SET version = e.version, index = e.index
FROM (
  SELECT id, max(version) AS version, max(index) AS index
  FROM unnest(:event.policy_input_given.move.version_id, :event.entity_version, :index)
    AS x (id, version, index)
  GROUP BY id) e
WHERE p.version_id = e.id::uuid

-- name: apply_policy_consultation_closed
-- apply: policy_consultation_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE policy_version p
SET state = e.state, consultation_closed_at = e.tx_time, version = e.version, index = e.index
FROM unnest(:event.policy_consultation_closed.move.version_id,
    :event.policy_consultation_closed.move.to, :tx_time, :event.entity_version, :index)
  AS e (id, state, tx_time, version, index)
WHERE p.version_id = e.id::uuid

-- name: apply_policy_responses
-- apply: policy_consultation_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE policy_input p
SET response = e.response, index = e.index
FROM unnest(:event.policy_consultation_closed.responses.input_id,
    :event.policy_consultation_closed.responses.response,
    :event.policy_consultation_closed.responses.^.^.^.index) AS e (id, response, index)
WHERE p.input_id = e.id::uuid

-- name: apply_policy_superseded
-- apply: policy_stepped
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- Before the next comes into force: one at a time.
UPDATE policy_version p
SET state = 'SUPERSEDED', version = p.version + 1, index = e.index
FROM unnest(:event.policy_stepped.superseded_id, :index) AS e (id, index)
WHERE p.version_id = nullif(e.id, '')::uuid

-- name: apply_policy_stepped
-- apply: policy_stepped
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- Returned, what was approved is stale.
UPDATE policy_version p
SET state = l.state,
  consultation_closed_at = CASE WHEN e.is_returned THEN NULL ELSE p.consultation_closed_at END,
  resolution_id = CASE WHEN e.is_returned THEN NULL ELSE p.resolution_id END,
  adopted_on = CASE WHEN e.is_returned THEN NULL ELSE p.adopted_on END,
  vetted_by = coalesce(e.vetted_by, p.vetted_by), vetted_at = coalesce(e.vetted_at, p.vetted_at),
  published_at = coalesce(e.published_at, p.published_at), version = l.version, index = l.index
FROM (
  SELECT id, max(version) AS version, max(index) AS index, bool_or(step = 'RETURN') AS is_returned,
    max(principal_id) FILTER (WHERE step = 'VET') AS vetted_by,
    max(tx_time) FILTER (WHERE step = 'VET') AS vetted_at,
    max(tx_time) FILTER (WHERE step = 'PUBLISH') AS published_at
  FROM unnest(:event.policy_stepped.move.version_id, :event.policy_stepped.move.step,
      :event.actor.principal_id, :tx_time, :event.entity_version, :index)
    AS x (id, step, principal_id, tx_time, version, index)
  GROUP BY id) e
JOIN unnest(:event.policy_stepped.move.version_id, :event.policy_stepped.move.to,
    :event.entity_version, :index) AS l (id, state, version, index)
  ON l.id = e.id AND l.index = e.index
WHERE p.version_id = e.id::uuid

-- name: apply_policy_reviewed
-- apply: policy_reviewed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE policy_version p
SET version = e.version, index = e.index
FROM (
  SELECT id, max(version) AS version, max(index) AS index
  FROM unnest(:event.policy_reviewed.move.version_id, :event.entity_version, :index)
    AS x (id, version, index)
  GROUP BY id) e
WHERE p.version_id = e.id::uuid

-- name: apply_policy_adopted
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- The effect of a resolution: the version is adopted when it was closed, or a draft again.
UPDATE policy_version p
SET state = e.state, resolution_id = e.resolution_id::uuid,
  adopted_on = CASE WHEN e.state = 'ADOPTED' THEN e.tx_time END, version = p.version + 1,
  index = e.index
FROM unnest(:event.resolution_closed.policy.version_id, :event.resolution_closed.policy.to,
    :event.resolution_closed.resolution_id, :tx_time, :index)
  AS e (id, state, resolution_id, tx_time, index)
WHERE p.version_id = nullif(e.id, '')::uuid

-- name: apply_policy_written_history
-- apply: policy_written
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title, NULL,
  comment, ''
FROM unnest(:event.policy_written.move.policy_id, :event.policy_written.move.version_id,
    :event.policy_written.move.step, :event.policy_written.move.actor_title,
    :event.policy_written.move.comment, :event.actor.org, :event.actor.principal_id, :tx_time,
    :index)
  AS e (policy_id, version_id, step, title, comment, org, principal_id, tx_time, index)

-- name: apply_policy_consultation_opened_history
-- apply: policy_consultation_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title, NULL,
  comment, ''
FROM unnest(:event.policy_consultation_opened.move.policy_id, :event.policy_consultation_opened.move.version_id,
    :event.policy_consultation_opened.move.step, :event.policy_consultation_opened.move.actor_title,
    :event.policy_consultation_opened.move.comment, :event.actor.org, :event.actor.principal_id, :tx_time,
    :index)
  AS e (policy_id, version_id, step, title, comment, org, principal_id, tx_time, index)

-- name: apply_policy_input_given_history
-- apply: policy_input_given
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title, NULL,
  comment, ''
FROM unnest(:event.policy_input_given.move.policy_id, :event.policy_input_given.move.version_id,
    :event.policy_input_given.move.step, :event.policy_input_given.move.actor_title,
    :event.policy_input_given.move.comment, :event.actor.org, :event.actor.principal_id, :tx_time,
    :index)
  AS e (policy_id, version_id, step, title, comment, org, principal_id, tx_time, index)

-- name: apply_policy_consultation_closed_history
-- apply: policy_consultation_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title, NULL,
  comment, ''
FROM unnest(:event.policy_consultation_closed.move.policy_id, :event.policy_consultation_closed.move.version_id,
    :event.policy_consultation_closed.move.step, :event.policy_consultation_closed.move.actor_title,
    :event.policy_consultation_closed.move.comment, :event.actor.org, :event.actor.principal_id, :tx_time,
    :index)
  AS e (policy_id, version_id, step, title, comment, org, principal_id, tx_time, index)

-- name: apply_policy_stepped_history
-- apply: policy_stepped
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title, NULL,
  comment, ''
FROM unnest(:event.policy_stepped.move.policy_id, :event.policy_stepped.move.version_id,
    :event.policy_stepped.move.step, :event.policy_stepped.move.actor_title,
    :event.policy_stepped.move.comment, :event.actor.org, :event.actor.principal_id, :tx_time,
    :index)
  AS e (policy_id, version_id, step, title, comment, org, principal_id, tx_time, index)

-- name: apply_policy_reviewed_history
-- apply: policy_reviewed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title,
  nullif(resolution_id, '')::uuid, comment, coalesce(outcome, '')
FROM unnest(:event.policy_reviewed.move.policy_id, :event.policy_reviewed.move.version_id,
    :event.policy_reviewed.move.step, :event.policy_reviewed.move.actor_title, :event.policy_reviewed.move.comment,
    :event.policy_reviewed.resolution_id, :event.policy_reviewed.outcome, :event.actor.org, :event.actor.principal_id,
    :tx_time, :index)
  AS e (policy_id, version_id, step, title, comment, resolution_id, outcome, org, principal_id,
    tx_time, index)

-- name: apply_resolution_closed_policy_history
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO policy_history (index, policy_id, version_id, step, tx_time, org, principal_id, title,
  resolution_id, comment, outcome)
SELECT index, policy_id::uuid, version_id::uuid, step, tx_time, org, principal_id, title,
  nullif(resolution_id, '')::uuid, comment, ''
FROM unnest(:event.resolution_closed.policy.policy_id, :event.resolution_closed.policy.version_id,
    :event.resolution_closed.policy.step, :event.resolution_closed.policy.actor_title, :event.resolution_closed.policy.comment,
    :event.resolution_closed.resolution_id, :event.resolution_closed.effect, :event.actor.org, :event.actor.principal_id,
    :tx_time, :index)
  AS e (policy_id, version_id, step, title, comment, resolution_id, outcome, org, principal_id,
    tx_time, index)
WHERE version_id <> ''
