/* SPDX-License-Identifier: ISC
 *
 * One connection (conn.c, accept.c): a TCP socket, the rpc_conn that makes calls of its bytes, one
 * timer for all that rpc_conn has to do later. Private to listener, conn and
 * call. Loop thread only.
 *
 * Ends: OPEN -> (failed or done: output is tried) -> LINGERING -> CLOSED. An
 * alert or GOAWAY that was just sent would be lost if the socket were closed
 * over unread input, so a lingering connection throws input away for a moment.
 */
#pragma once

#include "daemon/listener.h"

#include <stdbool.h>

#define CONN_LINGER_MS 1000 /* one round trip over a satellite, and some */

/* A connection is drained after a day, so that clients find new instances and
 * keys; not all that came at once (after a restart) at once: over two hours. */
#define CONN_AGE_MS      86400000
#define CONN_AGE_STEPS   120
#define CONN_AGE_STEP_MS 60000

#define CONN_SOURCE_LEN 8 /* of an IPv6 address: what one subscriber has */
#define REFUSAL_LOG_MS  1000

enum conn_state { CONN_OPEN, CONN_LINGERING, CONN_CLOSED };

struct conn {
	struct listener *listener;
	struct conn *next, *prev;
	struct conn *dirty_next;
	uint64_t id;
	uint64_t calls; /* so far; numbers the calls in the log */
	struct rpc_conn *rpc;
	enum conn_state state;
	bool is_dirty;
	bool is_failed; /* close once the output is tried */
	bool is_reading;
	bool is_writing;
	bool is_eof;
	bool is_greeting; /* not through its handshake */
	uint8_t source[CONN_SOURCE_LEN];
	size_t held; /* what of its requests is in the budget */
	uint64_t timer_at;
	char *tail; /* input that rpc_conn did not want yet */
	size_t tail_len;
	char *write_buf;
	size_t write_len, write_cap;
	uv_write_t write;
	uv_shutdown_t shutdown;
	uv_tcp_t tcp;
	uv_timer_t timer;
	unsigned handles;
	char reason[256]; /* of the end, for the log */
};

struct listener {
	struct listener_options options;
	struct rpc_limits rpc_limits;
	uv_tcp_t *sockets[LISTENER_SOCKETS_MAX];
	size_t socket_count;
	struct conn *conns;
	unsigned count;
	unsigned greeting;
	uint64_t refused, refused_at; /* since when, for the log */
	uint64_t last_id;
	struct conn *dirty;
	uv_check_t check;
	uv_prepare_t prepare;
	uv_idle_t idle; /* keeps the loop from sleeping while something is dirty */
	uv_timer_t empty_timer;
	unsigned handles;
	bool is_draining, is_closing;
	void (*on_empty)(void *user);
	void *empty_user;
	void (*closed)(void *user);
	void *closed_user;
	char read_buf[LISTENER_READ_SIZE];
};

/* Of an open connection with a certificate: its key; else NULL. */
const uint8_t *conn_key(const struct conn *conn);

/* The handshake is done; false: there are too many with this certificate. */
bool conn_admit_peer(struct conn *conn, const struct tls_peer *peer);

/* Accept from server. Errors are logged, there is nobody to tell. */
void conn_accept(struct listener *listener, uv_stream_t *server);

/* There may be output, a new timer or an end: flush it in this turn of the loop. */
void conn_mark(struct conn *conn);

/* What conn_mark asked for. */
void conn_flush(struct conn *conn);

/* Begin the two-step drain. */
void conn_drain(struct conn *conn);

/* Close now; calls are closed as cancelled. Not from inside a handler. */
void conn_close(struct conn *conn);

/* Called by conn when its last handle is closed. */
void listener_forget(struct listener *listener, struct conn *conn);
