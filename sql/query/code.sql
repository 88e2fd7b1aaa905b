-- Code lists.

-- name: facts_code
-- in: pidc.v1.AddCodeRequest
-- out: pidc.store.v1.CodeFacts
SELECT EXISTS (SELECT 1 FROM code_entry WHERE list = :entry.list AND code = :entry.code) AS exists,
  EXISTS (SELECT 1 FROM code_entry WHERE list = :entry.list AND code = :entry.parent)
    AS parent_exists

-- name: code_list
-- in: pidc.v1.ListCodesRequest
-- out: pidc.v1.ListCodesResponse entries
SELECT list, code, parent, title_en, title_fr, list || '/' || code AS page_key
FROM code_entry
WHERE list || '/' || code > :ctx.page_key
  AND (:list = '' OR list = :list)
ORDER BY list || '/' || code
LIMIT :ctx.page_limit
