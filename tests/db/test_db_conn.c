/* SPDX-License-Identifier: ISC
 *
 * What the server's errors and losses become.
 */
#include "daemon/db/connection.h"
#include "tests/lib/check.h"
#include "tests/lib/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct pg *pg;
static struct db *other; /* the one that does harm */

static struct db *open_db(unsigned statement_ms, unsigned lock_ms)
{
	const struct db_options options = {
		.url = pg_url(pg, "postgres", "postgres"),
		.application_name = "victim",
		.statement_timeout_ms = statement_ms,
		.lock_timeout_ms = lock_ms,
	};
	struct pidc_error err = {0};
	struct db *db;

	assert_good(db_open(&options, true, &db, &err), &err);
	return db;
}

static void exec_good(struct db *db, const char *sql)
{
	struct pidc_error err = {0};

	assert_good(db_exec(db, sql, &err), &err);
}

static int setup(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	other = open_db(0, 0);
	exec_good(other, "SET application_name = 'other'");
	exec_good(other, "CREATE TABLE t (id int PRIMARY KEY)");
	exec_good(other, "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
			 " $$ BEGIN RAISE WARNING 'as if'; RETURN NULL; END $$");
	exec_good(other, "CREATE TABLE w (id int)");
	exec_good(other, "CREATE CONSTRAINT TRIGGER w AFTER INSERT ON w DEFERRABLE"
			 " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(other);
	pg_stop(pg);
	return 0;
}

static void kill_victims(void)
{
	/* Waits (up to the timeout) until the backend is gone. */
	exec_good(other, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
			 " WHERE application_name = 'victim'");
}

static void test_a_killed_connection_is_unavailable(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_true(db_is_alive(db));
	kill_victims();
	assert_int_equal(db_exec(db, "SELECT 1", &err), PIDC_EUNAVAILABLE);
	assert_false(db_is_alive(db));
	assert_int_equal(db_begin(db, &err), PIDC_EUNAVAILABLE);
	assert_int_equal(db_commit(db, &err), PIDC_EUNAVAILABLE);
	db_rollback(db);
	db_close(db);
}

static void test_a_commit_without_answer_is_uncertain(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin(db, &err), &err);
	exec_good(db, "INSERT INTO t VALUES (100)");
	kill_victims();
	assert_int_equal(db_commit(db, &err), PIDC_EUNCERTAIN);
	assert_false(db_is_alive(db));
	db_close(db);
}

static void test_a_commit_with_a_warning_is_uncertain(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin(db, &err), &err);
	exec_good(db, "INSERT INTO w VALUES (1)");
	assert_int_equal(db_commit(db, &err), PIDC_EUNCERTAIN);
	db_close(db);
}

static void test_a_failed_transaction_does_not_commit(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(db_commit(db, &err), PIDC_EDB);
	assert_good(db_begin(db, &err), &err);
	assert_int_equal(db_begin(db, &err), PIDC_EDB);
	assert_int_equal(db_exec(db, "SELECT 1 / 0", &err), PIDC_EDB);
	assert_int_equal(db_commit(db, &err), PIDC_EDB);
	assert_true(db_is_alive(db));
	assert_good(db_begin(db, &err), &err);
	assert_good(db_commit(db, &err), &err);
	db_close(db);
}

static void test_timeouts_are_deadlines(void **state)
{
	struct db *db = open_db(20, 0), *waiter = open_db(0, 20);
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(db_exec(db, "SELECT pg_sleep(60)", &err), PIDC_EDEADLINE);
	assert_good(db_begin(other, &err), &err);
	exec_good(other, "LOCK TABLE t");
	assert_int_equal(db_exec(waiter, "INSERT INTO t VALUES (9)", &err), PIDC_EDEADLINE);
	db_rollback(other);
	assert_true(db_is_alive(db));
	db_close(waiter);
	db_close(db);
}

static void test_unique_violation_is_a_conflict(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	exec_good(db, "INSERT INTO t VALUES (1)");
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1)", &err), PIDC_ECONFLICT);
	/* The value itself is in the detail, which stays out of our text. */
	assert_null(strstr(err.msg, "(1)"));
	db_close(db);
}

static void test_rollback_undoes(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin(db, &err), &err);
	exec_good(db, "INSERT INTO t VALUES (2)");
	db_rollback(db);
	exec_good(db, "INSERT INTO t VALUES (2)");
	db_rollback(NULL);
	db_close(db);
}

static void test_a_snapshot_cannot_write(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin_snapshot(db, &err), &err);
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (3)", &err), PIDC_EDB);
	db_rollback(db);
	assert_true(db_is_alive(db));
	exec_good(db, "INSERT INTO t VALUES (3)");
	db_close(db);
}

static void test_a_snapshot_is_never_uncertain(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin_snapshot(db, &err), &err);
	exec_good(db, "SELECT count(*) FROM t");
	kill_victims();
	assert_int_equal(db_commit(db, &err), PIDC_EUNAVAILABLE);
	assert_false(db_is_alive(db));
	db_close(db);
}

static void test_a_read_only_server_is_unavailable_for_writing(void **state)
{
	struct db_options options = {.application_name = "test"};
	struct db *db = open_db(0, 0), *reader;
	struct pidc_error err = {0};

	(void)state;
	exec_good(db, "SET default_transaction_read_only = on");
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (4)", &err), PIDC_EUNAVAILABLE);
	assert_false(db_is_alive(db));
	db_close(db);
	exec_good(other, "CREATE ROLE reader LOGIN");
	exec_good(other, "ALTER ROLE reader SET default_transaction_read_only = on");
	options.url = pg_url(pg, "reader", "postgres");
	assert_int_equal(db_open(&options, true, &db, &err), PIDC_EUNAVAILABLE);
	assert_good(db_open(&options, false, &reader, &err), &err);
	db_close(reader);
}

static void test_set_local_ends_with_the_transaction(void **state)
{
	struct db *db = open_db(0, 0);
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_begin(db, &err), &err);
	assert_good(db_set_local(db, "pidc.org", "t'v", &err), &err);
	exec_good(db, "SELECT 1 / (current_setting('pidc.org') = 't''v')::int");
	assert_good(db_commit(db, &err), &err);
	exec_good(db, "SELECT 1 / (current_setting('pidc.org', true) = '')::int");
	db_close(db);
}

static void test_no_server_is_unavailable(void **state)
{
	const struct db_options options = {.url = "host=/nonexistent dbname=x"};
	struct pidc_error err = {0};
	struct db *db;

	(void)state;
	assert_int_equal(db_open(&options, true, &db, &err), PIDC_EUNAVAILABLE);
	assert_true(err.msg[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_killed_connection_is_unavailable),
		cmocka_unit_test(test_a_commit_without_answer_is_uncertain),
		cmocka_unit_test(test_a_commit_with_a_warning_is_uncertain),
		cmocka_unit_test(test_a_failed_transaction_does_not_commit),
		cmocka_unit_test(test_timeouts_are_deadlines),
		cmocka_unit_test(test_unique_violation_is_a_conflict),
		cmocka_unit_test(test_rollback_undoes),
		cmocka_unit_test(test_a_snapshot_cannot_write),
		cmocka_unit_test(test_a_snapshot_is_never_uncertain),
		cmocka_unit_test(test_a_read_only_server_is_unavailable_for_writing),
		cmocka_unit_test(test_set_local_ends_with_the_transaction),
		cmocka_unit_test(test_no_server_is_unavailable),
	};

	return cmocka_run_group_tests_name("db connection", tests, setup, teardown);
}
