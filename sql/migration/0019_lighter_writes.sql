-- What every submission pays for, less of it.
SET search_path = pidc;

-- What lies about the same time is looked for among the contributions of one dataset,
-- which their numbers find.
DROP INDEX contribution_period;

-- A foreign key runs a trigger for every row, and nearly all content is no file. The same
-- promise, from both ends, for what names an upload only.
ALTER TABLE contribution_content DROP CONSTRAINT contribution_content_upload_id_fkey;

CREATE FUNCTION content_upload_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
BEGIN
  PERFORM 1 FROM pidc.upload WHERE upload_id = NEW.upload_id FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'content of % names no upload', NEW.contribution_id
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION content_upload_check() FROM PUBLIC;
CREATE TRIGGER content_upload AFTER INSERT OR UPDATE OF upload_id ON contribution_content
  FOR EACH ROW WHEN (NEW.upload_id IS NOT NULL) EXECUTE FUNCTION content_upload_check();

CREATE FUNCTION upload_use_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM pidc.contribution_content WHERE upload_id = OLD.upload_id) THEN
    RAISE EXCEPTION 'upload % is the content of a contribution', OLD.upload_id
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION upload_use_check() FROM PUBLIC;
CREATE TRIGGER upload_use AFTER DELETE OR UPDATE OF upload_id ON upload
  FOR EACH ROW EXECUTE FUNCTION upload_use_check();

-- Whoever analyzes tables that grow all the time sorts a sample of every column. Nothing
-- is looked up by digests and contents, and of the rest a smaller sample tells enough.
DO $$
DECLARE
  a record;
BEGIN
  FOR a IN
    SELECT c.relname, t.attname, t.atttypid IN ('bytea'::regtype, 'text[]'::regtype) AS is_payload
    FROM pg_class c
    JOIN pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
    WHERE c.relnamespace = 'pidc'::regnamespace
      AND c.relname IN ('ledger_entry', 'ledger_node', 'ledger_concern', 'request_replay',
        'contribution', 'contribution_column', 'contribution_content', 'contribution_cells')
  LOOP
    EXECUTE format('ALTER TABLE pidc.%I ALTER COLUMN %I SET STATISTICS %s', a.relname, a.attname,
      CASE WHEN a.is_payload THEN 0 ELSE 20 END);
  END LOOP;
END
$$;
