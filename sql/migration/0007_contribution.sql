-- What becomes of contributions: kinds of content, corrections, erasure.
SET search_path = pidc;

ALTER TABLE contribution
  ADD seq bigint,
  ADD content_kind text NOT NULL DEFAULT 'INLINE',
  ADD content_size bigint NOT NULL DEFAULT 0,
  ADD external_uri text NOT NULL DEFAULT '',
  ADD replaces_id uuid,
  ADD replaced_by_id uuid;
-- Events from before say neither; the replay counts rows the same way.
UPDATE contribution c
SET seq = s.seq
FROM (
  SELECT contribution_id, row_number() OVER (PARTITION BY dataset_id ORDER BY index) AS seq
  FROM contribution) s
WHERE s.contribution_id = c.contribution_id;
ALTER TABLE contribution ALTER seq SET NOT NULL;
CREATE UNIQUE INDEX contribution_seq ON contribution (dataset_id, seq);

CREATE TABLE erasure (
  contribution_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  legal_ground text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  erased_by text NOT NULL,
  erased_at timestamptz,
  index bigint NOT NULL
);
CREATE INDEX erasure_owner ON erasure (owner_org, contribution_id);

GRANT SELECT, INSERT ON erasure TO pidc_app;
GRANT UPDATE (erased_by, erased_at, index) ON erasure TO pidc_app;
GRANT UPDATE (status, classification, replaced_by_id, version, index) ON contribution TO pidc_app;

-- The one way to delete content. The daemon may call it, and nothing else; and whoever
-- deletes, no transaction commits that took content away without the ledger's entry.
CREATE FUNCTION content_erase(p_contribution uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
DECLARE
  n bigint;
BEGIN
  DELETE FROM pidc.contribution_content WHERE contribution_id = p_contribution;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END
$$;
REVOKE ALL ON FUNCTION content_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION content_erase(uuid) TO pidc_app;

CREATE FUNCTION content_erasure_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
BEGIN
  -- 36: Event.contribution_erased.
  IF NOT EXISTS (
      SELECT 1 FROM pidc.ledger_entry
      WHERE entity_id = OLD.contribution_id AND entry_type = 36) THEN
    RAISE EXCEPTION 'content of % has no entry of its erasure', OLD.contribution_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION content_erasure_check() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER content_erasure AFTER DELETE ON contribution_content
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION content_erasure_check();

-- Lists go by the time of recording, which no later change moves and no two share.
CREATE INDEX contribution_recorded ON contribution (owner_org, recorded_at);
