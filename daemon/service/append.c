/* SPDX-License-Identifier: ISC
 *
 * Appending to the ledger, set-wise, under the lock on its head.
 */
#include "core/clock.h"
#include "core/text.h"
#include "daemon/service/past.h"

#include <string.h>
#include <time.h>

/* Rules in force: the daemon's version until rules are records themselves. */
static void policy_digest(uint8_t ret[SHA256_LEN])
{
	const struct bytes piece = {PIDC_VERSION, sizeof(PIDC_VERSION) - 1};

	sha256(&piece, 1, ret);
}

int merkle_range_load(const Pidc__Store__V1__Head *head, struct merkle_range *ret,
		      struct pidc_error *err)
{
	size_t next = 0;

	memset(ret, 0, sizeof(*ret));
	ret->size = head->size;
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if ((head->size >> level & 1) == 0)
			continue;
		if (next == head->n_frontier || head->frontier[next].len != SHA256_LEN)
			return pidc_fail(err, PIDC_EINTEGRITY,
					 "ledger_head: frontier does not "
					 "fit the size");
		memcpy(ret->frontier[level].bytes, head->frontier[next++].data, SHA256_LEN);
	}
	return 0;
}

int head_read(struct db *db, struct arena *arena, Pidc__Store__V1__Head **ret,
	      struct pidc_error *err)
{
	struct db_rows rows;
	int rc = db_query(db, DB_HEAD_GET, NULL, NULL, arena, &rows, err);

	if (rc == 0 && rows.count != 1)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "the register is empty");
	if (rc == 0)
		*ret = (Pidc__Store__V1__Head *)rows.rows[0];
	return rc;
}

static int head_lock(struct db *db, struct arena *arena, struct db_rows *rows,
		     struct pidc_error *err)
{
	Pidc__Store__V1__Head fresh = PIDC__STORE__V1__HEAD__INIT;
	int rc = db_query(db, DB_HEAD_LOCK, NULL, NULL, arena, rows, err);

	if (rc < 0 || rows->count == 1)
		return rc;
	fresh.origin = (char *)(uintptr_t)service_config->origin;
	rc = db_query(db, DB_HEAD_INIT, &fresh.base, NULL, arena, NULL, err);
	if (rc == 0)
		rc = db_query(db, DB_HEAD_LOCK, NULL, NULL, arena, rows, err);
	if (rc == 0 && rows->count != 1)
		return pidc_fail(err, PIDC_EINTEGRITY, "ledger_head has no row");
	return rc;
}

/* Since the start of this process; only the one worker of the write lane comes here. */
static int clock_look(const Pidc__Store__V1__Head *head, struct pidc_error *err)
{
	static struct clock_guard guard;
	struct timespec steady;
	int64_t wall_us = 0;

	if (head->clock == NULL || !time_from_proto(head->clock, &wall_us))
		return pidc_fail(err, PIDC_EINTEGRITY, "the database has no clock");
	if (service_config->max_clock_step_us <= 0)
		return 0;
	/* Goes on while the host sleeps, as the wall clock does. */
	clock_gettime(CLOCK_BOOTTIME, &steady);
	return clock_check(&guard, wall_us,
			   steady.tv_sec * INT64_C(1000000) + steady.tv_nsec / 1000,
			   service_config->max_clock_step_us, err);
}

int append_begin(struct db *db, struct arena *arena, struct append *append, struct pidc_error *err)
{
	struct db_rows rows;
	int64_t last = 0;
	int rc = head_lock(db, arena, &rows, err);

	if (rc < 0)
		return rc;
	append->head = (Pidc__Store__V1__Head *)rows.rows[0];
	if (strcmp(append->head->origin, service_config->origin) != 0)
		return pidc_fail(err, PIDC_EINTEGRITY,
				 "the database holds the ledger \"%s\", not "
				 "\"%s\"",
				 append->head->origin, service_config->origin);
	append->next_index = append->head->size;
	if (append->head->tx_time == NULL || !time_from_proto(append->head->tx_time, &last))
		return pidc_fail(err, PIDC_EINTEGRITY, "ledger_head: bad tx_time");
	append->last_us = last;
	rc = clock_look(append->head, err);
	return rc < 0 ? rc : merkle_range_load(append->head, &append->range, err);
}

int append_stamp(struct append *append, uint64_t *ret_index, int64_t *ret_us,
		 struct pidc_error *err)
{
	int64_t clock = 0;
	int64_t us = append->last_us + 1;

	if (append->head->clock == NULL || !time_from_proto(append->head->clock, &clock))
		return pidc_fail(err, PIDC_EINTEGRITY, "the database has no clock");
	if (clock > us)
		us = clock;
	append->last_us = us;
	*ret_us = us;
	*ret_index = append->next_index++;
	return 0;
}

/* --- building the rows --------------------------------------------------------- */

struct builder {
	struct append *append;
	Pidc__Store__V1__Append rows;
	struct arena *arena;
	size_t node_room;
	/* The same for all entries; and their salts, one after the other. */
	uint8_t policy_digest[SHA256_LEN];
	uint8_t *salts;
	bool is_short; /* of memory */
};

/* Below, subtrees are computed from their leaves when somebody asks (small_subtree). */
#define NODE_LEVEL_MIN 3

static void on_node(void *user, uint32_t level, uint64_t idx, const struct merkle_hash *hash)
{
	struct builder *b = user;
	Pidc__Store__V1__NodeRow *node;

	if (level < NODE_LEVEL_MIN)
		return;
	node = (Pidc__Store__V1__NodeRow *)message_new(&pidc__store__v1__node_row__descriptor,
						       b->arena);
	if (node == NULL || b->rows.n_nodes == b->node_room) {
		b->is_short = true;
		return;
	}
	node->level = level;
	node->idx = idx;
	node->hash.data = arena_memdup(b->arena, hash->bytes, SHA256_LEN);
	node->hash.len = SHA256_LEN;
	b->is_short |= node->hash.data == NULL;
	b->rows.nodes[b->rows.n_nodes++] = node;
}

static int concern_add(struct builder *b, struct past_chain *chain, uint64_t index,
		       Pidc__V1__Concern **ret)
{
	Pidc__V1__Concern *concern =
		(Pidc__V1__Concern *)message_new(&pidc__v1__concern__descriptor, b->arena);
	Pidc__Store__V1__ConcernRow *row = (Pidc__Store__V1__ConcernRow *)message_new(
		&pidc__store__v1__concern_row__descriptor, b->arena);

	if (concern == NULL || row == NULL)
		return PIDC_ENOMEM;
	chain->is_used = true;
	concern->tag.data = chain->tag;
	concern->tag.len = SHA256_LEN;
	concern->sequence = ++chain->row->sequence;
	concern->prev_index = chain->row->last_index;
	chain->row->last_index = index + 1;
	row->org = chain->row->org;
	row->sequence = concern->sequence;
	row->index = index;
	b->rows.concerns[b->rows.n_concerns++] = row;
	*ret = concern;
	return 0;
}

static int concerns_add(struct builder *b, const struct past *past, const struct command_call *call,
			Pidc__V1__Concern **ret, struct pidc_error *err)
{
	const Pidc__V1__Event *event = call->event;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < event->n_concerns; i++) {
		struct past_chain *chain = past_chain(past, event->concerns[i]);

		if (chain == NULL)
			return pidc_fail(err, PIDC_EINTEGRITY, "no chain of organisation %s",
					 event->concerns[i]);
		rc = concern_add(b, chain, call->index, &ret[i]);
	}
	return rc;
}

/* Organisations have no spaces in their names. */
static char *concerns_join(const Pidc__V1__Event *event, struct arena *arena)
{
	size_t len = 0;
	char *text;
	char *at;

	if (event->n_concerns == 1)
		return event->concerns[0];
	for (size_t i = 0; i < event->n_concerns; i++)
		len += strlen(event->concerns[i]) + 1;
	at = text = arena_alloc(arena, len + 1);
	for (size_t i = 0; text != NULL && i < event->n_concerns; i++) {
		size_t part = strlen(event->concerns[i]);

		if (i > 0)
			*at++ = ' ';
		memcpy(at, event->concerns[i], part);
		at += part;
	}
	return text;
}

static int entry_add(struct builder *b, const struct past *past, struct command_call *const *calls,
		     size_t at, struct pidc_error *err)
{
	const Pidc__V1__Event *event = calls[at]->event;
	struct leaf_input in = {.index = calls[at]->index, .tx_time_us = calls[at]->tx_us};
	Pidc__Store__V1__EntryRow *row = (Pidc__Store__V1__EntryRow *)message_new(
		&pidc__store__v1__entry_row__descriptor, b->arena);
	Pidc__V1__Concern **concerns = arena_calloc(b->arena, event->n_concerns, sizeof(*concerns));
	struct merkle_hash hash;
	int rc = row == NULL || concerns == NULL ? PIDC_ENOMEM
						 : concerns_add(b, past, calls[at], concerns, err);

	if (rc < 0)
		return rc;
	in.prev_entity_leaf = past_leaf(past, calls, at);
	in.concerns = (const Pidc__V1__Concern *const *)concerns;
	in.concern_count = event->n_concerns;
	memcpy(in.salt, b->salts + at * LEAF_SALT_LEN, LEAF_SALT_LEN);
	memcpy(in.policy_digest, b->policy_digest, SHA256_LEN);
	rc = leaf_make(event, &in, b->arena, row, &hash);
	if (rc == 0)
		rc = merkle_append(&b->append->range, &hash, on_node, b);
	row->concern_list = concerns_join(event, b->arena);
	b->is_short |= row->concern_list == NULL;
	b->rows.entries[b->rows.n_entries++] = row;
	b->rows.ends_key |= event->body_case == PIDC__V1__EVENT__BODY_CERTIFICATE_REVOKED;
	return rc == 0 && b->is_short ? PIDC_ENOMEM : rc;
}

static int builder_init(struct builder *b, struct command_call *const *calls, size_t n)
{
	const Pidc__Store__V1__Append empty = PIDC__STORE__V1__APPEND__INIT;
	size_t concerns = 0;

	for (size_t i = 0; i < n; i++)
		concerns += calls[i]->event->n_concerns;
	b->rows = empty;
	/* n appends complete fewer than n + 64 subtrees. */
	b->node_room = n + MERKLE_LEVELS;
	b->rows.entries = arena_calloc(b->arena, n, sizeof(*b->rows.entries));
	b->rows.nodes = arena_calloc(b->arena, b->node_room, sizeof(*b->rows.nodes));
	b->rows.concerns = arena_calloc(b->arena, concerns, sizeof(*b->rows.concerns));
	b->salts = arena_calloc(b->arena, n, LEAF_SALT_LEN);
	if (b->rows.entries == NULL || b->rows.nodes == NULL || b->rows.concerns == NULL ||
	    b->salts == NULL)
		return PIDC_ENOMEM;
	random_bytes(b->salts, n * LEAF_SALT_LEN);
	policy_digest(b->policy_digest);
	return 0;
}

/* Those that got an entry: the others stay as they are, and nobody is told. */
static int chains_fill(struct builder *b, const struct past *past)
{
	b->rows.chains = arena_calloc(b->arena, past->chain_count, sizeof(*b->rows.chains));
	if (b->rows.chains == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < past->chain_count; i++) {
		if (past->chains[i].is_used)
			b->rows.chains[b->rows.n_chains++] = past->chains[i].row;
	}
	return 0;
}

static int head_fill(struct builder *b)
{
	Pidc__Store__V1__Head *head =
		(Pidc__Store__V1__Head *)message_new(&pidc__store__v1__head__descriptor, b->arena);

	if (head == NULL)
		return PIDC_ENOMEM;
	head->size = b->append->range.size;
	head->tx_time = time_to_proto(b->arena, b->append->last_us);
	head->frontier = arena_calloc(b->arena, MERKLE_LEVELS, sizeof(*head->frontier));
	if (head->tx_time == NULL || head->frontier == NULL)
		return PIDC_ENOMEM;
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (head->size >> level & 1) {
			head->frontier[head->n_frontier].data =
				b->append->range.frontier[level].bytes;
			head->frontier[head->n_frontier++].len = SHA256_LEN;
		}
	}
	b->rows.head = head;
	return 0;
}

static int rows_write(struct db *db, struct builder *b, struct pidc_error *err)
{
	static const enum db_statement_id statements[] = {DB_ENTRY_APPEND, DB_NODE_APPEND,
							  DB_CONCERN_APPEND, DB_CHAIN_UPDATE,
							  DB_HEAD_UPDATE};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(statements) / sizeof(statements[0]); i++)
		rc = db_query(db, statements[i], &b->rows.base, NULL, b->arena, NULL, err);
	return rc;
}

int append_finish(struct db *db, struct append *append, struct command_call *const *calls, size_t n,
		  struct arena *arena, struct pidc_error *err)
{
	struct command_call **made = arena_calloc(arena, n, sizeof(*made));
	struct builder b = {.append = append, .arena = arena};
	struct past past = {.rows = append->chains};
	size_t count = 0;
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (calls[i]->event != NULL)
			made[count++] = calls[i];
	}
	if (count == 0)
		return 0;
	rc = past_load(db, made, count, arena, &past, err);
	if (rc == 0)
		rc = builder_init(&b, made, count);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = entry_add(&b, &past, made, i, err);
	if (rc == 0)
		rc = chains_fill(&b, &past);
	if (rc == 0)
		rc = head_fill(&b);
	if (rc == 0)
		rc = rows_write(db, &b, err);
	return rc < 0 ? rc : epochs_bump(db, made, count, arena, err);
}
