/* SPDX-License-Identifier: ISC
 *
 * The decision: conditions; and that whatever is unknown, malformed or unreadable
 * denies (C10).
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define GRAIN(name)     PIDC__V1__GRANULARITY__GRANULARITY_##name
#define CAPACITY(name)  PIDC__V1__CAPACITY__CAPACITY_##name

static struct story s;

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void conditions_decide(void **state)
{
	static const struct {
		Pidc__V1__ConditionKind kind;
		Pidc__V1__Granularity granularity;
		const char *fails; /* NULL: holds */
	} cases[] = {
		{CONDITION(AGGREGATE_ONLY), GRAIN(AGGREGATE), NULL},
		{CONDITION(AGGREGATE_ONLY), GRAIN(DEIDENTIFIED), "AGGREGATE_ONLY"},
		{CONDITION(DEIDENTIFIED_ONLY), GRAIN(DEIDENTIFIED), NULL},
		{CONDITION(DEIDENTIFIED_ONLY), GRAIN(CASE_LEVEL), "DEIDENTIFIED_ONLY"},
		{CONDITION(NO_ONWARD), GRAIN(AGGREGATE), NULL},
		{CONDITION(MIN_CELL), GRAIN(AGGREGATE), "MIN_CELL"},
		{CONDITION(MAX_RELEASES), GRAIN(AGGREGATE), "MAX_RELEASES"},
		{CONDITION(FREQUENCY), GRAIN(AGGREGATE), "FREQUENCY"},
		{CONDITION(ONLY_FOR_FUNDING), GRAIN(AGGREGATE), "ONLY_FOR_FUNDING"},
		{CONDITION(IN_COUNTRY), GRAIN(AGGREGATE), "IN_COUNTRY"},
		{CONDITION(WIND_DOWN), GRAIN(AGGREGATE), "WIND_DOWN"},
		{CONDITION(ONLY_UNDER), GRAIN(AGGREGATE), "ONLY_UNDER"},
		{CONDITION(EMBARGO_UNTIL), GRAIN(AGGREGATE), "EMBARGO_UNTIL"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

		story_condition(&s, st, cases[i].kind);
		s.subject->granularity = cases[i].granularity;
		s.facts.n_statements = 0;
		story_record(&s, st);
		if (cases[i].fails == NULL)
			story_expect_permit(&s);
		else
			story_expect_condition(&s, cases[i].fails);
	}
}

static void C10_unknown_condition(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, (Pidc__V1__ConditionKind)77);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.n_statements = 0;
	st->conditions[0]->kind = 0;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void C10_statement_that_does_not_parse(void **state)
{
	(void)state;
	story_record_broad(&s);
	story_record(&s, story_grant(&s, "b"));
	s.facts.statements[1]->statement.len--;
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.statements[1]->statement.len++;
	story_expect_permit(&s);
	s.facts.statements[1]->recorded_at = NULL;
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void C10_unknown_kind_denies_its_scope(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "b");

	(void)state;
	story_record_broad(&s);
	st->kind = (Pidc__V1__StatementKind)99;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.subject->dataset_id = story_id(&s, "another");
	story_expect_permit(&s);
	/* Of a chain that has terms, its own scope; of one that has none, everything. */
	story_record(&s, story_change(&s, "broad", (Pidc__V1__StatementKind)99, 2));
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.n_statements = 1;
	story_record(&s, story_change(&s, "none", KIND(CORRECT), 1));
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

/* C10: named on both sides, an unknown action is still unknown. */
static void C10_unknown_action_on_both_sides(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Action unknown[] = {(Pidc__V1__Action)40};

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(MEMBER);
	st->actions = unknown;
	st->n_actions = 1;
	story_record(&s, st);
	story_recipient_is_member(&s, "nz", CAPACITY(MEMBER)); /* no agreement stops it first */
	s.query.action = unknown[0];
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void malformed_selectors_permit_nothing(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data->all_of_owner = 1; /* two ways */
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->recipient->all_partners = 1;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->data = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->recipient = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	/* A veto of nothing in particular is of everything. */
	s.facts.n_statements = 0;
	story_record_broad(&s);
	st = story_veto(&s, "veto");
	st->data = NULL;
	st->recipient = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_VETO));
}

static void unreadable_validity_denies(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->valid_to->nanos = 1;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(conditions_decide),
		TEST(C10_unknown_condition),
		TEST(C10_statement_that_does_not_parse),
		TEST(C10_unknown_kind_denies_its_scope),
		TEST(C10_unknown_action_on_both_sides),
		TEST(malformed_selectors_permit_nothing),
		TEST(unreadable_validity_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
