-- What left, followed up: receipts, recalls, approvals, uses of a consent.
SET search_path = pidc;

ALTER TABLE disclosure ADD COLUMN delivery_digest bytea NOT NULL DEFAULT '';
ALTER TABLE disclosure ADD COLUMN approval_id text NOT NULL DEFAULT '';
ALTER TABLE disclosure_item ADD COLUMN classification text NOT NULL DEFAULT '';
ALTER TABLE disclosure_item ADD COLUMN min_cell bigint NOT NULL DEFAULT 0;
-- "What of this contribution left?": recalls, and what a recipient holds.
CREATE INDEX disclosure_item_contribution ON disclosure_item (contribution_id, index);

-- The duties that a release imposed; the organisations of ONWARD_TO stand in the consent.
CREATE TABLE disclosure_obligation (
  index bigint NOT NULL,
  position bigint NOT NULL,
  kind text NOT NULL,
  number bigint NOT NULL,
  PRIMARY KEY (index, position)
);

CREATE TABLE disclosure_receipt (
  disclosure_id uuid NOT NULL,
  chunk bigint NOT NULL,
  delivery_digest bytea NOT NULL,
  acknowledged_by text NOT NULL,
  acknowledged_at timestamptz NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (disclosure_id, chunk)
);

-- The register's own note that a chunk was sent. No projection: it may be lost in a
-- crash and proves nothing.
CREATE TABLE delivery_note (
  release_index bigint PRIMARY KEY,
  delivery_digest bytea NOT NULL,
  sent_at timestamptz NOT NULL
);

-- Fetches that rest on a consent chain, one row each: counted by conditions, and the
-- way from a chain to what left under it.
CREATE TABLE consent_use (
  consent_id uuid NOT NULL,
  recipient_org text NOT NULL,
  disclosure_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (consent_id, recipient_org, disclosure_id)
);

CREATE TABLE recall (
  recall_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  recipient_org text NOT NULL,
  cause text NOT NULL,
  reason text NOT NULL,
  due timestamptz NOT NULL,
  recalled_by text NOT NULL,
  recalled_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);

-- One row an item and cause.
CREATE TABLE recall_item (
  release_index bigint NOT NULL,
  contribution_id uuid NOT NULL,
  cause text NOT NULL,
  recall_id uuid NOT NULL,
  state text NOT NULL,
  outcome text NOT NULL,
  answer_reason text NOT NULL,
  answered_by text NOT NULL,
  answered_at timestamptz,
  index bigint NOT NULL,
  PRIMARY KEY (release_index, contribution_id, cause)
);
CREATE INDEX recall_item_recall ON recall_item (recall_id);
CREATE INDEX recall_owner ON recall (owner_org, index);
CREATE INDEX recall_recipient ON recall (recipient_org, index);

CREATE TABLE approval (
  approval_id uuid PRIMARY KEY,
  owner_org text NOT NULL,
  recipient_org text NOT NULL,
  capacity text NOT NULL,
  purpose text NOT NULL,
  action text NOT NULL,
  fields text[] NOT NULL,
  contribution_ids text[] NOT NULL,
  request_digest bytea NOT NULL,
  state text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  answered_by text NOT NULL,
  answered_at timestamptz,
  reason text NOT NULL,
  valid_to timestamptz,
  disclosure_id text NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX approval_owner ON approval (owner_org, approval_id);
CREATE INDEX approval_recipient ON approval (recipient_org, approval_id);
CREATE INDEX approval_pending ON approval (owner_org, recipient_org) WHERE state = 'PENDING';

GRANT SELECT ON disclosure_obligation, disclosure_receipt, delivery_note, consent_use, recall,
  recall_item, approval TO pidc_app;
GRANT INSERT ON disclosure_obligation, disclosure_receipt, delivery_note, consent_use, recall,
  recall_item, approval TO pidc_app;
GRANT UPDATE (state, outcome, answer_reason, answered_by, answered_at, index) ON recall_item
  TO pidc_app;
GRANT UPDATE (version) ON recall TO pidc_app;
GRANT UPDATE (state, answered_by, answered_at, reason, valid_to, disclosure_id, index) ON approval
  TO pidc_app;

-- A table whose comment begins so is no projection of the ledger.
COMMENT ON TABLE delivery_note IS 'not projected: the register''s own notes of sending';

CREATE OR REPLACE FUNCTION projected_tables() RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT relname::text
  FROM pg_class
  WHERE relnamespace = 'pidc'::regnamespace AND relkind = 'r'
    AND relname NOT LIKE 'ledger%'
    AND relname NOT IN ('request_replay', 'org_epoch', 'contribution_content')
    AND coalesce(obj_description(oid, 'pg_class'), '') NOT LIKE 'not projected%'
  ORDER BY relname
$$;
