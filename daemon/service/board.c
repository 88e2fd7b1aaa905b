/* SPDX-License-Identifier: ISC
 *
 * The Board: facts of its commands, and what their replies have.
 */
#include "core/board.h"
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

/* What a kind looks at besides, by a statement from ResolutionQuery to ResolutionFacts. */
static const struct {
	Pidc__V1__ResolutionKind kind;
	enum db_statement_id statement;
} kind_facts[] = {
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_RESCIND, DB_FACTS_RESCIND},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_MOU_APPROVAL, DB_FACTS_RESOLUTION_MOU},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_MOU_TERMINATION, DB_FACTS_RESOLUTION_MOU},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_SUSPEND_PARTNERSHIP,
	 DB_FACTS_RESOLUTION_PARTNERSHIP},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_RESUME_PARTNERSHIP,
	 DB_FACTS_RESOLUTION_PARTNERSHIP},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_END_PARTNERSHIP,
	 DB_FACTS_RESOLUTION_PARTNERSHIP},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_POLICY_ADOPTION, DB_FACTS_RESOLUTION_POLICY},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_BOARD_RULES, DB_FACTS_RESOLUTION_RULES},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_OBSERVER_APPROVAL,
	 DB_FACTS_RESOLUTION_OBSERVER},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_OBSERVER_SUSPENSION,
	 DB_FACTS_RESOLUTION_OBSERVER},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_OBSERVER_END, DB_FACTS_RESOLUTION_OBSERVER},
	{PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_POLICY_REVIEW, DB_FACTS_RESOLUTION_POLICY},
};

/* The Board as it is now, and what the resolution is about; NULL: none is spoken of. */
static int board_facts(struct db *db, const struct command_call *call,
		       const Pidc__V1__Resolution *resolution, struct arena *arena,
		       struct pidc_error *err)
{
	Pidc__Store__V1__ResolutionQuery query = PIDC__STORE__V1__RESOLUTION_QUERY__INIT;
	int rc;

	if (resolution != NULL) {
		query.resolution_id = resolution->resolution_id;
		query.subject_org = resolution->subject_org;
		query.subject_id = resolution->subject_id;
	}
	rc = db_query_into(db, DB_FACTS_BOARD, &query.base, call->ctx, arena, call->facts, NULL,
			   NULL, err);
	for (size_t i = 0;
	     rc == 0 && resolution != NULL && i < sizeof(kind_facts) / sizeof(kind_facts[0]); i++)
		if (kind_facts[i].kind == resolution->kind)
			rc = db_query_into(db, kind_facts[i].statement, &query.base, call->ctx,
					   arena, call->facts, NULL, NULL, err);
	return rc;
}

int facts_propose_resolution(struct db *db, struct command_call *call, struct arena *arena,
			     struct pidc_error *err)
{
	const Pidc__V1__ProposeResolutionRequest *r =
		(const Pidc__V1__ProposeResolutionRequest *)call->job->request;

	return board_facts(db, call, r->resolution, arena, err);
}

/* The resolution that a request names; what it does not name is empty. */
int facts_resolution(struct db *db, struct command_call *call, struct arena *arena,
		     struct pidc_error *err)
{
	const Pidc__Store__V1__ResolutionFacts *facts =
		(const Pidc__Store__V1__ResolutionFacts *)call->facts;
	Pidc__Store__V1__ResolutionQuery query = PIDC__STORE__V1__RESOLUTION_QUERY__INIT;
	int rc;

	query.resolution_id =
		(char *)(uintptr_t)message_string(call->job->request, "resolution_id");
	rc = db_query_into(db, DB_FACTS_RESOLUTION, &query.base, call->ctx, arena, call->facts,
			   NULL, NULL, err);
	return rc < 0 ? rc : board_facts(db, call, facts->resolution, arena, err);
}

int facts_cast_ballot(struct db *db, struct command_call *call, struct arena *arena,
		      struct pidc_error *err)
{
	const Pidc__V1__CastBallotRequest *r =
		(const Pidc__V1__CastBallotRequest *)call->job->request;
	Pidc__Store__V1__ResolutionFacts *facts = (Pidc__Store__V1__ResolutionFacts *)call->facts;
	Pidc__Store__V1__ResolutionQuery query = PIDC__STORE__V1__RESOLUTION_QUERY__INIT;
	Pidc__V1__BallotStatement *ballot = NULL;
	struct refusal ignored;
	int rc = ballot_read(r->signed_, arena, &ballot, &ignored);

	/* What cannot be read has no facts: the rule refuses it by itself. */
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	query.resolution_id = ballot->resolution_id;
	rc = db_query_into(db, DB_FACTS_RESOLUTION, &query.base, call->ctx, arena, call->facts,
			   NULL, NULL, err);
	if (rc == 0)
		rc = board_facts(db, call, facts->resolution, arena, err);
	return rc < 0 ? rc : signer_facts(db, call, r->signed_, arena, &facts->signer, err);
}

/* What is not adopted is assumed, and says so (A5). */
int query_board_rules(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	Pidc__V1__GetBoardRulesResponse *reply = (Pidc__V1__GetBoardRulesResponse *)message;

	(void)err;
	if (reply->rules != NULL)
		return 0;
	reply->rules = arena_alloc(call->arena, sizeof(*reply->rules));
	if (reply->rules == NULL)
		return PIDC_ENOMEM;
	board_rules_default(reply->rules);
	return 0;
}

int reply_board_rules(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	(void)arena;
	((Pidc__V1__RecordBoardRulesResponse *)reply)->rules =
		call->event->board_rules_recorded->rules;
	return 0;
}

int reply_rules_proposed(const struct command_call *call, struct arena *arena,
			 ProtobufCMessage *message)
{
	Pidc__V1__ProposeBoardRulesResponse *reply = (Pidc__V1__ProposeBoardRulesResponse *)message;

	(void)arena;
	reply->proposal_id = call->event->board_rules_proposed->proposal_id;
	reply->digest = call->event->board_rules_proposed->digest;
	return 0;
}

int reply_resolution(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	const Pidc__V1__Resolution *proposed = call->event->resolution_proposed->resolution;
	Pidc__V1__Resolution *resolution = arena_memdup(arena, proposed, sizeof(*proposed));

	/* A copy: the event goes into the ledger as the rule made it. */
	if (resolution == NULL)
		return PIDC_ENOMEM;
	resolution->state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_TABLED;
	resolution->version = call->event->entity_version;
	resolution->index = call->index;
	resolution->proposed_at = time_to_proto(arena, call->tx_us);
	((Pidc__V1__ProposeResolutionResponse *)reply)->resolution = resolution;
	return resolution->proposed_at == NULL ? PIDC_ENOMEM : 0;
}

int reply_opening(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__OpenResolutionResponse *reply = (Pidc__V1__OpenResolutionResponse *)message;
	const Pidc__V1__ResolutionOpened *opened = call->event->resolution_opened;

	(void)arena;
	reply->version = call->event->entity_version;
	reply->seats = opened->seats;
	reply->n_seats = opened->n_seats;
	return 0;
}

int reply_closing(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__CloseResolutionResponse *reply = (Pidc__V1__CloseResolutionResponse *)message;
	const Pidc__V1__ResolutionClosed *closed = call->event->resolution_closed;

	(void)arena;
	reply->version = call->event->entity_version;
	reply->state = closed->state;
	reply->tally = closed->tally;
	reply->effect = closed->effect;
	return 0;
}
