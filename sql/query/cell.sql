-- Suppressed rows.

-- name: content_cells
-- in: pidc.store.v1.ContentQuery
-- out: pidc.store.v1.CellRows cells
-- Of the items of a release some of whose rows are suppressed.
SELECT i.contribution_id, i.min_cell, x.content, k.digest,
  ARRAY(
    SELECT f.name FROM dataset_field f
    WHERE f.dataset_id = i.dataset_id AND f.type IN ('INTEGER', 'DECIMAL')
      AND f.name = ANY (i.fields)) AS measures,
  s.fields, s.digests AS column_digests
FROM disclosure_item i
JOIN contribution_cells k ON k.contribution_id = i.contribution_id
LEFT JOIN contribution_content x ON x.contribution_id = i.contribution_id AND x.field = '#cells'
CROSS JOIN LATERAL (
  SELECT array_agg(x.field ORDER BY f.ord) AS fields, array_agg(x.digest ORDER BY f.ord) AS digests
  FROM contribution c
  CROSS JOIN LATERAL unnest(c.column_fields, digest_list(c.column_digests)) AS x (field, digest)
  JOIN unnest(i.fields) WITH ORDINALITY AS f (name, ord) ON f.name = x.field
  JOIN dataset_field t ON t.dataset_id = i.dataset_id AND t.name = f.name AND t.type <> 'FILE'
  WHERE c.contribution_id = i.contribution_id) s
WHERE i.index = :release_index AND i.min_cell > k.lowest
