/* SPDX-License-Identifier: ISC
 *
 * grpc.health.v1: what Check and Watch say before, while and after the register
 * can be used, and that watchers cannot use up the daemon.
 */
#include "daemon/health.h"

#include "tests/lib/call_world.h"

#define CHECK "/grpc.health.v1.Health/Check"
#define WATCH "/grpc.health.v1.Health/Watch"

/* HealthCheckResponse, packed */
#define SERVING         "\x08\x01"
#define NOT_SERVING     "\x08\x02"
#define SERVICE_UNKNOWN "\x08\x03"

static const char *const names[] = {"", HEALTH_REGISTER, HEALTH_QUERY};

struct state {
	struct health *health;
	struct call_world *world;
};

static bool find(void *context, const char *path, struct call_method *ret)
{
	return health_find(context, path, ret);
}

static int setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	s->health = health_new();
	assert_non_null(s->health);
	s->world = call_world_open(find, s->health);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	call_world_close(s->world);
	health_free(s->health);
	free(s);
	return 0;
}

/* HealthCheckRequest{service: name} */
static void ask(struct call_world *world, struct record *record, const char *path, const char *name)
{
	uint8_t message[128] = {0x0a, (uint8_t)strlen(name)};

	memcpy(message + 2, name, strlen(name));
	call_world_ask(world, record, path, message, *name == '\0' ? 0 : strlen(name) + 2);
}

static void expect_status(struct state *s, const char *name, const char *answer)
{
	struct record record;

	ask(s->world, &record, CHECK, name);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 1);
	assert_int_equal(record.len, 2);
	assert_memory_equal(record.data, answer, 2);
	assert_int_equal(record.closes, 1);
	call_world_end(s->world, &record);
}

/* All that a watcher was told so far, and that it still listens. */
static void expect_told(const struct record *record, const char *answers)
{
	assert_int_equal(record->len, strlen(answers));
	assert_int_equal(record->messages, strlen(answers) / 2);
	assert_memory_equal(record->data, answers, record->len);
	assert_int_equal(record->statuses, 0);
}

static void change(struct state *s, const char *name, enum health_status status)
{
	health_set(s->health, name, status);
	wire_pair_run(&s->world->pair);
}

/* --- Check ----------------------------------------------------------------- */

static void test_nothing_serves_at_first(void **state)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		expect_status(*state, names[i], NOT_SERVING);
}

static void test_each_name_has_its_own_status(void **state)
{
	struct state *s = *state;

	health_set(s->health, HEALTH_QUERY, HEALTH_SERVING);
	expect_status(s, "", NOT_SERVING);
	expect_status(s, HEALTH_REGISTER, NOT_SERVING);
	expect_status(s, HEALTH_QUERY, SERVING);
	health_set(s->health, "", HEALTH_SERVING);
	health_set(s->health, HEALTH_QUERY, HEALTH_NOT_SERVING);
	expect_status(s, "", SERVING);
	expect_status(s, HEALTH_QUERY, NOT_SERVING);
}

static void test_check_of_an_unknown_name(void **state)
{
	static const char *const unknown[] = {"x", "pidc.register.v1", HEALTH_QUERY "x"};
	struct state *s = *state;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		struct record record;

		ask(s->world, &record, CHECK, unknown[i]);
		assert_int_equal(record.code, RPC_NOT_FOUND);
		assert_int_equal(record.messages, 0);
		call_world_end(s->world, &record);
	}
}

static void test_malformed_requests(void **state)
{
	static const char *const paths[] = {CHECK, WATCH};
	struct state *s = *state;

	for (size_t i = 0; i < 2; i++) {
		struct record record;

		call_world_ask(s->world, &record, paths[i], "\x0a\x05x", 3);
		assert_int_equal(record.code, RPC_INVALID_ARGUMENT);
		call_world_end(s->world, &record);
		call_world_ask(s->world, &record, paths[i], "\x0a\x01\xff", 3);
		assert_int_equal(record.code, RPC_INVALID_ARGUMENT);
		call_world_end(s->world, &record);
		/* None at all. */
		record_start(&record, s->world->pair.ends[WIRE_CLIENT], paths[i], 0,
			     s->world->pair.now);
		rpc_call_half_close(record.call);
		wire_pair_run(&s->world->pair);
		assert_int_equal(record.code, RPC_UNIMPLEMENTED);
		call_world_end(s->world, &record);
	}
	expect_status(s, "", NOT_SERVING);
}

static void test_other_paths_are_not_health(void **state)
{
	static const char *const other[] = {"",
					    "/",
					    "/grpc.health.v1.Health/",
					    CHECK "x",
					    "/grpc.health.v1.Health/check",
					    "grpc.health.v1.Health"};
	struct state *s = *state;
	struct call_method method;

	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		assert_false(health_find(s->health, other[i], &method));
}

/* --- Watch ----------------------------------------------------------------- */

static void test_watch_tells_now_and_at_each_change(void **state)
{
	struct state *s = *state;
	struct record record;

	ask(s->world, &record, WATCH, HEALTH_REGISTER);
	expect_told(&record, NOT_SERVING);
	change(s, HEALTH_REGISTER, HEALTH_SERVING);
	expect_told(&record, NOT_SERVING SERVING);
	/* No news is no message; nor is news of others. */
	change(s, HEALTH_REGISTER, HEALTH_SERVING);
	change(s, HEALTH_QUERY, HEALTH_SERVING);
	change(s, "", HEALTH_SERVING);
	expect_told(&record, NOT_SERVING SERVING);
	change(s, HEALTH_REGISTER, HEALTH_NOT_SERVING);
	expect_told(&record, NOT_SERVING SERVING NOT_SERVING);
	call_world_end(s->world, &record);
}

static void test_watch_of_an_unknown_name_stays(void **state)
{
	struct state *s = *state;
	struct record record;

	ask(s->world, &record, WATCH, "other");
	change(s, "", HEALTH_SERVING);
	expect_told(&record, SERVICE_UNKNOWN);
	call_world_end(s->world, &record);
}

/* Hours of silence do not end a watch whose client set no deadline. */
static void test_watch_lasts(void **state)
{
	struct state *s = *state;
	struct record record;

	ask(s->world, &record, WATCH, "");
	wire_pair_pass(&s->world->pair, 3600000);
	expect_told(&record, NOT_SERVING);
	change(s, "", HEALTH_SERVING);
	expect_told(&record, NOT_SERVING SERVING);
	call_world_end(s->world, &record);
}

static void test_watchers_of_one_name_all_hear(void **state)
{
	struct state *s = *state;
	struct call_world *other = call_world_open(find, s->health);
	struct record records[3];

	ask(s->world, &records[0], WATCH, "");
	ask(s->world, &records[1], WATCH, "");
	ask(other, &records[2], WATCH, "");
	/* One that has gone is not told, and takes nobody with it. */
	rpc_call_cancel(records[1].call);
	wire_pair_run(&s->world->pair);
	assert_int_equal(records[1].code, RPC_CANCELLED);
	health_set(s->health, "", HEALTH_SERVING);
	wire_pair_run(&s->world->pair);
	wire_pair_run(&other->pair);
	expect_told(&records[0], NOT_SERVING SERVING);
	expect_told(&records[2], NOT_SERVING SERVING);
	assert_int_equal(records[1].messages, 1);
	call_world_close(other);
	health_set(s->health, "", HEALTH_NOT_SERVING);
	wire_pair_run(&s->world->pair);
	expect_told(&records[0], NOT_SERVING SERVING NOT_SERVING);
	for (size_t i = 0; i < 2; i++)
		call_world_end(s->world, &records[i]);
	record_close(&records[2]);
}

/* --- limits ------------------------------------------------------------------ */

static void test_watches_of_one_connection_are_counted(void **state)
{
	struct state *s = *state;
	struct record records[HEALTH_WATCHES_CONN_MAX + 1];

	for (size_t i = 0; i <= HEALTH_WATCHES_CONN_MAX; i++)
		ask(s->world, &records[i], WATCH, "");
	expect_told(&records[HEALTH_WATCHES_CONN_MAX - 1], NOT_SERVING);
	assert_int_equal(records[HEALTH_WATCHES_CONN_MAX].code, RPC_RESOURCE_EXHAUSTED);
	call_world_end(s->world, &records[HEALTH_WATCHES_CONN_MAX]);
	/* The place of one that ends is free again. */
	rpc_call_cancel(records[3].call);
	wire_pair_run(&s->world->pair);
	ask(s->world, &records[HEALTH_WATCHES_CONN_MAX], WATCH, "");
	expect_told(&records[HEALTH_WATCHES_CONN_MAX], NOT_SERVING);
	for (size_t i = 0; i <= HEALTH_WATCHES_CONN_MAX; i++)
		call_world_end(s->world, &records[i]);
}

#define CONNS (HEALTH_WATCHES_MAX / HEALTH_WATCHES_CONN_MAX)

static void test_watches_in_all_are_counted(void **state)
{
	struct state *s = *state;
	struct call_world *worlds[CONNS];
	static struct record records[HEALTH_WATCHES_MAX];
	struct record record;

	for (size_t i = 0; i < CONNS; i++) {
		worlds[i] = call_world_open(find, s->health);
		for (size_t k = 0; k < HEALTH_WATCHES_CONN_MAX; k++)
			ask(worlds[i], &records[i * HEALTH_WATCHES_CONN_MAX + k], WATCH, "");
	}
	expect_told(&records[HEALTH_WATCHES_MAX - 1], NOT_SERVING);
	ask(s->world, &record, WATCH, "");
	assert_int_equal(record.code, RPC_RESOURCE_EXHAUSTED);
	expect_status(s, "", NOT_SERVING);
	call_world_close(worlds[0]);
	ask(s->world, &record, WATCH, "");
	expect_told(&record, NOT_SERVING);
	for (size_t i = 1; i < CONNS; i++)
		call_world_close(worlds[i]);
	for (size_t i = 0; i < HEALTH_WATCHES_MAX; i++)
		record_close(&records[i]);
	call_world_end(s->world, &record);
}

/* --- drain ------------------------------------------------------------------- */

static void test_drain_ends_every_watch(void **state)
{
	struct state *s = *state;
	struct record serving, unknown, late;

	health_set(s->health, HEALTH_QUERY, HEALTH_SERVING);
	ask(s->world, &serving, WATCH, HEALTH_QUERY);
	ask(s->world, &unknown, WATCH, "other");
	health_drain(s->health);
	wire_pair_run(&s->world->pair);
	assert_int_equal(serving.len, 4);
	assert_memory_equal(serving.data, SERVING NOT_SERVING, 4);
	assert_int_equal(serving.code, RPC_UNAVAILABLE);
	assert_int_equal(unknown.code, RPC_UNAVAILABLE);
	/* For good: whatever the lanes report later. */
	health_set(s->health, HEALTH_QUERY, HEALTH_SERVING);
	expect_status(s, HEALTH_QUERY, NOT_SERVING);
	ask(s->world, &late, WATCH, HEALTH_QUERY);
	assert_int_equal(late.code, RPC_UNAVAILABLE);
	assert_int_equal(late.messages, 0);
	call_world_end(s->world, &serving);
	call_world_end(s->world, &unknown);
	call_world_end(s->world, &late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_serves_at_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_name_has_its_own_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_check_of_an_unknown_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_paths_are_not_health, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watch_tells_now_and_at_each_change, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_watch_of_an_unknown_name_stays, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_watch_lasts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchers_of_one_name_all_hear, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_watches_of_one_connection_are_counted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_watches_in_all_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_ends_every_watch, setup, teardown),
	};
	int failed;

	wire_certs_open();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return failed;
}
