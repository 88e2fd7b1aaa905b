-- Rows that only ever come in numbers are written as one.
SET search_path = pidc;

-- The columns of a contribution are read together and never by themselves. Digests: 32
-- bytes each, or none where the content lies elsewhere.
ALTER TABLE contribution
  ADD column_fields text[] NOT NULL DEFAULT '{}',
  ADD column_sizes bigint[] NOT NULL DEFAULT '{}',
  ADD column_digests bytea NOT NULL DEFAULT '';
UPDATE contribution c
SET column_fields = x.fields, column_sizes = x.sizes, column_digests = x.digests
FROM (
  SELECT contribution_id, array_agg(field ORDER BY position) AS fields,
    array_agg(size ORDER BY position) AS sizes, string_agg(digest, '' ORDER BY position) AS digests
  FROM contribution_column GROUP BY contribution_id) x
WHERE x.contribution_id = c.contribution_id;
DROP TABLE contribution_column;
ALTER TABLE contribution ALTER column_fields SET STATISTICS 0, ALTER column_sizes SET STATISTICS 0,
  ALTER column_digests SET STATISTICS 0;

CREATE FUNCTION digest_list(p_digests bytea) RETURNS bytea[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(substr(p_digests, 32 * i + 1, 32) ORDER BY i)
  FROM generate_series(0, octet_length(p_digests) / 32 - 1) AS i
$$;
GRANT EXECUTE ON FUNCTION digest_list(bytea) TO pidc_app;

-- An organisation's chain grows by some entries a batch: indexes[1] has this sequence, the
-- others follow without a gap.
CREATE TABLE ledger_concern_run (
  org text NOT NULL,
  sequence bigint NOT NULL,
  indexes bigint[] NOT NULL,
  PRIMARY KEY (org, sequence)
);
INSERT INTO ledger_concern_run (org, sequence, indexes)
SELECT org, min(sequence), array_agg(index ORDER BY sequence)
FROM ledger_concern
GROUP BY org, (sequence - 1) / 100;
DROP TABLE ledger_concern;
ALTER TABLE ledger_concern_run RENAME TO ledger_concern;
ALTER INDEX ledger_concern_run_pkey RENAME TO ledger_concern_pkey;
ALTER TABLE ledger_concern ALTER indexes SET STATISTICS 0;
GRANT SELECT, INSERT ON ledger_concern TO pidc_app;

-- A leaf, or a subtree over two or four of them, which ledger_node leaves out. NULL while
-- not all of its leaves are there.
CREATE FUNCTION small_subtree(p_level bigint, p_idx bigint) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN cardinality(h) IS DISTINCT FROM (1 << p_level::int) THEN NULL
    WHEN p_level = 0 THEN h[1]
    WHEN p_level = 1 THEN sha256('\x01'::bytea || h[1] || h[2])
    ELSE sha256('\x01'::bytea || sha256('\x01'::bytea || h[1] || h[2])
      || sha256('\x01'::bytea || h[3] || h[4])) END
  FROM (
    SELECT array_agg(leaf_hash ORDER BY index) AS h
    FROM pidc.ledger_entry
    WHERE p_level BETWEEN 0 AND 2
      AND index >= p_idx << p_level::int AND index < (p_idx + 1) << p_level::int) l
$$;
GRANT EXECUTE ON FUNCTION small_subtree(bigint, bigint) TO pidc_app;
