/* SPDX-License-Identifier: ISC
 *
 * Calls from end to end: the four kinds, metadata, status, compression, large
 * messages, pause, deadlines, cancellation. Client and server are both ours and
 * joined by memory in random slices.
 */
#include "tests/lib/wire_pair.h"
#include "tests/lib/wire_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rpc_conn *client_of(struct wire_world *world)
{
	return world->pair.ends[WIRE_CLIENT];
}

/* One unary echo that must work: the connection is alive. */
static void expect_alive(struct wire_world *world)
{
	struct record record;

	record_call(&record, client_of(world), "/t/Echo", "still", 5, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.len, 5);
	assert_int_equal(record.closes, 1);
	record_close(&record);
}

static void test_unary(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	for (unsigned seed = 0; seed < 20; seed++) {
		world->options.seed = seed;
		world->options.max_slice = 1 + seed * 7;
		wire_pair_open(&world->pair, &world->options);
		record_call(&record, client_of(world), "/t/Echo", "talofa", 6, world->pair.now);
		assert_int_equal(record.statuses, 0);
		wire_pair_run(&world->pair);
		assert_int_equal(record.code, RPC_OK);
		assert_int_equal(record.messages, 1);
		assert_memory_equal(record.data, "talofa", 6);
		assert_int_equal(record.statuses, 1);
		assert_int_equal(record.closes, 1);
		assert_false(record.is_cancelled);
		assert_int_equal(world->service.cancelled, 0);
		assert_int_equal(rpc_conn_call_count(client_of(world)), 0);
		assert_int_equal(rpc_conn_call_count(world->pair.ends[WIRE_SERVER]), 0);
		record_close(&record);
		if (seed != 19)
			wire_pair_close(&world->pair);
	}
	assert_int_equal(world->service.half_closes, 20);
}

static void test_empty_message_and_none(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Echo", "", 0, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 1);
	assert_int_equal(record.len, 0);
	record_close(&record);
	record_start(&record, client_of(world), "/t/Echo", 0, world->pair.now);
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 0);
	assert_int_equal(record.closes, 1);
	record_close(&record);
}

static void test_client_stream(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Collect", 0, world->pair.now);
	for (int i = 0; i < 3000; i++) {
		uint8_t data[300] = {0};

		assert_int_equal(rpc_call_send(record.call, data, (size_t)(i % 300), NULL), 0);
		if (i % 100 == 0)
			wire_pair_run(&world->pair);
	}
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(world->service.messages, 3000);
	assert_int_equal(record.len, 6);
	assert_memory_equal(record.data, "448500", 6);
	assert_string_equal(record.metadata, "x-initial=one;x-trailing-bin=\x01\x02z;");
	record_close(&record);
}

static void test_server_stream(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	world->service.many = 5000;
	world->service.size = 1000;
	record_call(&record, client_of(world), "/t/Many", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 5000);
	assert_int_equal(record.len, 5000000);
	for (size_t i = 0; i < record.len; i += 1000)
		assert_int_equal(record.data[i], 'a' + (int)(i / 1000 % 26));
	assert_true(world->service.writables > 10);
	record_close(&record);
}

static void test_bidi(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Echo", 0, world->pair.now);
	for (unsigned i = 1; i <= 50; i++) {
		assert_int_equal(rpc_call_send(record.call, (const uint8_t *)"ping", 4, NULL), 0);
		wire_pair_run(&world->pair);
		assert_int_equal(record.messages, i);
	}
	assert_int_equal(record.statuses, 0);
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	record_close(&record);
}

static void test_many_at_once(void **state)
{
	struct wire_world *world = *state;
	struct record records[128];

	wire_pair_open(&world->pair, &world->options);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 128; i++)
			record_call(&records[i], client_of(world), "/t/Echo", &i, sizeof(i),
				    world->pair.now);
		assert_int_equal(rpc_call_start(client_of(world),
						&(struct rpc_call_options){.path = "/t/Echo"},
						world->pair.now, &(struct rpc_call *){NULL}, NULL),
				 PIDC_ELIMIT);
		wire_pair_run(&world->pair);
		for (int i = 0; i < 128; i++) {
			assert_int_equal(records[i].code, RPC_OK);
			assert_memory_equal(records[i].data, &i, sizeof(i));
			record_close(&records[i]);
		}
	}
	assert_int_equal(world->service.calls, 20 * 128);
}

static void test_status(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Fail", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_FAILED_PRECONDITION);
	assert_string_equal(record.message, "nicht m\xc3\xb6glich: 5%\n");
	assert_int_equal(record.details_len, 6);
	assert_memory_equal(record.details, "\x08\x09\x12\x02no", 6);
	assert_int_equal(record.messages, 0);
	assert_false(record.is_cancelled);
	record_call(&record, client_of(world), "/t/FailLate", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_ABORTED);
	assert_string_equal(record.message, "late");
	assert_int_equal(record.messages, 1);
	record_close(&record);
	record_call(&record, client_of(world), "/no/Such", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_UNIMPLEMENTED);
	assert_int_equal(record.closes, 1);
	expect_alive(world);
}

static void test_early_status_of_an_upload(void **state)
{
	struct wire_world *world = *state;
	struct record record;
	uint8_t *data = calloc(1, 600000);

	/* The server answers while most of the request is still to come. */
	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Fail", 0, world->pair.now);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rpc_call_send(record.call, data, 600000, NULL), 0);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_FAILED_PRECONDITION);
	assert_int_equal(record.closes, 1);
	assert_int_equal(rpc_conn_call_count(world->pair.ends[WIRE_SERVER]), 0);
	for (int i = 0; i < 10; i++) { /* the window of the connection is whole */
		record_call(&record, client_of(world), "/t/Collect", data, 600000, world->pair.now);
		wire_pair_run(&world->pair);
		assert_int_equal(record.code, RPC_OK);
		record_close(&record);
	}
	free(data);
}

static void test_metadata(void **state)
{
	struct wire_world *world = *state;
	struct record record = {0};
	const struct rpc_metadata pairs[] = {
		{"pidc-capacity", (const uint8_t *)"officer", 7},
		{"trace-bin", (const uint8_t *)"\xff\x01q", 3},
	};
	struct rpc_call_options options = {
		.path = "/t/Echo", .metadata = pairs, .metadata_count = 2, .user = &record};
	struct rpc_metadata bad = {"grpc-timeout", (const uint8_t *)"1S", 2};

	wire_pair_open(&world->pair, &world->options);
	assert_int_equal(
		rpc_call_start(client_of(world), &options, world->pair.now, &record.call, NULL), 0);
	assert_int_equal(rpc_call_add_metadata(record.call, true, "late", NULL, 0), PIDC_ECLOSED);
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_string_equal(world->service.metadata,
			    "user-agent=pidc-test/1;pidc-capacity=officer;trace-bin=\xff\x01q;");
	options.metadata_count = 1;
	options.metadata = &bad;
	assert_int_equal(
		rpc_call_start(client_of(world), &options, world->pair.now, &record.call, NULL),
		PIDC_EINVAL);
	bad = (struct rpc_metadata){"x", (const uint8_t *)"a\nb", 3};
	assert_int_equal(
		rpc_call_start(client_of(world), &options, world->pair.now, &record.call, NULL),
		PIDC_EINVAL);
	bad.name = "Upper";
	bad.value_len = 1;
	assert_int_equal(
		rpc_call_start(client_of(world), &options, world->pair.now, &record.call, NULL),
		PIDC_EINVAL);
	expect_alive(world);
}

static void test_gzip_both_ways(void **state)
{
	struct wire_world *world = *state;
	struct record record = {0};
	struct rpc_call_options options = {.path = "/t/Echo", .compress = true, .user = &record};
	uint8_t *data = calloc(1, 200000);

	wire_pair_open(&world->pair, &world->options);
	world->service.compresses = true;
	assert_int_equal(
		rpc_call_start(client_of(world), &options, world->pair.now, &record.call, NULL), 0);
	assert_int_equal(rpc_call_send(record.call, data, 200000, NULL), 0);
	rpc_call_half_close(record.call);
	world->pair.moved[0] = world->pair.moved[1] = 0;
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_true(world->service.was_compressed);
	assert_true(record.was_compressed);
	assert_int_equal(world->service.bytes, 200000);
	assert_int_equal(record.len, 200000);
	assert_memory_equal(record.data, data, 200000);
	assert_true(world->pair.moved[0] < 5000 && world->pair.moved[1] < 5000);
	record_close(&record);
	world->service.compresses = false;
	record_call(&record, client_of(world), "/t/Echo", "plain", 5, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_false(world->service.was_compressed);
	assert_false(record.was_compressed);
	record_close(&record);
	free(data);
}

static void test_largest_message_over_small_windows(void **state)
{
	struct wire_world *world = *state;
	struct rpc_limits limits = {.stream_window = 65536, .conn_window = 2097152};
	struct record record;
	uint8_t *data = malloc(1048576);

	for (size_t i = 0; i < 1048576; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	world->options.limits[0] = world->options.limits[1] = &limits;
	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Echo", data, 1048576, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.len, 1048576);
	assert_memory_equal(record.data, data, 1048576);
	record_close(&record);
	free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_world_setup, wire_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unary),
		TEST(test_empty_message_and_none),
		TEST(test_client_stream),
		TEST(test_server_stream),
		TEST(test_bidi),
		TEST(test_many_at_once),
		TEST(test_status),
		TEST(test_early_status_of_an_upload),
		TEST(test_metadata),
		TEST(test_gzip_both_ways),
		TEST(test_largest_message_over_small_windows),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
