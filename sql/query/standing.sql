-- A partnership that is there: for its rules, and what is left to wind down.

-- name: facts_standing
-- in: pidc.store.v1.PartnershipQuery
-- out: pidc.store.v1.PartnershipFacts
SELECT s.org AS "partnership.org", s.partner_class AS "partnership.partner_class",
  s.state AS "partnership.state", s.version AS "partnership.version", s.last_kind, s.last_at,
  s.last_org, s.lapses_at, s.previous_state,
  (SELECT count(*) FROM recall r JOIN recall_item i USING (recall_id)
    WHERE r.recipient_org = s.org AND i.state = 'OPEN' AND r.due > :ctx.now) AS open_recalls,
  ARRAY(SELECT o.org FROM org o LEFT JOIN member m USING (org)
    WHERE o.kind = 'SECRETARIAT' OR m.state = 'ACTIVE' ORDER BY 1) AS audience
FROM partnership_standing s
WHERE s.org = :org

-- name: facts_resolution_partnership
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT org AS "partnership.partnership.org", partner_class AS "partnership.partnership.partner_class",
  state AS "partnership.partnership.state", version AS "partnership.partnership.version",
  last_kind AS "partnership.last_kind", last_at AS "partnership.last_at",
  last_org AS "partnership.last_org", lapses_at AS "partnership.lapses_at",
  previous_state AS "partnership.previous_state"
FROM partnership_standing
WHERE org = :subject_org

-- name: wind_down_list
-- in: pidc.v1.ListWindDownItemsRequest
-- out: pidc.v1.ListWindDownItemsResponse items
SELECT 'RECALL' AS kind, r.recall_id AS id, r.owner_org, r.due, r.due <= :ctx.now AS is_overdue,
  r.recall_id::text AS page_key
FROM recall r
WHERE r.recipient_org = :org AND (r.recipient_org = :ctx.actor.org OR :ctx.sees_all)
  AND EXISTS (SELECT 1 FROM recall_item i WHERE i.recall_id = r.recall_id AND i.state = 'OPEN')
  AND r.recall_id::text > :ctx.page_key
ORDER BY page_key
LIMIT :ctx.page_limit
