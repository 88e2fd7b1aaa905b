/* SPDX-License-Identifier: ISC
 *
 * Memoranda of understanding: facts of their commands, and what their replies have.
 */
#include "core/mou.h"
#include "daemon/service/internal.h"

static int mou_facts(struct db *db, const struct command_call *call,
		     Pidc__Store__V1__MouQuery *query, const Pidc__V1__MouTerms *terms,
		     struct arena *arena, struct pidc_error *err)
{
	if (terms != NULL && terms->scope != NULL) {
		query->purposes = terms->scope->purposes;
		query->n_purposes = terms->scope->n_purposes;
	}
	if (terms != NULL)
		query->replaces_instrument_id = terms->replaces_instrument_id;
	return db_query_into(db, DB_FACTS_MOU, &query->base, call->ctx, arena, call->facts, NULL,
			     NULL, err);
}

int facts_draft_mou(struct db *db, struct command_call *call, struct arena *arena,
		    struct pidc_error *err)
{
	const Pidc__V1__DraftMouRequest *r = (const Pidc__V1__DraftMouRequest *)call->job->request;
	Pidc__Store__V1__MouQuery query = PIDC__STORE__V1__MOU_QUERY__INIT;

	query.org = r->org;
	return mou_facts(db, call, &query, r->terms, arena, err);
}

/* The version that a request names, and the text where it proposes one. */
int facts_mou(struct db *db, struct command_call *call, struct arena *arena, struct pidc_error *err)
{
	const ProtobufCMessage *request = call->job->request;
	Pidc__Store__V1__MouQuery query = PIDC__STORE__V1__MOU_QUERY__INIT;
	const Pidc__V1__MouTerms *terms = NULL;

	if (request->descriptor == &pidc__v1__revise_mou_request__descriptor)
		terms = ((const Pidc__V1__ReviseMouRequest *)request)->terms;
	query.mou_id = (char *)(uintptr_t)message_string(request, "mou_id");
	return mou_facts(db, call, &query, terms, arena, err);
}

int facts_sign_mou(struct db *db, struct command_call *call, struct arena *arena,
		   struct pidc_error *err)
{
	const Pidc__V1__SignMouRequest *r = (const Pidc__V1__SignMouRequest *)call->job->request;
	Pidc__Store__V1__MouFacts *facts = (Pidc__Store__V1__MouFacts *)call->facts;
	Pidc__Store__V1__MouQuery query = PIDC__STORE__V1__MOU_QUERY__INIT;
	Pidc__Store__V1__PrincipalFacts *signer = NULL;
	Pidc__V1__MouSignatureStatement *statement = NULL;
	struct refusal ignored;
	int rc = mou_signature_read(r->signed_, arena, &statement, &ignored);

	/* What cannot be read has no facts: the rule refuses it by itself. */
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	query.mou_id = statement->mou_id;
	rc = mou_facts(db, call, &query, NULL, arena, err);
	if (rc == 0)
		rc = signer_facts(db, call, r->signed_, arena, &signer, err);
	if (rc == 0 && signer->key_bound &&
	    signer->key_state == PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE)
		facts->signer_id = signer->key_principal_id;
	return rc;
}

int reply_mou_drafted(const struct command_call *call, struct arena *arena,
		      ProtobufCMessage *message)
{
	Pidc__V1__DraftMouResponse *reply = (Pidc__V1__DraftMouResponse *)message;
	const Pidc__V1__MouDrafted *drafted = call->event->mou_drafted;

	(void)arena;
	reply->mou_id = drafted->move->mou_id;
	reply->number = drafted->number;
	reply->digest = drafted->content->digest;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_mou_revised(const struct command_call *call, struct arena *arena,
		      ProtobufCMessage *message)
{
	Pidc__V1__ReviseMouResponse *reply = (Pidc__V1__ReviseMouResponse *)message;

	(void)arena;
	reply->digest = call->event->mou_revised->content->digest;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_mou_signed(const struct command_call *call, struct arena *arena,
		     ProtobufCMessage *message)
{
	Pidc__V1__SignMouResponse *reply = (Pidc__V1__SignMouResponse *)message;
	const Pidc__V1__MouSigned *body = call->event->mou_signed;

	(void)arena;
	reply->state = body->move->to;
	reply->effective_from = body->effective_from;
	reply->term_to = body->term_to;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_mou_terminated(const struct command_call *call, struct arena *arena,
			 ProtobufCMessage *message)
{
	Pidc__V1__TerminateMouResponse *reply = (Pidc__V1__TerminateMouResponse *)message;

	(void)arena;
	reply->terminates_at = call->event->mou_terminated->move->terminates_at;
	reply->version = call->event->entity_version;
	return 0;
}

int query_check_mou(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	Pidc__V1__CheckMouResponse *reply = (Pidc__V1__CheckMouResponse *)message;
	Pidc__Store__V1__MouFacts facts = PIDC__STORE__V1__MOU_FACTS__INIT;
	Pidc__V1__MouTerms *terms = NULL;
	int rc = db_query_into(call->db, DB_MOU_TERMS, call->job->request, call->ctx, call->arena,
			       &facts.base, NULL, NULL, err);

	if (rc == 0 && facts.mou == NULL) {
		job_refuse(call->job, PIDC__V1__REASON__REASON_E_NOT_FOUND, "mou_id",
			   "there is no such record, or it is not yours to see");
		return PIDC_EREFUSED;
	}
	if (rc == 0)
		rc = mou_terms_read(&facts.mou->terms, call->arena, &terms);
	return rc < 0 ? rc
		      : mou_findings(terms, facts.types, facts.n_types, call->arena,
				     &reply->findings, &reply->n_findings);
}
