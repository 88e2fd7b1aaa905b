-- Uploads. Nothing here is in the ledger, and nobody sees another organisation's.

-- name: upload_facts
-- in: pidc.v1.BeginUploadRequest
-- out: pidc.store.v1.UploadFacts
-- One organisation begins one upload at a time, so that its limits hold.
SELECT o.org AS "org.org", o.kind AS "org.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "org.is_active",
  u.upload_id AS "same.upload_id", u.sha256 AS "same.sha256", u.size AS "same.size",
  u.received AS "same.offset", u.state AS "same.state", u.expires_at AS "same.expires_at",
  w.n AS waiting_count, w.bytes AS waiting_bytes
FROM (SELECT pg_advisory_xact_lock(hashtextextended('pidc.upload/' || :ctx.actor.org, 0))) l
CROSS JOIN org o
LEFT JOIN member m USING (org)
LEFT JOIN upload u ON u.owner_org = o.org AND u.sha256 = :sha256 AND u.size = :size
CROSS JOIN LATERAL (
  SELECT count(*) AS n, coalesce(sum(x.size), 0)::bigint AS bytes
  FROM upload x
  WHERE x.owner_org = o.org
    AND NOT EXISTS (SELECT 1 FROM contribution_content c WHERE c.upload_id = x.upload_id)) w
WHERE o.org = :ctx.actor.org

-- name: upload_begin
-- in: pidc.v1.BeginUploadRequest
-- out: pidc.v1.BeginUploadResponse
INSERT INTO upload AS u (upload_id, owner_org, sha256, size, received, state, begun_by, expires_at)
VALUES (gen_random_uuid(), :ctx.actor.org, :sha256, :size, 0, 'OPEN', :ctx.actor.principal_id,
  :ctx.now + interval '30 days')
ON CONFLICT (owner_org, sha256, size) DO UPDATE SET expires_at = excluded.expires_at
RETURNING u.upload_id AS "upload.upload_id", u.sha256 AS "upload.sha256", u.size AS "upload.size",
  u.received AS "upload.offset", u.state AS "upload.state", u.expires_at AS "upload.expires_at"

-- name: upload_get
-- in: pidc.v1.GetUploadRequest
-- out: pidc.v1.GetUploadResponse
SELECT upload_id AS "upload.upload_id", sha256 AS "upload.sha256", size AS "upload.size",
  received AS "upload.offset", state AS "upload.state", expires_at AS "upload.expires_at"
FROM upload u
WHERE upload_id = nullif(:upload_id, '')::uuid AND owner_org = :ctx.actor.org
  AND (expires_at > :ctx.now OR upload_is_used(u.upload_id))

-- name: upload_list
-- in: pidc.v1.ListUploadsRequest
-- out: pidc.v1.ListUploadsResponse uploads
SELECT u.upload_id, u.sha256, u.size, u.received AS "offset", u.state, u.expires_at,
  u.upload_id::text AS page_key
FROM upload u
CROSS JOIN LATERAL upload_is_used(u.upload_id) AS x (is_used)
WHERE u.owner_org = :ctx.actor.org AND (u.expires_at > :ctx.now OR x.is_used)
  AND (coalesce(:state, '') = '' OR u.state = :state) AND (NOT :waiting OR NOT x.is_used)
  AND u.upload_id::text > :ctx.page_key
ORDER BY u.upload_id::text
LIMIT :ctx.page_limit

-- name: upload_lock
-- in: pidc.v1.UploadPartRequest
-- out: pidc.v1.UploadPartResponse
SELECT upload_id AS "upload.upload_id", sha256 AS "upload.sha256", size AS "upload.size",
  received AS "upload.offset", state AS "upload.state", expires_at AS "upload.expires_at"
FROM upload
WHERE upload_id = nullif(:upload_id, '')::uuid AND owner_org = :ctx.actor.org
  AND expires_at > :ctx.now
FOR UPDATE

-- name: upload_part_find
-- in: pidc.v1.UploadPartRequest
-- out: pidc.store.v1.UploadPartRow
SELECT upload_id, owner_org, "offset", sha256(data) AS sha256
FROM upload_part
WHERE upload_id = nullif(:upload_id, '')::uuid AND "offset" = :offset

-- name: upload_part_store
-- in: pidc.v1.UploadPartRequest
-- out: -
INSERT INTO upload_part (upload_id, "offset", owner_org, data)
VALUES (nullif(:upload_id, '')::uuid, :offset, :ctx.actor.org, :data)

-- name: upload_advance
-- in: pidc.v1.UploadPartRequest
-- out: pidc.v1.UploadPartResponse
UPDATE upload
SET received = received + octet_length(:data::bytea)
WHERE upload_id = nullif(:upload_id, '')::uuid
RETURNING received AS "upload.offset"

-- name: upload_complete
-- in: pidc.v1.UploadPartRequest
-- out: pidc.v1.UploadPartResponse
UPDATE upload
SET state = 'COMPLETE'
WHERE upload_id = nullif(:upload_id, '')::uuid AND received = size
RETURNING state AS "upload.state"

-- name: upload_parts
-- in: pidc.store.v1.UploadRange
-- out: pidc.store.v1.UploadPartRows parts
SELECT "offset", data
FROM upload_part
WHERE upload_id = :upload_id::uuid AND "offset" >= :start AND "offset" < :end
ORDER BY "offset"

-- name: upload_discard
-- in: pidc.v1.DiscardUploadRequest
-- out: -
-- An empty id: what has expired.
SELECT upload_discard(nullif(:upload_id, '')::uuid)

-- name: facts_uploads
-- in: pidc.v1.SubmitContributionRequest
-- out: pidc.store.v1.DatasetFacts uploads
-- They stay until the submission that names them is committed.
SELECT upload_id, sha256, size, received AS "offset", state
FROM upload
WHERE upload_id = ANY (SELECT nullif(f, '')::uuid FROM unnest(:files.upload_id) AS q (f))
  AND owner_org = :ctx.actor.org AND expires_at > :ctx.now
ORDER BY upload_id
FOR KEY SHARE
