/* SPDX-License-Identifier: ISC
 *
 * A fetch: the list is frozen by the plan, then chunk by chunk: decide and
 * record (write lane), read the content against that record (bulk lane).
 */
#include "daemon/service/fetch.h"
#include "core/decision.h"
#include "core/text.h"

#include <string.h>

#define CHUNK_DEFAULT 64
#define CHUNK_MAX     256
#define IDS_MAX       1000
#define FIELDS_MAX    200
#define REASON(name)  PIDC__V1__REASON__REASON_##name

/* Columns of one chunk: below what a message of gRPC has by default (4 MiB), with room
 * for one more contribution, which can have 1 MiB. */
#define CHUNK_BYTES_MAX ((uint64_t)1 << 20)

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
	if (r->chunk_items > CHUNK_MAX)
		return refuse(refusal, REASON(E_FIELD), "chunk_items", "at most %d", CHUNK_MAX);
	return message_check_values(job->request, false, job->arena, refusal);
}

static void query_fill(const Pidc__V1__FetchRequest *r, const Pidc__V1__Actor *actor,
		       Pidc__Store__V1__DecisionQuery *query)
{
	query->owner_org = r->owner_org;
	query->recipient_org = actor->org;
	query->capacity = actor->capacity;
	query->purpose = r->purpose;
	query->action = r->action;
	query->approval_id = r->approval_id;
	query->fields = r->fields;
	query->n_fields = r->n_fields;
}

static bool is_planned(const Pidc__Store__V1__FetchPlan *plan, const char *dataset_id)
{
	for (size_t i = 0; i < plan->n_dataset_ids; i++) {
		if (strcmp(plan->dataset_ids[i], dataset_id) == 0)
			return true;
	}
	return false;
}

static const Pidc__Store__V1__Subject *subject_find(const Pidc__Store__V1__DecisionFacts *facts,
						    const char *dataset_id)
{
	for (size_t i = 0; i < facts->n_subjects; i++) {
		if (strcmp(facts->subjects[i]->dataset_id, dataset_id) == 0)
			return facts->subjects[i];
	}
	return NULL;
}

/* A dataset that has nothing in it, or does not exist, is decided as a whole, so that
 * "empty", "unknown" and "forbidden" cannot be told apart without a consent. *ret_denied
 * is the first that is denied, or NULL. */
static int empty_datasets_check(struct db *db, const Pidc__V1__FetchRequest *r,
				const Pidc__Store__V1__Context *ctx,
				const Pidc__Store__V1__FetchPlan *plan, struct arena *arena,
				char **ret_denied, struct pidc_error *err)
{
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	Pidc__Store__V1__DecisionFacts facts = PIDC__STORE__V1__DECISION_FACTS__INIT;
	struct decision_set *set;
	int64_t now_us = 0;
	int rc;

	query_fill(r, ctx->actor, &query);
	query.dataset_ids = r->dataset_ids;
	query.n_dataset_ids = r->n_dataset_ids;
	rc = decision_load(db, &query, ctx, arena, &facts, err);
	if (rc == 0)
		rc = decision_compile(&facts, &query, arena, &set);
	if (rc == 0 && !time_from_proto(ctx->now, &now_us))
		rc = PIDC_EINTEGRITY;
	*ret_denied = NULL;
	for (size_t i = 0; rc == 0 && *ret_denied == NULL && i < r->n_dataset_ids; i++) {
		struct decision decision;

		if (is_planned(plan, r->dataset_ids[i]))
			continue;
		rc = decision_evaluate(set, subject_find(&facts, r->dataset_ids[i]), now_us, arena,
				       &decision);
		if (rc == 0 && decision.verdict == PIDC__V1__VERDICT__VERDICT_DENY)
			*ret_denied = r->dataset_ids[i];
	}
	return rc;
}

static int ids_copy(struct service_fetch *fetch, char *const *ids, size_t n, struct arena *arena)
{
	fetch->ids = arena_calloc(arena, n, sizeof(char *));
	if (fetch->ids == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		fetch->ids[i] = arena_strdup(arena, ids[i]);
		if (fetch->ids[i] == NULL)
			return PIDC_ENOMEM;
	}
	fetch->id_count = n;
	return 0;
}

/* A refusal of what has contributions is an entry of the ledger, and anybody can see the
 * ledger grow: so the write lane refuses the others too, as an item that there is not. */
static int plan_datasets(struct db *db, const Pidc__Store__V1__Context *ctx, struct arena *arena,
			 struct service_fetch *fetch, struct pidc_error *err)
{
	const Pidc__V1__FetchRequest *r = fetch->request;
	Pidc__Store__V1__FetchPlan plan = PIDC__STORE__V1__FETCH_PLAN__INIT;
	char *denied = NULL;
	int rc =
		db_query_into(db, DB_FETCH_PLAN, &r->base, ctx, arena, &plan.base, NULL, NULL, err);

	if (rc == 0)
		rc = empty_datasets_check(db, r, ctx, &plan, arena, &denied, err);
	if (rc < 0)
		return rc;
	return denied != NULL ? ids_copy(fetch, &denied, 1, fetch->job->arena)
			      : ids_copy(fetch, plan.contribution_ids, plan.n_contribution_ids,
					 fetch->job->arena);
}

/* The list that the owner saw, and nothing else. */
static int plan_approved(struct db *db, struct service_job *job,
			 const Pidc__Store__V1__Context *ctx, struct arena *arena,
			 struct service_fetch *fetch, struct pidc_error *err)
{
	Pidc__Store__V1__FetchPlan plan = PIDC__STORE__V1__FETCH_PLAN__INIT;
	int rc = db_query_into(db, DB_APPROVAL_PLAN, &fetch->request->base, ctx, arena, &plan.base,
			       NULL, NULL, err);

	if (rc < 0)
		return rc;
	if (plan.n_contribution_ids == 0)
		return refuse(&job->refusal, REASON(E_NOT_FOUND), "approval_id",
			      "there is no such approval of this owner for you");
	return ids_copy(fetch, plan.contribution_ids, plan.n_contribution_ids, job->arena);
}

static int plan_make(struct db *db, struct service_job *job, struct arena *arena,
		     struct service_fetch *fetch, struct pidc_error *err)
{
	const Pidc__V1__FetchRequest *r = fetch->request;
	Pidc__Store__V1__Context *ctx;
	Pidc__V1__Actor *actor = NULL;
	Pidc__Store__V1__Head *head = NULL;
	int64_t now_us = 0;
	int rc = actors_load(db, &job, 1, arena, &actor, err);

	if (rc < 0 || job->result == PIDC_EREFUSED)
		return rc < 0 ? rc : PIDC_EREFUSED;
	rc = head_read(db, arena, &head, err);
	if (rc < 0)
		return rc;
	if (head->clock == NULL || !time_from_proto(head->clock, &now_us))
		return PIDC_EINTEGRITY;
	ctx = context_new(job, actor, now_us, NULL, arena);
	if (ctx == NULL)
		return PIDC_ENOMEM;
	/* Ids that were named are decided as named: an unknown one is refused. */
	if (r->n_contribution_ids > 0)
		return ids_copy(fetch, r->contribution_ids, r->n_contribution_ids, job->arena);
	if (*r->approval_id != '\0')
		return plan_approved(db, job, ctx, arena, fetch, err);
	return plan_datasets(db, ctx, arena, fetch, err);
}

int fetch_chunk_plan(struct service_fetch *fetch, struct db *db, struct pidc_error *err)
{
	Pidc__Store__V1__SizeQuery query = PIDC__STORE__V1__SIZE_QUERY__INIT;
	Pidc__Store__V1__SizeRows rows = PIDC__STORE__V1__SIZE_ROWS__INIT;
	struct arena *arena = arena_new(0);
	size_t left = fetch->id_count - fetch->next;
	uint64_t bytes = 0;
	size_t n = 0;
	int rc = arena == NULL ? PIDC_ENOMEM : 0;

	query.owner_org = fetch->request->owner_org;
	query.contribution_ids = fetch->ids + fetch->next;
	query.n_contribution_ids = left < fetch->chunk_items ? left : fetch->chunk_items;
	query.fields = fetch->request->fields;
	query.n_fields = fetch->request->n_fields;
	if (rc == 0 && left > 0)
		rc = db_query_into(db, DB_FETCH_SIZES, &query.base, NULL, arena, &rows.base, NULL,
				   NULL, err);
	if (rc == 0 && left > 0 &&
	    (rows.n_column_bytes != query.n_contribution_ids ||
	     rows.n_file_bytes != query.n_contribution_ids))
		rc = PIDC_EINTEGRITY;
	while (rc == 0 && n < query.n_contribution_ids) {
		bytes += rows.column_bytes[n];
		if (n > 0 && (bytes > CHUNK_BYTES_MAX || rows.file_bytes[n] > 0))
			break;
		if (rows.file_bytes[n++] > 0)
			break;
	}
	fetch->chunk_count = n;
	fetch->has_files = n == 1 && rows.file_bytes[0] > 0;
	arena_free(arena);
	return rc;
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
		rc = plan_make(db, job, arena, fetch, &err);
	}
	if (rc == 0)
		rc = fetch_chunk_plan(fetch, db, &err);
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

int service_fetch_release(struct service_fetch *fetch, struct arena *arena,
			  struct service_job *next)
{
	Pidc__Store__V1__ReleaseRequest *release = (Pidc__Store__V1__ReleaseRequest *)message_new(
		&pidc__store__v1__release_request__descriptor, arena);
	Pidc__Store__V1__DecisionQuery *query = (Pidc__Store__V1__DecisionQuery *)message_new(
		&pidc__store__v1__decision_query__descriptor, arena);
	static const Pidc__V1__Actor nobody = PIDC__V1__ACTOR__INIT;

	if (release == NULL || query == NULL)
		return PIDC_ENOMEM;
	query_fill(fetch->request, &nobody, query);
	/* The rest of its files is decided anew, of the contribution before. */
	query->contribution_ids = fetch->ids + fetch->next - (fetch->is_resuming ? 1 : 0);
	query->n_contribution_ids = fetch->is_resuming ? 1 : fetch->chunk_count;
	fetch->next += fetch->is_resuming ? 0 : fetch->chunk_count;
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
