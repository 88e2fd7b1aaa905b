-- One statement may end many chains.
SET search_path = pidc;

ALTER TABLE consent_statement DROP CONSTRAINT consent_statement_pkey;
ALTER TABLE consent_statement ADD PRIMARY KEY (statement_id, consent_id);
