/* SPDX-License-Identifier: ISC
 *
 * One generated case after the other for the tests of laws: the case at hand, what
 * they ask of it and do to it.
 */
#pragma once

#include "tests/lib/naive_case.h"

/* The case at hand, between law_setup and law_teardown (fixtures of a cmocka group). */
extern struct naive_case law_case;
/* How many cases, from PIDC_CASES. */
extern size_t law_count;

int law_setup(void **state);
int law_teardown(void **state);

/* Draw case number i and open every gate of it: only consent stands in the way. */
void law_draw(size_t i);
bool law_is_permitted(void);

/* Statement k, NULL when the row is none; whether it is recorded by now, and the
 * last one of its chain that is. */
Pidc__V1__ConsentStatement *law_statement(size_t k);
bool law_is_last(size_t k);
/* Some statement of this kind that is the last one of its chain, if the dice find
 * one at the first throw. */
bool law_pick(Pidc__V1__StatementKind kind, size_t *ret_k);

/* Record a statement now; what would come later is forgotten. */
void law_record(Pidc__V1__ConsentStatement *st);
/* REVOKE, SUSPEND or RESUME of the chain of statement k. */
Pidc__V1__ConsentStatement *law_change(size_t k, Pidc__V1__StatementKind kind);

/* Print the case and end the test. */
void law_broken(const char *law);

#define LAW(name, condition)              \
	do {                              \
		if (!(condition))         \
			law_broken(name); \
	} while (0)
