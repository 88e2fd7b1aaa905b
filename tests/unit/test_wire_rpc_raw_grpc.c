/* SPDX-License-Identifier: ISC
 *
 * gRPC on the wire as a hostile client sends it, byte by byte: lengths, compression,
 * timeouts, metadata, paths (G1 to G4).
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

/* --- G: gRPC framing ------------------------------------------------------------------- */

static void send_body(struct world *world, uint32_t id, const char *name, const char *value,
		      const void *body, size_t len)
{
	uint8_t extra[512];
	size_t n = name == NULL ? 0 : wire_hpack(extra, name, value);

	wire_raw_request(&world->raw, id, "/t/Collect", 0, extra, n);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, id, body, len);
}

static void test_g1_lengths(void **state)
{
	struct world *world = *state;

	wire_raw_greet(&world->raw);
	send_body(world, 1, NULL, NULL, "\0\xff\xff\xff\xffxx", 7);
	expect_answer(world, 1, 200, "8");
	send_body(world, 3, NULL, NULL, "\0\0\x10\0\1xx", 7);
	expect_answer(world, 3, 200, "8");
	send_body(world, 5, NULL, NULL, "\2\0\0\0\1x", 6);
	expect_answer(world, 5, 200, "13");
	assert_int_equal(world->service.messages, 0);
	assert_int_equal(world->service.cancelled, 3);
	expect_alive(world, 7);
}

static void test_g2_compression(void **state)
{
	struct world *world = *state;
	struct bytes packed = {0};
	struct wire_answer answer;
	uint8_t *zeros = calloc(1, 20000000);

	wire_raw_greet(&world->raw);
	send_body(world, 1, NULL, NULL, "\1\0\0\0\1x", 6);
	expect_answer(world, 1, 200, "13");
	send_body(world, 3, "grpc-encoding", "identity", "\1\0\0\0\1x", 6);
	expect_answer(world, 3, 200, "13");
	send_body(world, 5, "grpc-encoding", "snappy", "\0\0\0\0\1x", 6);
	expect_answer(world, 5, 200, "12");
	wire_raw_answer(&world->raw, 5, &answer);
	assert_string_equal(answer.accept_encoding, "identity,gzip");
	send_body(world, 7, "grpc-encoding", "gzip", "\1\0\0\0\4junk", 9);
	expect_answer(world, 7, 200, "13");
	assert_int_equal(bytes_append(&packed, "\1\0\0\0\0", 5), 0);
	assert_int_equal(gzip_deflate(zeros, 5000000, &packed), 0);
	packed.data[3] = (uint8_t)((packed.len - 5) >> 8);
	packed.data[4] = (uint8_t)(packed.len - 5);
	assert_true(packed.len < 16000);
	send_body(world, 9, "grpc-encoding", "gzip", packed.data, packed.len);
	expect_answer(world, 9, 200, "8");
	assert_int_equal(world->service.messages, 0);
	send_body(world, 11, "grpc-encoding", "gzip", "\0\0\0\0\1x", 6); /* flag 0 is fine */
	expect_answer(world, 11, 200, "0");
	bytes_close(&packed);
	free(zeros);
}

static void test_response_compression_is_asked_for(void **state)
{
	struct world *world = *state;
	uint8_t extra[64];
	size_t n = wire_hpack(extra, "grpc-accept-encoding", "identity, gzip");
	uint32_t id;
	size_t len;
	uint8_t flags;

	wire_raw_greet(&world->raw);
	world->service.compresses = true;
	expect_alive(world, 1); /* it accepts nothing */
	assert_int_equal(wire_raw_find(&world->raw, FRAME_DATA, 0, &id, &len, &flags)[0], 0);
	wire_raw_request(&world->raw, 3, "/t/Echo", 0, extra, n);
	wire_raw_frame(&world->raw, FRAME_DATA, FLAG_END_STREAM, 3, "\0\0\0\0\1x", 6);
	assert_int_equal(wire_raw_find(&world->raw, FRAME_DATA, 1, &id, &len, &flags)[0], 1);
}

static void finish_then_read(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct service *service = rpc_conn_user(rpc_call_conn(call));

	rpc_call_finish(call, &(struct rpc_status){.code = RPC_OK});
	for (size_t i = 0; i < len; i++) /* still borrowed */
		service->bytes += data[i];
}

static void ignore_call(struct rpc_call *call, void *user)
{
	(void)call;
	(void)user;
}

static void test_message_outlives_finish(void **state)
{
	static const struct rpc_handlers handlers = {.on_call = ignore_call,
						     .on_message = finish_then_read};
	struct world *world = *state;
	struct wire_raw raw;

	wire_raw_open(&raw, &handlers, NULL, &world->service);
	wire_raw_greet(&raw);
	wire_raw_request(&raw, 1, "/t/Any", 0, NULL, 0);
	wire_raw_frame(&raw, FRAME_DATA, 0, 1, "\0\0\0\0\4\1\1", 7);
	wire_raw_frame(&raw, FRAME_DATA, 0, 1, "\1\1\0\0", 4);
	assert_int_equal(world->service.bytes, 4);
	wire_raw_close(&raw);
}

static void test_g3_truncated(void **state)
{
	struct world *world = *state;

	wire_raw_greet(&world->raw);
	send_body(world, 1, NULL, NULL, "\0\0\0\0\5abc", 8);
	expect_answer(world, 1, 200, "13");
	send_body(world, 3, NULL, NULL, "\0\0\0", 3);
	expect_answer(world, 3, 200, "13");
	send_body(world, 5, NULL, NULL, "\0\0\0\0\1xy", 7); /* a message, then a stump */
	expect_answer(world, 5, 200, "13");
	assert_int_equal(world->service.half_closes, 0); /* nothing was executed */
	expect_alive(world, 7);
}

static void test_g4_timeouts(void **state)
{
	static const char *const bad[] = {"-1S", "99999999999H", "1X", "", "S"};
	struct world *world = *state;
	uint32_t id = 1;

	wire_raw_greet(&world->raw);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++, id += 2) {
		send_body(world, id, "grpc-timeout", bad[i], "", 0);
		expect_answer(world, id, 200, "13");
	}
	send_body(world, id, "grpc-timeout", "0m", "", 0);
	expect_answer(world, id, 200, "4");
	assert_int_equal(world->service.calls, 0);
	id += 2;
	send_body(world, id, "grpc-timeout", "99999999H", "", 0);
	expect_answer(world, id, 200, "0");
	assert_int_equal(world->service.deadline, world->raw.now + 300000);
	id += 2;
	send_body(world, id, "grpc-timeout", "1n", "", 0); /* short is not none */
	assert_int_equal(world->service.deadline, world->raw.now + 1);
}

static void test_metadata_forms(void **state)
{
	struct world *world = *state;
	uint8_t extra[512];
	size_t n = 0;

	wire_raw_greet(&world->raw);
	n += wire_hpack(extra + n, "a-bin", "AQI=");        /* padded */
	n += wire_hpack(extra + n, "b-bin", "AQI");         /* not padded */
	n += wire_hpack(extra + n, "c-bin", "YQ,Yg==, Yw"); /* several in one */
	n += wire_hpack(extra + n, "grpc-unknown", "ignored");
	n += wire_hpack(extra + n, "x-plain", "\xc3\xa9"); /* not ASCII: still fine */
	wire_raw_request(&world->raw, 1, "/t/Echo", FLAG_END_STREAM, extra, n);
	expect_answer(world, 1, 200, "0");
	assert_string_equal(world->service.metadata,
			    "a-bin=\1\2;b-bin=\1\2;c-bin=a;c-bin=b;c-bin=c;x-plain=\xc3\xa9;");
	n = wire_hpack(extra, "d-bin", "*");
	wire_raw_request(&world->raw, 3, "/t/Echo", FLAG_END_STREAM, extra, n);
	expect_answer(world, 3, 200, "13");
}

static void test_paths_are_exact(void **state)
{
	struct world *world = *state;

	wire_raw_greet(&world->raw);
	wire_raw_request(&world->raw, 1, "/t/echo", FLAG_END_STREAM, NULL, 0);
	expect_answer(world, 1, 200, "12");
	wire_raw_request(&world->raw, 3, "/t/Echo/", FLAG_END_STREAM, NULL, 0);
	expect_answer(world, 3, 200, "12");
}

static void test_request_trailers_and_padding(void **state)
{
	struct world *world = *state;
	uint8_t block[64];
	size_t n = wire_hpack(block, "x-trailer", "ignored");

	wire_raw_greet(&world->raw);
	wire_raw_request(&world->raw, 1, "/t/Echo", 0, NULL, 0);
	wire_raw_frame(&world->raw, FRAME_DATA, 0x8, 1, "\3\0\0\0\0\1x\0\0\0", 10);
	wire_raw_frame(&world->raw, FRAME_HEADERS, FLAG_END_HEADERS | FLAG_END_STREAM, 1, block, n);
	expect_answer(world, 1, 200, "0");
	assert_int_equal(world->service.bytes, 1);
	assert_string_equal(world->service.metadata, "");
}

static void test_reset_after_early_trailers(void **state)
{
	struct world *world = *state;
	uint32_t id;
	size_t len;
	uint8_t flags;
	const uint8_t *trailers;
	const uint8_t *reset;

	wire_raw_greet(&world->raw);
	wire_raw_request(&world->raw, 1, "/t/Fail", 0, NULL, 0);
	expect_answer(world, 1, 200, "9");
	trailers = wire_raw_find(&world->raw, FRAME_HEADERS, 0, &id, &len, &flags);
	reset = wire_raw_find(&world->raw, FRAME_RST_STREAM, 0, &id, &len, &flags);
	assert_int_equal(wire_raw_reset_code(&world->raw, 1), 0); /* NO_ERROR, not CANCEL */
	assert_true(reset > trailers);
	/* What was in flight does no harm. */
	wire_raw_frame(&world->raw, FRAME_DATA, 0, 1, "\0\0\0\0\1x", 6);
	assert_int_equal(world->raw.result, 0);
	expect_alive(world, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_g1_lengths),
		TEST(test_g2_compression),
		TEST(test_response_compression_is_asked_for),
		TEST(test_message_outlives_finish),
		TEST(test_g3_truncated),
		TEST(test_g4_timeouts),
		TEST(test_metadata_forms),
		TEST(test_paths_are_exact),
		TEST(test_request_trailers_and_padding),
		TEST(test_reset_after_early_trailers),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
