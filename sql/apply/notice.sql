-- Events of notices.

-- name: apply_holder_notice
-- apply: holder_notified
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO holder_notice (notice_id, contribution_id, owner_org, recipient_org, change,
  notified_at, index)
SELECT id::uuid, contribution_id::uuid, owner_org, recipient_org, change, tx_time, index
FROM unnest(:event.entity_id, :event.holder_notified.contribution_id,
    :event.holder_notified.owner_org, :event.holder_notified.recipient_org,
    :event.holder_notified.change, :tx_time, :index)
  AS e (id, contribution_id, owner_org, recipient_org, change, tx_time, index)

-- name: apply_class_join
-- apply: class_joined
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO class_join (class_join_id, org, org_class, owner_org, effective_at, index)
SELECT id::uuid, org, org_class, owner_org, tx_time + days * interval '24 hours', index
FROM unnest(:event.entity_id, :event.class_joined.org, :event.class_joined.org_class,
    :event.class_joined.owner_org, :event.class_joined.cooling_off_days, :tx_time, :index)
  AS e (id, org, org_class, owner_org, days, tx_time, index)
