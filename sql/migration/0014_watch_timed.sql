-- What the clock does is found by its instant.
SET search_path = pidc;

CREATE INDEX consent_chain_valid_from ON consent_chain (valid_from);
CREATE INDEX consent_chain_valid_to ON consent_chain (valid_to);
CREATE INDEX sharing_request_answer_by ON sharing_request (answer_by) WHERE state = 'OPEN';
CREATE INDEX recall_due ON recall (due);
