/* SPDX-License-Identifier: ISC
 *
 * STREAM_STEPS: long work in short steps, on a database connection of its own so
 * that it takes none from the lanes. One step at a time is in a worker; the next
 * starts once there is room to send its reply.
 */
#include "daemon/method.h"
#include "daemon/work.h"

#define STEPS_RUNNING_MAX 2                          /* each reads the whole ledger */
#define STEPS_ARENA_MAX   ((size_t)64 * 1024 * 1024) /* one step reads a run of entries */

struct steps {
	struct work work; /* for its job; it is in no lane */
	uv_work_t request;
	struct backend *backend;
	struct db *db;
	struct service_steps *steps;
	struct arena *arena;
	int result;
	bool is_last;
	bool is_running;
	bool is_waiting; /* for on_writable */
	bool is_counted;
};

static void note_failure(struct service_job *job, int rc, const struct pidc_error *err)
{
	job->failure = rc;
	job->failure_text = arena_strdup(job->arena, err->msg);
}

/* In a worker: open and start first, then one step. */
static void run(uv_work_t *request)
{
	struct steps *s = request->data;
	struct service_job *job = &s->work.job;
	struct pidc_error err = {0};

	s->result = 0;
	if (s->db == NULL) {
		s->result = s->backend->bulk.open(s->backend->bulk.ctx, &s->db, &err);
		if (s->result < 0)
			note_failure(job, s->result, &err);
	}
	if (s->result == 0 && s->steps == NULL)
		s->result = service_steps_start(s->db, job, &s->steps);
	if (s->result == 0)
		s->result = service_steps_next(s->steps, s->db, s->arena, job, &s->is_last);
}

static void start(struct call *call);

static void step(struct call *call)
{
	struct steps *s = call->state;
	struct service_job *job = &s->work.job;
	bool is_full = false;

	if (s->result == PIDC_EREFUSED) {
		call_refuse(call, &job->refusal);
		return;
	}
	if (s->result < 0) {
		call_abort(call, s->result, NULL);
		return;
	}
	if (job->reply != NULL && call_send(call, job->reply, job->reply_len, &is_full) < 0)
		return;
	job->reply = NULL;
	if (s->is_last)
		call_ok(call);
	else if (is_full)
		s->is_waiting = true;
	else
		start(call);
}

static void on_done(uv_work_t *request, int status)
{
	struct steps *s = request->data;
	struct call *call = s->work.call;

	s->is_running = false;
	if (status < 0)
		s->result = PIDC_EUNAVAILABLE;
	work_log_failure(&s->work);
	if (!call_is_over(call))
		step(call);
	call_unref(call);
}

static void start(struct call *call)
{
	struct steps *s = call->state;

	arena_reset(s->arena);
	s->request.data = s;
	if (uv_queue_work(s->backend->loop, &s->request, run, on_done) < 0) {
		call_abort(call, PIDC_EUNAVAILABLE, NULL);
		return;
	}
	s->is_running = true;
	call_ref(call);
}

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct backend *backend = call->context;
	struct steps *s = arena_alloc(call->arena, sizeof(*s));
	ProtobufCMessage *request;

	if (backend->steps_running >= STEPS_RUNNING_MAX) {
		call_abort(call, PIDC_ELIMIT, "as many of these as may run are running");
		return;
	}
	if (s != NULL)
		s->arena = arena_new(STEPS_ARENA_MAX);
	call->state = s;
	if (s == NULL || s->arena == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return;
	}
	if (work_prepare(&s->work, call) < 0 ||
	    call_unpack(call, service_method_request(method), data, len, &request) < 0)
		return;
	s->backend = backend;
	s->work.job.method = method;
	s->work.job.request_bytes = data;
	s->work.job.request_len = len;
	s->work.job.request = request;
	s->is_counted = true;
	backend->steps_running++;
	start(call);
}

static void on_writable(struct call *call)
{
	struct steps *s = call->state;

	if (s == NULL || !s->is_waiting)
		return;
	s->is_waiting = false;
	start(call);
}

static void on_free(struct call *call)
{
	struct steps *s = call->state;

	if (s == NULL)
		return;
	if (s->steps != NULL)
		service_steps_free(s->steps);
	if (s->db != NULL)
		s->backend->bulk.close(s->db);
	if (s->is_counted)
		s->backend->steps_running--;
	arena_free(s->arena);
}

const struct call_kind method_steps = {
	.on_message = on_message,
	.on_writable = on_writable,
	.on_free = on_free,
};
