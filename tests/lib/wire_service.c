/* SPDX-License-Identifier: ISC */
#include "tests/lib/wire_service.h"

#include "tests/lib/wire_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t DETAILS[] = {8, 9, 18, 2, 'n', 'o'};

static void note_metadata(const struct rpc_call *call, char *buf, size_t cap)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < rpc_call_metadata_count(call); i++) {
		const struct rpc_metadata *pair = rpc_call_metadata_at(call, i);

		n += (size_t)snprintf(buf + n, cap - n, "%s=%.*s;", pair->name,
				      (int)pair->value_len, (const char *)pair->value);
		if (n >= cap)
			return; /* cut */
	}
}

/* --- server ------------------------------------------------------------------ */

static struct service *service_of(const struct rpc_call *call)
{
	return rpc_conn_user(rpc_call_conn(call));
}

static bool is_path(const struct rpc_call *call, const char *path)
{
	return strcmp(rpc_call_path(call), path) == 0;
}

static int on_open(struct rpc_conn *conn, void *user)
{
	struct service *service = user;

	assert_string_equal(rpc_conn_peer(conn)->spiffe_id, WIRE_AGENT);
	service->opened++;
	return service->refuse;
}

static void on_call(struct rpc_call *call, void *user)
{
	struct service *service = user;
	static const char *const PATHS[] = {"/t/Echo", "/t/Collect",  "/t/Many",  "/t/Hang",
					    "/t/Fail", "/t/FailLate", "/t/Pause", "/t/Wait"};

	service->calls++;
	service->last = call;
	service->deadline = rpc_call_deadline(call);
	note_metadata(call, service->metadata, sizeof(service->metadata));
	rpc_call_set_compression(call, service->compresses);
	if (is_path(call, "/t/Fail")) {
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_FAILED_PRECONDITION,
							   .message = "nicht m\xc3\xb6glich: 5%\n",
							   .details = DETAILS,
							   .details_len = sizeof(DETAILS)});
		return;
	}
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(*PATHS); i++)
		if (is_path(call, PATHS[i]))
			return;
	rpc_call_finish(call, &(struct rpc_status){.code = RPC_UNIMPLEMENTED});
}

static void send_many(struct service *service, struct rpc_call *call)
{
	uint8_t *data = malloc(service->size + 1);
	bool is_full = false;

	assert_non_null(data);
	while (service->sent < service->many && !is_full) {
		memset(data, 'a' + (int)(service->sent % 26), service->size);
		assert_int_equal(rpc_call_send(call, data, service->size, &is_full), 0);
		service->sent++;
	}
	free(data);
	if (service->sent == service->many)
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_OK});
}

static void on_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct service *service = service_of(call);

	service->messages++;
	service->bytes += len;
	service->was_compressed = rpc_call_was_compressed(call);
	if (is_path(call, "/t/Echo") || is_path(call, "/t/FailLate"))
		assert_int_equal(rpc_call_send(call, data, len, NULL), 0);
	if (is_path(call, "/t/Many"))
		send_many(service, call);
	if (is_path(call, "/t/Pause"))
		rpc_call_pause(call);
}

static void on_half_close(struct rpc_call *call)
{
	struct service *service = service_of(call);
	char text[32];

	service->half_closes++;
	if (is_path(call, "/t/Collect") || is_path(call, "/t/Pause")) {
		int n = snprintf(text, sizeof(text), "%zu", service->bytes);

		assert_int_equal(
			rpc_call_add_metadata(call, true, "x-initial", (const uint8_t *)"one", 3),
			0);
		assert_int_equal(rpc_call_add_metadata(call, false, "x-trailing-bin",
						       (const uint8_t *)"\x01\x02z", 3),
				 0);
		assert_int_equal(rpc_call_send(call, (uint8_t *)text, (size_t)n, NULL), 0);
	}
	if (is_path(call, "/t/FailLate"))
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_ABORTED, .message = "late"});
	else if (!is_path(call, "/t/Hang") && !is_path(call, "/t/Wait") &&
		 !is_path(call, "/t/Many"))
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_OK});
}

static void on_writable(struct rpc_call *call)
{
	struct service *service = service_of(call);

	service->writables++;
	if (is_path(call, "/t/Many"))
		send_many(service, call);
}

static void on_closed(struct rpc_call *call, bool is_cancelled)
{
	struct service *service = service_of(call);

	service->closed++;
	service->cancelled += is_cancelled;
	if (service->last == call)
		service->last = NULL;
}

static void on_drain(struct rpc_call *call)
{
	service_of(call)->drains++;
	if (is_path(call, "/t/Wait"))
		rpc_call_finish(call,
				&(struct rpc_status){.code = RPC_UNAVAILABLE, .message = "going"});
}

const struct rpc_handlers service_handlers = {
	.on_open = on_open,
	.on_call = on_call,
	.on_message = on_message,
	.on_half_close = on_half_close,
	.on_writable = on_writable,
	.on_drain = on_drain,
	.on_closed = on_closed,
};

/* --- client ------------------------------------------------------------------ */

static void record_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct record *record = rpc_call_user(call);

	assert_int_equal(record->statuses, 0);
	if (record->pauses && record->messages == 0)
		rpc_call_pause(call);
	record->messages++;
	record->was_compressed = rpc_call_was_compressed(call);
	record->data = realloc(record->data, record->len + len + 1);
	assert_non_null(record->data);
	if (len != 0)
		memcpy(record->data + record->len, data, len);
	record->len += len;
}

static void record_status(struct rpc_call *call, const struct rpc_status *status)
{
	struct record *record = rpc_call_user(call);

	assert_int_equal(record->closes, 0);
	record->statuses++;
	record->code = (int)status->code;
	snprintf(record->message, sizeof(record->message), "%s",
		 status->message == NULL ? "" : status->message);
	if (status->details != NULL && status->details_len <= sizeof(record->details)) {
		memcpy(record->details, status->details, status->details_len);
		record->details_len = status->details_len;
	}
	note_metadata(call, record->metadata, sizeof(record->metadata));
}

static void record_closed(struct rpc_call *call, bool is_cancelled)
{
	struct record *record = rpc_call_user(call);

	record->closes++;
	record->is_cancelled = is_cancelled;
	record->call = NULL;
}

static void record_writable(struct rpc_call *call)
{
	struct record *record = rpc_call_user(call);

	record->writables++;
}

const struct rpc_handlers record_handlers = {
	.on_message = record_message,
	.on_status = record_status,
	.on_closed = record_closed,
	.on_writable = record_writable,
};

void record_close(struct record *record)
{
	free(record->data);
	record->data = NULL;
}

void record_start(struct record *record, struct rpc_conn *conn, const char *path,
		  uint64_t timeout_ms, uint64_t now)
{
	struct rpc_call_options options = {.path = path, .timeout_ms = timeout_ms, .user = record};
	struct pidc_error err = {0};

	memset(record, 0, sizeof(*record));
	if (rpc_call_start(conn, &options, now, &record->call, &err) < 0)
		fail_msg("%s", err.msg);
}

void record_call(struct record *record, struct rpc_conn *conn, const char *path,
		 const void *message, size_t len, uint64_t now)
{
	record_start(record, conn, path, 0, now);
	assert_int_equal(rpc_call_send(record->call, message, len, NULL), 0);
	rpc_call_half_close(record->call);
}

int wire_world_setup(void **state)
{
	struct wire_world *world = calloc(1, sizeof(*world));

	world->options.handlers[WIRE_SERVER] = &service_handlers;
	world->options.handlers[WIRE_CLIENT] = &record_handlers;
	world->options.users[WIRE_SERVER] = &world->service;
	*state = world;
	return 0;
}

int wire_world_teardown(void **state)
{
	struct wire_world *world = *state;

	if (world->pair.results[0] < 0 || world->pair.results[1] < 0)
		print_message("server: %s; client: %s\n", world->pair.errors[0].msg,
			      world->pair.errors[1].msg);
	wire_pair_close(&world->pair);
	assert_int_equal(world->service.calls, world->service.closed);
	free(world);
	return 0;
}
