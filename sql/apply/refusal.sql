-- Refusals that were counted instead of recorded one by one.

-- name: apply_refusal_fold
-- apply: refusals_folded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO refusal_fold (index, principal_id, org, owner_org, hour, count)
SELECT * FROM unnest(:index, :event.refusals_folded.principal_id, :event.refusals_folded.org,
  :event.refusals_folded.owner_org, :event.refusals_folded.hour, :event.refusals_folded.count)
