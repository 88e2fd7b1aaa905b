/* SPDX-License-Identifier: ISC
 *
 * A lane: pending jobs, a few database connections, a limit of jobs a batch.
 * Jobs that are pending while a connection is idle are cut into one batch in
 * uv_check, so that what arrived together runs together; a job never joins a
 * batch that has been sent. The batch runs blocking in a thread of the pool,
 * its jobs are answered on the loop.
 *
 *   lane_submit -> pending -> batch -> run (worker) -> done (loop)
 *
 * Loop thread only, but for the driver and run functions, which run in workers.
 * A lane without any connection refuses at once with PIDC_EUNAVAILABLE and
 * tries again to connect with back-off.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct db;
struct lane;
struct lane_job;

#define LANE_CONNECTIONS_MAX 32   /* threads are as many, and each has a backend of PostgreSQL */
#define LANE_BATCH_MAX       1024 /* more only makes the slowest answer later */
#define LANE_RETRY_FIRST_MS  100  /* a restarted PostgreSQL is back within seconds ... */
#define LANE_RETRY_MAX_MS    5000 /* ... and a failover within a minute */

/* Runs a batch of jobs that have this same function; n is at least 1. */
typedef void (*lane_run_cb)(struct db *db, struct lane_job *const *jobs, size_t n);

/* Embedded in what the caller needs; zero it, set the first part. */
struct lane_job {
	lane_run_cb run;
	/* Loop thread, exactly once after a lane_submit that gave 0, unless
	 * lane_cancel gave true. result: 0 when run has run; PIDC_EUNAVAILABLE,
	 * PIDC_EDEADLINE: it never ran. */
	void (*done)(struct lane_job *job, int result);
	uint64_t deadline; /* uv_now clock; UINT64_MAX for none */
	/* private */
	struct lane_job *next, *prev;
	struct lane *lane; /* while pending */
};

/* How a worker gets at the database. ctx is borrowed for the lane's life. */
struct lane_driver {
	int (*open)(const void *ctx, struct db **ret, struct pidc_error *err);
	void (*close)(struct db *db);
	bool (*is_alive)(const struct db *db);
	const void *ctx;
};

struct lane_options {
	uv_loop_t *loop;
	const char *name; /* for the log; static */
	struct lane_driver driver;
	size_t connections;
	size_t batch_max;
	size_t queue_max;
	/* The first connection is up, or the last one is down. Optional. */
	void (*on_state)(bool is_up, void *user);
	void *user;
};

/* Begins to connect. PIDC_ENOMEM, PIDC_EINVAL for numbers over the limits above. */
int lane_new(const struct lane_options *options, struct lane **ret,
	     struct pidc_error *err) PIDC_MUSTCHECK;

/* Answers what is pending with PIDC_EUNAVAILABLE, waits for what runs, closes the
 * connections; then calls closed (may be NULL) and the lane is gone. */
void lane_close(struct lane *lane, void (*closed)(void *user), void *user);

/* PIDC_ELIMIT when queue_max jobs wait, PIDC_EUNAVAILABLE while no connection
 * can be had: done never runs then. */
int lane_submit(struct lane *lane, struct lane_job *job) PIDC_MUSTCHECK;

/* True: the job was pending, is forgotten and done will not run. False: it is
 * running (done follows) or was never submitted. */
bool lane_cancel(struct lane_job *job);

bool lane_is_up(const struct lane *lane);
size_t lane_pending(const struct lane *lane);
