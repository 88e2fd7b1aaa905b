/* SPDX-License-Identifier: ISC
 *
 * What the replies of the partnership process have besides their position.
 */
#include "core/message.h"
#include "daemon/service/internal.h"

/* The partnership that a request names: its standing, and who reads what becomes of it. */
int facts_standing(struct db *db, struct command_call *call, struct arena *arena,
		   struct pidc_error *err)
{
	Pidc__Store__V1__PartnershipQuery query = PIDC__STORE__V1__PARTNERSHIP_QUERY__INIT;

	query.org = (char *)(uintptr_t)message_string(call->job->request, "org");
	return db_query_into(db, DB_FACTS_STANDING, &query.base, call->ctx, arena, call->facts,
			     NULL, NULL, err);
}

int reply_nomination(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	(void)arena;
	((Pidc__V1__NominatePartnerResponse *)reply)->nomination_id =
		call->event->partner_nominated->nomination->nomination_id;
	return 0;
}

int reply_dossier(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__SubmitDossierResponse *reply = (Pidc__V1__SubmitDossierResponse *)message;
	const Pidc__V1__Dossier *dossier = call->event->dossier_submitted->dossier;

	(void)arena;
	reply->dossier_id = dossier->dossier_id;
	reply->digest = dossier->digest;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_screening(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__ScreenProspectResponse *reply = (Pidc__V1__ScreenProspectResponse *)message;

	(void)arena;
	reply->state = call->event->prospect_screened->move->to;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_suspension(const struct command_call *call, struct arena *arena,
		     ProtobufCMessage *message)
{
	Pidc__V1__SuspendPartnershipResponse *reply =
		(Pidc__V1__SuspendPartnershipResponse *)message;
	const Pidc__V1__PartnershipMove *move = call->event->partnership_moved->move;

	(void)arena;
	reply->state = move->to;
	reply->version = call->event->entity_version;
	reply->lapses_at = move->lapses_at;
	return 0;
}

/* Where it is now: the replies of all other moves begin with the same fields. */
int reply_moved(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	const Pidc__V1__PartnershipMove *move = call->event->partnership_moved->move;

	message_set_enum(message, "state", (int)move->to);
	return reply_version(call, arena, message);
}

int facts_record_legacy(struct db *db, struct command_call *call, struct arena *arena,
			struct pidc_error *err)
{
	int rc = db_query_into(db, DB_FACTS_PARTNER, call->job->request, call->ctx, arena,
			       call->facts, NULL, NULL, err);

	return rc < 0 ? rc
		      : db_query_into(db, DB_OPEN_GRANTS, NULL, call->ctx, arena, call->facts, NULL,
				      NULL, err);
}
