/* SPDX-License-Identifier: ISC
 *
 * A peer that is not ours, for the other's bad days: real TLS, frames written by
 * hand. Everything that the end under test says is kept and can be looked up.
 */
#pragma once

#include "tests/lib/wire_pair.h"

struct wire_raw {
	struct rpc_conn *conn; /* the one under test */
	struct tls *tls;
	int result; /* first negative result of conn */
	struct pidc_error error;
	uint64_t now;
	uint8_t *got; /* plain bytes from conn */
	size_t got_len;
	bool is_deaf; /* takes nothing that conn sends */
};

void wire_raw_open(struct wire_raw *raw, const struct rpc_handlers *handlers,
		   const struct rpc_limits *limits, void *user);
/* The other way round: a server of raw frames for a client of ours. */
void wire_raw_serve(struct wire_raw *raw, const struct rpc_handlers *handlers, void *user);
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

/* What the server has answered on a stream so far. */
struct wire_answer {
	int http_status;
	char grpc_status[8]; /* "" when there is none */
	char grpc_message[256];
	char accept_encoding[64];
	bool is_ended;
};
void wire_raw_answer(const struct wire_raw *raw, uint32_t id, struct wire_answer *ret);

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
