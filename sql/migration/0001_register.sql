-- The register. Tables are projections of the ledger: only apply statements
-- write them, and each row names the ledger index of its last change.
CREATE SCHEMA pidc;
SET search_path = pidc;

-- The ledger itself -----------------------------------------------------------

CREATE TABLE ledger_head (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  size bigint NOT NULL,
  tx_time timestamptz NOT NULL,
  frontier bytea[] NOT NULL,
  register_epoch uuid NOT NULL,
  origin text NOT NULL
);

CREATE TABLE ledger_entry (
  index bigint PRIMARY KEY,
  tx_time timestamptz NOT NULL,
  entry_type integer NOT NULL,
  entity_id uuid NOT NULL,
  entity_version bigint NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  leaf bytea NOT NULL,
  salt bytea NOT NULL,
  payload bytea NOT NULL,
  -- Empty: every authenticated organisation may read the payload.
  concerns text[] NOT NULL
);
CREATE INDEX ledger_entry_entity ON ledger_entry (entity_id, index DESC);

CREATE TABLE ledger_node (
  level integer NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, idx)
);

-- One chain an organisation: the proof that nothing was withheld from it.
CREATE TABLE ledger_chain (
  org text PRIMARY KEY,
  tag_key bytea NOT NULL,
  sequence bigint NOT NULL,
  last_index bigint NOT NULL
);

CREATE TABLE ledger_concern (
  org text NOT NULL,
  sequence bigint NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (org, sequence)
);

-- Answers already given, so that a repeated request gets the first one.
CREATE TABLE request_replay (
  principal_id text NOT NULL,
  request_id uuid NOT NULL,
  method text NOT NULL,
  request_sha256 bytea NOT NULL,
  reply bytea NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (principal_id, request_id)
);

-- Who is who ------------------------------------------------------------------

CREATE TABLE org (
  org text PRIMARY KEY,
  org_id uuid NOT NULL UNIQUE,
  kind text NOT NULL,
  name text NOT NULL,
  index bigint NOT NULL
);

-- Bumped by every event that can change an answer about the organisation.
CREATE TABLE org_epoch (
  org text PRIMARY KEY,
  epoch bigint NOT NULL
);

CREATE TABLE code_entry (
  list text NOT NULL,
  code text NOT NULL,
  parent text NOT NULL,
  title_en text NOT NULL,
  title_fr text NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (list, code)
);

CREATE TABLE member (
  org text PRIMARY KEY,
  alpha3 text NOT NULL UNIQUE,
  numeric_code text NOT NULL UNIQUE CHECK (numeric_code ~ '^[0-9]{3}$'),
  region text NOT NULL CHECK (region IN
    ('MELANESIA', 'MICRONESIA', 'POLYNESIA', 'AUSTRALIA', 'NEW_ZEALAND')),
  aliases text[] NOT NULL,
  state text NOT NULL,
  instrument_title text NOT NULL,
  instrument_signed_on timestamptz,
  instrument_digest bytea NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE partner (
  org text PRIMARY KEY,
  aliases text[] NOT NULL,
  partner_class text NOT NULL,
  state text NOT NULL,
  is_observer boolean NOT NULL,
  represented_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE legacy_instrument (
  instrument_id uuid PRIMARY KEY,
  partner text NOT NULL,
  title text NOT NULL,
  signed_on timestamptz,
  document_digest bytea NOT NULL,
  purposes text[] NOT NULL,
  actions text[] NOT NULL,
  granularity_ceiling text NOT NULL,
  classification_ceiling text NOT NULL,
  term_from timestamptz,
  term_to timestamptz,
  index bigint NOT NULL
);
CREATE INDEX legacy_instrument_partner ON legacy_instrument (partner);

CREATE TABLE principal (
  principal_id text PRIMARY KEY,
  org text NOT NULL,
  title text NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX principal_org ON principal (org, principal_id);

CREATE TABLE cert_binding (
  spki_sha256 bytea PRIMARY KEY CHECK (octet_length(spki_sha256) = 32),
  principal_id text NOT NULL,
  not_after timestamptz,
  state text NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX cert_binding_principal ON cert_binding (principal_id);

CREATE TABLE role_grant (
  principal_id text NOT NULL,
  role text NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (principal_id, role)
);

-- Data ------------------------------------------------------------------------

CREATE TABLE dataset (
  dataset_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  category text NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  granularity text NOT NULL,
  classification_default text NOT NULL,
  legal_basis text NOT NULL,
  ethics_note text NOT NULL,
  retention_months bigint NOT NULL,
  schema_version bigint NOT NULL,
  status text NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX dataset_owner ON dataset (owner_org, dataset_id);

CREATE TABLE dataset_field (
  dataset_id uuid NOT NULL,
  position bigint NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  description text NOT NULL,
  schema_version bigint NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (dataset_id, name)
);

CREATE TABLE contribution (
  contribution_id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL,
  owner_org text NOT NULL,
  period_from timestamptz,
  period_to timestamptz,
  classification text NOT NULL,
  row_count bigint NOT NULL,
  content_digest bytea NOT NULL,
  submitted_by text NOT NULL,
  status text NOT NULL,
  recorded_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX contribution_dataset ON contribution (dataset_id, index);
CREATE INDEX contribution_owner ON contribution (owner_org, index);

CREATE TABLE contribution_column (
  contribution_id uuid NOT NULL,
  position bigint NOT NULL,
  field text NOT NULL,
  digest bytea NOT NULL,
  size bigint NOT NULL,
  PRIMARY KEY (contribution_id, field)
);

-- The content itself; not in the ledger, so that it can be erased.
CREATE TABLE contribution_content (
  contribution_id uuid NOT NULL,
  field text NOT NULL,
  owner_org text NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (contribution_id, field)
);

-- Consent ---------------------------------------------------------------------

CREATE TABLE consent_statement (
  statement_id uuid PRIMARY KEY,
  consent_id uuid NOT NULL,
  version bigint NOT NULL,
  owner_org text NOT NULL,
  kind text NOT NULL,
  statement bytea NOT NULL,
  signature_algorithm text NOT NULL,
  signature_value bytea NOT NULL,
  signer_id text NOT NULL,
  recorded_at timestamptz NOT NULL,
  index bigint NOT NULL,
  UNIQUE (consent_id, version)
);

-- One row a chain: what its last GRANT or VETO says, and whether it is ended.
CREATE TABLE consent_chain (
  consent_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  state text NOT NULL,
  opened_by text NOT NULL,
  version bigint NOT NULL,
  recipient_orgs text[] NOT NULL,
  -- Speaks of a class or of all partners, not of named organisations.
  is_open boolean NOT NULL,
  purposes text[] NOT NULL,
  valid_from timestamptz,
  valid_to timestamptz,
  index bigint NOT NULL
);
CREATE INDEX consent_chain_owner ON consent_chain (owner_org, consent_id);
CREATE INDEX consent_chain_recipients ON consent_chain USING gin (recipient_orgs);

-- What left -------------------------------------------------------------------

CREATE TABLE disclosure (
  disclosure_id uuid NOT NULL,
  chunk bigint NOT NULL,
  owner_org text NOT NULL,
  recipient_org text NOT NULL,
  capacity text NOT NULL,
  purpose text NOT NULL,
  action text NOT NULL,
  principal_id text NOT NULL,
  instrument_id text NOT NULL,
  released_at timestamptz NOT NULL,
  index bigint NOT NULL UNIQUE,
  PRIMARY KEY (disclosure_id, chunk)
);
CREATE INDEX disclosure_owner ON disclosure (owner_org, index);
CREATE INDEX disclosure_recipient ON disclosure (recipient_org, index);

CREATE TABLE disclosure_item (
  index bigint NOT NULL,
  position bigint NOT NULL,
  contribution_id uuid NOT NULL,
  dataset_id uuid NOT NULL,
  fields text[] NOT NULL,
  consent_id uuid NOT NULL,
  statement_id uuid NOT NULL,
  PRIMARY KEY (index, contribution_id)
);

CREATE TABLE release_refusal (
  index bigint PRIMARY KEY,
  disclosure_id uuid NOT NULL,
  chunk bigint NOT NULL,
  owner_org text NOT NULL,
  recipient_org text NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  refused_at timestamptz NOT NULL
);

CREATE TABLE instance_start (
  index bigint PRIMARY KEY,
  instance_id uuid NOT NULL,
  version text NOT NULL,
  started_at timestamptz NOT NULL
);

-- Deep verification ---------------------------------------------------------------

-- The tables that events are projected into (what is not here is the ledger itself,
-- content, or derivable bookkeeping).
CREATE FUNCTION projected_tables() RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT relname::text
  FROM pg_class
  WHERE relnamespace = 'pidc'::regnamespace AND relkind = 'r'
    AND relname NOT LIKE 'ledger%'
    AND relname NOT IN ('request_replay', 'org_epoch', 'contribution_content')
  ORDER BY relname
$$;

-- Empty copies in the session's temporary schema: unqualified names in apply
-- statements then mean these, so that a replay runs the very same statements.
CREATE FUNCTION replay_tables_create() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT projected_tables() LOOP
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE pidc.%I INCLUDING ALL)', t, t);
    RETURN NEXT t;
  END LOOP;
END
$$;

-- Where a table and its replayed copy differ: one row a column, or one row with
-- an empty column when a whole row is missing on one side.
CREATE FUNCTION table_differences(p_table text, p_limit bigint)
RETURNS TABLE (entry_index bigint, row_key text, column_name text, expected text, found text)
LANGUAGE plpgsql AS $$
DECLARE
  keys text[];
BEGIN
  SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO keys
  FROM pg_index i
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = format('pidc.%I', p_table)::regclass AND i.indisprimary;
  RETURN QUERY EXECUTE format($q$
    WITH e AS (
      SELECT to_jsonb(t) AS r FROM pg_temp.%1$I t EXCEPT SELECT to_jsonb(t) FROM pidc.%1$I t),
    f AS (
      SELECT to_jsonb(t) AS r FROM pidc.%1$I t EXCEPT SELECT to_jsonb(t) FROM pg_temp.%1$I t),
    ek AS (SELECT r, (SELECT jsonb_object_agg(k, r -> k) FROM unnest($1) k) AS k FROM e),
    fk AS (SELECT r, (SELECT jsonb_object_agg(k, r -> k) FROM unnest($1) k) AS k FROM f),
    d AS (SELECT coalesce(ek.k, fk.k) AS k, ek.r AS er, fk.r AS fr
      FROM ek FULL JOIN fk ON ek.k = fk.k)
    SELECT coalesce(d.er ->> 'index', d.fr ->> 'index')::bigint,
      (SELECT string_agg(key || '=' || value, ',' ORDER BY key) FROM jsonb_each_text(d.k)),
      c.name, c.expected, c.found
    FROM d
    CROSS JOIN LATERAL (
      SELECT key AS name, d.er ->> key AS expected, d.fr ->> key AS found
      FROM jsonb_object_keys(d.er) AS key
      WHERE d.fr IS NOT NULL AND d.er -> key IS DISTINCT FROM d.fr -> key
      UNION ALL
      SELECT '', 'a row', 'no row' WHERE d.fr IS NULL
      UNION ALL
      SELECT '', 'no row', 'a row' WHERE d.er IS NULL) c
    ORDER BY 2, 3
    LIMIT $2 $q$, p_table) USING keys, p_limit;
END
$$;

-- SHA-256 over all rows of a table in canonical order.
CREATE FUNCTION table_digest(p_table text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  digest bytea;
BEGIN
  EXECUTE format($q$
    SELECT sha256(convert_to(coalesce(string_agg(r, E'\n' ORDER BY r), ''), 'UTF8'))
    FROM (SELECT to_jsonb(t)::text COLLATE "C" AS r FROM pidc.%I t) x $q$, p_table) INTO digest;
  RETURN digest;
END
$$;

-- The daemon's role: least privilege ----------------------------------------------

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'pidc_app') THEN
    CREATE ROLE pidc_app LOGIN;
  END IF;
END
$$;
ALTER ROLE pidc_app SET search_path = pidc;
GRANT USAGE ON SCHEMA pidc TO pidc_app;
GRANT SELECT ON ALL TABLES IN SCHEMA pidc TO pidc_app;
-- The ledger only grows.
GRANT INSERT ON ledger_entry, ledger_node, ledger_chain, ledger_concern, request_replay TO pidc_app;
GRANT INSERT, UPDATE ON ledger_head TO pidc_app;
GRANT UPDATE (sequence, last_index) ON ledger_chain TO pidc_app;
-- Projections: rows are added; only what an event may change is updated.
GRANT INSERT ON org, org_epoch, code_entry, member, partner, legacy_instrument, principal,
  cert_binding, role_grant, dataset, dataset_field, contribution, contribution_column,
  contribution_content, consent_statement, consent_chain, disclosure, disclosure_item,
  release_refusal, instance_start TO pidc_app;
GRANT UPDATE ON org_epoch, dataset, consent_chain TO pidc_app;
GRANT UPDATE (state, index) ON cert_binding TO pidc_app;
GRANT DELETE ON role_grant TO pidc_app;

-- Content is handed out to its owner, or against a committed release that names
-- recipient, contribution and field. The settings are made by the daemon a transaction;
-- '' after first use counts as not set.
ALTER TABLE contribution_content ENABLE ROW LEVEL SECURITY;
CREATE POLICY content_write ON contribution_content FOR INSERT TO pidc_app
  WITH CHECK (owner_org = nullif(current_setting('pidc.org', true), ''));
CREATE POLICY content_owner ON contribution_content FOR SELECT TO pidc_app
  USING (owner_org = nullif(current_setting('pidc.org', true), ''));
CREATE POLICY content_release ON contribution_content FOR SELECT TO pidc_app
  USING (EXISTS (
    SELECT 1
    FROM disclosure d
    JOIN disclosure_item i ON i.index = d.index
    WHERE d.index = nullif(current_setting('pidc.release', true), '')::bigint
      AND d.recipient_org = nullif(current_setting('pidc.org', true), '')
      AND i.contribution_id = contribution_content.contribution_id
      AND contribution_content.field = ANY (i.fields)));
