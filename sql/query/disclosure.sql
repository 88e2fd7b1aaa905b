-- Releases.

-- name: fetch_plan
-- in: pidc.v1.FetchRequest
-- out: pidc.store.v1.FetchPlan
-- The frozen list of what the fetch is about; whether any of it may leave is
-- decided chunk by chunk.
SELECT coalesce(array_agg(id ORDER BY index), '{}') AS contribution_ids,
  coalesce(array_agg(dataset_id ORDER BY index), '{}') AS dataset_ids
FROM (
  SELECT contribution_id::text AS id, dataset_id, index FROM contribution
  WHERE owner_org = :owner_org AND status = 'ACCEPTED'
    AND (dataset_id = ANY (:dataset_ids::uuid[]) OR contribution_id = ANY (:contribution_ids::uuid[]))
  ORDER BY index
  LIMIT 1000000) c

-- name: content_read
-- in: pidc.store.v1.ContentQuery
-- out: pidc.v1.FetchResponse items
-- Only what the release names: the row-level policy says so too.
SELECT c.contribution_id, c.dataset_id, c.period_from AS "period.from", c.period_to AS "period.to",
  ARRAY(
    SELECT x.content
    FROM unnest(i.fields) WITH ORDINALITY AS f (name, ord)
    JOIN contribution_content x ON x.contribution_id = c.contribution_id AND x.field = f.name
    ORDER BY f.ord) AS columns
FROM disclosure_item i
JOIN contribution c USING (contribution_id)
WHERE i.index = :release_index
ORDER BY i.position

-- name: disclosure_list
-- in: pidc.v1.ListDisclosuresRequest
-- out: pidc.v1.ListDisclosuresResponse disclosures
SELECT d.disclosure_id, d.chunk, d.owner_org, d.recipient_org, d.capacity, d.purpose, d.action,
  d.principal_id, d.instrument_id, d.released_at, d.index,
  i.contribution_ids AS "items.contribution_id", i.dataset_ids AS "items.dataset_id",
  i.consent_ids AS "items.consent_id", i.statement_ids AS "items.statement_id",
  lpad(d.index::text, 20, '0') AS page_key
FROM disclosure d
CROSS JOIN LATERAL (
  SELECT array_agg(contribution_id ORDER BY position) AS contribution_ids,
    array_agg(dataset_id ORDER BY position) AS dataset_ids,
    array_agg(consent_id ORDER BY position) AS consent_ids,
    array_agg(statement_id ORDER BY position) AS statement_ids
  FROM disclosure_item WHERE index = d.index) i
WHERE (d.owner_org = :ctx.actor.org OR d.recipient_org = :ctx.actor.org)
  AND (:recipient_org = '' OR d.recipient_org = :recipient_org)
  AND d.index > CASE WHEN :ctx.page_key = '' THEN -1 ELSE :ctx.page_key::bigint END
ORDER BY d.index
LIMIT :ctx.page_limit
