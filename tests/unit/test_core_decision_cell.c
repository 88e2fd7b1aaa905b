/* SPDX-License-Identifier: ISC
 *
 * G11: MIN_CELL, the dataset's own minimum, and what a recipient holds beside.
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
static Pidc__Store__V1__ReleaseRequest release;
static struct rule_input in;

/* The contribution's smallest row rests on 3 persons, its largest on 50. */
static int setup(void **state)
{
	(void)state;
	story_open(&s);
	s.subject->has_cells = 1;
	s.subject->cell_lowest = 3;
	s.subject->cell_highest = 50;
	s.facts.are_holdings_known = 1;
	pidc__store__v1__release_request__init(&release);
	release.disclosure_id = s.query.disclosure_id = story_id(&s, "disclosure");
	release.query = &s.query;
	in = (struct rule_input){
		.actor = story_actor(
			&s, "iom", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			PIDC__V1__ROLE__ROLE_PARTNER_AGENT, PIDC__V1__CAPACITY__CAPACITY_PARTNER),
		.request = &release.base,
		.facts = &s.facts.base,
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = "pidc.example/ledger1",
		.arena = s.arena,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static Pidc__V1__Condition *grant_min_cell(const char *name, uint32_t number)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, name);
	Pidc__V1__Condition *condition = story_condition(&s, st, CONDITION(MIN_CELL));

	condition->number = number;
	story_record(&s, st);
	return condition;
}

/* The recipient lacks nothing else, so it is told. */
static void expect_small_cell(void)
{
	struct decision decision = story_decide(&s);

	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.reason), "D_SMALL_CELL");
	assert_string_equal(reason_name(decision.visible), "D_SMALL_CELL");
}

static void G11_small_rows_are_suppressed_not_refused(void **state)
{
	(void)state;
	grant_min_cell("a", 5);
	story_expect_permit(&s);
	assert_int_equal(story_decide(&s).min_cell, 5);
}

static void G11_nothing_would_be_left(void **state)
{
	(void)state;
	grant_min_cell("a", 51);
	expect_small_cell();
}

/* What nobody counted cannot be known to be large. */
static void G10_only_what_is_counted(void **state)
{
	struct decision decision;

	(void)state;
	grant_min_cell("a", 5);
	s.subject->has_cells = 0;
	decision = story_decide(&s);
	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(decision.detail, "MIN_CELL");
	assert_string_equal(reason_name(decision.visible), "D_CONSENT");
	s.subject->has_cells = 1;
	s.subject->granularity = PIDC__V1__GRANULARITY__GRANULARITY_DEIDENTIFIED;
	story_expect_deny(&s, REASON(D_CONDITION));
}

/* A file may say of two persons what the table beside it does not. */
static void G11_no_files_under_a_minimum(void **state)
{
	(void)state;
	grant_min_cell("a", 5);
	s.subject->fields[0]->is_file = 1; /* month */
	story_expect_permit(&s);           /* it is not asked for */
	story_ask_fields(&s, "count", "month");
	expect_small_cell();
	s.facts.n_statements = 0;
	story_record(&s, story_grant(&s, "a"));
	story_expect_permit(&s);
	s.subject->min_cell_default = 2;
	expect_small_cell();
}

static void the_datasets_own_minimum(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->min_cell_default = 4;
	story_expect_permit(&s);
	assert_int_equal(story_decide(&s).min_cell, 4);
	s.subject->has_cells = 0;
	expect_small_cell();
	s.subject->granularity = PIDC__V1__GRANULARITY__GRANULARITY_CASE_LEVEL;
	story_expect_permit(&s); /* there are no cells in cases */
	assert_int_equal(story_decide(&s).min_cell, 0);
}

static void the_larger_minimum_counts(void **state)
{
	(void)state;
	grant_min_cell("a", 5);
	s.subject->min_cell_default = 8;
	assert_int_equal(story_decide(&s).min_cell, 8);
	s.subject->min_cell_default = 2;
	assert_int_equal(story_decide(&s).min_cell, 5);
}

/* Permits only add: a way without the condition is a way. */
static void C3_another_permit_still_permits(void **state)
{
	(void)state;
	grant_min_cell("a", 51);
	story_record(&s, story_grant(&s, "b"));
	story_expect_permit(&s);
	assert_int_equal(story_decide(&s).min_cell, 0);
}

static void G11_what_is_held_beside(void **state)
{
	(void)state;
	grant_min_cell("a", 5);
	s.facts.overlapping_ids =
		story_list(&s, &s.facts.n_overlapping_ids, story_id(&s, "k"), NULL);
	expect_small_cell();
	s.facts.n_overlapping_ids = 0;
	s.facts.are_holdings_known = 0;
	expect_small_cell();
}

static void nobody_is_asked_to_confirm_what_cannot_go(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, CONDITION(APPROVE_EACH));
	story_condition(&s, st, CONDITION(MIN_CELL))->number = 51;
	story_record(&s, st);
	expect_small_cell();
}

static void a_whole_dataset_is_decided_by_its_fields(void **state)
{
	(void)state;
	grant_min_cell("a", 51);
	s.subject->contribution_id = story_text(&s, "");
	story_expect_permit(&s);
	s.subject->has_cells = 0;
	story_expect_deny(&s, REASON(D_CONDITION));
}

static void cells_ask_for_holdings(void **state)
{
	Pidc__Store__V1__DecisionNeeds needs;

	(void)state;
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_false(needs.is_holding_asked);
	s.subject->min_cell_default = 2;
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_true(needs.is_holding_asked);
	s.subject->min_cell_default = 0;
	grant_min_cell("a", 5);
	assert_int_equal(decision_needs(&s.facts, &s.query, s.arena, &needs), 0);
	assert_true(needs.is_holding_asked);
}

/* A release in between changes the answer: no cache keeps it. */
static void cells_are_not_answered_from_memory(void **state)
{
	struct decision_set *set = NULL;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	assert_int_equal(decision_compile(&s.facts, &s.query, s.arena, &set), 0);
	assert_true(decision_stable_until(set, STORY_NOW) > STORY_NOW);
	s.subject->min_cell_default = 2;
	assert_int_equal(decision_compile(&s.facts, &s.query, s.arena, &set), 0);
	assert_int_equal(decision_stable_until(set, STORY_NOW), STORY_NOW);
	s.subject->min_cell_default = 0;
	grant_min_cell("b", 5);
	assert_int_equal(decision_compile(&s.facts, &s.query, s.arena, &set), 0);
	assert_int_equal(decision_stable_until(set, STORY_NOW), STORY_NOW);
}

/* --- releases --------------------------------------------------------------------------- */

static Pidc__Store__V1__Subject *add_subject(const char *name, int64_t from_us, int64_t to_us)
{
	Pidc__Store__V1__Subject *subject = arena_memdup(s.arena, s.subject, sizeof(*s.subject));

	subject->contribution_id = story_id(&s, name);
	subject->period = story_range(&s, from_us, to_us);
	s.facts.subjects[s.facts.n_subjects++] = subject;
	s.query.contribution_ids = story_list(&s, &s.query.n_contribution_ids, story_id(&s, "k"),
					      story_id(&s, name), NULL);
	return subject;
}

static void G11_two_tables_of_one_time_in_one_chunk(void **state)
{
	struct refusal refusal;
	Pidc__V1__Event event;

	(void)state;
	grant_min_cell("a", 5);
	add_subject("corrected", STORY_NOW - 4 * STORY_MONTH, STORY_NOW - 2 * STORY_MONTH);
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_RELEASE_REFUSED);
	assert_int_equal(event.release_refused->reason, REASON(D_SMALL_CELL));
	assert_string_equal(reason_name(refusal.reason), "D_SMALL_CELL");
}

static void tables_one_after_the_other(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	grant_min_cell("a", 5);
	/* "k" ends where this begins: half-open. */
	add_subject("next", STORY_NOW - 2 * STORY_MONTH, STORY_NOW - STORY_MONTH)->cell_lowest = 9;
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_int_equal(event.release_granted->n_items, 2);
	assert_int_equal(event.release_granted->items[0]->min_cell, 5);
	/* Rows of "k" are blanked on the way: what arrives is not known yet. */
	assert_int_equal(event.release_granted->delivery_digest.len, 0);
	s.subject->cell_lowest = 5;
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_int_equal(event.release_granted->delivery_digest.len, 32);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(G11_small_rows_are_suppressed_not_refused),
		TEST(G11_nothing_would_be_left),
		TEST(G10_only_what_is_counted),
		TEST(G11_no_files_under_a_minimum),
		TEST(the_datasets_own_minimum),
		TEST(the_larger_minimum_counts),
		TEST(C3_another_permit_still_permits),
		TEST(G11_what_is_held_beside),
		TEST(nobody_is_asked_to_confirm_what_cannot_go),
		TEST(a_whole_dataset_is_decided_by_its_fields),
		TEST(cells_ask_for_holdings),
		TEST(cells_are_not_answered_from_memory),
		TEST(G11_two_tables_of_one_time_in_one_chunk),
		TEST(tables_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
