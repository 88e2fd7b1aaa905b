/* SPDX-License-Identifier: ISC
 *
 * The facts of a run: of many calls at once, and of those that ask the same only once.
 */
#include "daemon/service/internal.h"

#include <string.h>

/* What is asked, each once. */
struct asked {
	struct command_call **calls; /* the first of each */
	const ProtobufCMessage **in;
	const Pidc__Store__V1__Context **ctxs;
	ProtobufCMessage **targets;
	size_t count;
	size_t *table; /* by key: number from 1, 0 for none */
	size_t mask;
};

static int asked_init(struct asked *asked, size_t n, struct arena *arena)
{
	size_t size = 2;

	while (size < 2 * n)
		size *= 2;
	asked->calls = arena_calloc(arena, n, sizeof(*asked->calls));
	asked->in = arena_calloc(arena, n, sizeof(*asked->in));
	asked->ctxs = arena_calloc(arena, n, sizeof(*asked->ctxs));
	asked->targets = arena_calloc(arena, n, sizeof(*asked->targets));
	asked->table = arena_calloc(arena, size, sizeof(*asked->table));
	asked->mask = size - 1;
	return asked->calls == NULL || asked->in == NULL || asked->ctxs == NULL ||
			       asked->targets == NULL || asked->table == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

static const char *key_of(const struct command_call *call)
{
	command_key_fn *key = call->job->method->command->key;

	return key == NULL ? "" : key(call->job->request);
}

static bool is_same(const struct command_call *a, const struct command_call *b)
{
	return strcmp(key_of(a), key_of(b)) == 0 && strcmp(a->actor->org, b->actor->org) == 0 &&
	       strcmp(a->actor->principal_id, b->actor->principal_id) == 0;
}

/* The slot of who asks the same, or the empty one where it would be. */
static size_t *slot_find(const struct asked *asked, const struct command_call *call,
			 const char *key)
{
	size_t at = text_hash(key) & asked->mask;

	while (asked->table[at] != 0 && !is_same(asked->calls[asked->table[at] - 1], call))
		at = (at + 1) & asked->mask;
	return &asked->table[at];
}

static int asked_add(struct asked *asked, struct command_call *call, struct arena *arena)
{
	const char *key = key_of(call);
	size_t *slot = *key == '\0' ? NULL : slot_find(asked, call, key);

	if (slot != NULL && *slot != 0) {
		call->facts = asked->targets[*slot - 1];
		return 0;
	}
	call->facts = message_new(call->job->method->command->facts, arena);
	if (call->facts == NULL)
		return PIDC_ENOMEM;
	asked->calls[asked->count] = call;
	asked->in[asked->count] = call->job->request;
	asked->ctxs[asked->count] = call->ctx;
	asked->targets[asked->count++] = call->facts;
	if (slot != NULL)
		*slot = asked->count;
	return 0;
}

int facts_gather(struct db *db, struct command_call *const *run, size_t n, struct arena *arena,
		 struct pidc_error *err)
{
	const struct service_command *command = run[0]->job->method->command;
	enum db_statement_id statement = (enum db_statement_id)command->statement;
	struct asked asked = {0};
	int rc = asked_init(&asked, n, arena);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = asked_add(&asked, run[i], arena);
	if (rc == 0 && command->is_many)
		rc = db_query_many(db, statement, asked.in, asked.ctxs, asked.count, arena,
				   asked.targets, err);
	else if (rc == 0 && command->statement >= 0)
		rc = db_query_into(db, statement, run[0]->job->request, run[0]->ctx, arena,
				   run[0]->facts, NULL, NULL, err);
	for (size_t i = 0; rc == 0 && i < n && command->load != NULL; i++)
		rc = command->load(db, run[i], arena, err);
	return rc;
}
