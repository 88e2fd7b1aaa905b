/* SPDX-License-Identifier: ISC
 *
 * The services on a real PostgreSQL, without sockets: import, the write batch,
 * request_id, row-level security, deep verification.
 */
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AGENT "spiffe://pidc.int/member/tv/agent/a1"
#define BATCH 64

static struct caller agent;

/* --- fixtures ---------------------------------------------------------------- */

static int setup(void **state)
{
	register_setup(state);
	caller_init(&agent, AGENT, "tv", "MEMBER_AGENT");
	return 0;
}

static int teardown(void **state)
{
	caller_close(&agent);
	return register_teardown(state);
}

static uint64_t ledger_size(void)
{
	struct service_job *job = job_new(&agent, "/pidc.v1.LedgerService/GetHead", "{}");
	Pidc__V1__GetHeadResponse *head;

	job_run(job);
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
	job = job_new(&agent, "/pidc.v1.DataService/DefineDataset",
		      "{\"requestId\":\"22222222-2222-8222-8222-222222222222\"," DATASET "}");
	job_run(job);
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
	json = arena_printf(world.arena,
			    "{\"requestId\":\"%s\",\"datasetId\":\"%s\","
			    "\"columns\":[\"CgVjb3VudBIBNQ==\"]%s}",
			    request_id, dataset, extra);
	return job_new(&agent, "/pidc.v1.DataService/SubmitContribution", json);
}

/* --- tests ---------------------------------------------------------------------- */

static void EXI_0a_a_importing_seeds_twice_changes_nothing(void **state)
{
	uint64_t before = ledger_size();

	(void)state;
	register_import_seeds();
	assert_int_equal(ledger_size(), before);
}

static void SYS_3_same_request_id_gives_the_first_answer(void **state)
{
	struct service_job *first = submission(dataset_id(), "");
	struct service_job *copies[BATCH];
	uint64_t before;

	(void)state;
	job_run(first);
	assert_ok(first);
	before = ledger_size();
	for (size_t i = 0; i < BATCH; i++) {
		copies[i] = arena_memdup(world.arena, first, sizeof(*first));
		copies[i]->reply = NULL;
	}
	service_run_write(world.db, copies, BATCH);
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
		jobs[i] = arena_memdup(world.arena, jobs[0], sizeof(*jobs[0]));
	service_run_write(world.db, jobs, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(jobs[i]);
		assert_memory_equal(jobs[i]->reply, jobs[0]->reply, jobs[0]->reply_len);
	}
	assert_int_equal(ledger_size(), before + 1);
}

static void A6_same_request_id_with_another_body_is_refused(void **state)
{
	struct service_job *first = submission(dataset_id(), "");
	struct service_job *second = arena_memdup(world.arena, first, sizeof(*first));

	(void)state;
	job_run(first);
	assert_ok(first);
	second->request_bytes = (const uint8_t *)"other";
	second->request_len = 5;
	job_run(second);
	assert_refused(second, PIDC__V1__REASON__REASON_E_IDEMPOTENCY_MISMATCH, "request_id");
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
	service_run_write(world.db, jobs, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		if (i % 4 == 3)
			assert_refused(jobs[i], PIDC__V1__REASON__REASON_E_NOT_FOUND, "dataset_id");
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
	job_run(job);
	assert_ok(job);
	assert_int_equal(ledger_size(), before);
}

static void a_change_needs_a_request_id(void **state)
{
	struct service_job *job =
		job_new(&agent, "/pidc.v1.DataService/DefineDataset", "{" DATASET "}");

	(void)state;
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD, "request_id");
}

static void PRI_9c_a_dataset_without_legal_basis_is_refused(void **state)
{
	struct service_job *job = job_new(
		&agent, "/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"44444444-4444-8444-8444-444444444444\",\"dataset\":{"
		"\"category\":\"OVER\",\"title\":\"Overstays\",\"granularity\":"
		"\"GRANULARITY_CASE_LEVEL\",\"classificationDefault\":\"CLASSIFICATION_AMBER\","
		"\"ethicsNote\":\"none\",\"fields\":[{\"name\":\"month\",\"type\":"
		"\"FIELD_TYPE_MONTH\"}]}}");

	(void)state;
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD, "dataset.legal_basis");
}

static void OBJ_2_an_unbound_certificate_is_nobody(void **state)
{
	struct service_job *job = submission(dataset_id(), "");

	(void)state;
	job->spki_sha256[0] ^= 1;
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_CERT_UNBOUND, "");
}

static void a_role_that_may_not_is_refused(void **state)
{
	struct service_job *job = job_new(
		&agent, "/pidc.v1.IdentityService/GrantRole",
		"{\"requestId\":\"55555555-5555-8555-8555-555555555555\",\"principalId\":\"" AGENT
		"\",\"role\":\"ROLE_MEMBER_HEAD\"}");

	(void)state;
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_ROLE, "");
}

static void S1_sql_in_an_id_is_only_a_bad_id(void **state)
{
	struct service_job *job = submission("'; DROP TABLE pidc.org; --", "");

	(void)state;
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD, "dataset_id");
}

static void pages_hold_everything_once(void **state)
{
	size_t seen = 0;
	const char *token = "";

	(void)state;
	for (int page = 0; page < 10 && token != NULL; page++) {
		struct service_job *job = job_new(
			&agent, "/pidc.v1.MemberService/ListMembers",
			arena_printf(world.arena, "{\"pageSize\":5,\"pageToken\":\"%s\"}", token));
		Pidc__V1__ListMembersResponse *reply;

		job_run(job);
		assert_ok(job);
		reply = pidc__v1__list_members_response__unpack(arena_protobuf(world.arena),
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

	assert_int_equal(db_begin(world.db, &err), 0);
	if (db_exec(world.db, sql, &err) == 0)
		fail_msg("the daemon's role may: %s", sql);
	db_rollback(world.db);
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
	char *sql = arena_printf(world.arena,
				 "DO $$ BEGIN IF (SELECT count(*) > 0 FROM contribution_content) "
				 "<> %s THEN RAISE 'row-level security'; END IF; END $$",
				 expected);

	assert_good(db_begin(world.db, &err), &err);
	assert_good(db_set_local(world.db, "pidc.org", org, &err), &err);
	assert_good(db_set_local(world.db, "pidc.release", release, &err), &err);
	assert_good(db_exec(world.db, sql, &err), &err);
	assert_good(db_commit(world.db, &err), &err);
}

static void content_is_for_its_owner_or_a_release(void **state)
{
	struct service_job *job = submission(dataset_id(), "");

	(void)state;
	job_run(job);
	assert_ok(job);
	content_count("tv", "", "true");
	content_count("fj", "", "false");
	content_count("", "", "false");
	content_count("iom", "1", "false");
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
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
