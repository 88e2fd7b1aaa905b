/* SPDX-License-Identifier: ISC */
#include "core/message.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

struct scan {
	size_t elements_left;
	struct pidc_error *err;
};

struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
};

/* One field as it stands on the wire; content is empty but for WIRE_BYTES. */
struct piece {
	uint32_t number;
	enum wire_type type;
	struct cursor content;
};

/* Tags and lengths have 32 bits and take at most five bytes, values ten; padding
 * beyond that is not what any encoder makes. */
#define VARINT32_MAX 5
#define VARINT64_MAX 10

static bool varint_take(struct cursor *c, unsigned max_bytes, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 7 * max_bytes; shift += 7) {
		uint8_t byte;

		if (c->pos == c->end)
			return false;
		byte = *c->pos++;
		if (shift == 63 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool bytes_skip(struct cursor *c, uint64_t n)
{
	if (n > (uint64_t)(c->end - c->pos))
		return false;
	c->pos += n;
	return true;
}

static bool piece_take(struct cursor *c, struct piece *ret)
{
	uint64_t tag, n = 0;

	if (!varint_take(c, VARINT32_MAX, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
		return false;
	ret->number = (uint32_t)(tag >> 3);
	ret->type = (enum wire_type)(tag & 7);
	ret->content = (struct cursor){c->pos, c->pos};
	switch (tag & 7) {
	case WIRE_VARINT:
		return varint_take(c, VARINT64_MAX, &n);
	case WIRE_FIXED64:
		return bytes_skip(c, 8);
	case WIRE_FIXED32:
		return bytes_skip(c, 4);
	case WIRE_BYTES:
		if (!varint_take(c, VARINT32_MAX, &n))
			return false;
		ret->content.pos = c->pos;
		if (!bytes_skip(c, n))
			return false;
		ret->content.end = c->pos;
		return true;
	default: /* groups, and numbers that have no meaning */
		return false;
	}
}

static enum wire_type wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_FIXED32;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_FIXED64;
	default:
		return WIRE_VARINT;
	}
}

static bool string_is_clean(struct cursor c)
{
	while (c.pos < c.end) {
		utf8proc_int32_t character;
		utf8proc_ssize_t n = utf8proc_iterate(c.pos, c.end - c.pos, &character);

		if (n <= 0 || character == 0)
			return false;
		c.pos += n;
	}
	return true;
}

static int elements_take(struct scan *scan)
{
	if (scan->elements_left == 0)
		return pidc_fail(scan->err, PIDC_EINVAL, "too many values in one message");
	scan->elements_left--;
	return 0;
}

/* Repeated numbers in one length-delimited piece; each counts. */
static int packed_scan(struct scan *scan, const ProtobufCFieldDescriptor *field, struct cursor c)
{
	enum wire_type type = wire_type_of(field->type);

	while (c.pos < c.end) {
		uint64_t value;
		bool is_ok = type == WIRE_VARINT ? varint_take(&c, VARINT64_MAX, &value)
						 : bytes_skip(&c, type == WIRE_FIXED64 ? 8 : 4);
		int rc;

		if (!is_ok)
			return pidc_fail(scan->err, PIDC_EINVAL, "field %s: cut short",
					 field->name);
		rc = elements_take(scan);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int fields_scan(struct scan *scan, const ProtobufCMessageDescriptor *descriptor,
		       struct cursor c, int depth);

static int piece_scan(struct scan *scan, const ProtobufCFieldDescriptor *field,
		      const struct piece *piece, int depth)
{
	enum wire_type type = wire_type_of(field->type);
	int rc;

	if (piece->type == WIRE_BYTES && type != WIRE_BYTES &&
	    field->label == PROTOBUF_C_LABEL_REPEATED)
		return packed_scan(scan, field, piece->content);
	if (piece->type != type)
		return pidc_fail(scan->err, PIDC_EINVAL, "field %s: wrong wire type", field->name);
	rc = elements_take(scan);
	if (rc < 0)
		return rc;
	if (field->type == PROTOBUF_C_TYPE_STRING && !string_is_clean(piece->content))
		return pidc_fail(scan->err, PIDC_EINVAL, "field %s: not UTF-8, or U+0000 in it",
				 field->name);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return fields_scan(scan, field->descriptor, piece->content, depth + 1);
	return 0;
}

static int fields_scan(struct scan *scan, const ProtobufCMessageDescriptor *descriptor,
		       struct cursor c, int depth)
{
	if (depth > MESSAGE_DEPTH_MAX)
		return pidc_fail(scan->err, PIDC_EINVAL, "nested deeper than %d",
				 MESSAGE_DEPTH_MAX);
	while (c.pos < c.end) {
		const ProtobufCFieldDescriptor *field;
		struct piece piece;
		int rc;

		if (!piece_take(&c, &piece))
			return pidc_fail(scan->err, PIDC_EINVAL, "%s: broken encoding",
					 descriptor->short_name);
		field = protobuf_c_message_descriptor_get_field(descriptor, piece.number);
		if (field == NULL)
			return pidc_fail(scan->err, PIDC_EINVAL, "%s: unknown field %u",
					 descriptor->short_name, piece.number);
		rc = piece_scan(scan, field, &piece, depth);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int message_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 size_t max_elements, struct pidc_error *err)
{
	struct scan scan = {.elements_left = max_elements, .err = err};

	if (len == 0)
		return 0;
	return fields_scan(&scan, descriptor, (struct cursor){data, data + len}, 1);
}

int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		   size_t max_elements, struct arena *arena, ProtobufCMessage **ret,
		   struct pidc_error *err)
{
	ProtobufCMessage *message;
	int rc = message_scan(descriptor, data, len, max_elements, err);

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

struct bytes message_field(const uint8_t *data, size_t len, uint32_t number)
{
	struct cursor c = {data, data + len};
	struct bytes found = {NULL, 0};
	struct piece piece;

	if (len == 0)
		return found;
	while (c.pos < c.end && piece_take(&c, &piece))
		if (piece.number == number && piece.type == WIRE_BYTES)
			found = (struct bytes){piece.content.pos,
					       (size_t)(piece.content.end - piece.content.pos)};
	return found;
}
