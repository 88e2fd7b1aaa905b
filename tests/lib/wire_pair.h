/* SPDX-License-Identifier: ISC
 *
 * A gRPC client and a server in one process, joined by memory: bytes move in
 * random slices (seeded), time moves when the test says so.
 */
#pragma once

#include "tests/lib/cert.h"
#include "wire/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Certificates for all pairs of a program: call once before, once after. */
void wire_certs_open(void);
void wire_certs_close(void);
/* NAME.crt and NAME.key of the same authority, beside client, server and ca.crt. */
void wire_certs_add(const char *name, const struct cert_spec *spec);
/* Path of one of these files, e.g. "client.key"; valid as that of cert_path. */
const char *wire_certs_path(const char *file);
struct tls_context *wire_context_new(bool is_server);
/* NULL where the other fails the test. */
struct tls_context *wire_context_try(bool is_server);

/* One end; fails the test if it cannot be made. */
struct rpc_conn *wire_conn_new(bool is_server, const struct rpc_handlers *handlers,
			       const struct rpc_limits *limits, void *user, uint64_t now);

#define WIRE_AGENT "spiffe://pidc.int/member/fj/agent/suva-1"

struct wire_pair {
	struct rpc_conn *ends[2]; /* 0 the server, 1 the client */
	int results[2];           /* first negative result of each end */
	struct pidc_error errors[2];
	bool is_cut[2]; /* bytes from this end are held back */
	uint64_t now;
	unsigned seed;
	size_t max_slice; /* bytes moved at once, 1..max_slice */
	uint64_t moved[2];
};

#define WIRE_SERVER 0
#define WIRE_CLIENT 1

struct wire_pair_options {
	const struct rpc_handlers *handlers[2];
	const struct rpc_limits *limits[2];
	void *users[2];
	unsigned seed;
	size_t max_slice; /* 0: 5000 */
};

/* Both ends, handshake done. */
void wire_pair_open(struct wire_pair *pair, const struct wire_pair_options *options);
void wire_pair_close(struct wire_pair *pair);

/* Move bytes and run what is due until nothing moves. */
void wire_pair_run(struct wire_pair *pair);
/* Let ms pass, one due tick after the other, moving bytes in between. */
void wire_pair_pass(struct wire_pair *pair, uint64_t ms);
