/* SPDX-License-Identifier: ISC
 *
 * Checks: may this recipient have this, now? All checks of a batch together: from memory
 * where nothing has changed (check_cache.h), the others by the same few statements.
 */
#include "core/decision.h"
#include "core/text.h"
#include "daemon/service/check_cache.h"
#include "daemon/service/epoch.h"
#include "daemon/service/internal.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

/* One check that memory does not answer. */
struct check {
	struct service_job *job;
	const Pidc__V1__Actor *actor;
	Pidc__Store__V1__Context *ctx;
	Pidc__Store__V1__DecisionQuery query;
	Pidc__Store__V1__DecisionFacts facts;
};

int check_query(const struct read_call *call, const Pidc__V1__CheckConsentRequest *r,
		Pidc__Store__V1__DecisionQuery *query)
{
	const Pidc__V1__Actor *actor = call->ctx->actor;
	bool is_own = *r->recipient_org == '\0' || strcmp(r->recipient_org, actor->org) == 0;
	bool is_owner = strcmp(r->owner_org, actor->org) == 0;
	struct refusal *refusal = &call->job->refusal;

	if (!is_own && !is_owner && !call->ctx->sees_all)
		return refuse(refusal, REASON(E_OWNER_ONLY), "recipient_org",
			      "only the owner may ask for another recipient");
	if ((*r->dataset_id == '\0') == (*r->contribution_id == '\0'))
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "dataset_id",
			      "name a dataset or a contribution, one of the two");
	if (r->n_fields == 0 || r->n_fields > 200)
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "fields", "name 1 to 200 fields");
	query->owner_org = r->owner_org;
	query->recipient_org = is_own ? actor->org : r->recipient_org;
	query->capacity = is_own ? actor->capacity : r->recipient_capacity;
	query->purpose = r->purpose;
	query->action = r->action;
	query->fields = r->fields;
	query->n_fields = r->n_fields;
	query->dataset_ids = (char **)(uintptr_t)&r->dataset_id;
	query->n_dataset_ids = *r->dataset_id != '\0';
	query->contribution_ids = (char **)(uintptr_t)&r->contribution_id;
	query->n_contribution_ids = *r->contribution_id != '\0';
	return 0;
}

/* --- answers ------------------------------------------------------------------ */

/* A serialized answer is the batch's position, then what memory keeps of it. */
static int job_reply(struct service_job *job, const struct read_batch *batch, const uint8_t *rest,
		     size_t len)
{
	uint8_t *buf = arena_alloc(job->arena, batch->position_len + len);

	if (buf == NULL)
		return PIDC_ENOMEM;
	memcpy(buf, batch->position_bytes, batch->position_len);
	if (len > 0)
		memcpy(buf + batch->position_len, rest, len);
	job->reply = buf;
	job->reply_len = batch->position_len + len;
	job->result = 0;
	return 0;
}

static struct check_key key_of(const struct service_job *job, const Pidc__V1__Actor *actor)
{
	return (struct check_key){.request = job->request_bytes,
				  .request_len = job->request_len,
				  .org = actor->org,
				  .capacity = (uint32_t)actor->capacity,
				  .sees_all = actor_sees_all(actor, job->method)};
}

/* Answer from memory; returns how many are left, moved to the front of at. */
static size_t answer_known(const struct read_batch *batch, struct service_job *const *jobs,
			   Pidc__V1__Actor *const *actors, size_t n, size_t *at)
{
	size_t left = 0;

	check_cache_lock(batch->cache);
	for (size_t i = 0; i < n; i++) {
		struct check_key key = key_of(jobs[i], actors[i]);
		size_t len = 0;
		const uint8_t *rest = check_cache_find(batch->cache, &key, batch->now_us, &len);

		if (rest == NULL || job_reply(jobs[i], batch, rest, len) < 0)
			at[left++] = i;
	}
	check_cache_unlock(batch->cache);
	return left;
}

static void reply_fill(const struct check *check, const struct decision *decision,
		       Pidc__V1__CheckConsentResponse *reply)
{
	bool is_owner = strcmp(check->query.owner_org, check->actor->org) == 0;

	reply->verdict = decision->verdict;
	reply->reason = is_owner ? decision->reason : decision->visible;
	if (is_owner || decision->verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER)
		reply->detail = (char *)(uintptr_t)decision->detail;
	if (decision->verdict == PIDC__V1__VERDICT__VERDICT_PERMIT) {
		reply->consent_id = (char *)(uintptr_t)decision->consent_id;
		reply->obligations = decision->obligations;
		reply->n_obligations = decision->obligation_count;
	}
}

/* What a later event may change of this answer. */
static void keep(const struct read_batch *batch, const struct check *check, uint64_t size,
		 const struct decision_set *set, const uint8_t *reply, size_t reply_len)
{
	const Pidc__Store__V1__DecisionQuery *query = &check->query;
	const Pidc__Store__V1__Subject *subject = check->facts.subjects[0];
	struct check_key key = key_of(check->job, check->actor);
	const struct check_answer answer = {
		.size = size,
		.from_us = batch->now_us,
		.until_us = decision_stable_until(set, batch->now_us),
		.parts = {{EPOCH_ALL, EPOCH_EVERYTHING},
			  {query->owner_org, EPOCH_EVERYTHING},
			  {query->owner_org, epoch_dataset(subject->dataset_id)},
			  {query->owner_org, query->n_contribution_ids > 0
						     ? epoch_contribution(subject->contribution_id)
						     : epoch_whole(subject->dataset_id)}},
		.reply = reply,
		.reply_len = reply_len,
	};

	check_cache_lock(batch->cache);
	check_cache_add(batch->cache, &key, &answer);
	check_cache_unlock(batch->cache);
}

static int check_answer(const struct read_batch *batch, struct check *check, uint64_t size)
{
	Pidc__V1__CheckConsentResponse reply = PIDC__V1__CHECK_CONSENT_RESPONSE__INIT;
	const Pidc__Store__V1__DecisionFacts *facts = &check->facts;
	struct decision_set *set = NULL;
	struct decision decision;
	uint8_t *bytes;
	size_t len;
	int rc = decision_compile(facts, &check->query, batch->arena, &set);

	if (rc == 0)
		rc = decision_evaluate(set, facts->n_subjects > 0 ? facts->subjects[0] : NULL,
				       batch->now_us, batch->arena, &decision);
	if (rc != 0)
		return rc;
	reply_fill(check, &decision, &reply);
	len = protobuf_c_message_get_packed_size(&reply.base);
	bytes = arena_alloc(batch->arena, len);
	if (bytes == NULL)
		return PIDC_ENOMEM;
	protobuf_c_message_pack(&reply.base, bytes);
	/* Nothing is kept of what does not exist: its making changes no part. */
	if (batch->cache != NULL && facts->n_subjects == 1 &&
	    decision.verdict != PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER)
		keep(batch, check, size, set, bytes, len);
	return job_reply(check->job, batch, bytes, len);
}

/* --- from the register ----------------------------------------------------------- */

/* All facts at one revision, whose number of entries is *ret_size. */
static int checks_load(const struct read_batch *batch, struct check *const *checks, size_t n,
		       uint64_t *ret_size, struct pidc_error *err)
{
	Pidc__Store__V1__DecisionQuery **queries =
		arena_calloc(batch->arena, n, sizeof(struct check *));
	Pidc__Store__V1__DecisionFacts **facts =
		arena_calloc(batch->arena, n, sizeof(struct check *));
	const Pidc__Store__V1__Context **ctxs =
		arena_calloc(batch->arena, n, sizeof(struct check *));
	Pidc__Store__V1__Head *head = NULL;
	int rc = queries == NULL || facts == NULL || ctxs == NULL
			 ? PIDC_ENOMEM
			 : db_begin_snapshot(batch->db, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		const Pidc__Store__V1__DecisionFacts empty = PIDC__STORE__V1__DECISION_FACTS__INIT;

		checks[i]->facts = empty;
		queries[i] = &checks[i]->query;
		facts[i] = &checks[i]->facts;
		ctxs[i] = checks[i]->ctx;
	}
	rc = head_read(batch->db, batch->arena, &head, err);
	if (rc == 0)
		rc = decisions_load(batch->db, queries, ctxs, n, batch->arena, facts, err);
	db_rollback(batch->db);
	if (rc == 0)
		*ret_size = head->size;
	return rc;
}

/* What fails together is tried by halves, so that it fails alone. */
static void checks_decide(const struct read_batch *batch, struct check *const *checks, size_t n)
{
	struct pidc_error err = {0};
	uint64_t size = 0;
	int rc = n == 0 ? 0 : checks_load(batch, checks, n, &size, &err);

	if (rc < 0 && rc != PIDC_EUNAVAILABLE && n > 1) {
		checks_decide(batch, checks, n / 2);
		checks_decide(batch, checks + n / 2, n - n / 2);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int failed = rc < 0 ? rc : check_answer(batch, checks[i], size);

		if (failed < 0)
			job_fail(checks[i]->job, failed, &err);
	}
}

/* NULL: the job has its refusal. */
static struct check *check_new(const struct read_batch *batch, struct service_job *job,
			       Pidc__V1__Actor *actor)
{
	const Pidc__Store__V1__DecisionQuery empty = PIDC__STORE__V1__DECISION_QUERY__INIT;
	struct check *check = arena_alloc(batch->arena, sizeof(*check));
	struct read_call call = {batch->db, job, NULL, batch->arena};

	if (check != NULL)
		check->ctx = context_new(job, actor, batch->now_us, NULL, batch->arena);
	if (check == NULL || check->ctx == NULL) {
		job_fail(job, PIDC_ENOMEM, NULL);
		return NULL;
	}
	check->job = job;
	check->actor = actor;
	check->query = empty;
	call.ctx = check->ctx;
	job->result = message_check_values(job->request, false, batch->arena, &job->refusal);
	if (job->result == 0)
		job->result = check_query(
			&call, (const Pidc__V1__CheckConsentRequest *)job->request, &check->query);
	return job->result == 0 ? check : NULL;
}

int queries_check(const struct read_batch *batch, struct service_job *const *jobs,
		  Pidc__V1__Actor *const *actors, size_t n)
{
	size_t *at = arena_calloc(batch->arena, n, sizeof(*at));
	struct check **checks = arena_calloc(batch->arena, n, sizeof(struct check *));
	size_t left = n, count = 0;

	if (at == NULL || checks == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++)
		at[i] = i;
	if (batch->cache != NULL)
		left = answer_known(batch, jobs, actors, n, at);
	for (size_t i = 0; i < left; i++) {
		struct check *check = check_new(batch, jobs[at[i]], actors[at[i]]);

		if (check != NULL)
			checks[count++] = check;
	}
	checks_decide(batch, checks, count);
	return 0;
}
