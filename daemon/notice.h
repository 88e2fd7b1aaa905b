/* SPDX-License-Identifier: ISC
 *
 * What other instances (and this one) have committed, as they commit it: one idle
 * connection that listens, made again with back-off whenever it is lost.
 *
 *   DOWN ==> OPENING -> UP -> DOWN        (=> in a worker)
 *
 * Loop thread only.
 */
#pragma once

#include "core/error.h"
#include "daemon/database.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct listening;

/* One write batch, or "you may have missed some". */
struct notice {
	bool is_everything; /* anything may have changed; the rest is not set */
	uint64_t size;      /* of the ledger */
	bool ends_key;      /* a certificate was revoked */
	const char *orgs;   /* that it concerns, separated by spaces; "*": any */
};

/* What head_update says: "SIZE [!key] [ORG ...]". What is not that counts as everything. */
void notice_parse(const char *text, struct notice *ret);

/* Is org one of notice->orgs? */
bool notice_concerns(const struct notice *notice, const char *org);

struct listening_options {
	uv_loop_t *loop;
	struct lane_driver driver; /* of the primary */
	void (*on_notice)(const struct notice *notice, void *user);
	void *user;
};

/* Begins to connect. Once it is up, and whenever it is up again, on_notice gets
 * "everything". PIDC_ENOMEM. */
int listening_new(const struct listening_options *options, struct listening **ret,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* on_notice does not run any more; the memory goes when the worker is back. NULL is fine. */
void listening_close(struct listening *listening);
