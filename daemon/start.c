/* SPDX-License-Identifier: ISC */
#include "daemon/start.h"

#include "daemon/log.h"
#include "daemon/service/service.h"

#include <stdlib.h>

#define START_ARENA_MAX (1024 * 1024) /* a request of three words, and its reply */

struct start {
	struct lane_job lane; /* first: a lane_job is a start */
	struct service_job job;
	struct start_options options;
	struct arena *arena;
	bool is_running;
	bool is_done;
	bool is_told; /* that it does not work */
};

static void run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct service_job *job = &((struct start *)jobs[i])->job;

		service_run_write(db, &job, 1);
	}
}

static void tell_failure(struct start *start, int result)
{
	const char *text = start->job.failure_text;

	/* Once: it is tried every second. */
	if (!start->is_told)
		LOG(WARNING, "server", "start-not-recorded",
		    TEXT("reason", result < 0     ? "no database"
				   : text != NULL ? text
						  : reason_name(start->job.refusal.reason)));
	start->is_told = true;
}

static void done(struct lane_job *lane, int result)
{
	struct start *start = (struct start *)lane;

	start->is_running = false;
	if (result < 0 || start->job.result != 0) {
		tell_failure(start, result);
		return;
	}
	start->is_done = true;
	LOG(INFO, "server", "start-recorded", TEXT("instance", start->options.instance_id),
	    TEXT("version", PIDC_VERSION));
	start->options.on_done(start->options.user);
}

struct start *start_new(const struct start_options *options)
{
	struct start *start = calloc(1, sizeof(*start));

	if (start == NULL)
		return NULL;
	start->options = *options;
	start->arena = arena_new(START_ARENA_MAX);
	if (start->arena == NULL) {
		free(start);
		return NULL;
	}
	return start;
}

void start_free(struct start *start)
{
	if (start == NULL)
		return;
	arena_free(start->arena);
	free(start);
}

void start_step(struct start *start)
{
	if (start->is_done || start->is_running || !lane_is_up(start->options.lane))
		return;
	arena_reset(start->arena);
	if (service_start(start->arena, &start->job) < 0)
		return;
	start->lane = (struct lane_job){.run = run, .done = done, .deadline = UINT64_MAX};
	start->is_running = lane_submit(start->options.lane, &start->lane) == 0;
}
