/* SPDX-License-Identifier: ISC
 *
 * The entry of the ledger that says that this instance has started: written as soon as
 * the write lane has a connection, tried again until it is there. Loop thread only.
 */
#pragma once

#include "daemon/lane.h"

struct start;

struct start_options {
	struct lane *lane;
	const char *instance_id; /* for the log; borrowed */
	void (*on_done)(void *user);
	void *user;
};

/* Borrows the lane. NULL when memory is short. */
struct start *start_new(const struct start_options *options) PIDC_MUSTCHECK;

/* The lane must be closed. NULL is fine. */
void start_free(struct start *start);

/* Try, unless it is done or under way. */
void start_step(struct start *start);
