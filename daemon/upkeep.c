/* SPDX-License-Identifier: ISC */
#include "daemon/upkeep.h"

#include "daemon/analyze.h"
#include "daemon/errand.h"
#include "daemon/keys.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/notice.h"
#include "daemon/sd.h"
#include "daemon/watch.h"

#include <malloc.h>
#include <stdlib.h>

/* What could not be done at once is tried again this often. */
#define TICK_MS  1000
#define QUIET_MS 30000
#define FOLD_MS  10000 /* counts are of whole hours: no hurry */

struct upkeep {
	struct upkeep_options options;
	struct listening *listening;
	struct keys *keys;
	struct errand *start; /* that this instance has started */
	struct errand *fold;  /* refusals that were only counted */
	uint64_t fold_at;
	struct analyze *analyze;
	uv_timer_t tick;
	uint64_t seen; /* calls and connections, to know that nothing goes on */
	uint64_t trim_at;
	bool is_started;
	bool is_told; /* that the start cannot be recorded */
	bool is_stopped;
};

static void on_notice(const struct notice *notice, void *user)
{
	struct upkeep *upkeep = user;

	if (notice->is_everything || notice->ends_key)
		keys_check(upkeep->keys);
	if (!notice->is_everything)
		analyze_note(upkeep->analyze, notice->size);
	watch_wake(upkeep->options.backend, notice);
}

/* What a burst of calls took lies about in the allocator: give it back once nothing has
 * begun for a while. Calls that only wait do not count. */
static void trim_step(struct upkeep *upkeep)
{
	const struct backend *backend = upkeep->options.backend;
	uint64_t seen = backend->budget.opened + listener_count(backend->listener);
	uint64_t now = uv_now(upkeep->options.loop);

	if (seen != upkeep->seen) {
		upkeep->seen = seen;
		upkeep->trim_at = now + QUIET_MS;
	} else if (now >= upkeep->trim_at) {
		upkeep->trim_at = UINT64_MAX;
		malloc_trim(0);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct upkeep *upkeep = timer->data;

	keys_tick(upkeep->keys);
	trim_step(upkeep);
	analyze_tick(upkeep->analyze, uv_now(upkeep->options.loop));
	watch_tick(upkeep->options.backend, uv_now(upkeep->options.loop));
	if (!upkeep->is_started)
		sd_waiting();
	upkeep_step(upkeep);
}

static void tell_failure(struct upkeep *upkeep, const struct service_job *job)
{
	const char *text = "no database";

	/* Once: it is tried every second. */
	if (upkeep->is_told)
		return;
	upkeep->is_told = true;
	if (job != NULL)
		text = job->failure_text != NULL ? job->failure_text
						 : reason_name(job->refusal.reason);
	LOG(WARNING, "server", "start-not-recorded", TEXT("reason", text));
}

static void on_start_done(const struct service_job *job, void *user)
{
	struct upkeep *upkeep = user;

	if (job == NULL || job->result != 0) {
		tell_failure(upkeep, job);
		return;
	}
	upkeep->is_started = true;
	LOG(INFO, "server", "start-recorded", TEXT("instance", upkeep->options.instance_id),
	    TEXT("version", PIDC_VERSION));
	if (!upkeep->is_stopped)
		upkeep->options.on_started(upkeep->options.user);
}

/* One count after the other while there are any. */
static void on_fold_done(const struct service_job *job, void *user)
{
	struct upkeep *upkeep = user;

	if (job != NULL && job->failure != 0)
		LOG(WARNING, "server", "refusals-not-counted",
		    TEXT("error", job->failure_text != NULL ? job->failure_text : ""));
	if (upkeep->is_stopped)
		return;
	upkeep->fold_at = uv_now(upkeep->options.loop);
	if (job != NULL && job->result == 0)
		errand_step(upkeep->fold);
	else
		upkeep->fold_at += FOLD_MS;
}

void upkeep_step(struct upkeep *upkeep)
{
	if (!upkeep->is_stopped && !upkeep->is_started)
		errand_step(upkeep->start);
	else if (!upkeep->is_stopped && uv_now(upkeep->options.loop) >= upkeep->fold_at)
		errand_step(upkeep->fold);
}

static int make_parts(struct upkeep *upkeep)
{
	struct backend *backend = upkeep->options.backend;
	const struct errand_options start = {.lane = backend->lanes[LANE_WRITE],
					     .prepare = service_start,
					     .on_done = on_start_done,
					     .user = upkeep};
	const struct errand_options fold = {.lane = backend->lanes[LANE_WRITE],
					    .prepare = service_fold,
					    .on_done = on_fold_done,
					    .user = upkeep};

	upkeep->keys = keys_new(backend->listener, backend->lanes[LANE_READ]);
	upkeep->start = errand_new(&start);
	upkeep->fold = errand_new(&fold);
	upkeep->analyze = analyze_new(backend->lanes[LANE_BULK]);
	return upkeep->keys == NULL || upkeep->start == NULL || upkeep->fold == NULL ||
			       upkeep->analyze == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

int upkeep_new(const struct upkeep_options *options, struct upkeep **ret, struct pidc_error *err)
{
	struct upkeep *upkeep = calloc(1, sizeof(*upkeep));
	struct listening_options listening = {
		.loop = options->loop, .on_notice = on_notice, .user = upkeep};
	int r;

	if (upkeep == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	upkeep->options = *options;
	database_driver(options->database, &listening.driver);
	r = make_parts(upkeep);
	if (r == 0)
		r = listening_new(&listening, &upkeep->listening, err);
	if (r < 0) {
		upkeep_free(upkeep);
		return pidc_fail(err, r, "out of memory");
	}
	uv_timer_init(options->loop, &upkeep->tick);
	upkeep->tick.data = upkeep;
	uv_timer_start(&upkeep->tick, on_tick, TICK_MS, TICK_MS);
	*ret = upkeep;
	return 0;
}

void upkeep_stop(struct upkeep *upkeep)
{
	if (upkeep == NULL || upkeep->is_stopped)
		return;
	upkeep->is_stopped = true;
	listening_close(upkeep->listening);
	keys_stop(upkeep->keys);
	uv_close((uv_handle_t *)&upkeep->tick, NULL);
}

void upkeep_free(struct upkeep *upkeep)
{
	if (upkeep == NULL)
		return;
	analyze_free(upkeep->analyze);
	errand_free(upkeep->fold);
	errand_free(upkeep->start);
	keys_free(upkeep->keys);
	free(upkeep);
}
