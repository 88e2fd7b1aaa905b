-- Notices to those whom somebody else's act concerns, and what the clock does about
-- releases.
SET search_path = pidc;

CREATE TABLE holder_notice (
  notice_id uuid PRIMARY KEY,
  contribution_id uuid NOT NULL,
  owner_org text NOT NULL,
  recipient_org text NOT NULL,
  change text NOT NULL,
  notified_at timestamptz NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX holder_notice_contribution ON holder_notice (contribution_id, recipient_org);

CREATE TABLE class_join (
  class_join_id uuid PRIMARY KEY,
  org text NOT NULL,
  org_class text NOT NULL,
  owner_org text NOT NULL,
  effective_at timestamptz NOT NULL,
  index bigint NOT NULL
);
CREATE INDEX class_join_effective ON class_join (effective_at);
CREATE INDEX consent_chain_open ON consent_chain (owner_org, consent_id) WHERE is_open;

-- Until when an obligation with a number of days is to be met.
ALTER TABLE disclosure_obligation ADD COLUMN due_at timestamptz;
UPDATE disclosure_obligation o
SET due_at = d.released_at + o.number * interval '24 hours'
FROM disclosure d
WHERE d.index = o.index AND o.kind IN ('ACK_WITHIN', 'DATA_LIFE');
CREATE INDEX disclosure_obligation_due ON disclosure_obligation (due_at) WHERE due_at IS NOT NULL;

GRANT SELECT, INSERT ON holder_notice, class_join TO pidc_app;
