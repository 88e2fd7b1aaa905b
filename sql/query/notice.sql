-- Who is told.

-- name: facts_holders
-- in: pidc.store.v1.HolderQuery
-- out: pidc.store.v1.HolderFacts
-- Whoever was given a contribution and has not given it back.
SELECT coalesce(array_agg(DISTINCT d.recipient_org ORDER BY d.recipient_org), '{}') AS orgs
FROM disclosure_item i
JOIN disclosure d USING (index)
WHERE i.contribution_id = nullif(:contribution_id, '')::uuid AND d.recipient_org <> d.owner_org
  AND NOT EXISTS (
    SELECT 1 FROM recall_item r
    WHERE r.release_index = i.index AND r.contribution_id = i.contribution_id
      AND r.outcome IN ('DELETED', 'RETURNED'))
