/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of TLS taken in one rpc_conn_feed: budgets are checked in between, so a
 * 64 KiB read cannot start hundreds of calls in one go. */
#define SLICE 4096

/* --- from h2 to calls ------------------------------------------------------ */

static void *on_block(void *user, int32_t id, void *stream)
{
	struct rpc_conn *conn = user;
	struct rpc_call *call = stream;

	if (call != NULL) {
		call->header_size = 0;
		call->header_fields = 0;
		return call;
	}
	call = call_new(conn);
	if (call == NULL)
		return NULL;
	call->id = id;
	return call;
}

static void on_header(void *stream, const struct h2_header *header)
{
	struct rpc_call *call = stream;

	if (call->conn->is_server)
		server_header(call, header);
	else
		client_header(call, header);
}

static void on_block_end(void *stream, bool is_end)
{
	struct rpc_call *call = stream;

	if (call->conn->is_server)
		server_block_end(call, is_end);
	else
		client_block_end(call, is_end);
}

static void on_data(void *stream, const uint8_t *data, size_t len)
{
	receive_data(stream, data, len);
}

static void on_data_end(void *stream)
{
	receive_end(stream);
}

static size_t on_pull(void *stream, uint8_t *buf, size_t cap, enum h2_pull *ret_pull)
{
	return send_pull(stream, buf, cap, ret_pull);
}

static void on_close(void *stream, uint32_t code)
{
	call_gone(stream, code);
}

/* Failing here means no memory for a frame: the drain then ends by its timer. */
void conn_leave(struct rpc_conn *conn)
{
	conn->phase = RPC_LEAVING;
	(void)!h2_goaway(conn->h2);
	if (conn->handlers->on_drain == NULL)
		return;
	for (struct rpc_call *call = conn->calls; call != NULL; call = call->next) {
		if (!call->is_notified)
			conn->handlers->on_drain(call);
	}
}

static void on_pong(void *user, uint64_t payload)
{
	struct rpc_conn *conn = user;

	if (payload == RPC_PING_KEEPALIVE)
		conn->ping_at = 0;
	if (payload == RPC_PING_DRAIN && conn->phase == RPC_NOTICED)
		conn_leave(conn);
}

static const struct h2_handlers H2_HANDLERS = {
	.on_block = on_block,
	.on_header = on_header,
	.on_block_end = on_block_end,
	.on_data = on_data,
	.on_data_end = on_data_end,
	.on_pull = on_pull,
	.on_close = on_close,
	.on_pong = on_pong,
};

/* --- life ------------------------------------------------------------------ */

int rpc_conn_new(const struct rpc_options *options, uint64_t now, struct rpc_conn **ret,
		 struct pidc_error *err)
{
	struct rpc_conn *conn = calloc(1, sizeof(*conn));
	int rv;

	if (conn == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "connection: out of memory");
	rpc_limits_fill(&conn->limits, options->limits);
	conn->handlers = options->handlers;
	conn->user = options->user;
	conn->is_server = options->is_server;
	conn->now = conn->born = conn->last_input = conn->idle_since = conn->output_at = now;
	conn->next_scan = RPC_NEVER;
	conn->authority = strdup(options->authority == NULL ? "" : options->authority);
	conn->user_agent = strdup(options->user_agent == NULL ? "" : options->user_agent);
	if (conn->authority == NULL || conn->user_agent == NULL) {
		rpc_conn_free(conn);
		return pidc_fail(err, PIDC_ENOMEM, "connection: out of memory");
	}
	rv = tls_new(options->tls, &conn->tls, err);
	/* A client speaks first: its ClientHello is made by the first read. */
	if (rv == 0 && !conn->is_server) {
		uint8_t buf[1];
		size_t n;

		rv = tls_read(conn->tls, buf, sizeof(buf), &n, err);
	}
	if (rv < 0) {
		rpc_conn_free(conn);
		return rv;
	}
	*ret = conn;
	return 0;
}

void rpc_conn_eof(struct rpc_conn *conn)
{
	if (conn->phase == RPC_CLOSED)
		return;
	conn->phase = RPC_CLOSED;
	conn->depth++;
	for (struct rpc_call *call = conn->calls; call != NULL; call = call->next) {
		call_lost(call);
		call->is_gone = true;
	}
	conn_run_pending(conn);
	conn->depth--;
}

void rpc_conn_free(struct rpc_conn *conn)
{
	if (conn == NULL)
		return;
	rpc_conn_eof(conn);
	call_drop_spare(conn);
	h2_free(conn->h2);
	tls_free(conn->tls);
	free(conn->authority);
	free(conn->user_agent);
	free(conn);
}

int conn_fail(struct rpc_conn *conn, int code, struct pidc_error *err, const char *what)
{
	if (conn->failed == 0) {
		conn->failed = code;
		if (what != NULL)
			pidc_fail(&conn->reason, code, "%s", what);
	}
	if (err != NULL)
		*err = conn->reason;
	return conn->failed;
}

void conn_run_pending(struct rpc_conn *conn)
{
	while (conn->pending_head != NULL) {
		struct rpc_call *call = conn->pending_head;

		conn->pending_head = call->next_pending;
		if (conn->pending_head == NULL)
			conn->pending_tail = NULL;
		call->next_pending = NULL;
		call->is_pending = false;
		call_step(call);
	}
}

/* --- bytes in -------------------------------------------------------------- */

int conn_open(struct rpc_conn *conn)
{
	struct h2_options options = {
		.is_server = conn->is_server,
		.max_streams = conn->limits.max_calls,
		.stream_window = (uint32_t)conn->limits.stream_window,
		.conn_window = (uint32_t)conn->limits.conn_window,
		.max_header_list = (uint32_t)conn->limits.max_header_list,
		.min_ping_interval_ms = conn->limits.min_ping_interval_ms,
		.handlers = &H2_HANDLERS,
		.user = conn,
	};
	int rv = h2_new(&options, conn->now, &conn->h2, &conn->reason);

	if (rv < 0)
		return rv;
	conn->phase = RPC_OPEN;
	conn->opened_at = conn->idle_since = conn->now;
	if (conn->handlers->on_open != NULL)
		rv = conn->handlers->on_open(conn, conn->user);
	if (rv >= 0)
		return 0;
	if (rv == PIDC_ELIMIT) {
		pidc_fail(&conn->reason, rv, "too many connections");
		h2_end(conn->h2, H2_ENHANCE_YOUR_CALM, "too many connections");
		return rv;
	}
	pidc_fail(&conn->reason, rv, "peer refused");
	h2_end(conn->h2, H2_INADEQUATE_SECURITY, "peer refused");
	return rv;
}

/* Decrypt and parse everything that TLS has: at most one record more than was
 * fed, since a record is decrypted as a whole. */
static int conn_read(struct rpc_conn *conn)
{
	uint8_t buf[SLICE];
	size_t n;
	int rv;

	do {
		rv = tls_read(conn->tls, buf, sizeof(buf), &n, &conn->reason);
		if (rv == 0 && conn->h2 == NULL && tls_is_open(conn->tls))
			rv = conn_open(conn);
		if (rv == 0 && n > 0 && !conn->is_over)
			rv = h2_recv(conn->h2, buf, n, conn->now, &conn->reason);
	} while (rv == 0 && n > 0);
	return rv;
}

int rpc_conn_feed(struct rpc_conn *conn, const uint8_t *data, size_t len, uint64_t now,
		  size_t *ret_taken, struct pidc_error *err)
{
	size_t n = len < SLICE ? len : SLICE;
	int rv;

	conn->now = now;
	if (conn->failed != 0)
		return conn_fail(conn, conn->failed, err, NULL);
	if (conn->phase == RPC_CLOSED)
		return pidc_fail(err, PIDC_ECLOSED, "connection is closed");
	conn->last_input = now;
	conn->ping_at = 0; /* anything it says shows that it lives */
	if (!conn_has_output(conn))
		conn->output_at = now;
	conn->depth++;
	rv = tls_feed(conn->tls, data, n, &conn->reason);
	if (rv == 0)
		rv = conn_read(conn);
	if (rv == 0 && conn->h2 != NULL && !conn->is_over)
		rv = h2_count_input(conn->h2, n, &conn->reason);
	conn_run_pending(conn);
	conn->depth--;
	if (rv < 0)
		return conn_fail(conn, rv, err, NULL);
	*ret_taken = n;
	return 0;
}

/* --- ending ---------------------------------------------------------------- */

void rpc_conn_drain(struct rpc_conn *conn, uint64_t now)
{
	if (conn->phase == RPC_HANDSHAKE) {
		conn_fail(conn, PIDC_ECLOSED, NULL, "draining");
		return;
	}
	if (conn->phase != RPC_OPEN)
		return;
	conn->now = now;
	conn->drain_at = now;
	if (!conn->is_server) {
		conn->phase = RPC_LEAVING;
		return;
	}
	conn->phase = RPC_NOTICED;
	/* Without memory for these the timer still does the second step. */
	(void)!h2_notice(conn->h2);
	(void)!h2_ping(conn->h2, RPC_PING_DRAIN);
}

void rpc_conn_terminate(struct rpc_conn *conn, uint32_t h2_error, const char *debug)
{
	conn->is_over = true;
	if (conn->h2 == NULL) {
		conn_fail(conn, PIDC_ECLOSED, NULL, "terminated");
		return;
	}
	h2_end(conn->h2, h2_error, debug);
	/* The calls' owners hear of it in the next feed or tick; the memory of the
	 * calls stays as long as nghttp2 has their streams. */
	for (struct rpc_call *call = conn->calls; call != NULL; call = call->next)
		call_lost(call);
}

const struct tls_peer *rpc_conn_peer(const struct rpc_conn *conn)
{
	return tls_get_peer(conn->tls);
}

bool rpc_conn_is_open(const struct rpc_conn *conn)
{
	return conn->h2 != NULL && conn->phase != RPC_CLOSED && conn->failed == 0 && !conn->is_over;
}

uint32_t rpc_conn_call_count(const struct rpc_conn *conn)
{
	return conn->call_count;
}

void *rpc_conn_user(const struct rpc_conn *conn)
{
	return conn->user;
}
