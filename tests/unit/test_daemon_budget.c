/* SPDX-License-Identifier: ISC
 *
 * What all calls may hold together: over it the next one is refused, and what ends
 * gives its share back.
 */
#include "daemon/call.h"

#include "tests/lib/call_world.h"

#define HOLD "/t/Hold"

static struct call_budget budget;
static struct call *held; /* the last one that holds its message */

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	held = call;
}

static const struct call_kind hold_kind = {.on_message = on_message};

static bool find(void *context, const char *path, struct call_method *ret)
{
	(void)context;
	(void)path;
	ret->kind = &hold_kind;
	return true;
}

static struct call_world *open_world(void)
{
	struct call_world *world = call_world_open(find, NULL);

	world->listener.options.budget = &budget;
	budget = (struct call_budget){0};
	return world;
}

static void close_world(struct call_world *world)
{
	call_world_close(world);
	assert_int_equal(budget.calls, 0);
	assert_int_equal(budget.bytes, 0);
}

static void ask(struct call_world *world, struct record *record, size_t len)
{
	static const char bytes[100];

	call_world_ask(world, record, HOLD, bytes, len);
}

static void test_bytes(void **state)
{
	struct call_world *world = open_world();
	struct record first, second, third;
	struct call *one;

	(void)state;
	budget.max_bytes = 100;
	ask(world, &first, 60);
	one = held;
	assert_int_equal(first.statuses, 0);
	assert_int_equal(budget.bytes, 60);
	ask(world, &second, 41);
	assert_int_equal(second.code, RPC_RESOURCE_EXHAUSTED);
	assert_non_null(strstr(second.message, "holds too many requests"));
	ask(world, &third, 40);
	assert_int_equal(third.statuses, 0);
	assert_int_equal(budget.bytes, 100);
	call_ok(one);
	wire_pair_run(&world->pair);
	assert_int_equal(first.code, RPC_OK);
	assert_int_equal(budget.bytes, 40);
	call_world_end(world, &first);
	call_world_end(world, &second);
	call_world_end(world, &third);
	close_world(world);
}

static void test_calls(void **state)
{
	struct call_world *world = open_world();
	struct record first, second, third;

	(void)state;
	budget.max_calls = 2;
	ask(world, &first, 1);
	ask(world, &second, 1);
	ask(world, &third, 1);
	assert_int_equal(third.code, RPC_RESOURCE_EXHAUSTED);
	call_world_end(world, &third);
	assert_int_equal(budget.calls, 2);
	call_world_end(world, &first);
	ask(world, &third, 1);
	assert_int_equal(third.statuses, 0);
	call_world_end(world, &second);
	call_world_end(world, &third);
	close_world(world);
}

/* Somebody who works for a call keeps its share, also when the client has gone. */
static void test_work_outlives_its_client(void **state)
{
	struct call_world *world = open_world();
	struct record record;
	struct call *call;

	(void)state;
	ask(world, &record, 10);
	call = held;
	call_ref(call);
	call_world_end(world, &record);
	assert_int_equal(budget.calls, 1);
	assert_int_equal(budget.bytes, 10);
	call_unref(call);
	close_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_work_outlives_its_client),
	};
	int rv;

	wire_certs_open();
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
