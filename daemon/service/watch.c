/* SPDX-License-Identifier: ISC
 *
 * Watching one's own chain: read what came after the last entry that was sent. The
 * chain has no gaps and grows under the lock of the head, so what is visible of it is
 * always its beginning.
 */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

#define HEARTBEAT_DEFAULT_S 30
#define HEARTBEAT_MIN_S     5 /* less would be polling, at a satellite's price */
#define HEARTBEAT_MAX_S     3600
#define TIMED_MAX           100 /* as the statement says */

struct service_watch {
	uint32_t heartbeat_s;
	bool is_placed;
	Pidc__Store__V1__WatchPlace place;
	Google__Protobuf__Timestamp timed_after;
	char org[64];
};

int service_watch_start(struct service_job *job, struct service_watch **ret)
{
	const Pidc__V1__WatchRequest *request = (const Pidc__V1__WatchRequest *)job->request;
	struct service_watch *watch = arena_alloc(job->arena, sizeof(*watch));
	int64_t timed_us;
	uint32_t beat = request->heartbeat_s == 0 ? HEARTBEAT_DEFAULT_S : request->heartbeat_s;

	if (watch == NULL)
		return PIDC_ENOMEM;
	if (request->start > INT64_MAX)
		job_refuse(job, PIDC__V1__REASON__REASON_E_FIELD, "start",
			   "beyond the size of any ledger");
	else if (beat < HEARTBEAT_MIN_S || beat > HEARTBEAT_MAX_S)
		job_refuse(job, PIDC__V1__REASON__REASON_E_FIELD, "heartbeat_s",
			   "5 to 3600 seconds, or 0 for 30");
	if (request->timed_after != NULL && !time_from_proto(request->timed_after, &timed_us))
		job_refuse(job, PIDC__V1__REASON__REASON_E_FIELD, "timed_after",
			   "an instant of the years 1 to 9999, in microseconds");
	if (job->result != 0)
		return job->result;
	pidc__store__v1__watch_place__init(&watch->place);
	watch->heartbeat_s = beat;
	*ret = watch;
	return 0;
}

uint64_t service_watch_heartbeat_ms(const struct service_watch *watch)
{
	return watch->heartbeat_s * UINT64_C(1000);
}

const char *service_watch_org(const struct service_watch *watch)
{
	return watch->org;
}

static int place_find(struct service_watch *watch, const struct read_call *call,
		      struct pidc_error *err)
{
	int rc = 0;

	if (!watch->is_placed)
		rc = db_query_into(call->db, DB_WATCH_PLACE, call->job->request, call->ctx,
				   call->arena, &watch->place.base, NULL, NULL, err);
	watch->is_placed = rc == 0;
	return rc;
}

/* The head is read first: whatever it counts, the list sees. */
static int entries_read(struct service_watch *watch, const struct read_call *call,
			const Pidc__Store__V1__Head *head, Pidc__V1__WatchResponse *reply,
			struct pidc_error *err)
{
	int rc;

	reply->position = position_of(head, call->arena);
	rc = reply->position == NULL ? PIDC_ENOMEM : place_find(watch, call, err);
	if (rc == 0)
		rc = db_query_into(call->db, DB_WATCH_LIST, &watch->place.base, call->ctx,
				   call->arena, &reply->base, NULL, NULL, err);
	if (rc < 0)
		return rc;
	reply->size = head->size;
	reply->next_start = head->size;
	for (size_t i = 0; i < reply->n_entries; i++) {
		if (reply->entries[i]->sequence != ++watch->place.after)
			return pidc_fail(err, PIDC_EINTEGRITY, "a gap in the chain of %s",
					 watch->org);
		reply->next_start = reply->entries[i]->index + 1;
	}
	return 0;
}

/* Instants outlive the arena of one read. */
static void place_set_timed(struct service_watch *watch, const Google__Protobuf__Timestamp *at)
{
	google__protobuf__timestamp__init(&watch->timed_after);
	watch->timed_after.seconds = at->seconds;
	watch->timed_after.nanos = at->nanos;
	watch->place.timed_after = &watch->timed_after;
}

/* What the clock has done since the last message. */
static int timed_read(struct service_watch *watch, const struct read_call *call,
		      Pidc__V1__WatchResponse *reply, struct pidc_error *err)
{
	const Pidc__V1__WatchRequest *request = (const Pidc__V1__WatchRequest *)call->job->request;
	int64_t us;
	int rc;

	if (watch->place.timed_after == NULL)
		place_set_timed(watch, request->timed_after == NULL ? call->ctx->now
								    : request->timed_after);
	watch->place.timed_until = call->ctx->now;
	rc = db_query_into(call->db, DB_WATCH_TIMED, &watch->place.base, call->ctx, call->arena,
			   &reply->base, NULL, NULL, err);
	watch->place.timed_until = NULL;
	if (rc < 0)
		return rc;
	/* A full message says how far it came, the next one goes on there. */
	reply->timed_until =
		reply->n_timed >= TIMED_MAX ? reply->timed[reply->n_timed - 1]->at : call->ctx->now;
	if (reply->timed_until == NULL || !time_from_proto(reply->timed_until, &us))
		return PIDC_EINTEGRITY;
	place_set_timed(watch, reply->timed_until);
	return 0;
}

static int watch_read(struct service_watch *watch, struct db *db, struct arena *arena,
		      struct service_job *job, bool is_beat, size_t *ret_count,
		      struct pidc_error *err)
{
	Pidc__V1__WatchResponse *reply = (Pidc__V1__WatchResponse *)message_new(
		&pidc__v1__watch_response__descriptor, arena);
	struct read_call call = {.db = db, .job = job, .arena = arena};
	Pidc__Store__V1__Head *head = NULL;
	Pidc__V1__Actor *actor = NULL;
	int64_t now_us = 0;
	int rc = reply == NULL ? PIDC_ENOMEM : actors_load(db, &job, 1, arena, &actor, err);

	if (rc == 0 && actor == NULL)
		return PIDC_EREFUSED;
	if (rc == 0)
		rc = head_read(db, arena, &head, err);
	if (rc == 0)
		rc = head_now(head, &now_us);
	if (rc == 0) {
		strncpy(watch->org, actor->org, sizeof(watch->org) - 1);
		call.ctx = context_new(job, actor, now_us, NULL, arena);
		rc = call.ctx == NULL ? PIDC_ENOMEM : entries_read(watch, &call, head, reply, err);
	}
	if (rc == 0)
		rc = timed_read(watch, &call, reply, err);
	if (rc < 0 || (reply->n_entries == 0 && reply->n_timed == 0 && !is_beat))
		return rc;
	*ret_count = reply->n_entries + (reply->n_timed >= TIMED_MAX);
	return job_answer(job, &reply->base);
}

int service_watch_read(struct service_watch *watch, struct db *db, struct arena *arena,
		       struct service_job *job, bool is_beat, bool *ret_has_more)
{
	struct pidc_error err = {0};
	size_t count = 0;
	int rc;

	job->arena = arena; /* that of the last read is gone */
	job->result = 0;
	job->reply = NULL;
	job->reply_len = 0;
	rc = watch_read(watch, db, arena, job, is_beat, &count, &err);
	job->result = rc;
	if (rc < 0 && rc != PIDC_EREFUSED)
		job_fail(job, rc, &err);
	*ret_has_more = count > 0;
	return rc;
}
