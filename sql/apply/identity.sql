-- Events of organisations, codes, principals, projected into their tables. Every
-- apply statement takes an array of events of one type.

-- name: apply_organisation
-- apply: organisation_registered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO org (org, org_id, kind, name, index)
SELECT org, id::uuid, kind, name, index
FROM unnest(:event.organisation_registered.organisation.org, :event.entity_id,
    :event.organisation_registered.organisation.kind,
    :event.organisation_registered.organisation.name, :index)
  AS e (org, id, kind, name, index)

-- name: apply_code
-- apply: code_added
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO code_entry (list, code, parent, title_en, title_fr, index)
SELECT * FROM unnest(:event.code_added.entry.list, :event.code_added.entry.code,
  :event.code_added.entry.parent, :event.code_added.entry.title_en,
  :event.code_added.entry.title_fr, :index)

-- name: apply_principal
-- apply: principal_registered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO principal (principal_id, org, title, index)
SELECT * FROM unnest(:event.principal_registered.principal_id, :event.principal_registered.org,
  :event.principal_registered.title, :index)

-- name: apply_principal_key
-- apply: principal_registered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO cert_binding (spki_sha256, principal_id, not_after, state, index)
SELECT spki_sha256, principal_id, not_after, 'ACTIVE', index
FROM unnest(:event.principal_registered.spki_sha256, :event.principal_registered.principal_id,
    :event.principal_registered.not_after, :index)
  AS e (spki_sha256, principal_id, not_after, index)

-- name: apply_principal_roles
-- apply: principal_registered
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO role_grant (principal_id, role, index)
SELECT DISTINCT ON (principal_id, role) principal_id, role, index
FROM unnest(:event.principal_registered.roles.^.principal_id, :event.principal_registered.roles,
    :event.principal_registered.roles.^.^.^.index)
  AS e (principal_id, role, index)

-- name: apply_certificate
-- apply: certificate_bound
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO cert_binding (spki_sha256, principal_id, not_after, state, index)
SELECT spki_sha256, principal_id, not_after, 'ACTIVE', index
FROM unnest(:event.certificate_bound.spki_sha256, :event.certificate_bound.principal_id,
    :event.certificate_bound.not_after, :index)
  AS e (spki_sha256, principal_id, not_after, index)

-- name: apply_certificate_end
-- apply: certificate_revoked
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE cert_binding b
SET state = 'REVOKED', index = e.index
FROM unnest(:event.certificate_revoked.spki_sha256, :index) AS e (spki_sha256, index)
WHERE b.spki_sha256 = e.spki_sha256

-- name: apply_role
-- apply: role_granted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO role_grant (principal_id, role, index)
SELECT * FROM unnest(:event.role_granted.principal_id, :event.role_granted.role, :index)

-- name: apply_role_end
-- apply: role_revoked
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
DELETE FROM role_grant r
USING unnest(:event.role_revoked.principal_id, :event.role_revoked.role) AS e (principal_id, role)
WHERE r.principal_id = e.principal_id AND r.role = e.role

-- name: apply_instance
-- apply: instance_started
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO instance_start (index, instance_id, version, started_at)
SELECT index, instance_id::uuid, version, tx_time
FROM unnest(:index, :event.instance_started.instance_id, :event.instance_started.version, :tx_time)
  AS e (index, instance_id, version, tx_time)
