/* SPDX-License-Identifier: ISC
 *
 * What an owner can always ask: why, who can see what, what if.
 */
#include "core/consent.h"
#include "core/consent_check.h"
#include "core/decision.h"
#include "core/matrix.h"
#include "core/revoke_all.h"
#include "core/subject_history.h"
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

/* A page of the matrix, and a simulation's answer: well under a message's limit. */
#define ROWS_MAX           10000
#define RECIPIENTS_DEFAULT 16
#define RECIPIENTS_MAX     64

/* The instant asked about; absent: now. PIDC_EREFUSED with E_FIELD. */
static int instant_read(const struct read_call *call, const char *field,
			const Google__Protobuf__Timestamp *at, int64_t *ret_us)
{
	const Google__Protobuf__Timestamp *instant = at == NULL ? call->ctx->now : at;

	if (instant != NULL && time_from_proto(instant, ret_us))
		return 0;
	return at == NULL ? PIDC_EINTEGRITY
			  : refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
				   "an instant of the years 1 to 9999, in microseconds");
}

/* Subjects as the register knew them at query->known_at; nothing when it is absent. */
static int subjects_put_back(const struct read_call *call,
			     const Pidc__Store__V1__DecisionQuery *query,
			     Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err)
{
	Pidc__Store__V1__EntryRows past = PIDC__STORE__V1__ENTRY_ROWS__INIT;
	Pidc__Store__V1__DecisionQuery asked = *query;
	int rc;

	if (query->known_at == NULL || facts->n_subjects == 0)
		return 0;
	asked.n_contribution_ids = asked.n_dataset_ids = 0;
	asked.contribution_ids = arena_calloc(call->arena, facts->n_subjects, sizeof(char *));
	asked.dataset_ids = arena_calloc(call->arena, facts->n_subjects, sizeof(char *));
	if (asked.contribution_ids == NULL || asked.dataset_ids == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < facts->n_subjects; i++) {
		if (facts->subjects[i]->contribution_id[0] != '\0')
			asked.contribution_ids[asked.n_contribution_ids++] =
				facts->subjects[i]->contribution_id;
		else
			asked.dataset_ids[asked.n_dataset_ids++] = facts->subjects[i]->dataset_id;
	}
	rc = db_query_into(call->db, DB_SUBJECT_HISTORY, &asked.base, call->ctx, call->arena,
			   &past.base, NULL, NULL, err);
	return rc < 0 ? rc
		      : subjects_fold(facts->subjects, facts->n_subjects, past.entries,
				      past.n_entries, call->arena, err);
}

/* --- why --------------------------------------------------------------------- */

int query_explain(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	const Pidc__V1__ExplainDecisionRequest *r =
		(const Pidc__V1__ExplainDecisionRequest *)call->job->request;
	Pidc__V1__CheckConsentRequest check = PIDC__V1__CHECK_CONSENT_REQUEST__INIT;
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	Pidc__Store__V1__DecisionFacts *facts = (Pidc__Store__V1__DecisionFacts *)message_new(
		&pidc__store__v1__decision_facts__descriptor, call->arena);
	struct decision_set *set;
	int64_t at_us = 0, known_us;
	int rc = facts == NULL ? PIDC_ENOMEM : 0;

	check.owner_org = r->owner_org;
	check.recipient_org = r->recipient_org;
	check.recipient_capacity = r->recipient_capacity;
	check.purpose = r->purpose;
	check.action = r->action;
	check.dataset_id = r->dataset_id;
	check.contribution_id = r->contribution_id;
	check.fields = r->fields;
	check.n_fields = r->n_fields;
	if (rc == 0)
		rc = check_query(call, &check, &query);
	if (rc == 0)
		rc = instant_read(call, "valid_at", r->valid_at, &at_us);
	if (rc == 0)
		rc = instant_read(call, "known_at", r->known_at, &known_us);
	query.known_at = r->known_at;
	if (rc == 0)
		rc = decision_load(call->db, &query, call->ctx, call->arena, facts, err);
	if (rc == 0)
		rc = subjects_put_back(call, &query, facts, err);
	if (rc == 0)
		rc = decision_compile(facts, &query, call->arena, &set);
	if (rc != 0)
		return rc;
	return decision_explain(set, facts->n_subjects > 0 ? facts->subjects[0] : NULL, at_us,
				call->ctx->sees_all ||
					strcmp(query.owner_org, call->ctx->actor->org) == 0,
				call->arena, (Pidc__V1__ExplainDecisionResponse *)message);
}

/* --- who can see what ---------------------------------------------------------- */

/* What every recipient's matrix rests on. */
struct survey {
	Pidc__Store__V1__PurposeRows purposes;
	Pidc__Store__V1__RecipientRows recipients;
	Pidc__Store__V1__DecisionFacts subjects; /* only these */
	Pidc__Store__V1__DecisionQuery query;
	int64_t at_us;
};

static int survey_load(const struct read_call *call, const char *recipient,
		       const Google__Protobuf__Timestamp *known_at, struct survey *survey,
		       struct pidc_error *err)
{
	const Pidc__Store__V1__PurposeRows purposes = PIDC__STORE__V1__PURPOSE_ROWS__INIT;
	const Pidc__Store__V1__RecipientRows recipients = PIDC__STORE__V1__RECIPIENT_ROWS__INIT;
	const Pidc__Store__V1__DecisionFacts subjects = PIDC__STORE__V1__DECISION_FACTS__INIT;
	const Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	int rc;

	survey->purposes = purposes;
	survey->recipients = recipients;
	survey->subjects = subjects;
	survey->query = query;
	survey->query.owner_org = call->ctx->actor->org;
	survey->query.recipient_org = (char *)(uintptr_t)recipient;
	survey->query.known_at = (Google__Protobuf__Timestamp *)(uintptr_t)known_at;
	rc = db_query_into(call->db, DB_MATRIX_PURPOSES, NULL, NULL, call->arena,
			   &survey->purposes.base, NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(call->db, DB_MATRIX_RECIPIENTS, &survey->query.base, call->ctx,
				   call->arena, &survey->recipients.base, NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(call->db, DB_MATRIX_DATASETS, &survey->query.base, call->ctx,
				   call->arena, &survey->subjects.base, NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(call->db, DB_MATRIX_CONTRIBUTIONS, &survey->query.base,
				   call->ctx, call->arena, &survey->subjects.base, NULL, NULL, err);
	return rc < 0 ? rc : subjects_put_back(call, &survey->query, &survey->subjects, err);
}

/* The facts of one recipient, with the subjects of all. */
static int recipient_facts(const struct read_call *call, struct survey *survey, char *recipient,
			   Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err)
{
	const Pidc__Store__V1__DecisionFacts empty = PIDC__STORE__V1__DECISION_FACTS__INIT;
	int rc;

	*facts = empty;
	survey->query.recipient_org = recipient;
	rc = decision_load(call->db, &survey->query, call->ctx, call->arena, facts, err);
	facts->subjects = survey->subjects.subjects;
	facts->n_subjects = survey->subjects.n_subjects;
	return rc;
}

static int recipient_rows(const struct read_call *call, const struct survey *survey,
			  const Pidc__Store__V1__DecisionFacts *facts, struct matrix *matrix)
{
	const struct matrix_question question = {
		.facts = facts,
		.purposes = &survey->purposes,
		.owner_org = survey->query.owner_org,
		.recipient_org = survey->query.recipient_org,
		.now_us = survey->at_us,
	};

	return matrix_add(&question, call->arena, matrix);
}

static int page_end(const struct read_call *call, const struct survey *survey, size_t done,
		    Pidc__V1__GetMatrixResponse *reply)
{
	if (done == survey->recipients.n_recipients || done == 0)
		return 0;
	reply->next_page_token =
		page_token_encode(survey->recipients.recipients[done - 1]->org, call->arena);
	return reply->next_page_token == NULL ? PIDC_ENOMEM : 0;
}

int query_matrix(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	const Pidc__V1__GetMatrixRequest *r =
		(const Pidc__V1__GetMatrixRequest *)call->job->request;
	Pidc__V1__GetMatrixResponse *reply = (Pidc__V1__GetMatrixResponse *)message;
	size_t limit = r->page_size == 0 ? RECIPIENTS_DEFAULT : r->page_size;
	struct matrix matrix = {.max = ROWS_MAX};
	struct survey survey;
	int64_t known_us;
	size_t done = 0;
	int rc = instant_read(call, "valid_at", r->valid_at, &survey.at_us);

	if (rc == 0)
		rc = instant_read(call, "known_at", r->known_at, &known_us);
	if (rc == 0 && limit > RECIPIENTS_MAX)
		return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, "page_size",
			      "at most %d recipients", RECIPIENTS_MAX);
	if (rc == 0)
		rc = survey_load(call, r->recipient_org, r->known_at, &survey, err);
	while (rc == 0 && done < survey.recipients.n_recipients && done < limit && !matrix.is_cut) {
		Pidc__Store__V1__DecisionFacts facts;

		rc = recipient_facts(call, &survey, survey.recipients.recipients[done]->org, &facts,
				     err);
		if (rc == 0)
			rc = recipient_rows(call, &survey, &facts, &matrix);
		done++;
	}
	reply->rows = matrix.rows;
	reply->n_rows = matrix.count;
	reply->is_cut = matrix.is_cut;
	return rc < 0 ? rc : page_end(call, &survey, done, reply);
}

/* --- what if -------------------------------------------------------------------- */

/* The statement as if it had just been recorded, with all the signatures it needs. */
static int facts_add_statement(const struct read_call *call, const struct survey *survey,
			       ProtobufCBinaryData statement, Pidc__Store__V1__DecisionFacts *facts)
{
	Pidc__Store__V1__StatementRow **rows =
		arena_calloc(call->arena, facts->n_statements + 1, sizeof(*rows));
	Pidc__Store__V1__StatementRow *row = (Pidc__Store__V1__StatementRow *)message_new(
		&pidc__store__v1__statement_row__descriptor, call->arena);

	if (rows == NULL || row == NULL)
		return PIDC_ENOMEM;
	if (facts->n_statements != 0)
		memcpy(rows, facts->statements, facts->n_statements * sizeof(*rows));
	row->statement = statement;
	row->recorded_at = time_to_proto(call->arena, survey->at_us);
	row->index = UINT64_MAX - 1;
	row->is_approved = true;
	rows[facts->n_statements++] = row;
	facts->statements = rows;
	return row->recorded_at == NULL ? PIDC_ENOMEM : 0;
}

static int recipient_compare(const struct read_call *call, struct survey *survey, char *recipient,
			     ProtobufCBinaryData statement, struct matrix *opened,
			     struct matrix *closed, struct pidc_error *err)
{
	struct matrix before = {.max = ROWS_MAX}, after = {.max = ROWS_MAX};
	Pidc__Store__V1__DecisionFacts facts;
	int rc = recipient_facts(call, survey, recipient, &facts, err);

	if (rc == 0)
		rc = recipient_rows(call, survey, &facts, &before);
	if (rc == 0)
		rc = facts_add_statement(call, survey, statement, &facts);
	if (rc == 0)
		rc = recipient_rows(call, survey, &facts, &after);
	if (rc == 0)
		rc = matrix_difference(&after, &before, call->arena, opened);
	if (rc == 0)
		rc = matrix_difference(&before, &after, call->arena, closed);
	opened->is_cut = opened->is_cut || before.is_cut || after.is_cut;
	return rc;
}

static int statement_read(const struct read_call *call, ProtobufCBinaryData bytes,
			  Pidc__V1__ConsentStatement **ret)
{
	Pidc__V1__SignedStatement unsigned_one = PIDC__V1__SIGNED_STATEMENT__INIT;
	int rc;

	unsigned_one.statement = bytes;
	rc = consent_read(&unsigned_one, call->arena, ret, &call->job->refusal);
	if (rc == 0 && strcmp((*ret)->owner_org, call->ctx->actor->org) != 0)
		return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY,
			      "owner_org", "nobody consents for another");
	return rc;
}

int query_simulate(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	const Pidc__V1__SimulateStatementRequest *r =
		(const Pidc__V1__SimulateStatementRequest *)call->job->request;
	Pidc__V1__SimulateStatementResponse *reply = (Pidc__V1__SimulateStatementResponse *)message;
	struct matrix opened = {.max = ROWS_MAX}, closed = {.max = ROWS_MAX};
	Pidc__V1__ConsentStatement *statement = NULL;
	struct survey survey;
	int rc = statement_read(call, r->statement, &statement);

	if (rc == 0)
		rc = instant_read(call, "valid_at", NULL, &survey.at_us);
	if (rc == 0)
		rc = survey_load(call, "", NULL, &survey, err);
	for (size_t i = 0; rc == 0 && i < survey.recipients.n_recipients; i++)
		rc = recipient_compare(call, &survey, survey.recipients.recipients[i]->org,
				       r->statement, &opened, &closed, err);
	if (rc == 0 && statement->consent_id[0] != '\0')
		rc = db_query_into(call->db, DB_RELEASED_COUNT, &statement->base, call->ctx,
				   call->arena, message, NULL, NULL, err);
	reply->opened = opened.rows;
	reply->n_opened = opened.count;
	reply->closed = closed.rows;
	reply->n_closed = closed.count;
	reply->is_cut = opened.is_cut || closed.is_cut;
	return rc;
}

/* --- what would end ---------------------------------------------------------------- */

int query_preview_revoke_all(const struct read_call *call, ProtobufCMessage *message,
			     struct pidc_error *err)
{
	Pidc__V1__PreviewRevokeAllRequest *r =
		(Pidc__V1__PreviewRevokeAllRequest *)(uintptr_t)call->job->request;
	Pidc__V1__PreviewRevokeAllResponse *reply = (Pidc__V1__PreviewRevokeAllResponse *)message;
	Pidc__Store__V1__RevokeAllFacts facts = PIDC__STORE__V1__REVOKE_ALL_FACTS__INIT;
	Pidc__Store__V1__RevokeAllQuery query = PIDC__STORE__V1__REVOKE_ALL_QUERY__INIT;
	Pidc__V1__RevokeAllFilter nothing = PIDC__V1__REVOKE_ALL_FILTER__INIT;
	int rc;

	if (r->kind != PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE &&
	    r->kind != PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND)
		return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, "kind",
			      "REVOKE or SUSPEND");
	query.filter = r->filter == NULL ? &nothing : r->filter;
	query.kind = r->kind;
	rc = db_query_into(call->db, DB_REVOKE_ALL_SELECTION, &query.base, call->ctx, call->arena,
			   &facts.base, NULL, NULL, err);
	if (rc == 0 && facts.n_consents > REVOKED_CHAINS_MAX)
		return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_LIMIT, "filter",
			      "it selects over %d", REVOKED_CHAINS_MAX);
	reply->consents = facts.consents;
	reply->n_consents = facts.n_consents;
	reply->n_chains = facts.n_consents;
	reply->digest.data = arena_alloc(call->arena, SHA256_LEN);
	reply->digest.len = SHA256_LEN;
	if (rc == 0 && reply->digest.data == NULL)
		rc = PIDC_ENOMEM;
	if (rc == 0)
		rc = revoke_all_steps(reply->consents, reply->n_consents, call->arena,
				      &reply->chains);
	return rc < 0 ? rc
		      : revoke_all_digest(reply->chains, reply->n_chains, call->arena,
					  reply->digest.data);
}
