-- Consent: facts of a new statement, chains, and what a decision rests on.

-- name: facts_consent
-- in: pidc.v1.ConsentStatement
-- out: pidc.store.v1.ConsentFacts
SELECT o.org AS "owner.org", o.kind AS "owner.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "owner.is_active",
  EXISTS (SELECT 1 FROM consent_statement WHERE statement_id = nullif(:statement_id, '')::uuid)
    AS statement_id_used,
  EXISTS (SELECT 1 FROM consent_pending WHERE statement_id = nullif(:statement_id, '')::uuid)
    AS is_pending_known,
  ARRAY(SELECT dataset_id::text FROM dataset
    WHERE dataset_id = ANY (:data.dataset_ids::uuid[]) AND owner_org = o.org) AS known_datasets,
  ARRAY(SELECT contribution_id::text FROM contribution
    WHERE contribution_id = ANY (:data.contribution_ids::uuid[]) AND owner_org = o.org)
    AS known_contributions,
  ARRAY(SELECT org FROM org WHERE org = ANY (:recipient.orgs || :recipient.pinned_orgs))
    AS known_orgs,
  ARRAY(SELECT code FROM code_entry WHERE list = 'purpose' AND code = ANY (:purposes))
    AS known_purposes,
  EXISTS (SELECT 1 FROM code_entry WHERE list = 'category' AND code = :data.category.category)
    AS category_known,
  EXISTS (SELECT 1 FROM code_entry WHERE list = 'partner_class' AND code = :recipient.org_class)
    AS class_known,
  (SELECT x.c FROM (
      SELECT classification_default AS c FROM dataset
      WHERE owner_org = o.org AND (dataset_id = ANY (:data.dataset_ids::uuid[])
        OR category = :data.category.category OR :data.all_of_owner)
      UNION ALL
      SELECT classification FROM contribution
      WHERE owner_org = o.org AND (contribution_id = ANY (:data.contribution_ids::uuid[])
        OR dataset_id = ANY (:data.dataset_ids::uuid[]) OR :data.all_of_owner)) x
    ORDER BY array_position(ARRAY['RED', 'AMBER_STRICT', 'AMBER', 'GREEN', 'CLEAR'], x.c)
    LIMIT 1) AS reached_classification
FROM org o
LEFT JOIN member m USING (org)
WHERE o.org = :ctx.actor.org

-- name: facts_consent_chain
-- in: pidc.v1.ConsentStatement
-- out: pidc.store.v1.ConsentFacts chain
-- Whoever owns it: an id that somebody else's chain has is no id for a new one.
SELECT statement, recorded_at, index, approver_id <> '' AS is_approved, consent_id
FROM consent_statement
WHERE consent_id = nullif(:consent_id, '')::uuid
ORDER BY version

-- name: facts_consent_pending
-- in: pidc.v1.ApproveStatementRequest
-- out: pidc.store.v1.ConsentFacts
SELECT statement AS "pending.statement", signature_algorithm AS "pending.signature.algorithm",
  signature_value AS "pending.signature.value",
  certificate_chain AS "pending.signature.certificate_chain"
FROM consent_pending
WHERE statement_id = nullif(:statement_id, '')::uuid AND owner_org = :ctx.actor.org

-- name: pending_list
-- in: pidc.v1.ListPendingStatementsRequest
-- out: pidc.v1.ListPendingStatementsResponse statements
SELECT statement_id, consent_id, version, statement AS "signed.statement",
  signature_algorithm AS "signed.signature.algorithm",
  signature_value AS "signed.signature.value",
  certificate_chain AS "signed.signature.certificate_chain", signer_id, recorded_at, index,
  statement_id::text AS page_key
FROM consent_pending
WHERE owner_org = :ctx.actor.org AND statement_id::text > :ctx.page_key
ORDER BY statement_id::text
LIMIT :ctx.page_limit

-- name: facts_consent_others
-- in: pidc.v1.ConsentStatement
-- out: pidc.store.v1.ConsentFacts others
SELECT s.statement, s.recorded_at, s.index, s.approver_id <> '' AS is_approved, s.consent_id
FROM consent_chain c
JOIN consent_statement s USING (consent_id)
WHERE c.owner_org = :ctx.actor.org AND c.consent_id IS DISTINCT FROM nullif(:consent_id, '')::uuid
  AND c.state = 'CURRENT'
  AND (c.is_open OR c.recipient_orgs && :recipient.orgs OR :recipient.all_partners
    OR :recipient.org_class <> ''
    OR EXISTS (SELECT 1 FROM sharing_request r
      WHERE r.consent_request_id = nullif(:consent_request_id, '')::uuid
        AND r.asker_org = ANY (c.recipient_orgs)))
ORDER BY s.index

-- name: consent_get
-- in: pidc.v1.GetConsentRequest
-- out: pidc.v1.GetConsentResponse
-- The owner, and whoever the chain names.
SELECT consent_id AS "consent.consent_id", owner_org AS "consent.owner_org",
  CASE WHEN state <> 'CURRENT' THEN state
    WHEN valid_from > :ctx.now THEN 'NOT_YET'
    WHEN valid_to <= :ctx.now THEN 'EXPIRED'
    ELSE state END AS "consent.state",
  opened_by AS "consent.opened_by", version AS "consent.version",
  recipient_orgs AS "consent.recipient_orgs", purposes AS "consent.purposes",
  valid_from AS "consent.valid_from", valid_to AS "consent.valid_to", index AS "consent.index"
FROM consent_chain
WHERE consent_id = nullif(:consent_id, '')::uuid
  AND (owner_org = :ctx.actor.org OR :ctx.actor.org = ANY (recipient_orgs))

-- name: consent_statements
-- in: pidc.v1.GetConsentRequest
-- out: pidc.v1.Consent statements
-- The certificates of the signatures are in the ledger's entries.
SELECT statement AS "signed.statement", signature_algorithm AS "signed.signature.algorithm",
  signature_value AS "signed.signature.value", recorded_at, index,
  nullif(approval_algorithm, '') AS "approval.algorithm",
  nullif(approval_value, '') AS "approval.value", approver_id
FROM consent_statement
WHERE consent_id = nullif(:consent_id, '')::uuid
ORDER BY version

-- name: consent_list
-- in: pidc.v1.ListConsentsRequest
-- out: pidc.v1.ListConsentsResponse consents
SELECT consent_id, owner_org,
  CASE WHEN state <> 'CURRENT' THEN state
    WHEN valid_from > :ctx.now THEN 'NOT_YET'
    WHEN valid_to <= :ctx.now THEN 'EXPIRED'
    ELSE state END AS state,
  opened_by, version, recipient_orgs, purposes, valid_from, valid_to, index,
  consent_id::text AS page_key
FROM consent_chain
WHERE (owner_org = :ctx.actor.org OR :ctx.actor.org = ANY (recipient_orgs))
  AND consent_id::text > :ctx.page_key
ORDER BY consent_id::text
LIMIT :ctx.page_limit

-- name: decision_parties
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts
-- many
-- Few purposes are asked for at once: each one's tree is walked once.
WITH q (ord, owner_org, recipient_org, purpose, known_at) AS MATERIALIZED (
  SELECT * FROM unnest(:#, :owner_org, :recipient_org, :purpose, :known_at)
), u (purpose, path, below) AS MATERIALIZED (
  SELECT p.purpose,
    ARRAY(
      WITH RECURSIVE up (code, parent, depth) AS (
        SELECT code, parent, 1 FROM code_entry WHERE list = 'purpose' AND code = p.purpose
        UNION ALL
        SELECT c.code, c.parent, up.depth + 1
        FROM up JOIN code_entry c ON c.list = 'purpose' AND c.code = up.parent
        WHERE up.depth < 16)
      SELECT code FROM up ORDER BY depth) AS path,
    ARRAY(
      WITH RECURSIVE down (code, depth) AS (
        SELECT code, 1 FROM code_entry WHERE list = 'purpose' AND parent = p.purpose
        UNION ALL
        SELECT c.code, down.depth + 1
        FROM down JOIN code_entry c ON c.list = 'purpose' AND c.parent = down.code
        WHERE down.depth < 16)
      SELECT code FROM down ORDER BY depth, code) AS below
  FROM (SELECT DISTINCT purpose FROM q) p
)
SELECT q.ord, ow.org AS "owner.org", ow.kind AS "owner.kind",
  CASE ow.kind WHEN 'MEMBER' THEN om.state = 'ACTIVE' ELSE ow.org IS NOT NULL END
    AS "owner.is_active",
  r.org AS "recipient.org", r.kind AS "recipient.kind",
  CASE r.kind WHEN 'MEMBER' THEN upper(r.org) ELSE '' END AS "recipient.country",
  p.partner_class AS "recipient.partner_class",
  h.to_state AS "recipient.partner_state", h.lapses_at AS "recipient.lapses_at",
  CASE WHEN h.lapses_at IS NOT NULL THEN h.from_state END AS "recipient.lapsed_state",
  CASE WHEN h.to_state = 'EXITING' THEN h.tx_time END AS "recipient.exiting_since",
  p.org IS NOT NULL AND s.org IS NULL AS "recipient.has_board_approval",
  p.recorded_at AS "recipient.class_since",
  rm.state = 'ACTIVE' AS "recipient.is_active_member", u.path AS purpose_path,
  u.below AS purpose_descendants
FROM q
JOIN u USING (purpose)
LEFT JOIN org ow ON ow.org = q.owner_org
LEFT JOIN member om ON om.org = ow.org
LEFT JOIN org r ON r.org = q.recipient_org
LEFT JOIN member rm ON rm.org = r.org
LEFT JOIN partner p ON p.org = r.org
LEFT JOIN prospect s ON s.org = p.org
LEFT JOIN LATERAL (
  SELECT e.to_state, e.from_state, e.lapses_at, e.tx_time
  FROM partnership_event e
  WHERE e.org = p.org AND (q.known_at IS NULL OR e.tx_time <= q.known_at)
  ORDER BY e.index DESC
  LIMIT 1) h ON true

-- name: decision_instruments
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts instruments
-- many
-- A recorded agreement ends as an MoU that replaces it comes into force; of an MoU counts
-- what was known of its end.
WITH q (ord, recipient_org, known_at) AS (
  SELECT ord, recipient_org, coalesce(known_at, 'infinity')
  FROM unnest(:#, :recipient_org, :known_at) AS x (ord, recipient_org, known_at)
)
SELECT v.ord, v.instrument_id, v.purposes AS "scope.purposes", v.actions AS "scope.actions",
  v.granularity_ceiling AS "scope.granularity_ceiling",
  v.classification_ceiling AS "scope.classification_ceiling", v.term_from AS "term.from",
  v.term_to AS "term.to", v.has_confidentiality
FROM (
  SELECT q.ord, i.instrument_id, i.purposes, i.actions, i.granularity_ceiling,
    i.classification_ceiling, i.term_from,
    least(i.term_to, (SELECT min(m.effective_from) FROM mou m
      WHERE m.replaces_instrument_id = i.instrument_id AND m.signed_at <= q.known_at)) AS term_to,
    i.has_confidentiality, i.index
  FROM q
  JOIN legacy_instrument i ON i.partner = q.recipient_org
  UNION ALL
  SELECT q.ord, m.mou_id, m.purposes, m.actions, m.granularity_ceiling, m.classification_ceiling,
    m.effective_from,
    least(m.term_to, CASE WHEN m.notice_at <= q.known_at THEN m.terminates_at END,
      CASE WHEN m.superseded_at <= q.known_at THEN m.superseded_from END,
      CASE WHEN x.closed_at <= q.known_at THEN x.closed_at END),
    m.has_confidentiality, m.index
  FROM q
  JOIN mou m ON m.org = q.recipient_org AND m.signed_at <= q.known_at
  LEFT JOIN resolution r ON r.resolution_id = m.resolution_id
  LEFT JOIN resolution x ON x.resolution_id = r.rescinded_by) v
ORDER BY v.ord, v.index

-- name: decision_statements
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts statements
-- many
-- Of the chains that name the recipient or nobody in particular: those that speak of
-- one of the contributions, of its dataset, or of a kind of data. All of the owner's for
-- a dataset as a whole, because each may speak of a part of it, and for an earlier
-- knowledge, because terms have changed since. These stand by themselves and are looked
-- up chain by chain (OFFSET 0): they are many in the planner's eyes, which would prepare
-- the others for as many, or read whole tables.
WITH q (ord, owner_org, recipient_org, known_at) AS (
  SELECT * FROM unnest(:#, :owner_org, :recipient_org, :known_at)
), item (ord, owner_org, contribution_id, dataset_id) AS (
  SELECT x.ord, x.owner_org, c.contribution_id, c.dataset_id
  FROM unnest(:contribution_ids.^.number, :contribution_ids.^.owner_org, :contribution_ids)
    AS x (ord, owner_org, id)
  JOIN contribution c ON c.contribution_id = nullif(x.id, '')::uuid
), whole (ord, owner_org) AS (
  SELECT ord, owner_org
  FROM q
  WHERE known_at IS NOT NULL
    OR ord NOT IN (SELECT * FROM unnest(:contribution_ids.^.number))
    OR ord IN (SELECT * FROM unnest(:dataset_ids.^.number))
), chain (ord, consent_id) AS (
  SELECT i.ord, c.consent_id
  FROM item i
  JOIN consent_item c ON c.item_id = i.contribution_id AND c.owner_org = i.owner_org
  UNION
  SELECT i.ord, c.consent_id
  FROM (SELECT DISTINCT ord, owner_org, dataset_id FROM item) i
  JOIN consent_item c ON c.item_id = i.dataset_id AND c.owner_org = i.owner_org
  UNION
  SELECT q.ord, c.consent_id
  FROM q
  JOIN consent_chain c ON c.owner_org = q.owner_org
    AND c.contribution_ids = '{}' AND c.dataset_ids = '{}'
)
SELECT chain.ord, s.statement, s.recorded_at, s.index, s.approver_id <> '' AS is_approved,
  s.consent_id
FROM chain
JOIN q USING (ord)
JOIN consent_chain c USING (consent_id)
JOIN consent_statement s USING (consent_id)
WHERE chain.ord NOT IN (SELECT ord FROM whole)
  AND (c.is_open OR q.recipient_org = ANY (c.recipient_orgs))
UNION ALL
SELECT q.ord, s.statement, s.recorded_at, s.index, s.approver_id <> '', s.consent_id
FROM whole
JOIN q USING (ord)
CROSS JOIN LATERAL (
  SELECT c.consent_id
  FROM consent_chain c
  WHERE c.owner_org = whole.owner_org
    AND (c.is_open OR q.recipient_org = ANY (c.recipient_orgs) OR q.known_at IS NOT NULL)
  OFFSET 0) c
CROSS JOIN LATERAL (
  SELECT *
  FROM consent_statement x
  WHERE x.consent_id = c.consent_id AND (q.known_at IS NULL OR x.recorded_at <= q.known_at)
  OFFSET 0) s
ORDER BY ord, index

-- name: decision_contributions
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts subjects
-- many
WITH item AS MATERIALIZED (
  SELECT q.ord, q.position, c.*
  FROM unnest(:contribution_ids.^.number, :contribution_ids.^.owner_org, :contribution_ids.#,
      :contribution_ids.^.known_at, :contribution_ids)
    AS q (ord, owner_org, position, known_at, id)
  JOIN contribution c ON c.contribution_id = nullif(q.id, '')::uuid AND c.owner_org = q.owner_org
  WHERE q.known_at IS NULL OR c.recorded_at <= q.known_at
), f (dataset_id, names, versions, files) AS MATERIALIZED (
  SELECT dataset_id, array_agg(name ORDER BY position), array_agg(schema_version ORDER BY position),
    array_agg(type = 'FILE' ORDER BY position)
  FROM dataset_field
  WHERE dataset_id = ANY (ARRAY(SELECT DISTINCT dataset_id FROM item))
  GROUP BY dataset_id
)
SELECT c.ord, c.contribution_id, c.dataset_id, c.owner_org, d.category, d.granularity,
  c.classification, c.period_from AS "period.from", c.period_to AS "period.to", c.status,
  d.status AS dataset_status, c.content_kind, d.min_cell_default,
  k.index IS NOT NULL AS has_cells, k.lowest AS cell_lowest, k.highest AS cell_highest,
  f.names AS "fields.name", f.versions AS "fields.schema_version",
  f.files AS "fields.is_file",
  c.column_fields AS "columns.field", digest_list(c.column_digests) AS "columns.digest",
  c.column_sizes AS "columns.size"
FROM item c
JOIN dataset d USING (dataset_id)
LEFT JOIN contribution_cells k USING (contribution_id)
LEFT JOIN f USING (dataset_id)
ORDER BY c.ord, c.position

-- name: decision_datasets
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts subjects
-- many
SELECT q.ord, d.dataset_id, d.owner_org, d.category, d.granularity,
  d.classification_default AS classification, d.status AS dataset_status,
  d.min_cell_default, f.has_counts AS has_cells,
  f.names AS "fields.name", f.versions AS "fields.schema_version",
  f.files AS "fields.is_file",
  ARRAY(
    SELECT c.contribution_id::text
    FROM consent_chain ch
    CROSS JOIN unnest(ch.contribution_ids) AS n (id)
    JOIN contribution c ON c.contribution_id = n.id AND c.dataset_id = d.dataset_id
    WHERE ch.owner_org = q.owner_org AND (ch.is_open OR q.recipient_org = ANY (ch.recipient_orgs))
    GROUP BY c.contribution_id) AS contribution_ids
FROM unnest(:dataset_ids.^.number, :dataset_ids.^.owner_org, :dataset_ids.^.recipient_org,
    :dataset_ids) AS q (ord, owner_org, recipient_org, id)
JOIN dataset d ON d.dataset_id = nullif(q.id, '')::uuid AND d.owner_org = q.owner_org
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names,
    array_agg(schema_version ORDER BY position) AS versions, bool_or(is_count) AS has_counts,
    array_agg(type = 'FILE' ORDER BY position) AS files
  FROM dataset_field WHERE dataset_id = d.dataset_id) f

-- name: matrix_purposes
-- in: -
-- out: pidc.store.v1.PurposeRows purposes
SELECT code, parent FROM code_entry WHERE list = 'purpose' ORDER BY code

-- name: matrix_recipients
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.RecipientRows recipients
-- All that could have anything; there are some dozens of them.
SELECT org, kind
FROM org
WHERE kind IN ('MEMBER', 'PARTNER', 'SECRETARIAT') AND org <> :owner_org
  AND (:recipient_org = '' OR org = :recipient_org)
  AND org > :ctx.page_key
ORDER BY org
LIMIT 1000

-- name: matrix_datasets
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts subjects
-- Statements on single contributions have rows of their own.
SELECT d.dataset_id, d.owner_org, d.category, d.granularity,
  d.classification_default AS classification, d.status AS dataset_status,
  d.min_cell_default, f.has_counts AS has_cells,
  f.names AS "fields.name", f.versions AS "fields.schema_version"
FROM dataset d
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names,
    array_agg(schema_version ORDER BY position) AS versions, bool_or(is_count) AS has_counts
  FROM dataset_field WHERE dataset_id = d.dataset_id) f
WHERE d.owner_org = :owner_org
ORDER BY d.dataset_id
LIMIT 10000

-- name: matrix_contributions
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.DecisionFacts subjects
-- Those that statements name one by one.
SELECT c.contribution_id, c.dataset_id, c.owner_org, d.category, d.granularity, c.classification,
  c.period_from AS "period.from", c.period_to AS "period.to", c.status,
  d.status AS dataset_status, d.min_cell_default,
  k.index IS NOT NULL AS has_cells, k.lowest AS cell_lowest, k.highest AS cell_highest,
  f.names AS "fields.name", f.versions AS "fields.schema_version"
FROM (
  SELECT DISTINCT n.id
  FROM consent_chain ch
  CROSS JOIN unnest(ch.contribution_ids) AS n (id)
  WHERE ch.owner_org = :owner_org) q
JOIN contribution c ON c.contribution_id = q.id AND c.owner_org = :owner_org
JOIN dataset d ON d.dataset_id = c.dataset_id
LEFT JOIN contribution_cells k ON k.contribution_id = c.contribution_id
CROSS JOIN LATERAL (
  SELECT array_agg(name ORDER BY position) AS names,
    array_agg(schema_version ORDER BY position) AS versions
  FROM dataset_field WHERE dataset_id = d.dataset_id) f
WHERE :known_at IS NULL OR c.recorded_at <= :known_at
ORDER BY c.index
LIMIT 10000

-- name: released_count
-- in: pidc.v1.ConsentStatement
-- out: pidc.v1.SimulateStatementResponse
SELECT count(*) AS released_items
FROM consent_chain c
JOIN consent_use u USING (consent_id)
JOIN disclosure d USING (disclosure_id)
JOIN disclosure_item i ON i.index = d.index AND i.consent_id = c.consent_id
WHERE c.consent_id = nullif(:consent_id, '')::uuid AND c.owner_org = :ctx.actor.org

-- name: facts_revoke_all
-- in: pidc.store.v1.RevokeAllQuery
-- out: pidc.store.v1.RevokeAllFacts
SELECT o.org AS "owner.org", o.kind AS "owner.kind",
  CASE o.kind WHEN 'MEMBER' THEN m.state = 'ACTIVE' ELSE true END AS "owner.is_active",
  EXISTS (SELECT 1 FROM consent_statement WHERE statement_id = ANY (:statement_ids::uuid[]))
    OR EXISTS (SELECT 1 FROM consent_pending WHERE statement_id = ANY (:statement_ids::uuid[]))
    AS statement_id_used
FROM org o
LEFT JOIN member m USING (org)
WHERE o.org = :ctx.actor.org

-- name: revoke_all_selection
-- in: pidc.store.v1.RevokeAllQuery
-- out: pidc.store.v1.RevokeAllFacts consents
-- One more than a statement may name, so that too many are seen.
SELECT c.consent_id, c.owner_org, c.state, c.opened_by, c.version, c.recipient_orgs, c.purposes,
  c.valid_from, c.valid_to, c.index
FROM consent_chain c
WHERE c.owner_org = :ctx.actor.org
  AND c.opened_by = 'GRANT'
  AND c.state = ANY (CASE :kind WHEN 'REVOKE' THEN ARRAY['CURRENT', 'SUSPENDED']
    WHEN 'SUSPEND' THEN ARRAY['CURRENT'] END)
  AND (:filter.everything OR :filter.recipient_org <> '' OR :filter.dataset_id <> ''
    OR :filter.purpose <> '')
  AND (:filter.recipient_org = '' OR :filter.recipient_org = ANY (c.recipient_orgs))
  AND (:filter.dataset_id = '' OR nullif(:filter.dataset_id, '')::uuid = ANY (c.dataset_ids))
  AND (:filter.purpose = '' OR :filter.purpose = ANY (c.purposes))
ORDER BY c.consent_id::text
LIMIT 1001

-- name: subject_history
-- in: pidc.store.v1.DecisionQuery
-- out: pidc.store.v1.EntryRows entries
-- Of data that has changed since: what had happened to it by then, and what had
-- replaced it.
SELECT e.entity_id, e.index, e.payload
FROM (
  SELECT c.contribution_id AS id, c.index, c.replaced_by_id
  FROM contribution c
  WHERE c.contribution_id = ANY (:contribution_ids::uuid[]) AND c.owner_org = :owner_org
  UNION ALL
  SELECT d.dataset_id, d.index, NULL
  FROM dataset d
  WHERE d.dataset_id = ANY (:dataset_ids::uuid[]) AND d.owner_org = :owner_org) s
JOIN ledger_entry latest ON latest.index = s.index AND latest.tx_time > :known_at
JOIN ledger_entry e ON e.entity_id IN (s.id, s.replaced_by_id) AND e.tx_time <= :known_at
ORDER BY e.index
