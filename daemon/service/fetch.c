/* SPDX-License-Identifier: ISC
 *
 * A fetch: the list is frozen by the plan (fetch_plan.c), then chunk by chunk: decide
 * and record (write lane), read the content against that record (bulk lane).
 */
#include "daemon/service/fetch.h"
#include "core/text.h"

#include <string.h>

#define CHUNK_DEFAULT 64
#define IDS_MAX       1000
#define FIELDS_MAX    200
#define REASON(name)  PIDC__V1__REASON__REASON_##name

static int request_check(struct service_job *job)
{
	const Pidc__V1__FetchRequest *r = (const Pidc__V1__FetchRequest *)job->request;
	struct refusal *refusal = &job->refusal;

	if (*r->approval_id != '\0' && (r->n_dataset_ids != 0 || r->n_contribution_ids != 0))
		return refuse(refusal, REASON(E_FIELD), "approval_id",
			      "the approval names the contributions: leave the ids out");
	if (*r->approval_id == '\0' && (r->n_dataset_ids == 0) == (r->n_contribution_ids == 0))
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "dataset_ids",
			      "name datasets or contributions, one of the two");
	if (r->n_dataset_ids > IDS_MAX || r->n_contribution_ids > IDS_MAX)
		return refuse(refusal, REASON(E_LIMIT), "dataset_ids", "at most %d ids", IDS_MAX);
	if (r->n_fields == 0 || r->n_fields > FIELDS_MAX)
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "fields", "name 1 to %d fields",
			      FIELDS_MAX);
	if (r->chunk_items > FETCH_ITEMS_MAX)
		return refuse(refusal, REASON(E_FIELD), "chunk_items", "at most %d",
			      FETCH_ITEMS_MAX);
	return message_check_values(job->request, false, job->arena, refusal);
}

int service_fetch_plan(struct db *db, struct service_job *job, struct service_fetch **ret)
{
	struct service_fetch *fetch = arena_alloc(job->arena, sizeof(*fetch));
	struct arena *arena = arena_new(0);
	struct pidc_error err = {0};
	int rc = fetch == NULL || arena == NULL ? PIDC_ENOMEM : request_check(job);

	if (rc == 0) {
		fetch->job = job;
		fetch->request = (const Pidc__V1__FetchRequest *)job->request;
		fetch->chunk_items = fetch->request->chunk_items == 0 ? CHUNK_DEFAULT
								      : fetch->request->chunk_items;
		uuid_random(fetch->disclosure_id);
		rc = fetch_plan(fetch, db, job, arena, &err);
	}
	if (rc == 0)
		rc = fetch_window_load(fetch, db, &err);
	arena_free(arena);
	job->result = rc;
	if (rc < 0 && rc != PIDC_EREFUSED)
		job_fail(job, rc, &err);
	if (rc == 0)
		*ret = fetch;
	return rc;
}

bool service_fetch_has_next(const struct service_fetch *fetch)
{
	return fetch->is_resuming || fetch->next < fetch->id_count;
}

bool service_fetch_has_ahead(const struct service_fetch *fetch)
{
	return fetch->is_plain && fetch->next < fetch->id_count && fetch_chunk_cut(fetch).is_plain;
}

int service_fetch_release(struct service_fetch *fetch, struct arena *arena,
			  struct service_job *next)
{
	Pidc__Store__V1__ReleaseRequest *release = (Pidc__Store__V1__ReleaseRequest *)message_new(
		&pidc__store__v1__release_request__descriptor, arena);
	Pidc__Store__V1__DecisionQuery *query = (Pidc__Store__V1__DecisionQuery *)message_new(
		&pidc__store__v1__decision_query__descriptor, arena);
	struct fetch_cut cut = {.count = 1};

	if (release == NULL || query == NULL)
		return PIDC_ENOMEM;
	fetch_query_fill(fetch, query);
	/* The rest of its files is decided anew, of the contribution before. */
	if (fetch->is_resuming)
		fetch->next--;
	else
		cut = fetch_chunk_cut(fetch);
	fetch->has_denied = cut.has_denied;
	fetch->is_plain = cut.is_plain;
	query->contribution_ids = fetch->ids + fetch->next;
	query->n_contribution_ids = cut.count;
	fetch->next += cut.count;
	release->disclosure_id = fetch->disclosure_id;
	release->chunk = fetch->chunk++;
	release->query = query;
	*next = *fetch->job;
	next->method = &service_release_method;
	next->request = &release->base;
	next->request_bytes = NULL;
	next->request_len = 0;
	next->arena = arena;
	next->reply = NULL;
	next->reply_len = 0;
	next->result = 0;
	return 0;
}
