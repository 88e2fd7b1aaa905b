-- Rules of the Board that its resolutions adopt.
SET search_path = pidc;

ALTER TABLE board_rules ADD COLUMN decision_mode text NOT NULL DEFAULT '';
ALTER TABLE resolution_rules ADD COLUMN decision_mode text NOT NULL DEFAULT '';

CREATE TABLE board_rules_proposal (
  proposal_id uuid PRIMARY KEY,
  version bigint NOT NULL,
  session_notice_days bigint NOT NULL,
  circular_notice_days bigint NOT NULL,
  quorum_over_percent bigint NOT NULL,
  ballots_min_percent bigint NOT NULL,
  ballots_min bigint NOT NULL,
  electors_min bigint NOT NULL,
  majority_over_percent bigint NOT NULL,
  decision_mode text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  index bigint NOT NULL
);
GRANT SELECT, INSERT ON board_rules_proposal TO pidc_app;
