/* SPDX-License-Identifier: ISC
 *
 * Uploads: content on its way, in transactions of their own on the bulk lane, since
 * nothing of it is in the ledger before a contribution names it.
 */
#include "core/upload.h"
#include "daemon/service/internal.h"

#include <string.h>

/* Bytes of a file that are in memory while it is hashed. */
#define HASH_STEP ((uint64_t)1 << 20)

/* As the caller's organisation (row-level security). */
static int begin(const struct read_call *call, struct pidc_error *err)
{
	int rc = db_begin(call->db, err);

	return rc < 0 ? rc : db_set_local(call->db, "pidc.org", call->ctx->actor->org, err);
}

static int end(const struct read_call *call, int rc, struct pidc_error *err)
{
	if (rc == 0)
		rc = db_commit(call->db, err);
	/* Nothing to settle: whoever repeats the call finds what there is. */
	if (rc < 0)
		db_rollback(call->db);
	return rc == PIDC_EUNCERTAIN ? PIDC_EUNAVAILABLE : rc;
}

static int statement(const struct read_call *call, enum db_statement_id id,
		     const ProtobufCMessage *in, ProtobufCMessage *target, size_t *ret_count,
		     struct pidc_error *err)
{
	return db_query_into(call->db, id, in, call->ctx, call->arena, target, ret_count, NULL,
			     err);
}

static int discard(const struct read_call *call, const char *upload_id, struct pidc_error *err)
{
	Pidc__V1__DiscardUploadRequest request = PIDC__V1__DISCARD_UPLOAD_REQUEST__INIT;

	request.upload_id = (char *)(uintptr_t)upload_id;
	return db_query(call->db, DB_UPLOAD_DISCARD, &request.base, call->ctx, call->arena, NULL,
			err);
}

int query_begin_upload(const struct read_call *call, ProtobufCMessage *reply,
		       struct pidc_error *err)
{
	const Pidc__V1__BeginUploadRequest *request =
		(const Pidc__V1__BeginUploadRequest *)call->job->request;
	Pidc__Store__V1__UploadFacts *facts = (Pidc__Store__V1__UploadFacts *)message_new(
		&pidc__store__v1__upload_facts__descriptor, call->arena);
	int rc = facts == NULL ? PIDC_ENOMEM : begin(call, err);

	if (rc == 0)
		rc = discard(call, "", err);
	if (rc == 0)
		rc = statement(call, DB_UPLOAD_FACTS, &request->base, &facts->base, NULL, err);
	if (rc == 0)
		rc = check_upload_begin(request, facts, &call->job->refusal);
	if (rc == 0)
		rc = statement(call, DB_UPLOAD_BEGIN, &request->base, reply, NULL, err);
	return end(call, rc, err);
}

int query_discard_upload(const struct read_call *call, ProtobufCMessage *reply,
			 struct pidc_error *err)
{
	const Pidc__V1__DiscardUploadRequest *request =
		(const Pidc__V1__DiscardUploadRequest *)call->job->request;
	int rc;

	(void)reply;
	if (*request->upload_id == '\0')
		return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND,
			      "upload_id", NULL);
	rc = begin(call, err);
	if (rc == 0)
		rc = discard(call, request->upload_id, err);
	return end(call, rc, err);
}

/* --- parts ----------------------------------------------------------------------- */

/* What stands at the offset of a part that was sent before has to be that part. */
static int repeat_check(const struct read_call *call, const Pidc__V1__UploadPartRequest *request,
			struct pidc_error *err)
{
	Pidc__Store__V1__UploadPartRow *row = (Pidc__Store__V1__UploadPartRow *)message_new(
		&pidc__store__v1__upload_part_row__descriptor, call->arena);
	int rc = row == NULL ? PIDC_ENOMEM
			     : statement(call, DB_UPLOAD_PART_FIND, &request->base, &row->base,
					 NULL, err);

	if (rc < 0)
		return rc;
	if (row->sha256.len == SHA256_LEN &&
	    memcmp(row->sha256.data, request->sha256.data, SHA256_LEN) == 0)
		return 0;
	return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, "offset",
		      "other bytes are there already");
}

static int part_store(const struct read_call *call, Pidc__V1__UploadPartResponse *reply,
		      struct pidc_error *err)
{
	const Pidc__V1__UploadPartRequest *request =
		(const Pidc__V1__UploadPartRequest *)call->job->request;
	bool is_repeat = false;
	int rc = begin(call, err);

	if (rc == 0)
		rc = statement(call, DB_UPLOAD_LOCK, &request->base, &reply->base, NULL, err);
	if (rc == 0)
		rc = check_upload_part(request, reply->upload, &is_repeat, &call->job->refusal);
	if (rc == 0 && is_repeat)
		rc = repeat_check(call, request, err);
	if (rc == 0 && !is_repeat)
		rc = db_query(call->db, DB_UPLOAD_PART_STORE, &request->base, call->ctx,
			      call->arena, NULL, err);
	if (rc == 0 && !is_repeat)
		rc = statement(call, DB_UPLOAD_ADVANCE, &request->base, &reply->base, NULL, err);
	return end(call, rc, err);
}

/* Hash a stretch of the file. The parts stand without gaps: that is the offset. */
static int stretch_hash(const struct read_call *call, Pidc__Store__V1__UploadRange *range,
			struct sha256_hash *hash, struct pidc_error *err)
{
	struct arena *arena = arena_new(0);
	Pidc__Store__V1__UploadPartRows rows = PIDC__STORE__V1__UPLOAD_PART_ROWS__INIT;
	int rc = arena == NULL ? PIDC_ENOMEM : begin(call, err);

	if (rc == 0)
		rc = db_query_into(call->db, DB_UPLOAD_PARTS, &range->base, NULL, arena, &rows.base,
				   NULL, NULL, err);
	for (size_t i = 0; rc == 0 && i < rows.n_parts; i++)
		sha256_add(hash, rows.parts[i]->data.data, rows.parts[i]->data.len);
	rc = end(call, rc, err);
	arena_free(arena);
	return rc;
}

static int file_hash(const struct read_call *call, const Pidc__V1__Upload *upload,
		     uint8_t ret[SHA256_LEN], struct pidc_error *err)
{
	Pidc__Store__V1__UploadRange range = PIDC__STORE__V1__UPLOAD_RANGE__INIT;
	struct sha256_hash *hash = sha256_begin();
	int rc = hash == NULL ? PIDC_ENOMEM : 0;

	range.upload_id = upload->upload_id;
	for (; rc == 0 && range.start < upload->size; range.start = range.end) {
		range.end = range.start + HASH_STEP;
		rc = stretch_hash(call, &range, hash, err);
	}
	if (rc == 0)
		sha256_end(hash, ret);
	else
		sha256_drop(hash);
	return rc;
}

/* All bytes are there: are they the file that was announced? Short transactions: the
 * parts do not change any more. */
static int file_finish(const struct read_call *call, Pidc__V1__UploadPartResponse *reply,
		       struct pidc_error *err)
{
	const Pidc__V1__Upload *upload = reply->upload;
	uint8_t digest[SHA256_LEN];
	int rc = file_hash(call, upload, digest, err);
	bool is_good = rc == 0 && upload->sha256.len == SHA256_LEN &&
		       memcmp(digest, upload->sha256.data, SHA256_LEN) == 0;

	if (rc == 0)
		rc = begin(call, err);
	else
		return rc;
	if (rc == 0 && is_good)
		rc = statement(call, DB_UPLOAD_COMPLETE, call->job->request, &reply->base, NULL,
			       err);
	else if (rc == 0)
		rc = discard(call, upload->upload_id, err);
	rc = end(call, rc, err);
	if (rc < 0 || is_good)
		return rc;
	return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, "sha256",
		      "the file is not what was announced; it is discarded");
}

int query_upload_part(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	Pidc__V1__UploadPartResponse *reply = (Pidc__V1__UploadPartResponse *)message;
	int rc = part_store(call, reply, err);

	if (rc < 0 || reply->upload->offset < reply->upload->size ||
	    reply->upload->state == PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE)
		return rc;
	return file_finish(call, reply, err);
}
