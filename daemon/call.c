/* SPDX-License-Identifier: ISC */
#include "daemon/call.h"

#include "core/sanitize.h"
#include "daemon/conn.h"
#include "daemon/log.h"
#include "daemon/status.h"
#include "wire/guard.h"

#include <stdlib.h>

/* As many as a busy daemon answers at the same time; with their arenas they take 1 MiB. */
#define SPARE_CALLS 512

/* --- references ------------------------------------------------------------ */

void call_ref(struct call *call)
{
	call->refs++;
}

int call_charge(struct call *call, size_t n)
{
	struct call_budget *budget = call->budget;

	if (budget == NULL)
		return 0;
	if (budget->max_bytes != 0 &&
	    (budget->bytes > budget->max_bytes || n > budget->max_bytes - budget->bytes))
		return PIDC_ELIMIT;
	budget->bytes += n;
	call->charged += n;
	return 0;
}

void call_discharge(struct call *call, size_t n)
{
	if (call->budget == NULL)
		return;
	call->budget->bytes -= n;
	call->charged -= n;
}

static void destroy(struct call *call)
{
	arena_free(call->arena);
	free(call);
}

/* A call and the first block of its arena are memory that was just used: with hundreds of
 * them in flight that is what the next call wants. */
static bool keep_spare(struct call *call)
{
	struct call_budget *budget = call->budget;

	if (PIDC_HAS_ASAN || budget == NULL || budget->spare_count >= SPARE_CALLS)
		return false;
	arena_reset(call->arena);
	call->next_spare = budget->spare;
	budget->spare = call;
	budget->spare_count++;
	return true;
}

static struct call *take_spare(struct call_budget *budget)
{
	struct call *call = budget == NULL ? NULL : budget->spare;
	struct arena *arena;

	if (call == NULL)
		return NULL;
	budget->spare = call->next_spare;
	budget->spare_count--;
	arena = call->arena;
	*call = (struct call){.arena = arena};
	return call;
}

void call_unref(struct call *call)
{
	if (--call->refs > 0)
		return;
	call_discharge(call, call->charged);
	if (call->budget != NULL)
		call->budget->calls--;
	if (call->method.kind != NULL && call->method.kind->on_free != NULL)
		call->method.kind->on_free(call);
	if (!keep_spare(call))
		destroy(call);
}

void call_budget_close(struct call_budget *budget)
{
	struct call *call;

	while ((call = budget->spare) != NULL) {
		budget->spare = call->next_spare;
		destroy(call);
	}
	budget->spare_count = 0;
}

bool call_is_over(const struct call *call)
{
	return call->rpc == NULL || call->is_finished;
}

uint64_t call_now(const struct call *call)
{
	return call->conn != NULL ? uv_now(call->conn->listener->options.loop) : call->started_at;
}

/* --- ends ------------------------------------------------------------------ */

static void log_end(const struct call *call, enum rpc_code code, const char *reason)
{
	const char *path = call->rpc != NULL ? rpc_call_path(call->rpc) : "";

	if (code == RPC_OK)
		LOG(DEBUG, "call", "done", NUMBER("conn", call->conn_id), NUMBER("call", call->id),
		    TEXT("path", path), NUMBER("ms", call_now(call) - call->started_at));
	else
		LOG(INFO, "call", "refused", NUMBER("conn", call->conn_id),
		    NUMBER("call", call->id), TEXT("path", path), NUMBER("code", code),
		    TEXT("reason", reason), NUMBER("ms", call_now(call) - call->started_at));
}

static void finish(struct call *call, const struct rpc_status *status, const char *reason)
{
	if (call_is_over(call))
		return;
	log_end(call, status->code, reason);
	call->is_finished = true;
	rpc_call_finish(call->rpc, status);
	conn_mark(call->conn);
}

void call_finish(struct call *call, enum rpc_code code, const char *message)
{
	finish(call, &(struct rpc_status){.code = code, .message = message}, "");
}

void call_ok(struct call *call)
{
	call_finish(call, RPC_OK, NULL);
}

void call_refuse(struct call *call, const struct refusal *refusal)
{
	struct rpc_status status;

	if (call_is_over(call))
		return;
	status_of_refusal(refusal, call->arena, &status);
	finish(call, &status, reason_name(refusal->reason));
}

void call_abort(struct call *call, int error, const char *detail)
{
	struct refusal refusal;

	status_refusal_of_error(error, detail, &refusal);
	call_refuse(call, &refusal);
}

/* --- messages -------------------------------------------------------------- */

int call_send(struct call *call, const uint8_t *data, size_t len, bool *ret_full)
{
	int r;

	if (call_is_over(call))
		return PIDC_ECLOSED;
	r = rpc_call_send(call->rpc, data, len, ret_full);
	conn_mark(call->conn);
	if (r < 0)
		call_abort(call, r, "this connection has too many answers waiting");
	return r;
}

int call_send_message(struct call *call, const ProtobufCMessage *message, bool *ret_full)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = malloc(len > 0 ? len : 1);
	int r;

	if (data == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return PIDC_ENOMEM;
	}
	protobuf_c_message_pack(message, data);
	r = call_send(call, data, len, ret_full);
	free(data);
	return r;
}

int call_unpack(struct call *call, const ProtobufCMessageDescriptor *descriptor,
		const uint8_t *data, size_t len, ProtobufCMessage **ret)
{
	struct pidc_error err = {0};
	int r = guard_unpack(descriptor, data, len, call->arena, ret, &err);

	if (r < 0)
		call_abort(call, r, err.msg);
	return r;
}

/* --- handlers of the wire -------------------------------------------------- */

static int on_open(struct rpc_conn *rpc, void *user)
{
	struct conn *conn = user;

	if (!conn_admit_peer(conn, rpc_conn_peer(rpc)))
		return PIDC_ELIMIT;
	LOG(INFO, "conn", "open", NUMBER("conn", conn->id),
	    TEXT("peer", rpc_conn_peer(rpc)->spiffe_id));
	return 0;
}

static struct call *make(struct conn *conn, struct rpc_call *rpc)
{
	struct call *call = take_spare(conn->listener->options.budget);

	if (call == NULL)
		call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	if (call->arena == NULL)
		call->arena = arena_new(CALL_ARENA_MAX);
	if (call->arena == NULL) {
		free(call);
		return NULL;
	}
	call->conn = conn;
	call->rpc = rpc;
	call->context = conn->listener->options.context;
	call->conn_id = conn->id;
	call->id = ++conn->calls;
	call->started_at = uv_now(conn->listener->options.loop);
	call->refs = 1;
	call->budget = conn->listener->options.budget;
	if (call->budget != NULL) {
		call->budget->calls++;
		call->budget->opened++;
	}
	return call;
}

/* This one is counted already. */
static bool is_too_many(const struct call_budget *budget)
{
	return budget != NULL && budget->max_calls != 0 && budget->calls > budget->max_calls;
}

static void on_call(struct rpc_call *rpc, void *user)
{
	struct conn *conn = user;
	struct call *call = make(conn, rpc);

	if (call == NULL) {
		rpc_call_finish(rpc, &(struct rpc_status){.code = RPC_RESOURCE_EXHAUSTED,
							  .message = "out of memory"});
		return;
	}
	rpc_call_set_user(rpc, call);
	if (is_too_many(call->budget)) {
		call_abort(call, PIDC_ELIMIT, "the server has too many calls open");
		return;
	}
	if (!conn->listener->options.find(call->context, rpc_call_path(rpc), &call->method)) {
		call_finish(call, RPC_UNIMPLEMENTED, "no such method");
		return;
	}
	if (call->method.kind->on_start != NULL)
		call->method.kind->on_start(call);
}

/* The one message of a unary call is kept until the client says that it is the only one. */
static void keep_message(struct call *call, const uint8_t *data, size_t len)
{
	if (call->has_message) {
		call_finish(call, RPC_UNIMPLEMENTED, "this method takes one message");
		return;
	}
	if (call_charge(call, len) < 0) {
		call_abort(call, PIDC_ELIMIT, "the server holds too many requests; try again");
		return;
	}
	call->message = arena_memdup(call->arena, data, len);
	if (call->message == NULL) {
		call_abort(call, PIDC_ELIMIT, "the request is too large");
		return;
	}
	call->has_message = true;
	call->message_len = len;
}

static void on_message(struct rpc_call *rpc, const uint8_t *data, size_t len)
{
	struct call *call = rpc_call_user(rpc);

	if (call == NULL || call_is_over(call))
		return;
	if (call->method.kind->is_client_stream)
		call->method.kind->on_message(call, data, len);
	else
		keep_message(call, data, len);
}

static void on_half_close(struct rpc_call *rpc)
{
	struct call *call = rpc_call_user(rpc);
	const struct call_kind *kind;

	if (call == NULL || call_is_over(call))
		return;
	kind = call->method.kind;
	if (!kind->is_client_stream && !call->has_message)
		call_finish(call, RPC_UNIMPLEMENTED, "this method takes one message");
	else if (!kind->is_client_stream)
		kind->on_message(call, call->message, call->message_len);
	else if (kind->on_half_close != NULL)
		kind->on_half_close(call);
}

static void on_writable(struct rpc_call *rpc)
{
	struct call *call = rpc_call_user(rpc);

	if (call != NULL && !call_is_over(call) && call->method.kind->on_writable != NULL)
		call->method.kind->on_writable(call);
}

static void on_drain(struct rpc_call *rpc)
{
	struct call *call = rpc_call_user(rpc);

	if (call != NULL && !call_is_over(call) && call->method.kind != NULL &&
	    call->method.kind->on_drain != NULL)
		call->method.kind->on_drain(call);
}

static void on_closed(struct rpc_call *rpc, bool is_cancelled)
{
	struct call *call = rpc_call_user(rpc);

	if (call == NULL)
		return;
	if (is_cancelled && !call->is_finished)
		log_end(call, RPC_CANCELLED, "cancelled");
	call->rpc = NULL;
	call->conn = NULL;
	if (call->method.kind != NULL && call->method.kind->on_gone != NULL)
		call->method.kind->on_gone(call);
	call_unref(call);
}

const struct rpc_handlers call_handlers = {
	.on_open = on_open,
	.on_call = on_call,
	.on_message = on_message,
	.on_half_close = on_half_close,
	.on_writable = on_writable,
	.on_drain = on_drain,
	.on_closed = on_closed,
};
