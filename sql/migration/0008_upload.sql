-- Files that come in parts. They are content: kept beside the ledger, given out like
-- columns, erased like them.
SET search_path = pidc;

CREATE TABLE upload (
  upload_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size bigint NOT NULL CHECK (size > 0),
  -- Bytes that are there, without a gap.
  received bigint NOT NULL CHECK (received BETWEEN 0 AND size),
  state text NOT NULL,
  begun_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (owner_org, sha256, size)
);

CREATE TABLE upload_part (
  upload_id uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
  "offset" bigint NOT NULL,
  owner_org text NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (upload_id, "offset")
);

COMMENT ON TABLE upload IS 'not projected: content on its way';
COMMENT ON TABLE upload_part IS 'not projected: content';

-- The content of a FILE field is an upload.
ALTER TABLE contribution_content
  ALTER content DROP NOT NULL,
  ADD upload_id uuid REFERENCES upload,
  ADD CONSTRAINT content_is_one CHECK ((content IS NULL) <> (upload_id IS NULL));
CREATE INDEX contribution_content_upload ON contribution_content (upload_id)
  WHERE upload_id IS NOT NULL;

GRANT SELECT, INSERT ON upload, upload_part TO pidc_app;
GRANT UPDATE (received, state, expires_at) ON upload TO pidc_app;

-- A part is its owner's, or goes with a released field that it is the content of: what
-- the policies of contribution_content let through.
ALTER TABLE upload_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY part_write ON upload_part FOR INSERT TO pidc_app
  WITH CHECK (owner_org = nullif(current_setting('pidc.org', true), ''));
CREATE POLICY part_owner ON upload_part FOR SELECT TO pidc_app
  USING (owner_org = nullif(current_setting('pidc.org', true), ''));
CREATE POLICY part_release ON upload_part FOR SELECT TO pidc_app
  USING (EXISTS (
    SELECT 1 FROM contribution_content c WHERE c.upload_id = upload_part.upload_id));

-- What no contribution uses can go: one that its owner gives up, or all of the owner's
-- that expired more than a day ago (a submission that names one now sees it or does not).
CREATE FUNCTION upload_discard(p_upload uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
DECLARE
  n bigint;
BEGIN
  DELETE FROM pidc.upload u
  WHERE u.owner_org = nullif(current_setting('pidc.org', true), '')
    AND CASE WHEN p_upload IS NULL THEN u.expires_at < clock_timestamp() - interval '1 day'
      ELSE u.upload_id = p_upload END
    AND NOT EXISTS (SELECT 1 FROM pidc.contribution_content c WHERE c.upload_id = u.upload_id);
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END
$$;
REVOKE ALL ON FUNCTION upload_discard(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION upload_discard(uuid) TO pidc_app;

-- Files go with what is erased, unless another contribution has the same.
CREATE OR REPLACE FUNCTION content_erase(p_contribution uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
DECLARE
  files uuid[];
  n bigint;
BEGIN
  WITH gone AS (
    DELETE FROM pidc.contribution_content WHERE contribution_id = p_contribution
    RETURNING upload_id)
  SELECT count(*), array_agg(upload_id) FILTER (WHERE upload_id IS NOT NULL)
  INTO n, files FROM gone;
  DELETE FROM pidc.upload u
  WHERE u.upload_id = ANY (files)
    AND NOT EXISTS (SELECT 1 FROM pidc.contribution_content c WHERE c.upload_id = u.upload_id);
  RETURN n;
END
$$;
