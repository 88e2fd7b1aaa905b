/* SPDX-License-Identifier: ISC
 *
 * Smaller cases that fail just so, for tests/lib/naive_case.c.
 */
#include "tests/lib/naive_case.h"

#include <string.h>

static bool keeps_failing(struct naive_case *c, case_fails_fn *still_fails)
{
	case_pack(c);
	return still_fails(c);
}

static bool shrink_statements(struct naive_case *c, case_fails_fn *still_fails)
{
	bool has_shrunk = false;

	for (size_t i = c->statement_count; i-- > 0;) {
		struct naive_case before = *c;

		case_remove(c, i);
		if (keeps_failing(c, still_fails))
			has_shrunk = true;
		else
			*c = before;
	}
	return has_shrunk;
}

/* One list of a message: drop its last elements, all but least. */
static bool shrink_list(struct naive_case *c, case_fails_fn *still_fails, size_t *count,
			size_t least)
{
	bool has_shrunk = false;

	while (*count > least) {
		--*count;
		if (!keeps_failing(c, still_fails)) {
			++*count;
			break;
		}
		has_shrunk = true;
	}
	return has_shrunk;
}

static bool shrink_terms(struct naive_case *c, case_fails_fn *still_fails,
			 Pidc__V1__ConsentStatement *st)
{
	bool has_shrunk = false;

	has_shrunk |= shrink_list(c, still_fails, &st->n_conditions, 0);
	has_shrunk |= shrink_list(c, still_fails, &st->n_purposes, 1);
	has_shrunk |= shrink_list(c, still_fails, &st->n_actions, 1);
	if (st->n_fields > 0)
		has_shrunk |= shrink_list(c, still_fails, &st->n_fields, 1);
	return has_shrunk;
}

static bool shrink_period(struct naive_case *c, case_fails_fn *still_fails,
			  Pidc__V1__TimeRange **range)
{
	Pidc__V1__TimeRange *before = *range;

	if (before == NULL)
		return false;
	*range = NULL;
	if (keeps_failing(c, still_fails))
		return true;
	*range = before;
	return false;
}

void case_shrink(struct naive_case *c, case_fails_fn *still_fails)
{
	bool has_shrunk = true;

	while (has_shrunk) {
		has_shrunk = shrink_statements(c, still_fails);
		has_shrunk |= shrink_list(c, still_fails, &c->facts.n_instruments, 0);
		has_shrunk |= shrink_list(c, still_fails, &c->query.n_fields, 1);
		has_shrunk |= shrink_period(c, still_fails, &c->subject.period);
		for (size_t i = 0; i < c->statement_count; i++) {
			Pidc__V1__ConsentStatement *st = c->statements[i].statement;

			if (st == NULL)
				continue;
			has_shrunk |= shrink_terms(c, still_fails, st);
			has_shrunk |= shrink_period(c, still_fails, &st->data_period);
		}
	}
	case_pack(c);
}
