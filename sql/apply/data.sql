-- Events of datasets and contributions.

-- name: apply_dataset
-- apply: dataset_defined
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO dataset AS d (dataset_id, owner_org, category, title, description, granularity,
  classification_default, legal_basis, ethics_note, legal_jurisdiction, legal_law, legal_provision,
  min_cell_default, retention_months, schema_version, status, version, index)
SELECT id::uuid, owner_org, category, title, description, granularity, classification, legal_basis,
  ethics_note, coalesce(jurisdiction, ''), coalesce(law, ''), coalesce(provision, ''), min_cell,
  retention_months, schema_version, 'ACTIVE', version, index
FROM unnest(:event.dataset_defined.dataset.dataset_id, :event.dataset_defined.dataset.owner_org,
    :event.dataset_defined.dataset.category, :event.dataset_defined.dataset.title,
    :event.dataset_defined.dataset.description, :event.dataset_defined.dataset.granularity,
    :event.dataset_defined.dataset.classification_default,
    :event.dataset_defined.dataset.legal_basis, :event.dataset_defined.dataset.ethics_note,
    :event.dataset_defined.dataset.legal_reference.jurisdiction,
    :event.dataset_defined.dataset.legal_reference.law,
    :event.dataset_defined.dataset.legal_reference.provision,
    :event.dataset_defined.dataset.min_cell_default,
    :event.dataset_defined.dataset.retention_months,
    :event.dataset_defined.dataset.schema_version, :event.entity_version, :index)
  AS e (id, owner_org, category, title, description, granularity, classification, legal_basis,
    ethics_note, jurisdiction, law, provision, min_cell, retention_months, schema_version, version,
    index)
ON CONFLICT (dataset_id) DO UPDATE SET
  title = excluded.title, description = excluded.description,
  classification_default = excluded.classification_default, legal_basis = excluded.legal_basis,
  ethics_note = excluded.ethics_note, legal_jurisdiction = excluded.legal_jurisdiction,
  legal_law = excluded.legal_law, legal_provision = excluded.legal_provision,
  min_cell_default = excluded.min_cell_default, retention_months = excluded.retention_months,
  schema_version = excluded.schema_version, version = excluded.version, index = excluded.index

-- name: apply_dataset_fields
-- apply: dataset_defined
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- A field keeps the schema version that brought it.
INSERT INTO dataset_field (dataset_id, position, name, type, description, sensitivity, is_count,
  schema_version, index)
SELECT id::uuid, position, name, type, description, coalesce(nullif(sensitivity, ''), 'ORDINARY'),
  is_count, schema_version, index
FROM unnest(:event.dataset_defined.dataset.fields.^.dataset_id,
    :event.dataset_defined.dataset.fields.#, :event.dataset_defined.dataset.fields.name,
    :event.dataset_defined.dataset.fields.type,
    :event.dataset_defined.dataset.fields.description,
    :event.dataset_defined.dataset.fields.sensitivity,
    :event.dataset_defined.dataset.fields.is_count,
    :event.dataset_defined.dataset.fields.^.schema_version,
    :event.dataset_defined.dataset.fields.^.^.^.^.index)
  AS e (id, position, name, type, description, sensitivity, is_count, schema_version, index)
ON CONFLICT (dataset_id, name) DO NOTHING

-- name: apply_dataset_field_words
-- apply: dataset_defined
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- What a later definition may say anew of a field that stands.
UPDATE dataset_field f
SET description = e.description, sensitivity = e.sensitivity, index = e.index
FROM (
  SELECT id::uuid AS dataset_id, name, description,
    coalesce(nullif(sensitivity, ''), 'ORDINARY') AS sensitivity, index
  FROM unnest(:event.dataset_defined.dataset.fields.^.dataset_id,
      :event.dataset_defined.dataset.fields.name,
      :event.dataset_defined.dataset.fields.description,
      :event.dataset_defined.dataset.fields.sensitivity,
      :event.dataset_defined.dataset.fields.^.^.^.^.index)
    AS x (id, name, description, sensitivity, index)) e
WHERE f.dataset_id = e.dataset_id AND f.name = e.name
  AND (f.description, f.sensitivity) <> (e.description, e.sensitivity)

-- name: apply_dataset_close
-- apply: dataset_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE dataset d
SET status = 'CLOSED', version = e.version, index = e.index
FROM unnest(:event.dataset_closed.dataset_id, :event.entity_version, :index)
  AS e (id, version, index)
WHERE d.dataset_id = e.id::uuid

-- name: apply_contribution
-- apply: contribution_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO contribution (contribution_id, dataset_id, owner_org, period_from, period_to,
  classification, row_count, content_digest, submitted_by, status, recorded_at, version, index)
SELECT id::uuid, dataset_id::uuid, owner_org, period_from, period_to, classification, row_count,
  content_digest, submitted_by, 'ACCEPTED', tx_time, version, index
FROM unnest(:event.contribution_submitted.contribution.contribution_id,
    :event.contribution_submitted.contribution.dataset_id,
    :event.contribution_submitted.contribution.owner_org,
    :event.contribution_submitted.contribution.period.from,
    :event.contribution_submitted.contribution.period.to,
    :event.contribution_submitted.contribution.classification,
    :event.contribution_submitted.contribution.row_count,
    :event.contribution_submitted.contribution.content_digest, :event.actor.principal_id,
    :tx_time, :event.entity_version, :index)
  AS e (id, dataset_id, owner_org, period_from, period_to, classification, row_count,
    content_digest, submitted_by, tx_time, version, index)

-- name: apply_contribution_columns
-- apply: contribution_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO contribution_column (contribution_id, position, field, digest, size)
SELECT id::uuid, position, field, digest, size
FROM unnest(:event.contribution_submitted.contribution.columns.^.contribution_id,
    :event.contribution_submitted.contribution.columns.#,
    :event.contribution_submitted.contribution.columns.field,
    :event.contribution_submitted.contribution.columns.digest,
    :event.contribution_submitted.contribution.columns.size)
  AS e (id, position, field, digest, size)
