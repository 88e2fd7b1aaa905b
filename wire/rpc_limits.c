/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

static const struct rpc_limits DEFAULTS = {
	/* Above what stock clients keep in flight, below what would let one
	 * connection fill the lanes. */
	.max_calls = 128,
	/* An agent sends under 1 KiB; the gRPC rules suggest 8 KiB. */
	.max_header_list = 16384,
	.max_header_fields = 100,
	/* Large content comes in parts; the largest single message is a part. */
	.max_message = 1048576,
	/* One message in flight while the window travels (600 ms round trip). */
	.stream_window = 1048576,
	/* 50 Mbit/s times 0.6 s; and the most that one peer can make us hold. */
	.conn_window = 4194304,
	/* A few round trips of a fast peer; a slow one must not pile up more. */
	.max_output = 262144,
	/* What a peer that does not read can make us queue in answers. */
	.max_queued = 4194304,
	/* Three round trips of a satellite with losses. */
	.handshake_ms = 15000,
	.settings_ack_ms = 30000,
	/* A peer that is alive moves at least a byte a minute. */
	.stall_ms = 60000,
	/* No client waits longer; a statement must end some day. */
	.call_max_ms = 300000,
	/* Shorter than the NAT timeouts that agencies report. */
	.keepalive_idle_ms = 60000,
	.keepalive_timeout_ms = 20000,
	/* Stock clients may be set to ping as often as this, not more. */
	.min_ping_interval_ms = 10000,
	.max_idle_ms = 0,
	/* A day: HTTP/2 cannot authenticate again inside a connection. */
	.max_age_ms = 86400000,
};

#define FILL(field)                                     \
	do {                                            \
		if (limits->field == 0)                 \
			limits->field = DEFAULTS.field; \
	} while (0)

void rpc_limits_fill(struct rpc_limits *limits, const struct rpc_limits *given)
{
	*limits = given == NULL ? DEFAULTS : *given;
	FILL(max_calls);
	FILL(max_header_list);
	FILL(max_header_fields);
	FILL(max_message);
	FILL(stream_window);
	FILL(conn_window);
	FILL(max_output);
	FILL(max_queued);
	FILL(handshake_ms);
	FILL(settings_ack_ms);
	FILL(stall_ms);
	FILL(call_max_ms);
	FILL(keepalive_idle_ms);
	FILL(keepalive_timeout_ms);
	FILL(min_ping_interval_ms);
	FILL(max_age_ms);
	/* One message of full size must always get through (see rpc_receive.c). */
	if (limits->conn_window / 3 < limits->max_message)
		limits->conn_window = 3 * limits->max_message;
	/* HTTP/2 windows end at 2^31-1. */
	if (limits->stream_window > INT32_MAX)
		limits->stream_window = INT32_MAX;
	if (limits->conn_window > INT32_MAX)
		limits->conn_window = INT32_MAX;
}
