/* SPDX-License-Identifier: ISC
 *
 * Consent checks and the other reads that are more than one statement.
 */
#include "core/decision.h"
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

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

int query_check(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	Pidc__V1__CheckConsentResponse *reply = (Pidc__V1__CheckConsentResponse *)message;
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	Pidc__Store__V1__DecisionFacts *facts = (Pidc__Store__V1__DecisionFacts *)message_new(
		&pidc__store__v1__decision_facts__descriptor, call->arena);
	struct decision_set *set;
	struct decision decision;
	int64_t now_us = 0;
	bool is_owner;
	int rc = facts == NULL
			 ? PIDC_ENOMEM
			 : check_query(call,
				       (const Pidc__V1__CheckConsentRequest *)call->job->request,
				       &query);

	if (rc == 0)
		rc = decision_load(call->db, &query, call->ctx, call->arena, facts, err);
	if (rc == 0)
		rc = decision_compile(facts, &query, call->arena, &set);
	if (rc == 0 && !time_from_proto(call->ctx->now, &now_us))
		rc = PIDC_EINTEGRITY;
	if (rc == 0)
		rc = decision_evaluate(set, facts->n_subjects > 0 ? facts->subjects[0] : NULL,
				       now_us, call->arena, &decision);
	if (rc != 0)
		return rc;
	is_owner = strcmp(query.owner_org, call->ctx->actor->org) == 0;
	reply->verdict = decision.verdict;
	reply->reason = is_owner ? decision.reason : decision.visible;
	if (is_owner || decision.verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER)
		reply->detail = (char *)(uintptr_t)decision.detail;
	if (decision.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT) {
		reply->consent_id = (char *)(uintptr_t)decision.consent_id;
		reply->obligations = decision.obligations;
		reply->n_obligations = decision.obligation_count;
	}
	return 0;
}

/* The whole chain, oldest first, to whoever may see the consent. */
int query_consent_statements(const struct read_call *call, ProtobufCMessage *message,
			     struct pidc_error *err)
{
	Pidc__V1__GetConsentResponse *reply = (Pidc__V1__GetConsentResponse *)message;

	return db_query_into(call->db, DB_CONSENT_STATEMENTS, call->job->request, call->ctx,
			     call->arena, &reply->consent->base, NULL, NULL, err);
}

int query_server_info(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	Pidc__V1__GetServerInfoResponse *reply = (Pidc__V1__GetServerInfoResponse *)message;

	(void)err;
	reply->version = arena_strdup(call->arena, PIDC_VERSION);
	reply->instance_id = arena_strdup(call->arena, service_config->instance_id);
	reply->origin = arena_strdup(call->arena, service_config->origin);
	reply->now = call->ctx->now;
	return reply->version == NULL || reply->instance_id == NULL || reply->origin == NULL
		       ? PIDC_ENOMEM
		       : 0;
}
