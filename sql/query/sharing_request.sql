-- Requests to share: asker and owner see them.

-- name: facts_request_sharing
-- in: pidc.v1.RequestSharingRequest
-- out: pidc.store.v1.SharingRequestFacts
SELECT a.org AS "asker.org", a.kind AS "asker.kind",
  CASE a.kind WHEN 'MEMBER' THEN am.state = 'ACTIVE' ELSE true END AS "asker.is_active",
  p.state AS asker_state,
  o.org AS "owner.org", o.kind AS "owner.kind",
  CASE o.kind WHEN 'MEMBER' THEN om.state = 'ACTIVE' ELSE o.org IS NOT NULL END
    AS "owner.is_active",
  ARRAY(SELECT code FROM code_entry WHERE list = 'purpose' AND code = ANY (:request.purposes))
    AS known_purposes,
  (SELECT count(*)::int8 FROM sharing_request r
    WHERE r.asker_org = a.org AND r.owner_org = o.org AND r.state = 'OPEN'
      AND r.answer_by > :ctx.now) AS open_count
FROM org a
LEFT JOIN member am ON am.org = a.org
LEFT JOIN partner p ON p.org = a.org
LEFT JOIN org o ON o.org = :request.owner_org
LEFT JOIN member om ON om.org = o.org
WHERE a.org = :ctx.actor.org

-- name: facts_withdraw_sharing_request
-- in: pidc.v1.WithdrawSharingRequestRequest
-- out: pidc.store.v1.SharingRequestFacts
SELECT consent_request_id AS "request.consent_request_id", asker_org AS "request.asker_org",
  owner_org AS "request.owner_org", answer_by AS "request.answer_by", state AS "request.state",
  version AS "request.version"
FROM sharing_request
WHERE consent_request_id = nullif(:consent_request_id, '')::uuid AND asker_org = :ctx.actor.org

-- name: facts_consent_request
-- in: pidc.v1.ConsentStatement
-- out: pidc.store.v1.ConsentFacts
-- The request that a statement answers.
SELECT consent_request_id AS "request.consent_request_id", asker_org AS "request.asker_org",
  capacity AS "request.capacity", owner_org AS "request.owner_org",
  contribution_ids AS "request.data.contribution_ids", dataset_ids AS "request.data.dataset_ids",
  nullif(category, '') AS "request.data.category.category",
  nullif(granularity_ceiling, '') AS "request.data.category.granularity_ceiling",
  all_of_owner AS "request.data.all_of_owner", purposes AS "request.purposes",
  actions AS "request.actions", fields AS "request.fields",
  period_from AS "request.data_period.from", period_to AS "request.data_period.to",
  offered_conditions AS "request.offered_conditions", notice_digest AS "request.notice_digest",
  answer_by AS "request.answer_by",  state AS "request.state", version AS "request.version"
FROM sharing_request
WHERE consent_request_id = nullif(:consent_request_id, '')::uuid AND owner_org = :ctx.actor.org

-- name: sharing_request_get
-- in: pidc.v1.GetSharingRequestRequest
-- out: pidc.v1.GetSharingRequestResponse
SELECT consent_request_id AS "request.consent_request_id", asker_org AS "request.asker_org",
  capacity AS "request.capacity", owner_org AS "request.owner_org",
  contribution_ids AS "request.data.contribution_ids", dataset_ids AS "request.data.dataset_ids",
  nullif(category, '') AS "request.data.category.category",
  nullif(granularity_ceiling, '') AS "request.data.category.granularity_ceiling",
  all_of_owner AS "request.data.all_of_owner", purposes AS "request.purposes",
  actions AS "request.actions", fields AS "request.fields",
  period_from AS "request.data_period.from", period_to AS "request.data_period.to",
  offered_conditions AS "request.offered_conditions", justification AS "request.justification",
  instrument_id AS "request.instrument_id", notice_languages AS "request.notices.language",
  notice_texts AS "request.notices.text", notice_digest AS "request.notice_digest",
  answer_by AS "request.answer_by",
  CASE WHEN state = 'OPEN' AND answer_by <= :ctx.now THEN 'LAPSED' ELSE state END
    AS "request.state",
  answered_by AS "request.answered_by", asked_at AS "request.asked_at",
  version AS "request.version", index AS "request.index"
FROM sharing_request
WHERE consent_request_id = nullif(:consent_request_id, '')::uuid
  AND (owner_org = :ctx.actor.org OR asker_org = :ctx.actor.org)

-- name: sharing_request_list
-- in: pidc.v1.ListSharingRequestsRequest
-- out: pidc.v1.ListSharingRequestsResponse requests
SELECT consent_request_id, asker_org, capacity, owner_org,
  contribution_ids AS "data.contribution_ids", dataset_ids AS "data.dataset_ids",
  nullif(category, '') AS "data.category.category",
  nullif(granularity_ceiling, '') AS "data.category.granularity_ceiling",
  all_of_owner AS "data.all_of_owner", purposes, actions, fields,
  period_from AS "data_period.from", period_to AS "data_period.to", offered_conditions,
  justification, instrument_id, notice_digest, answer_by, derived AS state, answered_by, asked_at, version,
  index, lpad(index::text, 20, '0') || consent_request_id AS page_key
FROM (
  SELECT *, CASE WHEN r.state = 'OPEN' AND r.answer_by <= :ctx.now THEN 'LAPSED'
    ELSE r.state END AS derived
  FROM sharing_request r
  WHERE r.owner_org = :ctx.actor.org OR r.asker_org = :ctx.actor.org) q
WHERE (:state = '' OR derived = :state)
  AND lpad(index::text, 20, '0') || consent_request_id > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit
