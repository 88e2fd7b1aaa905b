-- Approvals: releases that an owner confirms one by one.

-- name: facts_approval
-- in: pidc.v1.ApprovalStatement
-- out: pidc.store.v1.ApprovalFacts
SELECT o.org AS "owner.org", o.kind AS "owner.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "owner.is_active",
  a.approval_id AS "approval.approval_id", a.owner_org AS "approval.owner_org",
  a.recipient_org AS "approval.recipient_org", a.request_digest AS "approval.request_digest",
  a.state AS "approval.state"
FROM org o
LEFT JOIN member m USING (org)
LEFT JOIN approval a ON a.approval_id = nullif(:approval_id, '')::uuid AND a.owner_org = o.org
WHERE o.org = :ctx.actor.org

-- name: approval_list
-- in: pidc.v1.ListApprovalsRequest
-- out: pidc.v1.ListApprovalsResponse approvals
SELECT a.approval_id, a.owner_org, a.recipient_org, a.capacity, a.purpose, a.action, a.fields,
  a.contribution_ids, a.request_digest, v.state, a.requested_at, a.answered_at, a.reason,
  a.valid_to, a.disclosure_id, a.index, a.approval_id::text AS page_key
FROM approval a
CROSS JOIN LATERAL (
  SELECT CASE WHEN a.state = 'APPROVED' AND a.valid_to <= :ctx.now THEN 'EXPIRED' ELSE a.state END
    AS state) v
WHERE (a.owner_org = :ctx.actor.org OR a.recipient_org = :ctx.actor.org)
  AND (:owner_org = '' OR a.owner_org = :owner_org)
  AND (:recipient_org = '' OR a.recipient_org = :recipient_org)
  AND (coalesce(:state, '') = '' OR v.state = :state)
  AND a.approval_id::text > :ctx.page_key
ORDER BY a.approval_id::text
LIMIT :ctx.page_limit
