/* SPDX-License-Identifier: ISC */
#include "core/message.h"

int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		   size_t max_elements, struct arena *arena, ProtobufCMessage **ret,
		   struct pidc_error *err)
{
	ProtobufCMessage *message;
	int rc = message_scan(descriptor, data, len, MESSAGE_STRICT, max_elements, err);

	if (rc < 0)
		return rc;
	/* The scan left protobuf-c nothing to refuse but memory. */
	message = protobuf_c_message_unpack(descriptor, arena_protobuf(arena), len, data);
	if (message == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	*ret = message;
	return 0;
}

int message_pack(const ProtobufCMessage *message, struct arena *arena, ProtobufCBinaryData *ret)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = arena_alloc(arena, len);

	if (data == NULL)
		return PIDC_ENOMEM;
	protobuf_c_message_pack(message, data);
	ret->data = data;
	ret->len = len;
	return 0;
}

size_t message_element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(int64_t);
	default:
		return sizeof(int32_t);
	}
}
