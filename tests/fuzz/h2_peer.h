/* SPDX-License-Identifier: ISC
 *
 * What the fuzz targets of both sides of an HTTP/2 session do alike: bytes go past
 * TLS straight into the session, and what it answers is thrown away.
 */
#pragma once

#include "tests/lib/wire_pair.h"
#include "wire/rpc_internal.h"

/* Made at the first call, used by all inputs. */
struct tls_context *shared_context(bool is_server);

void drain_output(struct rpc_conn *conn);

/* What h2_recv says to these bytes, after all that follows from them. */
int from_peer(struct rpc_conn *conn, const uint8_t *data, size_t len);
