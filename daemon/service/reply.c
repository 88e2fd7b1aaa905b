/* SPDX-License-Identifier: ISC
 *
 * What a command's reply has besides its position.
 */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

int reply_organisation(const struct command_call *call, struct arena *arena,
		       ProtobufCMessage *reply)
{
	(void)arena;
	((Pidc__V1__RegisterOrganisationResponse *)reply)->organisation =
		call->event->organisation_registered->organisation;
	return 0;
}

int reply_member(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	Pidc__V1__Member *member = call->event->member_admitted->member;

	(void)arena;
	member->version = call->event->entity_version;
	member->index = call->index;
	((Pidc__V1__AdmitMemberResponse *)reply)->member = member;
	return 0;
}

int reply_partner(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	Pidc__V1__Partner *partner = call->event->partner_recognised->partner;

	(void)arena;
	partner->version = call->event->entity_version;
	partner->index = call->index;
	((Pidc__V1__RecordLegacyResponse *)reply)->partner = partner;
	return 0;
}

int reply_statement(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__RecordStatementResponse *reply = (Pidc__V1__RecordStatementResponse *)message;

	(void)arena;
	if (call->statement != NULL) {
		reply->consent_id = call->statement->consent_id;
		reply->version = call->statement->version;
	}
	reply->is_pending = call->event->consent_recorded->is_pending;
	return 0;
}

int reply_sharing_request(const struct command_call *call, struct arena *arena,
			  ProtobufCMessage *reply)
{
	const Pidc__V1__SharingRequest *asked = call->event->sharing_requested->request;
	Pidc__V1__SharingRequest *request = arena_memdup(arena, asked, sizeof(*asked));

	/* A copy: the event goes into the ledger as the rule made it. */
	if (request == NULL)
		return PIDC_ENOMEM;
	request->state = PIDC__V1__SHARING_REQUEST_STATE__SHARING_REQUEST_STATE_OPEN;
	request->version = call->event->entity_version;
	request->index = call->index;
	request->asked_at = time_to_proto(arena, call->tx_us);
	((Pidc__V1__RequestSharingResponse *)reply)->request = request;
	return request->asked_at == NULL ? PIDC_ENOMEM : 0;
}

int reply_revoke_all(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	const Pidc__Store__V1__RevokeAllFacts *facts =
		(const Pidc__Store__V1__RevokeAllFacts *)call->facts;

	(void)arena;
	((Pidc__V1__RevokeAllResponse *)reply)->ended = (uint32_t)facts->n_consents;
	return 0;
}

int reply_approval(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__ApproveStatementResponse *reply = (Pidc__V1__ApproveStatementResponse *)message;

	(void)arena;
	if (call->statement != NULL) {
		reply->consent_id = call->statement->consent_id;
		reply->version = call->statement->version;
	}
	return 0;
}

int reply_revocation(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	const ProtobufCBinaryData *spki = &call->event->certificate_revoked->spki_sha256;

	(void)arena;
	(void)reply;
	if (spki->len == SHA256_LEN) {
		memcpy(call->job->spki_revoked, spki->data, SHA256_LEN);
		call->job->revoked_key = true;
	}
	return 0;
}

/* A refused release is an event too; the caller learns what it may know of it. */
int reply_release(const struct command_call *call, struct arena *arena, ProtobufCMessage *message)
{
	Pidc__V1__FetchResponse *reply = (Pidc__V1__FetchResponse *)message;

	(void)arena;
	/* The rule has left in the refusal what the recipient may know. */
	if (call->event->body_case != PIDC__V1__EVENT__BODY_RELEASE_GRANTED)
		return PIDC_EREFUSED;
	reply->disclosure_id = call->event->release_granted->disclosure_id;
	reply->chunk = call->event->release_granted->chunk;
	reply->obligations = call->event->release_granted->obligations;
	reply->n_obligations = call->event->release_granted->n_obligations;
	reply->delivery_digest = call->event->release_granted->delivery_digest;
	return 0;
}
