/* SPDX-License-Identifier: ISC
 *
 * Windows. A stream's window is given back as soon as its bytes are taken, so
 * that a message larger than the window can come; the connection's window for
 * what is above FREE_PARTIAL only when the message is complete: so it bounds
 * what one peer can make us hold. nghttp2 announces what is given back when it
 * is half a window. So if incomplete messages hold nearly the other half, the
 * peer may never be able to complete one: then the newest is refused.
 */
#include "wire/gzip.h"
#include "wire/rpc_internal.h"

/* Of an incomplete message this much does not count, so that calls of ordinary
 * size never get in each other's way; costs max_calls times as much memory. */
#define FREE_PARTIAL 32768

static void fail_receive(struct rpc_call *call, int error)
{
	switch (error) {
	case PIDC_ELIMIT:
		call_fail(call, RPC_RESOURCE_EXHAUSTED, "message is larger than the limit");
		break;
	case PIDC_ENOMEM:
		call_fail(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		break;
	default:
		call_fail(call, RPC_INTERNAL, "malformed message framing");
		break;
	}
}

static void fail_inflate(struct rpc_call *call, int error)
{
	if (error == PIDC_EPROTO)
		call_fail(call, RPC_INTERNAL, "compressed message is corrupt");
	else
		fail_receive(call, error);
}

/* --- windows --------------------------------------------------------------- */

static size_t to_keep(const struct rpc_call *call)
{
	size_t pending = grpc_deframer_pending(&call->deframer);

	return call->held.len + (pending > FREE_PARTIAL ? pending - FREE_PARTIAL : 0);
}

static void release(struct rpc_call *call, size_t keep)
{
	struct rpc_conn *conn = call->conn;
	size_t n = call->unconsumed - keep;

	call->unconsumed = keep;
	conn->held -= n;
	if (n != 0)
		h2_consume_conn(conn->h2, n);
}

void receive_drop(struct rpc_call *call)
{
	size_t held = call->held.len;

	call->is_deaf = true;
	if (call->unconsumed == 0 && held == 0 && call->deframer.body.cap == 0)
		return;
	if (!call->is_delivering) /* else a handler still reads its message */
		grpc_deframer_close(&call->deframer);
	bytes_close(&call->held);
	if (!call->is_gone && held != 0)
		h2_consume_stream(call->conn->h2, call->id, held);
	release(call, 0);
}

/* The newest call with a message that is not complete, NULL when there is none;
 * *ret_partial: how much all of them hold. */
static struct rpc_call *newest_partial(struct rpc_conn *conn, size_t *ret_partial)
{
	struct rpc_call *newest = NULL;
	size_t partial = 0;

	for (struct rpc_call *call = conn->calls; call != NULL; call = call->next) {
		size_t n = call->is_paused ? 0 : call->unconsumed;

		partial += n;
		if (n != 0 && (newest == NULL || call->id > newest->id))
			newest = call;
	}
	*ret_partial = partial;
	return newest;
}

static void shed(struct rpc_conn *conn)
{
	size_t max = conn->limits.conn_window / 8 * 3;
	struct rpc_call *newest;
	size_t partial;

	if (conn->held <= max)
		return;
	newest = newest_partial(conn, &partial);
	if (newest != NULL && partial > max)
		call_fail(newest, RPC_RESOURCE_EXHAUSTED,
			  "too many large messages at the same time on this connection");
}

size_t rpc_conn_held(const struct rpc_conn *conn)
{
	return conn->held;
}

void rpc_conn_shed(struct rpc_conn *conn, const char *message)
{
	size_t partial;
	struct rpc_call *newest = newest_partial(conn, &partial);

	if (newest != NULL)
		call_fail(newest, RPC_RESOURCE_EXHAUSTED, message);
}

/* --- messages -------------------------------------------------------------- */

static void tell_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	const struct rpc_handlers *handlers = call->conn->handlers;

	if (handlers->on_message == NULL)
		return;
	call->is_delivering = true;
	handlers->on_message(call, data, len);
	call->is_delivering = false;
}

static void deliver(struct rpc_call *call, const struct grpc_message *message)
{
	struct rpc_conn *conn = call->conn;
	struct bytes plain = {0};
	int rv;

	call->has_message = true;
	call->was_compressed = message->is_compressed;
	h2_credit_message(conn->h2);
	if (!message->is_compressed) {
		tell_message(call, message->data, message->len);
		return;
	}
	if (!call->body_gzip) {
		call_fail(call, RPC_INTERNAL, "compressed message without grpc-encoding");
		return;
	}
	rv = gzip_inflate(message->data, message->len, conn->limits.max_message, &plain);
	if (rv < 0)
		fail_inflate(call, rv);
	else
		tell_message(call, bytes_head(&plain), plain.len);
	bytes_close(&plain);
}

/* Take messages out of data until it is empty or the call is paused. */
static void take(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct rpc_conn *conn = call->conn;
	size_t all = len;

	while (len > 0 && !call->is_paused && !call->is_deaf) {
		struct grpc_message message;
		int rv = grpc_deframer_next(&call->deframer, &data, &len, &message);

		if (rv < 0)
			fail_receive(call, rv);
		if (rv == 1)
			deliver(call, &message);
	}
	if (call->is_deaf)
		grpc_deframer_close(&call->deframer);
	if (!call->is_deaf && len > 0 && bytes_append(&call->held, data, len) < 0)
		fail_receive(call, PIDC_ENOMEM);
	if (call->is_deaf) {
		h2_consume_stream(conn->h2, call->id, all);
		return; /* receive_drop has released the rest */
	}
	h2_consume_stream(conn->h2, call->id, all - len);
	release(call, to_keep(call));
}

void receive_data(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct rpc_conn *conn = call->conn;

	if (call->is_deaf) {
		h2_consume_stream(conn->h2, call->id, len);
		h2_consume_conn(conn->h2, len);
		return;
	}
	call->rx_at = conn->now;
	call->unconsumed += len;
	conn->held += len;
	if (!call->is_paused && call->held.len == 0) {
		take(call, data, len);
		shed(conn);
	} else if (bytes_append(&call->held, data, len) < 0) {
		h2_consume_stream(conn->h2, call->id, len);
		fail_receive(call, PIDC_ENOMEM);
	}
}

static void take_held(struct rpc_call *call)
{
	struct bytes held = call->held;

	if (held.len == 0)
		return;
	call->held = (struct bytes){0};
	take(call, bytes_head(&held), held.len);
	bytes_close(&held);
}

static void tell_end(struct rpc_call *call)
{
	const struct rpc_handlers *handlers = call->conn->handlers;

	if (grpc_deframer_pending(&call->deframer) != 0) {
		call->has_status = false; /* an OK of the server's would be a lie */
		call_fail(call, RPC_INTERNAL, "stream ended inside a message");
		return;
	}
	call->rx = RX_DONE;
	if (call->conn->is_server && handlers->on_half_close != NULL)
		handlers->on_half_close(call);
}

void receive_step(struct rpc_call *call)
{
	if (call->is_deaf || call->is_paused)
		return;
	take_held(call);
	if (call->rx == RX_ENDED && !call->is_paused && !call->is_deaf)
		tell_end(call);
}

void receive_end(struct rpc_call *call)
{
	if (call->rx >= RX_ENDED)
		return;
	call->rx = RX_ENDED;
	if (!call->conn->is_server) {
		if (!call->has_status)
			client_set_status(call, RPC_UNKNOWN, "server sent no grpc-status");
		call_mark(call); /* its status is told by client_step */
		return;
	}
	receive_step(call);
}

/* --- pause ----------------------------------------------------------------- */

void rpc_call_pause(struct rpc_call *call)
{
	call->is_paused = true;
}

void rpc_call_resume(struct rpc_call *call)
{
	struct rpc_conn *conn = call->conn;

	if (!call->is_paused)
		return;
	call->is_paused = false;
	call->rx_at = conn->now; /* the silence was ours */
	call_mark(call);
	if (conn->depth != 0)
		return;
	conn->depth++;
	conn_run_pending(conn);
	conn->depth--;
}
