/* SPDX-License-Identifier: ISC */
#include "daemon/work.h"

#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/status.h"

#include <string.h>

struct work *work_of_lane(struct lane_job *job)
{
	return (struct work *)((char *)job - offsetof(struct work, lane));
}

int work_prepare(struct work *work, struct call *call)
{
	const struct tls_peer *peer = rpc_conn_peer(rpc_call_conn(call->rpc));
	const struct rpc_metadata *capacity = rpc_call_metadata(call->rpc, "pidc-capacity");
	struct service_job *job = &work->job;

	if (peer == NULL || !peer->has_certificate || peer->spiffe_id[0] == '\0') {
		call_refuse(call, &(struct refusal){
					  .reason = PIDC__V1__REASON__REASON_E_UNAUTHENTICATED});
		return PIDC_EREFUSED;
	}
	if (capacity != NULL && capacity->value_len > WORK_CAPACITY_MAX) {
		call_refuse(call, &(struct refusal){.reason = PIDC__V1__REASON__REASON_E_CAPACITY,
						    .field = "pidc-capacity"});
		return PIDC_EREFUSED;
	}
	work->call = call;
	work->lane.deadline = rpc_call_deadline(call->rpc);
	job->arena = call->arena;
	memcpy(job->spki_sha256, peer->spki_sha256, sizeof(job->spki_sha256));
	/* Copies: the connection may be gone while a worker looks at them. */
	job->principal_id = arena_strdup(call->arena, peer->spiffe_id);
	if (capacity != NULL)
		job->capacity = arena_strndup(call->arena, (const char *)capacity->value,
					      capacity->value_len);
	if (job->principal_id == NULL || (capacity != NULL && job->capacity == NULL)) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return PIDC_ENOMEM;
	}
	return 0;
}

static void run(struct db *db, struct lane_job *const *lane_jobs, size_t n,
		void (*service)(struct db *db, struct service_job *const *jobs, size_t n))
{
	struct service_job *jobs[LANE_BATCH_MAX];

	for (size_t i = 0; i < n; i++)
		jobs[i] = &work_of_lane(lane_jobs[i])->job;
	service(db, jobs, n);
}

void work_run_write(struct db *db, struct lane_job *const *jobs, size_t n)
{
	run(db, jobs, n, service_run_write);
}

void work_run_read(struct db *db, struct lane_job *const *jobs, size_t n)
{
	run(db, jobs, n, service_run_read);
}

static void fail(struct work *work, int result)
{
	const char *detail = NULL;

	if (result == PIDC_EUNAVAILABLE)
		detail = "the database does not answer; nothing was changed";
	else if (result == PIDC_ELIMIT)
		detail = "too many calls are waiting";
	status_refusal_of_error(result, detail, &work->job.refusal);
	work->job.result = PIDC_EREFUSED;
}

void work_log_failure(const struct work *work)
{
	const struct service_job *job = &work->job;

	if (job->failure == 0)
		return;
	LOG(ERROR, "call", "failed", NUMBER("conn", work->call->conn_id),
	    NUMBER("call", work->call->id), TEXT("method", service_method_path(job->method)),
	    TEXT("reason", reason_name(job->refusal.reason)),
	    TEXT("error", job->failure_text != NULL ? job->failure_text : "no text"));
}

static void on_done(struct lane_job *lane, int result)
{
	struct work *work = work_of_lane(lane);
	struct call *call = work->call;
	struct backend *backend = call->context;

	work->is_submitted = false;
	if (result < 0)
		fail(work, result);
	else if (work->job.result == 0 && work->job.revoked_key && backend->listener != NULL)
		listener_cut_key(backend->listener, work->job.spki_revoked);
	if (result == 0)
		work_log_failure(work);
	work->done(work);
	call_unref(call);
}

int work_submit(struct work *work, enum service_lane lane)
{
	struct backend *backend = work->call->context;
	int r;

	if (work->lane.run == NULL)
		work->lane.run = lane == LANE_WRITE ? work_run_write : work_run_read;
	work->lane.done = on_done;
	r = lane_submit(backend->lanes[lane], &work->lane);
	if (r < 0) {
		fail(work, r);
		return r;
	}
	work->is_submitted = true;
	call_ref(work->call);
	return 0;
}

bool work_cancel(struct work *work)
{
	if (!work->is_submitted || !lane_cancel(&work->lane))
		return false;
	work->is_submitted = false;
	call_unref(work->call);
	return true;
}

void work_refuse(struct work *work)
{
	if (work->job.result == PIDC_EREFUSED || work->job.refusal.reason != 0)
		call_refuse(work->call, &work->job.refusal);
	else
		call_abort(work->call, work->job.result, NULL);
}
