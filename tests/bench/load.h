/* SPDX-License-Identifier: ISC
 *
 * A closed load: C connections with M streams each, every stream starts its next
 * call when the last one has ended. One loop, one thread.
 *
 * Requests are templates from a file, in which an identifier and a key may be
 * written anew for every call.
 */
#pragma once

#include "client/address.h"
#include "histogram.h"
#include "wire/rpc.h"

#include <stdbool.h>
#include <uv.h>

#define LOAD_CODES     17
#define LOAD_ID_LEN    36 /* a UUID as text */
#define LOAD_CONNS_MAX 10000

struct load_options {
	const char *server; /* HOST:PORT */
	const char *path;
	const char *requests; /* file of templates, each behind its length as uint32 LE */
	const char *capacity;
	struct tls_options tls;
	uint32_t connections;
	uint32_t streams;
	double seconds;
	double warm_up;     /* not counted */
	int64_t fresh_at;   /* offset of an id that is new in every call; -1: none */
	int64_t key_at;     /* offset of an id that is one of keys; -1: none */
	uint64_t keys;      /* key i goes into template i % templates */
	uint64_t hot;       /* when not 0, only this many of the keys, spread over all */
	bool is_idle;       /* only connect */
	uint64_t max_calls; /* stop after so many; 0: by time */
};

struct template
{
	uint8_t *data;
	size_t len;
};

struct load {
	struct load_options options;
	uv_loop_t loop;
	struct template *templates;
	size_t template_count;
	uint64_t random;
	uint64_t started;
	bool is_counting;
	bool is_stopping;
	/* of the time that counts */
	struct histogram latency; /* microseconds */
	uint64_t codes[LOAD_CODES];
	uint64_t bytes;
	uint64_t all;    /* calls that ended well, the warm-up's too */
	uint64_t broken; /* connections that ended by themselves */
	char reason[256];
	struct load_conn *conns;
	uint32_t opened; /* of conns, in order */
	char host[ADDRESS_HOST_MAX];
	const char *port;
	struct tls_context *tls;
};

/* The next request, in a buffer that the next call of this overwrites. */
void load_next(struct load *load, const uint8_t **ret_data, size_t *ret_len);

/* Open all connections and start their calls as they become ready. */
int load_conns_open(struct load *load, struct pidc_error *err) PIDC_MUSTCHECK;
void load_conns_close(struct load *load);
