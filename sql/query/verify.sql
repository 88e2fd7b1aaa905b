-- Deep verification: replay beside the real tables, then compare.

-- name: replay_begin
-- in: -
-- out: pidc.store.v1.TableRows tables
SELECT name FROM pidc.replay_tables_create() AS t (name)

-- name: verify_compare
-- in: pidc.store.v1.TableRow
-- out: pidc.store.v1.Findings findings
SELECT entry_index AS index, :name AS "table", row_key AS key, column_name AS "column", expected,
  found
FROM pidc.table_differences(:name, :limit)

-- name: verify_digest
-- in: pidc.store.v1.TableRow
-- out: pidc.store.v1.TableDigest
SELECT pidc.table_digest(:name) AS digest
