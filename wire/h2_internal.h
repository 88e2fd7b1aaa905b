/* SPDX-License-Identifier: ISC
 *
 * What the h2*.c files share: one session, made in h2.c, called back by nghttp2
 * in h2_events.c, spoken through in h2_stream.c. The only header that includes
 * nghttp2, so no other file may include it.
 */
#pragma once

#include "wire/h2.h"
#include "wire/h2_budget.h"
#include "wire/h2_mem.h"

#include <nghttp2/nghttp2.h>

struct h2 {
	nghttp2_session *session;
	struct h2_mem mem;
	const struct h2_handlers *handlers;
	void *user;
	bool is_server;
	bool is_established;
	bool is_acknowledged;
	bool is_ending;
	bool is_ended;
	int failed; /* PIDC_E*: why h2_recv must stop */
	struct pidc_error reason;
	uint64_t now;
	struct h2_bucket frames;
	struct h2_bucket faults;
	uint64_t bytes_in;
	uint64_t bytes_useful;
	uint32_t stream_window;
	uint64_t min_ping_interval;
	uint64_t last_ping;
	unsigned ping_strikes;
	bool has_ping;
};

/* Say goodbye with the reason why and stop reading: fit to be returned from a
 * callback of nghttp2, which ends h2_recv or h2_send. */
int h2_fail(struct h2 *h2, int code, uint32_t h2_code, const char *why);

/* All callbacks of a session, to be freed by the caller. PIDC_ENOMEM. */
int h2_events_new(nghttp2_session_callbacks **ret) PIDC_MUSTCHECK;
