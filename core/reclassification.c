/* SPDX-License-Identifier: ISC
 *
 * Reclassification: the owner raises at any time; to lower it signs, so that nobody who
 * only holds its agent's key makes its data more open.
 */
#include "core/chain.h"
#include "core/consent.h"
#include "core/data_check.h"
#include "core/message.h"
#include "core/rule_check.h"
#include "core/signer.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

static const Pidc__V1__ReclassifyContributionRequest *request_of(const struct rule_input *in)
{
	return (const Pidc__V1__ReclassifyContributionRequest *)in->request;
}

static const Pidc__Store__V1__ContributionFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ContributionFacts *)in->facts;
}

/* The statement says what the request says, of this register and this version. */
static int check_statement(const struct rule_input *in, const Pidc__V1__Reclassification *statement,
			   struct refusal *refusal)
{
	const Pidc__V1__ReclassifyContributionRequest *request = request_of(in);
	const Pidc__V1__Contribution *contribution = facts_of(in)->contribution;

	if (strcmp(statement->origin, in->origin) != 0)
		return refuse(refusal, REASON(E_FIELD), "signed.statement.origin",
			      "signed for another register");
	if (strcmp(statement->owner_org, in->actor->org) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), "signed.statement.owner_org",
			      "nobody reclassifies for another");
	if (strcmp(statement->contribution_id, request->contribution_id) != 0 ||
	    statement->from != contribution->classification ||
	    statement->to != request->classification ||
	    strcmp(statement->reason, request->reason) != 0)
		return refuse(refusal, REASON(E_FIELD), "signed.statement",
			      "it says something else than the request");
	if (statement->version != contribution->version)
		return refuse(refusal, REASON(E_VERSION), "signed.statement.version",
			      "it has version %u", contribution->version);
	return 0;
}

static int statement_read(const struct rule_input *in, Pidc__V1__Reclassification **ret,
			  struct refusal *refusal)
{
	const Pidc__V1__SignedStatement *signed_statement = request_of(in)->signed_;
	struct pidc_error err = {0};
	ProtobufCMessage *message = NULL;
	int rc;

	if (signed_statement == NULL)
		return refuse(refusal, REASON(E_FIELD), "signed",
			      "lowering takes a Reclassification that the owner signed");
	if (signed_statement->statement.len > STATEMENT_BYTES_MAX)
		return refuse(refusal, REASON(E_MALFORMED), "signed.statement", "too long");
	rc = message_unpack(&pidc__v1__reclassification__descriptor,
			    signed_statement->statement.data, signed_statement->statement.len,
			    STATEMENT_ELEMENTS_MAX, in->arena, &message, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, REASON(E_MALFORMED), "signed.statement", "%.150s", err.msg);
	if (rc == 0)
		*ret = (Pidc__V1__Reclassification *)message;
	return rc;
}

/* SD-6 says it of consents; a contribution that is made less than AMBER first would
 * need none. */
static int check_four_eyes(const struct rule_input *in, struct refusal *refusal)
{
	const Pidc__V1__ReclassifyContributionRequest *request = request_of(in);
	const Pidc__Store__V1__ContributionFacts *facts = facts_of(in);

	if (request->approval != NULL)
		return check_approval(request->signed_, request->approval, facts->signer,
				      facts->approver, in->actor->org, refusal);
	if (facts->contribution->classification < PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER)
		return 0;
	return refuse(refusal, REASON(E_SOD), "approval",
		      "SD-6: lowering what is AMBER or above takes two persons");
}

static int check_lowering(const struct rule_input *in, struct refusal *refusal)
{
	Pidc__V1__Reclassification *statement = NULL;
	uint8_t spki[SHA256_LEN];
	int rc;

	if (request_of(in)->classification < facts_of(in)->classification_default)
		return refuse(refusal, REASON(E_FIELD), "classification",
			      "never below the dataset's default");
	rc = statement_read(in, &statement, refusal);
	if (rc == 0)
		rc = consent_verify(request_of(in)->signed_, spki, refusal);
	if (rc == 0)
		rc = check_signer(facts_of(in)->signer, in->actor->org, "signed.signature",
				  refusal);
	if (rc == 0)
		rc = check_statement(in, statement, refusal);
	return rc < 0 ? rc : check_four_eyes(in, refusal);
}

static int check_raising(const struct rule_input *in, struct refusal *refusal)
{
	if (request_of(in)->signed_ == NULL && request_of(in)->approval == NULL)
		return 0;
	return refuse(refusal, REASON(E_FIELD), "signed", "only lowering is signed");
}

static int check_request(const struct rule_input *in, bool *ret_is_lowering,
			 struct refusal *refusal)
{
	const Pidc__V1__ReclassifyContributionRequest *request = request_of(in);
	const Pidc__V1__Contribution *contribution = facts_of(in)->contribution;
	int rc = check_own_contribution(in, request->contribution_id, request->expected_version,
					true, refusal);

	if (rc == 0)
		rc = check_enum(refusal, "classification", &pidc__v1__classification__descriptor,
				(int)request->classification);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	if (contribution->status != PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED &&
	    contribution->status != PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD)
		return refuse(refusal, REASON(E_STATE), "contribution_id",
			      "nothing of it is released any more");
	if (request->classification == contribution->classification)
		return refuse(refusal, REASON(E_STATE), "classification", "it is that already");
	*ret_is_lowering = request->classification < contribution->classification;
	return *ret_is_lowering ? check_lowering(in, refusal) : check_raising(in, refusal);
}

int rule_reclassify_contribution(const struct rule_input *in, Pidc__V1__Event *event,
				 struct refusal *refusal)
{
	const Pidc__V1__ReclassifyContributionRequest *request = request_of(in);
	const Pidc__Store__V1__ContributionFacts *facts = facts_of(in);
	Pidc__V1__ContributionReclassified *made = arena_alloc(in->arena, sizeof(*made));
	bool is_lowering = false;
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	rc = check_request(in, &is_lowering, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__contribution_reclassified__init(made);
	made->contribution_id = request->contribution_id;
	made->classification = request->classification;
	made->reason = request->reason;
	if (is_lowering) {
		made->signed_ = request->signed_;
		made->signer_id = facts->signer->principal->principal_id;
	}
	if (request->approval != NULL) {
		made->approval = request->approval;
		made->approver_id = facts->approver->principal->principal_id;
	}
	event->body_case = PIDC__V1__EVENT__BODY_CONTRIBUTION_RECLASSIFIED;
	event->contribution_reclassified = made;
	return event_of_contribution(in, event);
}
