/* SPDX-License-Identifier: ISC
 *
 * Answers of owners to releases that wait for them: facts and reply.
 */
#include "core/approval.h"
#include "daemon/service/internal.h"

int facts_answer_approval(struct db *db, struct command_call *call, struct arena *arena,
			  struct pidc_error *err)
{
	const Pidc__V1__AnswerApprovalRequest *r =
		(const Pidc__V1__AnswerApprovalRequest *)call->job->request;
	Pidc__Store__V1__ApprovalFacts *facts = (Pidc__Store__V1__ApprovalFacts *)call->facts;
	Pidc__V1__ApprovalStatement *statement = NULL;
	struct refusal ignored;
	int rc = approval_read(r->signed_, arena, &statement, &ignored);

	/* What cannot be read has no facts: the rule refuses it by itself. */
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	rc = db_query_into(db, DB_FACTS_APPROVAL, &statement->base, call->ctx, arena, &facts->base,
			   NULL, NULL, err);
	return rc < 0 ? rc : signer_facts(db, call, r->signed_, arena, &facts->signer, err);
}

int reply_approval_answer(const struct command_call *call, struct arena *arena,
			  ProtobufCMessage *message)
{
	Pidc__V1__AnswerApprovalResponse *reply = (Pidc__V1__AnswerApprovalResponse *)message;
	const Pidc__V1__ApprovalAnswered *answered = call->event->approval_answered;

	(void)arena;
	reply->approval_id = answered->approval_id;
	reply->state = answered->is_approved ? PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_APPROVED
					     : PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_REFUSED;
	return 0;
}
