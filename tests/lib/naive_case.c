/* SPDX-License-Identifier: ISC */
#include "tests/lib/naive_draw.h"

#include "core/message.h"
#include "core/reason.h"
#include "core/text.h"
#include "wire/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void case_open(struct naive_case *c)
{
	*c = (struct naive_case){.arena = arena_new(0)};
	assert(c->arena != NULL);
}

void case_close(struct naive_case *c)
{
	arena_free(c->arena);
}

void *case_new(struct naive_case *c, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = message_new(descriptor, c->arena);

	assert(message != NULL);
	return message;
}

/* ---- statements in and out */

static void renumber(struct naive_case *c)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < c->statement_count; i++) {
		struct case_statement *row = &c->statements[i];

		if (i > 0 && row->statement != NULL && row->statement == row[-1].statement) {
			row->index = row[-1].index;
			row->recorded_us = row[-1].recorded_us;
			continue;
		}
		row->index = 100 + i;
		if (row->recorded_us <= last)
			row->recorded_us = last + 1;
		last = row->recorded_us;
	}
}

void case_insert(struct naive_case *c, size_t at, Pidc__V1__ConsentStatement *statement,
		 int64_t recorded_us)
{
	size_t chains = statement != NULL ? statement->n_chains : 0;
	size_t rows = chains > 0 ? chains : 1;

	assert(c->statement_count + rows <= CASE_STATEMENTS_MAX && at <= c->statement_count);
	memmove(&c->statements[at + rows], &c->statements[at],
		(c->statement_count - at) * sizeof(c->statements[0]));
	for (size_t i = 0; i < rows; i++)
		c->statements[at + i] = (struct case_statement){
			.statement = statement,
			.consent_id = chains > 0          ? statement->chains[i]->consent_id
				      : statement == NULL ? "c-none"
							  : statement->consent_id,
			.recorded_us = recorded_us,
			.is_approved = !case_once_in(c, 3)};
	c->statement_count += rows;
	renumber(c);
}

void case_remove(struct naive_case *c, size_t at)
{
	assert(at < c->statement_count);
	c->statement_count--;
	memmove(&c->statements[at], &c->statements[at + 1],
		(c->statement_count - at) * sizeof(c->statements[0]));
}

/* ---- packing */

static size_t node_of(const char *code)
{
	for (size_t i = 0; i < case_tree.count; i++)
		if (strcmp(case_tree.codes[i], code) == 0)
			return i;
	return SIZE_MAX;
}

static void pack_purpose(struct naive_case *c)
{
	Pidc__Store__V1__DecisionFacts *facts = &c->facts;
	size_t asked = node_of(c->query.purpose);

	facts->n_purpose_path = 0;
	facts->n_purpose_descendants = 0;
	facts->purpose_path = arena_calloc(c->arena, case_tree.count, sizeof(char *));
	facts->purpose_descendants = arena_calloc(c->arena, case_tree.count, sizeof(char *));
	assert(facts->purpose_path != NULL && facts->purpose_descendants != NULL);
	if (asked == SIZE_MAX)
		return;
	for (int node = (int)asked; node >= 0; node = case_tree.parents[node])
		facts->purpose_path[facts->n_purpose_path++] =
			arena_strdup(c->arena, case_tree.codes[node]);
	for (size_t i = 0; i < case_tree.count; i++)
		for (int node = case_tree.parents[i]; node >= 0; node = case_tree.parents[node])
			if (node == (int)asked)
				facts->purpose_descendants[facts->n_purpose_descendants++] =
					arena_strdup(c->arena, case_tree.codes[i]);
}

void case_pack(struct naive_case *c)
{
	static uint8_t garbage[] = {0xff, 0xff, 0x01};
	Pidc__Store__V1__DecisionFacts *facts = &c->facts;

	facts->n_statements = 0;
	facts->statements = arena_calloc(c->arena, CASE_STATEMENTS_MAX, sizeof(*facts->statements));
	assert(facts->statements != NULL);
	for (size_t i = 0; i < c->statement_count; i++) {
		const struct case_statement *from = &c->statements[i];
		Pidc__Store__V1__StatementRow *row;

		if (from->recorded_us > c->now_us)
			break;
		row = case_new(c, &pidc__store__v1__statement_row__descriptor);
		row->index = from->index;
		row->is_approved = from->is_approved;
		row->consent_id = case_copy(c, from->consent_id);
		row->recorded_at = time_to_proto(c->arena, from->recorded_us);
		row->statement = (ProtobufCBinaryData){.data = garbage, .len = sizeof(garbage)};
		if (from->statement != NULL &&
		    message_pack(&from->statement->base, c->arena, &row->statement) < 0)
			abort();
		facts->statements[facts->n_statements++] = row;
	}
	pack_purpose(c);
}

/* ---- answers */

struct decision case_decide(struct naive_case *c)
{
	struct decision_set *set = NULL;
	struct decision decision;
	int rc = decision_compile(&c->facts, &c->query, c->arena, &set);

	if (rc == 0 && c->held != NULL)
		decision_hold(set, c->held);
	if (rc == 0)
		rc = decision_evaluate(set, &c->subject, c->now_us, c->arena, &decision);
	if (rc < 0)
		abort();
	return decision;
}

void case_decide_naive(const struct naive_case *c, struct naive_answer *ret)
{
	const struct naive_question question = {.facts = &c->facts,
						.query = &c->query,
						.subject = &c->subject,
						.tree = &case_tree,
						.now_us = c->now_us,
						.held = &c->held,
						.held_count = c->held != NULL,
						.allocator = arena_protobuf(c->arena)};

	naive_decide(&question, ret);
}

/* ---- printing */

static void print_message(struct naive_case *c, const char *what, const ProtobufCMessage *message)
{
	char *text = NULL;

	if (json_print(message, false, c->arena, &text, NULL) == 0)
		fprintf(stderr, "  %s %s\n", what, text);
	else
		fprintf(stderr, "  %s (does not print)\n", what);
}

void case_print(struct naive_case *c)
{
	Pidc__Store__V1__DecisionFacts facts = c->facts;
	struct naive_answer naive;
	struct decision core = case_decide(c);
	char now[28];

	case_decide_naive(c, &naive);
	time_format(c->now_us, now);
	facts.n_statements = 0;
	fprintf(stderr, "case PIDC_SEED=%llu, decided at %s\n", (unsigned long long)c->seed, now);
	print_message(c, "asked", &c->query.base);
	print_message(c, "subject", &c->subject.base);
	print_message(c, "facts", &facts.base);
	if (c->held != NULL)
		print_message(c, "held", &c->held->base);
	for (size_t i = 0; i < c->statement_count; i++) {
		char recorded[28];

		time_format(c->statements[i].recorded_us, recorded);
		fprintf(stderr, "  %llu %s of %s%s%s\n", (unsigned long long)c->statements[i].index,
			recorded, c->statements[i].consent_id,
			c->statements[i].is_approved ? " (approved)" : "",
			c->statements[i].recorded_us > c->now_us ? " (later)" : "");
		if (c->statements[i].statement == NULL)
			fprintf(stderr, "    (no statement)\n");
		else
			print_message(c, "  ", &c->statements[i].statement->base);
	}
	fprintf(stderr, "  core  %d %s chain \"%s\" obligations %zu cell %u%s\n", (int)core.verdict,
		reason_name(core.reason), core.consent_id, core.obligation_count, core.min_cell,
		core.is_approved ? " approved" : "");
	fprintf(stderr, "  naive %d %s chain \"%s\" obligations %zu cell %u%s\n",
		(int)naive.verdict, reason_name(naive.reason), naive.consent_id,
		naive.obligation_count, naive.min_cell, naive.is_approved ? " approved" : "");
}

uint64_t case_seed_wanted(uint64_t otherwise)
{
	const char *text = getenv("PIDC_SEED");

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

size_t case_count_wanted(size_t otherwise)
{
	const char *text = getenv("PIDC_CASES");

	return text != NULL ? (size_t)strtoull(text, NULL, 10) : otherwise;
}
