-- Members' instruments and own agreements, observers, integration plans.

-- name: facts_own_member
-- in: pidc.store.v1.ArrangementQuery
-- out: pidc.store.v1.ArrangementFacts
SELECT m.org AS "member.org", m.state AS "member.state", m.version AS "member.version",
  b.bilateral_id AS "notice.bilateral_id", b.member_org AS "notice.member_org",
  b.visibility AS "notice.visibility", b.state AS "notice.state", b.version AS "notice.version",
  ARRAY(SELECT o.org FROM org o LEFT JOIN member x USING (org)
    WHERE o.kind = 'SECRETARIAT' OR x.state = 'ACTIVE' ORDER BY 1) AS audience
FROM (VALUES (true)) one
LEFT JOIN member m ON m.org = :ctx.actor.org
LEFT JOIN bilateral_notice b ON b.bilateral_id = nullif(:bilateral_id, '')::uuid
  AND (b.member_org = :ctx.actor.org OR b.visibility = 'COMMUNITY'
    OR (b.visibility = 'MEMBERS' AND :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT')))

-- name: facts_integration_plan
-- in: pidc.v1.SetIntegrationPlanRequest
-- out: pidc.store.v1.ArrangementFacts
SELECT p.org AS "partner.org", p.state AS "partner.state", i.org AS "plan.org",
  i.version AS "plan.version",
  (SELECT min(v.published_at) FROM policy_version v JOIN policy_document d USING (policy_id)
    WHERE d.code = 'PARTNERSHIP') AS policy_since
FROM partner p
LEFT JOIN integration_plan i USING (org)
WHERE p.org = :plan.org

-- name: facts_resolution_observer
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT state AS "observer.state"
FROM observer_status
WHERE org = :subject_org

-- name: bilateral_list
-- in: pidc.v1.ListBilateralsRequest
-- out: pidc.v1.ListBilateralsResponse notices
SELECT bilateral_id, member_org, counterparty, title, visibility, overlap_note, state, filed_at,
  version, index, bilateral_id::text AS page_key
FROM bilateral_notice
WHERE (member_org = :ctx.actor.org OR visibility = 'COMMUNITY'
    OR (visibility = 'MEMBERS' AND :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT')))
  AND (:member_org = '' OR member_org = :member_org)
  AND bilateral_id::text > :ctx.page_key
ORDER BY bilateral_id::text
LIMIT :ctx.page_limit

-- name: observer_list
-- in: pidc.v1.ListObserversRequest
-- out: pidc.v1.ListObserversResponse observers
SELECT s.org, o.name, s.state, s.reviewed_at,
  CASE WHEN s.state <> 'ENDED' THEN s.reviewed_at + interval '36 months' END AS review_due,
  s.state <> 'ENDED' AND s.reviewed_at + interval '36 months' <= :ctx.now AS is_review_overdue,
  s.resolution_id, s.index, s.org AS page_key
FROM observer_status s JOIN org o USING (org)
WHERE (coalesce(:state, '') = '' OR s.state = :state) AND s.org > :ctx.page_key
ORDER BY s.org
LIMIT :ctx.page_limit

-- name: integration_plan_list
-- in: pidc.v1.ListIntegrationPlansRequest
-- out: pidc.v1.ListIntegrationPlansResponse plans
SELECT i.org, i.due, i.steps, d.is_overdue, i.version, i.index, i.org AS page_key
FROM integration_plan i
JOIN partner p USING (org)
CROSS JOIN LATERAL (SELECT i.due <= :ctx.now AND p.state = 'RECOGNISED' AS is_overdue) d
WHERE (d.is_overdue OR NOT :overdue_only) AND i.org > :ctx.page_key
ORDER BY i.org
LIMIT :ctx.page_limit
