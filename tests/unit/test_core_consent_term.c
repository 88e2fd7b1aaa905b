/* SPDX-License-Identifier: ISC
 *
 * Recording a statement: conditions, modes, and a grant beside a looser one (W8).
 *
 * CTest labels: sharing
 */
#include "tests/lib/consent_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define MODE(name)      PIDC__V1__GRANT_MODE__GRANT_MODE_##name

static struct consent_case c;

static int setup(void **state)
{
	(void)state;
	consent_case_open(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	consent_case_close(&c);
	return 0;
}

static void W13_red_by_name_and_approved(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	c.facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "conditions");
	story_condition(&c.s, st, CONDITION(APPROVE_EACH));
	consent_case_expect_pending(&c, st);
	story_to_class(&c.s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient");
	/* A ceiling below RED keeps RED out; a ceiling of RED lets it c.in. */
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	consent_case_expect_pending(&c, st);
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	consent_case_expect_recorded(&c, st);
	c.facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient");
}

static void a_veto_has_no_conditions_and_no_mode(void **state)
{
	Pidc__V1__ConsentStatement *st = story_veto(&c.s, "a");

	(void)state;
	story_condition(&c.s, st, CONDITION(NO_ONWARD));
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "conditions");
	st = story_veto(&c.s, "a");
	st->mode = MODE(EXCLUSIVE);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode");
	st = story_veto(&c.s, "a");
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "classification_ceiling");
}

static void conditions_have_their_parameters(void **state)
{
	static const struct {
		Pidc__V1__ConditionKind kind;
		uint32_t number, days;
		int has_until;
		const char *value;
		const char *field; /* NULL: recorded */
	} cases[] = {
		{CONDITION(MIN_CELL), 5, 0, 0, NULL, NULL},
		{CONDITION(MIN_CELL), 0, 0, 0, NULL, "conditions.number"},
		{CONDITION(MIN_CELL), 1000001, 0, 0, NULL, "conditions.number"},
		{CONDITION(MIN_CELL), 5, 1, 0, NULL, "conditions.days"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 0, NULL, NULL},
		{CONDITION(AGGREGATE_ONLY), 1, 0, 0, NULL, "conditions.number"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 1, NULL, "conditions.until"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 0, "iom", "conditions.values"},
		{CONDITION(EMBARGO_UNTIL), 0, 0, 1, NULL, NULL},
		{CONDITION(EMBARGO_UNTIL), 0, 0, 0, NULL, "conditions.until"},
		{CONDITION(FREQUENCY), 2, 7, 0, NULL, NULL},
		{CONDITION(FREQUENCY), 2, 0, 0, NULL, "conditions.days"},
		{CONDITION(DATA_LIFE), 90, 0, 0, NULL, NULL},
		{CONDITION(DATA_LIFE), 3651, 0, 0, NULL, "conditions.number"},
		{CONDITION(ONWARD_TO), 0, 0, 0, "unhcr", NULL},
		{CONDITION(ONWARD_TO), 0, 0, 0, NULL, "conditions.values"},
		{CONDITION(ONWARD_TO), 0, 0, 0, "Not An Org", "conditions.values"},
		{CONDITION(ONLY_UNDER), 0, 0, 0, "0f8fad5b-d9cb-469f-a165-70867728950e", NULL},
		{CONDITION(ONLY_UNDER), 0, 0, 0, "mou", "conditions.values"},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "TV", NULL},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "tv", "conditions.values"},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "TUV", "conditions.values"},
		{CONDITION(WIND_DOWN), 0, 0, 0, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");
		Pidc__V1__Condition *condition = story_condition(&c.s, st, cases[i].kind);

		condition->number = cases[i].number;
		condition->days = cases[i].days;
		if (cases[i].has_until)
			condition->until = story_time(&c.s, STORY_NOW);
		if (cases[i].value != NULL)
			condition->values =
				story_list(&c.s, &condition->n_values, cases[i].value, NULL);
		if (cases[i].field == NULL)
			consent_case_expect_recorded(&c, st);
		else
			consent_case_expect_refused(&c, st, REASON(E_FIELD), cases[i].field);
	}
}

static void C10_unknown_conditions_are_refused(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	story_condition(&c.s, st, (Pidc__V1__ConditionKind)77);
	consent_case_expect_refused(&c, st, REASON(E_UNKNOWN_CODE), "conditions.kind");
	st->conditions[0]->kind = 0;
	consent_case_expect_refused(&c, st, REASON(E_UNKNOWN_CODE), "conditions.kind");
	st->conditions[0]->kind = CONDITION(NO_ONWARD);
	story_condition(&c.s, st, CONDITION(NO_ONWARD));
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "conditions");
}

static Pidc__V1__ConsentStatement *broad(void)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "broad");

	st->data = story_data_all(&c.s);
	return st;
}

static void W8_PRI_9d_m_narrower_grant_says_what_it_means(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "k-only");

	(void)state;
	st->data = story_data_contribution(&c.s, "k");
	story_condition(&c.s, st, CONDITION(EMBARGO_UNTIL))->until = story_time(&c.s, STORY_NOW);
	consent_case_expect_recorded(&c, st);
	consent_case_others_have(&c, broad());
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode");
	st->mode = MODE(ADD);
	consent_case_expect_recorded(&c, st);
	st->mode = MODE(EXCLUSIVE);
	consent_case_expect_recorded(&c, st);
}

/* Each way to be narrower, or not. */
static void W8_what_is_narrower(void **state)
{
	Pidc__V1__ConsentStatement *other = story_grant(&c.s, "other"), *st;

	(void)state;
	consent_case_others_have(&c, other);
	consent_case_expect_recorded(&c, story_grant(&c.s, "a")); /* the same again: a renewal */
	st = story_grant(&c.s, "a");
	story_condition(&c.s, st, CONDITION(ATTRIBUTION));
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode"); /* one more condition */
	st = story_grant(&c.s, "a");
	story_set_fields(&c.s, st, "count", NULL);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode"); /* fewer fields */
	st = story_grant(&c.s, "a");
	story_set_fields(&c.s, st, "nationality", NULL);
	consent_case_expect_recorded(&c, st); /* other fields */
	st = story_grant(&c.s, "a");
	st->data_period = story_range(&c.s, 0, STORY_NOW);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode"); /* a shorter period */
	st = story_grant(&c.s, "a");
	story_set_purposes(&c.s, st, "RESEARCH_STAT");
	consent_case_expect_recorded(&c, st);
	st = story_grant(&c.s, "a");
	story_set_action(&c.s, st, PIDC__V1__ACTION__ACTION_COPY);
	consent_case_expect_recorded(&c, st);
	st = story_grant(&c.s, "a");
	story_to_org(&c.s, st, "unhcr");
	consent_case_expect_recorded(&c, st);
	st = story_grant(&c.s, "a");
	st->recipient->capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	consent_case_expect_recorded(&c, st);
	st = story_grant(&c.s, "a");
	st->data = story_data_all(&c.s);
	consent_case_expect_recorded(&c, st); /* wider */
	st = story_grant(&c.s, "a");
	st->data = story_data_contribution(&c.s, "k");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode"); /* perhaps of that dataset */
}

static void W8_wider_recipients(void **state)
{
	Pidc__V1__ConsentStatement *other = story_grant(&c.s, "other");

	(void)state;
	story_to_partners(&c.s, other);
	consent_case_others_have(&c, other);
	consent_case_expect_refused(&c, story_grant(&c.s, "a"), REASON(E_FIELD), "mode");
	c.facts.n_others = 0;
	story_to_class(&c.s, other, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	consent_case_others_have(&c, other);
	consent_case_expect_refused(&c, story_grant(&c.s, "a"), REASON(E_FIELD), "mode");
	c.facts.n_others = 0;
	story_to_class(&c.s, other, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "unhcr");
	consent_case_others_have(&c, other);
	consent_case_expect_recorded(&c, story_grant(&c.s, "a"));
}

/* What has ended, and a veto, is no looser grant. */
static void W8_only_current_grants_count(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "k-only"), *old = broad();

	(void)state;
	st->data = story_data_contribution(&c.s, "k");
	consent_case_others_have(&c, old);
	consent_case_others_have(&c, story_change(&c.s, "broad", KIND(REVOKE), 2));
	consent_case_expect_recorded(&c, st);
	c.facts.n_others = 0;
	old->valid_to = story_time(&c.s, STORY_NOW);
	consent_case_others_have(&c, old);
	consent_case_expect_recorded(&c, st);
	c.facts.n_others = 0;
	consent_case_others_have(&c, story_veto(&c.s, "veto"));
	consent_case_expect_recorded(&c, st);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(W13_red_by_name_and_approved),
		TEST(a_veto_has_no_conditions_and_no_mode),
		TEST(conditions_have_their_parameters),
		TEST(C10_unknown_conditions_are_refused),
		TEST(W8_PRI_9d_m_narrower_grant_says_what_it_means),
		TEST(W8_what_is_narrower),
		TEST(W8_wider_recipients),
		TEST(W8_only_current_grants_count),
	};

	return cmocka_run_group_tests(tests, consent_case_key_open, consent_case_key_close);
}
