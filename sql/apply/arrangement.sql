-- Events of members' instruments and own agreements, observers, integration plans.

-- name: apply_membership_instrument
-- apply: membership_instrument_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE member m
SET instrument_title = e.title, instrument_signed_on = e.signed_on, instrument_digest = e.digest,
  version = e.version, index = e.index
FROM (
  SELECT DISTINCT ON (org) *
  FROM unnest(:event.membership_instrument_recorded.org,
      :event.membership_instrument_recorded.instrument.title,
      :event.membership_instrument_recorded.instrument.signed_on,
      :event.membership_instrument_recorded.instrument.document_digest, :event.entity_version,
      :index) AS x (org, title, signed_on, digest, version, index)
  ORDER BY org, index DESC) e
WHERE m.org = e.org

-- name: apply_membership_ended
-- apply: membership_ended
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE member m
SET state = 'LEFT', version = e.version, index = e.index
FROM unnest(:event.membership_ended.org, :event.entity_version, :index) AS e (org, version, index)
WHERE m.org = e.org

-- name: apply_bilateral_filed
-- apply: bilateral_filed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO bilateral_notice (bilateral_id, member_org, counterparty, title, visibility,
  overlap_note, state, filed_at, version, index)
SELECT id::uuid, member_org, counterparty, title, visibility, note, 'FILED', tx_time, version, index
FROM unnest(:event.bilateral_filed.notice.bilateral_id, :event.bilateral_filed.notice.member_org,
    :event.bilateral_filed.notice.counterparty, :event.bilateral_filed.notice.title,
    :event.bilateral_filed.notice.visibility, :event.bilateral_filed.notice.overlap_note, :tx_time,
    :event.entity_version, :index)
  AS e (id, member_org, counterparty, title, visibility, note, tx_time, version, index)

-- name: apply_bilateral_withdrawn
-- apply: bilateral_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE bilateral_notice b
SET state = 'WITHDRAWN', version = e.version, index = e.index
FROM unnest(:event.bilateral_withdrawn.bilateral_id, :event.entity_version, :index)
  AS e (id, version, index)
WHERE b.bilateral_id = e.id::uuid

-- name: apply_integration_plan
-- apply: integration_plan_set
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO integration_plan (org, due, steps, version, index)
SELECT DISTINCT ON (e.org) e.org, e.due, s.steps, e.version, e.index
FROM unnest(:event.integration_plan_set.plan.org, :event.integration_plan_set.plan.due,
    :event.entity_version, :index) AS e (org, due, version, index)
JOIN (
  SELECT index, array_agg(step ORDER BY position) AS steps
  FROM unnest(:event.integration_plan_set.plan.steps.^.^.^.^.index,
      :event.integration_plan_set.plan.steps.#, :event.integration_plan_set.plan.steps)
    AS x (index, position, step)
  GROUP BY index) s ON s.index = e.index
ORDER BY e.org, e.index DESC
ON CONFLICT (org) DO UPDATE
SET due = excluded.due, steps = excluded.steps, version = excluded.version, index = excluded.index

-- name: apply_observer_listed
-- apply: partner_recognised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- Those that the policy lists begin as approved (EXI-0c).
INSERT INTO observer_status (org, state, reviewed_at, resolution_id, index)
SELECT org, 'APPROVED', tx_time, NULL, index
FROM unnest(:event.partner_recognised.partner.org, :event.partner_recognised.partner.is_observer,
    :tx_time, :index) AS e (org, is_observer, tx_time, index)
WHERE is_observer

-- name: apply_observer_moved
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO observer_status (org, state, reviewed_at, resolution_id, index)
SELECT DISTINCT ON (org) org, state, tx_time, resolution_id::uuid, index
FROM unnest(:event.resolution_closed.observer.org, :event.resolution_closed.observer.to,
    :event.resolution_closed.resolution_id, :tx_time, :index)
  AS e (org, state, resolution_id, tx_time, index)
WHERE org <> ''
ORDER BY org, index DESC
ON CONFLICT (org) DO UPDATE
SET state = excluded.state, reviewed_at = excluded.reviewed_at,
  resolution_id = excluded.resolution_id, index = excluded.index

-- name: apply_observer_partner
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE partner p
SET is_observer = e.state = 'APPROVED', version = p.version + 1, index = e.index
FROM (
  SELECT DISTINCT ON (org) org, state, index
  FROM unnest(:event.resolution_closed.observer.org, :event.resolution_closed.observer.to, :index)
    AS x (org, state, index)
  WHERE org <> ''
  ORDER BY org, index DESC) e
WHERE p.org = e.org
