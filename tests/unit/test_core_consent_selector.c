/* SPDX-License-Identifier: ISC
 *
 * Recording a statement: its selectors, lists and syntax.
 *
 * CTest labels: sharing
 */
#include "tests/lib/consent_case.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

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

static void PRI_9d_h_empty_selectors(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->recipient->n_orgs = 0;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "recipient");
	st->recipient = NULL;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "recipient");
	st = story_grant(&c.s, "a");
	st->data->n_dataset_ids = 0;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "data");
	st->data = NULL;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "data");
	st = story_grant(&c.s, "a");
	st->n_purposes = 0;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "purposes");
	st = story_grant(&c.s, "a");
	st->n_actions = 0;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "actions");
	st = story_grant(&c.s, "a");
	st->n_fields = 0;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "fields");
	st->all_fields_of_schema_version = 1;
	consent_case_expect_recorded(&c, st);
	st = story_grant(&c.s, "a");
	story_to_class(&c.s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, NULL);
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR), "recipient.pinned_orgs");
	st = story_veto(&c.s, "a");
	st->data = NULL;
	consent_case_expect_refused(&c, st, REASON(E_EMPTY_SELECTOR),
				    "data"); /* a veto selects, too */
}

static void selectors_one_way_only(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->data->all_of_owner = 1;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data");
	st = story_grant(&c.s, "a");
	st->recipient->all_partners = 1;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient");
	st = story_grant(&c.s, "a");
	st->all_fields_of_schema_version = 1;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fields");
	st = story_veto(&c.s, "a");
	st->all_fields_of_schema_version = 1;
	story_set_fields(&c.s, st, "count", NULL);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fields");
}

static void selectors_know_what_they_name(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->data = story_data_dataset(&c.s, "of somebody else");
	consent_case_expect_refused(&c, st, REASON(E_NOT_FOUND), "data.dataset_ids");
	st->data = story_data_contribution(&c.s, "of somebody else");
	consent_case_expect_refused(&c, st, REASON(E_NOT_FOUND), "data.contribution_ids");
	st->data = story_data_contribution(&c.s, "k");
	consent_case_expect_recorded(&c, st);
	story_to_org(&c.s, st, "nobody");
	consent_case_expect_refused(&c, st, REASON(E_NOT_FOUND), "recipient.orgs");
	story_to_org(&c.s, st, "tv");
	consent_case_expect_refused(&c, st, REASON(E_FIELD),
				    "recipient.orgs"); /* the owner itself */
	story_to_class(&c.s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "nobody");
	consent_case_expect_refused(&c, st, REASON(E_NOT_FOUND), "recipient.pinned_orgs");
	story_to_class(&c.s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	consent_case_expect_recorded(&c, st);
	c.facts.class_known = 0;
	consent_case_expect_refused(&c, st, REASON(E_UNKNOWN_CODE), "recipient.org_class");
	c.facts.class_known = 1;
	st->recipient->class_mode = 0;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient.class_mode");
	st = story_grant(&c.s, "a");
	st->recipient->class_mode = PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN;
	consent_case_expect_refused(&c, st, REASON(E_FIELD),
				    "recipient.class_mode"); /* without a class */
	st = story_grant(&c.s, "a");
	st->recipient->capacity = 0;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient.capacity");
	st = story_grant(&c.s, "a");
	story_set_purposes(&c.s, st, "NO_SUCH");
	consent_case_expect_refused(&c, st, REASON(E_UNKNOWN_CODE), "purposes");
	st = story_grant(&c.s, "a");
	st->data = story_data_category(&c.s, "OVER", 0);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data.category.granularity_ceiling");
	st->data->category->granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	consent_case_expect_recorded(&c, st);
	c.facts.category_known = 0;
	consent_case_expect_refused(&c, st, REASON(E_UNKNOWN_CODE), "data.category.category");
}

static void syntax_is_checked_before_facts(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->statement_id = story_text(&c.s, "1");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "statement_id");
	st = story_grant(&c.s, "a");
	st->consent_id = story_text(&c.s, "");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "consent_id");
	st = story_grant(&c.s, "a");
	st->owner_org = story_text(&c.s, "TV");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "owner_org");
	st = story_grant(&c.s, "a");
	st->data->dataset_ids[0] = story_text(&c.s, "'; DROP");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data.dataset_ids");
	st = story_grant(&c.s, "a");
	st->recipient->orgs[0] = story_text(&c.s, "I OM");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient.orgs");
	st = story_grant(&c.s, "a");
	story_set_purposes(&c.s, st, "me");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "purposes");
	st = story_grant(&c.s, "a");
	story_set_fields(&c.s, st, "count", "count");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fields");
	story_set_fields(&c.s, st, "Count", NULL);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fields");
	st = story_grant(&c.s, "a");
	st->actions[0] = (Pidc__V1__Action)99;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "actions");
	st = story_grant(&c.s, "a");
	st->kind = (Pidc__V1__StatementKind)99;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "kind");
	st->kind = 0;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "kind");
	st = story_grant(&c.s, "a");
	st->mode = (Pidc__V1__GrantMode)9;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "mode");
	st = story_grant(&c.s, "a");
	st->classification_ceiling = (Pidc__V1__Classification)9;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "classification_ceiling");
	st = story_grant(&c.s, "a");
	st->recipient->capacity = (Pidc__V1__Capacity)99;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient.capacity");
	st = story_grant(&c.s, "a");
	st->reason = story_text(&c.s, "a\x1b[0m");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "reason");
	st = story_grant(&c.s, "a");
	st->notice_digest = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "notice_digest");
	st = story_grant(&c.s, "a");
	st->data_period = story_range(&c.s, STORY_NOW, STORY_NOW);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data_period");
	st = story_grant(&c.s, "a");
	st->consent_request_id = story_text(&c.s, "7");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "consent_request_id");
	st->consent_request_id = story_id(&c.s, "request");
	consent_case_expect_refused(&c, st, REASON(E_NOT_FOUND), "consent_request_id");
	st = story_grant(&c.s, "a");
	st->origin = story_text(&c.s, "");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "origin");
}

static void lists_have_limits(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");
	char **many = arena_calloc(c.s.arena, 1001, sizeof(*many));

	(void)state;
	for (size_t i = 0; i < 1001; i++)
		many[i] = story_id(&c.s, "x");
	st->data->dataset_ids = many;
	st->data->n_dataset_ids = 1001;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data.dataset_ids");
	for (size_t i = 0; i < 1001; i++)
		many[i] = arena_printf(c.s.arena, "f%zu", i);
	st = story_grant(&c.s, "a");
	st->recipient->orgs = many;
	st->recipient->n_orgs = 65;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "recipient.orgs");
	st = story_grant(&c.s, "a");
	st->fields = many;
	st->n_fields = 201;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fields");
	st = story_grant(&c.s, "a");
	for (size_t i = 0; i < 20; i++)
		story_condition(&c.s, st, CONDITION(NO_ONWARD));
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "conditions");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRI_9d_h_empty_selectors),
		TEST(selectors_one_way_only),
		TEST(selectors_know_what_they_name),
		TEST(syntax_is_checked_before_facts),
		TEST(lists_have_limits),
	};

	return cmocka_run_group_tests(tests, consent_case_key_open, consent_case_key_close);
}
