-- What some conditions of a decision want to know besides the statements.

-- name: decision_uses
-- in: pidc.store.v1.DecisionNeeds
-- out: pidc.store.v1.DecisionFacts uses
-- Fetches of the recipient that rest on a chain, but for the one that is under way.
SELECT q.consent_id, q.days, count(u.disclosure_id) AS total,
  count(u.disclosure_id) FILTER (
    WHERE u.started_at > :now - q.days * interval '1 day') AS recent
FROM (SELECT DISTINCT * FROM unnest(:uses.consent_id, :uses.days) AS x (consent_id, days)) q
LEFT JOIN consent_use u ON u.consent_id = q.consent_id::uuid AND u.recipient_org = :recipient_org
  AND u.disclosure_id IS DISTINCT FROM nullif(:disclosure_id, '')::uuid
GROUP BY q.consent_id, q.days

-- name: decision_approval
-- in: pidc.store.v1.DecisionNeeds
-- out: pidc.store.v1.DecisionFacts
SELECT a.approval_id AS "approval.approval_id", a.owner_org AS "approval.owner_org",
  a.recipient_org AS "approval.recipient_org", a.capacity AS "approval.capacity",
  a.purpose AS "approval.purpose", a.action AS "approval.action", a.fields AS "approval.fields",
  a.contribution_ids AS "approval.contribution_ids", a.state AS "approval.state",
  a.valid_to AS "approval.valid_to", a.disclosure_id AS "approval.disclosure_id"
FROM approval a
WHERE a.approval_id = nullif(:approval_id, '')::uuid AND a.recipient_org = :recipient_org

-- name: decision_pending
-- in: pidc.store.v1.DecisionNeeds
-- out: pidc.store.v1.DecisionFacts
SELECT count(*) AS pending_approvals,
  coalesce(min(approval_id::text) FILTER (WHERE request_digest = :request_digest), '')
    AS pending_approval_id
FROM approval
WHERE owner_org = :owner_org AND recipient_org = :recipient_org AND state = 'PENDING'

-- name: decision_holdings
-- in: pidc.store.v1.DecisionNeeds
-- out: pidc.store.v1.DecisionFacts
-- Which of the contributions overlap in time with another one of their dataset that the
-- recipient was given and has not given back.
SELECT true AS are_holdings_known,
  ARRAY(
    SELECT a.contribution_id::text
    FROM contribution a
    WHERE a.contribution_id = ANY (:contribution_ids::uuid[]) AND EXISTS (
      SELECT 1
      FROM contribution h
      JOIN disclosure_item i ON i.contribution_id = h.contribution_id
      JOIN disclosure d ON d.index = i.index
      WHERE h.dataset_id = a.dataset_id AND h.contribution_id <> a.contribution_id
        AND coalesce(h.period_from, '-infinity') < coalesce(a.period_to, 'infinity')
        AND coalesce(a.period_from, '-infinity') < coalesce(h.period_to, 'infinity')
        AND d.recipient_org = :recipient_org
        AND NOT EXISTS (
          SELECT 1 FROM recall_item r
          WHERE r.release_index = i.index AND r.contribution_id = i.contribution_id
            AND r.outcome IN ('DELETED', 'RETURNED')))) AS overlapping_ids
