/* SPDX-License-Identifier: ISC
 *
 * Policies: facts of their commands, what their replies have, what a read derives.
 */
#include "core/policy.h"
#include "core/text.h"
#include "daemon/service/internal.h"

/* The version that a request names, and the resolution where it names one. */
int facts_policy_version(struct db *db, struct command_call *call, struct arena *arena,
			 struct pidc_error *err)
{
	const ProtobufCMessage *request = call->job->request;
	Pidc__Store__V1__PolicyQuery query = PIDC__STORE__V1__POLICY_QUERY__INIT;

	query.version_id = (char *)(uintptr_t)message_string(request, "version_id");
	if (protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "resolution_id"))
		query.resolution_id = (char *)(uintptr_t)message_string(request, "resolution_id");
	return db_query_into(db, DB_FACTS_POLICY_VERSION, &query.base, call->ctx, arena,
			     call->facts, NULL, NULL, err);
}

int reply_policy_created(const struct command_call *call, struct arena *arena,
			 ProtobufCMessage *message)
{
	Pidc__V1__CreatePolicyVersionResponse *reply =
		(Pidc__V1__CreatePolicyVersionResponse *)message;
	const Pidc__V1__PolicyWritten *written = call->event->policy_written;

	(void)arena;
	reply->policy_id = written->move->policy_id;
	reply->version_id = written->move->version_id;
	reply->digest = written->content->digest;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_policy_revised(const struct command_call *call, struct arena *arena,
			 ProtobufCMessage *message)
{
	Pidc__V1__RevisePolicyVersionResponse *reply =
		(Pidc__V1__RevisePolicyVersionResponse *)message;

	(void)arena;
	reply->digest = call->event->policy_written->content->digest;
	reply->version = call->event->entity_version;
	return 0;
}

int reply_policy_input(const struct command_call *call, struct arena *arena,
		       ProtobufCMessage *message)
{
	(void)arena;
	((Pidc__V1__GivePolicyInputResponse *)message)->input_id =
		call->event->policy_input_given->input_id;
	return 0;
}

/* Counted from the review that this call concludes. */
int reply_policy_reviewed(const struct command_call *call, struct arena *arena,
			  ProtobufCMessage *message)
{
	const Pidc__Store__V1__PolicyFacts *facts =
		(const Pidc__Store__V1__PolicyFacts *)call->facts;
	Pidc__V1__ConcludePolicyReviewResponse *reply =
		(Pidc__V1__ConcludePolicyReviewResponse *)message;
	Pidc__V1__PolicyDocument document = PIDC__V1__POLICY_DOCUMENT__INIT;
	int rc;

	document.in_force = facts->version;
	document.last_reviewed_at = time_to_proto(arena, call->tx_us);
	rc = policy_review_derive(&document, call->tx_us, arena);
	reply->next_review_due = document.next_review_due;
	reply->version = call->event->entity_version;
	return rc;
}

int query_policy(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	Pidc__V1__GetPolicyResponse *reply = (Pidc__V1__GetPolicyResponse *)message;
	int64_t now_us;

	(void)err;
	return time_from_proto(call->ctx->now, &now_us)
		       ? policy_review_derive(reply->document, now_us, call->arena)
		       : PIDC_EINTEGRITY;
}
