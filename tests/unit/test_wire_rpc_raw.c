/* SPDX-License-Identifier: ISC
 *
 * The server against a client of hand-made frames: what is not gRPC, broken
 * framing, and the edges of the conformance list (spec H1, H7, G1 to G4).
 */
#include "tests/lib/wire_raw.h"
#include "tests/lib/wire_service.h"
#include "wire/bytes.h"
#include "wire/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct wire_raw raw;
	struct service service;
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	wire_raw_open(&world->raw, &service_handlers, NULL, &world->service);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	wire_raw_close(&world->raw);
	assert_int_equal(world->service.calls, world->service.closed);
	free(world);
	return 0;
}

/* --- reading answers --------------------------------------------------------------- */

static void expect_answer(struct world *world, uint32_t id, int http_status,
			  const char *grpc_status)
{
	struct wire_answer answer;

	wire_raw_answer(&world->raw, id, &answer);
	assert_int_equal(answer.http_status, http_status);
	assert_string_equal(answer.grpc_status, grpc_status);
	assert_true(answer.is_ended);
}

/* A unary echo on the same connection: it has survived. */
static void expect_alive(struct world *world, uint32_t id)
{
	wire_raw_request(&world->raw, id, "/t/Echo", 0, NULL, 0);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, "\0\0\0\0\1x", 6);
	assert_int_equal(world->raw.result, 0);
	expect_answer(world, id, 200, "0");
}

static void expect_goaway(struct world *world, int64_t code, const char *text)
{
	char debug[128];

	assert_true(world->raw.result < 0);
	assert_int_equal(wire_raw_goaway(&world->raw, debug), code);
	assert_string_equal(debug, text);
	assert_true(rpc_conn_is_done(world->raw.conn));
}

/* --- H1: not HTTP/2 ------------------------------------------------------------------ */

static void test_h1_garbage_for_preface(void **state)
{
	struct world *world = *state;

	wire_raw_send(&world->raw, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	expect_goaway(world, 1, "");
}

static void test_h1_data_on_stream_0(void **state)
{
	struct world *world = *state;
	char debug[128];

	wire_raw_greet(&world->raw);
	wire_raw_frame(&world->raw, FRAME_DATA, 0, 0, "x", 1);
	assert_true(world->raw.result < 0);
	assert_int_equal(wire_raw_goaway(&world->raw, debug), 1);
}

static void test_h1_huge_frame(void **state)
{
	struct world *world = *state;
	char debug[128];

	wire_raw_greet(&world->raw);
	wire_raw_send(&world->raw, "\xff\xff\xff\0\0\0\0\0\1", 9);
	assert_true(world->raw.result < 0);
	assert_int_equal(wire_raw_goaway(&world->raw, debug), 6);
}

static void test_settings(void **state)
{
	struct world *world = *state;
	uint32_t id;
	size_t len;
	uint8_t flags;
	const uint8_t *payload;
	unsigned seen = 0;

	wire_raw_greet(&world->raw);
	payload = wire_raw_find(&world->raw, FRAME_SETTINGS, 0, &id, &len, &flags);
	assert_non_null(payload);
	for (size_t i = 0; i + 6 <= len; i += 6) {
		unsigned key = payload[i] * 256U + payload[i + 1];
		unsigned value = payload[i + 3] * 65536U + payload[i + 4] * 256U + payload[i + 5];

		seen |= 1U << key;
		if (key == 1)
			assert_int_equal(value, 4096);
		if (key == 3)
			assert_int_equal(value, 128);
		if (key == 4)
			assert_int_equal(value, 1048576);
		if (key == 6)
			assert_int_equal(value, 16384);
	}
	assert_int_equal(seen, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 9);
	payload = wire_raw_find(&world->raw, FRAME_WINDOW_UPDATE, 0, &id, &len, &flags);
	assert_non_null(payload);
	assert_int_equal(id, 0);
	assert_int_equal(payload[1] * 65536 + payload[2] * 256 + payload[3], 4194304 - 65535);
}

/* --- H7: HTTP/2 that is not gRPC ------------------------------------------------------- */

static void request_with(struct world *world, uint32_t id, const char *method, const char *type,
			 const char *name, const char *value)
{
	uint8_t block[1024];
	size_t n = 0;

	n += wire_hpack(block + n, ":method", method);
	n += wire_hpack(block + n, ":scheme", "https");
	n += wire_hpack(block + n, ":path", "/t/Echo");
	n += wire_hpack(block + n, ":authority", "localhost");
	if (type != NULL)
		n += wire_hpack(block + n, "content-type", type);
	if (name != NULL)
		n += wire_hpack(block + n, name, value);
	wire_raw_frame(&world->raw, FRAME_HEADERS, FLAG_END_HEADERS, id, block, n);
}

static void test_h7_not_grpc(void **state)
{
	struct world *world = *state;

	wire_raw_greet(&world->raw);
	request_with(world, 1, "GET", "application/grpc", NULL, NULL);
	expect_answer(world, 1, 405, "");
	assert_int_equal(wire_raw_reset_code(&world->raw, 1), 0);
	request_with(world, 3, "POST", "application/grpc-web", NULL, NULL);
	expect_answer(world, 3, 415, "");
	request_with(world, 5, "POST", NULL, NULL, NULL);
	expect_answer(world, 5, 415, "");
	request_with(world, 7, "POST", "text/html", NULL, NULL);
	expect_answer(world, 7, 415, "");
	assert_int_equal(world->service.calls, 0);
	expect_alive(world, 9); /* this one is without te */
	request_with(world, 11, "POST", "application/grpc;charset=x", "te", "trailers");
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, 11, NULL, 0);
	expect_answer(world, 11, 200, "0");
}

static void test_h7_malformed_requests(void **state)
{
	static const char *const bad[][2] = {
		{"transfer-encoding", "chunked"},
		{"connection", "close"},
		{"x-crlf", "a\r\nb"},
		{"X-Upper", "a"},
		{"x space", "a"},
		{"te", "gzip"},
		{":status", "200"},
	};
	struct world *world = *state;
	uint32_t id = 1;

	wire_raw_greet(&world->raw);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++, id += 2) {
		request_with(world, id, "POST", "application/grpc", bad[i][0], bad[i][1]);
		assert_int_equal(wire_raw_reset_code(&world->raw, id), 1);
	}
	request_with(world, id, "POST", "application/grpc", "content-length", "7");
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, "\0\0\0\0\1x", 6);
	assert_int_equal(wire_raw_reset_code(&world->raw, id), 1);
	assert_int_equal(world->service.half_closes, 0);
	id += 2;
	request_with(world, id, "POST", "application/grpc", "under_score", "fine");
	assert_int_equal(world->service.cancelled, 1);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, NULL, 0);
	expect_answer(world, id, 200, "0");
}

static void test_h3_list_too_large(void **state)
{
	struct world *world = *state;
	uint8_t *extra = malloc(20000);
	size_t n = 0;
	char value[3001];

	memset(value, 'v', sizeof(value));
	value[3000] = '\0';
	wire_raw_greet(&world->raw);
	for (int i = 0; i < 5; i++)
		n += wire_hpack(extra + n, "x-large", value);
	wire_raw_request(&world->raw, 1, "/t/Echo", FLAG_END_STREAM, extra, n);
	expect_answer(world, 1, 200, "0"); /* 15 KiB pass */
	/* An HPACK bomb: one entry of 3 KiB, then many references to it. */
	value[2900] = '\0';
	n = wire_hpack(extra, "x-bomb", value);
	extra[0] = 0x40; /* with indexing */
	for (int i = 0; i < 20; i++)
		extra[n++] = 0x80 | 62;
	wire_raw_request(&world->raw, 3, "/t/Echo", FLAG_END_STREAM, extra, n);
	expect_answer(world, 3, 431, "");
	/* Many small ones. */
	n = 0;
	for (int i = 0; i < 101; i++)
		n += wire_hpack(extra + n, "x", "y");
	wire_raw_request(&world->raw, 5, "/t/Echo", FLAG_END_STREAM, extra, n);
	expect_answer(world, 5, 431, "");
	assert_int_equal(world->service.calls, 1);
	expect_alive(world, 7);
	free(extra);
}

/* --- G: gRPC framing ------------------------------------------------------------------- */

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_h1_garbage_for_preface),
		TEST(test_h1_data_on_stream_0),
		TEST(test_h1_huge_frame),
		TEST(test_settings),
		TEST(test_h7_not_grpc),
		TEST(test_h7_malformed_requests),
		TEST(test_h3_list_too_large),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
