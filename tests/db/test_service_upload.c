/* SPDX-License-Identifier: ISC
 *
 * Files in parts, on a real PostgreSQL: resumed, repeated, wrong, limited, erased.
 */
#include "pidc/v1/data.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DATA(method) "/pidc.v1.DataService/" method
#define PART         ((size_t)128 * 1024)
#define FILE_SIZE    (2 * PART + 1000)

static struct caller head, agent, fiji, arc;
static const char *dataset;
static uint8_t content[FILE_SIZE];

static void content_set(uint8_t seed)
{
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 + i / 251 + seed);
}

static int setup(void **state)
{
	const Pidc__V1__DefineDatasetResponse *reply;

	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&agent, "spiffe://pidc.int/member/tv/agent", "tv", "MEMBER_AGENT");
	caller_init(&fiji, "spiffe://pidc.int/member/fj/agent", "fj", "MEMBER_AGENT");
	caller_init(&arc, "spiffe://pidc.int/member/fj/arc", "fj", "ARC_MEMBER");
	reply = (const Pidc__V1__DefineDatasetResponse *)call_ok(
		&agent, DATA("DefineDataset"), &pidc__v1__define_dataset_response__descriptor,
		"+{\"dataset\":{\"category\":\"OVER\",\"title\":\"Reports\","
		"\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"
		"\"CLASSIFICATION_GREEN\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","
		"\"fields\":[{\"name\":\"count\",\"type\":\"FIELD_TYPE_INTEGER\"},"
		"{\"name\":\"report\",\"type\":\"FIELD_TYPE_FILE\"}]}}");
	dataset = reply->dataset->dataset_id;
	return 0;
}

static int teardown(void **state)
{
	struct caller *all[] = {&head, &agent, &fiji, &arc};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		caller_close(all[i]);
	return register_teardown(state);
}

static const ProtobufCMessage *reply_of(const struct service_job *job,
					const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *reply;

	assert_ok(job);
	reply = protobuf_c_message_unpack(descriptor, arena_protobuf(world.arena), job->reply_len,
					  job->reply);
	assert_non_null(reply);
	return reply;
}

static struct service_job *begin_job(const struct caller *caller, uint64_t size)
{
	Pidc__V1__BeginUploadRequest *request = arena_alloc(world.arena, sizeof(*request));
	struct service_job *job;

	pidc__v1__begin_upload_request__init(request);
	request->sha256.data = arena_alloc(world.arena, SHA256_LEN);
	request->sha256.len = SHA256_LEN;
	sha256(&(struct bytes){content, sizeof(content)}, 1, request->sha256.data);
	request->size = size;
	job = job_of(caller, DATA("BeginUpload"), &request->base);
	job_run(job);
	return job;
}

static const Pidc__V1__Upload *begin(const struct caller *caller)
{
	return ((const Pidc__V1__BeginUploadResponse *)reply_of(
			begin_job(caller, FILE_SIZE), &pidc__v1__begin_upload_response__descriptor))
		->upload;
}

static struct service_job *part_job(const struct caller *caller, const char *id, size_t offset,
				    size_t len)
{
	Pidc__V1__UploadPartRequest *request = arena_alloc(world.arena, sizeof(*request));
	struct service_job *job;

	pidc__v1__upload_part_request__init(request);
	request->upload_id = arena_strdup(world.arena, id);
	request->offset = offset;
	request->data =
		(ProtobufCBinaryData){len, arena_memdup(world.arena, content + offset, len)};
	request->sha256.data = arena_alloc(world.arena, SHA256_LEN);
	request->sha256.len = SHA256_LEN;
	sha256(&(struct bytes){content + offset, len}, 1, request->sha256.data);
	job = job_of(caller, DATA("UploadPart"), &request->base);
	job_run(job);
	return job;
}

static const Pidc__V1__Upload *part(const struct caller *caller, const char *id, size_t offset,
				    size_t len)
{
	return ((const Pidc__V1__UploadPartResponse *)reply_of(
			part_job(caller, id, offset, len),
			&pidc__v1__upload_part_response__descriptor))
		->upload;
}

static const char *upload_all(void)
{
	const char *id = begin(&agent)->upload_id;

	(void)part(&agent, id, 0, PART);
	(void)part(&agent, id, PART, PART);
	(void)part(&agent, id, 2 * PART, 1000);
	return id;
}

static struct service_job *submit_job(const char *upload_id)
{
	struct service_job *job =
		job_new(&agent, DATA("SubmitContribution"),
			arena_printf(world.arena,
				     "+{\"datasetId\":\"%s\",\"files\":[{\"field\":\"report\","
				     "\"uploadId\":\"%s\"}]}",
				     dataset, upload_id));

	job_run(job);
	return job;
}

static const char *submit(const char *upload_id)
{
	return ((const Pidc__V1__SubmitContributionResponse *)reply_of(
			submit_job(upload_id), &pidc__v1__submit_contribution_response__descriptor))
		->contribution_id;
}

/* --- tests -------------------------------------------------------------------------- */

static void SYS_3_an_upload_is_resumed_and_repeated(void **state)
{
	const Pidc__V1__Upload *upload;
	const char *id;

	(void)state;
	content_set(1);
	id = begin(&agent)->upload_id;
	assert_int_equal(part(&agent, id, 0, PART)->offset, PART);
	/* The answer was lost: the same part again, by a colleague. */
	assert_int_equal(part(&head, id, 0, PART)->offset, PART);
	assert_string_equal(begin(&head)->upload_id, id);
	assert_int_equal(begin(&head)->offset, PART);
	assert_refused(submit_job(id), PIDC__V1__REASON__REASON_E_STATE, "files.upload_id");
	assert_int_equal(part(&agent, id, PART, PART)->offset, 2 * PART);
	upload = part(&agent, id, 2 * PART, 1000);
	assert_int_equal(upload->offset, FILE_SIZE);
	assert_int_equal(upload->state, PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE);
	assert_int_equal(part(&agent, id, 2 * PART, 1000)->state,
			 PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE);
	/* Equal hash: there already. */
	assert_int_equal(begin(&agent)->offset, FILE_SIZE);
	(void)submit(id);
	(void)submit(id); /* the same file for another contribution */
}

static void other_bytes_at_an_offset_are_refused(void **state)
{
	const char *id;

	(void)state;
	content_set(2);
	id = begin(&agent)->upload_id;
	(void)part(&agent, id, 0, PART);
	content[5] ^= 1;
	assert_refused(part_job(&agent, id, 0, PART), PIDC__V1__REASON__REASON_E_FIELD, "offset");
	assert_refused(part_job(&agent, id, 4096, PART), PIDC__V1__REASON__REASON_E_FIELD,
		       "offset");
	assert_refused(part_job(&agent, id, 2 * PART, 1000), PIDC__V1__REASON__REASON_E_FIELD,
		       "offset");
}

static void a_wrong_digest_leaves_nothing(void **state)
{
	const char *id;

	(void)state;
	content_set(3);
	id = begin(&agent)->upload_id;
	(void)part(&agent, id, 0, PART);
	content[PART] ^= 1; /* after the digest was announced */
	(void)part(&agent, id, PART, PART);
	assert_refused(part_job(&agent, id, 2 * PART, 1000), PIDC__V1__REASON__REASON_E_FIELD,
		       "sha256");
	assert_refused(part_job(&agent, id, 0, PART), PIDC__V1__REASON__REASON_E_NOT_FOUND,
		       "upload_id");
	assert_refused(submit_job(id), PIDC__V1__REASON__REASON_E_NOT_FOUND, "files.upload_id");
	assert_sql(arena_printf(world.arena,
				"SELECT count(*) = 0 FROM upload_part WHERE upload_id = '%s'", id));
}

static void uploads_of_others_do_not_exist(void **state)
{
	const char *id;

	(void)state;
	content_set(4);
	id = upload_all();
	/* Nor does having the same file tell that somebody has it. */
	assert_int_equal(begin(&fiji)->offset, 0);
	assert_refused(part_job(&fiji, id, 0, PART), PIDC__V1__REASON__REASON_E_NOT_FOUND,
		       "upload_id");
	call_refused(&fiji, DATA("GetUpload"), PIDC__V1__REASON__REASON_E_NOT_FOUND, "",
		     arena_printf(world.arena, "{\"uploadId\":\"%s\"}", id));
	(void)call_ok(&fiji, DATA("DiscardUpload"), &pidc__v1__discard_upload_response__descriptor,
		      arena_printf(world.arena, "{\"uploadId\":\"%s\"}", id));
	assert_int_equal(begin(&agent)->offset, FILE_SIZE);
}

static void expired_ones_are_gone(void **state)
{
	struct pidc_error err = {0};
	const char *id;

	(void)state;
	content_set(5);
	id = upload_all();
	assert_good(db_exec(world.owner,
			    arena_printf(world.arena,
					 "UPDATE pidc.upload SET expires_at = now() - interval "
					 "'2 days' WHERE upload_id = '%s'",
					 id),
			    &err),
		    &err);
	assert_refused(submit_job(id), PIDC__V1__REASON__REASON_E_NOT_FOUND, "files.upload_id");
	content_set(6);
	(void)begin(&agent);
	assert_sql(arena_printf(world.arena,
				"SELECT count(*) = 0 FROM upload WHERE upload_id = '%s'", id));
}

static void no_more_than_may_wait(void **state)
{
	(void)state;
	assert_refused(begin_job(&fiji, (uint64_t)65 << 20), PIDC__V1__REASON__REASON_E_FIELD,
		       "size");
	for (uint8_t i = 0; i < 17; i++) {
		struct service_job *job;

		content_set((uint8_t)(100 + i));
		job = begin_job(&fiji, 5000);
		if (job->result != 0) {
			assert_true(i >= 15); /* one or none waited before */
			assert_refused(job, PIDC__V1__REASON__REASON_E_LIMIT, "");
			return;
		}
	}
	fail_msg("17 uploads wait");
}

static void SYS_8_files_are_erased_with_the_last_that_has_them(void **state)
{
	const char *id, *first, *second;
	const char *both[2];

	(void)state;
	content_set(7);
	id = upload_all();
	first = submit(id);
	second = submit(id);
	both[0] = first;
	both[1] = second;
	for (int i = 0; i < 2; i++) {
		(void)call_ok(&head, DATA("RequestErasure"),
			      &pidc__v1__request_erasure_response__descriptor,
			      arena_printf(world.arena,
					   "+{\"contributionId\":\"%s\",\"legalGround\":\"Act 7\","
					   "\"expectedVersion\":1}",
					   both[i]));
		(void)call_ok(&arc, DATA("EraseContribution"),
			      &pidc__v1__erase_contribution_response__descriptor,
			      arena_printf(world.arena, "+{\"contributionId\":\"%s\"}", both[i]));
		assert_sql(arena_printf(world.arena,
					"SELECT count(*) = %d FROM upload_part "
					"WHERE upload_id = '%s'",
					i == 0 ? 3 : 0, id));
	}
}

static void part_count(const char *org, const char *release, bool is_any)
{
	struct pidc_error err = {0};

	assert_good(db_begin(world.db, &err), &err);
	assert_good(db_set_local(world.db, "pidc.org", org, &err), &err);
	assert_good(db_set_local(world.db, "pidc.release", release, &err), &err);
	assert_good(db_exec(world.db,
			    arena_printf(world.arena,
					 "DO $$ BEGIN IF (SELECT count(*) > 0 FROM upload_part) <> "
					 "%s THEN RAISE 'row-level security'; END IF; END $$",
					 is_any ? "true" : "false"),
			    &err),
		    &err);
	assert_good(db_commit(world.db, &err), &err);
}

static void S2_parts_are_for_their_owner_or_a_release(void **state)
{
	static const char *const denied[] = {"DELETE FROM upload", "DELETE FROM upload_part",
					     "UPDATE upload_part SET data = ''",
					     "UPDATE upload SET owner_org = 'fj'",
					     "ALTER TABLE upload_part DISABLE ROW LEVEL SECURITY"};

	(void)state;
	content_set(8);
	(void)submit(upload_all());
	part_count("tv", "", true);
	part_count("iom", "", false);
	part_count("", "", false);
	part_count("iom", "3", false);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		struct pidc_error err = {0};

		assert_int_equal(db_begin(world.db, &err), 0);
		if (db_exec(world.db, denied[i], &err) == 0)
			fail_msg("the daemon's role may: %s", denied[i]);
		db_rollback(world.db);
	}
}

static void what_a_contribution_uses_is_not_discarded(void **state)
{
	const char *id;

	(void)state;
	content_set(9);
	id = upload_all();
	(void)submit(id);
	(void)call_ok(&agent, DATA("DiscardUpload"), &pidc__v1__discard_upload_response__descriptor,
		      arena_printf(world.arena, "{\"uploadId\":\"%s\"}", id));
	assert_int_equal(begin(&agent)->offset, FILE_SIZE);
	content_set(10);
	id = upload_all();
	(void)call_ok(&agent, DATA("DiscardUpload"), &pidc__v1__discard_upload_response__descriptor,
		      arena_printf(world.arena, "{\"uploadId\":\"%s\"}", id));
	call_refused(&agent, DATA("GetUpload"), PIDC__V1__REASON__REASON_E_NOT_FOUND, "",
		     arena_printf(world.arena, "{\"uploadId\":\"%s\"}", id));
}

static void I12_replay_needs_no_uploads(void **state)
{
	struct caller auditor;

	(void)state;
	caller_init(&auditor, "spiffe://pidc.int/audit/auditor/a1", "sec", "AUDITOR");
	assert_verified(&auditor);
	caller_close(&auditor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(SYS_3_an_upload_is_resumed_and_repeated),
		cmocka_unit_test(other_bytes_at_an_offset_are_refused),
		cmocka_unit_test(a_wrong_digest_leaves_nothing),
		cmocka_unit_test(uploads_of_others_do_not_exist),
		cmocka_unit_test(expired_ones_are_gone),
		cmocka_unit_test(SYS_8_files_are_erased_with_the_last_that_has_them),
		cmocka_unit_test(S2_parts_are_for_their_owner_or_a_release),
		cmocka_unit_test(what_a_contribution_uses_is_not_discarded),
		cmocka_unit_test(no_more_than_may_wait),
		cmocka_unit_test(I12_replay_needs_no_uploads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
