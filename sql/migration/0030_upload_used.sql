-- Whether a contribution uses an upload, for reads that see no content.
SET search_path = pidc;

CREATE FUNCTION upload_is_used(upload uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM contribution_content c WHERE c.upload_id = upload)
$$;
REVOKE ALL ON FUNCTION upload_is_used(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION upload_is_used(uuid) TO pidc_app;
