-- Policies.

-- name: facts_policy_code
-- in: pidc.v1.CreatePolicyVersionRequest
-- out: pidc.store.v1.PolicyFacts
SELECT d.policy_id AS "document.policy_id", d.code AS "document.code",
  coalesce((SELECT max(number) FROM policy_version WHERE policy_id = d.policy_id), 0)
    AS last_number,
  EXISTS (SELECT 1 FROM policy_version WHERE policy_id = d.policy_id
    AND state NOT IN ('IN_FORCE', 'SUPERSEDED')) AS has_draft,
  (SELECT min(org) FROM org WHERE kind = 'SECRETARIAT') AS secretariat,
  (SELECT title FROM principal WHERE principal_id = :ctx.actor.principal_id) AS actor_title
FROM (VALUES (true)) one
LEFT JOIN policy_document d ON d.code = :document.code

-- name: facts_policy_version
-- in: pidc.store.v1.PolicyQuery
-- out: pidc.store.v1.PolicyFacts
SELECT d.policy_id AS "document.policy_id", d.code AS "document.code",
  p.policy_id AS "version.policy_id", p.version_id AS "version.version_id", p.number AS "version.number",
  p.title AS "version.title", p.review_months AS "version.review_months",
  p.text_digest AS "version.text_digest", p.digest AS "version.digest", p.author_id AS "version.author_id",
  p.state AS "version.state", p.consultation_closes_at AS "version.consultation_closes_at",
  p.consultation_closed_at AS "version.consultation_closed_at", p.version AS "version.version",
  f.version_id AS "in_force.version_id", f.version AS "in_force.version",
  (SELECT title FROM principal WHERE principal_id = :ctx.actor.principal_id) AS actor_title,
  ARRAY(SELECT input_id::text FROM policy_input WHERE version_id = p.version_id ORDER BY index)
    AS input_ids,
  CASE :ctx.actor.org_kind
    WHEN 'MEMBER' THEN EXISTS (SELECT 1 FROM member
      WHERE org = :ctx.actor.org AND state = 'ACTIVE')
    WHEN 'PARTNER' THEN EXISTS (SELECT 1 FROM partner
      WHERE org = :ctx.actor.org AND (is_observer OR state IN ('ACTIVE', 'RECOGNISED')))
    ELSE false END AS is_invited,
  r.resolution_id AS "resolution.resolution_id", r.kind AS "resolution.kind",
  r.state AS "resolution.state", r.subject_id AS "resolution.subject_id",
  r.subject_digest AS "resolution.subject_digest", r.closed_at AS "resolution.closed_at",
  EXISTS (SELECT 1 FROM policy_history
    WHERE step = 'REVIEW' AND resolution_id = r.resolution_id) AS is_resolution_used
FROM policy_version p
JOIN policy_document d USING (policy_id)
LEFT JOIN policy_version f ON f.policy_id = p.policy_id AND f.state = 'IN_FORCE'
LEFT JOIN resolution r ON r.resolution_id = coalesce(nullif(:resolution_id, '')::uuid,
  p.resolution_id)
WHERE p.version_id = nullif(:version_id, '')::uuid

-- name: facts_resolution_policy
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT policy_id AS "policy.version.policy_id", version_id AS "policy.version.version_id",
  number AS "policy.version.number", digest AS "policy.version.digest",
  author_id AS "policy.version.author_id", state AS "policy.version.state",
  version AS "policy.version.version"
FROM policy_version
WHERE version_id::text = :subject_id

-- name: policy_get
-- in: pidc.v1.GetPolicyRequest
-- out: pidc.v1.GetPolicyResponse
SELECT d.policy_id AS "document.policy_id", d.code AS "document.code",
  d.title AS "document.title", d.owner_org AS "document.owner_org",
  p.policy_id AS "document.in_force.policy_id", p.version_id AS "document.in_force.version_id", p.number AS "document.in_force.number",
  p.title AS "document.in_force.title", p.review_months AS "document.in_force.review_months",
  p.text_digest AS "document.in_force.text_digest", p.digest AS "document.in_force.digest", p.author_id AS "document.in_force.author_id",
  p.state AS "document.in_force.state", p.consultation_closes_at AS "document.in_force.consultation_closes_at",
  p.consultation_closed_at AS "document.in_force.consultation_closed_at", p.version AS "document.in_force.version",
  p.resolution_id AS "document.in_force.resolution_id",
  p.adopted_on AS "document.in_force.adopted_on", p.vetted_by AS "document.in_force.vetted_by",
  p.vetted_at AS "document.in_force.vetted_at",
  p.published_at AS "document.in_force.published_at", p.index AS "document.in_force.index",
  coalesce((SELECT max(tx_time) FROM policy_history
    WHERE policy_id = d.policy_id AND step = 'REVIEW'), p.adopted_on)
    AS "document.last_reviewed_at"
FROM policy_document d
LEFT JOIN policy_version p ON p.policy_id = d.policy_id AND p.state = 'IN_FORCE'
WHERE d.code = :code

-- name: policy_version_list
-- in: pidc.v1.ListPolicyVersionsRequest
-- out: pidc.v1.ListPolicyVersionsResponse versions
SELECT p.policy_id, p.version_id, p.number, p.title, p.review_months, p.text_digest, p.digest,
  p.author_id, p.state, p.consultation_closes_at, p.consultation_closed_at, p.resolution_id,
  p.adopted_on, p.vetted_by, p.vetted_at, p.published_at, p.version, p.index,
  d.code || ' ' || lpad(p.number::text, 10, '0') AS page_key
FROM policy_version p
JOIN policy_document d USING (policy_id)
WHERE (:code = '' OR d.code = :code) AND (coalesce(:state, '') = '' OR p.state = :state)
  AND d.code || ' ' || lpad(p.number::text, 10, '0') > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit

-- name: policy_input_list
-- in: pidc.v1.ListPolicyInputsRequest
-- out: pidc.v1.ListPolicyInputsResponse inputs
SELECT input_id, org, text, given_at, response, input_id::text AS page_key
FROM policy_input
WHERE version_id = nullif(:version_id, '')::uuid AND input_id::text > :ctx.page_key
ORDER BY input_id::text
LIMIT :ctx.page_limit

-- name: policy_history_list
-- in: pidc.v1.ListPolicyHistoryRequest
-- out: pidc.v1.ListPolicyHistoryResponse items
SELECT h.index, h.tx_time AS at, h.step, h.version_id, p.number, h.org, h.principal_id, h.title,
  h.resolution_id, h.comment, h.outcome, lpad(h.index::text, 20, '0') AS page_key
FROM policy_history h
JOIN policy_version p USING (version_id)
JOIN policy_document d ON d.policy_id = h.policy_id
WHERE d.code = :code AND lpad(h.index::text, 20, '0') > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit
