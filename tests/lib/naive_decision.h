/* SPDX-License-Identifier: ISC
 *
 * The decision once more, for the tests: written from the policy's text and the
 * messages alone, by somebody who had not read core/decision*.c, and as slow and
 * plain as possible. Everything is spelled out as explicit sets: each field, each
 * purpose of the tree, each action, each stretch of time between two boundaries. A
 * permit covers a question when it has every element of it; an exclusion overlaps
 * it when it has one.
 *
 * Whoever changes what the decision means changes both, from the policy's text; a
 * copy of core's code in here would prove nothing.
 */
#pragma once

#include "pidc/store/v1/store.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/reason.pb-c.h"
#include "pidc/v1/statement.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Elements of one dimension: bits of a word. */
#define NAIVE_SET_MAX 64
/* Statements of one case. */
#define NAIVE_ROWS_MAX 32

/* The purpose tree; parent -1 for the top ones. */
struct naive_tree {
	size_t count;
	const char *codes[NAIVE_SET_MAX];
	int parents[NAIVE_SET_MAX];
};

struct naive_question {
	const Pidc__Store__V1__DecisionFacts *facts;
	const Pidc__Store__V1__DecisionQuery *query;
	const Pidc__Store__V1__Subject *subject;
	const struct naive_tree *tree;
	int64_t now_us;
	/* Granted before in the same chunk. */
	const Pidc__Store__V1__Subject *const *held;
	size_t held_count;
	ProtobufCAllocator *allocator; /* NULL: malloc */
};

struct naive_answer {
	Pidc__V1__Verdict verdict;
	Pidc__V1__Reason reason;         /* of the first gate; UNSPECIFIED for PERMIT */
	Pidc__V1__Reason gate_reason;    /* G2 to G8 alone */
	Pidc__V1__Reason consent_reason; /* G9 and G10 alone */
	bool is_waiting;                 /* consent lacks the owner's word only */
	char consent_id[37];             /* of the permit that passed G9, or waits, or "" */
	size_t obligation_count;         /* its obligations */
	uint32_t min_cell;               /* its smallest cell; 0: any */
	bool is_approved;                /* the owner confirmed this release */
};

/* Never fails; a case over the limits above ends the test (assert). */
void naive_decide(const struct naive_question *question, struct naive_answer *ret);
