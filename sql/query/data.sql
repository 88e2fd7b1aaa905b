-- Datasets and contributions. Whoever is not the owner sees nothing.

-- name: facts_define_dataset
-- in: pidc.v1.DefineDatasetRequest
-- out: pidc.store.v1.DatasetFacts
SELECT o.org AS "org.org", o.kind AS "org.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "org.is_active",
  d.dataset_id IS NOT NULL AS exists, m.alpha3 AS country,
  EXISTS (SELECT 1 FROM code_entry WHERE list = 'category' AND code = :dataset.category)
    AS category_known,
  v.dataset_id AS "dataset.dataset_id", v.owner_org AS "dataset.owner_org",
  v.category AS "dataset.category", v.title AS "dataset.title",
  v.granularity AS "dataset.granularity",
  v.classification_default AS "dataset.classification_default",
  v.min_cell_default AS "dataset.min_cell_default",
  v.schema_version AS "dataset.schema_version", v.status AS "dataset.status",
  v.version AS "dataset.version",
  f.names AS "dataset.fields.name", f.types AS "dataset.fields.type",
  f.sensitivities AS "dataset.fields.sensitivity", f.counts AS "dataset.fields.is_count"
FROM org o
LEFT JOIN member m USING (org)
LEFT JOIN dataset d ON d.dataset_id = nullif(:dataset.dataset_id, '')::uuid
LEFT JOIN dataset v ON v.dataset_id = d.dataset_id AND v.owner_org = :ctx.actor.org
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names, array_agg(type ORDER BY position) AS types,
    array_agg(sensitivity ORDER BY position) AS sensitivities,
    array_agg(is_count ORDER BY position) AS counts
  FROM dataset_field WHERE dataset_id = v.dataset_id) f
WHERE o.org = :ctx.actor.org

-- name: facts_close_dataset
-- in: pidc.v1.CloseDatasetRequest
-- out: pidc.store.v1.DatasetFacts
SELECT d.dataset_id AS "dataset.dataset_id", d.owner_org AS "dataset.owner_org",
  d.status AS "dataset.status", d.version AS "dataset.version"
FROM dataset d
WHERE d.dataset_id = nullif(:dataset_id, '')::uuid AND d.owner_org = :ctx.actor.org

-- name: facts_submit
-- in: pidc.v1.SubmitContributionRequest
-- out: pidc.store.v1.DatasetFacts
-- many
WITH q (ord, dataset_id, org) AS MATERIALIZED (
  SELECT * FROM unnest(:#, :dataset_id::uuid[], :ctx.actor.org)
), f (dataset_id, names, types, counts) AS MATERIALIZED (
  SELECT dataset_id, array_agg(name ORDER BY position), array_agg(type ORDER BY position),
    array_agg(is_count ORDER BY position)
  FROM dataset_field
  WHERE dataset_id = ANY (ARRAY(SELECT DISTINCT dataset_id FROM q))
  GROUP BY dataset_id
)
SELECT q.ord, o.org AS "org.org", o.kind AS "org.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "org.is_active",
  v.dataset_id IS NOT NULL AS exists,
  v.dataset_id AS "dataset.dataset_id", v.owner_org AS "dataset.owner_org",
  v.category AS "dataset.category", v.granularity AS "dataset.granularity",
  v.classification_default AS "dataset.classification_default",
  v.schema_version AS "dataset.schema_version", v.status AS "dataset.status",
  v.version AS "dataset.version",
  f.names AS "dataset.fields.name", f.types AS "dataset.fields.type",
  f.counts AS "dataset.fields.is_count"
FROM q
JOIN org o ON o.org = q.org
LEFT JOIN member m ON m.org = q.org
LEFT JOIN dataset v ON v.dataset_id = q.dataset_id AND v.owner_org = q.org
LEFT JOIN f ON f.dataset_id = v.dataset_id

-- name: dataset_get
-- in: pidc.v1.GetDatasetRequest
-- out: pidc.v1.GetDatasetResponse
SELECT d.dataset_id AS "dataset.dataset_id", d.owner_org AS "dataset.owner_org",
  d.category AS "dataset.category", d.title AS "dataset.title",
  d.description AS "dataset.description", d.granularity AS "dataset.granularity",
  d.classification_default AS "dataset.classification_default",
  d.legal_basis AS "dataset.legal_basis", d.ethics_note AS "dataset.ethics_note",
  nullif(d.legal_jurisdiction, '') AS "dataset.legal_reference.jurisdiction",
  nullif(d.legal_law, '') AS "dataset.legal_reference.law",
  nullif(d.legal_provision, '') AS "dataset.legal_reference.provision",
  f.names AS "dataset.fields.name", f.types AS "dataset.fields.type",
  f.descriptions AS "dataset.fields.description",
  f.sensitivities AS "dataset.fields.sensitivity", f.counts AS "dataset.fields.is_count",
  d.min_cell_default AS "dataset.min_cell_default",
  d.retention_months AS "dataset.retention_months",
  d.schema_version AS "dataset.schema_version", d.status AS "dataset.status",
  d.version AS "dataset.version", d.index AS "dataset.index"
FROM dataset d
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names, array_agg(type ORDER BY position) AS types,
    array_agg(description ORDER BY position) AS descriptions,
    array_agg(sensitivity ORDER BY position) AS sensitivities,
    array_agg(is_count ORDER BY position) AS counts
  FROM dataset_field WHERE dataset_id = d.dataset_id) f
WHERE d.dataset_id = nullif(:dataset_id, '')::uuid AND d.owner_org = :ctx.actor.org

-- name: dataset_list
-- in: pidc.v1.ListDatasetsRequest
-- out: pidc.v1.ListDatasetsResponse datasets
SELECT d.dataset_id, d.owner_org, d.category, d.title, d.description, d.granularity,
  d.classification_default, d.legal_basis, d.ethics_note,
  nullif(d.legal_jurisdiction, '') AS "legal_reference.jurisdiction",
  nullif(d.legal_law, '') AS "legal_reference.law",
  nullif(d.legal_provision, '') AS "legal_reference.provision",
  f.names AS "fields.name", f.types AS "fields.type", f.sensitivities AS "fields.sensitivity",
  f.counts AS "fields.is_count", d.min_cell_default, d.retention_months, d.schema_version, d.status, d.version, d.index,
  d.dataset_id::text AS page_key
FROM dataset d
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names, array_agg(type ORDER BY position) AS types,
    array_agg(sensitivity ORDER BY position) AS sensitivities,
    array_agg(is_count ORDER BY position) AS counts
  FROM dataset_field WHERE dataset_id = d.dataset_id) f
WHERE d.owner_org = :ctx.actor.org AND d.dataset_id::text > :ctx.page_key
ORDER BY d.dataset_id::text
LIMIT :ctx.page_limit

-- name: facts_replaced
-- in: pidc.v1.SubmitContributionRequest
-- out: pidc.store.v1.DatasetFacts
SELECT c.contribution_id AS "replaced.contribution_id", c.dataset_id AS "replaced.dataset_id",
  c.owner_org AS "replaced.owner_org", c.classification AS "replaced.classification",
  c.status AS "replaced.status"
FROM contribution c
WHERE c.contribution_id = nullif(:replaces_id, '')::uuid AND c.owner_org = :ctx.actor.org

-- name: facts_contribution
-- in: pidc.store.v1.ContributionQuery
-- out: pidc.store.v1.ContributionFacts
SELECT c.contribution_id AS "contribution.contribution_id",
  c.dataset_id AS "contribution.dataset_id", c.owner_org AS "contribution.owner_org",
  c.classification AS "contribution.classification", c.status AS "contribution.status",
  c.version AS "contribution.version", d.classification_default,
  x.contribution_id AS "erasure.contribution_id"
FROM contribution c
JOIN dataset d USING (dataset_id)
LEFT JOIN erasure x ON x.contribution_id = c.contribution_id
WHERE c.contribution_id = nullif(:contribution_id, '')::uuid AND c.owner_org = :ctx.actor.org

-- name: facts_erasure
-- in: pidc.v1.EraseContributionRequest
-- out: pidc.store.v1.ContributionFacts
-- What its owner asked to have erased, whoever that is.
SELECT c.contribution_id AS "contribution.contribution_id",
  c.owner_org AS "contribution.owner_org", c.status AS "contribution.status",
  c.version AS "contribution.version", x.contribution_id AS "erasure.contribution_id",
  x.owner_org AS "erasure.owner_org", x.legal_ground AS "erasure.legal_ground",
  x.requested_by AS "erasure.requested_by"
FROM erasure x
JOIN contribution c USING (contribution_id)
WHERE x.contribution_id = nullif(:contribution_id, '')::uuid

-- name: content_erase
-- in: pidc.store.v1.ContributionQuery
-- out: -
SELECT content_erase(nullif(:contribution_id, '')::uuid)

-- name: contribution_get
-- in: pidc.v1.GetContributionRequest
-- out: pidc.v1.GetContributionResponse
SELECT c.contribution_id AS "contribution.contribution_id",
  c.dataset_id AS "contribution.dataset_id", c.owner_org AS "contribution.owner_org",
  c.period_from AS "contribution.period.from", c.period_to AS "contribution.period.to",
  c.classification AS "contribution.classification", c.row_count AS "contribution.row_count",
  c.column_fields AS "contribution.columns.field",
  digest_list(c.column_digests) AS "contribution.columns.digest",
  c.column_sizes AS "contribution.columns.size", c.content_digest AS "contribution.content_digest",
  c.submitted_by AS "contribution.submitted_by", c.status AS "contribution.status",
  c.version AS "contribution.version", c.index AS "contribution.index",
  c.recorded_at AS "contribution.recorded_at", c.seq AS "contribution.seq",
  c.content_kind AS "contribution.content_kind", c.content_size AS "contribution.content_size",
  c.external_uri AS "contribution.external_uri", c.replaces_id AS "contribution.replaces_id",
  c.replaced_by_id AS "contribution.replaced_by_id",
  c.recorded_at + nullif(d.retention_months, 0) * interval '1 month'
    AS "contribution.retain_until"
FROM contribution c
JOIN dataset d USING (dataset_id)
WHERE c.contribution_id = nullif(:contribution_id, '')::uuid AND c.owner_org = :ctx.actor.org

-- name: contribution_list
-- in: pidc.v1.ListContributionsRequest
-- out: pidc.v1.ListContributionsResponse contributions
-- In the order of recording; a change of status moves none of them to another page.
SELECT c.contribution_id, c.dataset_id, c.owner_org, c.period_from AS "period.from",
  c.period_to AS "period.to", c.classification, c.row_count, c.content_digest, c.submitted_by,
  c.status, c.version, c.index, c.recorded_at, c.seq, c.content_kind, c.content_size,
  c.external_uri, c.replaces_id, c.replaced_by_id, r.retain_until,
  lpad((extract(epoch FROM c.recorded_at) * 1000000)::bigint::text, 18, '0') AS page_key
FROM contribution c
JOIN dataset d USING (dataset_id)
CROSS JOIN LATERAL (
  SELECT c.recorded_at + nullif(d.retention_months, 0) * interval '1 month' AS retain_until) r
WHERE c.owner_org = :ctx.actor.org
  AND c.recorded_at > CASE WHEN :ctx.page_key ~ '^[0-9]{18}$'
    THEN timestamptz 'epoch' + :ctx.page_key::bigint * interval '1 microsecond'
    ELSE '-infinity' END
  AND (:dataset_id = '' OR c.dataset_id = nullif(:dataset_id, '')::uuid)
  AND (:status = '' OR c.status = :status)
  AND (NOT :retention_due OR r.retain_until <= :ctx.now AND c.status <> 'ERASED')
ORDER BY c.recorded_at
LIMIT :ctx.page_limit

-- name: erasure_list
-- in: pidc.v1.ListErasuresRequest
-- out: pidc.v1.ListErasuresResponse erasures
SELECT x.contribution_id, x.owner_org, x.legal_ground, x.requested_by, x.requested_at, x.erased_by,
  x.erased_at, x.index, x.contribution_id::text AS page_key
FROM erasure x
WHERE (x.owner_org = :ctx.actor.org OR :ctx.sees_all)
  AND (NOT :pending OR x.erased_at IS NULL)
  AND x.contribution_id::text > :ctx.page_key
ORDER BY x.contribution_id::text
LIMIT :ctx.page_limit

-- name: content_store
-- in: pidc.store.v1.ContentWrite
-- out: -
-- many
INSERT INTO contribution_content (contribution_id, field, owner_org, content)
SELECT * FROM unnest(:fields.^.contribution_id::uuid[], :fields, :fields.^.owner_org, :columns)

-- name: content_store_files
-- in: pidc.store.v1.ContentWrite
-- out: -
-- many
INSERT INTO contribution_content (contribution_id, field, owner_org, upload_id)
SELECT *
FROM unnest(:files.^.contribution_id::uuid[], :files.field, :files.^.owner_org,
  :files.upload_id::uuid[])
