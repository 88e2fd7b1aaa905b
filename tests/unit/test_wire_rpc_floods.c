/* SPDX-License-Identifier: ISC
 *
 * Peers that cost without giving work (spec H2 to H6), and those that stall.
 * After each: the connection is over with a reason, or untouched if the peer
 * was within its rights.
 */
#include "tests/lib/wire_raw.h"
#include "tests/lib/wire_service.h"

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
	wire_raw_greet(&world->raw);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	if (world->raw.result < 0)
		print_message("%s\n", world->raw.error.msg);
	wire_raw_close(&world->raw);
	assert_int_equal(world->service.calls, world->service.closed);
	free(world);
	return 0;
}

static void expect_end(struct world *world, int64_t code, const char *text)
{
	char debug[128];

	assert_true(world->raw.result < 0);
	assert_true(world->raw.error.msg[0] != '\0');
	assert_int_equal(wire_raw_goaway(&world->raw, debug), code);
	if (text != NULL)
		assert_string_equal(debug, text);
	assert_true(rpc_conn_is_done(world->raw.conn));
}

static void expect_alive(struct world *world, uint32_t id)
{
	struct wire_answer answer;

	wire_raw_request(&world->raw, id, "/t/Echo", 0, NULL, 0);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, "\0\0\0\0\1x", 6);
	assert_int_equal(world->raw.result, 0);
	wire_raw_answer(&world->raw, id, &answer);
	assert_string_equal(answer.grpc_status, "0");
}

/* --- floods -------------------------------------------------------------------- */

static void test_h2_rapid_reset(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	for (uint32_t id = 1; id < 40000 && world->raw.result == 0; id += 2, n++) {
		wire_raw_request(&world->raw, id, "/t/Hang", FLAG_END_STREAM, NULL, 0);
		if (world->raw.result == 0)
			wire_raw_frame(&world->raw, FRAME_RST_STREAM, 0, id, "\0\0\0\x8", 4);
	}
	assert_in_range(n, 100, 300);
	expect_end(world, 2, NULL);
	/* Each was told to the service as cancelled: no work is left running. */
	assert_int_equal(world->service.cancelled, world->service.calls);
}

static void test_h2_provoked_resets(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	/* A window past 2^31-1: the server must reset the stream itself. */
	for (uint32_t id = 1; id < 40000 && world->raw.result == 0; id += 2, n++) {
		wire_raw_request(&world->raw, id, "/t/Hang", 0, NULL, 0);
		if (world->raw.result == 0)
			wire_raw_frame(&world->raw, FRAME_WINDOW_UPDATE, 0, id, "\x7f\xff\xff\xff",
				       4);
	}
	assert_in_range(n, 100, 300);
	expect_end(world, 0xb, "too_many_faults");
}

static void test_h3_continuation_flood(void **state)
{
	struct world *world = *state;
	uint8_t block[64];
	size_t n = wire_hpack(block, "x", "y");
	unsigned frames = 0;

	wire_raw_frame(&world->raw, FRAME_HEADERS, 0, 1, block, n);
	while (world->raw.result == 0 && frames++ < 1000)
		wire_raw_frame(&world->raw, FRAME_CONTINUATION, 0, 1, block, n);
	assert_in_range(frames, 1, 10);
	expect_end(world, 0xb, NULL);
}

static void test_h4_ping_flood(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	while (world->raw.result == 0 && n++ < 1000)
		wire_raw_frame(&world->raw, FRAME_PING, 0, 0, "12345678", 8);
	assert_int_equal(n, 4); /* the first is free, then two strikes */
	expect_end(world, 0xb, "too_many_pings");
}

static void test_h4_pings_within_the_rules(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 100; i++) {
		wire_raw_frame(&world->raw, FRAME_PING, 0, 0, "12345678", 8);
		world->raw.now += 10000;
	}
	for (uint32_t id = 1; id < 200; id += 2) { /* as often as we send calls */
		wire_raw_frame(&world->raw, FRAME_PING, 0, 0, "12345678", 8);
		expect_alive(world, id);
	}
	for (int i = 0; i < 1000; i++) /* acks are never strikes */
		wire_raw_frame(&world->raw, FRAME_PING, FLAG_ACK, 0, "12345678", 8);
	assert_int_equal(world->raw.result, 0);
}

static void test_h4_settings_flood(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	while (world->raw.result == 0 && n++ < 10000)
		wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	assert_in_range(n, 100, 2100);
	expect_end(world, 0xb, "too_many_frames");
}

static void test_h4_settings_unread(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	world->raw.is_deaf = true; /* acks pile up */
	while (world->raw.result == 0 && n++ < 10000)
		wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	assert_in_range(n, 100, 300);
	assert_int_equal(world->raw.result, PIDC_ELIMIT);
	assert_non_null(strstr(world->raw.error.msg, "Flooding"));
}

static void test_h4_large_settings(void **state)
{
	struct world *world = *state;
	uint8_t entries[17 * 6];

	for (size_t i = 0; i < sizeof(entries); i += 6)
		memcpy(entries + i, "\0\4\0\0\xff\xff", 6);
	wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, entries, sizeof(entries));
	expect_end(world, 0xb, NULL);
}

static void flood(struct world *world, uint8_t type, uint32_t id, const void *payload, size_t len)
{
	unsigned n = 0;

	while (world->raw.result == 0 && n++ < 10000)
		wire_raw_frame(&world->raw, type, 0, id, payload, len);
	assert_in_range(n, 1000, 2100);
	expect_end(world, 0xb, "too_many_frames");
}

static void test_window_update_flood(void **state)
{
	flood(*state, FRAME_WINDOW_UPDATE, 0, "\0\0\0\1", 4);
}

static void test_priority_flood(void **state)
{
	flood(*state, FRAME_PRIORITY, 7, "\0\0\0\0\1", 5);
}

static void test_empty_data_flood(void **state)
{
	struct world *world = *state;

	wire_raw_request(&world->raw, 1, "/t/Collect", 0, NULL, 0);
	flood(world, FRAME_DATA, 1, NULL, 0);
}

static void test_unknown_frame_flood(void **state)
{
	struct world *world = *state;
	uint8_t junk[1000] = {0};
	unsigned n = 0;

	while (world->raw.result == 0 && n++ < 10000)
		wire_raw_frame(&world->raw, 0xbe, 0, 0, junk, sizeof(junk));
	assert_in_range(n, 50, 1000);
	expect_end(world, 0xb, "too_many_bytes_without_use");
}

static void test_busy_client_is_no_flood(void **state)
{
	struct world *world = *state;

	/* 5,000 calls within a millisecond, each with more frames than it needs. */
	for (uint32_t id = 1; id < 10000; id += 2) {
		wire_raw_request(&world->raw, id, "/t/Echo", 0, NULL, 0);
		wire_raw_frame(&world->raw, FRAME_WINDOW_UPDATE, 0, 0, "\0\0\0\x6", 4);
		wire_raw_frame(&world->raw, FRAME_PING, 0, 0, "12345678", 8);
		wire_raw_frame(&world->raw, FRAME_DATA, 0, id, "\0\0\0", 3);
		wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, "\0\1x", 3);
		world->raw.got_len = 0; /* the answers are of no interest here */
	}
	assert_int_equal(world->raw.result, 0);
	assert_int_equal(world->service.half_closes, 5000);
}

static void test_stream_of_small_messages_is_no_flood(void **state)
{
	struct world *world = *state;

	wire_raw_request(&world->raw, 1, "/t/Collect", 0, NULL, 0);
	for (int i = 0; i < 20000; i++)
		wire_raw_frame(&world->raw, FRAME_DATA, 0, 1, "\0\0\0\0\1x", 6);
	assert_int_equal(world->raw.result, 0);
	assert_int_equal(world->service.messages, 20000);
}

/* --- before the handshake is over -------------------------------------------------- */

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_h2_rapid_reset),
		TEST(test_h2_provoked_resets),
		TEST(test_h3_continuation_flood),
		TEST(test_h4_ping_flood),
		TEST(test_h4_pings_within_the_rules),
		TEST(test_h4_settings_flood),
		TEST(test_h4_settings_unread),
		TEST(test_h4_large_settings),
		TEST(test_window_update_flood),
		TEST(test_priority_flood),
		TEST(test_empty_data_flood),
		TEST(test_unknown_frame_flood),
		TEST(test_busy_client_is_no_flood),
		TEST(test_stream_of_small_messages_is_no_flood),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
