/* SPDX-License-Identifier: ISC
 *
 * How long an answer lasts: on generated cases no answer changes before the instant that
 * decision_stable_until gives, and it does not say "never" to everything.
 *
 * CTest labels: sharing
 */
#include "tests/lib/naive_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CASES 20000

static struct naive_case c;

static struct decision decide_at(const struct decision_set *set, int64_t at_us)
{
	struct decision decision;

	assert_int_equal(decision_evaluate(set, &c.subject, at_us, c.arena, &decision), 0);
	return decision;
}

static void assert_same(const struct decision *a, const struct decision *b)
{
	if (a->verdict == b->verdict && a->reason == b->reason && a->visible == b->visible &&
	    strcmp(a->detail, b->detail) == 0 && strcmp(a->consent_id, b->consent_id) == 0 &&
	    a->obligation_count == b->obligation_count)
		return;
	case_print(&c);
	fail();
}

static void an_answer_lasts_until_then(void **state)
{
	uint64_t seed = case_seed_wanted(1);
	size_t bounded = 0, changed = 0;

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct decision_set *set;
		struct decision now, later;
		int64_t until_us;

		case_draw(&c, seed + i);
		case_pack(&c);
		assert_int_equal(decision_compile(&c.facts, &c.query, c.arena, &set), 0);
		until_us = decision_stable_until(set, c.now_us);
		assert_true(until_us >= c.now_us);
		now = decide_at(set, c.now_us);
		for (int64_t at = c.now_us; at < until_us && at < c.now_us + CASE_SLOTS * CASE_SLOT;
		     at += CASE_SLOT) {
			later = decide_at(set, at);
			assert_same(&now, &later);
		}
		if (until_us == INT64_MAX || until_us == c.now_us)
			continue;
		bounded++;
		later = decide_at(set, until_us - 1);
		assert_same(&now, &later);
		later = decide_at(set, until_us);
		changed += later.verdict != now.verdict || later.reason != now.reason;
	}
	assert_true(bounded > CASES / 10);
	assert_true(changed > CASES / 100);
}

static int setup(void **state)
{
	(void)state;
	case_open(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	case_close(&c);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_lasts_until_then),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
