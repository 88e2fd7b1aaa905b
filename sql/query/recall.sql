-- Recalls: what an owner asked back, item by item.

-- name: facts_recall
-- in: pidc.v1.RecallDisclosuresRequest
-- out: pidc.store.v1.RecallFacts
SELECT o.org AS "owner.org", o.kind AS "owner.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "owner.is_active",
  p.state AS recipient_state
FROM org o
LEFT JOIN member m USING (org)
LEFT JOIN partner p ON p.org = :recipient_org
WHERE o.org = :ctx.actor.org

-- name: facts_recall_items
-- in: pidc.v1.RecallDisclosuresRequest
-- out: pidc.store.v1.RecallFacts items
-- The items named; or what of a chain or a contribution is not recalled for this cause:
-- one more than a recall takes.
SELECT i.index AS release_index, i.contribution_id, i.is_recalled,
  s.state = 'REVOKED' AS is_consent_revoked, s.valid_to AS consent_to, c.status,
  c.replaced_by_id IS NOT NULL AS is_replaced,
  i.classification AS released_classification, c.classification,
  (SELECT d.released_at + min(o.number) * interval '1 day'
    FROM disclosure_obligation o
    WHERE o.index = i.index AND o.kind = 'DATA_LIFE') AS dispose_by
FROM (
  SELECT x.*, EXISTS (
    SELECT 1 FROM recall_item r
    WHERE r.release_index = x.index AND r.contribution_id = x.contribution_id
      AND r.cause = :cause) AS is_recalled
  FROM (
    SELECT i.* FROM unnest(:items.release_index, :items.contribution_id) AS q (index, id)
    JOIN disclosure_item i ON i.index = q.index AND i.contribution_id = q.id::uuid
    UNION ALL
    SELECT i.* FROM consent_use u
    JOIN disclosure d ON d.disclosure_id = u.disclosure_id
    JOIN disclosure_item i ON i.index = d.index AND i.consent_id = u.consent_id
    WHERE u.consent_id = nullif(:consent_id, '')::uuid AND u.recipient_org = :recipient_org
    UNION ALL
    SELECT i.* FROM disclosure_item i
    WHERE i.contribution_id = nullif(:contribution_id, '')::uuid) x) i
JOIN disclosure d ON d.index = i.index AND d.owner_org = :ctx.actor.org
  AND d.recipient_org = :recipient_org
JOIN contribution c ON c.contribution_id = i.contribution_id
LEFT JOIN consent_chain s ON s.consent_id = i.consent_id
WHERE cardinality(:items.release_index) > 0
  OR NOT i.is_recalled AND (:cause <> 'CLASSIFICATION_RAISED'
    OR array_position(ARRAY['CLEAR', 'GREEN', 'AMBER', 'AMBER_STRICT', 'RED'], c.classification)
      > array_position(ARRAY['CLEAR', 'GREEN', 'AMBER', 'AMBER_STRICT', 'RED'],
        i.classification))
ORDER BY i.index, i.position
LIMIT 1001

-- name: facts_recall_state
-- in: pidc.store.v1.RecallLookup
-- out: pidc.store.v1.RecallStateFacts
SELECT r.recall_id, r.owner_org, r.recipient_org, r.version, i.releases AS "items.release_index",
  i.contributions AS "items.contribution_id", i.states AS "items.state",
  i.outcomes AS "items.outcome"
FROM recall r
CROSS JOIN LATERAL (
  SELECT array_agg(release_index ORDER BY release_index, contribution_id) AS releases,
    array_agg(contribution_id ORDER BY release_index, contribution_id) AS contributions,
    array_agg(state ORDER BY release_index, contribution_id) AS states,
    array_agg(outcome ORDER BY release_index, contribution_id) AS outcomes
  FROM recall_item WHERE recall_id = r.recall_id) i
WHERE r.recall_id = nullif(:recall_id, '')::uuid
  AND (r.owner_org = :ctx.actor.org OR r.recipient_org = :ctx.actor.org)

-- name: recall_list
-- in: pidc.v1.ListRecallsRequest
-- out: pidc.v1.ListRecallsResponse items
SELECT r.recall_id, r.owner_org, r.recipient_org, r.cause, r.reason, r.due, i.release_index,
  i.contribution_id, x.dataset_id, v.state, i.outcome, i.answer_reason, r.recalled_at,
  i.answered_at, i.index,
  lpad(r.index::text, 20, '0') || lpad(i.release_index::text, 20, '0') || i.contribution_id
    AS page_key
FROM recall r
JOIN recall_item i USING (recall_id)
JOIN disclosure_item x ON x.index = i.release_index AND x.contribution_id = i.contribution_id
CROSS JOIN LATERAL (
  SELECT CASE WHEN i.state = 'OPEN' AND r.due <= :ctx.now THEN 'OVERDUE' ELSE i.state END
    AS state) v
WHERE (r.owner_org = :ctx.actor.org OR r.recipient_org = :ctx.actor.org)
  AND (:recall_id = '' OR r.recall_id = nullif(:recall_id, '')::uuid)
  AND (:owner_org = '' OR r.owner_org = :owner_org)
  AND (:recipient_org = '' OR r.recipient_org = :recipient_org)
  AND (coalesce(:state, '') = '' OR v.state = :state)
  AND (coalesce(:cause, '') = '' OR r.cause = :cause)
  AND r.index >= CASE WHEN :ctx.page_key ~ '^00[0-9]{18}'
    THEN left(:ctx.page_key, 20)::bigint ELSE -1 END
  AND lpad(r.index::text, 20, '0') || lpad(i.release_index::text, 20, '0') || i.contribution_id
    > :ctx.page_key
ORDER BY r.index, i.release_index, i.contribution_id
LIMIT :ctx.page_limit
