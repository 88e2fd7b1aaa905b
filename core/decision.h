/* SPDX-License-Identifier: ISC
 *
 * The decision: may this recipient have this, now? Gates in fixed order, the
 * first that fails gives the reason; then the consent rule: default deny, permits
 * only add, exclusions only subtract, permits are never combined (PRI-9d).
 *
 * One pure implementation, used by check, fetch, and whoever verifies later.
 * A decision_set is the compiled form of the facts: statements parsed once,
 * evaluated for many subjects.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "pidc/store/v1/store.pb-c.h"
#include "pidc/v1/consent.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct decision_set;

struct decision {
	Pidc__V1__Verdict verdict;
	Pidc__V1__Reason reason;   /* full reason; UNSPECIFIED for PERMIT */
	Pidc__V1__Reason visible;  /* what the recipient may know of it */
	const char *detail;        /* condition or field name, or "" */
	const char *consent_id;    /* chain used, or "" */
	const char *statement_id;  /* statement used, or "" */
	const char *instrument_id; /* or "" */
	uint32_t min_cell;         /* rows that rest on fewer persons are suppressed; 0: none */
	bool is_approved;          /* PERMIT because the owner confirmed this release */
	Pidc__V1__Condition **obligations;
	size_t obligation_count;
};

/* Compile facts. Borrows facts and query, which must outlive the set; memory
 * from the arena. Statements that do not parse or name unknown conditions are
 * kept as "denies" (C10), never dropped. 0 or PIDC_ENOMEM. */
int decision_compile(const Pidc__Store__V1__DecisionFacts *facts,
		     const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		     struct decision_set **ret) PIDC_MUSTCHECK;

/* Which further facts the conditions of the statements ask for: fills uses and
 * is_approval_asked of *ret, in the arena. An answer that rests on them changes with each
 * release, not only with what the owner says. 0 or PIDC_ENOMEM. */
int decision_needs(const Pidc__Store__V1__DecisionFacts *facts,
		   const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		   Pidc__Store__V1__DecisionNeeds *ret) PIDC_MUSTCHECK;

/* What follows is decided as if the recipient had this subject: the earlier items of the
 * same chunk. At most as many as the query has contributions. */
void decision_hold(struct decision_set *set, const Pidc__Store__V1__Subject *subject);

/* Decide about one subject at now_us (unix microseconds). subject NULL: unknown
 * or invisible; the recipient sees then exactly what it would see of a subject
 * that nobody lets it have. Fills *ret. 0 or PIDC_ENOMEM. */
int decision_evaluate(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		      int64_t now_us, struct arena *arena, struct decision *ret) PIDC_MUSTCHECK;

/* As long as the register's clock is before the instant given (from now_us on), and
 * nothing is recorded, every evaluation of this set gives the answer of now_us. now_us
 * itself when no answer of this set may be kept. Facts that are made from the clock
 * before they get here need a boundary here. */
int64_t decision_stable_until(const struct decision_set *set, int64_t now_us);

/* As decision_evaluate, with all gates, and for the owner (is_owner; the auditor too) all grants
 * and exclusions that bear on it. Fills *ret but for its position; what it points to lives as long
 * as arena and facts. 0 or PIDC_ENOMEM. */
int decision_explain(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		     int64_t now_us, bool is_owner, struct arena *arena,
		     Pidc__V1__ExplainDecisionResponse *ret) PIDC_MUSTCHECK;
