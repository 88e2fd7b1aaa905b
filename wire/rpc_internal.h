/* SPDX-License-Identifier: ISC
 *
 * What the files of rpc share. Which one does what:
 *   rpc.c           the connection: bytes in, drain, end
 *   rpc_output.c    bytes out
 *   rpc_timer.c     everything that happens because time passes
 *   rpc_call.c      the life of a call: made, stepped, failed, freed
 *   rpc_metadata.c  pairs received and pairs to send
 *   rpc_receive.c   DATA bytes to messages, pause and resume
 *   rpc_send.c      messages to DATA bytes, the queue
 *   rpc_server.c    request headers in, response headers and trailers out
 *   rpc_client.c    the other way round
 *   rpc_limits.c    the limits and their reasons
 *
 * A call moves along two tracks that do not wait for each other:
 *
 *   rx: RX_HEADERS -> RX_MESSAGES -> RX_ENDED -> RX_DONE
 *   tx: TX_NONE -> TX_OPEN -> TX_ENDING -> TX_ENDED
 *
 * RX_ENDED: END_STREAM came, the handlers have not been told yet (paused).
 * TX_ENDING: the end is decided but waits behind queued messages. A call that
 * is deaf throws away what still comes. nghttp2's callbacks never free a call:
 * they mark it (call_mark), and call_step does the rest after h2_recv.
 */
#pragma once

#include "core/arena.h"
#include "wire/bytes.h"
#include "wire/grpc.h"
#include "wire/h2.h"
#include "wire/rpc.h"

#include <string.h>

#define RPC_NEVER UINT64_MAX

/* Payloads that tell our own PINGs apart. */
#define RPC_PING_DRAIN     1
#define RPC_PING_KEEPALIVE 2

enum rpc_phase {
	RPC_HANDSHAKE, /* no HTTP/2 yet */
	RPC_OPEN,
	RPC_NOTICED, /* drain: GOAWAY(2^31-1) and a PING are out */
	RPC_LEAVING, /* drain: the real GOAWAY is out, calls in flight finish */
	RPC_CLOSED,  /* the socket is gone */
};

struct rpc_conn {
	struct tls *tls;
	struct h2 *h2; /* NULL until TLS is open */
	struct rpc_limits limits;
	const struct rpc_handlers *handlers;
	void *user;
	bool is_server;
	bool is_shut; /* close_notify is out */
	bool is_over; /* terminated by the owner: what comes is ignored */
	char *authority;
	char *user_agent;
	enum rpc_phase phase;
	int failed; /* PIDC_E* that ended it */
	struct pidc_error reason;
	unsigned depth; /* > 0 while handlers may run */
	uint64_t now;
	uint64_t born;
	uint64_t opened_at;
	uint64_t last_input;
	uint64_t idle_since; /* since when there are no calls */
	uint64_t output_at;  /* last progress of waiting output */
	uint64_t ping_at;    /* keepalive PING is out since; 0: none */
	uint64_t drain_at;
	uint64_t next_scan; /* no call has anything due before this */
	struct rpc_call *calls;
	uint32_t call_count;
	struct rpc_call *pending_head, *pending_tail;
	struct rpc_call *spare;
	uint32_t spare_count;
	size_t queued; /* bytes of messages waiting on all calls */
	size_t held;   /* received bytes whose window is not given back */
};

enum rpc_rx { RX_HEADERS, RX_MESSAGES, RX_ENDED, RX_DONE };
enum rpc_tx { TX_NONE, TX_OPEN, TX_ENDING, TX_ENDED };

/* Why a request is not handed to the service; the lowest one found counts. */
enum rpc_fault {
	FAULT_TOO_LARGE = 1,
	FAULT_MEMORY,
	FAULT_METHOD,
	FAULT_TYPE,
	FAULT_ENCODING,
	FAULT_TIMEOUT,
	FAULT_METADATA,
	FAULT_NONE,
};

/* Pairs that we will send; names and values live in the call's arena. */
struct rpc_pairs {
	struct h2_header *list;
	size_t count;
	size_t size; /* sum(name + value + 32) */
};

struct rpc_call {
	struct rpc_conn *conn;
	struct rpc_call *prev, *next;
	struct rpc_call *next_pending;
	void *user;
	int32_t id;
	enum rpc_rx rx;
	enum rpc_tx tx;
	bool is_pending;   /* in the conn's list for call_step */
	bool is_notified;  /* on_closed has run, or the service has not heard of it */
	bool is_cancelled; /* ended before the service ended it */
	bool is_gone;      /* its stream is closed */
	bool is_deaf;
	bool is_delivering; /* a handler is reading a message */
	bool is_paused;
	bool is_full;     /* on_writable is owed */
	bool is_waiting;  /* on_pull found nothing; resume when there is */
	bool has_sent;    /* DATA has gone out */
	bool has_message; /* at least one message came */
	bool peer_gzip;   /* the peer accepts gzip */
	bool body_gzip;   /* the peer's messages may be gzip */
	bool names_gzip;  /* the peer knows compression: name what we accept */
	bool wants_gzip;
	bool told_gzip; /* our headers announced gzip */
	bool was_compressed;
	bool has_status;
	bool has_code; /* client: grpc-status came */
	bool has_type;
	bool has_timeout;
	enum rpc_fault fault;
	int http_status;
	uint64_t timeout_ms;
	uint64_t deadline;
	uint64_t rx_at; /* last time bytes of a message came */
	uint64_t tx_at; /* last time queued bytes went */
	struct arena *arena;
	const char *path;
	struct rpc_metadata *metadata;
	size_t metadata_count;
	size_t metadata_cap;
	size_t header_size;
	uint32_t header_fields;
	struct rpc_pairs initial;
	struct rpc_pairs trailing;
	struct rpc_status status; /* strings in the arena */
	struct grpc_deframer deframer;
	struct bytes held; /* came while paused */
	size_t unconsumed; /* of conn->held */
	struct bytes queue;
};

void rpc_limits_fill(struct rpc_limits *limits, const struct rpc_limits *given);

/* rpc.c */
int conn_fail(struct rpc_conn *conn, int code, struct pidc_error *err, const char *what);
/* HTTP/2 has failed and the owner has not been told. */
bool conn_has_news(const struct rpc_conn *conn) PIDC_MUSTCHECK;
/* Bytes wait for the network. */
bool conn_has_output(const struct rpc_conn *conn) PIDC_MUSTCHECK;
/* TLS is open: begin HTTP/2. Also the door by which the fuzzer skips TLS. */
int conn_open(struct rpc_conn *conn) PIDC_MUSTCHECK;
/* The second step of a drain. */
void conn_leave(struct rpc_conn *conn);
void conn_run_pending(struct rpc_conn *conn);

/* rpc_call.c. call_new links the call into conn; NULL when memory is short. */
struct rpc_call *call_new(struct rpc_conn *conn);
void call_mark(struct rpc_call *call);
void call_step(struct rpc_call *call);
void call_drop_queue(struct rpc_call *call);
void call_drop_spare(struct rpc_conn *conn);
/* The connection is lost: end it for its user; its stream may live on. */
void call_lost(struct rpc_call *call);
/* The stream closed with this code. */
void call_gone(struct rpc_call *call, uint32_t code);
/* End it on our own account: status to the peer or to our user. */
void call_fail(struct rpc_call *call, enum rpc_code code, const char *message);

/* rpc_metadata.c. */
void metadata_receive(struct rpc_call *call, const struct h2_header *header);
bool metadata_count_header(struct rpc_call *call, const struct h2_header *header);
bool metadata_is_hidden(const struct h2_header *header);

/* rpc_receive.c */
void receive_data(struct rpc_call *call, const uint8_t *data, size_t len);
void receive_end(struct rpc_call *call);
/* Hand out what is held, then the end, as far as the call is not paused. */
void receive_step(struct rpc_call *call);
/* Forget what came and give its window back. */
void receive_drop(struct rpc_call *call);

/* rpc_send.c */
size_t send_pull(struct rpc_call *call, uint8_t *buf, size_t cap, enum h2_pull *ret_pull);
/* The queue has drained enough for on_writable. */
bool send_is_low(const struct rpc_call *call) PIDC_MUSTCHECK;
void send_resume(struct rpc_call *call);

/* rpc_server.c */
void server_header(struct rpc_call *call, const struct h2_header *header);
void server_block_end(struct rpc_call *call, bool is_end);
/* rpc_call_finish, whoever asks. */
void server_finish(struct rpc_call *call, const struct rpc_status *status);
int server_trailers(struct rpc_call *call) PIDC_MUSTCHECK;

/* rpc_client.c */
void client_header(struct rpc_call *call, const struct h2_header *header);
void client_block_end(struct rpc_call *call, bool is_end);
void client_set_status(struct rpc_call *call, enum rpc_code code, const char *message);

/* A header with a literal name and a NUL-terminated value. */
static inline struct h2_header rpc_header(const char *name, size_t name_len, const char *value,
					  size_t value_len)
{
	return (struct h2_header){.name = name,
				  .name_len = name_len,
				  .value = (const uint8_t *)value,
				  .value_len = value_len};
}
#define RPC_HEADER(name, value) rpc_header(name, sizeof(name) - 1, value, sizeof(value) - 1)

static inline bool rpc_is_name(const struct h2_header *header, const char *name, size_t len)
{
	return header->name_len == len && memcmp(header->name, name, len) == 0;
}
#define RPC_IS_NAME(header, name) rpc_is_name(header, name, sizeof(name) - 1)

static inline bool rpc_is_value(const struct h2_header *header, const char *value, size_t len)
{
	return header->value_len == len && memcmp(header->value, value, len) == 0;
}
#define RPC_IS_VALUE(header, value) rpc_is_value(header, value, sizeof(value) - 1)
