-- A decision finds the few chains that can matter to its subjects among all that an
-- owner has ever signed. No pending list: each search would have to read it.
SET search_path = pidc;

CREATE INDEX consent_chain_contributions ON consent_chain USING gin (contribution_ids)
  WITH (fastupdate = off);
CREATE INDEX consent_chain_datasets ON consent_chain USING gin (dataset_ids)
  WITH (fastupdate = off);
CREATE INDEX consent_chain_wide ON consent_chain (owner_org)
  WHERE contribution_ids = '{}' AND dataset_ids = '{}';
