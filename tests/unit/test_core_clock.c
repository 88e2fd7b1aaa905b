/* SPDX-License-Identifier: ISC
 *
 * A leap of the clock stops writes; a register that rested for a day does not.
 */
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S        INT64_C(1000000)
#define MINUTE   (60 * S)
#define MAX_STEP MINUTE
#define WALL     (INT64_C(1800000000) * S)

static int check(struct clock_guard *guard, int64_t wall, int64_t steady)
{
	return clock_check(guard, wall, steady, MAX_STEP, NULL);
}

static void test_rest_is_no_leap(void **state)
{
	struct clock_guard guard = {0};

	(void)state;
	assert_int_equal(check(&guard, WALL, 5 * S), 0);
	assert_int_equal(check(&guard, WALL + 1440 * MINUTE, 5 * S + 1440 * MINUTE), 0);
}

static void test_C1_leap_ahead_stops_until_it_is_back(void **state)
{
	struct clock_guard guard = {0};
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(check(&guard, WALL, 5 * S), 0);
	assert_int_equal(check(&guard, WALL + MINUTE + 2 * S, 6 * S), PIDC_EUNAVAILABLE);
	assert_int_equal(clock_check(&guard, WALL + 10 * MINUTE, 2 * MINUTE, MAX_STEP, &err),
			 PIDC_EUNAVAILABLE);
	assert_int_equal(err.code, PIDC_EUNAVAILABLE);
	assert_int_equal(check(&guard, WALL + 2 * MINUTE, 2 * MINUTE), 0);
}

static void test_C1_step_back_and_forth(void **state)
{
	struct clock_guard guard = {0};

	(void)state;
	assert_int_equal(check(&guard, WALL, 5 * S), 0);
	assert_int_equal(check(&guard, WALL - 60 * MINUTE, 6 * S), 0);
	assert_int_equal(check(&guard, WALL + 2 * S, 7 * S), 0);
	assert_int_equal(check(&guard, WALL + 2 * MINUTE, 8 * S), PIDC_EUNAVAILABLE);
}

static void test_drift_is_followed(void **state)
{
	struct clock_guard guard = {0};

	(void)state;
	for (int64_t i = 0; i < 100; i++)
		assert_int_equal(check(&guard, WALL + i * (MINUTE + 10 * S), i * MINUTE), 0);
}

static void test_exact_bound(void **state)
{
	struct clock_guard guard = {0};

	(void)state;
	assert_int_equal(check(&guard, WALL, 0), 0);
	assert_int_equal(check(&guard, WALL + MAX_STEP + 1, 0), PIDC_EUNAVAILABLE);
	assert_int_equal(check(&guard, WALL + MAX_STEP, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rest_is_no_leap),
		cmocka_unit_test(test_C1_leap_ahead_stops_until_it_is_back),
		cmocka_unit_test(test_C1_step_back_and_forth),
		cmocka_unit_test(test_drift_is_followed),
		cmocka_unit_test(test_exact_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
