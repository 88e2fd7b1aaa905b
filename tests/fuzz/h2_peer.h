/* SPDX-License-Identifier: ISC
 *
 * What the fuzz targets of both sides of an HTTP/2 session do alike: bytes go past
 * TLS straight into the session, and what it answers is thrown away.
 */
#pragma once

#include "tests/lib/wire_pair.h"
#include "wire/rpc_internal.h"

/* Made at the first call, used by all inputs. */
static struct tls_context *shared_context(bool is_server)
{
	static struct tls_context *context;

	if (context == NULL) {
		wire_certs_open();
		context = wire_context_new(is_server);
		wire_certs_close();
	}
	return context;
}

static void drain_output(struct rpc_conn *conn)
{
	const uint8_t *piece;
	size_t len;

	while (h2_send(conn->h2, conn->now, &piece, &len, NULL) == 0 && len != 0) {
	}
}

static int from_peer(struct rpc_conn *conn, const uint8_t *data, size_t len)
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
