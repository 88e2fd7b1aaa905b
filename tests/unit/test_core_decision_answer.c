/* SPDX-License-Identifier: ISC
 *
 * The decision: which permit is named, with what obligations, and what each side may see.
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define CLASS(name)     PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define GRAIN(name)     PIDC__V1__GRANULARITY__GRANULARITY_##name
#define STATE(name)     PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name

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

/* contribution > dataset > category > all; organisation > class > all; deeper
 * purpose; fewer actions; more obligations; lower id. */
static void the_most_specific_permit_is_used(void **state)
{
	Pidc__V1__ConsentStatement *st;

	(void)state;
	story_record_broad(&s);
	st = story_grant(&s, "category");
	st->data = story_data_category(&s, "OVER", GRAIN(PERSONAL));
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "category"));
	st = story_grant(&s, "dataset");
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "dataset"));
	st = story_grant(&s, "class");
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "class"));
	st = story_grant(&s, "two-actions");
	st->actions = arena_calloc(s.arena, 2, sizeof(*st->actions));
	st->actions[0] = PIDC__V1__ACTION__ACTION_READ;
	st->actions[1] = PIDC__V1__ACTION__ACTION_COPY;
	st->n_actions = 2;
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "two-actions"));
	st = story_grant(&s, "one-action");
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "one-action"));
	st = story_grant(&s, "obliging");
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "obliging"));
	st = story_grant(&s, "k");
	st->data = story_data_contribution(&s, "k");
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(story_used(&s), story_id(&s, "k"));
}

static void deeper_purpose_then_lower_id(void **state)
{
	Pidc__V1__ConsentStatement *deep = story_grant(&s, "deep");
	const char *x = story_id(&s, "x"), *y = story_id(&s, "y");

	(void)state;
	story_ask_purpose(&s, "ME_FIELD");
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME_FIELD", "ME", NULL);
	story_record(&s, story_grant(&s, "x"));
	story_record(&s, story_grant(&s, "y"));
	assert_string_equal(story_used(&s), strcmp(x, y) < 0 ? x : y);
	story_set_purposes(&s, deep, "ME_FIELD");
	story_record(&s, deep);
	assert_string_equal(story_used(&s), deep->consent_id);
}

static void obligations_are_handed_on(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	struct decision decision;

	(void)state;
	story_condition(&s, st, CONDITION(DATA_LIFE))->number = 90;
	story_condition(&s, st, CONDITION(AGGREGATE_ONLY));
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	story_record(&s, st);
	decision = story_decide(&s);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_PERMIT);
	assert_int_equal(decision.obligation_count, 2);
	assert_int_equal(decision.obligations[0]->number, 90);
	assert_int_equal(decision.obligations[1]->kind, CONDITION(ATTRIBUTION));
}

/* I11, A3: whatever is unknown, forbidden, held or outside the ceilings looks the
 * same to a recipient, for each state that it may itself be in. */
static void I11_unknown_and_forbidden_look_alike(void **state)
{
	(void)state;
	for (unsigned own = 0; own < 8; own++) {
		Pidc__V1__Reason expected;

		s.facts.n_statements = 0;
		s.facts.recipient->partner_state = own & 1 ? STATE(SUSPENDED) : STATE(ACTIVE);
		s.facts.recipient->has_board_approval = !(own & 2);
		s.facts.n_instruments = own & 4 ? 0 : 1;
		expected = story_decide_about(&s, NULL, s.now_us).visible;
		for (unsigned subject = 0; subject < 64; subject++) {
			s.subject->classification = subject & 1 ? CLASS(RED) : CLASS(GREEN);
			s.subject->granularity = subject & 2 ? GRAIN(PERSONAL) : GRAIN(AGGREGATE);
			s.subject->status =
				subject & 4
					? PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD
					: PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
			s.facts.recipient->is_review_overdue = (subject & 8) != 0;
			s.facts.instruments[0]->scope->classification_ceiling =
				subject & 16 ? CLASS(GREEN) : CLASS(RED);
			s.facts.instruments[0]->scope->granularity_ceiling =
				subject & 32 ? GRAIN(AGGREGATE) : GRAIN(PERSONAL);
			assert_int_equal(story_decide(&s).verdict, PIDC__V1__VERDICT__VERDICT_DENY);
			assert_int_equal(story_decide(&s).visible, expected);
		}
	}
}

static void unknown_subject(void **state)
{
	struct decision decision;

	(void)state;
	story_record_broad(&s);
	decision = story_decide_about(&s, NULL, s.now_us);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_int_equal(decision.reason, REASON(E_NOT_FOUND));
	assert_int_equal(decision.visible, REASON(D_CONSENT));
	assert_string_equal(decision.consent_id, "");
	/* Somebody else's subject is unknown for this owner. */
	s.subject->owner_org = story_text(&s, "fj");
	story_expect_deny(&s, REASON(E_NOT_FOUND));
}

static void denials_carry_no_ids(void **state)
{
	struct decision decision;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_veto(&s, "veto"));
	decision = story_decide(&s);
	assert_string_equal(decision.consent_id, "");
	assert_string_equal(decision.statement_id, "");
	assert_string_equal(decision.instrument_id, "");
	assert_int_equal(decision.obligation_count, 0);
}

static void needs_memory(void **state)
{
	struct arena *arena = arena_new(0);
	struct decision_set *set = NULL;
	struct decision decision;
	Pidc__V1__ConsentStatement *exclusive = story_grant(&s, "exclusive");
	size_t used_bytes;

	(void)state;
	story_record_broad(&s);
	exclusive->mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	story_condition(&s, exclusive, CONDITION(EMBARGO_UNTIL))->until = story_time(&s, STORY_NOW);
	story_record(&s, exclusive);
	assert_int_equal(decision_compile(&s.facts, &s.query, arena, &set), 0);
	assert_int_equal(decision_evaluate(set, s.subject, s.now_us, arena, &decision), 0);
	used_bytes = arena_used(arena);
	arena_free(arena);
	for (size_t limit = 16; limit < used_bytes; limit += 16) {
		int rc;

		arena = arena_new(limit);
		rc = decision_compile(&s.facts, &s.query, arena, &set);
		if (rc == 0)
			rc = decision_evaluate(set, s.subject, s.now_us, arena, &decision);
		assert_int_equal(rc, PIDC_ENOMEM);
		arena_free(arena);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_most_specific_permit_is_used),
		TEST(deeper_purpose_then_lower_id),
		TEST(obligations_are_handed_on),
		TEST(I11_unknown_and_forbidden_look_alike),
		TEST(unknown_subject),
		TEST(denials_carry_no_ids),
		TEST(needs_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
