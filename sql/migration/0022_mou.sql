-- Memoranda of understanding.
SET search_path = pidc;

-- One row a version.
CREATE TABLE mou (
  mou_id uuid PRIMARY KEY,
  org text NOT NULL,
  number bigint NOT NULL,
  state text NOT NULL,
  -- The text, as it is approved and signed, and what of it is looked at.
  terms bytea NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  author_id text NOT NULL,
  purposes text[] NOT NULL,
  actions text[] NOT NULL,
  granularity_ceiling text NOT NULL,
  classification_ceiling text NOT NULL,
  has_confidentiality boolean NOT NULL,
  not_before timestamptz,
  term_months bigint NOT NULL,
  notice_months bigint NOT NULL,
  pidc_signatory text NOT NULL,
  partner_signatory text NOT NULL,
  -- A recorded agreement that ends as this comes into force.
  replaces_instrument_id uuid,
  drafted_at timestamptz NOT NULL,
  vetted_by text NOT NULL,
  vetted_at timestamptz,
  resolution_id uuid,
  approved_at timestamptz,
  -- From the second signature on.
  signed_at timestamptz,
  effective_from timestamptz,
  term_to timestamptz,
  expiring_from timestamptz,
  notice_at timestamptz,
  terminates_at timestamptz,
  termination_reason text NOT NULL,
  -- When the next version comes into force, and since when that is known.
  superseded_from timestamptz,
  superseded_at timestamptz,
  version bigint NOT NULL,
  index bigint NOT NULL,
  UNIQUE (org, number)
);
CREATE INDEX mou_term_to ON mou (term_to);

-- A first signature makes those before it void.
CREATE TABLE mou_signature (
  mou_id uuid NOT NULL,
  index bigint NOT NULL,
  step text NOT NULL,
  party text NOT NULL,
  signer_id text NOT NULL,
  statement bytea NOT NULL,
  certificate bytea NOT NULL,
  signature bytea NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (mou_id, index)
);

-- Signed versions: in force from effective_from to ends_at, whatever ends them first.
CREATE VIEW mou_force AS
SELECT m.mou_id, m.org, m.number, m.digest, m.effective_from,
  least(m.term_to, m.terminates_at, m.superseded_from, x.closed_at) AS ends_at, m.term_to,
  m.terminates_at, m.superseded_from, x.closed_at AS rescinded_at, m.expiring_from
FROM mou m
LEFT JOIN resolution r ON r.resolution_id = m.resolution_id
LEFT JOIN resolution x ON x.resolution_id = r.rescinded_by
WHERE m.effective_from IS NOT NULL;

GRANT SELECT ON mou_force TO pidc_app;
GRANT SELECT, INSERT, UPDATE ON mou TO pidc_app;
GRANT SELECT, INSERT ON mou_signature TO pidc_app;
