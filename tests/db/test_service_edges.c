/* SPDX-License-Identifier: ISC
 *
 * Edges of the services: values that no statement of the database takes, and what a
 * batch does to the calls behind one that changes who may call.
 */
#include "tests/db/data_register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LIST(service, name) "/pidc.v1." service "/" name

static void S1_what_no_statement_takes_is_refused(void **state)
{
	static const struct {
		const char *path, *json, *field;
	} cases[] = {
		{LIST("LedgerService", "ListEntries"), "{\"start\":\"9223372036854775808\"}",
		 "start"},
		{LIST("LedgerService", "ListLeafHashes"), "{\"start\":\"18446744073709551615\"}",
		 "start"},
		{LIST("DataService", "ListContributions"), "{\"status\":999}", "status"},
		{LIST("DisclosureService", "ListDisclosures"), "{\"obligation\":99}", "obligation"},
		{LIST("DisclosureService", "ListDisclosures"), "{\"delivery\":-1}", "delivery"},
		{LIST("DisclosureService", "ListDisclosures"), "{\"disclosureId\":\"x\"}",
		 "disclosure_id"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		call_refused(&head, cases[i].path, PIDC__V1__REASON__REASON_E_FIELD, cases[i].field,
			     cases[i].json);
}

/* Instants that JSON cannot say. */
static void S1_instants_that_are_none_are_refused(void **state)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
	} instants[] = {{INT64_C(1000000000000000), 0}, {INT64_MIN, 0}, {1, -1}, {1, 1000000000}};
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Pidc__V1__TimeRange range = PIDC__V1__TIME_RANGE__INIT;
	Pidc__V1__ListDisclosuresRequest request = PIDC__V1__LIST_DISCLOSURES_REQUEST__INIT;

	(void)state;
	range.from = &at;
	request.released = &range;
	for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		struct service_job *job =
			job_of(&head, LIST("DisclosureService", "ListDisclosures"), &request.base);

		at.seconds = instants[i].seconds;
		at.nanos = instants[i].nanos;
		job_run(job);
		assert_refused(job, PIDC__V1__REASON__REASON_E_FIELD, "released.from");
	}
}

/* Of one batch, too: the entry that ends a role stands before what it ends. */
static void T8_who_loses_its_role_in_a_batch_does_nothing_behind(void **state)
{
	struct caller other;
	struct service_job *jobs[3];

	(void)state;
	caller_init(&other, "spiffe://pidc.int/member/tv/agent/b2", "tv", "MEMBER_AGENT");
	for (size_t i = 0; i < 3; i += 2)
		jobs[i] = job_new(&other, DATA("CloseDataset"),
				  "+{\"datasetId\":\"00000000-0000-4000-8000-000000000000\","
				  "\"reason\":\"it was never there\",\"expectedVersion\":1}");
	jobs[1] = job_new(&head, LIST("IdentityService", "RevokeRole"),
			  "+{\"principalId\":\"spiffe://pidc.int/member/tv/agent/b2\","
			  "\"role\":\"ROLE_MEMBER_AGENT\",\"reason\":\"left the service\"}");
	service_run_write(world.db, jobs, 3);
	assert_ok(jobs[1]);
	assert_int_equal(jobs[0]->result, PIDC_EREFUSED);
	assert_int_not_equal(jobs[0]->refusal.reason, PIDC__V1__REASON__REASON_E_ROLE);
	assert_refused(jobs[2], PIDC__V1__REASON__REASON_E_ROLE, "");
	caller_close(&other);
}

/* Memory answers who somebody is, which what stands behind the register's back shows; an
 * entry that changes it is seen by the very next read, of whatever connection. */
static void T8_who_somebody_is_is_read_anew_after_it_changed(void **state)
{
	static const char check[] = LIST("ConsentService", "CheckConsent");
	static const char request[] = "{\"ownerOrg\":\"tv\",\"purpose\":\"ME\",\"action\":\"ACTION_"
				      "READ\",\"fields\":[\"a\"],"
				      "\"datasetId\":\"00000000-0000-4000-8000-000000000000\"}";
	static const char behind[] =
		"DELETE FROM pidc.role_grant WHERE principal_id LIKE '%tv/agent/b3'";
	struct caller other;
	struct service_job *job;
	struct pidc_error err = {0};

	(void)state;
	caller_init(&other, "spiffe://pidc.int/member/tv/agent/b3", "tv", "MEMBER_OFFICER");
	for (size_t i = 0; i < 2; i++) {
		job = job_new(&other, check, request);
		job_run(job);
		assert_ok(job);
		assert_good(db_exec(world.owner, behind, &err), &err);
	}
	call_ok(&head, LIST("IdentityService", "GrantRole"),
		&pidc__v1__grant_role_response__descriptor,
		"+{\"principalId\":\"spiffe://pidc.int/member/tv/agent/b3\","
		"\"role\":\"ROLE_MEMBER_AGENT\"}");
	assert_good(db_exec(world.owner, behind, &err), &err);
	job = job_new(&other, check, request);
	job_run(job);
	assert_refused(job, PIDC__V1__REASON__REASON_E_ROLE, "");
	caller_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_what_no_statement_takes_is_refused),
		cmocka_unit_test(S1_instants_that_are_none_are_refused),
		cmocka_unit_test(T8_who_loses_its_role_in_a_batch_does_nothing_behind),
		cmocka_unit_test(T8_who_somebody_is_is_read_anew_after_it_changed),
	};

	return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
