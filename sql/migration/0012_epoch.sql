-- When answers last changed, by ledger index, so that one small query tells a reader
-- what is new since it last looked. An organisation's data is divided into buckets
-- (first byte of the contribution's or dataset's id), -1 is all of it; '*' are all
-- organisations, '@' is who may call.
SET search_path = pidc;

TRUNCATE org_epoch;
ALTER TABLE org_epoch DROP CONSTRAINT org_epoch_pkey;
ALTER TABLE org_epoch ADD COLUMN bucket integer NOT NULL, ADD PRIMARY KEY (org, bucket);
CREATE INDEX org_epoch_epoch ON org_epoch (epoch);

-- Which chains name a contribution or a dataset: by one look into one index, which
-- arrays do not give.
DROP INDEX consent_chain_contributions, consent_chain_datasets;
CREATE TABLE consent_item (
  item_id uuid NOT NULL,
  consent_id uuid NOT NULL,
  owner_org text NOT NULL,
  index bigint NOT NULL,
  PRIMARY KEY (item_id, consent_id)
);
INSERT INTO consent_item (item_id, consent_id, owner_org, index)
SELECT DISTINCT s.item_id, c.consent_id, c.owner_org, c.index
FROM consent_chain c
CROSS JOIN LATERAL unnest(c.contribution_ids || c.dataset_ids) AS s (item_id);
GRANT SELECT, INSERT ON consent_item TO pidc_app;
