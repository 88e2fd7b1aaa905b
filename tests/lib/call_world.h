/* SPDX-License-Identifier: ISC
 *
 * Calls (daemon/call.h) without sockets: a client that records, joined by memory
 * to a connection whose calls are found by the test's own function. Wants
 * wire_certs_open. Header only, as the library of the tests knows no daemon.
 */
#pragma once

#include "daemon/conn.h"
#include "daemon/log.h"
#include "tests/lib/wire_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct call_world {
	uv_loop_t loop; /* never run: only its clock is asked for */
	struct listener listener;
	struct conn conn;
	struct wire_pair pair;
};

/* Both ends with their default limits. The caller ends it with call_world_close. */
static inline struct call_world *call_world_open(call_find_cb find, void *context)
{
	struct call_world *world = calloc(1, sizeof(*world));
	struct wire_pair_options options = {.handlers = {&call_handlers, &record_handlers}};

	assert_non_null(world);
	log_init(LOG_LEVEL_ERROR);
	assert_int_equal(uv_loop_init(&world->loop), 0);
	world->listener.options.loop = &world->loop;
	world->listener.options.find = find;
	world->listener.options.context = context;
	world->conn.listener = &world->listener;
	world->conn.id = 1;
	options.users[WIRE_SERVER] = &world->conn;
	wire_pair_open(&world->pair, &options);
	return world;
}

static inline void call_world_close(struct call_world *world)
{
	wire_pair_close(&world->pair);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	free(world);
}

/* Start a call with one message and half-close; what comes at once is in record. */
static inline void call_world_ask(struct call_world *world, struct record *record, const char *path,
				  const void *message, size_t len)
{
	record_call(record, world->pair.ends[WIRE_CLIENT], path, message, len, world->pair.now);
	wire_pair_run(&world->pair);
}

/* End what is still open of a call, while its record lives. */
static inline void call_world_end(struct call_world *world, struct record *record)
{
	if (record->call != NULL)
		rpc_call_cancel(record->call);
	wire_pair_run(&world->pair);
	assert_int_equal(record->closes, 1);
	record_close(record);
}
