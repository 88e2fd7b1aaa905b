/* SPDX-License-Identifier: ISC
 *
 * What the replies of the partnership process have besides their position.
 */
#include "daemon/service/internal.h"

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
