/* SPDX-License-Identifier: ISC
 *
 * What a fetch is about, in the order asked for. Something that is denied stands in its
 * place by one id that is not permitted, whether it is forbidden, empty or unknown (I11).
 */
#include "core/decision.h"
#include "core/rule_check.h"
#include "core/text.h"
#include "daemon/service/fetch.h"

#include <stdio.h>
#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

void fetch_query_fill(const struct service_fetch *fetch, Pidc__Store__V1__DecisionQuery *query)
{
	const Pidc__V1__FetchRequest *r = fetch->request;

	query->owner_org = r->owner_org;
	query->recipient_org = (char *)(uintptr_t)fetch->recipient;
	query->capacity = fetch->capacity;
	query->purpose = r->purpose;
	query->action = r->action;
	query->approval_id = r->approval_id;
	query->fields = r->fields;
	query->n_fields = r->n_fields;
}

static int id_add(struct service_fetch *fetch, const char *id)
{
	char *copy = arena_strdup(fetch->job->arena, id);

	if (copy == NULL)
		return PIDC_ENOMEM;
	fetch->ids[fetch->id_count++] = copy;
	return 0;
}

static int ids_add(struct service_fetch *fetch, char *const *ids, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = id_add(fetch, ids[i]);
	return rc;
}

static int ids_alloc(struct service_fetch *fetch, size_t max)
{
	fetch->ids = arena_calloc(fetch->job->arena, max, sizeof(char *));
	return fetch->ids == NULL ? PIDC_ENOMEM : 0;
}

static bool is_planned(const Pidc__Store__V1__FetchPlan *plan, const char *dataset_id)
{
	return list_has(plan->dataset_ids, plan->n_dataset_ids, dataset_id);
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

/* A dataset that has nothing in it, or does not exist, is decided as a whole. *ret_denied
 * is the first that is denied, or NULL. */
static int empty_datasets_check(struct service_fetch *fetch, struct db *db,
				const Pidc__Store__V1__Context *ctx,
				const Pidc__Store__V1__FetchPlan *plan, struct arena *arena,
				const char **ret_denied, struct pidc_error *err)
{
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	Pidc__Store__V1__DecisionFacts facts = PIDC__STORE__V1__DECISION_FACTS__INIT;
	const Pidc__V1__FetchRequest *r = fetch->request;
	struct decision_set *set;
	int64_t now_us = 0;
	int rc;

	fetch_query_fill(fetch, &query);
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

/* Up to the first that is denied: nothing is sent after a refusal, which is an entry of
 * the ledger. The write lane refuses it as an item that there is not. */
static int datasets_place(struct service_fetch *fetch, const Pidc__Store__V1__FetchPlan *plan,
			  const char *denied)
{
	const Pidc__V1__FetchRequest *r = fetch->request;
	size_t next = 0, dataset = 0;
	int rc = ids_alloc(fetch, plan->n_contribution_ids + 1);

	for (size_t i = 0; rc == 0 && i < r->n_dataset_ids; i++) {
		if (denied != NULL && strcmp(r->dataset_ids[i], denied) == 0)
			return id_add(fetch, denied);
		/* The plan has each once, where it is named first. */
		if (dataset == plan->n_dataset_ids ||
		    strcmp(r->dataset_ids[i], plan->dataset_ids[dataset]) != 0)
			continue;
		if (plan->counts[dataset] > plan->n_contribution_ids - next)
			return PIDC_EINTEGRITY;
		rc = ids_add(fetch, plan->contribution_ids + next, plan->counts[dataset]);
		next += plan->counts[dataset++];
	}
	return rc;
}

static int plan_datasets(struct service_fetch *fetch, struct db *db,
			 const Pidc__Store__V1__Context *ctx, struct arena *arena,
			 struct pidc_error *err)
{
	Pidc__Store__V1__FetchPlan plan = PIDC__STORE__V1__FETCH_PLAN__INIT;
	const char *denied = NULL;
	int rc = db_query_into(db, DB_FETCH_PLAN, &fetch->request->base, ctx, arena, &plan.base,
			       NULL, NULL, err);

	if (rc == 0 && plan.n_counts != plan.n_dataset_ids)
		rc = PIDC_EINTEGRITY;
	if (rc == 0)
		rc = empty_datasets_check(fetch, db, ctx, &plan, arena, &denied, err);
	return rc < 0 ? rc : datasets_place(fetch, &plan, denied);
}

/* The list that the owner saw, and nothing else. */
static int plan_approved(struct service_fetch *fetch, struct db *db, struct service_job *job,
			 const Pidc__Store__V1__Context *ctx, struct arena *arena,
			 struct pidc_error *err)
{
	Pidc__Store__V1__FetchPlan plan = PIDC__STORE__V1__FETCH_PLAN__INIT;
	int rc = db_query_into(db, DB_APPROVAL_PLAN, &fetch->request->base, ctx, arena, &plan.base,
			       NULL, NULL, err);

	if (rc < 0)
		return rc;
	if (plan.n_contribution_ids == 0)
		return refuse(&job->refusal, REASON(E_NOT_FOUND), "approval_id",
			      "there is no such approval of this owner for you");
	rc = ids_alloc(fetch, plan.n_contribution_ids);
	return rc < 0 ? rc : ids_add(fetch, plan.contribution_ids, plan.n_contribution_ids);
}

static int plan_make(struct service_fetch *fetch, struct db *db, struct service_job *job,
		     const Pidc__Store__V1__Context *ctx, struct arena *arena,
		     struct pidc_error *err)
{
	const Pidc__V1__FetchRequest *r = fetch->request;
	int rc;

	/* Ids that were named are decided as named: an unknown one is refused. */
	if (r->n_contribution_ids > 0) {
		rc = ids_alloc(fetch, r->n_contribution_ids);
		return rc < 0 ? rc : ids_add(fetch, r->contribution_ids, r->n_contribution_ids);
	}
	if (*r->approval_id != '\0')
		return plan_approved(fetch, db, job, ctx, arena, err);
	return plan_datasets(fetch, db, ctx, arena, err);
}

int fetch_context(const struct service_fetch *fetch, struct db *db, Pidc__V1__Actor *actor,
		  struct arena *arena, Pidc__Store__V1__Context **ret, struct pidc_error *err)
{
	Pidc__Store__V1__Head *head = NULL;
	int64_t now_us = 0;
	int rc = head_read(db, arena, &head, err);

	if (rc == 0)
		rc = head_now(head, &now_us);
	if (rc < 0)
		return rc;
	*ret = context_new(fetch->job, actor, now_us, NULL, arena);
	return *ret == NULL ? PIDC_ENOMEM : 0;
}

int fetch_plan(struct service_fetch *fetch, struct db *db, struct service_job *job,
	       struct arena *arena, struct pidc_error *err)
{
	Pidc__Store__V1__Context *ctx = NULL;
	Pidc__V1__Actor *actor = NULL;
	int rc = actors_load(db, &job, 1, arena, &actor, err);

	if (rc < 0 || job->result == PIDC_EREFUSED)
		return rc < 0 ? rc : PIDC_EREFUSED;
	snprintf(fetch->recipient, sizeof(fetch->recipient), "%s", actor->org);
	fetch->capacity = actor->capacity;
	rc = fetch_context(fetch, db, actor, arena, &ctx, err);
	return rc < 0 ? rc : plan_make(fetch, db, job, ctx, arena, err);
}
