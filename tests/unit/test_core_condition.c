/* SPDX-License-Identifier: ISC
 *
 * Conditions that need more than statements (G10).
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

static struct story s;
static Pidc__Store__V1__ChainUse use, *use_list[1] = {&use};

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__chain_use__init(&use);
	use.consent_id = story_id(&s, "a");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

/* The grant "a" with one condition more. */
static Pidc__V1__Condition *grant_with(Pidc__V1__ConditionKind kind, uint32_t number, uint32_t days)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *condition = story_condition(&s, st, kind);

	condition->number = number;
	condition->days = days;
	story_record(&s, st);
	return condition;
}

static void expect_condition(const char *name)
{
	struct decision decision = story_decide(&s);

	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(reason_name(decision.visible), "D_CONSENT");
	assert_string_equal(decision.detail, name);
}

/* --- what counts ---------------------------------------------------------------------- */

static void PRI_9d_releases_are_counted(void **state)
{
	(void)state;
	grant_with(CONDITION(MAX_RELEASES), 2, 0);
	expect_condition("MAX_RELEASES"); /* nobody counted: none is left */
	s.facts.uses = use_list;
	s.facts.n_uses = 1;
	use.total = 1;
	use.recent = 9; /* not what is asked */
	story_expect_permit(&s);
	use.total = 2;
	expect_condition("MAX_RELEASES");
	use.total = 0;
	use.consent_id = story_id(&s, "another chain");
	expect_condition("MAX_RELEASES");
}

static void PRI_9d_releases_are_counted_by_days(void **state)
{
	(void)state;
	grant_with(CONDITION(FREQUENCY), 1, 30);
	s.facts.uses = use_list;
	s.facts.n_uses = 1;
	use.total = 9;
	use.days = 7; /* counted for another condition */
	expect_condition("FREQUENCY");
	use.days = 30;
	story_expect_permit(&s);
	use.recent = 1;
	expect_condition("FREQUENCY");
}

static void only_conditions_that_count_ask_for_counts(void **state)
{
	Pidc__Store__V1__DecisionNeeds needs;

	(void)state;
	grant_with(CONDITION(ATTRIBUTION), 0, 0);
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_int_equal(needs.n_uses, 0);
	assert_false(needs.is_approval_asked);
	s.facts.n_statements = 0;
	grant_with(CONDITION(FREQUENCY), 1, 30);
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_int_equal(needs.n_uses, 1);
	assert_string_equal(needs.uses[0]->consent_id, story_id(&s, "a"));
	assert_int_equal(needs.uses[0]->days, 30);
	s.facts.n_statements = 0;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_true(needs.is_approval_asked);
}

static void PRI_9d_only_in_these_countries(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *condition = story_condition(&s, st, CONDITION(IN_COUNTRY));

	(void)state;
	condition->values = story_list(&s, &condition->n_values, "FJ", "NZ", NULL);
	story_record(&s, st);
	expect_condition("IN_COUNTRY"); /* of no country, or of one that nobody knows */
	s.facts.recipient->country = story_text(&s, "NZ");
	story_expect_permit(&s);
	s.facts.recipient->country = story_text(&s, "AU");
	expect_condition("IN_COUNTRY");
}

/* Where the persons come from is not known: no agency of a state gets it. */
static void PRI_8_protection_data_goes_to_no_state(void **state)
{
	(void)state;
	grant_with(CONDITION(NOT_ORIGIN_COUNTRY), 0, 0);
	story_expect_permit(&s); /* IOM is an international body */
	s.facts.recipient->country = story_text(&s, "FJ");
	expect_condition("NOT_ORIGIN_COUNTRY");
	s.facts.recipient->country = story_text(&s, "");
	s.facts.recipient->partner_class = story_text(&s, "BORDER_SECURITY_AGENCY");
	expect_condition("NOT_ORIGIN_COUNTRY");
}

static void W12_no_funding_is_known(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *condition = story_condition(&s, st, CONDITION(ONLY_FOR_FUNDING));

	(void)state;
	condition->values = story_list(&s, &condition->n_values, story_id(&s, "agreement"), NULL);
	story_record(&s, st);
	expect_condition("ONLY_FOR_FUNDING");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRI_9d_releases_are_counted),
		TEST(PRI_9d_releases_are_counted_by_days),
		TEST(only_conditions_that_count_ask_for_counts),
		TEST(PRI_9d_only_in_these_countries),
		TEST(PRI_8_protection_data_goes_to_no_state),
		TEST(W12_no_funding_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
