/* SPDX-License-Identifier: ISC
 *
 *   IDLE -> (woken, heartbeat) READING (bulk lane) -> something came: sent, READING again
 *    ^                                             -> nothing came: IDLE
 *    '-- on_writable <- FULL <- sent and the queue is full
 *
 * What wakes it meanwhile is remembered. So a reader that is slow is never more than one
 * message behind in memory, and a storm of commits is one read.
 */
#include "daemon/watch.h"

#include "daemon/method.h"

#include <string.h>

#define WATCH_ARENA_MAX (16 * 1024 * 1024) /* a page of 1 MB, or one entry of a full request */

enum watch_state { WATCH_IDLE, WATCH_READING, WATCH_FULL };

struct watch {
	struct work work;
	struct watch *next, **at; /* in backend->watches; at is NULL outside of it */
	struct call *call;
	struct service_watch *service;
	struct arena *arena; /* of the read under way */
	enum watch_state state;
	bool is_due;  /* woken */
	bool is_beat; /* a message is owed, also an empty one */
	/* of the worker while READING */
	bool is_read_beat;
	bool has_more;
	uint64_t beat_at;
};

static struct watch *watch_of(const struct work *work)
{
	return work->call->state;
}

/* --- reading --------------------------------------------------------------- */

static void run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct work *work = work_of_lane(jobs[i]);
		struct watch *watch = watch_of(work);

		work->job.result = service_watch_read(watch->service, db, watch->arena, &work->job,
						      watch->is_read_beat, &watch->has_more);
	}
}

static void step(struct watch *watch);

static void drop_arena(struct watch *watch)
{
	arena_free(watch->arena);
	watch->arena = NULL;
}

static void on_read(struct work *work)
{
	struct watch *watch = watch_of(work);
	struct call *call = watch->call;
	const struct service_job *job = &work->job;
	bool is_full = false;

	watch->state = WATCH_IDLE;
	if (call_is_over(call))
		return;
	if (job->result != 0) {
		work_refuse(work);
		return;
	}
	if (job->reply != NULL) {
		watch->is_beat = false;
		watch->beat_at = call_now(call) + service_watch_heartbeat_ms(watch->service);
		if (call_send(call, job->reply, job->reply_len, &is_full) < 0)
			return;
	}
	drop_arena(watch);
	watch->is_due = watch->is_due || watch->has_more;
	watch->state = is_full ? WATCH_FULL : WATCH_IDLE;
	step(watch);
}

static void start_read(struct watch *watch)
{
	watch->arena = arena_new(WATCH_ARENA_MAX);
	if (watch->arena == NULL) {
		call_abort(watch->call, PIDC_ENOMEM, NULL);
		return;
	}
	watch->is_due = false;
	watch->is_read_beat = watch->is_beat;
	watch->work.lane.run = run;
	watch->work.done = on_read;
	if (work_submit(&watch->work, LANE_BULK) < 0) {
		work_refuse(&watch->work);
		return;
	}
	watch->state = WATCH_READING;
}

static void step(struct watch *watch)
{
	if (watch->state == WATCH_IDLE && (watch->is_due || watch->is_beat) &&
	    !call_is_over(watch->call))
		start_read(watch);
}

/* --- what wakes it --------------------------------------------------------- */

/* A step may end a call, but never takes it out of the list: on_gone does, later. */
void watch_wake(struct backend *backend, const struct notice *notice)
{
	for (struct watch *watch = backend->watches; watch != NULL; watch = watch->next) {
		/* While a worker reads, its results are its own. */
		if (watch->state == WATCH_READING ||
		    notice_concerns(notice, service_watch_org(watch->service)))
			watch->is_due = true;
		step(watch);
	}
}

void watch_tick(struct backend *backend, uint64_t now)
{
	for (struct watch *watch = backend->watches; watch != NULL; watch = watch->next) {
		if (watch->beat_at <= now)
			watch->is_beat = true;
		step(watch);
	}
}

static void on_writable(struct call *call)
{
	struct watch *watch = call->state;

	if (watch == NULL || watch->state != WATCH_FULL)
		return;
	watch->state = WATCH_IDLE;
	step(watch);
}

/* --- life ------------------------------------------------------------------ */

static bool is_too_many(const struct backend *backend, const struct call *call)
{
	unsigned count = 0;

	for (const struct watch *watch = backend->watches; watch != NULL; watch = watch->next)
		count += watch->call->conn == call->conn;
	return count >= WATCHES_CONN_MAX || backend->watch_count >= WATCHES_MAX;
}

static void link_watch(struct watch *watch, struct backend *backend)
{
	watch->next = backend->watches;
	watch->at = &backend->watches;
	if (watch->next != NULL)
		watch->next->at = &watch->next;
	backend->watches = watch;
	backend->watch_count++;
}

static void unlink_watch(struct watch *watch, struct backend *backend)
{
	if (watch->at == NULL)
		return;
	*watch->at = watch->next;
	if (watch->next != NULL)
		watch->next->at = watch->at;
	watch->at = NULL;
	backend->watch_count--;
}

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct backend *backend = call->context;
	struct watch *watch = arena_alloc(call->arena, sizeof(*watch));
	ProtobufCMessage *request;

	call->state = watch;
	if (watch == NULL || is_too_many(backend, call)) {
		call_abort(call, PIDC_ELIMIT, "too many watches");
		return;
	}
	watch->call = call;
	rpc_call_set_deadline(call->rpc, UINT64_MAX);
	if (work_prepare(&watch->work, call) < 0 ||
	    call_unpack(call, service_method_request(method), data, len, &request) < 0)
		return;
	watch->work.job.method = method;
	watch->work.job.request_bytes = data;
	watch->work.job.request_len = len;
	watch->work.job.request = request;
	if (service_watch_start(&watch->work.job, &watch->service) < 0) {
		work_refuse(&watch->work);
		return;
	}
	link_watch(watch, backend);
	watch->is_beat = true;
	step(watch);
}

static void on_drain(struct call *call)
{
	call_finish(call, RPC_UNAVAILABLE,
		    "this connection is closing; watch again from next_start on another one");
}

static void on_gone(struct call *call)
{
	struct watch *watch = call->state;

	if (watch == NULL)
		return;
	unlink_watch(watch, call->context);
	work_cancel(&watch->work);
}

static void on_free(struct call *call)
{
	struct watch *watch = call->state;

	if (watch != NULL)
		drop_arena(watch);
}

const struct call_kind method_watch = {
	.on_message = on_message,
	.on_writable = on_writable,
	.on_drain = on_drain,
	.on_gone = on_gone,
	.on_free = on_free,
};
