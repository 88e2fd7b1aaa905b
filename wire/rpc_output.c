/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

/* Frames collected for one TLS write: many small answers, few records. */
#define COLLECT 49152
/* What nghttp2 returns at once: a frame of 16 KiB and its header. */
#define MAX_PIECE (16384 + 9)

bool conn_has_output(const struct rpc_conn *conn)
{
	const uint8_t *data;
	size_t len;

	tls_output(conn->tls, &data, &len);
	return len != 0;
}

bool conn_has_news(const struct rpc_conn *conn)
{
	return conn->failed == 0 && conn->h2 != NULL && h2_failure(conn->h2, NULL) != 0;
}

bool rpc_conn_wants_read(const struct rpc_conn *conn)
{
	const uint8_t *data;
	size_t len;

	if (conn->failed != 0 || conn->phase == RPC_CLOSED)
		return false;
	tls_output(conn->tls, &data, &len);
	return len < conn->limits.max_output;
}

/* Fill buf with frames. *ret_len is less than what fits only when there are no
 * more. A piece that is larger than the room left is impossible: room for one
 * is kept. */
static int collect(struct rpc_conn *conn, uint8_t *buf, size_t cap, size_t *ret_len, bool *ret_more)
{
	size_t n = 0;

	*ret_more = true;
	while (cap - n >= MAX_PIECE) {
		const uint8_t *piece;
		size_t len;
		int rv = h2_send(conn->h2, conn->now, &piece, &len, &conn->reason);

		if (rv < 0) {
			*ret_len = n;
			return rv;
		}
		if (len == 0) {
			*ret_more = false;
			break;
		}
		if (len > cap - n)
			return pidc_fail(&conn->reason, PIDC_EPROTO, "HTTP/2: frame too large");
		memcpy(buf + n, piece, len);
		n += len;
	}
	*ret_len = n;
	return 0;
}

static int conn_pull(struct rpc_conn *conn)
{
	uint8_t buf[COLLECT];
	const uint8_t *data;
	size_t waiting;
	bool has_more = true;

	tls_output(conn->tls, &data, &waiting);
	while (has_more && waiting < conn->limits.max_output) {
		size_t n = 0;
		int rv = collect(conn, buf, sizeof(buf), &n, &has_more);
		int written = tls_write(conn->tls, buf, n, &conn->reason);

		if (rv < 0 || written < 0)
			return rv < 0 ? rv : written;
		tls_output(conn->tls, &data, &waiting);
	}
	return 0;
}

/* A client has no last request of its peer to wait for: it leaves when its own
 * calls are done. */
static void client_leave(struct rpc_conn *conn)
{
	if (!conn->is_server && conn->phase == RPC_LEAVING && conn->call_count == 0)
		h2_end(conn->h2, H2_NO_ERROR, NULL);
}

int rpc_conn_output(struct rpc_conn *conn, uint64_t now, const uint8_t **ret_data, size_t *ret_len,
		    struct pidc_error *err)
{
	int rv = 0;
	size_t before;

	conn->now = now;
	tls_output(conn->tls, ret_data, &before);
	if (conn->h2 != NULL && conn->phase != RPC_CLOSED && tls_is_open(conn->tls)) {
		conn->depth++;
		client_leave(conn);
		rv = conn_pull(conn);
		if (h2_is_over(conn->h2) && !conn->is_shut) {
			conn->is_shut = true;
			tls_shutdown(conn->tls);
		}
		conn->depth--;
	}
	tls_output(conn->tls, ret_data, ret_len);
	if (before == 0)
		conn->output_at = now;
	return rv < 0 ? conn_fail(conn, rv, err, NULL) : 0;
}

void rpc_conn_output_drop(struct rpc_conn *conn, size_t n, uint64_t now)
{
	if (n != 0)
		conn->output_at = now;
	tls_output_drop(conn->tls, n);
}

bool rpc_conn_is_done(const struct rpc_conn *conn)
{
	if (conn->phase == RPC_CLOSED)
		return true;
	if (conn_has_output(conn) || conn_has_news(conn))
		return false;
	if (conn->h2 != NULL && tls_is_open(conn->tls))
		return h2_is_over(conn->h2);
	return conn->failed != 0;
}
