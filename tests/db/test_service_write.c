/* SPDX-License-Identifier: ISC
 *
 * The services on a real PostgreSQL, without sockets: import, the write batch,
 * request_id, row-level security, deep verification.
 */
#include "core/merkle.h"
#include "daemon/db/connection.h"
#include "daemon/service/service.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/lib/check.h"
#include "tests/lib/pg.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AGENT "spiffe://pidc.int/member/tv/agent/a1"
#define BATCH 64

static struct pg *pg;
static struct db *db;    /* as the daemon's role */
static struct db *owner; /* as superuser: somebody behind the daemon's back */
static struct arena *arena;
static uint8_t agent_key[32];

/* --- fixtures ---------------------------------------------------------------- */

static void import_line(const char *line)
{
	struct service_job job;
	struct pidc_error err = {0};

	assert_good(service_import_line(db, line, arena, &job, &err), &err);
	if (job.result != 0)
		fail_msg("%s: %s %s", line, reason_name(job.refusal.reason), job.refusal.detail);
}

static void import_seeds(void)
{
	static const char *const files[] = {"00-organisations", "10-codes", "20-members",
					    "30-partners"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		char line[8192];
		FILE *f;

		snprintf(path, sizeof(path), "%s/sql/seed/%s.jsonl", getenv("PIDC_SOURCE_DIR"),
			 files[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		while (fgets(line, sizeof(line), f) != NULL)
			import_line(line);
		fclose(f);
	}
}

/* A fresh database is a second away; one register serves all tests, each of which
 * only adds to it. */
static int setup(void **state)
{
	struct service_info info = {.origin = "pidc.test/register", .max_clock_step_us = 60000000};
	struct db_options options = {.application_name = "test"};
	struct pidc_error err = {0};

	(void)state;
	uuid_random(info.instance_id);
	service_init(&info);
	arena = arena_new(0);
	assert_good(pg_start(&pg, &err), &err);
	assert_good(db_migrate(pg_url(pg, "postgres", "postgres"), NULL, &err), &err);
	options.url = pg_url(pg, "postgres", "postgres");
	assert_good(db_open(&options, true, &owner, &err), &err);
	options.url = pg_url(pg, "pidc_app", "postgres");
	assert_good(db_open(&options, true, &db, &err), &err);
	import_seeds();
	memset(agent_key, 7, sizeof(agent_key));
	import_line("{\"method\":\"pidc.v1.IdentityService/RegisterPrincipal\",\"request\":{"
		    "\"requestId\":\"11111111-1111-8111-8111-111111111111\","
		    "\"principalId\":\"" AGENT "\",\"org\":\"tv\",\"title\":\"Agent\","
		    "\"roles\":[\"ROLE_MEMBER_AGENT\"],"
		    "\"spkiSha256\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\","
		    "\"notAfter\":\"2099-01-01T00:00:00Z\"}}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	db_close(owner);
	pg_stop(pg);
	arena_free(arena);
	return 0;
}

/* A job of Tuvalu's agent, from JSON. */
static struct service_job *job_new(const char *path, const char *json)
{
	struct service_job *job = arena_alloc(arena, sizeof(*job));
	struct pidc_error err = {0};
	ProtobufCMessage *request = NULL;
	uint8_t *bytes;

	job->method = service_method_find(path);
	assert_non_null(job->method);
	assert_good(json_parse(service_method_request(job->method), json, strlen(json), arena,
			       &request, &err),
		    &err);
	job->request = request;
	job->request_len = protobuf_c_message_get_packed_size(request);
	bytes = arena_alloc(arena, job->request_len);
	protobuf_c_message_pack(request, bytes);
	job->request_bytes = bytes;
	memcpy(job->spki_sha256, agent_key, sizeof(agent_key));
	job->principal_id = AGENT;
	job->arena = arena;
	return job;
}

static void run_write(struct service_job *job)
{
	service_run_write(db, &job, 1);
}

static void assert_refused(const struct service_job *job, Pidc__V1__Reason reason)
{
	assert_int_equal(job->result, PIDC_EREFUSED);
	assert_string_equal(reason_name(job->refusal.reason), reason_name(reason));
}

static void assert_ok(const struct service_job *job)
{
	if (job->result != 0)
		fail_msg("%s %s: %s", reason_name(job->refusal.reason), job->refusal.field,
			 job->refusal.detail);
}

static uint64_t ledger_size(void)
{
	struct service_job *job = job_new("/pidc.v1.LedgerService/GetHead", "{}");
	Pidc__V1__GetHeadResponse *head;

	service_run_read(db, &job, 1);
	assert_ok(job);
	head = pidc__v1__get_head_response__unpack(NULL, job->reply_len, job->reply);
	assert_non_null(head);

	uint64_t size = head->size;

	pidc__v1__get_head_response__free_unpacked(head, NULL);
	return size;
}

#define DATASET_FIELDS                                                                           \
	"\"category\":\"OVER\",\"title\":\"Overstays\","                                         \
	"\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"                   \
	"\"CLASSIFICATION_GREEN\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","               \
	"\"retentionMonths\":12,\"fields\":[{\"name\":\"month\",\"type\":\"FIELD_TYPE_MONTH\"}," \
	"{\"name\":\"count\",\"type\":\"FIELD_TYPE_INTEGER\"}]"
#define DATASET "\"dataset\":{" DATASET_FIELDS "}"

static const char *dataset_id(void)
{
	static char id[37];
	struct service_job *job;
	Pidc__V1__DefineDatasetResponse *reply;

	if (*id != '\0')
		return id;
	job = job_new("/pidc.v1.DataService/DefineDataset",
		      "{\"requestId\":\"22222222-2222-8222-8222-222222222222\"," DATASET "}");
	run_write(job);
	assert_ok(job);
	reply = pidc__v1__define_dataset_response__unpack(NULL, job->reply_len, job->reply);
	assert_non_null(reply);
	snprintf(id, sizeof(id), "%s", reply->dataset->dataset_id);
	pidc__v1__define_dataset_response__free_unpacked(reply, NULL);
	return id;
}

/* ContentColumn{field: "count", values: ["5"]} in base64. */
static struct service_job *submission(const char *dataset, const char *extra)
{
	char request_id[37];
	char *json;

	uuid_random(request_id);
	json = arena_printf(arena,
			    "{\"requestId\":\"%s\",\"datasetId\":\"%s\","
			    "\"columns\":[\"CgVjb3VudBIBNQ==\"]%s}",
			    request_id, dataset, extra);
	return job_new("/pidc.v1.DataService/SubmitContribution", json);
}

/* --- tests ---------------------------------------------------------------------- */

static void EXI_0a_a_importing_seeds_twice_changes_nothing(void **state)
{
	uint64_t before = ledger_size();

	(void)state;
	import_seeds();
	assert_int_equal(ledger_size(), before);
}

static void SYS_3_same_request_id_gives_the_first_answer(void **state)
{
	struct service_job *first = submission(dataset_id(), "");
	struct service_job *copies[BATCH];
	uint64_t before;

	(void)state;
	run_write(first);
	assert_ok(first);
	before = ledger_size();
	for (size_t i = 0; i < BATCH; i++) {
		copies[i] = arena_memdup(arena, first, sizeof(*first));
		copies[i]->reply = NULL;
	}
	service_run_write(db, copies, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		assert_ok(copies[i]);
		assert_int_equal(copies[i]->reply_len, first->reply_len);
		assert_memory_equal(copies[i]->reply, first->reply, first->reply_len);
	}
	assert_int_equal(ledger_size(), before);
}

static void SYS_3_repeats_inside_one_batch_are_one_record(void **state)
{
	struct service_job *jobs[3];
	uint64_t before;

	(void)state;
	jobs[0] = submission(dataset_id(), "");
	before = ledger_size();
	for (size_t i = 1; i < 3; i++)
		jobs[i] = arena_memdup(arena, jobs[0], sizeof(*jobs[0]));
	service_run_write(db, jobs, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(jobs[i]);
		assert_memory_equal(jobs[i]->reply, jobs[0]->reply, jobs[0]->reply_len);
	}
	assert_int_equal(ledger_size(), before + 1);
}

static void A6_same_request_id_with_another_body_is_refused(void **state)
{
	struct service_job *first = submission(dataset_id(), "");
	struct service_job *second = arena_memdup(arena, first, sizeof(*first));

	(void)state;
	run_write(first);
	assert_ok(first);
	second->request_bytes = (const uint8_t *)"other";
	second->request_len = 5;
	run_write(second);
	assert_refused(second, PIDC__V1__REASON__REASON_E_IDEMPOTENCY_MISMATCH);
}

static void a_batch_is_gapless_and_refusals_leave_no_trace(void **state)
{
	struct service_job *jobs[BATCH];
	uint64_t before = 0;

	(void)state;
	dataset_id();
	before = ledger_size();
	for (size_t i = 0; i < BATCH; i++)
		jobs[i] = i % 4 == 3 ? submission("33333333-3333-8333-8333-333333333333", "")
				     : submission(dataset_id(), "");
	service_run_write(db, jobs, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		if (i % 4 == 3)
			assert_refused(jobs[i], PIDC__V1__REASON__REASON_E_NOT_FOUND);
		else
			assert_ok(jobs[i]);
	}
	assert_int_equal(ledger_size(), before + (uint64_t)BATCH / 4 * 3);
}

static void validate_only_changes_nothing(void **state)
{
	struct service_job *job = submission(dataset_id(), ",\"validateOnly\":true");
	uint64_t before = ledger_size();

	(void)state;
	run_write(job);
	assert_ok(job);
	assert_int_equal(ledger_size(), before);
}

static void a_change_needs_a_request_id(void **state)
{
	struct service_job *job = job_new("/pidc.v1.DataService/DefineDataset", "{" DATASET "}");

	(void)state;
	run_write(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD);
	assert_string_equal(job->refusal.field, "request_id");
}

static void PRI_9c_a_dataset_without_legal_basis_is_refused(void **state)
{
	struct service_job *job = job_new(
		"/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"44444444-4444-8444-8444-444444444444\",\"dataset\":{"
		"\"category\":\"OVER\",\"title\":\"Overstays\",\"granularity\":"
		"\"GRANULARITY_CASE_LEVEL\",\"classificationDefault\":\"CLASSIFICATION_AMBER\","
		"\"ethicsNote\":\"none\",\"fields\":[{\"name\":\"month\",\"type\":"
		"\"FIELD_TYPE_MONTH\"}]}}");

	(void)state;
	run_write(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD);
}

static void OBJ_2_an_unbound_certificate_is_nobody(void **state)
{
	struct service_job *job = submission(dataset_id(), "");

	(void)state;
	job->spki_sha256[0] ^= 1;
	run_write(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_CERT_UNBOUND);
}

static void a_role_that_may_not_is_refused(void **state)
{
	struct service_job *job = job_new(
		"/pidc.v1.IdentityService/GrantRole",
		"{\"requestId\":\"55555555-5555-8555-8555-555555555555\",\"principalId\":\"" AGENT
		"\",\"role\":\"ROLE_MEMBER_HEAD\"}");

	(void)state;
	run_write(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_ROLE);
}

static void S1_sql_in_an_id_is_only_a_bad_id(void **state)
{
	struct service_job *job = submission("'; DROP TABLE pidc.org; --", "");

	(void)state;
	run_write(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD);
}

static void pages_hold_everything_once(void **state)
{
	size_t seen = 0;
	const char *token = "";

	(void)state;
	for (int page = 0; page < 10 && token != NULL; page++) {
		struct service_job *job = job_new(
			"/pidc.v1.MemberService/ListMembers",
			arena_printf(arena, "{\"pageSize\":5,\"pageToken\":\"%s\"}", token));
		Pidc__V1__ListMembersResponse *reply;

		service_run_read(db, &job, 1);
		assert_ok(job);
		reply = pidc__v1__list_members_response__unpack(arena_protobuf(arena),
								job->reply_len, job->reply);
		assert_non_null(reply);
		assert_true(reply->n_members <= 5);
		seen += reply->n_members;
		token = *reply->next_page_token == '\0' ? NULL : reply->next_page_token;
	}
	assert_null(token);
	assert_int_equal(seen, 21);
}

/* --- the second line: PostgreSQL itself ------------------------------------------------ */

static void assert_denied(const char *sql)
{
	struct pidc_error err = {0};

	assert_int_equal(db_begin(db, &err), 0);
	if (db_exec(db, sql, &err) == 0)
		fail_msg("the daemon's role may: %s", sql);
	db_rollback(db);
}

static void S2_the_daemons_role_cannot_rewrite_history(void **state)
{
	(void)state;
	assert_denied("UPDATE ledger_entry SET payload = ''");
	assert_denied("DELETE FROM ledger_entry");
	assert_denied("TRUNCATE ledger_entry");
	assert_denied("UPDATE ledger_node SET hash = ''");
	assert_denied("DELETE FROM consent_statement");
	assert_denied("UPDATE disclosure SET recipient_org = 'iom'");
	assert_denied("UPDATE request_replay SET reply = ''");
	assert_denied("DROP TABLE org");
	assert_denied("ALTER TABLE contribution_content DISABLE ROW LEVEL SECURITY");
}

static void content_count(const char *org, const char *release, const char *expected)
{
	struct pidc_error err = {0};
	char *sql = arena_printf(arena,
				 "DO $$ BEGIN IF (SELECT count(*) > 0 FROM contribution_content) "
				 "<> %s THEN RAISE 'row-level security'; END IF; END $$",
				 expected);

	assert_good(db_begin(db, &err), &err);
	assert_good(db_set_local(db, "pidc.org", org, &err), &err);
	assert_good(db_set_local(db, "pidc.release", release, &err), &err);
	assert_good(db_exec(db, sql, &err), &err);
	assert_good(db_commit(db, &err), &err);
}

static void content_is_for_its_owner_or_a_release(void **state)
{
	struct service_job *job = submission(dataset_id(), "");

	(void)state;
	run_write(job);
	assert_ok(job);
	content_count("tv", "", "true");
	content_count("fj", "", "false");
	content_count("", "", "false");
	content_count("iom", "1", "false");
}

/* --- deep verification ------------------------------------------------------------------ */

static Pidc__V1__VerifyDeepResponse *step(struct service_steps *steps, struct db *own,
					  struct service_job *job, bool *is_last)
{
	Pidc__V1__VerifyDeepResponse *reply;

	if (service_steps_next(steps, own, arena, job, is_last) < 0)
		fail_msg("%s", job->refusal.detail);
	reply = pidc__v1__verify_deep_response__unpack(arena_protobuf(arena), job->reply_len,
						       job->reply);
	assert_non_null(reply);
	return reply;
}

/* Findings of one whole verification; the first one in *ret_first. */
static uint64_t verify(const Pidc__V1__VerifyFinding **ret_first)
{
	struct db_options options = {.application_name = "verify",
				     .url = pg_url(pg, "pidc_app", "postgres")};
	struct service_job *job = job_new("/pidc.v1.LedgerService/VerifyDeep", "{}");
	struct service_steps *steps = NULL;
	struct pidc_error err = {0};
	struct db *own = NULL;
	bool is_last = false;
	uint64_t count = 0;

	*ret_first = NULL;
	assert_good(db_open(&options, true, &own, &err), &err);
	import_line("{\"method\":\"pidc.v1.IdentityService/GrantRole\",\"request\":{"
		    "\"requestId\":\"66666666-6666-8666-8666-666666666666\","
		    "\"principalId\":\"" AGENT "\",\"role\":\"ROLE_MEMBER_HEAD\"}}");
	job->result = 0;
	assert_int_equal(service_steps_start(own, job, &steps), 0);
	for (int i = 0; i < 1000 && !is_last; i++) {
		Pidc__V1__VerifyDeepResponse *reply = step(steps, own, job, &is_last);

		if (reply->finding != NULL && *ret_first == NULL)
			*ret_first = reply->finding;
		count = reply->finding_count;
	}
	assert_true(is_last);
	service_steps_free(steps);
	db_close(own);
	return count;
}

/* Two definitions of one dataset, one right after the other in the ledger. */
static void define_twice_and_close(void)
{
	struct service_job *job = job_new(
		"/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"77777777-7777-8777-8777-777777777777\",\"dataset\":{"
		"\"datasetId\":\"77777777-7777-8777-8777-777777777778\"," DATASET_FIELDS "}}");

	run_write(job);
	assert_ok(job);
	job = job_new(
		"/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"77777777-7777-8777-8777-777777777779\",\"expectedVersion\":1,"
		"\"dataset\":{\"datasetId\":\"77777777-7777-8777-8777-777777777778\","
		"\"minCellDefault\":5," DATASET_FIELDS "}}");
	run_write(job);
	assert_ok(job);
	job = job_new("/pidc.v1.DataService/CloseDataset",
		      "{\"requestId\":\"77777777-7777-8777-8777-777777777780\","
		      "\"datasetId\":\"77777777-7777-8777-8777-777777777778\","
		      "\"expectedVersion\":2,\"reason\":\"not needed\"}");
	run_write(job);
	assert_ok(job);
}

static void I12_replay_gives_equal_tables_and_SYS_1_names_a_changed_row(void **state)
{
	const Pidc__V1__VerifyFinding *finding = NULL;
	struct pidc_error err = {0};

	(void)state;
	dataset_id();
	define_twice_and_close();
	if (verify(&finding) != 0 && finding != NULL)
		fail_msg("%s %s %s: expected %s, found %s", finding->table, finding->key,
			 finding->column, finding->expected, finding->found);
	assert_good(db_exec(owner, "UPDATE pidc.member SET region = 'MELANESIA' WHERE org = 'tv'",
			    &err),
		    &err);
	assert_int_equal(verify(&finding), 1);
	if (finding == NULL)
		return;
	assert_string_equal(finding->table, "member");
	assert_string_equal(finding->key, "org=tv");
	assert_string_equal(finding->column, "region");
	assert_string_equal(finding->expected, "POLYNESIA");
	assert_string_equal(finding->found, "MELANESIA");
	assert_good(db_exec(owner, "UPDATE pidc.member SET region = 'POLYNESIA' WHERE org = 'tv'",
			    &err),
		    &err);
	assert_int_equal(verify(&finding), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EXI_0a_a_importing_seeds_twice_changes_nothing),
		cmocka_unit_test(SYS_3_same_request_id_gives_the_first_answer),
		cmocka_unit_test(SYS_3_repeats_inside_one_batch_are_one_record),
		cmocka_unit_test(A6_same_request_id_with_another_body_is_refused),
		cmocka_unit_test(a_batch_is_gapless_and_refusals_leave_no_trace),
		cmocka_unit_test(validate_only_changes_nothing),
		cmocka_unit_test(a_change_needs_a_request_id),
		cmocka_unit_test(PRI_9c_a_dataset_without_legal_basis_is_refused),
		cmocka_unit_test(OBJ_2_an_unbound_certificate_is_nobody),
		cmocka_unit_test(a_role_that_may_not_is_refused),
		cmocka_unit_test(S1_sql_in_an_id_is_only_a_bad_id),
		cmocka_unit_test(pages_hold_everything_once),
		cmocka_unit_test(S2_the_daemons_role_cannot_rewrite_history),
		cmocka_unit_test(content_is_for_its_owner_or_a_release),
		cmocka_unit_test(I12_replay_gives_equal_tables_and_SYS_1_names_a_changed_row),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
