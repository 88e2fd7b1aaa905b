/* SPDX-License-Identifier: ISC
 *
 * A command of the daemon's own, put through the write lane whenever its owner asks and
 * the lane has a connection; one at a time. Loop thread only.
 */
#pragma once

#include "daemon/lane.h"
#include "daemon/service/service.h"

struct errand;

struct errand_options {
	struct lane *lane; /* borrowed */
	int (*prepare)(struct arena *arena, struct service_job *ret);
	/* It has run (job has its answer), or could not (NULL). Not within errand_step. */
	void (*on_done)(const struct service_job *job, void *user);
	void *user;
};

/* NULL when memory is short. */
struct errand *errand_new(const struct errand_options *options) PIDC_MUSTCHECK;

/* The lane must be closed. NULL is fine. */
void errand_free(struct errand *errand);

/* Run it, unless it is under way or there is no database: then on_done does not follow. */
void errand_step(struct errand *errand);
