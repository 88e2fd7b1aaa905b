/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

#include <stdlib.h>
#include <string.h>

/* Calls kept for reuse: making one costs an arena block. Given back a second
 * after the last call (rpc_timer.c). */
#define SPARE_CALLS 32
/* Strings of one call beside its headers: own metadata, status. */
#define ARENA_EXTRA 65536

/* --- memory ---------------------------------------------------------------- */

static struct rpc_call *take_spare(struct rpc_conn *conn)
{
	struct rpc_call *call = conn->spare;
	struct arena *arena;

	if (call == NULL)
		return NULL;
	conn->spare = call->next;
	conn->spare_count--;
	arena = call->arena;
	memset(call, 0, sizeof(*call));
	call->arena = arena;
	return call;
}

static struct rpc_call *make_call(struct rpc_conn *conn)
{
	struct rpc_call *call = take_spare(conn);

	if (call != NULL)
		return call;
	call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	call->arena = arena_new(ARENA_EXTRA + 3 * conn->limits.max_header_list);
	if (call->arena == NULL) {
		free(call);
		return NULL;
	}
	return call;
}

static void delete_call(struct rpc_call *call)
{
	arena_free(call->arena);
	free(call);
}

struct rpc_call *call_new(struct rpc_conn *conn)
{
	struct rpc_call *call = make_call(conn);

	if (call == NULL)
		return NULL;
	call->conn = conn;
	call->path = "";
	call->is_notified = conn->is_server; /* until on_call has it */
	call->fault = FAULT_NONE;
	call->deadline = RPC_NEVER;
	call->rx_at = call->tx_at = conn->now;
	call->deframer.max_message = conn->limits.max_message;
	call->next = conn->calls;
	if (conn->calls != NULL)
		conn->calls->prev = call;
	conn->calls = call;
	conn->call_count++;
	return call;
}

static void call_free(struct rpc_call *call)
{
	struct rpc_conn *conn = call->conn;

	call_drop_queue(call);
	receive_drop(call);
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		conn->calls = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	conn->call_count--;
	if (conn->call_count == 0)
		conn->idle_since = conn->now;
	if (conn->spare_count >= SPARE_CALLS) {
		delete_call(call);
		return;
	}
	arena_reset(call->arena);
	call->next = conn->spare;
	conn->spare = call;
	conn->spare_count++;
}

void call_drop_spare(struct rpc_conn *conn)
{
	while (conn->spare != NULL) {
		struct rpc_call *call = conn->spare;

		conn->spare = call->next;
		delete_call(call);
	}
	conn->spare_count = 0;
}

/* --- steps ----------------------------------------------------------------- */

void call_mark(struct rpc_call *call)
{
	struct rpc_conn *conn = call->conn;

	if (call->is_pending)
		return;
	call->is_pending = true;
	if (conn->pending_tail != NULL)
		conn->pending_tail->next_pending = call;
	else
		conn->pending_head = call;
	conn->pending_tail = call;
}

static void tell_writable(struct rpc_call *call)
{
	const struct rpc_handlers *handlers = call->conn->handlers;

	if (!call->is_full || call->tx != TX_OPEN || !send_is_low(call))
		return;
	call->is_full = false;
	if (handlers->on_writable != NULL)
		handlers->on_writable(call);
}

static void tell_closed(struct rpc_call *call)
{
	const struct rpc_handlers *handlers = call->conn->handlers;

	call->is_notified = true;
	call->is_deaf = true;
	if (handlers->on_closed != NULL)
		handlers->on_closed(call, call->is_cancelled);
}

static void server_step(struct rpc_call *call)
{
	if (!call->is_cancelled && !call->is_gone) {
		receive_step(call);
		tell_writable(call);
	}
	/* A handler may just have ended it. */
	if (call->is_cancelled || call->is_gone)
		tell_closed(call);
}

static void client_step(struct rpc_call *call)
{
	const struct rpc_handlers *handlers = call->conn->handlers;

	if (call->rx != RX_DONE) {
		receive_step(call);
		tell_writable(call);
	}
	if (call->rx != RX_DONE || !call->has_status)
		return;
	call->is_deaf = true;
	if (handlers->on_status != NULL)
		handlers->on_status(call, &call->status);
	tell_closed(call);
	if (!call->is_gone && call->tx != TX_ENDED)
		h2_reset(call->conn->h2, call->id, call->is_cancelled ? H2_CANCEL : H2_NO_ERROR);
}

void call_step(struct rpc_call *call)
{
	if (!call->is_notified) {
		if (call->conn->is_server)
			server_step(call);
		else
			client_step(call);
	}
	/* Marked again on the way: then the list still points to it. */
	if (call->is_gone && call->is_notified && !call->is_pending)
		call_free(call);
}

/* --- ends ------------------------------------------------------------------ */

void call_lost(struct rpc_call *call)
{
	call->is_cancelled = true;
	call_drop_queue(call);
	receive_drop(call);
	call->rx = RX_DONE;
	if (!call->conn->is_server) {
		call->has_status = false; /* what it promised was not read */
		client_set_status(call, RPC_UNAVAILABLE, "connection lost");
	}
	call_mark(call);
}

/* A status that came before a reset stands; so does a good end of the stream,
 * whose messages may still wait for rpc_call_resume. */
static void client_gone(struct rpc_call *call, uint32_t code)
{
	if (call->has_status)
		return;
	call->is_cancelled = true;
	receive_drop(call);
	call->rx = RX_DONE;
	client_set_status(call, (enum rpc_code)grpc_code_of_h2(code),
			  code == H2_REFUSED_STREAM ? "stream refused, not processed"
						    : "stream reset by the server");
}

void call_gone(struct rpc_call *call, uint32_t code)
{
	struct rpc_conn *conn = call->conn;

	call->is_gone = true;
	call_drop_queue(call);
	if (!conn->is_server) {
		client_gone(call, code);
	} else {
		if (call->tx != TX_ENDED || code != H2_NO_ERROR)
			call->is_cancelled = true;
		receive_drop(call);
	}
	if (call->tx == TX_ENDED && code == H2_NO_ERROR)
		h2_credit_request(conn->h2);
	call->tx = TX_ENDED;
	call_mark(call);
}

/* Messages of which a part may be out cannot be followed by trailers. */
static void server_fail(struct rpc_call *call, enum rpc_code code, const char *message)
{
	struct rpc_status status = {.code = code, .message = message};
	bool is_torn = call->has_sent && call->queue.len != 0;

	call_drop_queue(call);
	if (is_torn || call->tx == TX_ENDED) {
		call->tx = TX_ENDED;
		if (!call->is_gone)
			h2_reset(call->conn->h2, call->id, H2_CANCEL);
		return;
	}
	server_finish(call, &status);
}

void call_fail(struct rpc_call *call, enum rpc_code code, const char *message)
{
	/* A server's call ends with its stream; a client's when its status has been
	 * told, which may wait for messages longer than the stream lives. */
	if (call->is_cancelled || (call->is_gone && call->conn->is_server))
		return;
	call->is_cancelled = true;
	receive_drop(call);
	if (call->conn->is_server) {
		if (call->tx == TX_ENDING) { /* the service's status gives way */
			call->tx = call->has_sent ? TX_ENDED : TX_OPEN;
			call->has_status = false;
		}
		server_fail(call, code, message);
	} else {
		call_drop_queue(call);
		call->rx = RX_DONE;
		call->has_status = false; /* the server's was not read yet */
		client_set_status(call, code, message);
		if (!call->is_gone)
			h2_reset(call->conn->h2, call->id, H2_CANCEL);
		call->tx = TX_ENDED;
	}
	call_mark(call);
}

/* --- for the owner --------------------------------------------------------- */

void rpc_call_set_user(struct rpc_call *call, void *user)
{
	call->user = user;
}

void *rpc_call_user(const struct rpc_call *call)
{
	return call->user;
}

struct rpc_conn *rpc_call_conn(const struct rpc_call *call)
{
	return call->conn;
}

const char *rpc_call_path(const struct rpc_call *call)
{
	return call->path;
}

uint64_t rpc_call_deadline(const struct rpc_call *call)
{
	return call->deadline;
}

void rpc_call_set_deadline(struct rpc_call *call, uint64_t deadline)
{
	call->deadline = deadline;
	if (deadline < call->conn->next_scan)
		call->conn->next_scan = deadline;
}

bool rpc_call_was_compressed(const struct rpc_call *call)
{
	return call->was_compressed;
}
