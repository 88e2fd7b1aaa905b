/* SPDX-License-Identifier: ISC
 *
 * Who can see what: all that one recipient may have of an owner's data, by the same
 * decision as a release. Field by field, since whoever may have several fields may
 * have each (C5), while permits never add up.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "pidc/store/v1/store.pb-c.h"
#include "pidc/v1/explain.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/* What a matrix of one recipient rests on; all borrowed. */
struct matrix_question {
	/* Owner, recipient, instruments, statements and subjects; its purposes are not read. */
	const Pidc__Store__V1__DecisionFacts *facts;
	const Pidc__Store__V1__PurposeRows *purposes;
	const char *owner_org;
	const char *recipient_org;
	int64_t now_us;
};

/* Rows in the arena given; zeroed at the start. */
struct matrix {
	Pidc__V1__MatrixRow **rows;
	size_t count;
	size_t room;
	size_t max;  /* rows that it takes; set by the caller */
	bool is_cut; /* there were more */
};

/* Add the recipient's rows: by capacity, purpose, action, subject, consent. 0 or
 * PIDC_ENOMEM. */
int matrix_add(const struct matrix_question *question, struct arena *arena,
	       struct matrix *matrix) PIDC_MUSTCHECK;

/* One more row, empty; the caller has looked at max. NULL when memory is short. */
Pidc__V1__MatrixRow *matrix_push(struct matrix *matrix, struct arena *arena);

/* What the rows of `more` let one have that those of `less` do not, whichever consent
 * it rests on: appended to *ret, in the order of `more`. Both of one recipient. Takes
 * about as long as sorting both. 0 or PIDC_ENOMEM. */
int matrix_difference(const struct matrix *more, const struct matrix *less, struct arena *arena,
		      struct matrix *ret) PIDC_MUSTCHECK;
