/* SPDX-License-Identifier: ISC
 *
 * The decision against tests/lib/naive_decision.c, on generated cases: verdict,
 * reason, chain used, obligations, smallest cell. PIDC_SEED and PIDC_CASES for longer runs; a
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
	if (naive.verdict == PIDC__V1__VERDICT__VERDICT_DENY)
		return false;
	return strcmp(core.consent_id, naive.consent_id) != 0 ||
	       core.obligation_count != naive.obligation_count || core.min_cell != naive.min_cell ||
	       core.is_approved != naive.is_approved;
}

/* What a run came to. */
struct tally {
	size_t cases;
	size_t permits;
	size_t approved; /* permits that rest on the owner's word about this release */
	size_t cells;    /* with a smallest cell */
	size_t counted;  /* whose chain counts releases */
	size_t waiting;
	size_t many; /* cases with a statement on many chains */
	size_t corrected;
	size_t reasons[256];
};

/* A run that draws nothing but one kind of answer would prove little. */
static void expect_variety(const struct tally *tally)
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
		PIDC__V1__REASON__REASON_D_SMALL_CELL,
	};

	if (tally->cases < CASES)
		return;
	assert_true(tally->permits > tally->cases / 100);
	assert_true(tally->approved > tally->cases / 5000);
	assert_true(tally->cells > tally->cases / 1000);
	assert_true(tally->counted > tally->cases / 5000);
	assert_true(tally->waiting > tally->cases / 2000);
	assert_true(tally->many > tally->cases / 20);
	assert_true(tally->corrected > tally->cases / 20);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_true(tally->reasons[wanted[i]] > tally->cases / 10000);
}

static bool counts_releases(const char *consent_id)
{
	for (size_t i = 0; i < c.facts.n_uses; i++)
		if (strcmp(c.facts.uses[i]->consent_id, consent_id) == 0)
			return true;
	return false;
}

static void count_case(struct tally *tally)
{
	bool is_many = false, is_corrected = false;

	tally->cases++;
	tally->reasons[naive.reason & 255]++;
	tally->waiting += naive.verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER;
	if (naive.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT) {
		tally->permits++;
		tally->approved += naive.is_approved;
		tally->cells += naive.min_cell > 0;
		tally->counted += counts_releases(naive.consent_id);
	}
	for (size_t i = 0; i < c.statement_count; i++) {
		const Pidc__V1__ConsentStatement *st = c.statements[i].statement;

		is_many |= st != NULL && st->n_chains > 1;
		is_corrected |=
			st != NULL && st->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_CORRECT;
	}
	tally->many += is_many;
	tally->corrected += is_corrected;
}

static void tally_print(const struct tally *tally, uint64_t seed)
{
	fprintf(stderr,
		"%zu cases from seed %llu: %zu permits (%zu approved, %zu with cells, %zu "
		"counted), %zu waiting, %zu with many chains at once, %zu corrected\n",
		tally->cases, (unsigned long long)seed, tally->permits, tally->approved,
		tally->cells, tally->counted, tally->waiting, tally->many, tally->corrected);
	for (size_t i = 1; i < 256; i++)
		if (tally->reasons[i] != 0)
			fprintf(stderr, "%8zu %s\n", tally->reasons[i],
				reason_name((Pidc__V1__Reason)i));
}

static void decides_as_the_naive_one_does(void **state)
{
	size_t cases = case_count_wanted(CASES);
	uint64_t seed = case_seed_wanted(1);
	struct tally tally = {0};

	(void)state;
	for (size_t i = 0; i < cases; i++) {
		case_draw(&c, seed + i);
		if (differs(&c)) {
			case_shrink(&c, differs);
			case_print(&c);
			fail();
		}
		count_case(&tally);
	}
	if (case_count_wanted(0) != 0)
		tally_print(&tally, seed);
	expect_variety(&tally);
}

/* Facts that decision_needs leaves out open nothing and close nothing, so that they need
 * not be read. (Of chains that are ended they would only tell whether the end is all that
 * the chain lacks, which may be another reason.) */
static void needs_name_every_fact_that_counts(void **state)
{
	uint64_t seed = case_seed_wanted(1);
	size_t dropped = 0;

	(void)state;
	for (size_t i = 0; i < CASES / 5; i++) {
		Pidc__Store__V1__DecisionFacts *facts = &c.facts;
		Pidc__Store__V1__Subject *subject = &c.subject;
		Pidc__Store__V1__DecisionNeeds needs;
		struct decision all, needed;
		size_t kept = 0;

		case_draw(&c, seed + i);
		facts->subjects = &subject;
		facts->n_subjects = 1;
		all = case_decide(&c);
		assert_int_equal(decision_needs(facts, &c.query, c.arena, &needs), 0);
		for (size_t k = 0; k < facts->n_uses; k++) {
			bool is_needed = false;

			for (size_t n = 0; n < needs.n_uses; n++)
				is_needed |= strcmp(needs.uses[n]->consent_id,
						    facts->uses[k]->consent_id) == 0 &&
					     needs.uses[n]->days == facts->uses[k]->days;
			if (is_needed)
				facts->uses[kept++] = facts->uses[k];
		}
		dropped += facts->n_uses - kept;
		facts->n_uses = kept;
		if (!needs.is_approval_asked)
			facts->approval = NULL;
		if (!needs.is_holding_asked) {
			facts->n_overlapping_ids = 0;
			facts->are_holdings_known = false;
		}
		needed = case_decide(&c);
		if (all.verdict != needed.verdict || all.is_approved != needed.is_approved ||
		    strcmp(all.consent_id, needed.consent_id) != 0) {
			case_print(&c);
			fail();
		}
	}
	assert_true(dropped > 0);
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
		cmocka_unit_test(needs_name_every_fact_that_counts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
