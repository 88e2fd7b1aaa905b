/* SPDX-License-Identifier: ISC
 *
 * libpidc: a blocking channel to a register. It owns its event loop and one
 * connection; one thread at a time, one call at a time.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages of a stream that are sent and not yet answered: enough to fill a
 * 600 ms link, few enough to repeat after a lost connection. */
#define CHANNEL_WINDOW 64
/* Pairs of google.rpc.ErrorInfo.metadata that are kept. */
#define CHANNEL_METADATA_MAX 8

struct channel;

struct channel_options {
	const char *server; /* HOST:PORT or [IPV6]:PORT */
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
	const char *capacity; /* metadata pidc-capacity of every call, or NULL */
	const char *trace_id; /* 32 hex digits in every call's traceparent, or NULL */
	uint64_t timeout_ms;  /* connecting, and every unary call */
};

/* How a call ended; texts are cut to their size. */
struct channel_status {
	int code; /* enum rpc_code */
	char message[512];
	char reason[64]; /* of google.rpc.ErrorInfo, or "" */
	char domain[64];
	int64_t retry_after_ms; /* of google.rpc.RetryInfo; negative: it does not say */
	size_t metadata_count;
	struct {
		char key[64];
		char value[256];
	} metadata[CHANNEL_METADATA_MAX];
};

/* Connect and complete the handshake. PIDC_EINVAL for options and files,
 * PIDC_ECRYPTO for certificates, PIDC_EUNAVAILABLE when nobody answers. */
int channel_open(const struct channel_options *options, struct channel **ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* NULL is fine. */
void channel_close(struct channel *channel);

/* The next message to send: 1 with *ret_data (borrowed until the next call), 0 at
 * the end, negative to give the call up. */
typedef int channel_next_cb(void *user, const uint8_t **ret_data, size_t *ret_len);
/* One message of the answer, borrowed. Negative cancels the call. */
typedef int channel_message_cb(void *user, const uint8_t *data, size_t len);

struct channel_call {
	const char *path;
	bool is_stream; /* no deadline of its own */
	channel_next_cb *next;
	channel_message_cb *on_message;
	void (*on_tick)(void *user); /* at least once a second while the call runs; or NULL */
	void *user;
};

/* Run one call to its end. 0 whenever there is a status, also one that says
 * no; negative when a callback gave up (its number) or the call did not start. */
int channel_run(struct channel *channel, const struct channel_call *call,
		struct channel_status *ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* Fill *ret from a status as it came; details is a serialized
 * google.rpc.Status or NULL. Details that do not parse are left out. */
void channel_status_decode(int code, const char *message, const uint8_t *details,
			   size_t details_len, struct channel_status *ret);
