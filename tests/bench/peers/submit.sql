-- The work of one SubmitContribution as one statement: who, once only, the dataset, a
-- gap-free index, the contribution and its content, the ledger. Hashing is left out.
WITH who AS (
  SELECT p.principal_id, p.org FROM principal p JOIN cert_binding b USING (principal_id)
  WHERE p.principal_id = :principal AND b.state = 'ACTIVE'
    AND EXISTS (SELECT 1 FROM role_grant r WHERE r.principal_id = p.principal_id)
    AND NOT EXISTS (SELECT 1 FROM request_replay q
      WHERE q.principal_id = p.principal_id AND q.request_id = :request::uuid)
), head AS (
  UPDATE ledger_head SET size = size + 1, tx_time = greatest(clock_timestamp(), tx_time)
  RETURNING size - 1 AS index, tx_time
), what AS (
  SELECT gen_random_uuid() AS id, d.dataset_id, d.owner_org, d.classification_default, w.principal_id
  FROM who w JOIN dataset d ON d.owner_org = w.org WHERE d.dataset_id = :dataset::uuid
), made AS (
  INSERT INTO contribution (contribution_id, dataset_id, owner_org, seq, classification, row_count,
    content_digest, submitted_by, status, recorded_at, version, column_fields, column_sizes, index)
  SELECT id, dataset_id, owner_org, 1000000000 + index, classification_default, 2, '', principal_id, 'ACCEPTED',
    tx_time, 1, '{month,count}', '{20,20}', index
  FROM what, head
), content AS (
  INSERT INTO contribution_content (contribution_id, field, owner_org, content)
  SELECT id, f, owner_org, convert_to(v, 'UTF8')
  FROM what, (VALUES ('month', :month), ('count', :count)) AS c (f, v)
), entry AS (
  INSERT INTO ledger_entry (index, tx_time, entry_type, entity_id, entity_version, leaf_hash, leaf,
    salt, payload, concerns)
  SELECT index, tx_time, 31, id, 1, sha256(uuid_send(id)), repeat('x', 250)::bytea,
    uuid_send(id), repeat('y', 300)::bytea, ARRAY[owner_org]
  FROM what, head
), chain AS (
  UPDATE ledger_chain c SET sequence = sequence + 1, last_index = index + 1
  FROM what, head WHERE c.org = owner_org
), concern AS (
  INSERT INTO ledger_concern (org, sequence, indexes)
  SELECT owner_org, index, ARRAY[index] FROM what, head
), replay AS (
  INSERT INTO request_replay (principal_id, request_id, method, request_sha256, reply, index)
  SELECT principal_id, :request::uuid, 'SubmitContribution', sha256(uuid_send(id)), uuid_send(id),
    index
  FROM what, head
)
SELECT index, id FROM what, head
