/* SPDX-License-Identifier: ISC */
#include "daemon/analyze.h"

#include "daemon/log.h"
#include "daemon/service/service.h"

#include <stdlib.h>

#define ANALYZE_MS      5000 /* a look at the counters of the database costs next to nothing ... */
#define ANALYZE_ENTRIES 100  /* ... and is worth it when something was written */

struct analyze {
	struct lane_job job; /* first: a lane_job is an analyze */
	struct lane *lane;
	bool is_running;
	uint64_t size;
	uint64_t done_size;
	uint64_t next_at;
	/* of the worker while running */
	uint64_t count;
	int result;
	struct pidc_error err;
};

static void run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct analyze *analyze = (struct analyze *)jobs[i];

		analyze->result = service_analyze(db, false, &analyze->count, &analyze->err);
	}
}

static void done(struct lane_job *job, int result)
{
	struct analyze *analyze = (struct analyze *)job;

	analyze->is_running = false;
	if (result < 0)
		return;
	if (analyze->result < 0)
		LOG(WARNING, "analyze", "failed", TEXT("error", analyze->err.msg));
	else if (analyze->count > 0)
		LOG(INFO, "analyze", "done", NUMBER("tables", analyze->count));
}

struct analyze *analyze_new(struct lane *lane)
{
	struct analyze *analyze = calloc(1, sizeof(*analyze));

	if (analyze != NULL)
		analyze->lane = lane;
	return analyze;
}

void analyze_free(struct analyze *analyze)
{
	free(analyze);
}

void analyze_note(struct analyze *analyze, uint64_t size)
{
	analyze->size = size;
}

void analyze_tick(struct analyze *analyze, uint64_t now)
{
	if (analyze->is_running || now < analyze->next_at ||
	    analyze->size < analyze->done_size + ANALYZE_ENTRIES)
		return;
	analyze->next_at = now + ANALYZE_MS;
	analyze->job = (struct lane_job){.run = run, .done = done, .deadline = UINT64_MAX};
	if (lane_submit(analyze->lane, &analyze->job) < 0)
		return;
	analyze->done_size = analyze->size;
	analyze->is_running = true;
}
