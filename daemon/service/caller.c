/* SPDX-License-Identifier: ISC
 *
 * Who is calling. Of every batch, so that a revoked certificate or role ends with the
 * very next call: a write batch asks the register; a read batch, which knows what has
 * changed by then, asks only for callers that memory does not have.
 */
#include "daemon/service/check_cache.h"
#include "daemon/service/epoch.h"
#include "daemon/service/internal.h"

#include <string.h>

static Pidc__Store__V1__ActorLookup *lookup_new(const struct service_job *job, struct arena *arena)
{
	Pidc__Store__V1__ActorLookup *lookup = (Pidc__Store__V1__ActorLookup *)message_new(
		&pidc__store__v1__actor_lookup__descriptor, arena);

	if (lookup == NULL)
		return NULL;
	lookup->spki_sha256.data = arena_memdup(arena, job->spki_sha256, SHA256_LEN);
	lookup->spki_sha256.len = SHA256_LEN;
	lookup->principal_id = arena_strdup(arena, job->principal_id);
	return lookup->spki_sha256.data == NULL || lookup->principal_id == NULL ? NULL : lookup;
}

/* Callers of a batch, each once: many calls come from few agents. */
struct callers {
	const struct service_job **jobs; /* the first of each */
	ProtobufCMessage **rows;
	size_t count;
	size_t *table; /* by key: number from 1, 0 for none */
	size_t mask;
};

static int callers_init(struct callers *callers, size_t n, struct arena *arena)
{
	size_t size = 2;

	while (size < 2 * n)
		size *= 2;
	callers->jobs = arena_calloc(arena, n, sizeof(*callers->jobs));
	callers->rows = arena_calloc(arena, n, sizeof(*callers->rows));
	callers->table = arena_calloc(arena, size, sizeof(*callers->table));
	callers->mask = size - 1;
	return callers->jobs == NULL || callers->rows == NULL || callers->table == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

static bool is_same_caller(const struct service_job *a, const struct service_job *b)
{
	return memcmp(a->spki_sha256, b->spki_sha256, SHA256_LEN) == 0 &&
	       strcmp(a->principal_id, b->principal_id) == 0;
}

/* *ret: which of the callers this is. The hash is a digest already. */
static int caller_add(struct callers *callers, const struct service_job *job, struct arena *arena,
		      size_t *ret)
{
	size_t at, slot;

	memcpy(&at, job->spki_sha256, sizeof(at));
	for (slot = at & callers->mask; callers->table[slot] != 0;
	     slot = (slot + 1) & callers->mask) {
		*ret = callers->table[slot] - 1;
		if (is_same_caller(callers->jobs[*ret], job))
			return 0;
	}
	*ret = callers->count++;
	callers->table[slot] = callers->count;
	callers->jobs[*ret] = job;
	callers->rows[*ret] = message_new(&pidc__store__v1__actor_row__descriptor, arena);
	return callers->rows[*ret] == NULL ? PIDC_ENOMEM : 0;
}

/* The job's own actor: its capacity is of this call. */
static int actor_give(struct service_job *job, const Pidc__Store__V1__ActorRow *row,
		      struct arena *arena, Pidc__V1__Actor **ret)
{
	Pidc__Store__V1__ActorRow own = *row;

	if (row->actor != NULL) {
		own.actor = arena_memdup(arena, row->actor, sizeof(*row->actor));
		if (own.actor == NULL)
			return PIDC_ENOMEM;
	}
	actor_check(job, &own);
	*ret = job->result == PIDC_EREFUSED ? NULL : own.actor;
	return 0;
}

/* --- from the register ----------------------------------------------------------- */

/* The rows of the callers at these places. */
static int rows_load(struct db *db, const struct callers *callers, const size_t *at, size_t n,
		     struct arena *arena, struct pidc_error *err)
{
	const ProtobufCMessage **lookups = arena_calloc(arena, n, sizeof(*lookups));
	ProtobufCMessage **rows = arena_calloc(arena, n, sizeof(*rows));

	if (lookups == NULL || rows == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		lookups[i] = (const ProtobufCMessage *)lookup_new(callers->jobs[at[i]], arena);
		rows[i] = callers->rows[at[i]];
		if (lookups[i] == NULL)
			return PIDC_ENOMEM;
	}
	return db_query_many(db, DB_ACTOR_LOAD, lookups, NULL, n, arena, rows, err);
}

/* --- from memory ------------------------------------------------------------------- */

/* No organisation is called like that, so no check has such a key. */
static int key_of(const struct service_job *job, struct arena *arena, struct check_key *ret)
{
	size_t len = strlen(job->principal_id);
	uint8_t *text = arena_alloc(arena, SHA256_LEN + len);

	if (text == NULL)
		return PIDC_ENOMEM;
	memcpy(text, job->spki_sha256, SHA256_LEN);
	memcpy(text + SHA256_LEN, job->principal_id, len);
	*ret = (struct check_key){
		.request = text, .request_len = SHA256_LEN + len, .org = EPOCH_CALLERS};
	return 0;
}

/* Fills the rows that memory has; *at are the *ret_left others. */
static int rows_recall(const struct read_batch *batch, struct callers *callers, size_t *at,
		       size_t *ret_left)
{
	int rc = 0;

	*ret_left = 0;
	check_cache_lock(batch->cache);
	for (size_t i = 0; rc == 0 && i < callers->count; i++) {
		const uint8_t *bytes = NULL;
		ProtobufCMessage *row = NULL;
		struct check_key key;
		size_t len = 0;

		rc = key_of(callers->jobs[i], batch->arena, &key);
		if (rc == 0)
			bytes = check_cache_find(batch->cache, &key, batch->now_us, &len);
		if (bytes != NULL)
			row = protobuf_c_message_unpack(&pidc__store__v1__actor_row__descriptor,
							arena_protobuf(batch->arena), len, bytes);
		if (row != NULL)
			callers->rows[i] = row;
		else
			at[(*ret_left)++] = i;
	}
	check_cache_unlock(batch->cache);
	return rc;
}

/* What is bound to nobody is not kept: of that there can be any number. */
static int row_keep(const struct read_batch *batch, const struct service_job *job,
		    const ProtobufCMessage *row)
{
	size_t len = protobuf_c_message_get_packed_size(row);
	uint8_t *bytes = arena_alloc(batch->arena, len);
	const struct check_answer answer = {
		.size = batch->size,
		.from_us = INT64_MIN,
		.until_us = INT64_MAX,
		.parts = {{EPOCH_ALL, EPOCH_EVERYTHING}, {EPOCH_CALLERS, EPOCH_EVERYTHING}},
		.reply = bytes,
		.reply_len = len,
	};
	struct check_key key;

	if (((const Pidc__Store__V1__ActorRow *)row)->actor == NULL)
		return 0;
	if (bytes == NULL || key_of(job, batch->arena, &key) < 0)
		return PIDC_ENOMEM;
	protobuf_c_message_pack(row, bytes);
	check_cache_lock(batch->cache);
	check_cache_add(batch->cache, &key, &answer);
	check_cache_unlock(batch->cache);
	return 0;
}

static int rows_read(const struct read_batch *batch, struct callers *callers,
		     struct pidc_error *err)
{
	size_t *at = arena_calloc(batch->arena, callers->count, sizeof(*at));
	size_t left = callers->count;
	int rc = at == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < left; i++)
		at[i] = i;
	if (rc == 0 && batch->cache != NULL)
		rc = rows_recall(batch, callers, at, &left);
	if (rc == 0)
		rc = rows_load(batch->db, callers, at, left, batch->arena, err);
	for (size_t i = 0; rc == 0 && batch->cache != NULL && i < left; i++)
		rc = row_keep(batch, callers->jobs[at[i]], callers->rows[at[i]]);
	return rc;
}

/* --- actors -------------------------------------------------------------------------- */

static int callers_collect(struct callers *callers, struct service_job *const *jobs, size_t n,
			   struct arena *arena, size_t **ret_who)
{
	size_t *who = arena_calloc(arena, n, sizeof(*who));
	int rc = who == NULL ? PIDC_ENOMEM : callers_init(callers, n, arena);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!jobs[i]->is_bootstrap)
			rc = caller_add(callers, jobs[i], arena, &who[i]);
	}
	*ret_who = who;
	return rc;
}

int actors_read(const struct read_batch *batch, struct service_job *const *jobs, size_t n,
		Pidc__V1__Actor **actors, struct pidc_error *err)
{
	struct callers callers = {0};
	size_t *who = NULL;
	int rc = callers_collect(&callers, jobs, n, batch->arena, &who);

	if (rc == 0)
		rc = rows_read(batch, &callers, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = actor_give(jobs[i], (const Pidc__Store__V1__ActorRow *)callers.rows[who[i]],
				batch->arena, &actors[i]);
	return rc;
}

int actors_load(struct db *db, struct service_job *const *jobs, size_t n, struct arena *arena,
		Pidc__V1__Actor **actors, struct pidc_error *err)
{
	struct callers callers = {0};
	size_t *who = NULL, *all;
	int rc = callers_collect(&callers, jobs, n, arena, &who);

	all = arena_calloc(arena, callers.count, sizeof(*all));
	if (rc == 0 && all == NULL)
		rc = PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < callers.count; i++)
		all[i] = i;
	if (rc == 0)
		rc = rows_load(db, &callers, all, callers.count, arena, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!jobs[i]->is_bootstrap) {
			rc = actor_give(jobs[i],
					(const Pidc__Store__V1__ActorRow *)callers.rows[who[i]],
					arena, &actors[i]);
			continue;
		}
		actors[i] = actor_bootstrap(jobs[i], arena);
		if (actors[i] == NULL)
			return PIDC_ENOMEM;
		if (jobs[i]->result == PIDC_EREFUSED)
			actors[i] = NULL;
	}
	return rc;
}
