/* SPDX-License-Identifier: ISC
 *
 * HTTP/2 by nghttp2, narrowed to what gRPC needs, with the defences that
 * nghttp2 leaves to its user: a budget of frames, one of resets that peers
 * provoke, one of bytes without use, and strikes for pings. Only the h2*.c files
 * see nghttp2, by h2_internal.h.
 *
 * Sans-I/O. Handlers run inside h2_recv (all) and h2_send (on_pull, on_close);
 * inside them it is allowed to submit, consume, reset and resume, not to call
 * h2_recv, h2_send or h2_free. One thread.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h2;

enum h2_code { /* RFC 9113, section 7 */
	       H2_NO_ERROR = 0x0,
	       H2_PROTOCOL_ERROR = 0x1,
	       H2_INTERNAL_ERROR = 0x2,
	       H2_SETTINGS_TIMEOUT = 0x4,
	       H2_REFUSED_STREAM = 0x7,
	       H2_CANCEL = 0x8,
	       H2_ENHANCE_YOUR_CALM = 0xb,
	       H2_INADEQUATE_SECURITY = 0xc,
};

struct h2_header {
	const char *name;
	size_t name_len;
	const uint8_t *value;
	size_t value_len;
	bool is_volatile; /* differs in every call: keep it out of HPACK's table */
};

/* What on_pull found. */
enum h2_pull {
	H2_PULL_MORE,     /* bytes, and more may follow */
	H2_PULL_WAIT,     /* nothing now; h2_resume will tell */
	H2_PULL_END,      /* these were the last bytes: END_STREAM */
	H2_PULL_TRAILERS, /* the last bytes; trailers were submitted */
	H2_PULL_FAIL,     /* reset this stream with INTERNAL_ERROR */
};

struct h2_handlers {
	/* A header block begins. stream is NULL for a new one (server): return
	 * what is kept with it, NULL to refuse it. Else return stream. */
	void *(*on_block)(void *user, int32_t id, void *stream);
	void (*on_header)(void *stream, const struct h2_header *header);
	void (*on_block_end)(void *stream, bool is_end);
	/* Bytes of the body; consume them with h2_consume_*. */
	void (*on_data)(void *stream, const uint8_t *data, size_t len);
	void (*on_data_end)(void *stream);
	/* Up to cap bytes of body into buf. */
	size_t (*on_pull)(void *stream, uint8_t *buf, size_t cap, enum h2_pull *ret_pull);
	/* The stream is gone; its pointer is not used again. Not called by h2_free. */
	void (*on_close)(void *stream, uint32_t code);
	/* An answer to h2_ping with the same payload. */
	void (*on_pong)(void *user, uint64_t payload);
};

struct h2_options {
	bool is_server;
	uint32_t max_streams;
	uint32_t stream_window;
	uint32_t conn_window;
	uint32_t max_header_list;
	uint64_t min_ping_interval_ms;
	const struct h2_handlers *handlers; /* borrowed */
	void *user;
};

/* A session with its SETTINGS and window queued. PIDC_ENOMEM. */
int h2_new(const struct h2_options *options, uint64_t now, struct h2 **ret,
	   struct pidc_error *err) PIDC_MUSTCHECK;
void h2_free(struct h2 *h2);
/* Give back memory that is kept for the next requests. */
void h2_trim(struct h2 *h2);

/* Decrypted bytes from the peer. Negative: the session is over, flush h2_send
 * once for its GOAWAY. PIDC_EPROTO, PIDC_ELIMIT (a flood), PIDC_ENOMEM. */
int h2_recv(struct h2 *h2, const uint8_t *data, size_t len, uint64_t now,
	    struct pidc_error *err) PIDC_MUSTCHECK;

/* Bytes of TLS that came in, for the ratio of bytes to use. Negative as h2_recv. */
int h2_count_input(struct h2 *h2, size_t len, struct pidc_error *err) PIDC_MUSTCHECK;

/* The next piece for the peer, borrowed until the next call; 0 when there is
 * none. PIDC_ENOMEM, PIDC_EPROTO. */
int h2_send(struct h2 *h2, uint64_t now, const uint8_t **ret_data, size_t *ret_len,
	    struct pidc_error *err) PIDC_MUSTCHECK;

/* Why the session has failed; 0 while it has not. Failures that nghttp2 answers
 * by itself are known only when h2_send has passed its GOAWAY. */
int h2_failure(struct h2 *h2, struct pidc_error *err) PIDC_MUSTCHECK;

/* Nothing more is expected or to be said. */
bool h2_is_over(const struct h2 *h2);
/* The peer has sent its first SETTINGS / has acknowledged ours. */
bool h2_is_established(const struct h2 *h2);
bool h2_is_acknowledged(const struct h2 *h2);
/* Client: may a request be started; how many streams the peer allows. */
bool h2_can_request(const struct h2 *h2);
uint32_t h2_peer_max_streams(const struct h2 *h2);

/* Client: a request whose body comes from on_pull(stream). PIDC_ENOMEM,
 * PIDC_EUNAVAILABLE. */
int h2_request(struct h2 *h2, const struct h2_header *headers, size_t n, void *stream,
	       int32_t *ret_id) PIDC_MUSTCHECK;
/* Server: response headers; without a body they end the stream. */
int h2_respond(struct h2 *h2, int32_t id, const struct h2_header *headers, size_t n, void *stream,
	       bool has_body) PIDC_MUSTCHECK;
/* Trailers; only inside on_pull. */
int h2_trailers(struct h2 *h2, int32_t id, const struct h2_header *headers,
		size_t n) PIDC_MUSTCHECK;
void h2_resume(struct h2 *h2, int32_t id);
void h2_reset(struct h2 *h2, int32_t id, enum h2_code code);
/* Give window back: of the stream, of the connection. */
void h2_consume_stream(struct h2 *h2, int32_t id, size_t n);
void h2_consume_conn(struct h2 *h2, size_t n);
/* A request was answered: it earns the peer credit for more frames. */
void h2_credit_request(struct h2 *h2);
/* A message was taken: it pays for the frame that brought it. */
void h2_credit_message(struct h2 *h2);

int h2_ping(struct h2 *h2, uint64_t payload) PIDC_MUSTCHECK;
/* GOAWAY(2^31-1): go on, but start nothing new elsewhere. Server only. */
int h2_notice(struct h2 *h2) PIDC_MUSTCHECK;
/* The real GOAWAY: streams begun until now are finished, later ones refused. */
int h2_goaway(struct h2 *h2) PIDC_MUSTCHECK;
/* GOAWAY with a reason; nothing is sent after it. */
void h2_end(struct h2 *h2, uint32_t code, const char *debug);
