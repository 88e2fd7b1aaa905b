/* SPDX-License-Identifier: ISC
 *
 * For tests/lib/naive_decision.c: what the statements of one owner say about one
 * question, as parts with explicit sets.
 */
#pragma once

#include "tests/lib/naive_decision.h"

/* One stretch of the whole of time, [start, next start). */
struct naive_universe {
	size_t item_count; /* element 0: whatever no statement can name */
	const char *items[NAIVE_SET_MAX];
	size_t field_count;
	const char *fields[NAIVE_SET_MAX];
	size_t start_count;
	int64_t starts[NAIVE_SET_MAX]; /* ascending; the first is INT64_MIN */
};

/* A product of sets, one a dimension. */
struct naive_sets {
	uint64_t items;
	uint64_t fields;
	uint64_t starts;
	uint64_t purposes;
	uint64_t actions;
};

/* What one chain has come to at the instant of the question. */
struct naive_chain {
	const char *consent_id;
	const Pidc__V1__ConsentStatement *terms; /* its last GRANT or VETO, as corrected */
	uint64_t terms_index;
	int64_t recorded_us; /* of the terms */
	bool is_approved;    /* two persons signed them */
	int64_t from_us;     /* when they are valid, half-open */
	int64_t to_us;
	struct naive_sets permits; /* what a GRANT gives */
	struct naive_sets denies;  /* what its exclusion takes away */
	bool is_permitted;         /* the GRANT is for the recipient, by now */
	bool is_denied;            /* the exclusion is */
	bool is_revoked;
	bool is_suspended;
	bool is_fall_back;    /* revoked so that nothing stays closed */
	bool is_unknown;      /* says something that nobody can evaluate */
	uint64_t ended_index; /* of the last REVOKE or SUSPEND */
};

struct naive_chains {
	Pidc__V1__ConsentStatement *statements[NAIVE_ROWS_MAX]; /* of the facts' rows */
	struct naive_chain chains[NAIVE_ROWS_MAX];
	size_t count;
	bool has_garbage; /* a row that is no statement, or not of its chain */
	struct naive_universe universe;
	struct naive_sets asked;
};

/* Fill *ret; naive_chains_close frees what it holds. */
void naive_chains_open(const struct naive_question *question, struct naive_chains *ret);
void naive_chains_close(const struct naive_question *question, struct naive_chains *chains);

/* naive_sets.c: all names and instants; what is asked; what a chain's terms say. */
void naive_fill_universe(const struct naive_question *question, struct naive_chains *chains);
void naive_ask_sets(const struct naive_question *question, struct naive_chains *chains);
void naive_take_sets(const struct naive_question *question, struct naive_chains *chains,
		     struct naive_chain *chain);

bool naive_covers(const struct naive_sets *sets, const struct naive_sets *asked);
bool naive_overlaps(const struct naive_sets *sets, const struct naive_sets *asked);

/* Lacks nothing but the owner's word about this release; told as D_CONDITION. */
#define NAIVE_WAITS PIDC__V1__REASON__REASON_D_CONSENT

/* G10 and G11 of one permit (naive_condition.c): UNSPECIFIED, D_CONDITION,
 * D_UNKNOWN_CONDITION, D_SMALL_CELL, NAIVE_WAITS. */
Pidc__V1__Reason naive_judge(const struct naive_question *question, const struct naive_chain *p);
bool naive_has_condition(const struct naive_chain *p, Pidc__V1__ConditionKind kind);
size_t naive_count_obligations(const struct naive_chain *p);
uint32_t naive_min_cell(const struct naive_question *question, const struct naive_chain *p);
/* The recipient is leaving; p was signed for the winding down, after that began (3.4). */
bool naive_is_exiting(const struct naive_question *question);
bool naive_is_wind_down(const struct naive_question *question, const struct naive_chain *p);

/* G2 to G8 (naive_gate.c). is_wind_down: consent lets a leaving partner have it. */
Pidc__V1__Reason naive_check_gates(const struct naive_question *question, bool is_wind_down);
/* Whether the purpose asked for is this one or below it. */
bool naive_is_under(const struct naive_question *question, const char *code);
bool naive_is_allowed_by(const struct naive_question *question,
			 const Pidc__Store__V1__InstrumentFacts *instrument);

/* Unix microseconds; absent gives otherwise. */
int64_t naive_instant(const Google__Protobuf__Timestamp *ts, int64_t otherwise);
bool naive_has(char *const *list, size_t count, const char *text);
