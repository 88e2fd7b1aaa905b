/* SPDX-License-Identifier: ISC
 *
 * The decision against tests/lib/naive_decision.c over a whole small world: two owners,
 * two recipients, two datasets, a purpose and one below it. Every statement about them
 * (GRANT, exclusive GRANT, VETO, and what changes a chain that is there), in every order,
 * up to three of them; and up to four of those that meet the question. Which of two
 * owners, recipients or datasets is asked about makes no difference, so it is always the
 * first; both purposes are asked for.
 *
 * CTest labels: sharing
 */
#include "tests/lib/naive_case.h"

#include "core/message.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KIND(k)    PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##k
#define VERDICT(v) PIDC__V1__VERDICT__VERDICT_##v
#define DEPTH      4
#define SCOPES     16 /* one bit a dimension: owner, recipient, dataset, purpose */
#define OPENINGS   3  /* GRANT, exclusive GRANT, VETO */
#define CHANGES    4  /* below */

static const char *const owners[] = {"tv", "fj"};
static const char *const recipients[] = {"iom", "oco"};
static const char *const datasets[] = {"over", "ras"};
static const char *const purposes[] = {"ME", "ME_BORDER"};
static const char *const chains[DEPTH] = {"c-0", "c-1", "c-2", "c-3"};

static const struct change {
	Pidc__V1__StatementKind kind;
	bool is_fall_back;
} changes[CHANGES] = {
	{KIND(REVOKE), false}, {KIND(REVOKE), true}, {KIND(SUSPEND), false}, {KIND(RESUME), false}};

/* What a chain takes next. */
enum state {
	CURRENT,
	SUSPENDED,
	ENDED,
};

struct chain_now {
	size_t scope;
	bool is_veto;
	enum state state;
};

struct world {
	struct naive_case c;   /* facts and questions; its statements are not used */
	struct arena *scratch; /* of one answer */
	/* Serialized, by the chain's place. */
	ProtobufCBinaryData openings[DEPTH][OPENINGS][SCOPES];
	ProtobufCBinaryData changes[DEPTH][2][CHANGES];
	Pidc__Store__V1__StatementRow rows[DEPTH];
	Pidc__Store__V1__StatementRow *row_list[DEPTH];
	Pidc__V1__ConsentStatement *shown[DEPTH];
	struct chain_now now[DEPTH];
	size_t chain_count;
	size_t max;
	bool is_meeting; /* only what meets the question */
	size_t sequences;
	size_t permits;
	size_t denials[4]; /* by veto, by revocation, by default, other */
};

static struct world w;

/* ---- what may be said */

static char *text(const char *value)
{
	char *copy = arena_strdup(w.c.arena, value);

	assert_non_null(copy);
	return copy;
}

static char **list_of(const char *value)
{
	char **list = arena_calloc(w.c.arena, 1, sizeof(*list));

	assert_non_null(list);
	list[0] = text(value);
	return list;
}

static void *fresh(const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = message_new(descriptor, w.c.arena);

	assert_non_null(message);
	return message;
}

static ProtobufCBinaryData packed(const Pidc__V1__ConsentStatement *st)
{
	ProtobufCBinaryData bytes;

	assert_int_equal(message_pack(&st->base, w.c.arena, &bytes), 0);
	return bytes;
}

static ProtobufCBinaryData opening(size_t chain, size_t how, size_t scope)
{
	Pidc__V1__ConsentStatement *st = fresh(&pidc__v1__consent_statement__descriptor);

	st->kind = how == 2 ? KIND(VETO) : KIND(GRANT);
	st->mode = how == 2   ? PIDC__V1__GRANT_MODE__GRANT_MODE_UNSPECIFIED
		   : how == 1 ? PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE
			      : PIDC__V1__GRANT_MODE__GRANT_MODE_ADD;
	st->consent_id = text(chains[chain]);
	st->owner_org = text(owners[scope & 1]);
	st->recipient = fresh(&pidc__v1__recipient_selector__descriptor);
	st->recipient->orgs = list_of(recipients[scope >> 1 & 1]);
	st->recipient->n_orgs = 1;
	st->recipient->capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	st->data = fresh(&pidc__v1__data_selector__descriptor);
	st->data->dataset_ids = list_of(datasets[scope >> 2 & 1]);
	st->data->n_dataset_ids = 1;
	st->purposes = list_of(purposes[scope >> 3 & 1]);
	st->n_purposes = 1;
	st->fields = list_of("a");
	st->n_fields = 1;
	st->actions = arena_calloc(w.c.arena, 1, sizeof(*st->actions));
	assert_non_null(st->actions);
	st->actions[st->n_actions++] = PIDC__V1__ACTION__ACTION_READ;
	return packed(st);
}

static ProtobufCBinaryData changing(size_t chain, size_t owner, const struct change *change)
{
	Pidc__V1__ConsentStatement *st = fresh(&pidc__v1__consent_statement__descriptor);

	st->kind = change->kind;
	st->fall_back = change->is_fall_back;
	st->consent_id = text(chains[chain]);
	st->owner_org = text(owners[owner]);
	return packed(st);
}

static void fill_statements(void)
{
	for (size_t i = 0; i < DEPTH; i++) {
		for (size_t how = 0; how < OPENINGS; how++)
			for (size_t scope = 0; scope < SCOPES; scope++)
				w.openings[i][how][scope] = opening(i, how, scope);
		for (size_t owner = 0; owner < 2; owner++)
			for (size_t k = 0; k < CHANGES; k++)
				w.changes[i][owner][k] = changing(i, owner, &changes[k]);
		pidc__store__v1__statement_row__init(&w.rows[i]);
		w.rows[i].index = 100 + i;
		w.rows[i].recorded_at =
			time_to_proto(w.c.arena, CASE_START + (int64_t)i * CASE_SLOT);
		assert_non_null(w.rows[i].recorded_at);
		w.row_list[i] = &w.rows[i];
	}
}

/* ---- what is asked */

static void fill_question(void)
{
	Pidc__Store__V1__DecisionFacts *facts = &w.c.facts;
	Pidc__Store__V1__Subject *subject = &w.c.subject;
	Pidc__Store__V1__SubjectField *field = fresh(&pidc__store__v1__subject_field__descriptor);

	case_draw(&w.c, 1); /* for a recipient and an agreement */
	pidc__store__v1__subject__init(subject);
	field->name = text("a");
	field->schema_version = 1;
	subject->fields = arena_calloc(w.c.arena, 1, sizeof(*subject->fields));
	assert_non_null(subject->fields);
	subject->fields[subject->n_fields++] = field;
	subject->owner_org = text(owners[0]);
	subject->dataset_id = text(datasets[0]);
	subject->contribution_id = text("k0");
	subject->category = text("OVER");
	subject->granularity = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	subject->classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	pidc__store__v1__decision_facts__init(facts);
	facts->owner = fresh(&pidc__store__v1__org_state__descriptor);
	facts->owner->org = text(owners[0]);
	facts->owner->is_active = true;
	/* A member: no gate but the owner's and the consent. */
	facts->recipient = fresh(&pidc__store__v1__recipient_facts__descriptor);
	facts->recipient->org = text(recipients[0]);
	facts->recipient->kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER;
	facts->recipient->is_active_member = true;
	pidc__store__v1__decision_query__init(&w.c.query);
	w.c.query.owner_org = text(owners[0]);
	w.c.query.recipient_org = text(recipients[0]);
	w.c.query.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	w.c.query.action = PIDC__V1__ACTION__ACTION_READ;
	w.c.query.fields = list_of("a");
	w.c.query.n_fields = 1;
	w.c.now_us = CASE_START + DEPTH * CASE_SLOT;
	w.c.held = NULL;
}

static void ask_for(size_t purpose)
{
	w.c.query.purpose = text(purposes[purpose]);
	w.c.statement_count = 0;
	case_pack(&w.c); /* the purposes above and below */
	w.c.facts.statements = w.row_list;
}

/* ---- both answers */

static void fail_at(size_t count, const struct decision *core, const struct naive_answer *naive)
{
	for (size_t i = 0; i < count; i++) {
		w.shown[i] = pidc__v1__consent_statement__unpack(NULL, w.rows[i].statement.len,
								 w.rows[i].statement.data);
		assert_non_null(w.shown[i]);
		w.c.statements[i] =
			(struct case_statement){.statement = w.shown[i],
						.consent_id = w.shown[i]->consent_id,
						.index = w.rows[i].index,
						.recorded_us = CASE_START + (int64_t)i * CASE_SLOT};
	}
	w.c.statement_count = count;
	fprintf(stderr, "core %d %d, naive %d %d\n", (int)core->verdict, (int)core->reason,
		(int)naive->verdict, (int)naive->reason);
	case_print(&w.c);
	fail();
}

static void compare(size_t count)
{
	const struct naive_question question = {.facts = &w.c.facts,
						.query = &w.c.query,
						.subject = &w.c.subject,
						.tree = &case_tree,
						.now_us = w.c.now_us,
						.allocator = arena_protobuf(w.scratch)};
	struct decision_set *set = NULL;
	struct naive_answer naive;
	struct decision core;

	arena_reset(w.scratch);
	w.c.facts.n_statements = count;
	assert_int_equal(decision_compile(&w.c.facts, &w.c.query, w.scratch, &set), 0);
	assert_int_equal(decision_evaluate(set, &w.c.subject, w.c.now_us, w.scratch, &core), 0);
	naive_decide(&question, &naive);
	if (core.verdict != naive.verdict || core.reason != naive.reason ||
	    strcmp(core.consent_id, naive.consent_id) != 0)
		fail_at(count, &core, &naive);
	w.sequences++;
	w.permits += core.verdict == VERDICT(PERMIT);
	w.denials[core.reason == PIDC__V1__REASON__REASON_D_VETO           ? 0
		  : core.reason == PIDC__V1__REASON__REASON_D_REVOKED      ? 1
		  : core.reason == PIDC__V1__REASON__REASON_D_DEFAULT_DENY ? 2
									   : 3]++;
}

/* ---- all orders */

static bool takes(const struct chain_now *chain, const struct change *change)
{
	switch (change->kind) {
	case KIND(SUSPEND):
		return chain->state == CURRENT && !chain->is_veto;
	case KIND(RESUME):
		return chain->state == SUSPENDED;
	default:
		return chain->state != ENDED;
	}
}

static void say_all(size_t count);

static void say(size_t count, ProtobufCBinaryData statement)
{
	w.rows[count].statement = statement;
	compare(count + 1);
	say_all(count + 1);
}

static void say_changes(size_t count)
{
	for (size_t i = 0; i < w.chain_count; i++)
		for (size_t k = 0; k < CHANGES; k++) {
			const struct chain_now before = w.now[i];

			if (!takes(&before, &changes[k]))
				continue;
			w.now[i].state = changes[k].kind == KIND(REVOKE)    ? ENDED
					 : changes[k].kind == KIND(SUSPEND) ? SUSPENDED
									    : CURRENT;
			say(count, w.changes[i][before.scope & 1][k]);
			w.now[i] = before;
		}
}

/* One statement more, each that there is. NOLINTNEXTLINE(misc-no-recursion): DEPTH deep */
static void say_all(size_t count)
{
	if (count == w.max)
		return;
	say_changes(count);
	for (size_t how = 0; how < OPENINGS; how++)
		for (size_t scope = 0; scope < SCOPES; scope++) {
			if (w.is_meeting && (scope & 7) != 0)
				continue;
			w.now[w.chain_count++] = (struct chain_now){scope, how == 2, CURRENT};
			say(count, w.openings[w.chain_count - 1][how][scope]);
			w.chain_count--;
		}
}

static void agree(size_t max, bool is_meeting, size_t expected)
{
	w.max = max;
	w.is_meeting = is_meeting;
	w.sequences = 0;
	w.permits = 0;
	memset(w.denials, 0, sizeof(w.denials));
	for (size_t purpose = 0; purpose < 2; purpose++) {
		ask_for(purpose);
		say_all(0);
	}
	/* The world is as large as it was; and all kinds of answers are in it. */
	assert_int_equal(w.sequences, expected);
	assert_true(w.permits > 0 && w.denials[0] > 0 && w.denials[1] > 0 && w.denials[2] > 0);
}

static void three_statements_of_any_kind(void **state)
{
	(void)state;
	agree(3, false, 263200);
}

static void four_statements_that_meet_the_question(void **state)
{
	(void)state;
	agree(4, true, 12788);
}

static int setup(void **state)
{
	(void)state;
	case_open(&w.c);
	w.scratch = arena_new(0);
	fill_question();
	fill_statements();
	return w.scratch != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(w.scratch);
	case_close(&w.c);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_statements_of_any_kind),
		cmocka_unit_test(four_statements_that_meet_the_question),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
