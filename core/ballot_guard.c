/* SPDX-License-Identifier: ISC
 *
 * Guards of an open vote: ballots, its end, and what a rescission needs.
 */
#include "core/board.h"
#include "core/resolution_guard.h"
#include "core/text.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

static const struct resolution_subject *subject_of(const void *subject)
{
	return subject;
}

/* The clock closes a vote, whether or not anybody has counted. */
static bool is_over(const struct resolution_subject *s)
{
	const Google__Protobuf__Timestamp *closes_at = s->resolution->closes_at;
	int64_t us;

	return closes_at == NULL || !time_from_proto(closes_at, &us) || us <= s->in->now_us;
}

static int check_voting(const void *user, struct refusal *refusal)
{
	return is_over(subject_of(user)) ? refuse(refusal, REASON(E_VOTE_CLOSED), NULL, NULL) : 0;
}

/* --- a ballot -------------------------------------------------------------------------- */

static int check_own_ballot(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	if (strcmp(s->ballot->member_org, s->in->actor->org) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), "member_org",
			      "nobody votes for another");
	return strcmp(s->ballot->origin, s->in->origin) == 0
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "origin", "signed for another register");
}

static int check_elector(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return board_has(s->resolution->seats, s->resolution->n_seats, s->ballot->member_org)
		       ? 0
		       : refuse(refusal, REASON(E_NOT_ELECTOR), "member_org",
				"it had no seat when the vote opened");
}

static int check_voter_not_recused(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return recusal_find(s->resolution, s->ballot->member_org) == NULL
		       ? 0
		       : refuse(refusal, REASON(E_RECUSED), "member_org", NULL);
}

/* The key belongs to who held a seat of the member when the vote opened, whoever holds
 * it now. */
static int check_seat_signs(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const Pidc__Store__V1__PrincipalFacts *signer = s->facts->signer;

	if (signer == NULL || !signer->key_bound ||
	    signer->key_state != PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE)
		return refuse(refusal, REASON(E_OWNER_ONLY), "signed.signature",
			      "the key that signed is not bound");
	for (size_t i = 0; i < s->resolution->n_seats; i++) {
		const Pidc__V1__BoardSeat *seat = s->resolution->seats[i];

		if (strcmp(seat->org, s->ballot->member_org) == 0 &&
		    strcmp(seat->principal_id, signer->key_principal_id) == 0)
			return 0;
	}
	return refuse(refusal, REASON(E_OWNER_ONLY), "signed.signature",
		      "who signed held no seat of this member when the vote opened");
}

/* The signer has seen exactly what is voted on (L9). */
static int check_same_text(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const ProtobufCBinaryData *seen = &s->ballot->resolution_digest;
	const ProtobufCBinaryData *is = &s->resolution->resolution_digest;

	return seen->len == is->len && memcmp(seen->data, is->data, is->len) == 0
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "resolution_digest",
				"not of this resolution");
}

static int check_next_ballot(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return s->ballot->number == s->facts->own_ballots + 1
		       ? 0
		       : refuse(refusal, REASON(E_VERSION), "number", "the next is number %u",
				s->facts->own_ballots + 1);
}

const struct machine_guard guard_voting = {"before the closing time", check_voting};
const struct machine_guard guard_own_ballot = {"own member, this register", check_own_ballot};
const struct machine_guard guard_elector = {"member had a seat at opening", check_elector};
const struct machine_guard guard_voter_not_recused = {"member not recused (SD-4)",
						      check_voter_not_recused};
const struct machine_guard guard_seat_signs = {"signed by who held the seat", check_seat_signs};
const struct machine_guard guard_same_text = {"on this text", check_same_text};
const struct machine_guard guard_next_ballot = {"next number of the member", check_next_ballot};

/* --- the end ---------------------------------------------------------------------------- */

static int check_voting_done(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	Pidc__V1__BoardRules spare;
	Pidc__V1__Tally tally;

	if (is_over(s))
		return 0;
	tally_count(s->resolution, board_rules_of(s->facts, &spare), &tally);
	return tally.ballots == tally.electors
		       ? 0
		       : refuse(refusal, REASON(E_DEADLINE), NULL,
				"the vote is open until closes_at, or until all %u have voted",
				tally.electors);
}

static int check_no_ballots(const void *user, struct refusal *refusal)
{
	return subject_of(user)->resolution->n_ballots == 0
		       ? 0
		       : refuse(refusal, REASON(E_STATE), NULL,
				"a ballot was cast: the vote goes on to its end");
}

static int check_rescinded_text(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const ProtobufCBinaryData *is = &s->resolution->resolution_digest;

	return s->rescinds_digest->len == is->len &&
			       memcmp(s->rescinds_digest->data, is->data, is->len) == 0
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "subject_digest",
				"not of the resolution that it names");
}

const struct machine_guard guard_voting_done = {"closing time passed, or all have voted",
						check_voting_done};
const struct machine_guard guard_no_ballots = {"no ballot cast", check_no_ballots};
const struct machine_guard guard_rescinded_text = {
	"a carried resolution of kind RESCIND names its digest", check_rescinded_text};
