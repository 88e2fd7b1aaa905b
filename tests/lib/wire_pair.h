/* SPDX-License-Identifier: ISC
 *
 * A gRPC client and a server in one process, joined by memory: bytes move in
 * random slices (seeded), time moves when the test says so. Also one end of a
 * pair that is not ours: TLS with frames written by hand.
 */
#pragma once

#include "wire/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Certificates for all pairs of a program: call once before, once after. */
void wire_certs_open(void);
void wire_certs_close(void);
struct tls_context *wire_context_new(bool is_server);

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

/* --- a client of raw frames -------------------------------------------------- */

struct wire_raw {
	struct rpc_conn *server;
	struct tls *tls;
	int result; /* first negative result of the server */
	struct pidc_error error;
	uint64_t now;
	uint8_t *got; /* plain bytes from the server */
	size_t got_len;
	bool is_deaf; /* takes nothing that the server sends */
};

void wire_raw_open(struct wire_raw *raw, const struct rpc_handlers *handlers,
		   const struct rpc_limits *limits, void *user);
void wire_raw_close(struct wire_raw *raw);
/* Send bytes as they are, then move everything. */
void wire_raw_send(struct wire_raw *raw, const void *data, size_t len);
void wire_raw_frame(struct wire_raw *raw, uint8_t type, uint8_t flags, uint32_t id,
		    const void *payload, size_t len);
/* Preface and an empty SETTINGS, and the ack of the server's. */
void wire_raw_greet(struct wire_raw *raw);
/* HEADERS of POST path with content-type application/grpc; extra is HPACK. */
void wire_raw_request(struct wire_raw *raw, uint32_t id, const char *path, uint8_t flags,
		      const void *extra, size_t extra_len);
/* One literal header field without indexing, appended to buf; returns its length. */
size_t wire_hpack(uint8_t *buf, const char *name, const char *value);
void wire_raw_run(struct wire_raw *raw);

/* The n-th (from 0) frame of this type that the server sent: payload and length,
 * NULL when there is none. */
const uint8_t *wire_raw_find(const struct wire_raw *raw, uint8_t type, size_t n, uint32_t *ret_id,
			     size_t *ret_len, uint8_t *ret_flags);
size_t wire_raw_count(const struct wire_raw *raw, uint8_t type);
/* Error code and debug text of the first GOAWAY with a code, or -1. */
int64_t wire_raw_goaway(const struct wire_raw *raw, char debug[128]);
/* Error code of the RST_STREAM of stream id, or -1. */
int64_t wire_raw_reset_code(const struct wire_raw *raw, uint32_t id);

enum wire_frame {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_PRIORITY = 2,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW_UPDATE = 8,
	FRAME_CONTINUATION = 9,
};
#define FLAG_END_STREAM  0x1
#define FLAG_ACK         0x1
#define FLAG_END_HEADERS 0x4
