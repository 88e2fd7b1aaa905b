/* SPDX-License-Identifier: ISC
 *
 * Rules of the Board change by its resolution on their digest, and by nothing else.
 * CTest labels: process
 */
#include "core/board_rules.h"
#include "tests/lib/board_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name

static struct board_story b;
static Pidc__V1__ProposeBoardRulesRequest request;
static Pidc__V1__BoardRules asked, adopted;
static Pidc__V1__BoardRulesProposed proposed;
static Pidc__V1__Event event;

static int setup(void **state)
{
	(void)state;
	board_story_open(&b, STATE(OPEN));
	pidc__v1__propose_board_rules_request__init(&request);
	board_rules_default(&asked);
	asked.is_assumption = 0;
	asked.majority_over_percent = 66;
	board_rules_default(&adopted);
	adopted.version = 4;
	b.facts.rules = &adopted;
	request.rules = &asked;
	b.in.request = &request.base;
	story_expect_event(&b.in, rule_propose_board_rules, &event,
			   PIDC__V1__EVENT__BODY_BOARD_RULES_PROPOSED);
	proposed = *event.board_rules_proposed;
	b.facts.rules_proposed = &proposed;
	b.resolution.kind = PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_BOARD_RULES;
	b.resolution.subject_id = proposed.proposal_id;
	b.resolution.subject_digest = proposed.digest;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	board_story_close(&b);
	return 0;
}

static void proposals_are_checked(void **state)
{
	(void)state;
	assert_int_equal(proposed.rules->version, 5);
	asked.majority_over_percent = 49;
	story_expect_refused(&b.in, rule_propose_board_rules, REASON(E_FIELD),
			     "rules.majority_over_percent");
	asked.majority_over_percent = 66;
	asked.decision_mode = (Pidc__V1__DecisionMode)9;
	story_expect_refused(&b.in, rule_propose_board_rules, REASON(E_FIELD),
			     "rules.decision_mode");
	asked.decision_mode = 0;
	asked.is_assumption = 1;
	story_expect_refused(&b.in, rule_propose_board_rules, REASON(E_FIELD),
			     "rules.is_assumption");
	asked.is_assumption = 0;
	asked.version = 5;
	story_expect_refused(&b.in, rule_propose_board_rules, REASON(E_FIELD), "rules.version");
	request.rules = NULL;
	story_expect_refused(&b.in, rule_propose_board_rules, REASON(E_FIELD), "rules");
}

static void the_digest_covers_each_number(void **state)
{
	uint8_t first[SHA256_LEN], other[SHA256_LEN];
	Pidc__V1__BoardRules rules = *proposed.rules;

	(void)state;
	assert_int_equal(board_rules_digest(&rules, b.story.arena, first), 0);
	assert_memory_equal(first, proposed.digest.data, SHA256_LEN);
	for (int i = 0; i < 9; i++) {
		uint32_t *numbers[] = {&rules.version,
				       &rules.session_notice_days,
				       &rules.circular_notice_days,
				       &rules.quorum_over_percent,
				       &rules.ballots_min_percent,
				       &rules.ballots_min,
				       &rules.electors_min,
				       &rules.majority_over_percent};

		if (i < 8)
			(*numbers[i])++;
		else
			rules.decision_mode = PIDC__V1__DECISION_MODE__DECISION_MODE_MAJORITY;
		assert_int_equal(board_rules_digest(&rules, b.story.arena, other), 0);
		assert_memory_not_equal(first, other, SHA256_LEN);
		memcpy(first, other, sizeof(first));
	}
}

static void a_resolution_names_what_was_proposed(void **state)
{
	struct refusal refusal = {0};

	(void)state;
	assert_int_equal(board_rules_check(&b.subject, &refusal), 0);
	adopted.version = 5; /* others came first */
	assert_int_equal(board_rules_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_STALE_APPROVAL));
	adopted.version = 4;
	b.resolution.subject_digest.len = 0;
	assert_int_equal(board_rules_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_STALE_APPROVAL));
	b.facts.rules_proposed = NULL;
	assert_int_equal(board_rules_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_NOT_FOUND));
}

static void carried_they_are_the_rules(void **state)
{
	Pidc__V1__ResolutionClosed body = PIDC__V1__RESOLUTION_CLOSED__INIT;

	(void)state;
	body.state = STATE(NOT_CARRIED);
	assert_int_equal(board_rules_close(&b.subject, &body), 0);
	assert_null(body.rules);
	body.state = STATE(CARRIED);
	assert_int_equal(board_rules_close(&b.subject, &body), 0);
	assert_int_equal(body.effect, EFFECT(DONE));
	assert_int_equal(body.rules->version, 5);
	assert_int_equal(body.rules->majority_over_percent, 66);
	assert_ptr_equal(body.rules->instrument_digest.data, b.resolution.resolution_digest.data);
	body.rules = NULL;
	adopted.version = 5;
	assert_int_equal(board_rules_close(&b.subject, &body), 0);
	assert_int_equal(body.effect, EFFECT(STALE));
	assert_null(body.rules);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(proposals_are_checked),
		TEST(the_digest_covers_each_number),
		TEST(a_resolution_names_what_was_proposed),
		TEST(carried_they_are_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
