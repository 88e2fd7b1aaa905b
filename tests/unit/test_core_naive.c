/* SPDX-License-Identifier: ISC
 *
 * The decision against tests/lib/naive_decision.c, on generated cases: verdict,
 * reason, chain used, obligations. PIDC_SEED and PIDC_CASES for longer runs; a
 * difference is printed as small as it gets, with the seed that draws it first.
 *
 * CTest labels: sharing
 */
#include "tests/lib/naive_case.h"

#include "core/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CASES 100000

static struct naive_case c;

static struct naive_answer naive;

static bool differs(struct naive_case *of)
{
	struct decision core = case_decide(of);

	case_decide_naive(of, &naive);
	if (core.verdict != naive.verdict || core.reason != naive.reason)
		return true;
	return naive.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT &&
	       (strcmp(core.consent_id, naive.consent_id) != 0 ||
		core.obligation_count != naive.obligation_count);
}

/* A run that draws nothing but one kind of answer would prove little. */
static void expect_variety(const size_t reasons[], size_t permits, size_t waiting, size_t cases)
{
	static const Pidc__V1__Reason wanted[] = {
		PIDC__V1__REASON__REASON_D_VETO,
		PIDC__V1__REASON__REASON_D_REVOKED,
		PIDC__V1__REASON__REASON_D_EXPIRED,
		PIDC__V1__REASON__REASON_D_NOT_YET,
		PIDC__V1__REASON__REASON_D_CONDITION,
		PIDC__V1__REASON__REASON_D_FIELD,
		PIDC__V1__REASON__REASON_D_PURPOSE,
		PIDC__V1__REASON__REASON_D_DEFAULT_DENY,
		PIDC__V1__REASON__REASON_D_PARTNER_STATE,
		PIDC__V1__REASON__REASON_D_BOARD,
		PIDC__V1__REASON__REASON_D_MOU,
		PIDC__V1__REASON__REASON_D_MOU_SCOPE,
		PIDC__V1__REASON__REASON_D_FUNDING,
		PIDC__V1__REASON__REASON_D_REVIEW,
		PIDC__V1__REASON__REASON_D_HOLD,
		PIDC__V1__REASON__REASON_D_OWNER_STATE,
		PIDC__V1__REASON__REASON_D_CLASSIFICATION,
		PIDC__V1__REASON__REASON_D_UNKNOWN_CONDITION,
	};

	if (cases < CASES)
		return;
	assert_true(permits > cases / 100);
	assert_true(waiting > cases / 10000);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_true(reasons[wanted[i]] > cases / 10000);
}

static void decides_as_the_naive_one_does(void **state)
{
	size_t cases = case_count_wanted(CASES), permits = 0, waiting = 0, reasons[256] = {0};
	uint64_t seed = case_seed_wanted(1);

	(void)state;
	for (size_t i = 0; i < cases; i++) {
		case_draw(&c, seed + i);
		if (differs(&c)) {
			case_shrink(&c, differs);
			case_print(&c);
			fail();
		}
		permits += naive.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT;
		waiting += naive.verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER;
		reasons[naive.reason & 255]++;
	}
	if (case_count_wanted(0) != 0) {
		fprintf(stderr, "%zu cases from seed %llu, %zu permits\n", cases,
			(unsigned long long)seed, permits);
		for (size_t i = 1; i < 256; i++)
			if (reasons[i] != 0)
				fprintf(stderr, "%8zu %s\n", reasons[i],
					reason_name((Pidc__V1__Reason)i));
	}
	expect_variety(reasons, permits, waiting, cases);
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
		cmocka_unit_test(decides_as_the_naive_one_does),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
