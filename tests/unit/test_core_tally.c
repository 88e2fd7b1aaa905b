/* SPDX-License-Identifier: ISC
 *
 * Counting votes: quorum, majority, recusals; one vote a member (PRI-1b).
 * CTest labels: process
 */
#include "tests/lib/board_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name

/* Ten members, of which the first recused are recused; then yes, no and abstaining
 * ballots of the others. */
static const char *const members[] = {"as", "au", "ck", "fj", "fm", "ki", "nz", "pf", "tv", "ws"};

struct count {
	unsigned members, recused, yes, no, abstain;
	enum resolution_event outcome;
};

static void count_world(struct board_story *b, const struct count *c, int is_noticed)
{
	char seats[64] = "";
	unsigned at = 0;

	board_story_open(b, STATE(OPEN));
	for (unsigned i = 0; i < c->members; i++) {
		strcat(seats, members[i]);
		strcat(seats, " ");
	}
	board_story_seat(b, seats);
	for (; at < c->recused; at++)
		board_story_recuse(b, members[at], is_noticed);
	for (unsigned i = 0; i < c->yes + c->no + c->abstain; i++)
		board_story_vote(b, members[at++],
				 i < c->yes ? PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_YES
				 : i < c->yes + c->no
					 ? PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_NO
					 : PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_ABSTAIN);
}

static void worked_cases(void **state)
{
	static const struct count cases[] = {
		{10, 0, 5, 0, 0, RESOLUTION_MISS_QUORUM}, /* half is not more than half */
		{10, 0, 3, 2, 1, RESOLUTION_CARRY},
		{10, 2, 3, 1, 0, RESOLUTION_CARRY},       /* 4 + 2 of 10, 4 of 8 */
		{10, 3, 3, 0, 0, RESOLUTION_MISS_QUORUM}, /* 3 of 7 electors */
		{8, 0, 4, 0, 0, RESOLUTION_MISS_QUORUM},  /* four of eight */
		{5, 0, 2, 0, 0, RESOLUTION_MISS_QUORUM},
		{5, 3, 2, 0, 0, RESOLUTION_MISS_QUORUM}, /* never fewer than three */
		{6, 0, 2, 2, 0, RESOLUTION_LOSE},        /* a tie, no casting vote */
		{6, 0, 1, 2, 3, RESOLUTION_LOSE},
		{6, 0, 1, 0, 4, RESOLUTION_CARRY}, /* abstentions are not counted */
		{6, 0, 0, 0, 6, RESOLUTION_LOSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__BoardRules rules;
		Pidc__V1__Tally tally;
		struct board_story b;
		enum resolution_event outcome;

		count_world(&b, &cases[i], 1);
		board_rules_default(&rules);
		outcome = tally_count(&b.resolution, &rules, &tally);
		if (outcome != cases[i].outcome)
			fail_msg("case %zu: %s", i, resolution_machine.events[outcome]);
		assert_int_equal(tally.members, cases[i].members);
		assert_int_equal(tally.recused, cases[i].recused);
		assert_int_equal(tally.yes, cases[i].yes);
		assert_true(tally.is_assumption); /* A5 */
		board_story_close(&b);
	}
}

/* Recused members help the quorum only when they took notice; in session, when present. */
static void notice_counts_for_the_quorum(void **state)
{
	static const struct count c = {10, 2, 3, 1, 0, RESOLUTION_CARRY};
	Pidc__V1__BoardRules rules;
	Pidc__V1__Tally tally;
	struct board_story b;

	(void)state;
	board_rules_default(&rules);
	count_world(&b, &c, 0);
	assert_int_equal(tally_count(&b.resolution, &rules, &tally), RESOLUTION_MISS_QUORUM);
	assert_int_equal(tally.noticed, 0);
	b.resolution.mode = PIDC__V1__VOTING_MODE__VOTING_MODE_IN_SESSION;
	b.resolution.present_orgs =
		story_list(&b.story, &b.resolution.n_present_orgs, members[0], members[1], NULL);
	assert_int_equal(tally_count(&b.resolution, &rules, &tally), RESOLUTION_CARRY);
	assert_int_equal(tally.noticed, 2);
	board_story_close(&b);
}

/* Two seats of a member: one member, one vote. */
static void seats_are_not_votes(void **state)
{
	Pidc__V1__BoardRules rules;
	Pidc__V1__Tally tally;
	struct board_story b;

	(void)state;
	board_story_open(&b, STATE(OPEN));
	board_story_seat(&b, "fj fj fj tv nz");
	board_rules_default(&rules);
	tally_count(&b.resolution, &rules, &tally);
	assert_int_equal(tally.members, 3);
	assert_int_equal(tally.electors, 3);
	assert_int_equal(tally.quorum, 2);
	board_story_close(&b);
}

/* The Board's own rules are counted by, and are no assumption. */
static void adopted_rules_are_counted_by(void **state)
{
	static const struct count c = {9, 0, 5, 3, 0, RESOLUTION_LOSE};
	Pidc__V1__BoardRules rules;
	Pidc__V1__Tally tally;
	struct board_story b;

	(void)state;
	count_world(&b, &c, 1);
	board_rules_default(&rules);
	assert_int_equal(tally_count(&b.resolution, &rules, &tally), RESOLUTION_CARRY);
	rules.majority_over_percent = 66;
	rules.is_assumption = 0;
	assert_int_equal(tally_count(&b.resolution, &rules, &tally), RESOLUTION_LOSE);
	assert_int_equal(tally.yes_needed, 6);
	assert_false(tally.is_assumption);
	rules.quorum_over_percent = 90;
	assert_int_equal(tally_count(&b.resolution, &rules, &tally), RESOLUTION_MISS_QUORUM);
	board_story_close(&b);
}

/* A34: the same quorum, and nobody who objects. */
static void by_consensus_one_objection_is_enough(void **state)
{
	static const struct count cases[] = {
		{6, 0, 0, 0, 4, RESOLUTION_CARRY},
		{6, 0, 5, 1, 0, RESOLUTION_LOSE},
		{6, 0, 2, 0, 0, RESOLUTION_MISS_QUORUM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__BoardRules rules;
		Pidc__V1__Tally tally;
		struct board_story b;

		count_world(&b, &cases[i], 1);
		board_rules_default(&rules);
		rules.decision_mode = PIDC__V1__DECISION_MODE__DECISION_MODE_CONSENSUS_NO_OBJECTION;
		assert_int_equal(tally_count(&b.resolution, &rules, &tally), cases[i].outcome);
		board_story_close(&b);
	}
}

/* --- closing ----------------------------------------------------------------------- */

static Pidc__V1__CloseResolutionRequest request = PIDC__V1__CLOSE_RESOLUTION_REQUEST__INIT;

static void rescinding(struct board_story *b, const struct count *c,
		       Pidc__Store__V1__ResolutionTarget *target)
{
	count_world(b, c, 1);
	pidc__store__v1__resolution_target__init(target);
	b->resolution.kind = PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_RESCIND;
	b->resolution.closes_at = story_time(&b->story, STORY_NOW);
	b->resolution.subject_digest = b->resolution.resolution_digest;
	b->in.request = &request.base;
	target->resolution_id = story_id(&b->story, "other");
	target->state = STATE(CARRIED);
	target->resolution_digest = b->resolution.resolution_digest;
	b->facts.target = target;
}

static const struct count carried = {6, 0, 4, 1, 0, RESOLUTION_CARRY};

static void a_carried_rescission_ends_the_other(void **state)
{
	Pidc__Store__V1__ResolutionTarget target;
	struct board_story b;
	Pidc__V1__Event event;

	(void)state;
	rescinding(&b, &carried, &target);
	story_expect_event(&b.in, rule_close_resolution, &event,
			   PIDC__V1__EVENT__BODY_RESOLUTION_CLOSED);
	assert_int_equal(event.resolution_closed->state, STATE(CARRIED));
	assert_int_equal(event.resolution_closed->effect, EFFECT(DONE));
	assert_string_equal(event.resolution_closed->rescinded_id, target.resolution_id);
	assert_int_equal(event.resolution_closed->n_ballots, 5);
	assert_int_equal(event.entity_version, 5);
	board_story_close(&b);
}

/* Stale: carried, and nothing happens. */
static void a_stale_rescission_ends_nothing(void **state)
{
	Pidc__Store__V1__ResolutionTarget target;
	static uint8_t other[SHA256_LEN] = {8};
	struct board_story b;
	Pidc__V1__Event event;

	(void)state;
	rescinding(&b, &carried, &target);
	target.resolution_digest.data = other;
	story_expect_event(&b.in, rule_close_resolution, &event,
			   PIDC__V1__EVENT__BODY_RESOLUTION_CLOSED);
	assert_int_equal(event.resolution_closed->effect, EFFECT(STALE));
	assert_string_equal(event.resolution_closed->rescinded_id, "");
	target.resolution_digest = b.resolution.resolution_digest;
	target.state = STATE(RESCINDED);
	story_expect_event(&b.in, rule_close_resolution, &event,
			   PIDC__V1__EVENT__BODY_RESOLUTION_CLOSED);
	assert_int_equal(event.resolution_closed->effect, EFFECT(STALE));
	board_story_close(&b);
}

static void a_lost_rescission_ends_nothing(void **state)
{
	static const struct count lost = {6, 0, 1, 4, 0, RESOLUTION_LOSE};
	Pidc__Store__V1__ResolutionTarget target;
	struct board_story b;
	Pidc__V1__Event event;

	(void)state;
	rescinding(&b, &lost, &target);
	story_expect_event(&b.in, rule_close_resolution, &event,
			   PIDC__V1__EVENT__BODY_RESOLUTION_CLOSED);
	assert_int_equal(event.resolution_closed->state, STATE(NOT_CARRIED));
	assert_int_equal(event.resolution_closed->effect, EFFECT(NONE));
	assert_string_equal(event.resolution_closed->rescinded_id, "");
	board_story_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_cases),
		cmocka_unit_test(notice_counts_for_the_quorum),
		cmocka_unit_test(seats_are_not_votes),
		cmocka_unit_test(adopted_rules_are_counted_by),
		cmocka_unit_test(by_consensus_one_objection_is_enough),
		cmocka_unit_test(a_carried_rescission_ends_the_other),
		cmocka_unit_test(a_stale_rescission_ends_nothing),
		cmocka_unit_test(a_lost_rescission_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
