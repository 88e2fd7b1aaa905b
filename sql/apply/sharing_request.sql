-- Events of requests to share.

-- name: apply_sharing_request
-- apply: sharing_requested
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO sharing_request (consent_request_id, asker_org, capacity, owner_org, contribution_ids,
  dataset_ids, category, granularity_ceiling, all_of_owner, purposes, actions, fields, period_from,
  period_to, offered_conditions, justification, instrument_id, notice_languages, notice_texts,
  notice_digest, answer_by, state, answered_by, asked_at, version, index)
SELECT e.id::uuid, asker, capacity, owner, coalesce(k.list, '{}'), coalesce(d.list, '{}'),
  coalesce(category, ''), coalesce(ceiling, ''), coalesce(all_of_owner, false),
  coalesce(p.list, '{}'), coalesce(a.list, '{}'), coalesce(f.list, '{}'), period_from, period_to,
  coalesce(c.list, '{}'), justification, instrument_id, coalesce(n.languages, '{}'),
  coalesce(n.texts, '{}'), digest, answer_by, 'OPEN', NULL, tx_time, version, index
FROM unnest(:event.sharing_requested.request.consent_request_id,
    :event.sharing_requested.request.asker_org, :event.sharing_requested.request.capacity,
    :event.sharing_requested.request.owner_org,
    :event.sharing_requested.request.data.category.category,
    :event.sharing_requested.request.data.category.granularity_ceiling,
    :event.sharing_requested.request.data.all_of_owner,
    :event.sharing_requested.request.data_period.from,
    :event.sharing_requested.request.data_period.to,
    :event.sharing_requested.request.justification,
    :event.sharing_requested.request.instrument_id,
    :event.sharing_requested.request.notice_digest,
    :event.sharing_requested.request.answer_by, :tx_time, :event.entity_version, :index)
  AS e (id, asker, capacity, owner, category, ceiling, all_of_owner, period_from, period_to,
    justification, instrument_id, digest, answer_by, tx_time, version, index)
LEFT JOIN (
  SELECT id, array_agg(item::uuid) AS list
  FROM unnest(:event.sharing_requested.request.data.contribution_ids.^.^.consent_request_id,
    :event.sharing_requested.request.data.contribution_ids) AS x (id, item)
  GROUP BY id) k ON k.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item::uuid) AS list
  FROM unnest(:event.sharing_requested.request.data.dataset_ids.^.^.consent_request_id,
    :event.sharing_requested.request.data.dataset_ids) AS x (id, item)
  GROUP BY id) d ON d.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item) AS list
  FROM unnest(:event.sharing_requested.request.purposes.^.consent_request_id,
    :event.sharing_requested.request.purposes) AS x (id, item)
  GROUP BY id) p ON p.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item) AS list
  FROM unnest(:event.sharing_requested.request.actions.^.consent_request_id,
    :event.sharing_requested.request.actions) AS x (id, item)
  GROUP BY id) a ON a.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item) AS list
  FROM unnest(:event.sharing_requested.request.fields.^.consent_request_id,
    :event.sharing_requested.request.fields) AS x (id, item)
  GROUP BY id) f ON f.id = e.id
LEFT JOIN (
  SELECT id, array_agg(item) AS list
  FROM unnest(:event.sharing_requested.request.offered_conditions.^.consent_request_id,
    :event.sharing_requested.request.offered_conditions) AS x (id, item)
  GROUP BY id) c ON c.id = e.id
LEFT JOIN (
  SELECT id, array_agg(language ORDER BY position) AS languages,
    array_agg(text ORDER BY position) AS texts
  FROM unnest(:event.sharing_requested.request.notices.^.consent_request_id,
    :event.sharing_requested.request.notices.#,
    :event.sharing_requested.request.notices.language,
    :event.sharing_requested.request.notices.text) AS x (id, position, language, text)
  GROUP BY id) n ON n.id = e.id

-- name: apply_sharing_request_withdrawn
-- apply: sharing_request_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE sharing_request r
SET state = 'WITHDRAWN', version = e.version, index = e.index
FROM unnest(:event.sharing_request_withdrawn.consent_request_id, :event.entity_version, :index)
  AS e (id, version, index)
WHERE r.consent_request_id = e.id::uuid

-- name: apply_sharing_request_answered
-- apply: consent_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE sharing_request r
SET state = e.answer, answered_by = e.statement_id::uuid, version = r.version + 1, index = e.index
FROM unnest(:statement.consent_request_id, :statement.statement_id,
    :event.consent_recorded.answer, :event.consent_recorded.is_pending, :index)
  AS e (id, statement_id, answer, is_pending, index)
WHERE r.consent_request_id = nullif(e.id, '')::uuid AND coalesce(e.answer, '') <> ''
  AND NOT e.is_pending
