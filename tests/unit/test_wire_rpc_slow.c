/* SPDX-License-Identifier: ISC
 *
 * Clients that open too much, or are too slow, on purpose or not (H5, H6).
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

/* --- streams -------------------------------------------------------------------- */

/* A client that has not seen our SETTINGS yet is refused, no more than that. */
static void test_h6_too_many_streams(void **state)
{
	static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	struct world *world = *state;
	unsigned refused = 0;

	wire_raw_close(&world->raw);
	wire_raw_open(&world->raw, &service_handlers, NULL, &world->service);
	wire_raw_send(&world->raw, PREFACE, sizeof(PREFACE) - 1);
	wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	for (uint32_t id = 1; id < 400; id += 2) {
		wire_raw_request(&world->raw, id, "/t/Hang", 0, NULL, 0);
		refused += wire_raw_reset_code(&world->raw, id) == 7;
	}
	wire_raw_frame(&world->raw, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
	assert_int_equal(world->raw.result, 0);
	assert_int_equal(world->service.calls, 128);
	assert_int_equal(refused, 200 - 128);
	/* Left idle, without a message: ended after a minute. */
	world->raw.now += 59999;
	wire_raw_run(&world->raw);
	assert_int_equal(world->service.cancelled, 0);
	world->raw.now += 1;
	wire_raw_run(&world->raw);
	assert_int_equal(world->service.cancelled, 128);
	assert_int_equal(rpc_conn_call_count(world->raw.conn), 0);
}

/* One that has acknowledged the limit has no excuse. */
static void test_h6_limit_broken_knowingly(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	for (uint32_t id = 1; world->raw.result == 0 && id < 400; id += 2, n++)
		wire_raw_request(&world->raw, id, "/t/Hang", 0, NULL, 0);
	assert_int_equal(n, 129);
	assert_int_equal(world->service.calls, 128);
	expect_end(world, 1, NULL);
}

static void test_slow_message(void **state)
{
	struct world *world = *state;
	struct wire_answer answer;

	wire_raw_request(&world->raw, 1, "/t/Collect", 0, NULL, 0);
	wire_raw_frame(&world->raw, FRAME_DATA, 0, 1, "\0\0\0\0\5a", 6);
	world->raw.now += 59999;
	wire_raw_run(&world->raw);
	wire_raw_answer(&world->raw, 1, &answer);
	assert_false(answer.is_ended);
	world->raw.now += 1;
	wire_raw_run(&world->raw);
	wire_raw_answer(&world->raw, 1, &answer);
	assert_string_equal(answer.grpc_status, "4");
}

/* The client reads from the socket but never opens its window. */
static void test_h5_window_never_opened(void **state)
{
	struct world *world = *state;

	world->service.many = 10000;
	world->service.size = 1000;
	wire_raw_request(&world->raw, 1, "/t/Many", 0, NULL, 0);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, 1, "\0\0\0\0\1x", 6);
	assert_true(world->raw.got_len < 70000);
	assert_true(world->service.sent < 200); /* the service was told to wait */
	assert_true(rpc_conn_wants_read(world->raw.conn));
	world->raw.now += 60000;
	wire_raw_run(&world->raw);
	assert_int_equal(wire_raw_reset_code(&world->raw, 1), 8);
	assert_int_equal(world->service.cancelled, 1);
	world->raw.got_len = 0;
	wire_raw_frame(&world->raw, FRAME_WINDOW_UPDATE, 0, 0, "\0\1\0\0", 4);
	assert_int_equal(world->raw.result, 0);
}

/* It does not even read from the socket. */
static void test_h5_socket_never_read(void **state)
{
	struct world *world = *state;
	const uint8_t *data;
	size_t len = 0;

	wire_raw_frame(&world->raw, FRAME_WINDOW_UPDATE, 0, 0, "\x70\0\0\0", 4);
	wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, "\0\4\x7f\xff\xff\xff", 6);
	world->raw.is_deaf = true;
	world->service.many = 1000000;
	world->service.size = 10000;
	for (uint32_t id = 1; id < 100; id += 2) {
		wire_raw_request(&world->raw, id, "/t/Many", 0, NULL, 0);
		wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, "\0\0\0\0\1x", 6);
		assert_int_equal(
			rpc_conn_output(world->raw.conn, world->raw.now, &data, &len, NULL), 0);
		assert_true(len < 262144 + 65536);
	}
	assert_false(rpc_conn_wants_read(world->raw.conn));
	world->raw.now += 60000;
	wire_raw_run(&world->raw);
	assert_int_equal(world->raw.result, PIDC_EDEADLINE);
	assert_non_null(strstr(world->raw.error.msg, "does not read"));
}

static void test_too_many_partial_messages(void **state)
{
	struct world *world = *state;
	uint8_t *data = calloc(1, 16000);
	struct wire_answer answer;
	unsigned refused = 0;

	/* 16 uploads that would be 1 MiB each, none of them ends. */
	memcpy(data, "\0\0\x10\0\0", 5);
	for (uint32_t id = 1; id < 33; id += 2) {
		wire_raw_request(&world->raw, id, "/t/Collect", 0, NULL, 0);
		wire_raw_frame(&world->raw, FRAME_DATA, 0, id, data, 16000);
	}
	for (int i = 0; i < 40; i++)
		for (uint32_t id = 1; id < 33; id += 2)
			wire_raw_frame(&world->raw, FRAME_DATA, 0, id, data, 16000);
	assert_int_equal(world->raw.result, 0);
	for (uint32_t id = 1; id < 33; id += 2) {
		wire_raw_answer(&world->raw, id, &answer);
		refused += strcmp(answer.grpc_status, "8") == 0;
	}
	assert_in_range(refused, 8, 14); /* the newest ones; the others go on */
	wire_raw_answer(&world->raw, 1, &answer);
	assert_false(answer.is_ended);
	free(data);
}

/* --- before the handshake is over -------------------------------------------------- */

static void test_t9_no_preface(void **state)
{
	struct world *world = *state;

	wire_raw_close(&world->raw);
	wire_raw_open(&world->raw, &service_handlers, NULL, &world->service);
	world->raw.now += 14999;
	wire_raw_run(&world->raw);
	assert_int_equal(world->raw.result, 0);
	world->raw.now += 1;
	wire_raw_run(&world->raw);
	assert_int_equal(world->raw.result, PIDC_EDEADLINE);
}

static void test_settings_never_acknowledged(void **state)
{
	static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	struct world *world = *state;
	char debug[128];

	wire_raw_close(&world->raw);
	wire_raw_open(&world->raw, &service_handlers, NULL, &world->service);
	wire_raw_send(&world->raw, PREFACE, sizeof(PREFACE) - 1);
	wire_raw_frame(&world->raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	world->raw.now += 29999;
	wire_raw_run(&world->raw);
	assert_int_equal(world->raw.result, 0);
	world->raw.now += 1;
	wire_raw_run(&world->raw);
	assert_int_equal(world->raw.result, PIDC_EDEADLINE);
	assert_int_equal(wire_raw_goaway(&world->raw, debug), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_h6_too_many_streams),  TEST(test_h6_limit_broken_knowingly),
		TEST(test_slow_message),         TEST(test_h5_window_never_opened),
		TEST(test_h5_socket_never_read), TEST(test_too_many_partial_messages),
		TEST(test_t9_no_preface),        TEST(test_settings_never_acknowledged),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
