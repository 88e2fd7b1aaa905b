/* SPDX-License-Identifier: ISC
 *
 * How calls end for a client: what servers and proxies that are not ours may
 * answer; and how large our own trailers may grow.
 */
#include "tests/lib/wire_raw.h"
#include "tests/lib/wire_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct wire_raw raw;
	struct record record;
	uint32_t id;
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	wire_raw_serve(&world->raw, &record_handlers, NULL);
	world->id = 1;
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	record_close(&world->record);
	wire_raw_close(&world->raw);
	free(world);
	return 0;
}

/* --- a server of raw frames ---------------------------------------------------------- */

static uint32_t ask(struct world *world)
{
	uint32_t id = world->id;

	record_close(&world->record);
	record_call(&world->record, world->raw.conn, "/t/Any", "q", 1, world->raw.now);
	wire_raw_run(&world->raw);
	world->id += 2;
	return id;
}

/* Header pairs, NULL-terminated. */
static void answer(struct world *world, uint32_t id, bool is_end, const char *const *pairs)
{
	uint8_t *block = malloc(40000);
	size_t n = 0;

	assert_non_null(block);
	for (size_t i = 0; pairs[i] != NULL; i += 2)
		n += wire_hpack(block + n, pairs[i], pairs[i + 1]);
	wire_raw_frame(&world->raw, FRAME_HEADERS,
		       (uint8_t)(FLAG_END_HEADERS | (is_end ? FLAG_END_STREAM : 0)), id, block, n);
	free(block);
}
#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define GRPC_OK    ":status", "200", "content-type", "application/grpc"

static void expect(struct world *world, int code)
{
	if (world->record.code != code)
		print_message("%s\n", world->record.message);
	assert_int_equal(world->record.statuses, 1);
	assert_int_equal(world->record.closes, 1);
	assert_int_equal(world->record.code, code);
	assert_int_equal(rpc_conn_call_count(world->raw.conn), 0);
	assert_int_equal(world->raw.result, 0);
}

static void test_http_errors_are_mapped(void **state)
{
	static const struct {
		const char *status;
		int code;
	} cases[] = {{"400", RPC_INTERNAL},          {"401", RPC_UNAUTHENTICATED},
		     {"403", RPC_PERMISSION_DENIED}, {"404", RPC_UNIMPLEMENTED},
		     {"429", RPC_UNAVAILABLE},       {"502", RPC_UNAVAILABLE},
		     {"503", RPC_UNAVAILABLE},       {"504", RPC_UNAVAILABLE},
		     {"500", RPC_UNKNOWN},           {"302", RPC_UNKNOWN}};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		answer(world, ask(world), true,
		       PAIRS(":status", cases[i].status, "content-type", "text/html"));
		expect(world, cases[i].code);
		answer(world, ask(world), false, PAIRS(":status", cases[i].status));
		expect(world, cases[i].code); /* no need to wait for the page */
	}
	/* A grpc-status counts more than the HTTP status. */
	answer(world, ask(world), true, PAIRS(":status", "503", "grpc-status", "5"));
	expect(world, RPC_NOT_FOUND);
}

static void test_answers_that_are_not_grpc(void **state)
{
	struct world *world = *state;
	uint32_t id;

	answer(world, ask(world), false, PAIRS(":status", "200", "content-type", "text/html"));
	expect(world, RPC_UNKNOWN);
	id = ask(world);
	answer(world, id, false, PAIRS(GRPC_OK));
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, NULL, 0);
	expect(world, RPC_UNKNOWN); /* no grpc-status at all */
	answer(world, ask(world), true, PAIRS(GRPC_OK, "grpc-status", "OK"));
	expect(world, RPC_UNKNOWN);
	answer(world, ask(world), true, PAIRS(GRPC_OK, "grpc-status", "99"));
	expect(world, RPC_UNKNOWN);
	answer(world, ask(world), false, PAIRS(GRPC_OK, "grpc-encoding", "snappy"));
	expect(world, RPC_INTERNAL);
}

static void test_interim_answer(void **state)
{
	struct world *world = *state;
	uint32_t id = ask(world);

	answer(world, id, false, PAIRS(":status", "103", "x-early", "1"));
	assert_int_equal(world->record.statuses, 0);
	answer(world, id, false, PAIRS(GRPC_OK, "x-late", "2"));
	wire_raw_frame(&world->raw, FRAME_DATA, 0, id, "\0\0\0\0\1a", 6);
	answer(world, id, true,
	       PAIRS("grpc-status", "0", "grpc-message", "a%C3%A9%zz", "x-end", "3"));
	expect(world, RPC_OK);
	assert_string_equal(world->record.message, "a\xc3\xa9%zz");
	assert_string_equal(world->record.metadata, "x-late=2;x-end=3;");
	assert_int_equal(world->record.len, 1);
}

static void test_broken_messages(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code;
	} cases[] = {{"\0\xff\xff\xff\xff", 5, RPC_RESOURCE_EXHAUSTED},
		     {"\7\0\0\0\0", 5, RPC_INTERNAL},
		     {"\1\0\0\0\1x", 6, RPC_INTERNAL}};
	struct world *world = *state;
	uint32_t id;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		id = ask(world);
		answer(world, id, false, PAIRS(GRPC_OK));
		wire_raw_frame(&world->raw, FRAME_DATA, 0, id, cases[i].bytes, cases[i].len);
		expect(world, cases[i].code);
		assert_int_equal(wire_raw_reset_code(&world->raw, id), 8);
	}
	id = ask(world);
	answer(world, id, false, PAIRS(GRPC_OK));
	wire_raw_frame(&world->raw, FRAME_DATA, 0, id, "\0\0\0\0\5abc", 8);
	answer(world, id, true, PAIRS("grpc-status", "0"));
	expect(world, RPC_INTERNAL); /* an OK after half a message is none */
}

static void test_large_headers(void **state)
{
	struct world *world = *state;
	char value[3001];
	uint8_t block[4000];
	uint32_t id;
	size_t n;

	memset(value, 'v', 3000);
	value[3000] = '\0';
	answer(world, ask(world), true,
	       PAIRS(GRPC_OK, "grpc-status", "0", "a", value, "b", value, "c", value, "d", value,
		     "e", value));
	expect(world, RPC_OK);
	/* Past 16 KiB by references to one entry of HPACK's table. */
	id = ask(world);
	answer(world, id, false, PAIRS(GRPC_OK));
	n = wire_hpack(block, "x-bomb", value);
	block[0] = 0x40;
	memset(block + n, 0x80 | 62, 10);
	wire_raw_frame(&world->raw, FRAME_HEADERS, FLAG_END_HEADERS | FLAG_END_STREAM, id, block,
		       n + 10);
	expect(world, RPC_RESOURCE_EXHAUSTED);
}

static void test_resets(void **state)
{
	static const struct {
		const char *code;
		int status;
	} cases[] = {{"\0\0\0\x7", RPC_UNAVAILABLE},        {"\0\0\0\x8", RPC_CANCELLED},
		     {"\0\0\0\xb", RPC_RESOURCE_EXHAUSTED}, {"\0\0\0\xc", RPC_PERMISSION_DENIED},
		     {"\0\0\0\x1", RPC_INTERNAL},           {"\0\0\0\0", RPC_INTERNAL}};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		wire_raw_frame(&world->raw, FRAME_RST_STREAM, 0, ask(world), cases[i].code, 4);
		expect(world, cases[i].status);
		assert_true(world->record.is_cancelled);
	}
}

static void test_goaway_of_the_server(void **state)
{
	struct world *world = *state;
	struct record first = {0};
	struct record second = {0};
	struct rpc_call_options options = {.path = "/t/Any"};
	struct rpc_call *call;

	record_call(&first, world->raw.conn, "/t/Any", "q", 1, world->raw.now);
	record_call(&second, world->raw.conn, "/t/Any", "q", 1, world->raw.now);
	wire_raw_run(&world->raw);
	wire_raw_frame(&world->raw, FRAME_GOAWAY, 0, 0, "\0\0\0\1\0\0\0\0", 8);
	assert_int_equal(second.code, RPC_UNAVAILABLE); /* never seen by the server */
	assert_int_equal(first.statuses, 0);
	assert_int_equal(rpc_call_start(world->raw.conn, &options, world->raw.now, &call, NULL),
			 PIDC_EUNAVAILABLE);
	answer(world, 1, true, PAIRS(GRPC_OK, "grpc-status", "0"));
	assert_int_equal(first.code, RPC_OK);
	assert_true(rpc_conn_is_done(world->raw.conn));
}

static void test_push_is_refused(void **state)
{
	struct world *world = *state;
	uint32_t id = ask(world);
	uint8_t block[100] = {0, 0, 0, 2};
	size_t n = 4;
	char debug[128];

	n += wire_hpack(block + n, ":method", "GET");
	wire_raw_frame(&world->raw, 5, FLAG_END_HEADERS, id, block, n);
	assert_true(world->raw.result < 0);
	assert_int_equal(wire_raw_goaway(&world->raw, debug), 1);
}

/* --- our own trailers ------------------------------------------------------------------ */

static void finish_large(struct rpc_call *call, void *user)
{
	static char message[20000];
	static uint8_t details[20000];
	const size_t *size = user;
	struct rpc_status status = {
		.code = RPC_INTERNAL, .message = message, .details = details, .details_len = *size};

	memset(message, 'v', 200);
	while (rpc_call_add_metadata(call, false, "x-own", (const uint8_t *)message, 200) == 0) {
	}
	memset(message, 0xc3, sizeof(message) - 1);
	for (size_t i = 1; i < sizeof(message) - 1; i += 2)
		message[i] = (char)0xa9;
	message[sizeof(message) - 1] = '\0';
	rpc_call_finish(call, &status);
}

static void ignore_closed(struct rpc_call *call, bool is_cancelled)
{
	(void)call;
	(void)is_cancelled;
}

static void test_trailers_stay_small(void **state)
{
	static const struct rpc_handlers server = {.on_call = finish_large,
						   .on_closed = ignore_closed};
	struct rpc_limits limits = {.max_header_list = 8192}; /* as stock clients */
	size_t sizes[] = {0, 100, 3000, 20000};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct wire_pair_options options = {.handlers = {&server, &record_handlers},
						    .limits = {NULL, &limits},
						    .users = {&sizes[i], NULL}};
		struct wire_pair pair;
		struct record record;

		wire_pair_open(&pair, &options);
		record_call(&record, pair.ends[WIRE_CLIENT], "/t/Any", "q", 1, pair.now);
		wire_pair_run(&pair);
		assert_int_equal(record.code, RPC_INTERNAL);
		assert_true(strlen(record.message) > 100);
		assert_int_equal(strlen(record.message) % 2, 0); /* no half character */
		record_close(&record);
		wire_pair_close(&pair);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_errors_are_mapped),
		TEST(test_answers_that_are_not_grpc),
		TEST(test_interim_answer),
		TEST(test_broken_messages),
		TEST(test_large_headers),
		TEST(test_resets),
		TEST(test_goaway_of_the_server),
		TEST(test_push_is_refused),
		cmocka_unit_test(test_trailers_stay_small),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
