-- What the rows of a contribution rest on.

-- name: apply_contribution_cells
-- apply: contribution_submitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO contribution_cells (contribution_id, lowest, highest, digest, index)
SELECT id, lowest, highest, digest, index
FROM unnest(:event.contribution_submitted.contribution.contribution_id::uuid[],
    :event.contribution_submitted.contribution.cell_lowest,
    :event.contribution_submitted.contribution.cell_highest,
    :event.contribution_submitted.contribution.cell_digest, :index)
  AS e (id, lowest, highest, digest, index)
WHERE digest <> ''
