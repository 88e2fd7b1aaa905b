/* SPDX-License-Identifier: ISC
 *
 * What goes into parameters comes back out of rows, for every type and shape.
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

static void test_scalars_round_trip(void **state)
{
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;
	char text[] = "'; DROP TABLE x; -- :small ä";
	uint8_t blob[] = {0, 1, 255, 0};
	struct pidc_error err = {0};

	(void)state;
	at.seconds = -62135596800; /* 0001-01-01 */
	at.nanos = 123456000;
	in.text = text;
	in.blob = (ProtobufCBinaryData){sizeof(blob), blob};
	in.flag = 1;
	in.small = INT32_MIN;
	in.large = INT64_MIN;
	in.usmall = UINT32_MAX;
	in.ularge = INT64_MAX;
	in.real = -0.1;
	in.colour = PIDC__TEST__V1__COLOUR__COLOUR_GREEN;
	in.at = &at;
	assert_good(run_one("SELECT :text AS text, :blob AS blob, :flag AS flag, :small AS small,"
			    " :large AS large, :usmall AS usmall, :ularge AS ularge, :real AS real,"
			    " :colour AS colour, :at AS at, ':text' || $x$:text$x$ AS choice_text"
			    " -- :nowhere\n /* :nowhere */",
			    &in, &out, &err),
		    &err);
	assert_string_equal(out.text, text);
	assert_int_equal(out.blob.len, sizeof(blob));
	assert_memory_equal(out.blob.data, blob, sizeof(blob));
	assert_true(out.flag);
	assert_int_equal(out.small, INT32_MIN);
	assert_true(out.large == INT64_MIN);
	assert_int_equal(out.usmall, UINT32_MAX);
	assert_true(out.ularge == INT64_MAX);
	assert_true(out.real == -0.1);
	assert_int_equal(out.colour, in.colour);
	assert_true(out.at->seconds == at.seconds && out.at->nanos == at.nanos);
	assert_int_equal(out.choice_case, PIDC__TEST__V1__EVERYTHING__CHOICE_CHOICE_TEXT);
	assert_string_equal(out.choice_text, ":text:text");
}

static void test_absent_is_null_and_empty_is_not(void **state)
{
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;
	struct pidc_error err = {0};

	(void)state;
	assert_good(run_one("SELECT :at IS NULL AND :leaf.name IS NULL AND :choice_text IS NULL"
			    " AND :choice_leaf.number IS NULL AND :text = '' AND :blob = ''"
			    " AND :colour = '' AND :texts = '{}' AND :leaves.name = '{}' AS flag,"
			    " NULL::text AS text, NULL::bigint AS \"leaf.number\","
			    " NULL::text[] AS texts, NULL::timestamptz AS at",
			    &in, &out, &err),
		    &err);
	assert_true(out.flag);
	assert_string_equal(out.text, "");
	assert_null(out.leaf);
	assert_null(out.at);
	assert_int_equal(out.n_texts, 0);
}

static void test_oneof_member_is_sent_only_when_set(void **state)
{
	Pidc__Test__V1__Leaf leaf = PIDC__TEST__V1__LEAF__INIT;
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;
	struct pidc_error err = {0};

	(void)state;
	leaf.number = 7;
	in.choice_case = PIDC__TEST__V1__EVERYTHING__CHOICE_CHOICE_LEAF;
	in.choice_leaf = &leaf;
	assert_good(run_one("SELECT :choice_text IS NULL AS flag, :choice_leaf.number + 1 AS"
			    " \"choice_leaf.number\"",
			    &in, &out, &err),
		    &err);
	assert_true(out.flag);
	assert_int_equal(out.choice_case, PIDC__TEST__V1__EVERYTHING__CHOICE_CHOICE_LEAF);
	assert_int_equal(out.choice_leaf->number, 8);
}

static void fill_leaves(everything *in, Pidc__Test__V1__Leaf *leaves, Pidc__Test__V1__Leaf **list,
			size_t n)
{
	static char name[] = "leaf";

	pidc__test__v1__everything__init(in);
	for (size_t i = 0; i < n; i++) {
		pidc__test__v1__leaf__init(&leaves[i]);
		leaves[i].name = name;
		leaves[i].number = (int64_t)(10 * (i + 1));
		list[i] = &leaves[i];
	}
	in->n_leaves = n;
	in->leaves = list;
}

static void test_arrays_round_trip(void **state)
{
	Pidc__Test__V1__Leaf leaves[2], *list[2] = {NULL};
	char a[] = "a", b[] = "";
	char *texts[] = {a, b};
	int64_t larges[] = {1, -2, 3};
	Pidc__Test__V1__Colour colours[] = {PIDC__TEST__V1__COLOUR__COLOUR_RED, 0};
	uint8_t byte = 9;
	ProtobufCBinaryData blobs[] = {{1, &byte}, {0, NULL}};
	everything in, out;
	struct pidc_error err = {0};

	(void)state;
	fill_leaves(&in, leaves, list, 2);
	in.n_texts = in.n_colours = in.n_blobs = 2;
	in.n_larges = 3;
	in.texts = texts;
	in.larges = larges;
	in.colours = colours;
	in.blobs = blobs;
	in.usmall = 5;
	assert_good(run_one("SELECT :texts || NULL::text AS texts, :larges AS larges,"
			    " :colours AS colours, :blobs AS blobs,"
			    " :leaves.name AS \"leaves.name\", ARRAY(SELECT n * u * p FROM"
			    " unnest(:leaves.number, :leaves.^.usmall, :leaves.#) AS x (n, u, p))"
			    " AS \"leaves.number\"",
			    &in, &out, &err),
		    &err);
	assert_int_equal(out.n_texts, 3);
	assert_string_equal(out.texts[0], "a");
	assert_string_equal(out.texts[2], "");
	assert_int_equal(out.n_larges, 3);
	assert_true(out.larges[1] == -2);
	assert_int_equal(out.n_colours, 2);
	assert_int_equal(out.colours[0], PIDC__TEST__V1__COLOUR__COLOUR_RED);
	assert_int_equal(out.n_blobs, 2);
	assert_int_equal(out.blobs[0].data[0], 9);
	assert_int_equal(out.n_leaves, 2);
	assert_string_equal(out.leaves[1]->name, "leaf");
	assert_int_equal(out.leaves[0]->number, 50);
	assert_int_equal(out.leaves[1]->number, 200);
}

static void test_uuid_becomes_text(void **state)
{
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, out;
	char id[] = "0A1B2C3D-0000-4000-8000-0123456789AB";
	struct pidc_error err = {0};

	(void)state;
	in.text = id;
	assert_good(
		run_one("SELECT :text::uuid AS text, ARRAY[:text::uuid] AS texts", &in, &out, &err),
		&err);
	assert_string_equal(out.text, "0a1b2c3d-0000-4000-8000-0123456789ab");
	assert_string_equal(out.texts[0], out.text);
	in.text = (char[]){""};
	assert_good(run_one("SELECT :text::uuid IS NULL AS flag, :text AS text", &in, &out, &err),
		    &err);
	assert_true(out.flag);
	in.text = (char[]){"0a1b2c3d"};
	assert_int_equal(run_one("SELECT :text::uuid AS text", &in, &out, NULL), PIDC_EDB);
}

static void test_many_rows_find_their_message(void **state)
{
	Pidc__Test__V1__Leaf leaves[3], *list[3] = {NULL};
	everything in[3], out[3], *ins[3], *outs[3];
	struct pidc_error err = {0};

	(void)state;
	fill_leaves(&in[0], leaves, list, 1);
	fill_leaves(&in[1], NULL, NULL, 0);
	fill_leaves(&in[2], leaves, list, 3);
	for (size_t i = 0; i < 3; i++) {
		in[i].usmall = (uint32_t)i + 1;
		pidc__test__v1__everything__init(&out[i]);
		ins[i] = &in[i];
		outs[i] = &out[i];
	}
	assert_good(run(statement("SELECT o AS ord, s AS usmall, ARRAY(SELECT p * 100 + n FROM"
				  " unnest(:leaves.^.usmall, :leaves.number, :leaves.#)"
				  " AS l (u, n, p) WHERE u = s ORDER BY p) AS larges"
				  " FROM unnest(:#, :usmall) AS q (o, s) ORDER BY o DESC",
				  true),
			ins, 3, outs, &err),
		    &err);
	assert_int_equal(out[0].usmall, 1);
	assert_int_equal(out[2].usmall, 3);
	assert_int_equal(out[0].n_larges, 1);
	assert_int_equal(out[1].n_larges, 0);
	assert_int_equal(out[2].n_larges, 3);
	assert_true(out[2].larges[2] == 330);
}

static void test_out_field_appends(void **state)
{
	Pidc__Test__V1__Leaf leaves[1];
	void *list = arena_calloc(arena, 1, sizeof(ProtobufCMessage *));
	everything in = PIDC__TEST__V1__EVERYTHING__INIT, target, *ins = &in, *outs = &target;
	struct db_statement *s = statement("SELECT 'n' || i AS name, i AS number"
					   " FROM generate_series(1, 300) i ORDER BY i",
					   false);
	struct pidc_error err = {0};

	(void)state;
	assert_non_null(list);
	s->out_field = "leaves";
	fill_leaves(&target, leaves, list, 1);
	assert_good(run(s, &ins, 1, &outs, &err), &err);
	assert_int_equal(target.n_leaves, 301);
	assert_ptr_equal(target.leaves[0], &leaves[0]);
	assert_string_equal(target.leaves[300]->name, "n300");
}

static void test_page_keys_come_beside_the_rows(void **state)
{
	struct db_statement *s = statement("SELECT 'x' AS text, 'k' || i AS page_key"
					   " FROM generate_series(1, 2) i ORDER BY i",
					   false);
	struct plan_input input = {.n = 1};
	struct db_rows rows;
	struct plan *plan;
	struct pidc_error err = {0};

	(void)state;
	assert_good(plan_make(s, arena, &plan, &err), &err);
	assert_good(plan_query(db, plan, &input, arena, &rows, &err), &err);
	assert_int_equal(rows.count, 2);
	assert_string_equal(((everything *)rows.rows[1])->text, "x");
	assert_string_equal(rows.page_keys[1], "k2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars_round_trip),
		cmocka_unit_test(test_absent_is_null_and_empty_is_not),
		cmocka_unit_test(test_oneof_member_is_sent_only_when_set),
		cmocka_unit_test(test_arrays_round_trip),
		cmocka_unit_test(test_uuid_becomes_text),
		cmocka_unit_test(test_many_rows_find_their_message),
		cmocka_unit_test(test_out_field_appends),
		cmocka_unit_test(test_page_keys_come_beside_the_rows),
	};

	return cmocka_run_group_tests_name("db binder", tests, setup, teardown);
}
