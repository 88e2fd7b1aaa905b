/* SPDX-License-Identifier: ISC
 *
 * The dice of tests/lib/naive_case.c, between its files.
 */
#pragma once

#include "tests/lib/naive_case.h"

#define KIND(k)        PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##k
#define UNKNOWN_KIND   ((Pidc__V1__StatementKind)42)
#define CONDITION(k)   PIDC__V1__CONDITION_KIND__CONDITION_KIND_##k
#define ORG_KIND(k)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##k
#define CAPACITY(k)    PIDC__V1__CAPACITY__CAPACITY_##k
#define PARTNERSHIP(s) PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##s

/* The names of all cases. */
struct case_names {
	unsigned count;
	const char *names[8];
};

extern const struct case_names case_recipients, case_classes, case_categories, case_fields,
	case_datasets, case_contributions, case_instruments, case_purposes, case_countries;

/* A new message, a copy of a text, an instant: in the case's arena. */
void *case_new(struct naive_case *c, const ProtobufCMessageDescriptor *descriptor);
void *case_array(struct naive_case *c, size_t count, size_t size);
char *case_copy(struct naive_case *c, const char *text);
const char *case_pick(struct naive_case *c, const struct case_names *all);
Google__Protobuf__Timestamp *case_pick_slot(struct naive_case *c, int from, int to);

/* wanted, or NULL once in n. */
const char *case_leaning(struct naive_case *c, unsigned n, const char *wanted);

/* Some of all, each once in n, and wanted for certain unless it is NULL; never none. */
char **case_pick_list(struct naive_case *c, const struct case_names *all, unsigned n,
		      const char *wanted, size_t *ret_count);

/* Half-open and not empty; or NULL, or with an open end. */
Pidc__V1__TimeRange *case_pick_range(struct naive_case *c, unsigned null_once_in, int slots);

/* One more statement of the case; maybe several rows of it. */
void case_draw_statement(struct naive_case *c, int64_t recorded_us);

/* naive_draw_fact.c: a condition of the statement; once the statements are there, what
 * their conditions count, ask the owner, and look for in what is held. */
void case_draw_condition(struct naive_case *c, Pidc__V1__ConsentStatement *st);
void case_draw_facts(struct naive_case *c);
