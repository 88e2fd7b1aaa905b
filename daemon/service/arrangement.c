/* SPDX-License-Identifier: ISC
 *
 * What members do by themselves: facts and replies.
 */
#include "daemon/service/internal.h"

#include "pidc/v1/bilateral.pb-c.h"

int facts_own_member(struct db *db, struct command_call *call, struct arena *arena,
		     struct pidc_error *err)
{
	const ProtobufCMessage *request = call->job->request;
	Pidc__Store__V1__ArrangementQuery query = PIDC__STORE__V1__ARRANGEMENT_QUERY__INIT;

	if (protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "bilateral_id"))
		query.bilateral_id = (char *)(uintptr_t)message_string(request, "bilateral_id");
	return db_query_into(db, DB_FACTS_OWN_MEMBER, &query.base, call->ctx, arena, call->facts,
			     NULL, NULL, err);
}

int reply_bilateral(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	(void)arena;
	((Pidc__V1__FileBilateralResponse *)reply)->bilateral_id =
		call->event->bilateral_filed->notice->bilateral_id;
	return 0;
}
