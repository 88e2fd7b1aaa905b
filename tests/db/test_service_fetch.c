/* SPDX-License-Identifier: ISC
 *
 * Fetches step by step on a real PostgreSQL: what a chunk holds, files in pieces, and
 * what stops them.
 */
#include "core/delivery.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DATA(method) "/pidc.v1.DataService/" method
#define PART         ((size_t)128 * 1024)
#define FILE_SIZE    ((size_t)5 * 1024 * 1024 + 77)

static struct caller head, agent, iom;
static const char *dataset;
static uint8_t *file;
static uint8_t file_digest[SHA256_LEN];

static void grant(void)
{
	Pidc__V1__ConsentStatement st = PIDC__V1__CONSENT_STATEMENT__INIT;
	Pidc__V1__DataSelector data = PIDC__V1__DATA_SELECTOR__INIT;
	Pidc__V1__RecipientSelector to = PIDC__V1__RECIPIENT_SELECTOR__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Pidc__V1__Action action = PIDC__V1__ACTION__ACTION_READ;
	char id[37], org[] = "iom", purpose[] = "ME", count[] = "count", report[] = "report";
	char *orgs[] = {org}, *purposes[] = {purpose}, *fields[] = {count, report};
	char owner[] = "tv", origin[] = "pidc.test/register";
	char *datasets[] = {(char *)(uintptr_t)dataset};

	uuid_random(id);
	st.statement_id = st.consent_id = id;
	st.version = 1;
	st.owner_org = owner;
	st.kind = PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT;
	data.dataset_ids = datasets;
	to.orgs = orgs;
	data.n_dataset_ids = to.n_orgs = st.n_purposes = st.n_actions = 1;
	to.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	st.data = &data;
	st.recipient = &to;
	st.purposes = purposes;
	st.actions = &action;
	st.fields = fields;
	st.n_fields = 2;
	until.seconds = (int64_t)time(NULL) + 86400;
	st.valid_to = &until;
	st.origin = origin;
	(void)call_ok(&head, "/pidc.v1.ConsentService/RecordStatement",
		      &pidc__v1__record_statement_response__descriptor,
		      arena_printf(world.arena, "+{\"signed\":%s}", signed_json(&head, &st.base)));
}

static const char *upload(void)
{
	Pidc__V1__BeginUploadRequest begin = PIDC__V1__BEGIN_UPLOAD_REQUEST__INIT;
	struct service_job *job;
	const Pidc__V1__BeginUploadResponse *begun;

	begin.sha256 = (ProtobufCBinaryData){SHA256_LEN, file_digest};
	begin.size = FILE_SIZE;
	job = job_of(&agent, DATA("BeginUpload"), &begin.base);
	job_run(job);
	assert_ok(job);
	begun = pidc__v1__begin_upload_response__unpack(arena_protobuf(world.arena), job->reply_len,
							job->reply);
	for (size_t at = 0; at < FILE_SIZE; at += PART) {
		Pidc__V1__UploadPartRequest part = PIDC__V1__UPLOAD_PART_REQUEST__INIT;
		size_t len = FILE_SIZE - at < PART ? FILE_SIZE - at : PART;
		uint8_t digest[SHA256_LEN];

		sha256(&(struct bytes){file + at, len}, 1, digest);
		part.upload_id = begun->upload->upload_id;
		part.offset = at;
		part.data = (ProtobufCBinaryData){len, file + at};
		part.sha256 = (ProtobufCBinaryData){SHA256_LEN, digest};
		job = job_of(&agent, DATA("UploadPart"), &part.base);
		job_run(job);
		assert_ok(job);
	}
	return begun->upload->upload_id;
}

static const char *submit(const char *rest)
{
	return ((const Pidc__V1__SubmitContributionResponse *)call_ok(
			&agent, DATA("SubmitContribution"),
			&pidc__v1__submit_contribution_response__descriptor,
			arena_printf(world.arena, "+{\"datasetId\":\"%s\"%s}", dataset, rest)))
		->contribution_id;
}

static int setup(void **state)
{
	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&agent, "spiffe://pidc.int/member/tv/agent", "tv", "MEMBER_AGENT");
	caller_init(&iom, "spiffe://pidc.int/partner/iom/agent", "iom", "PARTNER_AGENT");
	iom.capacity = "PARTNER";
	file = malloc(FILE_SIZE);
	assert_non_null(file);
	for (size_t i = 0; i < FILE_SIZE; i++)
		file[i] = (uint8_t)(i * 7 + i / 1021);
	sha256(&(struct bytes){file, FILE_SIZE}, 1, file_digest);
	dataset =
		((const Pidc__V1__DefineDatasetResponse *)call_ok(
			 &agent, DATA("DefineDataset"),
			 &pidc__v1__define_dataset_response__descriptor,
			 "+{\"dataset\":{\"category\":\"OVER\",\"title\":\"Reports\","
			 "\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"
			 "\"CLASSIFICATION_GREEN\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","
			 "\"fields\":[{\"name\":\"count\",\"type\":\"FIELD_TYPE_TEXT\"},"
			 "{\"name\":\"report\",\"type\":\"FIELD_TYPE_FILE\"}]}}"))
			->dataset->dataset_id;
	grant();
	return 0;
}

static int teardown(void **state)
{
	caller_close(&head);
	caller_close(&agent);
	caller_close(&iom);
	free(file);
	return register_teardown(state);
}

/* --- a fetch, step by step -------------------------------------------------------------- */

static struct service_fetch *fetch_start(const char *json)
{
	struct service_job *job = job_new(&iom, "/pidc.v1.DisclosureService/Fetch", json);
	struct service_fetch *fetch = NULL;

	if (service_fetch_plan(world.db, job, &fetch) < 0)
		assert_ok(job);
	return fetch;
}

/* The next message; NULL at the end. Refused: *ret_job has why. */
static const Pidc__V1__FetchResponse *fetch_next(struct service_fetch *fetch,
						 struct service_job *job)
{
	bool is_piece = service_fetch_has_piece(fetch);

	if (!is_piece && !service_fetch_has_next(fetch))
		return NULL;
	*job = (struct service_job){.arena = world.arena};
	if (!is_piece) {
		assert_int_equal(service_fetch_release(fetch, world.arena, job), 0);
		service_run_write(world.db, &job, 1);
		if (job->result != 0)
			return NULL;
	}
	if (service_fetch_content(fetch, world.db, job) != 0)
		return NULL;
	return pidc__v1__fetch_response__unpack(arena_protobuf(world.arena), job->reply_len,
						job->reply);
}

static const char *fetch_json(const char *ids, const char *fields)
{
	return arena_printf(world.arena,
			    "{\"ownerOrg\":\"tv\",\"contributionIds\":[%s],\"purpose\":\"ME\","
			    "\"action\":\"ACTION_READ\",\"fields\":[%s]}",
			    ids, fields);
}

static const char *report_submit(void)
{
	return submit(arena_printf(world.arena,
				   ",\"columns\":[\"CgVjb3VudBIBNQ==\"],\"files\":[{\"field\":"
				   "\"report\",\"uploadId\":\"%s\"}]",
				   upload()));
}

static void expect_piece(const Pidc__V1__FetchResponse *message, size_t offset)
{
	assert_non_null(message->piece);
	assert_int_equal(message->n_items, 0);
	assert_int_equal(message->piece->offset, offset);
	assert_true(message->piece->data.len > 0 && message->piece->data.len <= 256 * 1024);
	assert_memory_equal(message->piece->data.data, file + offset, message->piece->data.len);
}

/* What a recipient computes over what arrived (disclosure.proto). */
static void expect_delivery(const Pidc__V1__FetchResponse *first)
{
	const Pidc__V1__FetchedItem *item = first->items[0];
	uint8_t digest[SHA256_LEN], column[SHA256_LEN];
	struct delivery delivery;

	sha256(&(struct bytes){item->columns[0].data, item->columns[0].len}, 1, column);
	assert_int_equal(delivery_begin(&delivery, 1, 2, world.arena), 0);
	delivery_add_item(&delivery, item->contribution_id);
	delivery_add_column(&delivery, item->files[0]->sha256.data);
	delivery_add_column(&delivery, column);
	delivery_finish(&delivery, digest);
	assert_memory_equal(digest, first->delivery_digest.data, SHA256_LEN);
}

static void a_file_comes_in_pieces_and_is_decided_again(void **state)
{
	const char *id = report_submit();
	struct service_fetch *fetch = fetch_start(
		fetch_json(arena_printf(world.arena, "\"%s\"", id), "\"report\",\"count\""));
	const Pidc__V1__FetchResponse *message;
	struct service_job job;
	size_t got = 0;
	uint32_t chunk = 0;

	(void)state;
	message = fetch_next(fetch, &job);
	assert_ok(&job);
	assert_int_equal(message->n_items, 1);
	assert_int_equal(message->items[0]->n_columns, 1);
	assert_int_equal(message->items[0]->n_files, 1);
	assert_int_equal(message->items[0]->files[0]->size, FILE_SIZE);
	assert_memory_equal(message->items[0]->files[0]->sha256.data, file_digest, SHA256_LEN);
	expect_delivery(message);
	while ((message = fetch_next(fetch, &job)) != NULL) {
		expect_piece(message, got);
		got += message->piece->data.len;
		assert_true(message->chunk == chunk || message->chunk == chunk + 1);
		chunk = message->chunk;
		assert_non_null(message->position);
	}
	assert_ok(&job);
	assert_int_equal(got, FILE_SIZE);
	assert_int_equal(chunk, 1); /* 4 MiB under the first release, the rest under another */
	assert_sql(arena_printf(world.arena,
				"SELECT count(*) = 2 FROM disclosure_item WHERE "
				"contribution_id = '%s'",
				id));
}

static void L40_what_is_withdrawn_meanwhile_stops_at_the_next_release(void **state)
{
	const char *id = report_submit();
	struct service_fetch *fetch =
		fetch_start(fetch_json(arena_printf(world.arena, "\"%s\"", id), "\"report\""));
	const Pidc__V1__FetchResponse *message;
	struct service_job job;
	size_t got = 0;

	(void)state;
	assert_non_null(fetch_next(fetch, &job));
	(void)call_ok(&agent, DATA("WithdrawContribution"),
		      &pidc__v1__withdraw_contribution_response__descriptor,
		      arena_printf(world.arena,
				   "+{\"contributionId\":\"%s\",\"reason\":\"wrong file\"}", id));
	while ((message = fetch_next(fetch, &job)) != NULL)
		got += message->piece->data.len;
	assert_refused(&job, PIDC__V1__REASON__REASON_D_CONSENT, "");
	assert_true(got >= (size_t)4 * 1024 * 1024 && got < (size_t)4 * 1024 * 1024 + 256 * 1024);
}

/* A column of 200 KiB, base64 by way of the values' text. */
static const char *large_submit(void)
{
	Pidc__V1__SubmitContributionRequest request = PIDC__V1__SUBMIT_CONTRIBUTION_REQUEST__INIT;
	Pidc__V1__ContentColumn column = PIDC__V1__CONTENT_COLUMN__INIT;
	char name[] = "count", id[37], value[4001];
	char *values[50];
	ProtobufCBinaryData packed;
	struct service_job *job;

	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (size_t i = 0; i < 50; i++)
		values[i] = value;
	column.field = name;
	column.values = values;
	column.n_values = 50;
	packed.len = protobuf_c_message_get_packed_size(&column.base);
	packed.data = arena_alloc(world.arena, packed.len);
	protobuf_c_message_pack(&column.base, packed.data);
	uuid_random(id);
	request.request_id = id;
	request.dataset_id = (char *)(uintptr_t)dataset;
	request.columns = &packed;
	request.n_columns = 1;
	job = job_of(&agent, DATA("SubmitContribution"), &request.base);
	job_run(job);
	assert_ok(job);
	return pidc__v1__submit_contribution_response__unpack(arena_protobuf(world.arena),
							      job->reply_len, job->reply)
		->contribution_id;
}

static void a_chunk_fits_a_message(void **state)
{
	const char *ids = "";
	struct service_fetch *fetch;
	const Pidc__V1__FetchResponse *message;
	struct service_job job;
	size_t items = 0, chunks = 0;

	(void)state;
	for (size_t i = 0; i < 13; i++)
		ids = arena_printf(world.arena, "%s%s\"%s\"", ids, i == 0 ? "" : ",",
				   i == 6 ? report_submit() : large_submit());
	fetch = fetch_start(fetch_json(ids, "\"count\""));
	while ((message = fetch_next(fetch, &job)) != NULL) {
		assert_true(job.reply_len < (size_t)5 * 1024 * 1024 / 4);
		items += message->n_items;
		chunks++;
	}
	assert_ok(&job);
	assert_int_equal(items, 13);
	assert_int_equal(chunks, 3); /* five of 200 KiB and a little, thrice */
}

static void what_stays_home_is_released_as_a_digest(void **state)
{
	const char *id =
		submit(",\"contentKind\":\"CONTENT_KIND_HASH_ONLY\",\"fields\":[\"count\"],"
		       "\"contentDigest\":"
		       "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"");
	struct service_fetch *fetch =
		fetch_start(fetch_json(arena_printf(world.arena, "\"%s\"", id), "\"count\""));
	const Pidc__V1__FetchResponse *message;
	struct service_job job;

	(void)state;
	message = fetch_next(fetch, &job);
	assert_ok(&job);
	assert_int_equal(message->n_items, 1);
	assert_int_equal(message->items[0]->n_columns, 0);
	assert_int_equal(message->items[0]->content_kind,
			 PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY);
	assert_int_equal(message->items[0]->content_digest.len, SHA256_LEN);
	assert_null(fetch_next(fetch, &job));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_comes_in_pieces_and_is_decided_again),
		cmocka_unit_test(L40_what_is_withdrawn_meanwhile_stops_at_the_next_release),
		cmocka_unit_test(a_chunk_fits_a_message),
		cmocka_unit_test(what_stays_home_is_released_as_a_digest),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
