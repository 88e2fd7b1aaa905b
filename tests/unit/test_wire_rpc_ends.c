/* SPDX-License-Identifier: ISC
 *
 * How calls wait and end, client against server in memory: pauses, deadlines,
 * cancellation, loss.
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

static void test_pause_stops_the_sender(void **state)
{
	struct wire_world *world = *state;
	struct rpc_limits limits = {.stream_window = 65536, .conn_window = 131072};
	struct record record;
	struct rpc_call *paused;
	uint8_t data[1000] = {0};

	world->options.limits[WIRE_SERVER] = &limits;
	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Pause", 0, world->pair.now);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rpc_call_send(record.call, data, sizeof(data), NULL), 0);
	rpc_call_half_close(record.call);
	world->pair.moved[WIRE_CLIENT] = 0;
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.messages, 1);
	assert_true(world->pair.moved[WIRE_CLIENT] < 70000); /* one window */
	paused = world->service.last;
	expect_alive(world); /* others go on */
	for (unsigned i = 1; i < 1000; i++) {
		rpc_call_resume(paused);
		assert_int_equal(world->service.half_closes, 1); /* of expect_alive */
		wire_pair_run(&world->pair);
	}
	rpc_call_resume(paused);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(world->service.messages, 1001);
	record_close(&record);
}

static void test_client_pause(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	world->service.many = 10;
	world->service.size = 10;
	record_call(&record, client_of(world), "/t/Many", "x", 1, world->pair.now);
	record.pauses = true;
	wire_pair_run(&world->pair);
	assert_int_equal(record.messages, 1);
	assert_int_equal(record.statuses, 0); /* the status waits for the messages */
	rpc_call_resume(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.messages, 10);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.closes, 1);
	record_close(&record);
}

static void test_deadline_at_server(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Hang", 2000, world->pair.now);
	assert_int_equal(rpc_call_send(record.call, (const uint8_t *)"x", 1, NULL), 0);
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.deadline, world->pair.now + 2000);
	world->pair.is_cut[WIRE_CLIENT] = true; /* the client's RST would be first */
	wire_pair_pass(&world->pair, 1999);
	assert_int_equal(world->service.closed, 0);
	wire_pair_pass(&world->pair, 1);
	assert_int_equal(world->service.closed, 1);
	assert_int_equal(world->service.cancelled, 1);
	assert_int_equal(record.code, RPC_DEADLINE_EXCEEDED);
	world->pair.is_cut[WIRE_CLIENT] = false;
	wire_pair_run(&world->pair);
	expect_alive(world);
}

static void test_deadline_at_client(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Hang", 50, world->pair.now);
	world->pair.is_cut[WIRE_SERVER] = true;
	wire_pair_pass(&world->pair, 50);
	assert_int_equal(record.code, RPC_DEADLINE_EXCEEDED);
	assert_true(record.is_cancelled);
	assert_int_equal(record.closes, 1);
	world->pair.is_cut[WIRE_SERVER] = false;
	wire_pair_run(&world->pair);
	expect_alive(world);
}

static void test_deadline_of_who_names_none(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Hang", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.deadline, world->pair.now + 300000);
	wire_pair_pass(&world->pair, 300000);
	assert_int_equal(record.code, RPC_DEADLINE_EXCEEDED);
	record_start(&record, client_of(world), "/t/Hang", 99999999, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.deadline, world->pair.now + 300000); /* capped */
	rpc_call_cancel(record.call);
	wire_pair_run(&world->pair);
}

static void test_watch_has_no_deadline(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Hang", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	rpc_call_set_deadline(world->service.last, UINT64_MAX);
	wire_pair_pass(&world->pair, 3600000);
	assert_int_equal(record.statuses, 0);
	assert_int_equal(world->pair.results[0], 0);
	assert_int_equal(world->pair.results[1], 0);
	rpc_call_finish(world->service.last, &(struct rpc_status){.code = RPC_OK});
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
}

static void test_cancel_by_client(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Hang", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	rpc_call_cancel(record.call);
	assert_int_equal(record.statuses, 0);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_CANCELLED);
	assert_true(record.is_cancelled);
	assert_int_equal(world->service.cancelled, 1);
	assert_int_equal(rpc_conn_call_count(client_of(world)), 0);
	assert_int_equal(rpc_conn_call_count(world->pair.ends[WIRE_SERVER]), 0);
	/* Before a byte of it has left. */
	record_call(&record, client_of(world), "/t/Hang", "x", 1, world->pair.now);
	rpc_call_cancel(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_CANCELLED);
	assert_int_equal(rpc_conn_call_count(client_of(world)), 0);
	expect_alive(world);
}

static void test_loss(void **state)
{
	struct wire_world *world = *state;
	struct record records[2];

	wire_pair_open(&world->pair, &world->options);
	for (int i = 0; i < 2; i++)
		record_call(&records[i], client_of(world), "/t/Hang", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.calls, 2);
	rpc_conn_eof(client_of(world));
	rpc_conn_eof(world->pair.ends[WIRE_SERVER]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(records[i].code, RPC_UNAVAILABLE);
		assert_int_equal(records[i].closes, 1);
	}
	assert_int_equal(world->service.cancelled, 2);
	assert_true(rpc_conn_is_done(client_of(world)));
	assert_int_equal(rpc_call_start(client_of(world),
					&(struct rpc_call_options){.path = "/t/Echo"},
					world->pair.now, &records[0].call, NULL),
			 PIDC_EUNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_world_setup, wire_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pause_stops_the_sender),     TEST(test_client_pause),
		TEST(test_deadline_at_server),         TEST(test_deadline_at_client),
		TEST(test_deadline_of_who_names_none), TEST(test_watch_has_no_deadline),
		TEST(test_cancel_by_client),           TEST(test_loss),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
