-- Requests to share, and answers to them.
SET search_path = pidc;

CREATE TABLE sharing_request (
  consent_request_id uuid PRIMARY KEY,
  asker_org text NOT NULL,
  capacity text NOT NULL,
  owner_org text NOT NULL,
  contribution_ids uuid[] NOT NULL,
  dataset_ids uuid[] NOT NULL,
  category text NOT NULL,
  granularity_ceiling text NOT NULL,
  all_of_owner boolean NOT NULL,
  purposes text[] NOT NULL,
  actions text[] NOT NULL,
  fields text[] NOT NULL,
  period_from timestamptz,
  period_to timestamptz,
  offered_conditions text[] NOT NULL,
  justification text NOT NULL,
  instrument_id text NOT NULL,
  notice_languages text[] NOT NULL,
  notice_texts text[] NOT NULL,
  notice_digest bytea NOT NULL,
  answer_by timestamptz NOT NULL,
  -- OPEN until it is answered or withdrawn; LAPSED is derived.
  state text NOT NULL,
  answered_by uuid,
  asked_at timestamptz NOT NULL,
  version bigint NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX sharing_request_owner ON sharing_request (owner_org, consent_request_id);
CREATE INDEX sharing_request_asker ON sharing_request (asker_org, consent_request_id);

-- What rests on a consent: for its owner, before it is ended and when things are recalled.
CREATE INDEX disclosure_item_consent ON disclosure_item (consent_id);

GRANT SELECT, INSERT ON sharing_request TO pidc_app;
GRANT UPDATE (state, answered_by, version, index) ON sharing_request TO pidc_app;
