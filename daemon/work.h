/* SPDX-License-Identifier: ISC
 *
 * A service_job on its way through a lane: the bridge between calls, lanes and
 * services, shared by unary calls and streams. Loop thread only.
 */
#pragma once

#include "daemon/call.h"
#include "daemon/lane.h"
#include "daemon/service/service.h"

/* What the calls of pidcd have as context. */
struct backend {
	struct lane *lanes[LANE_COUNT];
	struct lane_driver bulk; /* for streams that have a connection of their own */
	uv_loop_t *loop;
	struct listener *listener;
	struct health *health;
	struct reflection *reflection; /* NULL: not served */
	struct call_budget budget;
	unsigned steps_running;
	struct watch *watches;
	unsigned watch_count;
};

struct work {
	struct lane_job lane;
	struct service_job job;
	struct call *call; /* referenced while the work is in a lane */
	/* Loop thread: job.result and, if it is not 0, job.refusal are filled.
	 * The call may be over by now. */
	void (*done)(struct work *work);
	bool is_submitted;
};

#define WORK_CAPACITY_MAX 64 /* a capacity is one of our own words */

/* Identity and capacity of the caller, deadline, arena of the call. A caller
 * without certificate is refused, which ends the call. */
int work_prepare(struct work *work, struct call *call) PIDC_MUSTCHECK;

/* lane_run_cb for work of the write lane, and of the others. */
void work_run_write(struct db *db, struct lane_job *const *jobs, size_t n);
void work_run_read(struct db *db, struct lane_job *const *jobs, size_t n);

/* Into the lane, with work->lane.run (NULL: by the lane's own). A failure fills
 * job.result and job.refusal; done does not run then. */
int work_submit(struct work *work, enum service_lane lane) PIDC_MUSTCHECK;

/* True: it was waiting, done will not run. */
bool work_cancel(struct work *work);

struct work *work_of_lane(struct lane_job *job);

/* One line in the log when the database or our own machinery failed the job, with the
 * text that the client does not get; work in a lane has been through it when done runs. */
void work_log_failure(const struct work *work);

/* End the call with the job's refusal. */
void work_refuse(struct work *work);
