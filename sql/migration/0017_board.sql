-- The Board's resolutions.
SET search_path = pidc;

CREATE TABLE board_rules (
  version bigint PRIMARY KEY,
  session_notice_days bigint NOT NULL,
  circular_notice_days bigint NOT NULL,
  quorum_over_percent bigint NOT NULL,
  ballots_min_percent bigint NOT NULL,
  ballots_min bigint NOT NULL,
  electors_min bigint NOT NULL,
  majority_over_percent bigint NOT NULL,
  instrument_digest bytea NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE resolution (
  resolution_id uuid PRIMARY KEY,
  kind text NOT NULL,
  title text NOT NULL,
  text text NOT NULL,
  text_digest bytea NOT NULL,
  subject_id text NOT NULL,
  subject_digest bytea NOT NULL,
  subject_org text NOT NULL,
  mode text NOT NULL,
  resolution_digest bytea NOT NULL,
  proposer_org text NOT NULL,
  proposer_id text NOT NULL,
  proposed_at timestamptz NOT NULL,
  seconder_org text NOT NULL DEFAULT '',
  state text NOT NULL,
  opened_at timestamptz,
  closes_at timestamptz,
  closed_at timestamptz,
  effect text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  rescinded_by uuid,
  version bigint NOT NULL,
  index bigint NOT NULL
);

-- Frozen as the vote opened.
CREATE TABLE resolution_rules (
  resolution_id uuid PRIMARY KEY,
  version bigint NOT NULL,
  session_notice_days bigint NOT NULL,
  circular_notice_days bigint NOT NULL,
  quorum_over_percent bigint NOT NULL,
  ballots_min_percent bigint NOT NULL,
  ballots_min bigint NOT NULL,
  electors_min bigint NOT NULL,
  majority_over_percent bigint NOT NULL,
  instrument_digest bytea NOT NULL,
  is_assumption boolean NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE resolution_seat (
  resolution_id uuid NOT NULL,
  principal_id text NOT NULL,
  org text NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (resolution_id, principal_id)
);
CREATE INDEX resolution_seat_org ON resolution_seat (resolution_id, org);

CREATE TABLE resolution_present (
  resolution_id uuid NOT NULL,
  org text NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (resolution_id, org)
);

CREATE TABLE resolution_recusal (
  resolution_id uuid NOT NULL,
  org text NOT NULL,
  cause text NOT NULL,
  reason text NOT NULL,
  is_noticed boolean NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (resolution_id, org)
);

CREATE TABLE resolution_ballot (
  resolution_id uuid NOT NULL,
  member_org text NOT NULL,
  number bigint NOT NULL,
  choice text NOT NULL CHECK (choice IN ('YES', 'NO', 'ABSTAIN')),
  reason text NOT NULL,
  state text NOT NULL,
  statement bytea NOT NULL,
  certificate bytea NOT NULL,
  signature bytea NOT NULL,
  signer_id text NOT NULL,
  cast_at timestamptz NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (resolution_id, member_org, number)
);
-- One vote a member.
CREATE UNIQUE INDEX resolution_ballot_current ON resolution_ballot (resolution_id, member_org)
  WHERE state = 'CURRENT';

CREATE TABLE resolution_tally (
  resolution_id uuid PRIMARY KEY,
  members bigint NOT NULL,
  recused bigint NOT NULL,
  noticed bigint NOT NULL,
  electors bigint NOT NULL,
  ballots bigint NOT NULL,
  yes bigint NOT NULL,
  no bigint NOT NULL,
  abstain bigint NOT NULL,
  quorum bigint NOT NULL,
  ballots_needed bigint NOT NULL,
  yes_needed bigint NOT NULL,
  is_assumption boolean NOT NULL,
  index bigint NOT NULL
);

-- Only members decide (PRI-1b), whoever writes into the tables.
CREATE FUNCTION check_ballot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM pidc.resolution_seat s JOIN pidc.member m ON m.org = s.org
    WHERE s.resolution_id = NEW.resolution_id AND s.org = NEW.member_org
      AND s.principal_id = NEW.signer_id)
  THEN
    RAISE EXCEPTION 'a ballot of % without a seat of a member', NEW.member_org
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER resolution_ballot_seat BEFORE INSERT ON resolution_ballot
  FOR EACH ROW EXECUTE FUNCTION check_ballot();

GRANT SELECT, INSERT ON board_rules, resolution, resolution_rules, resolution_seat,
  resolution_present, resolution_recusal, resolution_ballot, resolution_tally TO pidc_app;
GRANT UPDATE (state, seconder_org, opened_at, closes_at, closed_at, effect, reason,
  rescinded_by, version, index) ON resolution TO pidc_app;
GRANT UPDATE (is_noticed, index) ON resolution_recusal TO pidc_app;
GRANT UPDATE (state) ON resolution_ballot TO pidc_app;
