/* SPDX-License-Identifier: ISC
 *
 * The count of refusals: an entry that concerns who asked and who was asked.
 */
#include "core/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NEW_ID "0f0e0d0c-0b0a-4908-8706-050403020100"

static struct arena *arena;
static struct refusal refusal;
static Pidc__V1__Event event;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int run(char *owner, uint64_t count, bool is_bootstrap)
{
	static const Pidc__V1__Event fresh = PIDC__V1__EVENT__INIT;
	Pidc__Store__V1__FoldFacts facts = PIDC__STORE__V1__FOLD_FACTS__INIT;
	Google__Protobuf__Timestamp hour = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	const struct rule_input in = {.facts = &facts.base,
				      .new_id = NEW_ID,
				      .is_bootstrap = is_bootstrap,
				      .arena = arena};

	hour.seconds = 7200;
	facts.principal_id = "spiffe://pidc.int/partner/iom/officer";
	facts.org = "iom";
	facts.owner_org = owner;
	facts.hour = &hour;
	facts.count = count;
	event = fresh;
	return rule_fold_refusals(&in, &event, &refusal);
}

static void test_it_concerns_both_sides(void **state)
{
	(void)state;
	assert_int_equal(run("tv", 7, true), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_REFUSALS_FOLDED);
	assert_int_equal(event.refusals_folded->count, 7);
	assert_string_equal(event.refusals_folded->owner_org, "tv");
	assert_string_equal(event.entity_id, NEW_ID);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[0], "iom");
	assert_string_equal(event.concerns[1], "tv");
}

static void test_an_owner_that_is_none_is_not_concerned(void **state)
{
	(void)state;
	assert_int_equal(run("", 7, true), 0);
	assert_int_equal(event.n_concerns, 1);
}

static void test_nothing_to_count(void **state)
{
	(void)state;
	assert_int_equal(run("tv", 0, true), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, PIDC__V1__REASON__REASON_E_NOT_FOUND);
}

static void test_a_client_cannot_count(void **state)
{
	(void)state;
	assert_int_equal(run("tv", 7, false), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, PIDC__V1__REASON__REASON_E_ROLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_concerns_both_sides),
		cmocka_unit_test(test_an_owner_that_is_none_is_not_concerned),
		cmocka_unit_test(test_nothing_to_count),
		cmocka_unit_test(test_a_client_cannot_count),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
