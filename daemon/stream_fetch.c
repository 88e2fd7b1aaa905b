/* SPDX-License-Identifier: ISC
 *
 * STREAM_FETCH, chunk by chunk:
 *
 *   PLAN (bulk) -> RELEASE (write) -> CONTENT (bulk) -> sent -> RELEASE -> ... -> end
 *                                     ^ pieces of files |
 *                                     +-----------------+
 *
 * A release that is refused ends the stream: what was revoked meanwhile stops the
 * fetch at its next chunk. The next chunk is asked for once there is room to
 * send it.
 */
#include "daemon/method.h"
#include "daemon/work.h"

#define FETCH_CHUNK_ARENA_MAX \
	((size_t)8 * 1024 * 1024) /* a chunk is far below; its rows and reply */

struct fetch {
	struct work plan;
	struct work chunk;
	struct service_fetch *fetch;
	struct arena *chunk_arena;
	bool is_waiting; /* for on_writable */
};

static struct fetch *fetch_of(const struct work *work)
{
	return work->call->state;
}

static void plan_run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct work *work = work_of_lane(jobs[i]);

		work->job.result = service_fetch_plan(db, &work->job, &fetch_of(work)->fetch);
	}
}

static void content_run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct work *work = work_of_lane(jobs[i]);

		work->job.result = service_fetch_content(fetch_of(work)->fetch, db, &work->job);
	}
}

static void next_step(struct call *call);

static void content_done(struct work *work)
{
	struct call *call = work->call;
	bool is_full = false;

	if (work->job.result != 0) {
		work_refuse(work);
		return;
	}
	if (call_send(call, work->job.reply, work->job.reply_len, &is_full) < 0)
		return;
	if (is_full)
		fetch_of(work)->is_waiting = true;
	else
		next_step(call);
}

static void submit(struct work *work, lane_run_cb run, void (*done)(struct work *work),
		   enum service_lane lane)
{
	work->lane.run = run;
	work->done = done;
	if (work_submit(work, lane) < 0)
		work_refuse(work);
}

static void release_done(struct work *work)
{
	if (work->job.result != 0)
		work_refuse(work);
	else if (!call_is_over(work->call))
		submit(work, content_run, content_done, LANE_BULK);
}

static void next_chunk(struct call *call)
{
	struct fetch *fetch = call->state;
	struct service_job *job = &fetch->chunk.job;

	if (call_is_over(call))
		return;
	if (!service_fetch_has_next(fetch->fetch)) {
		call_ok(call);
		return;
	}
	arena_reset(fetch->chunk_arena);
	*job = (struct service_job){0};
	job->result = service_fetch_release(fetch->fetch, fetch->chunk_arena, job);
	fetch->chunk.call = call;
	fetch->chunk.lane.deadline = fetch->plan.lane.deadline;
	if (job->result != 0)
		work_refuse(&fetch->chunk);
	else
		submit(&fetch->chunk, work_run_write, release_done, LANE_WRITE);
}

static void next_piece(struct call *call)
{
	struct fetch *fetch = call->state;

	arena_reset(fetch->chunk_arena);
	fetch->chunk.job =
		(struct service_job){.method = fetch->plan.job.method, .arena = fetch->chunk_arena};
	submit(&fetch->chunk, content_run, content_done, LANE_BULK);
}

/* The rest of what was released, then the next release. */
static void next_step(struct call *call)
{
	struct fetch *fetch = call->state;

	if (!call_is_over(call) && service_fetch_has_piece(fetch->fetch))
		next_piece(call);
	else
		next_chunk(call);
}

static void plan_done(struct work *work)
{
	if (work->job.result != 0)
		work_refuse(work);
	else
		next_step(work->call);
}

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct fetch *fetch = arena_alloc(call->arena, sizeof(*fetch));
	ProtobufCMessage *request;

	if (fetch != NULL)
		fetch->chunk_arena = arena_new(FETCH_CHUNK_ARENA_MAX);
	call->state = fetch;
	if (fetch == NULL || fetch->chunk_arena == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return;
	}
	if (work_prepare(&fetch->plan, call) < 0 ||
	    call_unpack(call, service_method_request(method), data, len, &request) < 0)
		return;
	fetch->plan.job.method = method;
	fetch->plan.job.request_bytes = data;
	fetch->plan.job.request_len = len;
	fetch->plan.job.request = request;
	submit(&fetch->plan, plan_run, plan_done, LANE_BULK);
}

static void on_writable(struct call *call)
{
	struct fetch *fetch = call->state;

	if (fetch == NULL || !fetch->is_waiting)
		return;
	fetch->is_waiting = false;
	next_step(call);
}

static void on_gone(struct call *call)
{
	struct fetch *fetch = call->state;

	if (fetch == NULL)
		return;
	work_cancel(&fetch->plan);
	work_cancel(&fetch->chunk);
}

static void on_free(struct call *call)
{
	struct fetch *fetch = call->state;

	if (fetch != NULL)
		arena_free(fetch->chunk_arena);
}

const struct call_kind method_fetch = {
	.on_message = on_message,
	.on_writable = on_writable,
	.on_gone = on_gone,
	.on_free = on_free,
};
