-- One check as one statement: who, the recipient's agreement, the contribution, its
-- consent. Exclusions and conditions are left out.
SELECT h.size - 1 AS revision, c.consent_id
FROM ledger_head h, principal p
JOIN cert_binding b USING (principal_id)
JOIN partner r ON r.org = p.org
JOIN legacy_instrument i ON i.partner = r.org
JOIN contribution k ON k.contribution_id = :contribution::uuid AND k.owner_org = :owner
JOIN consent_item n ON n.item_id = k.contribution_id
JOIN consent_chain c ON c.consent_id = n.consent_id AND c.owner_org = k.owner_org
WHERE p.principal_id = :principal AND b.state = 'ACTIVE' AND r.state = 'RECOGNISED'
  AND EXISTS (SELECT 1 FROM role_grant g WHERE g.principal_id = p.principal_id)
  AND :purpose = ANY (i.purposes) AND k.status = 'ACCEPTED' AND c.state = 'CURRENT'
  AND p.org = ANY (c.recipient_orgs) AND :purpose = ANY (c.purposes)
  AND now() >= c.valid_from AND now() < c.valid_to
  AND :fields::text[] <@ (SELECT array_agg(name) FROM dataset_field WHERE dataset_id = k.dataset_id)
LIMIT 1
