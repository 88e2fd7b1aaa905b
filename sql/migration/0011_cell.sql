-- What the rows of aggregates rest on; the floors themselves lie beside the content.
SET search_path = pidc;

CREATE TABLE contribution_cells (
  contribution_id uuid PRIMARY KEY,
  lowest bigint NOT NULL,
  highest bigint NOT NULL,
  digest bytea NOT NULL,
  index bigint NOT NULL
);
GRANT SELECT, INSERT ON contribution_cells TO pidc_app;

-- What else of a dataset is about the same time.
CREATE INDEX contribution_period ON contribution (dataset_id, period_from, period_to);

-- Who is sent suppressed rows: the register reads the floors for it.
ALTER POLICY content_release ON contribution_content
  USING (EXISTS (
    SELECT 1
    FROM disclosure d
    JOIN disclosure_item i ON i.index = d.index
    WHERE d.index = nullif(current_setting('pidc.release', true), '')::bigint
      AND d.recipient_org = nullif(current_setting('pidc.org', true), '')
      AND i.contribution_id = contribution_content.contribution_id
      AND (contribution_content.field = ANY (i.fields)
        OR contribution_content.field = '#cells' AND i.min_cell > 0)));
