/* SPDX-License-Identifier: ISC
 *
 * One RPC on the server: found by its path, given an arena, handed to the *kind*
 * of method it is (service call, stream, health, reflection, ...).
 *
 * A call lives as long as its stream and everybody who holds a reference (a
 * job in a lane): call_is_gone tells that nobody will hear the answer any more.
 * Loop thread only.
 */
#pragma once

#include "core/arena.h"
#include "core/reason.h"
#include "wire/rpc.h"

#include <stdbool.h>

struct call;
struct conn;

#define CALL_ARENA_MAX ((size_t)4 * 1024 * 1024) /* a request of 1 MiB unpacked, and its reply */

/* What all calls of the daemon may hold together; 0: no limit. */
struct call_budget {
	unsigned calls, max_calls; /* until nobody works for it any more */
	uint64_t opened;           /* so far */
	size_t bytes, max_bytes;   /* of requests, as they came; no less than a few full ones */
	/* Ended calls with their arenas, for the next ones. */
	struct call *spare;
	unsigned spare_count;
};

/* What a kind of method does; every pointer but on_message is optional. */
struct call_kind {
	/* True: every message goes to on_message as it comes, then on_half_close.
	 * False: on_message runs once, at half close, with the one message that
	 * there must be; data lives in the call's arena. */
	bool is_client_stream;
	void (*on_start)(struct call *call);
	void (*on_message)(struct call *call, const uint8_t *data, size_t len);
	void (*on_half_close)(struct call *call);
	void (*on_writable)(struct call *call);
	/* The connection waits for this call's end, to close. */
	void (*on_drain)(struct call *call);
	/* The stream is gone: cancel what can be cancelled. */
	void (*on_gone)(struct call *call);
	/* The last reference is gone: free what state owns beyond the arena. */
	void (*on_free)(struct call *call);
};

struct call_method {
	const struct call_kind *kind;
	const void *data; /* the kind's own: which method it is */
};

/* False: no such method. context is that of the listener. */
typedef bool (*call_find_cb)(void *context, const char *path, struct call_method *ret);

struct call {
	struct conn *conn;    /* NULL once gone */
	struct rpc_call *rpc; /* NULL once gone */
	void *context;
	struct call_method method;
	struct arena *arena;
	void *state; /* the kind's */
	uint64_t id, conn_id;
	uint64_t started_at;
	/* private */
	struct call_budget *budget;
	struct call *next_spare;
	size_t charged;
	unsigned refs;
	bool is_finished;
	bool has_message;
	const uint8_t *message;
	size_t message_len;
};

/* For rpc_conn of a conn; user is the struct conn. */
extern const struct rpc_handlers call_handlers;

/* Frees what is kept for reuse; after the last call. */
void call_budget_close(struct call_budget *budget);

void call_ref(struct call *call);
void call_unref(struct call *call);

/* n more bytes of requests are held for this call; given back by call_discharge, and
 * what is left when the call is freed. PIDC_ELIMIT when all calls together hold too much:
 * nothing is counted then. */
int call_charge(struct call *call, size_t n) PIDC_MUSTCHECK;
void call_discharge(struct call *call, size_t n);

/* Gone or finished: no answer is wanted. */
bool call_is_over(const struct call *call);

/* uv_now of the loop. */
uint64_t call_now(const struct call *call);

/* Send a message; *ret_full (may be NULL) as in rpc_call_send. A failure ends
 * the call (E_LIMIT when the connection's queue is full) and is given back. */
int call_send(struct call *call, const uint8_t *data, size_t len, bool *ret_full) PIDC_MUSTCHECK;
int call_send_message(struct call *call, const ProtobufCMessage *message,
		      bool *ret_full) PIDC_MUSTCHECK;

/* End the call. All are without effect on a call that is over. */
void call_ok(struct call *call);
void call_refuse(struct call *call, const struct refusal *refusal);
void call_abort(struct call *call, int error, const char *detail); /* a PIDC_E* */
void call_finish(struct call *call, enum rpc_code code, const char *message);

/* Check and unpack the request in the call's arena; a failure ends the call. */
int call_unpack(struct call *call, const ProtobufCMessageDescriptor *descriptor,
		const uint8_t *data, size_t len, ProtobufCMessage **ret) PIDC_MUSTCHECK;
