/* SPDX-License-Identifier: ISC
 *
 * Random cases for the decision: an owner, a recipient, its agreements, the
 * statements of some chains in the order of the ledger, one subject, one question,
 * one instant. Small enough that things meet: few names, few instants, and most of
 * what is drawn leans towards what is asked for. The same seed gives the same case.
 *
 * A case owns its arena. Tests change the messages and pack them again.
 */
#pragma once

#include "tests/lib/naive_decision.h"

#include "core/arena.h"
#include "core/decision.h"

#include <stdbool.h>
#include <stdint.h>

#define CASE_STATEMENTS_MAX 12

/* 2026-01-05T00:00:00Z; what happens falls on one of so many days of it. */
#define CASE_START INT64_C(1767571200000000)
#define CASE_SLOTS 12
#define CASE_SLOT  (INT64_C(7) * 24 * 3600 * 1000000)

struct case_statement {
	/* NULL: a row that is no statement. Rows one after the other with the same statement
	 * are of one entry: it speaks of many chains. */
	Pidc__V1__ConsentStatement *statement;
	const char *consent_id; /* the chain that the row is of */
	int64_t recorded_us;
	uint64_t index;
	bool is_approved; /* by a second person (SD-6) */
};

struct naive_case {
	struct arena *arena;
	uint64_t seed;  /* of this case */
	uint64_t state; /* of its dice */
	Pidc__Store__V1__DecisionFacts facts;
	Pidc__Store__V1__DecisionQuery query;
	Pidc__Store__V1__Subject subject;
	const Pidc__Store__V1__Subject *held; /* granted before in the same chunk, or NULL */
	int64_t now_us;
	/* All of them, those later than now too; in the order of the ledger. */
	struct case_statement statements[CASE_STATEMENTS_MAX];
	size_t statement_count;
};

/* The purposes of all cases. */
extern const struct naive_tree case_tree;

void case_open(struct naive_case *c);
void case_close(struct naive_case *c);

/* Draw a case; the one before is gone. */
void case_draw(struct naive_case *c, uint64_t seed);

/* Below n, and true once in n; for tests that change a case by chance. */
unsigned case_below(struct naive_case *c, unsigned n);
bool case_once_in(struct naive_case *c, unsigned n);

/* A GRANT or VETO (is_veto) of a new chain that leans towards what is asked for,
 * recorded at this instant; not added to the case. */
Pidc__V1__ConsentStatement *case_terms(struct naive_case *c, bool is_veto, int64_t recorded_us);

/* Put a statement in at this place and number the statements anew. A statement on many
 * chains takes as many rows. */
void case_insert(struct naive_case *c, size_t at, Pidc__V1__ConsentStatement *statement,
		 int64_t recorded_us);
/* REVOKE or SUSPEND of some of the chains that are there, by one statement; NULL when there
 * are none, or no room for their rows. Not added to the case. */
Pidc__V1__ConsentStatement *case_revoke_all(struct naive_case *c);
void case_remove(struct naive_case *c, size_t at);

/* Make the facts' rows from the statements that are recorded by now, and tell the
 * facts what the purpose asked for is under. */
void case_pack(struct naive_case *c);

/* Both answers about the case as it was packed. */
struct decision case_decide(struct naive_case *c);
void case_decide_naive(const struct naive_case *c, struct naive_answer *ret);

/* The case, readable, on stderr. */
void case_print(struct naive_case *c);

/* Take out whatever can go while still_fails says so; packs the case. */
typedef bool case_fails_fn(struct naive_case *c);
void case_shrink(struct naive_case *c, case_fails_fn *still_fails);

/* From the environment: PIDC_SEED (else otherwise) and PIDC_CASES. */
uint64_t case_seed_wanted(uint64_t otherwise);
size_t case_count_wanted(size_t otherwise);
