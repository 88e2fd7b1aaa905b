-- Policy documents, their versions, consultations and history.
SET search_path = pidc;

CREATE TABLE policy_document (
  policy_id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  title text NOT NULL,
  owner_org text NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE policy_version (
  version_id uuid PRIMARY KEY,
  policy_id uuid NOT NULL,
  number bigint NOT NULL,
  title text NOT NULL,
  review_months bigint NOT NULL CHECK (review_months > 0),
  text_digest bytea NOT NULL CHECK (octet_length(text_digest) = 32),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  author_id text NOT NULL,
  state text NOT NULL,
  consultation_closes_at timestamptz,
  consultation_closed_at timestamptz,
  resolution_id uuid,
  adopted_on timestamptz,
  vetted_by text NOT NULL DEFAULT '',
  vetted_at timestamptz,
  published_at timestamptz,
  version bigint NOT NULL,
  index bigint NOT NULL,
  UNIQUE (policy_id, number)
);
-- One at a time is in force.
CREATE UNIQUE INDEX policy_version_in_force ON policy_version (policy_id)
  WHERE state = 'IN_FORCE';

CREATE TABLE policy_input (
  input_id uuid PRIMARY KEY,
  version_id uuid NOT NULL,
  org text NOT NULL,
  text text NOT NULL,
  given_at timestamptz NOT NULL,
  response text NOT NULL DEFAULT '',
  index bigint NOT NULL
);
CREATE INDEX policy_input_version ON policy_input (version_id, index);

-- A row for each step, and for each review: nobody changes one (DOC-5).
CREATE TABLE policy_history (
  index bigint PRIMARY KEY,
  policy_id uuid NOT NULL,
  version_id uuid NOT NULL,
  step text NOT NULL,
  tx_time timestamptz NOT NULL,
  org text NOT NULL,
  principal_id text NOT NULL,
  title text NOT NULL,
  resolution_id uuid,
  comment text NOT NULL,
  outcome text NOT NULL
);
CREATE INDEX policy_history_policy ON policy_history (policy_id, index);
-- One review a resolution.
CREATE UNIQUE INDEX policy_history_review ON policy_history (resolution_id)
  WHERE step = 'REVIEW';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the history of a policy does not change' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER policy_history_fixed BEFORE UPDATE OR DELETE ON policy_history
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON policy_document, policy_version, policy_input, policy_history TO pidc_app;
GRANT UPDATE (title, review_months, text_digest, digest, author_id, state,
  consultation_closes_at, consultation_closed_at, resolution_id, adopted_on, vetted_by, vetted_at,
  published_at, version, index) ON policy_version TO pidc_app;
GRANT UPDATE (response, index) ON policy_input TO pidc_app;
