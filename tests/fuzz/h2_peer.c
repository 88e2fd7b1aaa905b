/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/h2_peer.h"

struct tls_context *shared_context(bool is_server)
{
	static struct tls_context *context;

	if (context == NULL) {
		wire_certs_open();
		context = wire_context_new(is_server);
		wire_certs_close();
	}
	return context;
}

void drain_output(struct rpc_conn *conn)
{
	const uint8_t *piece;
	size_t len;

	while (h2_send(conn->h2, conn->now, &piece, &len, NULL) == 0 && len != 0) {
	}
}

int from_peer(struct rpc_conn *conn, const uint8_t *data, size_t len)
{
	int rv;

	conn->depth++;
	rv = h2_recv(conn->h2, data, len, conn->now, NULL);
	conn_run_pending(conn);
	drain_output(conn);
	conn_run_pending(conn);
	conn->depth--;
	return rv;
}
