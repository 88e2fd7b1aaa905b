-- Plans are made once a connection and kept (force_generic_plan). Made for a table that
-- was small, they read it from end to end when it is not any more; to analyze it is what
-- makes every session plan anew. The daemon's role does not own the tables, so it may do
-- that by this function and no other way: tables that have doubled, or all.
CREATE FUNCTION pidc.register_analyze(p_all boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pidc, pg_temp AS $$
DECLARE
  t text;
  n bigint := 0;
BEGIN
  -- One instance at a time is enough; the number is "pidc" and one.
  IF NOT pg_try_advisory_xact_lock(1885955172) THEN
    RETURN 0;
  END IF;
  FOR t IN
    SELECT c.relname
    FROM pg_class c
    JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE c.relnamespace = 'pidc'::regnamespace AND c.relkind = 'r'
      AND (p_all OR s.n_mod_since_analyze > greatest(c.reltuples, 100))
    ORDER BY c.relname
  LOOP
    EXECUTE format('ANALYZE pidc.%I', t);
    n := n + 1;
  END LOOP;
  RETURN n;
END
$$;
REVOKE ALL ON FUNCTION pidc.register_analyze(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pidc.register_analyze(boolean) TO pidc_app;
