-- Observers, integration plans, members' own agreements.
SET search_path = pidc;

CREATE TABLE observer_status (
  org text PRIMARY KEY,
  state text NOT NULL,
  reviewed_at timestamptz NOT NULL,
  -- NULL: one of those that the policy lists.
  resolution_id uuid,
  index bigint NOT NULL
);
INSERT INTO observer_status (org, state, reviewed_at, resolution_id, index)
SELECT p.org, 'APPROVED', e.tx_time, NULL, e.index
FROM partner p
JOIN partnership_event e ON e.org = p.org AND e.kind = 'RECORD_LEGACY'
WHERE p.is_observer;

CREATE TABLE integration_plan (
  org text PRIMARY KEY,
  due timestamptz NOT NULL,
  steps text[] NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);

CREATE TABLE bilateral_notice (
  bilateral_id uuid PRIMARY KEY,
  member_org text NOT NULL,
  counterparty text NOT NULL,
  title text NOT NULL,
  visibility text NOT NULL,
  overlap_note text NOT NULL,
  state text NOT NULL,
  filed_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX bilateral_notice_member ON bilateral_notice (member_org, bilateral_id);

GRANT SELECT, INSERT ON observer_status, integration_plan, bilateral_notice TO pidc_app;
GRANT UPDATE (state, reviewed_at, resolution_id, index) ON observer_status TO pidc_app;
GRANT UPDATE (due, steps, version, index) ON integration_plan TO pidc_app;
GRANT UPDATE (state, version, index) ON bilateral_notice TO pidc_app;
GRANT UPDATE (state, instrument_title, instrument_signed_on, instrument_digest, version, index)
  ON member TO pidc_app;
GRANT UPDATE (is_observer) ON partner TO pidc_app;
