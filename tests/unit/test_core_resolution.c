/* SPDX-License-Identifier: ISC
 *
 * The machine of a resolution, over its full cross product: what is listed passes with all
 * guards true and fails with each one false; what is not listed is E_STATE (PRO-0.a).
 * CTest labels: process
 */
#include "core/resolution_guard.h"
#include "tests/lib/board_story.h"
#include "tests/lib/machine_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ROLE(name)   PIDC__V1__ROLE__ROLE_##name
#define YES          PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_YES

static struct board_story b;

static char *text(const char *s)
{
	return story_text(&b.story, s);
}

/* --- how each guard is made false ------------------------------------------------------ */

static void no_title(void)
{
	b.resolution.title = text("");
}

static void rescinds_nothing(void)
{
	b.resolution.kind = KIND(RESCIND);
	b.resolution.subject_id = story_id(&b.story, "other");
	b.resolution.subject_digest = b.rescinds;
}

static void own_proposal(void)
{
	b.resolution.proposer_org = text("fj");
}

static void other_proposal(void)
{
	b.resolution.proposer_org = text("tv");
}

static void recused(void)
{
	board_story_recuse(&b, "fj", 1);
}

static void no_chair(void)
{
	board_story_act(&b, "tv", ROLE(BOARD_MEMBER));
}

static void short_notice(void)
{
	b.resolution.proposed_at = story_time(&b.story, STORY_NOW - 13 * STORY_DAY);
}

static void a_partnership(void)
{
	b.resolution.kind = KIND(PARTNERSHIP_APPROVAL);
}

static void closes_yesterday(void)
{
	b.opening.closes_at = story_time(&b.story, STORY_NOW - STORY_DAY);
}

static void somebody_present(void)
{
	b.opening.present_orgs = story_list(&b.story, &b.opening.n_present_orgs, "fj", NULL);
}

static void two_members(void)
{
	board_story_seat(&b, "fj tv fj fj");
}

static void for_another(void)
{
	no_chair();
	b.subject.org = "fj";
}

static void no_reason(void)
{
	b.subject.reason = "";
}

static void no_seat(void)
{
	board_story_seat(&b, "nz pf tv ws");
}

static void over(void)
{
	b.resolution.closes_at = story_time(&b.story, STORY_NOW);
}

static void of_another(void)
{
	b.ballot.member_org = text("tv");
}

static void other_signer(void)
{
	b.signer.key_principal_id = text("tv-3");
}

static void other_text(void)
{
	static uint8_t other[SHA256_LEN] = {9};

	b.ballot.resolution_digest.data = other;
	b.rescinds.data = other;
}

static void old_number(void)
{
	b.facts.own_ballots = 1;
}

static void still_voting(void)
{
	b.resolution.closes_at = story_time(&b.story, STORY_NOW + 1);
}

static void a_vote(void)
{
	board_story_vote(&b, "tv", YES);
}

static const struct spoiler {
	const struct machine_guard *guard;
	void (*spoil)(void);
	Pidc__V1__Reason reason;
} spoilers[] = {
	{&guard_well_formed, no_title, REASON(E_FIELD)},
	{&guard_subject_fits, rescinds_nothing, REASON(E_NOT_FOUND)},
	{&guard_other_member, own_proposal, REASON(E_SOD)},
	{&guard_seconder_not_recused, recused, REASON(E_RECUSED)},
	{&guard_closer_not_recused, recused, REASON(E_RECUSED)},
	{&guard_presides, no_chair, REASON(E_ROLE)},
	{&guard_notice, short_notice, REASON(E_DEADLINE)},
	{&guard_prerequisites, a_partnership, REASON(E_PREREQ_DD)},
	{&guard_closing_time, closes_yesterday, REASON(E_BACKDATED)},
	{&guard_attendance, somebody_present, REASON(E_FIELD)},
	{&guard_electors, two_members, REASON(E_QUORUM)},
	{&guard_own_or_ruled, for_another, REASON(E_ROLE)},
	{&guard_reason, no_reason, REASON(E_FIELD)},
	{&guard_seated, no_seat, REASON(E_NOT_ELECTOR)},
	{&guard_not_yet_recused, recused, REASON(E_EXISTS)},
	{&guard_voting, over, REASON(E_VOTE_CLOSED)},
	{&guard_own_ballot, of_another, REASON(E_OWNER_ONLY)},
	{&guard_elector, no_seat, REASON(E_NOT_ELECTOR)},
	{&guard_voter_not_recused, recused, REASON(E_RECUSED)},
	{&guard_seat_signs, other_signer, REASON(E_OWNER_ONLY)},
	{&guard_same_text, other_text, REASON(E_FIELD)},
	{&guard_next_ballot, old_number, REASON(E_VERSION)},
	{&guard_voting_done, still_voting, REASON(E_DEADLINE)},
	{&guard_proposer, other_proposal, REASON(E_OWNER_ONLY)},
	{&guard_no_ballots, a_vote, REASON(E_STATE)},
	{&guard_rescinded_text, other_text, REASON(E_STALE_APPROVAL)},
};

static const struct spoiler *spoiler_find(const struct machine_guard *guard)
{
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++)
		if (spoilers[i].guard == guard)
			return &spoilers[i];
	fail_msg("nobody makes \"%s\" false", guard->name);
	return NULL;
}

/* A world in which every guard of the move holds. */
static void world(int state, int event)
{
	board_story_open(&b, (Pidc__V1__ResolutionState)state);
	b.resolution.proposer_org = text(event == RESOLUTION_WITHDRAW ? "fj" : "sec");
	if (event == RESOLUTION_CARRY || event == RESOLUTION_LOSE ||
	    event == RESOLUTION_MISS_QUORUM)
		over();
}

static int step(int event, int *ret_state, struct refusal *refusal)
{
	memset(refusal, 0, sizeof(*refusal));
	return resolution_step(&b.subject, (enum resolution_event)event, ret_state, refusal);
}

static void expect(int event, Pidc__V1__Reason reason)
{
	struct refusal refusal;
	int state;

	assert_int_equal(step(event, &state, &refusal), PIDC_EREFUSED);
	if (refusal.reason != reason)
		fail_msg("%s: %s, not %s", resolution_machine.events[event],
			 reason_name(refusal.reason), reason_name(reason));
}

static void one_pair(int state, int event)
{
	const struct machine_move *move = machine_move_find(&resolution_machine, state, event);
	struct refusal refusal;
	int next = 0;

	world(state, event);
	if (move == NULL) {
		expect(event, REASON(E_STATE));
		board_story_close(&b);
		return;
	}
	assert_int_equal(step(event, &next, &refusal), 0);
	assert_int_equal(next, move->to);
	board_story_act(&b, "fj", ROLE(MEMBER_AGENT));
	if (move->roles != 0)
		expect(event, REASON(E_ROLE));
	board_story_close(&b);
	for (size_t i = 0; i < MACHINE_GUARDS_MAX && move->guards[i] != NULL; i++) {
		world(state, event);
		spoiler_find(move->guards[i])->spoil();
		expect(event, spoiler_find(move->guards[i])->reason);
		board_story_close(&b);
	}
}

/* PRO-0.a */
static void every_state_meets_every_event(void **state)
{
	(void)state;
	for (unsigned i = 0; i < resolution_machine.states->n_values; i++)
		for (int event = 0; event < RESOLUTION_EVENT_COUNT; event++)
			one_pair(resolution_machine.states->values[i].value, event);
}

static void the_table_is_sound_and_documented(void **state)
{
	(void)state;
	machine_table_check(&resolution_machine);
	machine_doc_check(&resolution_machine, "board.md");
}

/* SD-4: any of the Board stands in for a chair who is recused. */
static void another_opens_for_a_chair_who_is_recused(void **state)
{
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(SECONDED), RESOLUTION_OPEN);
	recused();
	expect(RESOLUTION_OPEN, REASON(E_RECUSED));
	no_chair();
	assert_int_equal(step(RESOLUTION_OPEN, &next, &refusal), 0);
	board_story_recuse(&b, "tv", 1);
	expect(RESOLUTION_OPEN, REASON(E_RECUSED));
	board_story_close(&b);
}

/* A recused member may still take notice, once; a ruling is for the chair. */
static void notice_is_taken_after_a_ruling(void **state)
{
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(OPEN), RESOLUTION_RECUSE);
	board_story_recuse(&b, "fj", 0);
	assert_int_equal(step(RESOLUTION_RECUSE, &next, &refusal), 0);
	b.subject.org = "tv";
	assert_int_equal(step(RESOLUTION_RECUSE, &next, &refusal), 0);
	board_story_recuse(&b, "tv", 0);
	expect(RESOLUTION_RECUSE, REASON(E_EXISTS));
	board_story_close(&b);
}

/* PRO-2a: a partner's money only within an active partnership. */
static void money_needs_the_partnership_first(void **state)
{
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(SECONDED), RESOLUTION_OPEN);
	b.resolution.kind = KIND(FUNDING_ACCEPTANCE);
	b.resolution.subject_org = text("iom");
	b.facts.subject = story_org(&b.story, "iom",
				    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER, 1);
	b.facts.subject_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED;
	expect(RESOLUTION_OPEN, REASON(E_PREREQ_BOARD));
	b.facts.subject_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE;
	assert_int_equal(step(RESOLUTION_OPEN, &next, &refusal), 0);
	board_story_close(&b);
}

/* SD-14: the member that it is about is no elector. */
static void the_subject_counts_as_recused(void **state)
{
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(SECONDED), RESOLUTION_OPEN);
	board_story_seat(&b, "fj nz tv");
	assert_int_equal(step(RESOLUTION_OPEN, &next, &refusal), 0);
	b.resolution.subject_org = text("nz");
	expect(RESOLUTION_OPEN, REASON(E_QUORUM));
	board_story_close(&b);
}

/* Early, as soon as everybody has voted. */
static void a_vote_ends_when_all_have_voted(void **state)
{
	static const char *const all[] = {"nz", "pf", "tv", "ws"};
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(OPEN), RESOLUTION_CAST);
	for (size_t i = 0; i < 4; i++)
		board_story_vote(&b, all[i], YES);
	expect(RESOLUTION_CARRY, REASON(E_DEADLINE));
	board_story_vote(&b, "fj", YES);
	assert_int_equal(step(RESOLUTION_CARRY, &next, &refusal), 0);
	assert_int_equal(next, STATE(CARRIED));
	board_story_close(&b);
}

/* A change of the Board while OPEN changes nothing: the frozen holder votes, the new one
 * does not. */
static void the_frozen_holder_votes(void **state)
{
	struct refusal refusal;
	int next;

	(void)state;
	world(STATE(OPEN), RESOLUTION_CAST);
	b.facts.n_board = 0;
	assert_int_equal(step(RESOLUTION_CAST, &next, &refusal), 0);
	b.signer.key_principal_id = text("fj-new");
	expect(RESOLUTION_CAST, REASON(E_OWNER_ONLY));
	board_story_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_meets_every_event),
		cmocka_unit_test(the_table_is_sound_and_documented),
		cmocka_unit_test(another_opens_for_a_chair_who_is_recused),
		cmocka_unit_test(notice_is_taken_after_a_ruling),
		cmocka_unit_test(money_needs_the_partnership_first),
		cmocka_unit_test(the_subject_counts_as_recused),
		cmocka_unit_test(a_vote_ends_when_all_have_voted),
		cmocka_unit_test(the_frozen_holder_votes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
