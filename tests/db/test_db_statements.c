/* SPDX-License-Identifier: ISC
 *
 * Every statement of sql/ is prepared on a fresh database as the daemon's role, and
 * its parameters and columns are held against the messages it names.
 */
#include "daemon/db/connection.h"
#include "daemon/db/migration.h"
#include "tests/lib/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct pg *pg;
static struct db *app;

static void assert_good(int rc, const struct pidc_error *err)
{
	if (rc < 0)
		fail_msg("%d: %s", rc, err->msg);
}

static int setup(void **state)
{
	struct pidc_error err = {0};
	struct db_options options = {.application_name = "test"};
	unsigned applied = 0;

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	assert_good(db_migrate(pg_url(pg, "postgres", "postgres"), &applied, &err), &err);
	assert_int_equal(applied, db_migration_count);
	options.url = pg_url(pg, "pidc_app", "postgres");
	assert_good(db_open(&options, true, &app, &err), &err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(app);
	pg_stop(pg);
	return 0;
}

static void test_every_statement_prepares(void **state)
{
	int failures = 0;

	(void)state;
	for (int id = 0; id < DB_STATEMENT_COUNT; id++) {
		struct pidc_error err = {0};

		if (db_prepare(app, (enum db_statement_id)id, NULL, &err) < 0) {
			print_error("%s: %s\n", db_statements[id].file, err.msg);
			failures++;
		}
	}
	assert_true(DB_STATEMENT_COUNT > 0);
	assert_int_equal(failures, 0);
}

static void test_apply_statements_name_a_body(void **state)
{
	(void)state;
	for (int id = 0; id < DB_STATEMENT_COUNT; id++) {
		const struct db_statement *s = &db_statements[id];

		if (!s->applies)
			continue;
		assert_true(s->is_many);
		assert_ptr_equal(s->in, &pidc__store__v1__apply_event__descriptor);
		if (!protobuf_c_message_descriptor_get_field_by_name(&pidc__v1__event__descriptor,
								     s->applies))
			fail_msg("%s: Event has no body %s", s->name, s->applies);
	}
}

static void test_the_daemon_cannot_change_the_ledger(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(db_exec(app, "UPDATE pidc.ledger_entry SET index = 0", &err), PIDC_EDB);
	assert_int_equal(db_exec(app, "DELETE FROM pidc.ledger_entry", &err), PIDC_EDB);
	assert_int_equal(db_exec(app, "TRUNCATE pidc.ledger_node", &err), PIDC_EDB);
	assert_good(db_check_version(app, &err), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_statement_prepares),
		cmocka_unit_test(test_apply_statements_name_a_body),
		cmocka_unit_test(test_the_daemon_cannot_change_the_ledger),
	};

	return cmocka_run_group_tests_name("db statements", tests, setup, teardown);
}
