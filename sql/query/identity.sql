-- Organisations, principals, certificates, roles.

-- name: actor_load
-- in: pidc.store.v1.ActorLookup
-- out: pidc.store.v1.ActorRow
-- many
-- The first read of every batch: who is calling, as of now.
SELECT q.ord, p.principal_id AS "actor.principal_id", p.org AS "actor.org",
  o.kind AS "actor.org_kind", b.spki_sha256 AS "actor.spki_sha256",
  ARRAY(SELECT r.role FROM role_grant r WHERE r.principal_id = p.principal_id ORDER BY 1)
    AS "actor.roles",
  b.state AS binding_state, b.not_after
FROM unnest(:#, :spki_sha256, :principal_id) AS q (ord, spki_sha256, principal_id)
JOIN cert_binding b ON b.spki_sha256 = q.spki_sha256 AND b.principal_id = q.principal_id
JOIN principal p ON p.principal_id = b.principal_id
JOIN org o ON o.org = p.org

-- name: facts_organisation
-- in: pidc.v1.RegisterOrganisationRequest
-- out: pidc.store.v1.OrganisationFacts
SELECT EXISTS (SELECT 1 FROM org WHERE org = :organisation.org) AS exists

-- name: facts_principal
-- in: pidc.store.v1.PrincipalQuery
-- out: pidc.store.v1.PrincipalFacts
SELECT p.principal_id IS NOT NULL AS exists,
  p.principal_id AS "principal.principal_id", p.org AS "principal.org",
  p.title AS "principal.title",
  ARRAY(SELECT r.role FROM role_grant r WHERE r.principal_id = p.principal_id ORDER BY 1)
    AS "principal.roles",
  o.org AS "org.org", o.kind AS "org.kind",
  coalesce(m.state = 'ACTIVE', o.org IS NOT NULL) AS "org.is_active",
  b.spki_sha256 IS NOT NULL AS key_bound, b.principal_id AS key_principal_id,
  bp.org AS key_org, b.state AS key_state
FROM (SELECT 1) x
LEFT JOIN cert_binding b ON b.spki_sha256 = :spki_sha256
LEFT JOIN principal bp ON bp.principal_id = b.principal_id
LEFT JOIN principal p ON p.principal_id =
  CASE WHEN :principal_id = '' THEN b.principal_id ELSE :principal_id END
LEFT JOIN org o ON o.org = CASE WHEN :org = '' THEN p.org ELSE :org END
LEFT JOIN member m ON m.org = o.org

-- name: principal_list
-- in: pidc.v1.ListPrincipalsRequest
-- out: pidc.v1.ListPrincipalsResponse principals
SELECT p.principal_id, p.org, p.title, p.principal_id AS page_key,
  ARRAY(SELECT r.role FROM role_grant r WHERE r.principal_id = p.principal_id ORDER BY 1) AS roles,
  b.spki AS "certificates.spki_sha256", b.not_after AS "certificates.not_after",
  b.state AS "certificates.state"
FROM principal p
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(spki_sha256 ORDER BY index), '{}') AS spki,
    coalesce(array_agg(not_after ORDER BY index), '{}') AS not_after,
    coalesce(array_agg(state ORDER BY index), '{}') AS state
  FROM cert_binding WHERE principal_id = p.principal_id) b
WHERE p.principal_id > :ctx.page_key
  AND (:org = '' OR p.org = :org)
  AND (:ctx.sees_all OR p.org = :ctx.actor.org)
ORDER BY p.principal_id
LIMIT :ctx.page_limit

-- name: organisation_list
-- in: pidc.v1.ListOrganisationsRequest
-- out: pidc.v1.ListOrganisationsResponse organisations
SELECT org, org_id, kind, name, org AS page_key
FROM org
WHERE org > :ctx.page_key
ORDER BY org
LIMIT :ctx.page_limit

-- name: keys_ended
-- in: pidc.store.v1.KeyList
-- out: pidc.store.v1.KeyList
SELECT coalesce(array_agg(spki_sha256), '{}') AS keys
FROM cert_binding
WHERE spki_sha256 = ANY (:keys) AND state <> 'ACTIVE'
