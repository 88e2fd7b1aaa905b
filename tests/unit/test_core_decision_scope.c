/* SPDX-License-Identifier: ISC
 *
 * The decision: whose statement it is, and which purposes, fields, periods, categories
 * and states it reaches.
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)   PIDC__V1__REASON__REASON_##name
#define KIND(name)     PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define GRAIN(name)    PIDC__V1__GRANULARITY__GRANULARITY_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

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

static void PRI_9d_b_C8_another_owners_statement(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->owner_org = story_text(&s, "fj");
	st->data = story_data_all(&s);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	story_record(&s, story_grant(&s, "b"));
	st = story_veto(&s, "veto");
	st->owner_org = story_text(&s, "fj");
	story_record(&s, st);
	story_expect_permit(&s);
}

static void PRI_9d_e_other_purpose(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_ask_purpose(&s, "RESEARCH_STAT");
	story_expect_deny(&s, REASON(D_PURPOSE));
}

static void purposes_cover_what_is_below(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.query.purpose = story_text(&s, "ME_FIELD");
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME_FIELD", "ME", NULL);
	story_expect_permit(&s);
	/* C10: a purpose that is in no list, whatever the path says. */
	s.facts.n_purpose_path = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME", NULL);
	story_expect_deny(&s, REASON(D_PURPOSE));
}

static void purposes_below_are_vetoed_for_the_whole(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record_broad(&s);
	story_set_purposes(&s, veto, "ME_FIELD");
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.purpose_descendants =
		story_list(&s, &s.facts.n_purpose_descendants, "ME_DESK", "ME_FIELD", NULL);
	story_expect_deny(&s, REASON(D_VETO));
}

static void veto_of_discover_closes_every_action(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record_broad(&s);
	story_set_action(&s, veto, PIDC__V1__ACTION__ACTION_COPY);
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.n_statements = 1;
	story_set_action(&s, veto, PIDC__V1__ACTION__ACTION_DISCOVER);
	story_record(&s, veto);
	story_expect_deny(&s, REASON(D_VETO));
}

static void suspend_and_resume(void **state)
{
	(void)state;
	story_record_broad(&s);
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(SUSPEND), 2));
	story_expect_deny(&s, REASON(D_REVOKED)); /* closes the scope, as a revocation */
	story_record(&s, story_change(&s, "a", KIND(RESUME), 3));
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).consent_id, story_id(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(REVOKE), 4));
	story_record(&s, story_change(&s, "a", KIND(RESUME), 5)); /* too late: terminal */
	story_expect_deny(&s, REASON(D_REVOKED));
}

static void suspended_exclusive_still_excludes_newer(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	story_record(&s, st);
	story_record(&s, story_change(&s, "a", KIND(SUSPEND), 2));
	story_record_broad(&s); /* later than the suspension */
	story_expect_deny(&s, REASON(D_REVOKED));
}

/* Whatever stands behind a REVOKE, the scope that was revoked stays closed. */
static void nothing_leads_out_of_revoked(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_record_broad(&s);
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(REVOKE), 2));
	st->data = story_data_dataset(&s, "another");
	st->version = 3;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_REVOKED));
	story_record(&s, story_change(&s, "a", (Pidc__V1__StatementKind)99, 4));
	story_expect_deny(&s, REASON(D_REVOKED));
}

static void new_version_replaces(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	st->version = 2;
	story_set_fields(&s, st, "month", NULL);
	st->statement_id = story_id(&s, "a/2");
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_FIELD));
	story_ask_fields(&s, "month", NULL);
	assert_string_equal(story_decide(&s).statement_id, st->statement_id);
}

static void C7_revoked_veto_stays_a_refusal(void **state)
{
	Pidc__V1__ConsentStatement *revoke = story_change(&s, "veto", KIND(REVOKE), 2);

	(void)state;
	story_record_broad(&s);
	story_record(&s, story_veto(&s, "veto"));
	story_record(&s, revoke);
	story_expect_deny(&s, REASON(D_REVOKED));
	s.facts.n_statements = 2;
	revoke->fall_back = 1;
	story_record(&s, revoke);
	story_expect_permit(&s);
}

static void fields_by_schema_version(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->n_fields = 0;
	st->all_fields_of_schema_version = 1;
	story_record(&s, st);
	story_expect_permit(&s);
	story_ask_fields(&s, "nationality", NULL); /* came with schema 2 */
	story_expect_deny(&s, REASON(D_FIELD));
	s.subject->fields[2]->schema_version = 1;
	story_expect_permit(&s);
	story_ask_fields(&s, "no_such", NULL);
	story_expect_deny(&s, REASON(D_FIELD));
}

static void periods_are_covered_or_met(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");
	int64_t from = STORY_NOW - 5 * STORY_MONTH, to = STORY_NOW - 2 * STORY_MONTH;

	(void)state;
	st->data_period = story_range(&s, from, to);
	story_record(&s, st);
	story_expect_permit(&s);
	s.facts.n_statements = 0;
	st->data_period = story_range(&s, from + 1, to);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st->data_period = story_range(&s, from, to - 1);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	story_record_broad(&s);
	veto->data_period = story_range(&s, to, to + STORY_DAY); /* touches, does not meet */
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.n_statements = 1;
	veto->data_period = story_range(&s, to - 1, to + STORY_DAY);
	story_record(&s, veto);
	story_expect_deny(&s, REASON(D_VETO));
	/* A subject of no stated period is of any. */
	s.facts.n_statements = 1;
	veto->data_period = story_range(&s, 0, 1);
	story_record(&s, veto);
	s.subject->period = NULL;
	story_expect_deny(&s, REASON(D_VETO));
}

static void categories_have_a_ceiling(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data = story_data_category(&s, "OVER", GRAIN(DEIDENTIFIED));
	story_record(&s, st);
	story_expect_permit(&s);
	s.subject->granularity = GRAIN(CASE_LEVEL);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.subject->granularity = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	/* A member has no instrument that would ask first. */
	story_recipient_is_member(&s, "iom", CAPACITY(PARTNER));
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.subject->granularity = GRAIN(AGGREGATE);
	story_expect_permit(&s);
}

static void whole_datasets(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->contribution_id = story_text(&s, "");
	s.subject->period = NULL;
	s.subject->status = 0;
	story_expect_permit(&s);
	veto->data = story_data_contribution(&s, "k");
	story_record(&s, veto);
	story_expect_permit(&s); /* k is not said to be in it */
	s.subject->contribution_ids =
		story_list(&s, &s.subject->n_contribution_ids, story_id(&s, "k"), NULL);
	story_expect_deny(&s, REASON(D_VETO));
	/* A consent to one contribution is none to the whole. */
	s.facts.n_statements = 0;
	{
		Pidc__V1__ConsentStatement *one = story_grant(&s, "one");

		one->data = story_data_contribution(&s, "k");
		story_record(&s, one);
	}
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRI_9d_b_C8_another_owners_statement),
		TEST(PRI_9d_e_other_purpose),
		TEST(purposes_cover_what_is_below),
		TEST(purposes_below_are_vetoed_for_the_whole),
		TEST(veto_of_discover_closes_every_action),
		TEST(suspend_and_resume),
		TEST(suspended_exclusive_still_excludes_newer),
		TEST(nothing_leads_out_of_revoked),
		TEST(new_version_replaces),
		TEST(C7_revoked_veto_stays_a_refusal),
		TEST(fields_by_schema_version),
		TEST(periods_are_covered_or_met),
		TEST(categories_have_a_ceiling),
		TEST(whole_datasets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
