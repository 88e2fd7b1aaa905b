/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

/* The PING of a drain is answered within a round trip; a satellite and a lost
 * packet need this long. */
#define DRAIN_NOTICE_MS 5000
/* Longer than the pauses of a busy client, shorter than anybody counts. */
#define TRIM_AFTER_MS 1000

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_established(const struct rpc_conn *conn)
{
	return conn->h2 != NULL && h2_is_established(conn->h2);
}

/* --- calls ----------------------------------------------------------------- */

/* When the peer's silence on this call becomes a fault. A request that has not
 * come and a message that stopped half-way; a stream between two messages may
 * be as quiet as it likes. */
static uint64_t rx_due(const struct rpc_call *call)
{
	bool is_waited_for = grpc_deframer_pending(&call->deframer) != 0 ||
			     (call->conn->is_server && !call->has_message && call->tx == TX_NONE);

	if (call->is_deaf || call->is_paused || call->rx >= RX_ENDED || !is_waited_for)
		return RPC_NEVER;
	return call->rx_at + call->conn->limits.stall_ms;
}

static uint64_t tx_due(const struct rpc_call *call)
{
	return call->queue.len == 0 ? RPC_NEVER : call->tx_at + call->conn->limits.stall_ms;
}

/* Fails the call if something of it is due; else says when that will be. */
static uint64_t call_tick(struct rpc_call *call)
{
	uint64_t now = call->conn->now;

	if (call->is_gone || call->is_cancelled ||
	    (call->conn->is_server && (call->tx == TX_ENDED || call->is_notified)))
		return RPC_NEVER;
	if (call->deadline <= now)
		call_fail(call, RPC_DEADLINE_EXCEEDED, "deadline exceeded");
	else if (tx_due(call) <= now)
		call_fail(call, RPC_UNAVAILABLE, "peer does not read");
	else if (rx_due(call) <= now)
		call_fail(call, RPC_DEADLINE_EXCEEDED, "peer does not send");
	else
		return earlier(call->deadline, earlier(tx_due(call), rx_due(call)));
	return RPC_NEVER;
}

/* A quiet moment (rx_due) may begin without a word from a handler; so a scan
 * comes at least once in stall_ms while there are calls. */
static void scan_calls(struct rpc_conn *conn)
{
	uint64_t due = conn->calls == NULL ? RPC_NEVER : conn->now + conn->limits.stall_ms;

	conn->next_scan = RPC_NEVER;
	for (struct rpc_call *call = conn->calls; call != NULL; call = call->next)
		due = earlier(due, call_tick(call));
	conn->next_scan = earlier(conn->next_scan, due);
}

/* --- connection ------------------------------------------------------------ */

static const char *conn_overdue(struct rpc_conn *conn)
{
	const struct rpc_limits *limits = &conn->limits;
	uint64_t now = conn->now;

	if (!is_established(conn))
		return now >= conn->born + limits->handshake_ms ? "handshake takes too long" : NULL;
	if (!h2_is_acknowledged(conn->h2) && now >= conn->opened_at + limits->settings_ack_ms) {
		h2_end(conn->h2, H2_SETTINGS_TIMEOUT, NULL);
		return "SETTINGS are not acknowledged";
	}
	if (conn_has_output(conn) && now >= conn->output_at + limits->stall_ms)
		return "peer does not read";
	if (conn->ping_at != 0 && now >= conn->ping_at + limits->keepalive_timeout_ms)
		return "keepalive is not answered";
	return NULL;
}

static void keep_alive(struct rpc_conn *conn)
{
	if (conn->ping_at != 0 || conn->now < conn->last_input + conn->limits.keepalive_idle_ms)
		return;
	conn->ping_at = conn->now;
	if (h2_ping(conn->h2, RPC_PING_KEEPALIVE) < 0)
		conn->ping_at = 0; /* without memory it is tried again */
}

static bool is_idle_too_long(const struct rpc_conn *conn)
{
	return conn->limits.max_idle_ms != 0 && conn->call_count == 0 &&
	       conn->now >= conn->idle_since + conn->limits.max_idle_ms;
}

/* Idle connections are many: what a busy one keeps for reuse goes soon. */
static uint64_t trim_due(const struct rpc_conn *conn)
{
	if (conn->spare == NULL || conn->call_count != 0)
		return RPC_NEVER;
	return conn->idle_since + TRIM_AFTER_MS;
}

static void conn_progress(struct rpc_conn *conn)
{
	if (trim_due(conn) <= conn->now) {
		call_drop_spare(conn);
		h2_trim(conn->h2);
	}
	keep_alive(conn);
	if (is_idle_too_long(conn) || conn->now >= conn->opened_at + conn->limits.max_age_ms)
		rpc_conn_drain(conn, conn->now);
	if (conn->phase == RPC_NOTICED && conn->now >= conn->drain_at + DRAIN_NOTICE_MS)
		conn_leave(conn);
}

int rpc_conn_tick(struct rpc_conn *conn, uint64_t now, struct pidc_error *err)
{
	const char *overdue;

	conn->now = now;
	if (conn->phase == RPC_CLOSED)
		return 0;
	conn->depth++;
	if (conn->failed == 0) {
		overdue = conn_overdue(conn);
		if (conn_has_news(conn))
			conn_fail(conn, h2_failure(conn->h2, &conn->reason), NULL, NULL);
		else if (overdue != NULL)
			conn_fail(conn, PIDC_EDEADLINE, NULL, overdue);
		else if (is_established(conn))
			conn_progress(conn);
		if (now >= conn->next_scan)
			scan_calls(conn);
	}
	conn_run_pending(conn);
	conn->depth--;
	return conn->failed == 0 ? 0 : conn_fail(conn, conn->failed, err, NULL);
}

static uint64_t open_due(const struct rpc_conn *conn)
{
	const struct rpc_limits *limits = &conn->limits;
	uint64_t due = trim_due(conn);

	if (conn->phase == RPC_OPEN)
		due = earlier(due, conn->opened_at + limits->max_age_ms);
	if (!h2_is_acknowledged(conn->h2))
		due = earlier(due, conn->opened_at + limits->settings_ack_ms);
	if (conn->ping_at != 0)
		due = earlier(due, conn->ping_at + limits->keepalive_timeout_ms);
	else
		due = earlier(due, conn->last_input + limits->keepalive_idle_ms);
	if (conn->phase == RPC_OPEN && limits->max_idle_ms != 0 && conn->call_count == 0)
		due = earlier(due, conn->idle_since + limits->max_idle_ms);
	if (conn->phase == RPC_NOTICED)
		due = earlier(due, conn->drain_at + DRAIN_NOTICE_MS);
	return due;
}

uint64_t rpc_conn_next_tick(const struct rpc_conn *conn)
{
	uint64_t due = conn->next_scan;

	if (conn->phase == RPC_CLOSED)
		return RPC_NEVER;
	if (conn->pending_head != NULL || conn_has_news(conn))
		return conn->now;
	if (conn->failed != 0)
		return RPC_NEVER;
	if (conn_has_output(conn))
		due = earlier(due, conn->output_at + conn->limits.stall_ms);
	if (is_established(conn))
		return earlier(due, open_due(conn));
	return earlier(due, conn->born + conn->limits.handshake_ms);
}
