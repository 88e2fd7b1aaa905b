-- Grants of everything that were corrected to single datasets or contributions were not
-- found under these.
SET search_path = pidc;

INSERT INTO consent_item (item_id, consent_id, owner_org, index)
SELECT DISTINCT ON (i.item_id, c.consent_id) i.item_id, c.consent_id, c.owner_org, s.index
FROM consent_chain c
JOIN consent_statement s ON s.consent_id = c.consent_id AND s.kind = 'CORRECT'
CROSS JOIN LATERAL unnest(c.contribution_ids || c.dataset_ids) AS i (item_id)
ORDER BY i.item_id, c.consent_id, s.index
ON CONFLICT DO NOTHING;
