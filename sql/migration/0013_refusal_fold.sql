-- Refused releases: a principal has only so many entries an hour; what is beyond is
-- counted, and the count becomes one entry when the hour is over.
CREATE TABLE pidc.refusal_count (
  principal_id text NOT NULL,
  -- '' for owners that do not exist, so that a caller cannot make rows at will.
  owner_org text NOT NULL,
  hour timestamptz NOT NULL,
  org text NOT NULL,
  recorded bigint NOT NULL,
  folded bigint NOT NULL,
  PRIMARY KEY (principal_id, owner_org, hour)
);
COMMENT ON TABLE pidc.refusal_count IS 'not projected: counts what has no entry yet';
CREATE INDEX refusal_count_hour ON pidc.refusal_count (hour);

CREATE TABLE pidc.refusal_fold (
  index bigint PRIMARY KEY,
  principal_id text NOT NULL,
  org text NOT NULL,
  owner_org text NOT NULL,
  hour timestamptz NOT NULL,
  count bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON pidc.refusal_count TO pidc_app;
GRANT SELECT, INSERT ON pidc.refusal_fold TO pidc_app;
