/* SPDX-License-Identifier: ISC
 *
 * How connections end: drain in two steps, age, idleness, keepalive, refusal,
 * termination; and that a quiet healthy connection does not end.
 */
#include "tests/lib/wire_raw.h"
#include "tests/lib/wire_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rpc_conn *server_of(struct wire_world *world)
{
	return world->pair.ends[WIRE_SERVER];
}

static struct rpc_conn *client_of(struct wire_world *world)
{
	return world->pair.ends[WIRE_CLIENT];
}

static int try_start(struct wire_world *world)
{
	struct rpc_call_options options = {.path = "/t/Echo"};
	struct rpc_call *call;

	return rpc_call_start(client_of(world), &options, world->pair.now, &call, NULL);
}

static void test_server_drain_with_calls_in_flight(void **state)
{
	struct wire_world *world = *state;
	struct record running;
	struct record crossing;

	wire_pair_open(&world->pair, &world->options);
	record_start(&running, client_of(world), "/t/Echo", 0, world->pair.now);
	assert_int_equal(rpc_call_send(running.call, (const uint8_t *)"a", 1, NULL), 0);
	wire_pair_run(&world->pair);
	/* One request crosses the first GOAWAY on the wire: it is served. */
	record_call(&crossing, client_of(world), "/t/Echo", "b", 1, world->pair.now);
	rpc_conn_drain(server_of(world), world->pair.now);
	rpc_conn_drain(server_of(world), world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(crossing.code, RPC_OK);
	assert_int_equal(crossing.len, 1);
	assert_int_equal(try_start(world), PIDC_EUNAVAILABLE);
	assert_false(rpc_conn_is_done(server_of(world)));
	assert_int_equal(running.statuses, 0);
	assert_int_equal(rpc_call_send(running.call, (const uint8_t *)"c", 1, NULL), 0);
	rpc_call_half_close(running.call);
	wire_pair_run(&world->pair);
	assert_int_equal(running.code, RPC_OK);
	assert_int_equal(running.len, 2);
	assert_true(rpc_conn_is_done(server_of(world)));
	/* Nothing worse than that the client hung up first. */
	assert_true(world->pair.results[WIRE_SERVER] == 0 ||
		    world->pair.results[WIRE_SERVER] == PIDC_ECLOSED);
	record_close(&running);
	record_close(&crossing);
}

static void test_server_drain_of_a_silent_peer(void **state)
{
	struct wire_world *world = *state;

	/* The PING is never answered: the second step comes by time. */
	wire_pair_open(&world->pair, &world->options);
	world->pair.is_cut[WIRE_CLIENT] = true;
	rpc_conn_drain(server_of(world), world->pair.now);
	wire_pair_pass(&world->pair, 4999);
	assert_false(rpc_conn_is_done(server_of(world)));
	wire_pair_pass(&world->pair, 1);
	assert_true(rpc_conn_is_done(server_of(world)));
}

static void test_server_drain_before_the_handshake(void **state)
{
	struct wire_world *world = *state;
	struct rpc_conn *conn = wire_conn_new(true, &service_handlers, NULL, &world->service, 0);

	rpc_conn_drain(conn, 5);
	assert_true(rpc_conn_is_done(conn));
	rpc_conn_free(conn);
	wire_pair_open(&world->pair, &world->options);
}

static void test_client_drain(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_start(&record, client_of(world), "/t/Echo", 0, world->pair.now);
	rpc_conn_drain(client_of(world), world->pair.now);
	assert_int_equal(try_start(world), PIDC_EUNAVAILABLE);
	wire_pair_run(&world->pair);
	assert_false(rpc_conn_is_done(client_of(world)));
	rpc_call_half_close(record.call);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	assert_true(rpc_conn_is_done(client_of(world)));
	assert_int_equal(world->pair.results[WIRE_SERVER], PIDC_ECLOSED);
	record_close(&record);
}

static void test_age(void **state)
{
	struct wire_world *world = *state;
	struct rpc_limits limits = {.max_age_ms = 3600000};

	world->options.limits[WIRE_SERVER] = &limits;
	wire_pair_open(&world->pair, &world->options);
	wire_pair_pass(&world->pair, 3599999);
	assert_false(rpc_conn_is_done(server_of(world)));
	assert_int_equal(world->pair.results[WIRE_SERVER], 0);
	wire_pair_pass(&world->pair, 1);
	assert_true(rpc_conn_is_done(server_of(world)));
	assert_int_equal(try_start(world), PIDC_EUNAVAILABLE);
}

/* A stream without end would hold the connection for ever. */
static void test_drain_ends_calls_that_wait(void **state)
{
	struct wire_world *world = *state;
	struct record waiting, running;

	wire_pair_open(&world->pair, &world->options);
	record_call(&waiting, client_of(world), "/t/Wait", "a", 1, world->pair.now);
	record_start(&running, client_of(world), "/t/Echo", 0, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.drains, 0);
	rpc_conn_drain(server_of(world), world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.drains, 2);
	assert_int_equal(waiting.code, RPC_UNAVAILABLE);
	assert_string_equal(waiting.message, "going");
	assert_int_equal(running.statuses, 0);
	assert_false(rpc_conn_is_done(server_of(world)));
	rpc_call_half_close(running.call);
	wire_pair_run(&world->pair);
	assert_int_equal(running.code, RPC_OK);
	assert_true(rpc_conn_is_done(server_of(world)));
	record_close(&waiting);
	record_close(&running);
}

static void test_idle(void **state)
{
	struct wire_world *world = *state;
	struct rpc_limits limits = {.max_idle_ms = 600000};
	struct record record;

	world->options.limits[WIRE_SERVER] = &limits;
	wire_pair_open(&world->pair, &world->options);
	wire_pair_pass(&world->pair, 500000);
	record_start(&record, client_of(world), "/t/Echo", 0, world->pair.now);
	wire_pair_pass(&world->pair, 10000); /* a call is not idleness */
	rpc_call_half_close(record.call);
	wire_pair_pass(&world->pair, 599999);
	assert_false(rpc_conn_is_done(server_of(world)));
	wire_pair_pass(&world->pair, 1);
	assert_true(rpc_conn_is_done(server_of(world)));
}

static void test_keepalive_keeps_a_quiet_connection(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	world->pair.moved[0] = world->pair.moved[1] = 0;
	wire_pair_pass(&world->pair, UINT64_C(12) * 3600000);
	assert_int_equal(world->pair.results[0], 0);
	assert_int_equal(world->pair.results[1], 0);
	assert_true(world->pair.moved[0] > 0);
	assert_true(world->pair.moved[0] < 100000); /* a PING a minute */
	record_call(&record, client_of(world), "/t/Echo", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	assert_int_equal(record.code, RPC_OK);
	record_close(&record);
}

static void test_keepalive_death(void **state)
{
	struct wire_world *world = *state;
	struct record record;

	wire_pair_open(&world->pair, &world->options);
	record_call(&record, client_of(world), "/t/Hang", "x", 1, world->pair.now);
	wire_pair_run(&world->pair);
	rpc_call_set_deadline(world->service.last, UINT64_MAX);
	world->pair.is_cut[WIRE_CLIENT] = true;
	wire_pair_pass(&world->pair, 79999);
	assert_int_equal(world->pair.results[WIRE_SERVER], 0);
	wire_pair_pass(&world->pair, 1);
	assert_int_equal(world->pair.results[WIRE_SERVER], PIDC_EDEADLINE);
	assert_non_null(strstr(world->pair.errors[WIRE_SERVER].msg, "keepalive"));
	rpc_conn_eof(server_of(world));
	assert_int_equal(world->service.cancelled, 1);
	/* The client's call ends too, while its record is there. */
	rpc_conn_eof(client_of(world));
	assert_int_equal(record.closes, 1);
	record_close(&record);
}

/* An answer that waits behind a long queue must not kill a peer that talks. */
static void test_keepalive_counts_any_word(void **state)
{
	struct wire_world *world = *state;
	struct wire_raw raw;

	wire_raw_open(&raw, &service_handlers, NULL, &world->service);
	wire_raw_greet(&raw);
	raw.now += 60000;
	wire_raw_run(&raw);
	assert_int_equal(wire_raw_count(&raw, FRAME_PING), 1);
	raw.now += 19999;
	wire_raw_frame(&raw, FRAME_WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4);
	raw.now += 59999;
	wire_raw_run(&raw);
	assert_int_equal(raw.result, 0);
	raw.now += 1;
	wire_raw_run(&raw);
	assert_int_equal(wire_raw_count(&raw, FRAME_PING), 2);
	raw.now += 20000;
	wire_raw_run(&raw);
	assert_int_equal(raw.result, PIDC_EDEADLINE);
	wire_raw_close(&raw);
	wire_pair_open(&world->pair, &world->options);
}

static void test_refused_on_open(void **state)
{
	struct wire_world *world = *state;
	struct wire_raw raw;
	char debug[128];

	world->service.refuse = PIDC_EREFUSED;
	wire_raw_open(&raw, &service_handlers, NULL, &world->service);
	assert_int_equal(raw.result, PIDC_EREFUSED);
	assert_int_equal(wire_raw_goaway(&raw, debug), 0xc);
	assert_true(rpc_conn_is_done(raw.conn));
	wire_raw_close(&raw);
	world->service.refuse = 0;
	wire_pair_open(&world->pair, &world->options);
}

static void test_terminate(void **state)
{
	struct wire_world *world = *state;
	struct record records[3];

	wire_pair_open(&world->pair, &world->options);
	world->service.many = 1000;
	world->service.size = 10000;
	record_call(&records[0], client_of(world), "/t/Hang", "x", 1, world->pair.now);
	record_call(&records[1], client_of(world), "/t/Many", "x", 1, world->pair.now);
	record_call(&records[2], client_of(world), "/t/Pause", "xx", 2, world->pair.now);
	for (int i = 0; i < 3 || world->service.calls < 3; i++) {
		const uint8_t *data;
		size_t len;
		size_t taken = 0;

		assert_true(i < 100);
		assert_int_equal(rpc_conn_output(client_of(world), 1000, &data, &len, NULL), 0);
		if (len == 0)
			break;
		assert_int_equal(rpc_conn_feed(server_of(world), data, len, 1000, &taken, NULL), 0);
		rpc_conn_output_drop(client_of(world), taken, 1000);
	}
	assert_int_equal(world->service.calls, 3);
	rpc_conn_terminate(server_of(world), 0, "CREDENTIAL_REVOKED");
	assert_int_equal(world->service.closed, 0); /* not inside the call */
	wire_pair_run(&world->pair);
	assert_int_equal(world->service.cancelled, 3);
	assert_true(rpc_conn_is_done(server_of(world)));
	assert_int_equal(world->pair.results[WIRE_CLIENT], PIDC_ECLOSED);
	rpc_conn_eof(client_of(world));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(records[i].code, RPC_UNAVAILABLE);
		assert_int_equal(records[i].closes, 1);
		record_close(&records[i]);
	}
}

static void test_free_in_the_middle(void **state)
{
	struct wire_world *world = *state;
	struct record records[50];

	for (unsigned steps = 0; steps < 60; steps++) {
		wire_pair_open(&world->pair, &world->options);
		for (int i = 0; i < 50; i++)
			record_call(&records[i], client_of(world), i % 2 ? "/t/Echo" : "/t/Pause",
				    "abc", 3, world->pair.now);
		for (unsigned i = 0; i < steps; i++) {
			const uint8_t *data;
			size_t len;
			size_t taken = 0;
			int from = (int)i % 2;

			assert_int_equal(
				rpc_conn_output(world->pair.ends[from], 1000, &data, &len, NULL),
				0);
			if (len == 0)
				continue;
			assert_int_equal(rpc_conn_feed(world->pair.ends[1 - from], data,
						       len < 200 ? len : 200, 1000, &taken, NULL),
					 0);
			rpc_conn_output_drop(world->pair.ends[from], taken, 1000);
		}
		wire_pair_close(&world->pair);
		for (int i = 0; i < 50; i++) {
			assert_int_equal(records[i].statuses, 1);
			assert_int_equal(records[i].closes, 1);
			record_close(&records[i]);
		}
		assert_int_equal(world->service.calls, world->service.closed);
	}
	wire_pair_open(&world->pair, &world->options);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_world_setup, wire_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_server_drain_with_calls_in_flight),
		TEST(test_server_drain_of_a_silent_peer),
		TEST(test_server_drain_before_the_handshake),
		TEST(test_client_drain),
		TEST(test_drain_ends_calls_that_wait),
		TEST(test_age),
		TEST(test_idle),
		TEST(test_keepalive_keeps_a_quiet_connection),
		TEST(test_keepalive_death),
		TEST(test_keepalive_counts_any_word),
		TEST(test_refused_on_open),
		TEST(test_terminate),
		TEST(test_free_in_the_middle),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
