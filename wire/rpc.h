/* SPDX-License-Identifier: ISC
 *
 * One gRPC connection (TLS + HTTP/2 + gRPC framing), server or client side,
 * sans-I/O. The owner moves bytes and time; this turns them into calls:
 *
 *   socket bytes -> rpc_conn_feed -> handlers (on_call, on_message, ...)
 *   rpc_call_send, rpc_call_finish -> rpc_conn_output -> socket bytes
 *   clock -> rpc_conn_tick -> deadlines, keepalive, handshake timeout
 *
 * Words: a *conn* is one connection; a *call* is one RPC = one HTTP/2 stream;
 * a *message* is one length-prefixed gRPC message, already inflated; a *status*
 * ends a call. All times are milliseconds of one monotonic clock that the owner
 * passes in.
 *
 * Threads: a conn and its calls belong to one thread. Handlers run only inside
 * rpc_conn_feed, rpc_conn_tick, rpc_conn_eof, rpc_conn_free and rpc_call_resume;
 * what happens elsewhere (rpc_conn_output sends the last byte of a call) waits
 * for the next feed or tick, and rpc_conn_next_tick is then at once. In a handler it is allowed to
 * start, send on, pause and finish calls; it is not allowed to call
 * rpc_conn_feed, rpc_conn_tick, rpc_conn_output or rpc_conn_free.
 */
#pragma once

#include "core/error.h"
#include "wire/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rpc_conn;
struct rpc_call;

enum rpc_code { /* gRPC status codes */
		RPC_OK = 0,
		RPC_CANCELLED = 1,
		RPC_UNKNOWN = 2,
		RPC_INVALID_ARGUMENT = 3,
		RPC_DEADLINE_EXCEEDED = 4,
		RPC_NOT_FOUND = 5,
		RPC_ALREADY_EXISTS = 6,
		RPC_PERMISSION_DENIED = 7,
		RPC_RESOURCE_EXHAUSTED = 8,
		RPC_FAILED_PRECONDITION = 9,
		RPC_ABORTED = 10,
		RPC_OUT_OF_RANGE = 11,
		RPC_UNIMPLEMENTED = 12,
		RPC_INTERNAL = 13,
		RPC_UNAVAILABLE = 14,
		RPC_DATA_LOSS = 15,
		RPC_UNAUTHENTICATED = 16,
};

/* A status: borrowed pointers. details is a serialized google.rpc.Status
 * (grpc-status-details-bin) or NULL. message may be NULL. */
struct rpc_status {
	enum rpc_code code;
	const char *message;
	const uint8_t *details;
	size_t details_len;
};

/* One metadata pair. Binary names end in "-bin"; their values are raw bytes
 * here, base64 on the wire. */
struct rpc_metadata {
	const char *name;
	const uint8_t *value;
	size_t value_len;
};

/* Every quantity that a peer can drive, with its default beside it (the reason
 * for each stands in rpc_limits.c). 0 in a struct given by the owner means
 * the default. */
struct rpc_limits {
	uint32_t max_calls;         /* 128 concurrent streams a conn */
	size_t max_header_list;     /* 16 KiB: sum(name+value+32); over it 431 */
	uint32_t max_header_fields; /* 100 */
	size_t max_message;         /* 1 MiB, before and after inflate */
	size_t stream_window;       /* 1 MiB */
	size_t conn_window;    /* 4 MiB: caps unconsumed request bytes a conn; >= 3 max_message */
	size_t max_output;     /* 256 KiB of TLS bytes waiting: stop pulling HTTP/2 */
	size_t max_queued;     /* 4 MiB of messages queued on all calls of a conn */
	uint64_t handshake_ms; /* 15,000 incl. preface and SETTINGS */
	uint64_t settings_ack_ms;      /* 30,000 */
	uint64_t stall_ms;             /* 60,000 without progress while data waits */
	uint64_t call_max_ms;          /* 300,000: deadline of a call that names none */
	uint64_t keepalive_idle_ms;    /* 60,000: PING after this much silence */
	uint64_t keepalive_timeout_ms; /* 20,000: no ack by then = dead */
	uint64_t min_ping_interval_ms; /* 10,000: faster pings are strikes */
	uint64_t max_idle_ms;          /* 0 = never: drain a conn with no calls */
	uint64_t max_age_ms;           /* 86,400,000: drain (with jitter by the owner) */
};

struct rpc_handlers {
	/* The handshake is complete; rpc_conn_peer has the identity. Return a
	 * negative PIDC_E* to refuse the connection (GOAWAY, close). Optional. */
	int (*on_open)(struct rpc_conn *conn, void *user);

	/* Server: request headers are in: rpc_call_path, rpc_call_metadata,
	 * rpc_call_deadline hold. Content-type, method and te are already
	 * checked. Set a user pointer with rpc_call_set_user, or finish at once. */
	void (*on_call)(struct rpc_call *call, void *user);

	/* A whole message; data is borrowed for the duration of the handler. */
	void (*on_message)(struct rpc_call *call, const uint8_t *data, size_t len);

	/* Server: the client has sent its last message. Not called when the call
	 * is already finished. A truncated last message never gets here: it ends
	 * the call with INTERNAL. */
	void (*on_half_close)(struct rpc_call *call);

	/* The queue of a call that had answered "full" has drained below half. */
	void (*on_writable)(struct rpc_call *call);

	/* Client: the server's status (or one made here: UNAVAILABLE when the
	 * connection is lost, DEADLINE_EXCEEDED, HTTP errors mapped as gRPC says).
	 * Exactly once a call, before on_closed. */
	void (*on_status)(struct rpc_call *call, const struct rpc_status *status);

	/* Server: the connection is going (rpc_conn_drain, its age) and takes no new
	 * calls; it stays until this call ends. For calls that would not end by
	 * themselves. Optional. */
	void (*on_drain)(struct rpc_call *call);

	/* The call is over for whatever reason (finished and flushed, cancelled by
	 * the peer, deadline, connection lost). Exactly once; the last use of call.
	 * is_cancelled tells whether it ended before rpc_call_finish. */
	void (*on_closed)(struct rpc_call *call, bool is_cancelled);
};

struct rpc_options {
	struct tls_context *tls; /* borrowed until rpc_conn_new returns */
	bool is_server;
	const struct rpc_limits *limits;     /* NULL: defaults; copied */
	const struct rpc_handlers *handlers; /* borrowed for the conn's life */
	void *user;                          /* handed to on_open and on_call */
	const char *authority;               /* client: :authority; copied */
	const char *user_agent;              /* client; copied */
};

/* --- connection ---------------------------------------------------------- */

int rpc_conn_new(const struct rpc_options *options, uint64_t now, struct rpc_conn **ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* Close every call (on_closed each) and free. NULL is fine. */
void rpc_conn_free(struct rpc_conn *conn);

/* Bytes from the socket. Takes at most a slice at a time so that one read
 * cannot start hundreds of calls unchecked; *ret_taken tells how many bytes were
 * taken: feed the rest again at once unless rpc_conn_wants_read is false. Negative: the connection
 * must be closed once the output that is left has been tried (it holds the
 * alert or GOAWAY). */
int rpc_conn_feed(struct rpc_conn *conn, const uint8_t *data, size_t len, uint64_t now,
		  size_t *ret_taken, struct pidc_error *err) PIDC_MUSTCHECK;

/* The socket ended (EOF or error): every call is closed as cancelled. */
void rpc_conn_eof(struct rpc_conn *conn);

/* Bytes for the socket, borrowed until the next call on conn; *ret_len 0 when
 * there are none now. Call rpc_conn_output_drop with what the socket took, and
 * ask again. Keep what the socket did not take: never stop asking because of a
 * slow peer, ask again when it is writable. */
int rpc_conn_output(struct rpc_conn *conn, uint64_t now, const uint8_t **ret_data, size_t *ret_len,
		    struct pidc_error *err) PIDC_MUSTCHECK;
void rpc_conn_output_drop(struct rpc_conn *conn, size_t n, uint64_t now);

/* False while so much output waits that reading more would only add to it. */
bool rpc_conn_wants_read(const struct rpc_conn *conn);

/* Everything is said: both directions are done, or a drain has ended and the
 * output is empty. The owner closes the socket. */
bool rpc_conn_is_done(const struct rpc_conn *conn);

/* Run what is due at now (deadlines, keepalive, handshake, stalls). Negative:
 * close as for rpc_conn_feed. */
int rpc_conn_tick(struct rpc_conn *conn, uint64_t now, struct pidc_error *err) PIDC_MUSTCHECK;

/* When the next tick is due; UINT64_MAX for never. */
uint64_t rpc_conn_next_tick(const struct rpc_conn *conn);

/* Bytes of requests that have come and are not taken yet, beyond the first 32 KiB of each
 * incomplete one. */
size_t rpc_conn_held(const struct rpc_conn *conn);

/* Too much is held, by whatever measure of the owner: the newest call with an incomplete
 * message ends with RESOURCE_EXHAUSTED and this text, its bytes are given back. */
void rpc_conn_shed(struct rpc_conn *conn, const char *message);

/* Begin a graceful end, in two steps: GOAWAY(2^31-1) and a PING now, the real
 * GOAWAY when the PING is acknowledged or after 5 s; calls in flight finish;
 * then rpc_conn_is_done. Idempotent. */
void rpc_conn_drain(struct rpc_conn *conn, uint64_t now);

/* End now with this HTTP/2 error (0 = NO_ERROR) and debug text (may be NULL). */
void rpc_conn_terminate(struct rpc_conn *conn, uint32_t h2_error, const char *debug);

/* Borrowed; valid once on_open has run. */
const struct tls_peer *rpc_conn_peer(const struct rpc_conn *conn);
bool rpc_conn_is_open(const struct rpc_conn *conn);
uint32_t rpc_conn_call_count(const struct rpc_conn *conn);
void *rpc_conn_user(const struct rpc_conn *conn);

/* --- calls, both sides --------------------------------------------------- */

void rpc_call_set_user(struct rpc_call *call, void *user);
void *rpc_call_user(const struct rpc_call *call);
struct rpc_conn *rpc_call_conn(const struct rpc_call *call);

/* ":path", e.g. "/pidc.v1.MemberService/GetMember". Borrowed. */
const char *rpc_call_path(const struct rpc_call *call);

/* First value of that name, or NULL. Server: request metadata; client: initial
 * metadata, then trailers. Borrowed for the call's life. Reserved "grpc-" names
 * and pseudo headers are not listed. */
const struct rpc_metadata *rpc_call_metadata(const struct rpc_call *call, const char *name);
size_t rpc_call_metadata_count(const struct rpc_call *call);
const struct rpc_metadata *rpc_call_metadata_at(const struct rpc_call *call, size_t i);

/* Absolute deadline on the owner's clock (never UINT64_MAX on the server: a
 * call that names none has rpc_limits.call_max_ms; a stream that is a watch may
 * lift it with rpc_call_set_deadline(call, UINT64_MAX)). */
uint64_t rpc_call_deadline(const struct rpc_call *call);
void rpc_call_set_deadline(struct rpc_call *call, uint64_t deadline);

/* Queue one message (copied). *ret_full (may be NULL) tells that the caller
 * should wait for on_writable before the next. PIDC_ELIMIT when the conn's
 * queue limit would be passed (nothing queued), PIDC_ECLOSED when the call is
 * finished or closed. Server: sends response headers first if they are not out.
 * Compresses when both sides can and rpc_call_set_compression asked for it. */
int rpc_call_send(struct rpc_call *call, const uint8_t *data, size_t len,
		  bool *ret_full) PIDC_MUSTCHECK;

/* Add a pair to the headers (initial true) or trailers that we will send.
 * Copied. PIDC_EINVAL for a bad or reserved name, PIDC_ECLOSED when too late. */
int rpc_call_add_metadata(struct rpc_call *call, bool is_initial, const char *name,
			  const uint8_t *value, size_t len) PIDC_MUSTCHECK;

/* In on_message: the message came compressed (it has been inflated). */
bool rpc_call_was_compressed(const struct rpc_call *call);

/* gzip messages from now on, if the peer accepts it. Server side: before the
 * first send. Off by default. */
void rpc_call_set_compression(struct rpc_call *call, bool is_on);

/* Stop handing out messages of this call; its window closes by itself, so the
 * peer stops sending. rpc_call_resume hands out what has come meanwhile (in the
 * next rpc_conn_feed, rpc_conn_tick or, when it is called outside of handlers,
 * at once). */
void rpc_call_pause(struct rpc_call *call);
void rpc_call_resume(struct rpc_call *call);

/* --- server side --------------------------------------------------------- */

/* Send response headers now, without a message (optional). */
int rpc_call_send_headers(struct rpc_call *call) PIDC_MUSTCHECK;

/* End the call: queued messages, then trailers; Trailers-Only when nothing was
 * sent yet. Unread request bytes are refused politely (RST NO_ERROR after the
 * trailers are out). Everything is copied. A second finish does nothing. */
void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status);

/* --- client side --------------------------------------------------------- */

struct rpc_call_options {
	const char *path;
	uint64_t timeout_ms; /* 0: none is sent; the call has no deadline */
	const struct rpc_metadata *metadata;
	size_t metadata_count;
	bool compress;
	void *user;
};

/* Start a call. PIDC_EUNAVAILABLE while the conn is not open or is draining,
 * PIDC_ELIMIT at the peer's stream limit. on_status and on_closed will run
 * exactly once if this returns 0, never before it returns. */
int rpc_call_start(struct rpc_conn *conn, const struct rpc_call_options *options, uint64_t now,
		   struct rpc_call **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* No more messages from us. */
void rpc_call_half_close(struct rpc_call *call);

/* RST_STREAM(CANCEL); on_status(CANCELLED) and on_closed follow in the next
 * feed, tick or output, never inside this call. */
void rpc_call_cancel(struct rpc_call *call);
