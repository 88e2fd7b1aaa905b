-- What a dataset says of its fields, its law and its smallest cell. Datasets that
-- were defined before keep ordinary fields and no reference.
SET search_path = pidc;

ALTER TABLE dataset
  ADD legal_jurisdiction text NOT NULL DEFAULT '',
  ADD legal_law text NOT NULL DEFAULT '',
  ADD legal_provision text NOT NULL DEFAULT '',
  ADD min_cell_default bigint NOT NULL DEFAULT 0;

ALTER TABLE dataset_field
  ADD sensitivity text NOT NULL DEFAULT 'ORDINARY',
  ADD is_count boolean NOT NULL DEFAULT false;

-- A later definition may say more of a field that stands.
GRANT UPDATE (description, sensitivity, index) ON dataset_field TO pidc_app;
