/* SPDX-License-Identifier: ISC
 *
 * What the daemon does of its own accord, beside answering calls: records that it has
 * started, hears what other instances commit, wakes watches, sees that connections of
 * revoked certificates end and that the database plans for tables as they are.
 * Loop thread only.
 */
#pragma once

#include "daemon/database.h"
#include "daemon/work.h"

struct upkeep;

struct upkeep_options {
	uv_loop_t *loop;
	struct backend *backend;                 /* borrowed; lanes and listener are there */
	const struct database_options *database; /* of the primary; borrowed */
	const char *instance_id;                 /* borrowed */
	void (*on_started)(void *user);          /* the start is in the ledger */
	void *user;
};

int upkeep_new(const struct upkeep_options *options, struct upkeep **ret,
	       struct pidc_error *err) PIDC_MUSTCHECK;

/* The write lane has got a connection. */
void upkeep_step(struct upkeep *upkeep);

/* Before listener and lanes close: begins nothing new. NULL is fine. */
void upkeep_stop(struct upkeep *upkeep);

/* After the loop has ended. NULL is fine. */
void upkeep_free(struct upkeep *upkeep);
