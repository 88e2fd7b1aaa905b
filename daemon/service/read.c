/* SPDX-License-Identifier: ISC
 *
 * The read batch: who is calling and where the register is, once for all; then
 * each query by itself. Works on the bulk lane too.
 */
#include "core/text.h"
#include "daemon/service/check_cache.h"
#include "daemon/service/internal.h"

#include <string.h>

char *page_token_encode(const char *text, struct arena *arena)
{
	size_t len = strlen(text);
	char *hex = arena_alloc(arena, 2 * len + 1);

	for (size_t i = 0; hex != NULL && i < len; i++) {
		hex[2 * i] = "0123456789abcdef"[(unsigned char)text[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[text[i] & 15];
	}
	return hex;
}

/* One row more than the page has was asked for: if it came, there is a next page. */
static int page_cut(const struct read_call *call, ProtobufCMessage *reply, size_t rows,
		    const char **keys)
{
	const char *field_name = db_statements[call->job->method->query->statement].out_field;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, field_name);
	size_t page = call->ctx->page_limit - 1;
	char *token;

	if (field == NULL || keys == NULL || rows <= page || page == 0)
		return 0;
	*(size_t *)((char *)reply + field->quantifier_offset) = page;
	token = page_token_encode(keys[page - 1], call->arena);
	if (token == NULL)
		return PIDC_ENOMEM;
	message_set_string(reply, "next_page_token", token);
	return 0;
}

static int query_run(const struct read_call *call, ProtobufCMessage *reply, struct pidc_error *err)
{
	const struct service_query *query = call->job->method->query;
	const char **keys = NULL;
	size_t rows = 1;
	int rc = 0;

	if (query->statement >= 0)
		rc = db_query_into(call->db, (enum db_statement_id)query->statement,
				   call->job->request, call->ctx, call->arena, reply, &rows,
				   query->is_list ? &keys : NULL, err);
	if (rc == 0 && rows == 0 && !query->is_list) {
		job_refuse(call->job, PIDC__V1__REASON__REASON_E_NOT_FOUND, NULL,
			   "there is no such record, or it is not yours to see");
		return PIDC_EREFUSED;
	}
	if (rc == 0 && query->is_list)
		rc = page_cut(call, reply, rows, keys);
	if (rc == 0 && query->run != NULL)
		rc = query->run(call, reply, err);
	return rc;
}

/* A token that is none is refused: taken as "from the beginning" it would send a
 * client round and round. */
static int page_token_check(struct service_job *job, const Pidc__Store__V1__Context *ctx)
{
	if (*message_string(job->request, "page_token") == '\0' || *ctx->page_key != '\0')
		return 0;
	job_refuse(job, PIDC__V1__REASON__REASON_E_FIELD, "page_token",
		   "not a token that this list has given");
	return PIDC_EREFUSED;
}

static void job_read(const struct read_batch *batch, struct service_job *job,
		     Pidc__V1__Actor *actor)
{
	struct arena *arena = batch->arena;
	struct pidc_error err = {0};
	ProtobufCMessage *reply = message_new(job->method->reply, arena);
	Pidc__Store__V1__Context *ctx = context_new(job, actor, batch->now_us, NULL, arena);
	const struct read_call call = {batch->db, job, ctx, arena};
	int rc = reply == NULL || ctx == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0)
		rc = message_check_values(job->request, job->method->query->statement >= 0, arena,
					  &job->refusal);
	if (rc == 0)
		rc = page_token_check(job, ctx);
	if (rc == 0) {
		message_set_pointer(reply, "position", batch->position);
		rc = query_run(&call, reply, &err);
	}
	if (rc == 0)
		rc = job_answer(job, reply);
	job->result = rc;
	if (rc < 0 && rc != PIDC_EREFUSED)
		job_fail(job, rc, &err);
}

/* Tell the cache what has changed, so that it is as fresh as this batch. */
static void changes_tell(const struct read_batch *batch, const Pidc__Store__V1__ReadState *state)
{
	if (batch->cache == NULL)
		return;
	check_cache_meet(batch->cache, state->head->register_epoch, db_serial(batch->db));
	for (size_t i = 0; i < state->n_changes; i++)
		check_cache_change(batch->cache, state->changes[i]->org, state->changes[i]->bucket,
				   state->changes[i]->epoch);
	check_cache_advance(batch->cache, state->head->size);
}

static int position_pack(struct read_batch *batch)
{
	size_t len = pidc__v1__position__get_packed_size(batch->position);
	uint8_t *bytes = arena_alloc(batch->arena, len + 8);
	size_t at = 0;

	if (bytes == NULL)
		return PIDC_ENOMEM;
	bytes[at++] = 1 << 3 | 2; /* field 1, with a length */
	for (size_t rest = len; rest > 0 || at == 1; rest >>= 7)
		bytes[at++] = (uint8_t)((rest & 127) | (rest > 127 ? 128 : 0));
	pidc__v1__position__pack(batch->position, bytes + at);
	batch->position_bytes = bytes;
	batch->position_len = at + len;
	return 0;
}

int head_now(const Pidc__Store__V1__Head *head, int64_t *ret_us)
{
	int64_t tx_us;

	if (head->clock == NULL || head->tx_time == NULL || !time_from_proto(head->clock, ret_us) ||
	    !time_from_proto(head->tx_time, &tx_us))
		return PIDC_EINTEGRITY;
	if (*ret_us < tx_us)
		*ret_us = tx_us;
	return 0;
}

static int read_begin(struct read_batch *batch, struct pidc_error *err)
{
	Pidc__Store__V1__ReadBegin begin = PIDC__STORE__V1__READ_BEGIN__INIT;
	Pidc__Store__V1__ReadState *state;
	struct db_rows rows;
	int rc;

	if (batch->cache != NULL)
		begin.seen = check_cache_seen(batch->cache);
	rc = db_query(batch->db, DB_READ_BEGIN, &begin.base, NULL, batch->arena, &rows, err);
	if (rc < 0)
		return rc;
	if (rows.count != 1)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "the register is empty");
	state = (Pidc__Store__V1__ReadState *)rows.rows[0];
	batch->position = position_of(state->head, batch->arena);
	if (batch->position == NULL || head_now(state->head, &batch->now_us) < 0)
		return pidc_fail(err, PIDC_EINTEGRITY, "ledger_head has no proper times");
	batch->size = state->head->size;
	changes_tell(batch, state);
	return position_pack(batch);
}

/* All jobs from i on that are of i's method, together. */
static void jobs_read_many(const struct read_batch *batch, struct service_job *const *jobs,
			   Pidc__V1__Actor *const *actors, size_t n, size_t i, bool *is_done)
{
	const struct service_method *method = jobs[i]->method;
	struct service_job **same = arena_calloc(batch->arena, n, sizeof(*same));
	Pidc__V1__Actor **who = arena_calloc(batch->arena, n, sizeof(*who));
	size_t count = 0;
	int rc = same == NULL || who == NULL ? PIDC_ENOMEM : 0;

	for (size_t k = i; k < n; k++) {
		if (is_done[k] || jobs[k]->method != method || jobs[k]->result != 0)
			continue;
		is_done[k] = true;
		if (rc < 0) {
			job_fail(jobs[k], rc, NULL);
			continue;
		}
		same[count] = jobs[k];
		who[count++] = actors[k];
	}
	if (rc == 0 && method->query->many(batch, same, who, count) < 0) {
		for (size_t k = 0; k < count; k++)
			job_fail(same[k], PIDC_ENOMEM, NULL);
	}
}

void service_run_read(struct db *db, struct service_job *const *jobs, size_t n)
{
	struct arena *arena = arena_new(0);
	struct read_batch batch = {.db = db, .arena = arena, .cache = service_checks};
	Pidc__V1__Actor **actors = arena == NULL ? NULL : arena_calloc(arena, n, sizeof(*actors));
	bool *is_done = arena == NULL ? NULL : arena_calloc(arena, n, sizeof(*is_done));
	struct pidc_error err = {0};
	int rc = actors == NULL || is_done == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; i < n; i++)
		jobs[i]->result = 0;
	if (rc == 0)
		rc = read_begin(&batch, &err);
	if (rc == 0)
		rc = actors_read(&batch, jobs, n, actors, &err);
	for (size_t i = 0; i < n; i++) {
		if (rc < 0)
			job_fail(jobs[i], rc, &err);
		else if (jobs[i]->result != 0 || is_done[i])
			continue;
		else if (jobs[i]->method->query->many != NULL)
			jobs_read_many(&batch, jobs, actors, n, i, is_done);
		else
			job_read(&batch, jobs[i], actors[i]);
	}
	arena_free(arena);
}
