/* SPDX-License-Identifier: ISC
 *
 * Consent (PRI-9d): default deny; only the owner says what is shared, in statements
 * that its own key signed (SD-7).
 */
#include "core/consent.h"
#include "core/chain.h"
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/signature.h"
#include "core/signer.h"

#include "pidc/v1/consent.pb-c.h"

#include <string.h>

#define KIND(name) PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

/* One statement on its way into the register. */
struct submission {
	Pidc__V1__SignedStatement *signed_statement;
	Pidc__V1__Signature *approval; /* or NULL */
	Pidc__V1__ConsentStatement *statement;
	bool is_pending; /* waits for its approver */
	/* What becomes of the request that it answers. */
	Pidc__V1__SharingRequestState answer;
};

int consent_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		 Pidc__V1__ConsentStatement **ret, struct refusal *refusal)
{
	Pidc__V1__ConsentStatement *st = NULL;
	struct pidc_error err = {0};
	int rc;

	if (signed_statement == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "signed",
			      "it is mandatory");
	rc = statement_parse(&signed_statement->statement, arena, &st, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_MALFORMED, "signed.statement",
			      "%.150s", err.msg);
	if (rc == 0)
		rc = check_statement_syntax(st, refusal);
	if (rc == 0)
		*ret = st;
	return rc;
}

int consent_verify(const Pidc__V1__SignedStatement *signed_statement, uint8_t ret_spki[SHA256_LEN],
		   struct refusal *refusal)
{
	struct pidc_error err = {0};
	int rc = statement_verify(signed_statement, ret_spki, &err);

	if (rc == PIDC_ENOMEM)
		return rc;
	if (rc < 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "signed.signature",
			      "%.150s", err.msg);
	return 0;
}

static const Pidc__Store__V1__ConsentFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ConsentFacts *)in->facts;
}

int check_recordable(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		     const Pidc__Store__V1__OrgState *owner, bool is_used, struct refusal *refusal)
{
	if (strcmp(st->origin, in->origin) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "origin",
			      "signed for another register");
	if (owner == NULL || !owner->is_active)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE, "owner_org",
			      NULL);
	if (is_used)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "statement_id", NULL);
	return 0;
}

/* SD-6: the second signature, when there is one. */
static int check_approver(const struct rule_input *in, const struct submission *submission,
			  struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);

	if (submission->approval == NULL)
		return 0;
	return check_approval(submission->signed_statement, submission->approval, facts->signer,
			      facts->approver, in->actor->org, refusal);
}

/* Whose statement it is, before anything about the owner's data is looked at. */
static int check_ownership(const struct rule_input *in, const struct submission *submission,
			   struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);
	const Pidc__V1__ConsentStatement *st = submission->statement;
	int rc;

	if (strcmp(st->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, "owner_org",
			      "nobody consents for another");
	rc = check_signer(facts->signer, in->actor->org, "signed.signature", refusal);
	if (rc == 0)
		rc = check_approver(in, submission, refusal);
	return rc < 0 ? rc
		      : check_recordable(in, st, facts->owner, facts->statement_id_used, refusal);
}

/* Which kinds a chain takes in which state (spec 5.11); what is not here is
 * refused. */
static const struct chain_move {
	enum chain_state state;
	Pidc__V1__StatementKind kind;
} chain_moves[] = {
	{CHAIN_EMPTY, KIND(GRANT)},      {CHAIN_EMPTY, KIND(VETO)},
	{CHAIN_EMPTY, KIND(REFUSE)},     {CHAIN_CURRENT, KIND(GRANT)},
	{CHAIN_CURRENT, KIND(VETO)},     {CHAIN_CURRENT, KIND(SUSPEND)},
	{CHAIN_CURRENT, KIND(REVOKE)},   {CHAIN_SUSPENDED, KIND(RESUME)},
	{CHAIN_SUSPENDED, KIND(REVOKE)}, {CHAIN_CURRENT, KIND(CORRECT)},
};

static bool is_move(enum chain_state state, Pidc__V1__StatementKind kind)
{
	for (size_t i = 0; i < sizeof(chain_moves) / sizeof(chain_moves[0]); i++)
		if (chain_moves[i].state == state && chain_moves[i].kind == kind)
			return true;
	return false;
}

/* chain is empty for a new one. */
static int check_chain(const struct chain *chain, const Pidc__V1__ConsentStatement *st,
		       struct refusal *refusal)
{
	if (chain->state == CHAIN_EMPTY && !is_move(CHAIN_EMPTY, st->kind))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "consent_id", NULL);
	if (st->version != chain->version + 1)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_VERSION, "version",
			      "the next one is %u", chain->version + 1);
	if (!is_move(chain->state, st->kind))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "kind",
			      "not possible in the chain's present state");
	/* While a veto is suspended it would go on to deny: revoke it instead. */
	if (st->kind == KIND(SUSPEND) && chain->terms != NULL && chain->terms->kind == KIND(VETO))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "kind",
			      "a veto is revoked, not suspended");
	return 0;
}

/* The chain as it stands; a zeroed one when this statement opens it. */
static int chain_load(const struct rule_input *in, const char *consent_id, struct chain *ret,
		      struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);
	struct chain_set set;
	int rc = chain_set_build(facts->chain, facts->n_chain, in->actor->org, in->arena, &set);

	if (rc < 0)
		return rc;
	if (set.broken_count != 0 || set.count > 1)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_INTERNAL, NULL,
			      "the recorded chain cannot be read");
	/* Rows of another owner under this id: for this owner it does not exist. */
	if ((set.count == 0 && facts->n_chain != 0) ||
	    (set.count == 1 && strcmp(set.chains[0].consent_id, consent_id) != 0))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "consent_id", NULL);
	*ret = set.count == 1 ? set.chains[0] : (struct chain){.consent_id = consent_id};
	return 0;
}

/* Owner and, so that they can see what names them, the recipients. */
static int event_set_parties(const struct rule_input *in, Pidc__V1__Event *event,
			     const Pidc__V1__ConsentStatement *terms)
{
	const Pidc__V1__RecipientSelector *recipient = terms->recipient;
	size_t count = 0, max = 1;
	const char **orgs;

	if (recipient != NULL)
		max += recipient->n_orgs + recipient->n_pinned_orgs;
	orgs = arena_calloc(in->arena, max, sizeof(*orgs));
	if (orgs == NULL)
		return PIDC_ENOMEM;
	orgs[count++] = in->actor->org;
	for (size_t i = 0; recipient != NULL && i < recipient->n_orgs; i++)
		orgs[count++] = recipient->orgs[i];
	for (size_t i = 0; recipient != NULL && i < recipient->n_pinned_orgs; i++)
		orgs[count++] = recipient->pinned_orgs[i];
	return event_set_concerns(in, event, orgs, count);
}

static int event_make(const struct rule_input *in, const struct submission *submission,
		      const struct chain *chain, Pidc__V1__Event *event)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);
	const Pidc__V1__ConsentStatement *st = submission->statement;
	bool has_terms = statement_is_grant(st) || st->kind == KIND(VETO);
	Pidc__V1__ConsentRecorded *recorded = arena_alloc(in->arena, sizeof(*recorded));
	const char *owner = in->actor->org;
	int rc;

	if (recorded == NULL)
		return PIDC_ENOMEM;
	pidc__v1__consent_recorded__init(recorded);
	recorded->signed_ = submission->signed_statement;
	recorded->signer_id = facts->signer->principal->principal_id;
	recorded->is_pending = submission->is_pending;
	recorded->answer = submission->answer;
	if (submission->approval != NULL) {
		recorded->approval = submission->approval;
		recorded->approver_id = facts->approver->principal->principal_id;
	}
	event->body_case = PIDC__V1__EVENT__BODY_CONSENT_RECORDED;
	event->consent_recorded = recorded;
	/* What is not decided yet is nobody's business but the owner's. */
	if (submission->is_pending) {
		rc = event_set_entity(in, event, st->statement_id, 1);
		return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
	}
	rc = event_set_entity(in, event, st->consent_id, st->version);
	if (rc == 0 && st->kind == KIND(REFUSE)) {
		const char *parties[2] = {owner, facts->request->asker_org};

		return event_set_concerns(in, event, parties, 2);
	}
	return rc < 0 ? rc : event_set_parties(in, event, has_terms ? st : chain->terms);
}

/* What the statement says, once it is clear that the owner says it. */
static int check_content(const struct rule_input *in, struct submission *submission,
			 const struct chain *chain, struct refusal *refusal)
{
	const Pidc__V1__ConsentStatement *st = submission->statement;
	bool has_terms = statement_is_grant(st) || st->kind == KIND(VETO);
	int rc = has_terms ? check_terms(in, st, refusal) : check_no_terms(st, refusal);

	if (rc == 0 && st->kind == KIND(CORRECT))
		rc = check_correction(in, chain, st, refusal);
	if (rc == 0)
		rc = check_answer(in, st, &submission->answer, refusal);
	return rc < 0 || !has_terms ? rc : check_mode(in, st, refusal);
}

/* SD-6: whether the grant reaches AMBER or means to. One that says nothing of it
 * counts up to GREEN with one signature, whatever data comes later. */
static bool needs_approver(const struct rule_input *in, const Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Classification reach = st->classification_ceiling != 0
						 ? st->classification_ceiling
						 : facts_of(in)->reached_classification;

	return st->kind == KIND(GRANT) && reach >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
}

static int submission_judge(const struct rule_input *in, struct submission *submission,
			    Pidc__V1__Event *event, struct refusal *refusal)
{
	uint8_t spki[SHA256_LEN];
	struct chain chain;
	int rc = consent_read(submission->signed_statement, in->arena, &submission->statement,
			      refusal);

	if (rc == 0)
		rc = consent_verify(submission->signed_statement, spki, refusal);
	if (rc == 0 && submission->statement->n_chains != 0)
		rc = refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chains",
			    "many chains are ended by RevokeAll");
	if (rc == 0)
		rc = check_ownership(in, submission, refusal);
	if (rc == 0)
		rc = chain_load(in, submission->statement->consent_id, &chain, refusal);
	if (rc == 0)
		rc = check_chain(&chain, submission->statement, refusal);
	if (rc == 0)
		rc = check_content(in, submission, &chain, refusal);
	if (rc != 0)
		return rc;
	submission->is_pending =
		submission->approval == NULL && needs_approver(in, submission->statement);
	return event_make(in, submission, &chain, event);
}

int rule_record_statement(const struct rule_input *in, Pidc__V1__Event *event,
			  struct refusal *refusal)
{
	const Pidc__V1__RecordStatementRequest *request =
		(const Pidc__V1__RecordStatementRequest *)in->request;
	struct submission submission = {.signed_statement = request->signed_,
					.approval = request->approval};

	if (facts_of(in)->is_pending_known)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "statement_id",
			      "it waits for its approver");
	return submission_judge(in, &submission, event, refusal);
}

int rule_approve_statement(const struct rule_input *in, Pidc__V1__Event *event,
			   struct refusal *refusal)
{
	const Pidc__V1__ApproveStatementRequest *request =
		(const Pidc__V1__ApproveStatementRequest *)in->request;
	struct submission submission = {.signed_statement = facts_of(in)->pending,
					.approval = request->approval};

	if (submission.signed_statement == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "statement_id", NULL);
	if (submission.approval == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "approval",
			      "it is mandatory");
	return submission_judge(in, &submission, event, refusal);
}
