/* SPDX-License-Identifier: ISC
 *
 * STREAM_FETCH, chunk by chunk:
 *
 *   PLAN (bulk) -> RELEASE (write) -> CONTENT (bulk) -> sent -> RELEASE -> ... -> end
 *                                     ^ pieces of files |
 *                                     +-----------------+
 *
 * A release that is refused ends the stream: what was revoked meanwhile stops the fetch
 * at its next chunk. The next chunk is sent once there is room for it; to a recipient
 * that reads quickly it is decided while the content of the one before is read, so that
 * the two lanes work at the same time.
 */
#include "daemon/method.h"
#include "daemon/work.h"

#define FETCH_CHUNK_ARENA_MAX \
	((size_t)8 * 1024 * 1024) /* a chunk is far below; its rows and reply */

/* Who takes a chunk within this time has the next one decided ahead: by so much, and by the
 * time of reading a chunk, its decision can be older than its first byte. */
#define FETCH_QUICK_MS 100

/* Of a chunk, from its release to its last byte. */
struct slot {
	struct work work;
	struct arena *arena;
};

enum ahead { AHEAD_NONE, AHEAD_RUNNING, AHEAD_DONE };

struct fetch {
	struct work plan;
	struct slot slots[2];
	unsigned current; /* slot of the chunk that is read or sent; the other is ahead */
	enum ahead ahead;
	bool is_next_wanted; /* the chunk ahead is waited for */
	struct service_fetch *fetch;
	uint64_t sent_at;
	bool is_quick;
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

static struct slot *slot_of(struct fetch *fetch, bool is_ahead)
{
	return &fetch->slots[is_ahead ? !fetch->current : fetch->current];
}

static void submit(struct work *work, lane_run_cb run, void (*done)(struct work *work),
		   enum service_lane lane)
{
	work->lane.run = run;
	work->done = done;
	if (work_submit(work, lane) < 0)
		work_refuse(work);
}

/* --- content ----------------------------------------------------------------- */

static void content_done(struct work *work)
{
	struct call *call = work->call;
	struct fetch *fetch = fetch_of(work);
	bool is_full = false;

	if (work->job.result != 0) {
		work_refuse(work);
		return;
	}
	if (call_send(call, work->job.reply, work->job.reply_len, &is_full) < 0)
		return;
	fetch->sent_at = call_now(call);
	fetch->is_waiting = is_full;
	fetch->is_quick = !is_full;
	if (!is_full)
		next_step(call);
}

/* --- releases ------------------------------------------------------------------ */

/* The job that decides the next chunk, in the lane. */
static void release_submit(struct call *call, struct slot *slot, void (*done)(struct work *work))
{
	struct fetch *fetch = call->state;
	struct service_job *job = &slot->work.job;

	arena_reset(slot->arena);
	*job = (struct service_job){0};
	job->result = service_fetch_release(fetch->fetch, slot->arena, job);
	slot->work.call = call;
	slot->work.lane.deadline = fetch->plan.lane.deadline;
	if (job->result != 0)
		work_refuse(&slot->work);
	else
		submit(&slot->work, work_run_write, done, LANE_WRITE);
}

static void chunk_begin(struct call *call);

static void ahead_done(struct work *work)
{
	struct fetch *fetch = fetch_of(work);

	fetch->ahead = AHEAD_DONE;
	if (fetch->is_next_wanted && !call_is_over(work->call))
		chunk_begin(work->call);
}

/* The present slot's chunk is released: read its content, and let the next be decided. */
static void release_done(struct work *work)
{
	struct call *call = work->call;
	struct fetch *fetch = fetch_of(work);

	if (work->job.result != 0) {
		work_refuse(work);
		return;
	}
	if (call_is_over(call))
		return;
	if (fetch->is_quick && service_fetch_has_ahead(fetch->fetch)) {
		fetch->ahead = AHEAD_RUNNING;
		release_submit(call, slot_of(fetch, true), ahead_done);
	}
	submit(work, content_run, content_done, LANE_BULK);
}

/* The chunk ahead becomes the present one. */
static void chunk_begin(struct call *call)
{
	struct fetch *fetch = call->state;

	fetch->is_next_wanted = false;
	fetch->ahead = AHEAD_NONE;
	fetch->current = !fetch->current;
	release_done(&slot_of(fetch, false)->work);
}

static void next_chunk(struct call *call)
{
	struct fetch *fetch = call->state;

	if (fetch->ahead == AHEAD_DONE)
		chunk_begin(call);
	else if (fetch->ahead == AHEAD_RUNNING)
		fetch->is_next_wanted = true;
	else if (!service_fetch_has_next(fetch->fetch))
		call_ok(call);
	else
		release_submit(call, slot_of(fetch, false), release_done);
}

static void next_piece(struct call *call)
{
	struct fetch *fetch = call->state;
	struct slot *slot = slot_of(fetch, false);

	arena_reset(slot->arena);
	slot->work.job =
		(struct service_job){.method = fetch->plan.job.method, .arena = slot->arena};
	submit(&slot->work, content_run, content_done, LANE_BULK);
}

/* The rest of what was released, then the next release. */
static void next_step(struct call *call)
{
	struct fetch *fetch = call->state;

	if (call_is_over(call))
		return;
	if (service_fetch_has_piece(fetch->fetch))
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

	for (size_t i = 0; fetch != NULL && i < 2; i++)
		fetch->slots[i].arena = arena_new(FETCH_CHUNK_ARENA_MAX);
	call->state = fetch;
	if (fetch == NULL || fetch->slots[0].arena == NULL || fetch->slots[1].arena == NULL) {
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
	fetch->is_quick = call_now(call) - fetch->sent_at < FETCH_QUICK_MS;
	next_step(call);
}

static void on_gone(struct call *call)
{
	struct fetch *fetch = call->state;

	if (fetch == NULL)
		return;
	work_cancel(&fetch->plan);
	for (size_t i = 0; i < 2; i++)
		work_cancel(&fetch->slots[i].work);
}

static void on_free(struct call *call)
{
	struct fetch *fetch = call->state;

	for (size_t i = 0; fetch != NULL && i < 2; i++)
		arena_free(fetch->slots[i].arena);
}

const struct call_kind method_fetch = {
	.on_message = on_message,
	.on_writable = on_writable,
	.on_gone = on_gone,
	.on_free = on_free,
};
