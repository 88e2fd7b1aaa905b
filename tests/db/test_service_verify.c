/* SPDX-License-Identifier: ISC
 *
 * Deep verification on a real PostgreSQL: a replay gives the same tables, and what
 * somebody changed behind the daemon's back is named.
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

static struct caller agent, head;

/* --- fixtures ---------------------------------------------------------------- */

static int setup(void **state)
{
	register_setup(state);
	caller_init(&agent, AGENT, "tv", "MEMBER_AGENT");
	caller_init(&head, "spiffe://pidc.int/member/tv/head/h1", "tv", "MEMBER_HEAD");
	return 0;
}

static int teardown(void **state)
{
	caller_close(&head);
	caller_close(&agent);
	return register_teardown(state);
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

/* --- deep verification ------------------------------------------------------------------ */

/* Two definitions of one dataset, one right after the other in the ledger. */
static void define_twice_and_close(void)
{
	struct service_job *job = job_new(
		&agent, "/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"77777777-7777-8777-8777-777777777777\",\"dataset\":{"
		"\"datasetId\":\"77777777-7777-8777-8777-777777777778\"," DATASET_FIELDS "}}");

	job_run(job);
	assert_ok(job);
	job = job_new(
		&agent, "/pidc.v1.DataService/DefineDataset",
		"{\"requestId\":\"77777777-7777-8777-8777-777777777779\",\"expectedVersion\":1,"
		"\"dataset\":{\"datasetId\":\"77777777-7777-8777-8777-777777777778\","
		"\"minCellDefault\":5," DATASET_FIELDS "}}");
	job_run(job);
	assert_ok(job);
	job = job_new(&agent, "/pidc.v1.DataService/CloseDataset",
		      "{\"requestId\":\"77777777-7777-8777-8777-777777777780\","
		      "\"datasetId\":\"77777777-7777-8777-8777-777777777778\","
		      "\"expectedVersion\":2,\"reason\":\"not needed\"}");
	job_run(job);
	assert_ok(job);
}

static void I12_replay_gives_equal_tables_and_SYS_1_names_a_changed_row(void **state)
{
	const Pidc__V1__VerifyFinding *finding = NULL;
	struct pidc_error err = {0};

	(void)state;
	dataset_id();
	define_twice_and_close();
	if (register_verify(&head, &finding) != 0 && finding != NULL)
		fail_msg("%s %s %s: expected %s, found %s", finding->table, finding->key,
			 finding->column, finding->expected, finding->found);
	assert_good(db_exec(world.owner,
			    "UPDATE pidc.member SET region = 'MELANESIA' WHERE org = 'tv'", &err),
		    &err);
	assert_int_equal(register_verify(&head, &finding), 1);
	if (finding == NULL)
		return;
	assert_string_equal(finding->table, "member");
	assert_string_equal(finding->key, "org=tv");
	assert_string_equal(finding->column, "region");
	assert_string_equal(finding->expected, "POLYNESIA");
	assert_string_equal(finding->found, "MELANESIA");
	assert_good(db_exec(world.owner,
			    "UPDATE pidc.member SET region = 'POLYNESIA' WHERE org = 'tv'", &err),
		    &err);
	assert_int_equal(register_verify(&head, &finding), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(I12_replay_gives_equal_tables_and_SYS_1_names_a_changed_row),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
