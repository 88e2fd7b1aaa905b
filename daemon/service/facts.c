/* SPDX-License-Identifier: ISC
 *
 * Facts that take more than one statement, or a parameter that the request
 * does not have by itself.
 */
#include "core/consent.h"
#include "core/consent_check.h"
#include "daemon/service/internal.h"

#include <string.h>

static int principal_facts(struct db *db, const struct command_call *call, const char *principal,
			   const char *org, ProtobufCBinaryData spki, struct arena *arena,
			   ProtobufCMessage *facts, struct pidc_error *err)
{
	Pidc__Store__V1__PrincipalQuery query = PIDC__STORE__V1__PRINCIPAL_QUERY__INIT;

	query.principal_id = (char *)(uintptr_t)principal;
	query.org = (char *)(uintptr_t)org;
	query.spki_sha256 = spki;
	return db_query_into(db, DB_FACTS_PRINCIPAL, &query.base, call->ctx, arena, facts, NULL,
			     NULL, err);
}

int facts_register_principal(struct db *db, struct command_call *call, struct arena *arena,
			     struct pidc_error *err)
{
	const Pidc__V1__RegisterPrincipalRequest *r =
		(const Pidc__V1__RegisterPrincipalRequest *)call->job->request;

	return principal_facts(db, call, r->principal_id, r->org, r->spki_sha256, arena,
			       call->facts, err);
}

int facts_bind_certificate(struct db *db, struct command_call *call, struct arena *arena,
			   struct pidc_error *err)
{
	const Pidc__V1__BindCertificateRequest *r =
		(const Pidc__V1__BindCertificateRequest *)call->job->request;

	return principal_facts(db, call, r->principal_id, "", r->spki_sha256, arena, call->facts,
			       err);
}

int facts_revoke_certificate(struct db *db, struct command_call *call, struct arena *arena,
			     struct pidc_error *err)
{
	const Pidc__V1__RevokeCertificateRequest *r =
		(const Pidc__V1__RevokeCertificateRequest *)call->job->request;

	return principal_facts(db, call, "", "", r->spki_sha256, arena, call->facts, err);
}

int facts_grant_role(struct db *db, struct command_call *call, struct arena *arena,
		     struct pidc_error *err)
{
	const ProtobufCBinaryData none = {0, NULL};
	const Pidc__V1__GrantRoleRequest *r =
		(const Pidc__V1__GrantRoleRequest *)call->job->request;

	return principal_facts(db, call, r->principal_id, "", none, arena, call->facts, err);
}

int facts_revoke_role(struct db *db, struct command_call *call, struct arena *arena,
		      struct pidc_error *err)
{
	const ProtobufCBinaryData none = {0, NULL};
	const Pidc__V1__RevokeRoleRequest *r =
		(const Pidc__V1__RevokeRoleRequest *)call->job->request;

	return principal_facts(db, call, r->principal_id, "", none, arena, call->facts, err);
}

int signer_facts(struct db *db, const struct command_call *call,
		 const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		 Pidc__Store__V1__PrincipalFacts **ret, struct pidc_error *err)
{
	uint8_t *spki = arena_alloc(arena, SHA256_LEN);
	ProtobufCBinaryData key = {SHA256_LEN, spki};
	struct refusal ignored;
	int rc;

	*ret = (Pidc__Store__V1__PrincipalFacts *)message_new(
		&pidc__store__v1__principal_facts__descriptor, arena);
	if (spki == NULL || *ret == NULL)
		return PIDC_ENOMEM;
	/* A signature that does not verify has no signer; the rule says so. */
	rc = consent_verify(signed_statement, spki, &ignored);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	return principal_facts(db, call, "", "", key, arena, &(*ret)->base, err);
}

/* Facts of a statement and of the keys that signed it; approval may be NULL. */
static int statement_facts(struct db *db, struct command_call *call,
			   Pidc__V1__SignedStatement *signed_statement,
			   Pidc__V1__Signature *approval, struct arena *arena,
			   struct pidc_error *err)
{
	static const enum db_statement_id statements[] = {DB_FACTS_CONSENT, DB_FACTS_CONSENT_CHAIN,
							  DB_FACTS_CONSENT_OTHERS,
							  DB_FACTS_CONSENT_REQUEST};
	Pidc__Store__V1__ConsentFacts *facts = (Pidc__Store__V1__ConsentFacts *)call->facts;
	Pidc__V1__ConsentStatement *statement = NULL;
	struct refusal ignored;
	int rc;

	/* What cannot be read has no facts: the rule refuses it by itself. */
	rc = consent_read(signed_statement, arena, &statement, &ignored);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	call->statement = statement;
	for (size_t i = 0; rc == 0 && i < sizeof(statements) / sizeof(statements[0]); i++)
		rc = db_query_into(db, statements[i], &statement->base, call->ctx, arena,
				   &facts->base, NULL, NULL, err);
	if (rc == 0)
		rc = signer_facts(db, call, signed_statement, arena, &facts->signer, err);
	if (rc == 0 && approval != NULL) {
		Pidc__V1__SignedStatement second = *signed_statement;

		second.signature = approval;
		rc = signer_facts(db, call, &second, arena, &facts->approver, err);
	}
	facts->origin = arena_strdup(arena, service_config->origin);
	return rc == 0 && facts->origin == NULL ? PIDC_ENOMEM : rc;
}

int facts_record_statement(struct db *db, struct command_call *call, struct arena *arena,
			   struct pidc_error *err)
{
	const Pidc__V1__RecordStatementRequest *r =
		(const Pidc__V1__RecordStatementRequest *)call->job->request;

	return statement_facts(db, call, r->signed_, r->approval, arena, err);
}

/* Facts of RevokeAll: one kind, one signer, many statements. */
static int revoke_all_query(const Pidc__V1__RevokeAllRequest *r, struct arena *arena,
			    Pidc__Store__V1__RevokeAllQuery *query)
{
	query->statement_ids = arena_calloc(arena, r->n_statements, sizeof(char *));
	if (query->statement_ids == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < r->n_statements; i++) {
		Pidc__V1__ConsentStatement *statement = NULL;
		struct refusal ignored;
		int rc = consent_read(r->statements[i], arena, &statement, &ignored);

		if (rc < 0)
			return rc;
		query->statement_ids[query->n_statement_ids++] = statement->statement_id;
		query->kind = statement->kind;
	}
	return 0;
}

int facts_revoke_all(struct db *db, struct command_call *call, struct arena *arena,
		     struct pidc_error *err)
{
	const Pidc__V1__RevokeAllRequest *r =
		(const Pidc__V1__RevokeAllRequest *)call->job->request;
	Pidc__Store__V1__RevokeAllFacts *facts = (Pidc__Store__V1__RevokeAllFacts *)call->facts;
	Pidc__Store__V1__RevokeAllQuery query = PIDC__STORE__V1__REVOKE_ALL_QUERY__INIT;
	Pidc__V1__RevokeAllFilter nothing = PIDC__V1__REVOKE_ALL_FILTER__INIT;
	int rc;

	if (r->n_statements == 0 || r->n_statements > REVOKED_CHAINS_MAX)
		return 0;
	query.filter = r->filter == NULL ? &nothing : r->filter;
	rc = revoke_all_query(r, arena, &query);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	rc = db_query_into(db, DB_FACTS_REVOKE_ALL, &query.base, call->ctx, arena, &facts->base,
			   NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(db, DB_REVOKE_ALL_SELECTION, &query.base, call->ctx, arena,
				   &facts->base, NULL, NULL, err);
	return rc < 0 ? rc : signer_facts(db, call, r->statements[0], arena, &facts->signer, err);
}

int facts_approve_statement(struct db *db, struct command_call *call, struct arena *arena,
			    struct pidc_error *err)
{
	const Pidc__V1__ApproveStatementRequest *r =
		(const Pidc__V1__ApproveStatementRequest *)call->job->request;
	Pidc__Store__V1__ConsentFacts *facts = (Pidc__Store__V1__ConsentFacts *)call->facts;
	int rc = db_query_into(db, DB_FACTS_CONSENT_PENDING, &r->base, call->ctx, arena,
			       &facts->base, NULL, NULL, err);

	if (rc < 0 || facts->pending == NULL)
		return rc;
	return statement_facts(db, call, facts->pending, r->approval, arena, err);
}

int decisions_load(struct db *db, Pidc__Store__V1__DecisionQuery *const *queries,
		   const Pidc__Store__V1__Context *const *ctxs, size_t n, struct arena *arena,
		   Pidc__Store__V1__DecisionFacts *const *facts, struct pidc_error *err)
{
	static const enum db_statement_id statements[] = {
		DB_DECISION_PARTIES,       DB_DECISION_INSTRUMENTS, DB_DECISION_STATEMENTS,
		DB_DECISION_CONTRIBUTIONS, DB_DECISION_DATASETS,
	};
	const ProtobufCMessage *const *in = (const ProtobufCMessage *const *)(const void *)queries;
	ProtobufCMessage *const *out = (ProtobufCMessage *const *)(const void *)facts;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		queries[i]->number = (uint32_t)(i + 1);
	for (size_t i = 0; rc == 0 && i < sizeof(statements) / sizeof(statements[0]); i++)
		rc = db_query_many(db, statements[i], in, ctxs, n, arena, out, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = needs_load(db, queries[i], ctxs[i], arena, facts[i], err);
	return rc;
}

int decision_load(struct db *db, Pidc__Store__V1__DecisionQuery *query,
		  const Pidc__Store__V1__Context *ctx, struct arena *arena,
		  Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err)
{
	return decisions_load(db, &query, &ctx, 1, arena, &facts, err);
}

int facts_release(struct db *db, struct command_call *call, struct arena *arena,
		  struct pidc_error *err)
{
	Pidc__Store__V1__ReleaseRequest *r = (Pidc__Store__V1__ReleaseRequest *)call->job->request;

	/* The capacity is the caller's in this very batch, not what a plan remembered. */
	r->query->capacity = call->actor->capacity;
	r->query->recipient_org = arena_strdup(call->job->arena, call->actor->org);
	r->query->disclosure_id = r->disclosure_id;
	if (r->query->recipient_org == NULL)
		return PIDC_ENOMEM;
	return decision_load(db, r->query, call->ctx, arena,
			     (Pidc__Store__V1__DecisionFacts *)call->facts, err);
}
