/* SPDX-License-Identifier: ISC
 *
 * The binder: what it refuses, from values that do not fit to statements at fault.
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

static struct pg *pg;
static struct db *db;
static struct arena *arena;

typedef Pidc__Test__V1__Everything everything;

static int setup(void **state)
{
	struct pidc_error err = {0};
	struct db_options options = {.application_name = "test"};

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	options.url = pg_url(pg, "postgres", "postgres");
	assert_good(db_open(&options, true, &db, &err), &err);
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	db_close(db);
	pg_stop(pg);
	return 0;
}

/* A statement from Everything to Everything, named so that it is new to the connection. */
static struct db_statement *statement(const char *sql, bool is_many)
{
	static unsigned count;
	struct db_statement *s = arena_alloc(arena, sizeof(*s));

	assert_non_null(s);
	s->name = arena_printf(arena, "t%u", count++);
	s->file = "test";
	s->sql = sql;
	s->in = s->out = &pidc__test__v1__everything__descriptor;
	s->is_many = is_many;
	return s;
}

static int run(const struct db_statement *s, everything *const *in, size_t n,
	       everything *const *targets, struct pidc_error *err)
{
	struct plan_input input = {.in = (const ProtobufCMessage *const *)(const void *)in, .n = n};
	struct plan *plan;
	int rc = plan_make(s, arena, &plan, err);

	if (rc < 0)
		return rc;
	return plan_query_into(db, plan, &input, arena, (ProtobufCMessage *const *)targets, NULL,
			       NULL, err);
}

/* Run for one message into a fresh one. */
static int run_one(const char *sql, everything *in, everything *out, struct pidc_error *err)
{
	pidc__test__v1__everything__init(out);
	return run(statement(sql, false), &in, 1, &out, err);
}

static void test_values_that_do_not_fit_are_refused(void **state)
{
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;

	(void)state;
	in.ularge = (uint64_t)INT64_MAX + 1;
	assert_int_equal(run_one("SELECT :ularge AS ularge", &in, &out, NULL), PIDC_EDB);
	in.colour = 99;
	assert_int_equal(run_one("SELECT :colour AS colour", &in, &out, NULL), PIDC_EDB);
	at.nanos = 1;
	in.at = &at;
	assert_int_equal(run_one("SELECT :at AS at", &in, &out, NULL), PIDC_EDB);
	in.text = (char[]){"\xff"};
	assert_int_equal(run_one("SELECT :text AS text", &in, &out, NULL), PIDC_EDB);
}

static void test_stored_values_that_do_not_fit_are_integrity_errors(void **state)
{
	static const char *const bad[] = {
		"SELECT 'PURPLE' AS colour",
		"SELECT -1::bigint AS ularge",
		"SELECT 4294967296 AS usmall",
		"SELECT 2147483648 AS small",
		"SELECT 'infinity'::timestamptz AS at",
		"SELECT '-infinity'::timestamptz AS at",
		"SELECT '20000-01-01'::timestamptz AS at",
		"SELECT ARRAY[[1],[2]]::bigint[] AS larges",
		"SELECT 'x' AS text UNION ALL SELECT 'y'",
	};
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = run_one(bad[i], &in, &out, NULL);

		if (rc != PIDC_EINTEGRITY)
			fail_msg("%s: %d", bad[i], rc);
	}
}

static void test_statements_at_fault_are_refused(void **state)
{
	static const char *const bad[] = {
		"SELECT 'x' AS nowhere",
		"SELECT 1 AS text",
		"SELECT 'x' AS texts",
		"SELECT ARRAY['x'] AS text",
		"SELECT 'x' AS leaf",
		"SELECT 1 AS ord, 'x' AS text",
		"SELECT :nowhere AS text",
		"SELECT :leaf AS text",
		"SELECT :text.name AS text",
		"SELECT :text.^.text AS text",
		"SELECT :leaves.^.^.text AS texts",
		"SELECT :leaf.# AS text",
		"SELECT :leaves.^.texts AS texts",
		"SELECT :# AS large",
		"SELECT :ctx.nowhere AS text",
		"SELEC",
	};
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = run_one(bad[i], &in, &out, NULL);

		if (rc != PIDC_EDB)
			fail_msg("%s: %d", bad[i], rc);
	}
}

static void test_a_row_of_no_message_is_refused(void **state)
{
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, *ins[] = {&in};
	everything out = PIDC__TEST__V1__EVERYTHING__INIT, *outs[] = {&out};

	(void)state;
	assert_int_equal(run(statement("SELECT 2 AS ord", true), ins, 1, outs, NULL),
			 PIDC_EINTEGRITY);
	assert_int_equal(run(statement("SELECT 0 AS ord", true), ins, 1, outs, NULL),
			 PIDC_EINTEGRITY);
	assert_int_equal(run(statement("SELECT NULL::int AS ord", true), ins, 1, outs, NULL),
			 PIDC_EINTEGRITY);
}

static void test_a_full_arena_is_an_error(void **state)
{
	struct arena *whole = arena, *small = arena_new(512);
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out = PIDC__TEST__V1__EVERYTHING__INIT;
	struct db_statement *s = statement("SELECT repeat('x', 5000) AS text", false);
	struct plan_input input = {.n = 1};
	ProtobufCMessage *target = &out.base;
	struct plan *plan;
	struct pidc_error err = {0};

	(void)state;
	(void)in;
	assert_non_null(small);
	assert_good(plan_make(s, whole, &plan, &err), &err);
	assert_int_equal(plan_query_into(db, plan, &input, small, &target, NULL, NULL, &err),
			 PIDC_ENOMEM);
	arena_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_that_do_not_fit_are_refused),
		cmocka_unit_test(test_stored_values_that_do_not_fit_are_integrity_errors),
		cmocka_unit_test(test_statements_at_fault_are_refused),
		cmocka_unit_test(test_a_row_of_no_message_is_refused),
		cmocka_unit_test(test_a_full_arena_is_an_error),
	};

	return cmocka_run_group_tests_name("db binder", tests, setup, teardown);
}
