-- Counting refused releases, so that a loop of refusals does not fill the ledger.

-- name: refusal_count
-- in: pidc.store.v1.RefusalCount
-- out: pidc.store.v1.RefusalCount
-- One more; is_folded when the principal has had its entries of this hour.
WITH h AS (SELECT date_trunc('hour', :ctx.now) AS hour),
used AS (
  SELECT coalesce(sum(c.recorded), 0) >= :max AS is_over
  FROM refusal_count c
  JOIN h ON c.hour = h.hour
  WHERE c.principal_id = :ctx.actor.principal_id)
INSERT INTO refusal_count AS c (principal_id, owner_org, hour, org, recorded, folded)
SELECT :ctx.actor.principal_id, :owner_org, h.hour, :ctx.actor.org,
  (NOT used.is_over)::integer, used.is_over::integer
FROM h, used
ON CONFLICT (principal_id, owner_org, hour) DO UPDATE
SET recorded = c.recorded + excluded.recorded, folded = c.folded + excluded.folded
RETURNING (SELECT is_over FROM used) AS is_folded

-- name: facts_fold
-- in: -
-- out: pidc.store.v1.FoldFacts
-- The oldest count of an hour that is over.
SELECT principal_id, org, owner_org, hour, folded AS count
FROM refusal_count
WHERE hour < date_trunc('hour', :ctx.now) AND folded > 0
ORDER BY hour, principal_id, owner_org
LIMIT 1

-- name: refusal_forget
-- in: pidc.store.v1.FoldFacts
-- out: -
-- What has become an entry, and what of past hours needs none.
DELETE FROM refusal_count
WHERE (principal_id = :principal_id AND owner_org = :owner_org AND hour = :hour)
  OR (hour < :hour AND folded = 0)
