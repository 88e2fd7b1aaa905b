/* SPDX-License-Identifier: ISC */
#include "daemon/errand.h"

#include <stdlib.h>

#define ERRAND_ARENA_MAX (1024 * 1024) /* a request of a few words, and its reply */

struct errand {
	struct lane_job lane; /* first: a lane_job is an errand */
	struct service_job job;
	struct errand_options options;
	struct arena *arena;
	bool is_running;
};

static void run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct service_job *job = &((struct errand *)jobs[i])->job;

		service_run_write(db, &job, 1);
	}
}

static void done(struct lane_job *lane, int result)
{
	struct errand *errand = (struct errand *)lane;

	errand->is_running = false;
	errand->options.on_done(result < 0 ? NULL : &errand->job, errand->options.user);
}

struct errand *errand_new(const struct errand_options *options)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (errand == NULL)
		return NULL;
	errand->options = *options;
	errand->arena = arena_new(ERRAND_ARENA_MAX);
	if (errand->arena == NULL) {
		free(errand);
		return NULL;
	}
	return errand;
}

void errand_free(struct errand *errand)
{
	if (errand == NULL)
		return;
	arena_free(errand->arena);
	free(errand);
}

void errand_step(struct errand *errand)
{
	if (errand->is_running || !lane_is_up(errand->options.lane))
		return;
	arena_reset(errand->arena);
	if (errand->options.prepare(errand->arena, &errand->job) < 0)
		return;
	errand->lane = (struct lane_job){.run = run, .done = done, .deadline = UINT64_MAX};
	errand->is_running = lane_submit(errand->options.lane, &errand->lane) == 0;
}
