/* SPDX-License-Identifier: ISC
 *
 * A service for tests of the wire: what it does is chosen by the path.
 *
 *   /t/Echo     answers every message with itself, ends at half-close (bidi,
 *               and unary when one message is sent)
 *   /t/Collect  at half-close one message: the number of bytes received
 *   /t/Many     at the first message: `many` messages of `size` bytes, as the
 *               queue allows
 *   /t/Hang     never answers
 *   /t/Wait     never answers, but ends with UNAVAILABLE at a drain
 *   /t/Fail     fails at once with details
 *   /t/FailLate one message back, then fails at half-close
 *   /t/Pause    pauses at its first message; the test resumes
 *   other       UNIMPLEMENTED
 */
#pragma once

#include "tests/lib/wire_pair.h"
#include "wire/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct service {
	unsigned opened, calls, messages, half_closes, closed, cancelled, writables, drains;
	size_t bytes;
	size_t many, size;
	size_t sent;
	bool compresses;
	bool was_compressed;
	int refuse; /* what on_open returns */
	uint64_t deadline;
	struct rpc_call *last; /* until it is closed */
	char metadata[256];    /* "name=value;" of the last call */
};

extern const struct rpc_handlers service_handlers;

/* What a client learnt of one call. */
struct record {
	struct rpc_call *call;
	unsigned messages, statuses, closes, writables;
	bool is_cancelled;
	bool pauses; /* at the first message */
	bool was_compressed;
	uint8_t *data; /* all messages, one after the other */
	size_t len;
	int code;
	char message[512];
	uint8_t details[64];
	size_t details_len;
	char metadata[512];
};

extern const struct rpc_handlers record_handlers;

void record_close(struct record *record);

/* Start a call of a record on a client conn; fails the test if that fails. */
void record_start(struct record *record, struct rpc_conn *conn, const char *path,
		  uint64_t timeout_ms, uint64_t now);
/* Start, send these messages, half-close. */
void record_call(struct record *record, struct rpc_conn *conn, const char *path,
		 const void *message, size_t len, uint64_t now);

/* A client that records, joined to a server with the service: the state of a test.
 * The test opens the pair with options as it likes; the end checks that every call
 * of the service was closed. */
struct wire_world {
	struct wire_pair pair;
	struct service service;
	struct wire_pair_options options;
};

int wire_world_setup(void **state);
int wire_world_teardown(void **state);
