/* SPDX-License-Identifier: ISC
 *
 * What is remembered of requests, so that a repeated one gets its first answer
 * (SYS-3): found before the rule runs, stored in the transaction of the effect.
 */
#include "daemon/service/internal.h"

#include <string.h>

bool needs_request_id(const struct service_job *job)
{
	return protobuf_c_message_descriptor_get_field_by_name(job->request->descriptor,
							       "request_id") != NULL;
}

static void request_digest(const struct service_job *job, uint8_t ret[SHA256_LEN])
{
	const struct bytes piece = {job->request_bytes, job->request_len};

	sha256(&piece, 1, ret);
}

static int replay_answer(struct command_call *call, const Pidc__Store__V1__ReplayRow *row)
{
	struct service_job *job = call->job;
	uint8_t digest[SHA256_LEN];

	request_digest(job, digest);
	call->is_done = true;
	if (strcmp(row->method, job->method->path) != 0 || row->request_sha256.len != SHA256_LEN ||
	    memcmp(row->request_sha256.data, digest, SHA256_LEN) != 0) {
		job_refuse(job, PIDC__V1__REASON__REASON_E_IDEMPOTENCY_MISMATCH, "request_id",
			   NULL);
		return 0;
	}
	job->reply = arena_memdup(job->arena, row->reply.data, row->reply.len);
	job->reply_len = row->reply.len;
	return job->reply == NULL ? PIDC_ENOMEM : 0;
}

int replays_find(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		 struct pidc_error *err)
{
	const ProtobufCMessage **in = arena_calloc(arena, n, sizeof(*in));
	ProtobufCMessage **rows = arena_calloc(arena, n, sizeof(*rows));
	struct command_call **who = arena_calloc(arena, n, sizeof(*who));
	size_t asked = 0;
	int rc;

	if (in == NULL || rows == NULL || who == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct command_call *call = calls[i];
		Pidc__Store__V1__ReplayLookup *lookup;

		if (call->is_done || !needs_request_id(call->job))
			continue;
		lookup = (Pidc__Store__V1__ReplayLookup *)message_new(
			&pidc__store__v1__replay_lookup__descriptor, arena);
		rows[asked] = message_new(&pidc__store__v1__replay_row__descriptor, arena);
		if (lookup == NULL || rows[asked] == NULL)
			return PIDC_ENOMEM;
		lookup->principal_id = call->actor->principal_id;
		lookup->request_id =
			(char *)(uintptr_t)message_string(call->job->request, "request_id");
		in[asked] = &lookup->base;
		who[asked++] = call;
	}
	rc = db_query_many(db, DB_REPLAY_FIND, in, NULL, asked, arena, rows, err);
	for (size_t i = 0; rc == 0 && i < asked; i++) {
		const Pidc__Store__V1__ReplayRow *row = (const Pidc__Store__V1__ReplayRow *)rows[i];

		if (row->method[0] != '\0')
			rc = replay_answer(who[i], row);
	}
	return rc;
}

int replays_store(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		  struct pidc_error *err)
{
	const ProtobufCMessage **rows = arena_calloc(arena, n, sizeof(*rows));
	size_t count = 0;

	if (rows == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct command_call *call = calls[i];
		Pidc__Store__V1__ReplayRow *row;
		uint8_t *digest;

		if (call->event == NULL || !needs_request_id(call->job) || call->job->result != 0)
			continue;
		row = (Pidc__Store__V1__ReplayRow *)message_new(
			&pidc__store__v1__replay_row__descriptor, arena);
		digest = arena_alloc(arena, SHA256_LEN);
		if (row == NULL || digest == NULL)
			return PIDC_ENOMEM;
		request_digest(call->job, digest);
		row->principal_id = call->actor->principal_id;
		row->request_id =
			(char *)(uintptr_t)message_string(call->job->request, "request_id");
		row->method = (char *)(uintptr_t)call->job->method->path;
		row->request_sha256.data = digest;
		row->request_sha256.len = SHA256_LEN;
		row->reply.data = call->job->reply;
		row->reply.len = call->job->reply_len;
		row->index = call->index;
		rows[count++] = &row->base;
	}
	return db_query_many(db, DB_REPLAY_STORE, rows, NULL, count, arena, NULL, err);
}

/* More jobs than this are cut anyway. */
#define CUT_MAX   ((size_t)1024)
#define CUT_SLOTS (4 * CUT_MAX)

/* A request that stands in the batch twice must find the first one's answer: the
 * batch is cut before the second. */
size_t replays_cut(struct service_job *const *jobs, size_t n)
{
	const char *ids[CUT_MAX];
	uint16_t slots[CUT_SLOTS] = {0}; /* number of a job from 1 */

	for (size_t i = 0; i < n && i < CUT_MAX; i++) {
		size_t at;

		ids[i] = message_string(jobs[i]->request, "request_id");
		if (*ids[i] == '\0')
			continue;
		for (at = text_hash(ids[i]) % CUT_SLOTS; slots[at] != 0;
		     at = (at + 1) % CUT_SLOTS) {
			size_t other = (size_t)slots[at] - 1;

			if (strcmp(ids[other], ids[i]) == 0 &&
			    strcmp(jobs[other]->principal_id, jobs[i]->principal_id) == 0)
				return i;
		}
		slots[at] = (uint16_t)(i + 1);
	}
	return n < CUT_MAX ? n : CUT_MAX;
}
