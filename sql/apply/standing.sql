-- Events of a partnership that is there: moved by others, or by a resolution's effect.

-- name: apply_partnership_moved
-- apply: partnership_moved
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET state = e.state, version = e.version, index = e.index
FROM unnest(:event.partnership_moved.move.org, :event.partnership_moved.move.to,
    :event.entity_version, :index) AS e (org, state, version, index)
WHERE p.org = e.org

-- name: apply_partnership_moved_event
-- apply: partnership_moved
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version, actor_org,
  lapses_at)
SELECT org, index, tx_time, kind, from_state, to_state, version, actor_org, lapses_at
FROM unnest(:event.partnership_moved.move.org, :index, :tx_time,
    :event.partnership_moved.move.kind, :event.partnership_moved.move.from,
    :event.partnership_moved.move.to, :event.entity_version, :event.actor.org,
    :event.partnership_moved.move.lapses_at)
  AS e (org, index, tx_time, kind, from_state, to_state, version, actor_org, lapses_at)

-- name: apply_partnership_reopened
-- apply: partnership_moved
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- It goes the whole way again: with another dossier, screened once more.
INSERT INTO prospect AS p (org, registration_number, nomination_id, dossier_id, screening_outcome,
  screening_reason, screened_by, screened_at, screened_digest, withdrawal_reason, index)
SELECT org, '', NULL, NULL, '', '', '', NULL, '', '', index
FROM unnest(:event.partnership_moved.move.org, :event.partnership_moved.move.kind, :index)
  AS e (org, kind, index)
WHERE kind = 'REOPEN'
ON CONFLICT (org) DO UPDATE SET dossier_id = NULL, screening_outcome = '', screening_reason = '',
  screened_by = '', screened_at = NULL, screened_digest = '', withdrawal_reason = '',
  index = excluded.index

-- name: apply_partnership_resolved
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET state = e.state, version = p.version + 1, index = e.index
FROM unnest(:event.resolution_closed.partnership.org, :event.resolution_closed.partnership.to,
    :index) AS e (org, state, index)
WHERE p.org = e.org

-- name: apply_partnership_resolved_event
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partnership_event (org, index, tx_time, kind, from_state, to_state, version, actor_org,
  lapses_at)
SELECT p.org, e.index, e.tx_time, e.kind, e.from_state, e.to_state, p.version, e.actor_org, NULL
FROM unnest(:event.resolution_closed.partnership.org, :index, :tx_time,
    :event.resolution_closed.partnership.kind, :event.resolution_closed.partnership.from,
    :event.resolution_closed.partnership.to, :event.actor.org)
  AS e (org, index, tx_time, kind, from_state, to_state, actor_org)
JOIN partner p ON p.org = e.org
