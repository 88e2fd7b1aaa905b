-- From a name to a screened prospect.
SET search_path = pidc;

CREATE TABLE nomination (
  nomination_id uuid PRIMARY KEY,
  name text NOT NULL,
  partner_class text NOT NULL,
  reason text NOT NULL,
  nominated_by text NOT NULL,
  state text NOT NULL,
  answer text NOT NULL,
  -- The prospect that was made of it; empty while there is none.
  org text NOT NULL,
  nominated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX nomination_nominator ON nomination (nominated_by, nomination_id);

-- What the process knows of a partner that is not from before the policy; the state is
-- the partner's.
CREATE TABLE prospect (
  org text PRIMARY KEY,
  registration_number text NOT NULL,
  nomination_id uuid,
  -- The latest.
  dossier_id uuid,
  -- Empty while nobody has screened it.
  screening_outcome text NOT NULL,
  screening_reason text NOT NULL,
  screened_by text NOT NULL,
  screened_at timestamptz,
  screened_digest bytea NOT NULL,
  withdrawal_reason text NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX prospect_registration ON prospect (registration_number)
  WHERE registration_number <> '';

-- Every version stays.
CREATE TABLE dossier (
  dossier_id uuid PRIMARY KEY,
  org text NOT NULL,
  alignment_criteria text[] NOT NULL,
  alignment_scores bigint[] NOT NULL,
  alignment_texts text[] NOT NULL,
  cultural_note text NOT NULL,
  necessity text NOT NULL,
  -- The terms of a type are empty where the partnership is not of it.
  shared_goals text[] NOT NULL,
  objectives text[] NOT NULL,
  term_months bigint NOT NULL,
  activity_titles text[] NOT NULL,
  activity_contributions text[] NOT NULL,
  advisory_subjects text[] NOT NULL,
  themes text[] NOT NULL,
  document_titles text[] NOT NULL,
  document_digests bytea[] NOT NULL,
  author text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  submitted_at timestamptz NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX dossier_org ON dossier (org, index);

-- One row an entry that moved a partnership: its history.
CREATE TABLE partnership_event (
  org text NOT NULL,
  index bigint NOT NULL,
  tx_time timestamptz NOT NULL,
  kind text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (org, index)
);
-- Partners that were recorded before there was a history.
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version)
SELECT org, index, recorded_at, 'RECORD_LEGACY', '', state, version
FROM partner;

GRANT SELECT, INSERT ON nomination, prospect, dossier, partnership_event TO pidc_app;
GRANT UPDATE (state, answer, org, version, index) ON nomination TO pidc_app;
GRANT UPDATE (dossier_id, screening_outcome, screening_reason, screened_by, screened_at,
  screened_digest, withdrawal_reason, index) ON prospect TO pidc_app;
GRANT UPDATE (state, version, index) ON partner TO pidc_app;
