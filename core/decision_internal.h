/* SPDX-License-Identifier: ISC
 *
 * Between the files of the decision. Everything that depends on recipient, purpose
 * and action alone is settled when the facts are compiled; what is left for each
 * subject is its data, period, fields, classification, and the clock.
 */
#pragma once

#include "core/chain.h"
#include "core/decision.h"

/* The scope of a chain's terms, as far as it is not settled at compile time. */
struct scope {
	const Pidc__V1__ConsentStatement *terms; /* NULL: everything */
	char **contribution_ids;                 /* sorted */
	char **dataset_ids;                      /* sorted */
	int64_t period_from_us;
	int64_t period_to_us;
};

/* How a permit names the recipient; closer is more specific. */
enum recipient_rank {
	RECIPIENT_ORG,
	RECIPIENT_CLASS,
	RECIPIENT_ALL,
};

/* The permit part of a GRANT whose recipient and action fit the query. */
struct permit {
	const struct chain *chain;
	struct scope scope;
	enum recipient_rank recipient_rank;
	int64_t recipient_from_us; /* an OPEN class covers later joiners from here on */
	bool covers_purpose;
	size_t purpose_depth; /* 0: the purpose itself, then its ancestors */
	bool is_ended;        /* revoked or suspended: only a reason */
};

/* What an exclusion came from, in the order of reasons. */
enum exclusion_kind {
	EXCLUSION_VETO,
	EXCLUSION_ENDED,     /* a revocation is a refusal */
	EXCLUSION_UNKNOWN,   /* we cannot read it, so it denies */
	EXCLUSION_EXCLUSIVE, /* gives no reason of its own: its chain's permit does */
};

/* An exclusion part whose recipient, purpose and action meet the query. */
struct exclusion {
	const struct chain *chain;
	enum exclusion_kind kind;
	struct scope scope;
	int64_t from_us; /* in effect in [from, to) */
	int64_t to_us;
	uint64_t before_index; /* blocks permits recorded before this entry */
};

struct decision_set {
	const Pidc__Store__V1__DecisionFacts *facts;
	const Pidc__Store__V1__DecisionQuery *query;
	struct chain_set chains;
	struct permit *permits;
	size_t permit_count;
	struct exclusion *exclusions;
	size_t exclusion_count;
	/* Granted in this very chunk, so held as well. */
	const Pidc__Store__V1__Subject **held;
	size_t held_count;
	bool is_exiting; /* only WIND_DOWN permits signed since count */
	int64_t exiting_since_us;
};

/* Instruments that allow the recipient this subject now: the outcome of G5 and
 * G8. reason_* are 0 when passed. */
struct instrument_check {
	Pidc__V1__Reason own_reason;     /* D_MOU, D_MOU_SCOPE: nothing to do with the subject */
	Pidc__V1__Reason subject_reason; /* D_MOU_SCOPE for this subject */
	Pidc__V1__Reason ceiling_reason; /* D_CLASSIFICATION */
	const Pidc__Store__V1__InstrumentFacts **passing;
	size_t passing_count;
};

/* What the consent rule says (G9, G10). */
struct consent_outcome {
	Pidc__V1__Reason reason; /* 0: permitted */
	bool needs_owner;        /* only the owner's confirmation of this release is missing */
	bool is_told;            /* all but this holds: the recipient may know what it is */
	const char *detail;
	const struct permit *permit; /* that permits, or would once the owner confirms */
	Pidc__V1__Condition **obligations;
	size_t obligation_count;
};

/* In the order in which they are asked. */
enum gate {
	GATE_SUBJECT,     /* G1 */
	GATE_OWNER,       /* G2 */
	GATE_STATE,       /* G3 */
	GATE_BOARD,       /* G4 */
	GATE_MOU,         /* G5: any instrument, purpose, action */
	GATE_MOU_SUBJECT, /* G5: granularity, confidentiality */
	GATE_REVIEW,      /* G6 */
	GATE_FUNDING,     /* G7 */
	GATE_CEILING,     /* G8 */
	GATE_CONSENT,     /* G9, G10 */
	GATE_COUNT,
};

/* Who may know why a gate failed. */
enum audience {
	AUDIENCE_OWNER,     /* the recipient is told D_CONSENT */
	AUDIENCE_RECIPIENT, /* it is about the recipient, whatever the subject */
	AUDIENCE_CONSENTED, /* it tells of the subject: only whom consent lets have it */
};

/* All gates of one decision; 0 where one is passed. */
struct gates {
	Pidc__V1__Reason reasons[GATE_COUNT];
	struct instrument_check instruments;
	struct consent_outcome consent;
};

/* decision.c: all gates at once. 0 or PIDC_ENOMEM. */
int gates_fill(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
	       int64_t now_us, struct arena *arena, struct gates *gates) PIDC_MUSTCHECK;
/* The decision that the gates make. subject as decision_evaluate has it. */
void decision_of_gates(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		       const struct gates *gates, struct decision *ret);
enum audience gate_audience(enum gate gate);
/* What the recipient may know of a denial. */
Pidc__V1__Reason gates_visible(const struct gates *gates);
/* The subject, when it is one of the owner asked about, else NULL. */
const Pidc__Store__V1__Subject *subject_of_owner(const struct decision_set *set,
						 const Pidc__Store__V1__Subject *subject);

/* decision_compile.c, decision_scope.c */
bool path_has(const struct decision_set *set, const char *purpose);
bool scope_covers_data(const struct scope *scope, const Pidc__Store__V1__Subject *subject);
bool scope_covers_period(const struct scope *scope, const Pidc__Store__V1__Subject *subject);
/* The first field of the query that is not covered, or NULL. */
const char *scope_missing_field(const struct scope *scope, const struct decision_set *set,
				const Pidc__Store__V1__Subject *subject);
bool scope_meets(const struct scope *scope, const struct decision_set *set,
		 const Pidc__Store__V1__Subject *subject);
int scope_read(const Pidc__V1__ConsentStatement *terms, struct arena *arena,
	       struct scope *ret) PIDC_MUSTCHECK;

/* decision_condition.c */
struct condition_input {
	const struct decision_set *set;
	const Pidc__Store__V1__Subject *subject;
	const struct instrument_check *instruments;
	const struct chain *chain; /* whose condition it is */
	int64_t now_us;
};

enum condition_result {
	CONDITION_HOLDS, /* or is an obligation */
	CONDITION_FAILS,
	CONDITION_UNKNOWN, /* we do not know the kind */
	CONDITION_WAITS,   /* for the owner */
};

/* decision_cell.c: the smallest number of persons that a row may rest on under these
 * terms; 0: any. */
uint32_t min_cell_of(const Pidc__V1__ConsentStatement *terms,
		     const Pidc__Store__V1__Subject *subject);
/* G11: whether the subject can go with rows under min_cell suppressed. */
bool cell_is_safe(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		  uint32_t min_cell);

enum condition_result condition_check(const struct condition_input *in,
				      const Pidc__V1__Condition *condition);
/* "EMBARGO_UNTIL"; "" for a kind that we do not know. */
const char *condition_name(Pidc__V1__ConditionKind kind);
bool condition_is_obligation(Pidc__V1__ConditionKind kind);

/* decision_consent.c: G9 and G10. 0 or PIDC_ENOMEM. */
int consent_decide(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		   const struct instrument_check *instruments, int64_t now_us, struct arena *arena,
		   struct consent_outcome *ret) PIDC_MUSTCHECK;

/* What one permit lacks for this subject, and who blocks it: fills misses, detail and
 * blocked_by. 0 or PIDC_ENOMEM. */
int permit_explain(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		   const struct instrument_check *instruments, const struct permit *permit,
		   int64_t now_us, struct arena *arena,
		   Pidc__V1__PermitFinding *ret) PIDC_MUSTCHECK;
bool exclusion_meets(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		     const struct exclusion *exclusion, int64_t now_us);

/* decision_instrument.c: G5 and G8; subject NULL leaves the subject's part open.
 * 0 or PIDC_ENOMEM. */
int instruments_check(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		      int64_t now_us, struct arena *arena,
		      struct instrument_check *ret) PIDC_MUSTCHECK;
