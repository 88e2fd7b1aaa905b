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
-- seq counts on within the dataset, in the order of the entries.
WITH e AS MATERIALIZED (
  SELECT *
  FROM unnest(:event.contribution_submitted.contribution.contribution_id::uuid[],
      :event.contribution_submitted.contribution.dataset_id::uuid[],
      :event.contribution_submitted.contribution.owner_org,
      :event.contribution_submitted.contribution.period.from,
      :event.contribution_submitted.contribution.period.to,
      :event.contribution_submitted.contribution.classification,
      :event.contribution_submitted.contribution.row_count,
      :event.contribution_submitted.contribution.content_kind,
      :event.contribution_submitted.contribution.content_size,
      :event.contribution_submitted.contribution.content_digest,
      :event.contribution_submitted.contribution.external_uri,
      :event.contribution_submitted.contribution.replaces_id::uuid[], :event.actor.principal_id,
      :tx_time, :event.entity_version, :column_fields, :column_sizes, :column_digests, :index)
    AS e (id, dataset_id, owner_org, period_from, period_to, classification, row_count,
      content_kind, content_size, content_digest, external_uri, replaces_id, submitted_by, tx_time,
      version, column_fields, column_sizes, column_digests, index)
), last AS MATERIALIZED (
  -- Once a dataset: a look into the index from within the insert would step over all
  -- that it has inserted so far.
  SELECT d.dataset_id,
    coalesce((SELECT max(c.seq) FROM contribution c WHERE c.dataset_id = d.dataset_id), 0) AS seq
  FROM (SELECT DISTINCT dataset_id FROM e) d
)
INSERT INTO contribution (contribution_id, dataset_id, owner_org, seq, period_from, period_to,
  classification, row_count, content_kind, content_size, content_digest, external_uri, replaces_id,
  submitted_by, status, recorded_at, version, column_fields, column_sizes, column_digests, index)
SELECT id, e.dataset_id, owner_org,
  last.seq + row_number() OVER (PARTITION BY e.dataset_id ORDER BY e.index),
  period_from, period_to, classification, row_count, coalesce(nullif(content_kind, ''), 'INLINE'),
  content_size, content_digest, external_uri, replaces_id, submitted_by,
  'ACCEPTED', tx_time, version, string_to_array(column_fields, ' '),
  string_to_array(column_sizes, ' ')::bigint[], column_digests, index
FROM e
JOIN last ON last.dataset_id = e.dataset_id

-- name: apply_correction
-- apply: contribution_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE contribution c
SET status = 'REPLACED', replaced_by_id = e.id, index = e.index
FROM unnest(:event.contribution_submitted.contribution.replaces_id::uuid[],
    :event.contribution_submitted.contribution.contribution_id::uuid[], :index)
  AS e (replaces_id, id, index)
WHERE c.contribution_id = e.replaces_id

-- name: apply_contribution_status
-- apply: contribution_status_changed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE contribution c
SET status = e.status, version = e.version, index = e.index
FROM unnest(:event.contribution_status_changed.contribution_id,
    :event.contribution_status_changed.status, :event.entity_version, :index)
  AS e (id, status, version, index)
WHERE c.contribution_id = e.id::uuid

-- name: apply_reclassification
-- apply: contribution_reclassified
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE contribution c
SET classification = e.classification, version = e.version, index = e.index
FROM unnest(:event.contribution_reclassified.contribution_id,
    :event.contribution_reclassified.classification, :event.entity_version, :index)
  AS e (id, classification, version, index)
WHERE c.contribution_id = e.id::uuid

-- name: apply_erasure_request
-- apply: erasure_requested
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO erasure (contribution_id, owner_org, legal_ground, requested_by, requested_at,
  erased_by, index)
SELECT id::uuid, owner_org, legal_ground, requested_by, tx_time, '', index
FROM unnest(:event.erasure_requested.contribution_id, :event.erasure_requested.owner_org,
    :event.erasure_requested.legal_ground, :event.actor.principal_id, :tx_time, :index)
  AS e (id, owner_org, legal_ground, requested_by, tx_time, index)

-- name: apply_erasure_request_version
-- apply: erasure_requested
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE contribution c
SET version = e.version, index = e.index
FROM unnest(:event.erasure_requested.contribution_id, :event.entity_version, :index)
  AS e (id, version, index)
WHERE c.contribution_id = e.id::uuid

-- name: apply_erasure
-- apply: contribution_erased
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE erasure x
SET erased_by = e.erased_by, erased_at = e.tx_time, index = e.index
FROM unnest(:event.contribution_erased.contribution_id, :event.actor.principal_id, :tx_time,
    :index)
  AS e (id, erased_by, tx_time, index)
WHERE x.contribution_id = e.id::uuid

-- name: apply_erasure_status
-- apply: contribution_erased
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE contribution c
SET status = 'ERASED', version = e.version, index = e.index
FROM unnest(:event.contribution_erased.contribution_id, :event.entity_version, :index)
  AS e (id, version, index)
WHERE c.contribution_id = e.id::uuid
