/* SPDX-License-Identifier: ISC
 *
 * The read batch: who is calling and where the register is, once for all; then
 * each query by itself. Works on the bulk lane too.
 */
#include "core/text.h"
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

static void job_read(struct db *db, struct service_job *job, Pidc__V1__Actor *actor,
		     Pidc__V1__Position *position, int64_t now_us, struct arena *arena)
{
	struct pidc_error err = {0};
	ProtobufCMessage *reply = message_new(job->method->reply, arena);
	Pidc__Store__V1__Context *ctx = context_new(job, actor, now_us, NULL, arena);
	const struct read_call call = {db, job, ctx, arena};
	int rc = reply == NULL || ctx == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0)
		rc = message_check_ids(job->request, arena, &job->refusal);
	if (rc == 0)
		rc = page_token_check(job, ctx);
	if (rc == 0) {
		message_set_pointer(reply, "position", position);
		rc = query_run(&call, reply, &err);
	}
	if (rc == 0)
		rc = job_answer(job, reply);
	job->result = rc;
	if (rc < 0 && rc != PIDC_EREFUSED)
		job_fail(job, rc, &err);
}

static int read_begin(struct db *db, struct arena *arena, Pidc__V1__Position **position,
		      int64_t *now_us, struct pidc_error *err)
{
	Pidc__Store__V1__Head *head = NULL;
	int rc = head_read(db, arena, &head, err);

	if (rc < 0)
		return rc;
	*position = position_of(head, arena);
	if (*position == NULL || head->clock == NULL || !time_from_proto(head->clock, now_us))
		return pidc_fail(err, PIDC_EINTEGRITY, "ledger_head has no proper times");
	return 0;
}

void service_run_read(struct db *db, struct service_job *const *jobs, size_t n)
{
	struct arena *arena = arena_new(0);
	Pidc__V1__Actor **actors = arena == NULL ? NULL : arena_calloc(arena, n, sizeof(*actors));
	Pidc__V1__Position *position = NULL;
	struct pidc_error err = {0};
	int64_t now_us = 0;
	int rc = actors == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; i < n; i++)
		jobs[i]->result = 0;
	if (rc == 0)
		rc = read_begin(db, arena, &position, &now_us, &err);
	if (rc == 0)
		rc = actors_load(db, jobs, n, arena, actors, &err);
	for (size_t i = 0; i < n; i++) {
		if (rc < 0)
			job_fail(jobs[i], rc, &err);
		else if (jobs[i]->result == 0)
			job_read(db, jobs[i], actors[i], position, now_us, arena);
	}
	arena_free(arena);
}
