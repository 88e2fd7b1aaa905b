/* SPDX-License-Identifier: ISC
 *
 * Reads that are more than one statement.
 */
#include "daemon/service/internal.h"

/* The whole chain, oldest first, to whoever may see the consent. */
int query_consent_statements(const struct read_call *call, ProtobufCMessage *message,
			     struct pidc_error *err)
{
	Pidc__V1__GetConsentResponse *reply = (Pidc__V1__GetConsentResponse *)message;

	return db_query_into(call->db, DB_CONSENT_STATEMENTS, call->job->request, call->ctx,
			     call->arena, &reply->consent->base, NULL, NULL, err);
}

int query_server_info(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	Pidc__V1__GetServerInfoResponse *reply = (Pidc__V1__GetServerInfoResponse *)message;

	(void)err;
	reply->version = arena_strdup(call->arena, PIDC_VERSION);
	reply->instance_id = arena_strdup(call->arena, service_config->instance_id);
	reply->origin = arena_strdup(call->arena, service_config->origin);
	reply->now = call->ctx->now;
	return reply->version == NULL || reply->instance_id == NULL || reply->origin == NULL
		       ? PIDC_ENOMEM
		       : 0;
}
