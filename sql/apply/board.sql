-- Events of the Board.

-- name: apply_board_rules
-- apply: board_rules_recorded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO board_rules (version, session_notice_days, circular_notice_days, quorum_over_percent,
  ballots_min_percent, ballots_min, electors_min, majority_over_percent, instrument_digest,
  decision_mode, index)
SELECT version, session_days, circular_days, quorum, ballots_share, ballots, electors, majority,
  digest, coalesce(mode, ''), index
FROM unnest(:event.board_rules_recorded.rules.version,
    :event.board_rules_recorded.rules.session_notice_days,
    :event.board_rules_recorded.rules.circular_notice_days,
    :event.board_rules_recorded.rules.quorum_over_percent,
    :event.board_rules_recorded.rules.ballots_min_percent,
    :event.board_rules_recorded.rules.ballots_min,
    :event.board_rules_recorded.rules.electors_min,
    :event.board_rules_recorded.rules.majority_over_percent,
    :event.board_rules_recorded.rules.instrument_digest,
    :event.board_rules_recorded.rules.decision_mode, :index)
  AS e (version, session_days, circular_days, quorum, ballots_share, ballots, electors, majority,
    digest, mode, index)

-- name: apply_board_rules_adopted
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- The effect of a carried resolution.
INSERT INTO board_rules (version, session_notice_days, circular_notice_days, quorum_over_percent,
  ballots_min_percent, ballots_min, electors_min, majority_over_percent, instrument_digest,
  decision_mode, index)
SELECT version, session_days, circular_days, quorum, ballots_share, ballots, electors, majority,
  digest, coalesce(mode, ''), index
FROM unnest(:event.resolution_closed.rules.version,
    :event.resolution_closed.rules.session_notice_days,
    :event.resolution_closed.rules.circular_notice_days,
    :event.resolution_closed.rules.quorum_over_percent,
    :event.resolution_closed.rules.ballots_min_percent,
    :event.resolution_closed.rules.ballots_min,
    :event.resolution_closed.rules.electors_min,
    :event.resolution_closed.rules.majority_over_percent,
    :event.resolution_closed.rules.instrument_digest,
    :event.resolution_closed.rules.decision_mode, :index)
  AS e (version, session_days, circular_days, quorum, ballots_share, ballots, electors, majority,
    digest, mode, index)
WHERE version IS NOT NULL

-- name: apply_board_rules_proposed
-- apply: board_rules_proposed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO board_rules_proposal (proposal_id, version, session_notice_days, circular_notice_days,
  quorum_over_percent, ballots_min_percent, ballots_min, electors_min, majority_over_percent,
  decision_mode, digest, index)
SELECT id::uuid, version, session_days, circular_days, quorum, ballots_share, ballots, electors,
  majority, coalesce(mode, ''), digest, index
FROM unnest(:event.board_rules_proposed.proposal_id,
    :event.board_rules_proposed.rules.version,
    :event.board_rules_proposed.rules.session_notice_days,
    :event.board_rules_proposed.rules.circular_notice_days,
    :event.board_rules_proposed.rules.quorum_over_percent,
    :event.board_rules_proposed.rules.ballots_min_percent,
    :event.board_rules_proposed.rules.ballots_min,
    :event.board_rules_proposed.rules.electors_min,
    :event.board_rules_proposed.rules.majority_over_percent,
    :event.board_rules_proposed.rules.decision_mode,
    :event.board_rules_proposed.digest, :index)
  AS e (id, version, session_days, circular_days, quorum, ballots_share, ballots, electors, majority,
    mode, digest, index)

-- name: apply_resolution_proposed
-- apply: resolution_proposed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution (resolution_id, kind, title, text, text_digest, subject_id, subject_digest,
  subject_org, mode, resolution_digest, proposer_org, proposer_id, proposed_at, state, version,
  index)
SELECT id::uuid, kind, title, text, text_digest, subject_id, subject_digest, subject_org, mode,
  digest, proposer_org, proposer_id, tx_time, 'TABLED', version, index
FROM unnest(:event.resolution_proposed.resolution.resolution_id,
    :event.resolution_proposed.resolution.kind, :event.resolution_proposed.resolution.title,
    :event.resolution_proposed.resolution.text,
    :event.resolution_proposed.resolution.text_digest,
    :event.resolution_proposed.resolution.subject_id,
    :event.resolution_proposed.resolution.subject_digest,
    :event.resolution_proposed.resolution.subject_org,
    :event.resolution_proposed.resolution.mode,
    :event.resolution_proposed.resolution.resolution_digest,
    :event.resolution_proposed.resolution.proposer_org,
    :event.resolution_proposed.resolution.proposer_id, :tx_time, :event.entity_version, :index)
  AS e (id, kind, title, text, text_digest, subject_id, subject_digest, subject_org, mode, digest,
    proposer_org, proposer_id, tx_time, version, index)

-- name: apply_resolution_seconded
-- apply: resolution_seconded
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = 'SECONDED', seconder_org = e.org, version = e.version, index = e.index
FROM unnest(:event.resolution_seconded.resolution_id, :event.resolution_seconded.seconder_org,
    :event.entity_version, :index) AS e (id, org, version, index)
WHERE r.resolution_id = e.id::uuid

-- name: apply_resolution_opened
-- apply: resolution_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = 'OPEN', opened_at = e.tx_time, closes_at = e.closes_at, version = e.version,
  index = e.index
FROM unnest(:event.resolution_opened.resolution_id, :event.resolution_opened.closes_at, :tx_time,
    :event.entity_version, :index) AS e (id, closes_at, tx_time, version, index)
WHERE r.resolution_id = e.id::uuid

-- name: apply_resolution_rules
-- apply: resolution_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_rules (resolution_id, version, session_notice_days, circular_notice_days,
  quorum_over_percent, ballots_min_percent, ballots_min, electors_min, majority_over_percent,
  instrument_digest, is_assumption, decision_mode, index)
SELECT id::uuid, version, session_days, circular_days, quorum, ballots_share, ballots, electors,
  majority, digest, is_assumption, coalesce(mode, ''), index
FROM unnest(:event.resolution_opened.resolution_id, :event.resolution_opened.rules.version,
    :event.resolution_opened.rules.session_notice_days,
    :event.resolution_opened.rules.circular_notice_days,
    :event.resolution_opened.rules.quorum_over_percent,
    :event.resolution_opened.rules.ballots_min_percent,
    :event.resolution_opened.rules.ballots_min, :event.resolution_opened.rules.electors_min,
    :event.resolution_opened.rules.majority_over_percent,
    :event.resolution_opened.rules.instrument_digest,
    :event.resolution_opened.rules.is_assumption,
    :event.resolution_opened.rules.decision_mode, :index)
  AS e (id, version, session_days, circular_days, quorum, ballots_share, ballots, electors,
    majority, digest, is_assumption, mode, index)

-- name: apply_resolution_seats
-- apply: resolution_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_seat (resolution_id, principal_id, org, index)
SELECT id::uuid, principal_id, org, index
FROM unnest(:event.resolution_opened.seats.^.resolution_id,
    :event.resolution_opened.seats.principal_id, :event.resolution_opened.seats.org,
    :event.resolution_opened.seats.^.^.^.index) AS e (id, principal_id, org, index)

-- name: apply_resolution_present
-- apply: resolution_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_present (resolution_id, org, index)
SELECT id::uuid, org, index
FROM unnest(:event.resolution_opened.present_orgs.^.resolution_id,
    :event.resolution_opened.present_orgs,
    :event.resolution_opened.present_orgs.^.^.^.index) AS e (id, org, index)

-- name: apply_resolution_recused_subject
-- apply: resolution_opened
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_recusal (resolution_id, org, cause, reason, is_noticed, index)
SELECT id::uuid, org, 'SUBJECT', '', false, index
FROM unnest(:event.resolution_opened.resolution_id, :event.resolution_opened.recused_subject,
    :index) AS e (id, org, index)
WHERE org <> ''

-- name: apply_member_recused
-- apply: member_recused
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
-- A ruling stays one; that the member took notice is added.
INSERT INTO resolution_recusal AS r (resolution_id, org, cause, reason, is_noticed, index)
SELECT DISTINCT ON (id, org) id::uuid, org, cause, reason,
  bool_or(cause = 'DECLARED') OVER (PARTITION BY id, org),
  max(index) OVER (PARTITION BY id, org)
FROM unnest(:event.member_recused.resolution_id, :event.member_recused.org,
    :event.member_recused.cause, :event.member_recused.reason, :index)
  AS e (id, org, cause, reason, index)
ORDER BY id, org, e.index
ON CONFLICT (resolution_id, org) DO UPDATE
SET is_noticed = r.is_noticed OR excluded.is_noticed, index = excluded.index

-- name: apply_recused_ballot
-- apply: member_recused
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution_ballot b
SET state = 'VOID'
FROM unnest(:event.member_recused.resolution_id, :event.member_recused.org) AS e (id, org)
WHERE b.resolution_id = e.id::uuid AND b.member_org = e.org AND b.state = 'CURRENT'

-- name: apply_recused_version
-- apply: member_recused
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET version = e.version, index = e.index
FROM (
  SELECT id, max(version) AS version, max(index) AS index
  FROM unnest(:event.member_recused.resolution_id, :event.entity_version, :index)
    AS x (id, version, index)
  GROUP BY id) e
WHERE r.resolution_id = e.id::uuid

-- name: apply_ballot_replaced
-- apply: ballot_cast
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution_ballot b
SET state = 'REPLACED'
FROM unnest(:event.ballot_cast.resolution_id, :event.ballot_cast.member_org) AS e (id, org)
WHERE b.resolution_id = e.id::uuid AND b.member_org = e.org AND b.state = 'CURRENT'

-- name: apply_ballot_cast
-- apply: ballot_cast
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_ballot (resolution_id, member_org, number, choice, reason, state, statement,
  certificate, signature, signer_id, cast_at, index)
SELECT id::uuid, org, number, choice, reason,
  CASE WHEN number = max(number) OVER (PARTITION BY id, org) THEN 'CURRENT' ELSE 'REPLACED' END,
  statement, c.certificate, signature, signer_id, tx_time, e.index
FROM unnest(:event.ballot_cast.resolution_id, :event.ballot_cast.member_org,
    :event.ballot_cast.number, :event.ballot_cast.choice, :event.ballot_cast.reason,
    :event.ballot_cast.signed.statement, :event.ballot_cast.signed.signature.value,
    :event.ballot_cast.signer_id, :tx_time, :index)
  AS e (id, org, number, choice, reason, statement, signature, signer_id, tx_time, index)
JOIN unnest(:event.ballot_cast.signed.signature.certificate_chain.^.^.^.^.^.index,
    :event.ballot_cast.signed.signature.certificate_chain.#,
    :event.ballot_cast.signed.signature.certificate_chain) AS c (index, position, certificate)
  ON c.index = e.index AND c.position = 1

-- name: apply_ballot_version
-- apply: ballot_cast
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET version = e.version, index = e.index
FROM (
  SELECT id, max(version) AS version, max(index) AS index
  FROM unnest(:event.ballot_cast.resolution_id, :event.entity_version, :index)
    AS x (id, version, index)
  GROUP BY id) e
WHERE r.resolution_id = e.id::uuid

-- name: apply_resolution_closed
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = e.state, closed_at = e.tx_time, effect = e.effect, version = e.version,
  index = e.index
FROM unnest(:event.resolution_closed.resolution_id, :event.resolution_closed.state,
    :event.resolution_closed.effect, :tx_time, :event.entity_version, :index)
  AS e (id, state, effect, tx_time, version, index)
WHERE r.resolution_id = e.id::uuid

-- name: apply_resolution_tally
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO resolution_tally (resolution_id, members, recused, noticed, electors, ballots, yes, no,
  abstain, quorum, ballots_needed, yes_needed, is_assumption, index)
SELECT id::uuid, members, recused, noticed, electors, ballots, yes, no, abstain, quorum,
  ballots_needed, yes_needed, is_assumption, index
FROM unnest(:event.resolution_closed.resolution_id, :event.resolution_closed.tally.members,
    :event.resolution_closed.tally.recused, :event.resolution_closed.tally.noticed,
    :event.resolution_closed.tally.electors, :event.resolution_closed.tally.ballots,
    :event.resolution_closed.tally.yes, :event.resolution_closed.tally.no,
    :event.resolution_closed.tally.abstain, :event.resolution_closed.tally.quorum,
    :event.resolution_closed.tally.ballots_needed, :event.resolution_closed.tally.yes_needed,
    :event.resolution_closed.tally.is_assumption, :index)
  AS e (id, members, recused, noticed, electors, ballots, yes, no, abstain, quorum,
    ballots_needed, yes_needed, is_assumption, index)

-- name: apply_resolution_rescinded
-- apply: resolution_closed
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = 'RESCINDED', rescinded_by = e.id::uuid, version = r.version + 1, index = e.index
FROM unnest(:event.resolution_closed.resolution_id, :event.resolution_closed.rescinded_id, :index)
  AS e (id, rescinded, index)
WHERE r.resolution_id = nullif(e.rescinded, '')::uuid

-- name: apply_resolution_withdrawn
-- apply: resolution_withdrawn
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = 'WITHDRAWN', reason = e.reason, version = e.version, index = e.index
FROM unnest(:event.resolution_withdrawn.resolution_id, :event.resolution_withdrawn.reason,
    :event.entity_version, :index) AS e (id, reason, version, index)
WHERE r.resolution_id = e.id::uuid

-- name: apply_resolution_deferred
-- apply: resolution_deferred
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
UPDATE resolution r
SET state = 'DEFERRED', reason = e.reason, version = e.version, index = e.index
FROM unnest(:event.resolution_deferred.resolution_id, :event.resolution_deferred.reason,
    :event.entity_version, :index) AS e (id, reason, version, index)
WHERE r.resolution_id = e.id::uuid
