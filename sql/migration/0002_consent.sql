-- Consents that two principals sign (SD-6), and what decisions need of statements
-- that speak of single contributions.
SET search_path = pidc;

ALTER TABLE consent_statement
  ADD COLUMN approval_algorithm text NOT NULL DEFAULT '',
  ADD COLUMN approval_value bytea NOT NULL DEFAULT '',
  ADD COLUMN approver_id text NOT NULL DEFAULT '';

-- What the terms select by id, as far as they do.
ALTER TABLE consent_chain
  ADD COLUMN contribution_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN dataset_ids uuid[] NOT NULL DEFAULT '{}';

-- Signed once, waiting for the approver: of no effect on any decision.
CREATE TABLE consent_pending (
  statement_id uuid PRIMARY KEY,
  consent_id uuid NOT NULL,
  version bigint NOT NULL,
  owner_org text NOT NULL,
  statement bytea NOT NULL,
  signature_algorithm text NOT NULL,
  signature_value bytea NOT NULL,
  certificate_chain bytea[] NOT NULL,
  signer_id text NOT NULL,
  recorded_at timestamptz NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX consent_pending_owner ON consent_pending (owner_org, statement_id);

ALTER TABLE legacy_instrument ADD COLUMN has_confidentiality boolean NOT NULL DEFAULT false;

GRANT SELECT, INSERT, DELETE ON consent_pending TO pidc_app;
