/* SPDX-License-Identifier: ISC */
#include "wire/guard.h"

#include "core/message.h"

int guard_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		struct pidc_error *err)
{
	struct pidc_error cause = {0};

	/* What core calls a bad argument is here a peer that broke the protocol. */
	if (message_scan(descriptor, data, len, MESSAGE_TOLERANT, GUARD_ELEMENTS_MAX, &cause) < 0)
		return pidc_fail(err, PIDC_EPROTO, "%s", cause.msg);
	return 0;
}

int guard_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 struct arena *arena, ProtobufCMessage **ret, struct pidc_error *err)
{
	int rc = guard_check(descriptor, data, len, err);
	if (rc < 0)
		return rc;
	ProtobufCMessage *message =
		protobuf_c_message_unpack(descriptor, arena_protobuf(arena), len, data);
	/* What the guard let through has only one way left to fail. */
	if (!message)
		return pidc_fail(err, PIDC_ENOMEM, "%s: no memory to unpack it",
				 descriptor->short_name);
	*ret = message;
	return 0;
}
