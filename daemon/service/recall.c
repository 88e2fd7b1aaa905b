/* SPDX-License-Identifier: ISC
 *
 * Recalls: their facts and replies.
 */
#include "core/recall_check.h"
#include "daemon/service/internal.h"

int facts_recall(struct db *db, struct command_call *call, struct arena *arena,
		 struct pidc_error *err)
{
	static const enum db_statement_id statements[] = {DB_FACTS_RECALL, DB_FACTS_RECALL_ITEMS};
	const Pidc__V1__RecallDisclosuresRequest *r =
		(const Pidc__V1__RecallDisclosuresRequest *)call->job->request;
	int rc = 0;

	/* The rule refuses it by itself: no reason to look it all up. */
	if (r->n_items > RECALL_ITEMS_MAX)
		return 0;
	for (size_t i = 0; rc == 0 && i < sizeof(statements) / sizeof(statements[0]); i++)
		rc = db_query_into(db, statements[i], &r->base, call->ctx, arena, call->facts, NULL,
				   NULL, err);
	return rc;
}

static int recall_state(struct db *db, const struct command_call *call, char *recall_id,
			struct arena *arena, struct pidc_error *err)
{
	Pidc__Store__V1__RecallLookup lookup = PIDC__STORE__V1__RECALL_LOOKUP__INIT;

	lookup.recall_id = recall_id;
	return db_query_into(db, DB_FACTS_RECALL_STATE, &lookup.base, call->ctx, arena, call->facts,
			     NULL, NULL, err);
}

int facts_answer_recall(struct db *db, struct command_call *call, struct arena *arena,
			struct pidc_error *err)
{
	const Pidc__V1__AnswerRecallRequest *r =
		(const Pidc__V1__AnswerRecallRequest *)call->job->request;

	return recall_state(db, call, r->recall_id, arena, err);
}

int facts_close_recall(struct db *db, struct command_call *call, struct arena *arena,
		       struct pidc_error *err)
{
	const Pidc__V1__CloseRecallRequest *r =
		(const Pidc__V1__CloseRecallRequest *)call->job->request;

	return recall_state(db, call, r->recall_id, arena, err);
}

int reply_recall(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__RecallDisclosuresResponse *reply = (Pidc__V1__RecallDisclosuresResponse *)message;
	const Pidc__V1__DisclosuresRecalled *recalled = call->event->disclosures_recalled;

	(void)arena;
	reply->recall_id = recalled->recall_id;
	reply->item_count = (uint32_t)recalled->n_items;
	reply->has_more =
		((const Pidc__Store__V1__RecallFacts *)call->facts)->n_items > recalled->n_items;
	return 0;
}

int reply_recall_answer(const struct command_call *call, struct arena *arena,
			ProtobufCMessage *message)
{
	(void)arena;
	((Pidc__V1__AnswerRecallResponse *)message)->item_count =
		(uint32_t)call->event->recall_answered->n_items;
	return 0;
}

int reply_recall_closing(const struct command_call *call, struct arena *arena,
			 ProtobufCMessage *message)
{
	(void)arena;
	((Pidc__V1__CloseRecallResponse *)message)->item_count =
		(uint32_t)call->event->recall_closed->n_items;
	return 0;
}
