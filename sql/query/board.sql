-- The Board and its resolutions.

-- name: facts_resolution
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT r.resolution_id AS "resolution.resolution_id", r.kind AS "resolution.kind",
  r.subject_id AS "resolution.subject_id", r.subject_digest AS "resolution.subject_digest",
  r.subject_org AS "resolution.subject_org", r.mode AS "resolution.mode",
  r.resolution_digest AS "resolution.resolution_digest",
  r.proposer_org AS "resolution.proposer_org", r.proposed_at AS "resolution.proposed_at",
  r.state AS "resolution.state", r.closes_at AS "resolution.closes_at",
  r.version AS "resolution.version",
  f.version AS "resolution.rules.version",
  f.session_notice_days AS "resolution.rules.session_notice_days",
  f.circular_notice_days AS "resolution.rules.circular_notice_days",
  f.quorum_over_percent AS "resolution.rules.quorum_over_percent",
  f.ballots_min_percent AS "resolution.rules.ballots_min_percent",
  f.ballots_min AS "resolution.rules.ballots_min",
  f.electors_min AS "resolution.rules.electors_min",
  f.majority_over_percent AS "resolution.rules.majority_over_percent",
  f.instrument_digest AS "resolution.rules.instrument_digest",
  f.is_assumption AS "resolution.rules.is_assumption",
  f.decision_mode AS "resolution.rules.decision_mode",
  s.orgs AS "resolution.seats.org", s.principals AS "resolution.seats.principal_id",
  ARRAY(SELECT p.org FROM resolution_present p WHERE p.resolution_id = r.resolution_id
    ORDER BY 1) AS "resolution.present_orgs",
  c.orgs AS "resolution.recusals.org", c.causes AS "resolution.recusals.cause",
  c.noticed AS "resolution.recusals.is_noticed",
  b.orgs AS "resolution.ballots.member_org", b.choices AS "resolution.ballots.choice",
  b.states AS "resolution.ballots.state", b.indexes AS "resolution.ballots.index",
  (SELECT count(*) FROM resolution_ballot o
    WHERE o.resolution_id = r.resolution_id AND o.member_org = :ctx.actor.org) AS own_ballots
FROM resolution r
LEFT JOIN resolution_rules f USING (resolution_id)
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(org ORDER BY org, principal_id), '{}') AS orgs,
    coalesce(array_agg(principal_id ORDER BY org, principal_id), '{}') AS principals
  FROM resolution_seat WHERE resolution_id = r.resolution_id) s
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(org ORDER BY org), '{}') AS orgs,
    coalesce(array_agg(cause ORDER BY org), '{}') AS causes,
    coalesce(array_agg(is_noticed ORDER BY org), '{}') AS noticed
  FROM resolution_recusal WHERE resolution_id = r.resolution_id) c
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(member_org ORDER BY member_org), '{}') AS orgs,
    coalesce(array_agg(choice ORDER BY member_org), '{}') AS choices,
    coalesce(array_agg(state ORDER BY member_org), '{}') AS states,
    coalesce(array_agg(index ORDER BY member_org), '{}') AS indexes
  FROM resolution_ballot WHERE resolution_id = r.resolution_id AND state = 'CURRENT') b
WHERE r.resolution_id = nullif(:resolution_id, '')::uuid

-- name: facts_board
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT s.orgs AS "board.org", s.principals AS "board.principal_id", s.chairs AS chair_orgs,
  ARRAY(SELECT o.org FROM org o LEFT JOIN member m USING (org)
    WHERE o.kind = 'SECRETARIAT' OR m.state = 'ACTIVE' ORDER BY 1) AS audience,
  f.version AS "rules.version", f.session_notice_days AS "rules.session_notice_days",
  f.circular_notice_days AS "rules.circular_notice_days",
  f.quorum_over_percent AS "rules.quorum_over_percent",
  f.ballots_min_percent AS "rules.ballots_min_percent", f.ballots_min AS "rules.ballots_min",
  f.electors_min AS "rules.electors_min",
  f.majority_over_percent AS "rules.majority_over_percent",
  f.decision_mode AS "rules.decision_mode",
  f.instrument_digest AS "rules.instrument_digest",
  u.org AS "subject.org", u.kind AS "subject.kind",
  CASE u.kind WHEN 'MEMBER' THEN um.state = 'ACTIVE' ELSE u.org IS NOT NULL END
    AS "subject.is_active",
  p.state AS subject_state,
  EXISTS (SELECT 1 FROM bilateral_notice WHERE bilateral_id::text = :subject_id) AS is_bilateral
FROM (
  SELECT coalesce(array_agg(p.org ORDER BY p.org, p.principal_id), '{}') AS orgs,
    coalesce(array_agg(p.principal_id ORDER BY p.org, p.principal_id), '{}') AS principals,
    coalesce(array_agg(p.org ORDER BY p.org) FILTER (WHERE g.is_chair), '{}') AS chairs
  FROM (
    SELECT principal_id, bool_or(role = 'BOARD_CHAIR') AS is_chair FROM role_grant
    WHERE role IN ('BOARD_MEMBER', 'BOARD_CHAIR') GROUP BY principal_id) g
  JOIN principal p USING (principal_id)
  JOIN member m ON m.org = p.org AND m.state = 'ACTIVE') s
LEFT JOIN LATERAL (SELECT * FROM board_rules ORDER BY version DESC LIMIT 1) f ON true
LEFT JOIN org u ON u.org = :subject_org
LEFT JOIN member um ON um.org = u.org
LEFT JOIN partner p ON p.org = u.org

-- name: facts_rescind
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT resolution_id AS "target.resolution_id", state AS "target.state",
  resolution_digest AS "target.resolution_digest"
FROM resolution
WHERE resolution_id::text = :subject_id

-- name: resolution_get
-- in: pidc.v1.GetResolutionRequest
-- out: pidc.v1.GetResolutionResponse
SELECT r.resolution_id AS "resolution.resolution_id", r.kind AS "resolution.kind",
  r.title AS "resolution.title", CASE WHEN v.is_full THEN r.text END AS "resolution.text",
  CASE WHEN v.is_full THEN r.text_digest END AS "resolution.text_digest",
  r.subject_id AS "resolution.subject_id", r.subject_digest AS "resolution.subject_digest",
  r.subject_org AS "resolution.subject_org", r.mode AS "resolution.mode",
  r.resolution_digest AS "resolution.resolution_digest",
  CASE WHEN v.is_full THEN r.proposer_org END AS "resolution.proposer_org",
  CASE WHEN v.is_full THEN r.proposer_id END AS "resolution.proposer_id",
  r.proposed_at AS "resolution.proposed_at",
  CASE WHEN v.is_full THEN r.seconder_org END AS "resolution.seconder_org",
  r.state AS "resolution.state", r.opened_at AS "resolution.opened_at",
  r.closes_at AS "resolution.closes_at", r.closed_at AS "resolution.closed_at",
  r.effect AS "resolution.effect",
  CASE WHEN v.is_full THEN r.reason END AS "resolution.reason",
  r.rescinded_by AS "resolution.rescinded_by", r.version AS "resolution.version",
  r.index AS "resolution.index",
  r.state = 'OPEN' AND r.closes_at <= :ctx.now AS "resolution.is_voting_over",
  l.lapses_at AS "resolution.lapses_at", l.is_lapsed AS "resolution.is_lapsed",
  f.version AS "resolution.rules.version",
  f.session_notice_days AS "resolution.rules.session_notice_days",
  f.circular_notice_days AS "resolution.rules.circular_notice_days",
  f.quorum_over_percent AS "resolution.rules.quorum_over_percent",
  f.ballots_min_percent AS "resolution.rules.ballots_min_percent",
  f.ballots_min AS "resolution.rules.ballots_min",
  f.electors_min AS "resolution.rules.electors_min",
  f.majority_over_percent AS "resolution.rules.majority_over_percent",
  f.instrument_digest AS "resolution.rules.instrument_digest",
  f.is_assumption AS "resolution.rules.is_assumption",
  f.decision_mode AS "resolution.rules.decision_mode",
  s.orgs AS "resolution.seats.org", s.principals AS "resolution.seats.principal_id",
  ARRAY(SELECT p.org FROM resolution_present p
    WHERE p.resolution_id = r.resolution_id AND v.is_full ORDER BY 1) AS "resolution.present_orgs",
  c.orgs AS "resolution.recusals.org", c.causes AS "resolution.recusals.cause",
  c.reasons AS "resolution.recusals.reason", c.noticed AS "resolution.recusals.is_noticed",
  b.orgs AS "resolution.ballots.member_org", b.choices AS "resolution.ballots.choice",
  b.reasons AS "resolution.ballots.reason", b.numbers AS "resolution.ballots.number",
  b.states AS "resolution.ballots.state", b.statements AS "resolution.ballots.statement",
  b.certificates AS "resolution.ballots.certificate",
  b.signatures AS "resolution.ballots.signature", b.signers AS "resolution.ballots.signer_id",
  b.times AS "resolution.ballots.cast_at", b.indexes AS "resolution.ballots.index",
  t.members AS "resolution.tally.members", t.recused AS "resolution.tally.recused",
  t.noticed AS "resolution.tally.noticed", t.electors AS "resolution.tally.electors",
  t.ballots AS "resolution.tally.ballots", t.yes AS "resolution.tally.yes",
  t.no AS "resolution.tally.no", t.abstain AS "resolution.tally.abstain",
  t.quorum AS "resolution.tally.quorum", t.ballots_needed AS "resolution.tally.ballots_needed",
  t.yes_needed AS "resolution.tally.yes_needed",
  t.is_assumption AS "resolution.tally.is_assumption"
FROM resolution r
CROSS JOIN LATERAL (
  SELECT :ctx.sees_all OR :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT') AS is_full) v
LEFT JOIN resolution_rules f ON f.resolution_id = r.resolution_id AND v.is_full
LEFT JOIN resolution_tally t ON t.resolution_id = r.resolution_id AND v.is_full
CROSS JOIN LATERAL (
  SELECT x.lapses_at, x.lapses_at <= :ctx.now AND NOT EXISTS (SELECT 1 FROM policy_history
    WHERE step = 'REVIEW' AND resolution_id = r.resolution_id) AS is_lapsed
  FROM (SELECT CASE WHEN r.state = 'CARRIED' AND r.kind IN ('IN_PRINCIPLE', 'POLICY_REVIEW')
    THEN r.closed_at + interval '12 months' END AS lapses_at) x) l
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(org ORDER BY org, principal_id), '{}') AS orgs,
    coalesce(array_agg(principal_id ORDER BY org, principal_id), '{}') AS principals
  FROM resolution_seat WHERE resolution_id = r.resolution_id AND v.is_full) s
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(org ORDER BY org), '{}') AS orgs,
    coalesce(array_agg(cause ORDER BY org), '{}') AS causes,
    coalesce(array_agg(reason ORDER BY org), '{}') AS reasons,
    coalesce(array_agg(is_noticed ORDER BY org), '{}') AS noticed
  FROM resolution_recusal WHERE resolution_id = r.resolution_id AND v.is_full) c
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(member_org ORDER BY index), '{}') AS orgs,
    coalesce(array_agg(choice ORDER BY index), '{}') AS choices,
    coalesce(array_agg(reason ORDER BY index), '{}') AS reasons,
    coalesce(array_agg(number ORDER BY index), '{}') AS numbers,
    coalesce(array_agg(state ORDER BY index), '{}') AS states,
    coalesce(array_agg(statement ORDER BY index), '{}') AS statements,
    coalesce(array_agg(certificate ORDER BY index), '{}') AS certificates,
    coalesce(array_agg(signature ORDER BY index), '{}') AS signatures,
    coalesce(array_agg(signer_id ORDER BY index), '{}') AS signers,
    coalesce(array_agg(cast_at ORDER BY index), '{}') AS times,
    coalesce(array_agg(index ORDER BY index), '{}') AS indexes
  FROM resolution_ballot
  WHERE resolution_id = r.resolution_id AND v.is_full
    AND (r.closed_at IS NOT NULL OR member_org = :ctx.actor.org)) b
WHERE r.resolution_id = nullif(:resolution_id, '')::uuid
  AND (v.is_full OR r.subject_org = :ctx.actor.org)

-- name: resolution_list
-- in: pidc.v1.ListResolutionsRequest
-- out: pidc.v1.ListResolutionsResponse resolutions
SELECT r.resolution_id, r.kind, r.title, CASE WHEN v.is_full THEN r.text END AS text,
  r.subject_id, r.subject_digest, r.subject_org, r.mode, r.resolution_digest,
  CASE WHEN v.is_full THEN r.proposer_org END AS proposer_org, r.proposed_at,
  CASE WHEN v.is_full THEN r.seconder_org END AS seconder_org, r.state, r.opened_at, r.closes_at,
  r.closed_at, r.effect, r.rescinded_by, r.version, r.index,
  r.state = 'OPEN' AND r.closes_at <= :ctx.now AS is_voting_over, l.lapses_at, l.is_lapsed,
  t.members AS "tally.members", t.recused AS "tally.recused", t.noticed AS "tally.noticed",
  t.electors AS "tally.electors", t.ballots AS "tally.ballots", t.yes AS "tally.yes",
  t.no AS "tally.no", t.abstain AS "tally.abstain", t.quorum AS "tally.quorum",
  t.ballots_needed AS "tally.ballots_needed", t.yes_needed AS "tally.yes_needed",
  t.is_assumption AS "tally.is_assumption",
  r.resolution_id::text AS page_key
FROM resolution r
CROSS JOIN LATERAL (
  SELECT :ctx.sees_all OR :ctx.actor.org_kind IN ('MEMBER', 'SECRETARIAT') AS is_full) v
LEFT JOIN resolution_tally t ON t.resolution_id = r.resolution_id AND v.is_full
CROSS JOIN LATERAL (
  SELECT x.lapses_at, x.lapses_at <= :ctx.now AND NOT EXISTS (SELECT 1 FROM policy_history
    WHERE step = 'REVIEW' AND resolution_id = r.resolution_id) AS is_lapsed
  FROM (SELECT CASE WHEN r.state = 'CARRIED' AND r.kind IN ('IN_PRINCIPLE', 'POLICY_REVIEW')
    THEN r.closed_at + interval '12 months' END AS lapses_at) x) l
WHERE (v.is_full OR r.subject_org = :ctx.actor.org)
  AND (coalesce(:state, '') = '' OR r.state = :state)
  AND (coalesce(:kind, '') = '' OR r.kind = :kind)
  AND (:subject_org = '' OR r.subject_org = :subject_org)
  AND r.resolution_id::text > :ctx.page_key
ORDER BY r.resolution_id::text
LIMIT :ctx.page_limit

-- name: seat_list
-- in: pidc.v1.ListSeatsRequest
-- out: pidc.v1.ListSeatsResponse seats
SELECT p.org, p.principal_id, p.title, bool_or(g.role = 'BOARD_CHAIR') AS is_chair,
  p.org || ' ' || p.principal_id AS page_key
FROM role_grant g
JOIN principal p USING (principal_id)
JOIN member m ON m.org = p.org AND m.state = 'ACTIVE'
WHERE g.role IN ('BOARD_MEMBER', 'BOARD_CHAIR')
  AND p.org || ' ' || p.principal_id > :ctx.page_key
GROUP BY p.org, p.principal_id, p.title
ORDER BY page_key
LIMIT :ctx.page_limit

-- name: board_rules_get
-- in: pidc.v1.GetBoardRulesRequest
-- out: pidc.v1.GetBoardRulesResponse
SELECT version AS "rules.version", session_notice_days AS "rules.session_notice_days",
  circular_notice_days AS "rules.circular_notice_days",
  quorum_over_percent AS "rules.quorum_over_percent",
  ballots_min_percent AS "rules.ballots_min_percent", ballots_min AS "rules.ballots_min",
  electors_min AS "rules.electors_min", majority_over_percent AS "rules.majority_over_percent",
  decision_mode AS "rules.decision_mode",
  instrument_digest AS "rules.instrument_digest"
FROM (VALUES (true)) one
LEFT JOIN LATERAL (SELECT * FROM board_rules ORDER BY version DESC LIMIT 1) f ON true

-- name: facts_resolution_rules
-- in: pidc.store.v1.ResolutionQuery
-- out: pidc.store.v1.ResolutionFacts
SELECT proposal_id AS "rules_proposed.proposal_id", digest AS "rules_proposed.digest",
  version AS "rules_proposed.rules.version",
  session_notice_days AS "rules_proposed.rules.session_notice_days",
  circular_notice_days AS "rules_proposed.rules.circular_notice_days",
  quorum_over_percent AS "rules_proposed.rules.quorum_over_percent",
  ballots_min_percent AS "rules_proposed.rules.ballots_min_percent",
  ballots_min AS "rules_proposed.rules.ballots_min",
  electors_min AS "rules_proposed.rules.electors_min",
  majority_over_percent AS "rules_proposed.rules.majority_over_percent",
  decision_mode AS "rules_proposed.rules.decision_mode"
FROM board_rules_proposal
WHERE proposal_id::text = :subject_id
