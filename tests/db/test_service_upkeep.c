/* SPDX-License-Identifier: ISC
 *
 * What the daemon asks of the register for itself, and what it keeps for its log.
 */
#include "pidc/v1/ledger.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct caller head, agent;

static int setup(void **state)
{
	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&agent, "spiffe://pidc.int/member/tv/agent", "tv", "MEMBER_AGENT");
	return 0;
}

static int teardown(void **state)
{
	caller_close(&head);
	caller_close(&agent);
	return register_teardown(state);
}

static void as_owner(const char *sql)
{
	struct pidc_error err = {0};

	assert_good(db_exec(world.owner, sql, &err), &err);
}

static uint64_t ledger_size(void)
{
	const Pidc__V1__GetHeadResponse *reply = (const Pidc__V1__GetHeadResponse *)call_ok(
		&agent, "/pidc.v1.LedgerService/GetHead", &pidc__v1__get_head_response__descriptor,
		"{}");

	return reply->size;
}

static void a_start_is_recorded_once(void **state)
{
	uint64_t before = ledger_size();
	struct service_job *job = arena_alloc(world.arena, sizeof(*job));

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(service_start(world.arena, job), 0);
		service_run_write(world.db, &job, 1);
		assert_int_equal(job->result, 0);
		assert_int_equal(ledger_size(), before + 1);
	}
}

static void C1_a_register_that_rested_takes_changes(void **state)
{
	(void)state;
	as_owner("UPDATE pidc.ledger_head SET tx_time = tx_time - interval '1 hour'");
	call_ok(&head, "/pidc.v1.IdentityService/GrantRole",
		&pidc__v1__grant_role_response__descriptor,
		"+{\"principalId\":\"spiffe://pidc.int/member/tv/agent\","
		"\"role\":\"ROLE_MEMBER_OFFICER\"}");
}

static void a_failure_of_the_database_is_for_the_log_only(void **state)
{
	struct service_job *job =
		job_new(&agent, "/pidc.v1.MemberService/GetMember", "{\"org\":\"tv\"}");

	(void)state;
	as_owner("ALTER TABLE pidc.member RENAME TO away");
	job_run(job);
	as_owner("ALTER TABLE pidc.away RENAME TO member");
	assert_refused(job, PIDC__V1__REASON__REASON_E_INTERNAL, "");
	assert_null(strstr(job->refusal.detail, "member"));
	assert_int_equal(job->failure, PIDC_EDB);
	assert_non_null(job->failure_text);
	assert_non_null(strstr(job->failure_text, "42P01"));
}

static void SYS_2_which_keys_have_ended(void **state)
{
	uint8_t keys[3][32];
	bool ended[3] = {true, false, true};
	struct pidc_error err = {0};
	struct caller gone;

	(void)state;
	caller_init(&gone, "spiffe://pidc.int/member/tv/gone", "tv", "MEMBER_AGENT");
	memcpy(keys[0], agent.spki_sha256, sizeof(keys[0]));
	memcpy(keys[1], gone.spki_sha256, sizeof(keys[1]));
	memset(keys[2], 0x55, sizeof(keys[2])); /* bound to nobody */
	assert_good(service_keys_ended(world.db, keys, 3, ended, &err), &err);
	assert_false(ended[0] || ended[1] || ended[2]);
	as_owner("UPDATE pidc.cert_binding SET state = 'REVOKED'"
		 " WHERE principal_id = 'spiffe://pidc.int/member/tv/gone'");
	assert_good(service_keys_ended(world.db, keys, 3, ended, &err), &err);
	assert_true(!ended[0] && ended[1] && !ended[2]);
	as_owner("UPDATE pidc.cert_binding SET state = 'ACTIVE'"
		 " WHERE principal_id = 'spiffe://pidc.int/member/tv/gone'");
	caller_close(&gone);
}

static void statistics_follow_growth(void **state)
{
	struct pidc_error err = {0};
	uint64_t count = 0;

	(void)state;
	assert_good(service_analyze(world.db, true, &count, &err), &err);
	assert_true(count > 20);
	assert_sql("(SELECT reltuples FROM pg_class WHERE oid = 'pidc.member'::regclass)"
		   " = (SELECT count(*) FROM member)");
	assert_good(service_analyze(world.db, false, &count, &err), &err);
	assert_int_equal(count, 0);
	as_owner("INSERT INTO pidc.request_replay"
		 " SELECT 'x', gen_random_uuid(), 'x', '', '', 0 FROM generate_series(1, 5000);"
		 "SELECT pg_stat_force_next_flush()");
	as_owner("SELECT 1");
	assert_good(service_analyze(world.db, false, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_sql("(SELECT reltuples FROM pg_class WHERE oid = 'pidc.request_replay'::regclass)"
		   " >= 5000");
}

static void statistics_are_all_that_the_role_may_take(void **state)
{
	(void)state;
	assert_sql("has_function_privilege('pidc_app', 'register_analyze(boolean)', 'EXECUTE')");
	assert_sql("NOT has_function_privilege('public', 'register_analyze(boolean)', 'EXECUTE')");
	assert_sql("NOT pg_has_role('pidc_app', (SELECT relowner FROM pg_class"
		   " WHERE oid = 'member'::regclass), 'USAGE')");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_is_recorded_once),
		cmocka_unit_test(C1_a_register_that_rested_takes_changes),
		cmocka_unit_test(a_failure_of_the_database_is_for_the_log_only),
		cmocka_unit_test(SYS_2_which_keys_have_ended),
		cmocka_unit_test(statistics_follow_growth),
		cmocka_unit_test(statistics_are_all_that_the_role_may_take),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
