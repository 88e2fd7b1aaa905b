/* SPDX-License-Identifier: ISC
 *
 * Statements sent ahead: done in order, seen by what follows, their errors never lost.
 */
#include "daemon/db/connection.h"
#include "pidc/test/v1/test.pb-c.h"
#include "tests/lib/check.h"
#include "tests/lib/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef Pidc__Test__V1__Everything everything;

static struct pg *pg;
static struct db *other; /* sees only what is committed, and can do harm */
static struct arena *arena;

static struct db *open_db(void)
{
	const struct db_options options = {.url = pg_url(pg, "postgres", "postgres"),
					   .application_name = "ahead"};
	struct pidc_error err = {0};
	struct db *db;

	assert_good(db_open(&options, true, &db, &err), &err);
	return db;
}

static int setup(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	other = open_db();
	assert_good(db_exec(other, "SET application_name = 'other'", &err), &err);
	assert_good(db_exec(other, "CREATE TABLE t (id text PRIMARY KEY, note text)", &err), &err);
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	db_close(other);
	pg_stop(pg);
	return 0;
}

static struct plan *plan_of(const char *sql)
{
	static unsigned count;
	struct db_statement *s = arena_alloc(arena, sizeof(*s));
	struct pidc_error err = {0};
	struct plan *plan;

	assert_non_null(s);
	s->name = arena_printf(arena, "a%u", count++);
	s->file = "test";
	s->sql = sql;
	s->in = s->out = &pidc__test__v1__everything__descriptor;
	assert_good(plan_make(s, arena, &plan, &err), &err);
	return plan;
}

static int run(struct db *db, struct plan *plan, const char *text, struct pidc_error *err)
{
	everything in = PIDC__TEST__V1__EVERYTHING__INIT;
	const ProtobufCMessage *message = &in.base;
	const struct plan_input input = {.in = &message, .n = 1};

	in.text = (char *)(uintptr_t)text;
	return plan_query(db, plan, &input, arena, NULL, err);
}

static int64_t count(struct db *db, struct plan *plan)
{
	everything in = PIDC__TEST__V1__EVERYTHING__INIT;
	const ProtobufCMessage *message = &in.base;
	const struct plan_input input = {.in = &message, .n = 1};
	struct pidc_error err = {0};
	struct db_rows rows;

	assert_good(plan_query(db, plan, &input, arena, &rows, &err), &err);
	assert_int_equal(rows.count, 1);
	return ((everything *)rows.rows[0])->large;
}

#define INSERT "INSERT INTO t VALUES (:text)"
#define COUNT  "SELECT count(*) AS large FROM t"

static void begin_ahead(struct db *db)
{
	struct pidc_error err = {0};

	assert_good(db_begin(db, &err), &err);
	db_send_ahead(db);
}

static void test_what_was_sent_is_seen_and_committed(void **state)
{
	struct db *db = open_db();
	struct plan *insert = plan_of(INSERT), *counting = plan_of(COUNT);
	struct pidc_error err = {0};

	(void)state;
	begin_ahead(db);
	/* More than are ever waiting at once. */
	for (size_t i = 0; i < DB_AHEAD_MAX + 10; i++)
		assert_good(run(db, insert, arena_printf(arena, "a%zu", i), &err), &err);
	assert_int_equal(count(db, counting), DB_AHEAD_MAX + 10);
	assert_good(db_set_local(db, "pidc.org", "tv", &err), &err);
	assert_good(run(db,
			plan_of("UPDATE t SET note = current_setting('pidc.org') WHERE id = :text"),
			"a1", &err),
		    &err);
	assert_good(db_commit(db, &err), &err);
	assert_int_equal(count(other, plan_of("SELECT count(*) AS large FROM t WHERE note = 'tv'")),
			 1);
	assert_false(db_is_ahead(db));
	/* The next transaction is an ordinary one. */
	assert_int_equal(run(db, insert, "a1", &err), PIDC_ECONFLICT);
	db_close(db);
}

static void test_an_error_comes_with_the_commit(void **state)
{
	struct db *db = open_db();
	struct plan *insert = plan_of(INSERT);
	struct pidc_error err = {0};

	(void)state;
	begin_ahead(db);
	assert_good(run(db, insert, "b1", &err), &err);
	assert_good(run(db, insert, "b1", &err), &err);
	assert_good(run(db, insert, "b2", &err), &err);
	assert_int_equal(db_commit(db, &err), PIDC_ECONFLICT);
	assert_non_null(strstr(err.msg, "23505"));
	db_rollback(db);
	assert_true(db_is_alive(db));
	assert_int_equal(count(db, plan_of(COUNT " WHERE id LIKE 'b%'")), 0);
	db_close(db);
}

static void test_an_error_comes_with_the_next_rows(void **state)
{
	struct db *db = open_db();
	struct plan *insert = plan_of(INSERT);
	struct pidc_error err = {0};
	everything *target = NULL;
	everything in = PIDC__TEST__V1__EVERYTHING__INIT;
	const ProtobufCMessage *message = &in.base;
	const struct plan_input input = {.in = &message, .n = 1};
	size_t n;

	(void)state;
	begin_ahead(db);
	assert_good(run(db, insert, "c1", &err), &err);
	assert_good(run(db, insert, "c1", &err), &err);
	assert_int_equal(plan_query_into(db, plan_of(COUNT), &input, arena,
					 (ProtobufCMessage *const *)&target, &n, NULL, &err),
			 PIDC_ECONFLICT);
	db_rollback(db);
	/* Nothing is left over of what was sent. */
	assert_int_equal(count(db, plan_of(COUNT " WHERE id LIKE 'c%'")), 0);
	assert_good(run(db, insert, "c1", &err), &err);
	db_close(db);
}

static void test_a_rollback_takes_what_was_sent(void **state)
{
	struct db *db = open_db();
	struct plan *insert = plan_of(INSERT);
	struct pidc_error err = {0};

	(void)state;
	begin_ahead(db);
	assert_good(run(db, insert, "d1", &err), &err);
	assert_good(run(db, insert, "d1", &err), &err);
	db_rollback(db);
	assert_true(db_is_alive(db));
	assert_int_equal(count(db, plan_of(COUNT " WHERE id LIKE 'd%'")), 0);
	db_close(db);
}

static void test_a_lost_connection_changed_nothing(void **state)
{
	struct db *db = open_db();
	struct plan *insert = plan_of(INSERT);
	struct pidc_error err = {0};

	(void)state;
	begin_ahead(db);
	assert_good(run(db, insert, "e1", &err), &err);
	assert_good(db_exec(other,
			    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE "
			    "application_name = 'ahead'",
			    &err),
		    &err);
	/* The commit was never sent: there is nothing to be uncertain of. */
	assert_int_equal(db_commit(db, &err), PIDC_EUNAVAILABLE);
	assert_false(db_is_alive(db));
	db_rollback(db);
	db_close(db);
	assert_int_equal(count(other, plan_of(COUNT " WHERE id LIKE 'e%'")), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_sent_is_seen_and_committed),
		cmocka_unit_test(test_an_error_comes_with_the_commit),
		cmocka_unit_test(test_an_error_comes_with_the_next_rows),
		cmocka_unit_test(test_a_rollback_takes_what_was_sent),
		cmocka_unit_test(test_a_lost_connection_changed_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
