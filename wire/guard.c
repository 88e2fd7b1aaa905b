/* SPDX-License-Identifier: ISC */
#include "wire/guard.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#define VARINT_MAX 10                        /* bytes of a 64-bit number */
#define FIELD_MAX  ((UINT64_C(1) << 29) - 1) /* highest field number of protobuf */
#define PATH_TEXT  160                       /* of the path in an error; the rest is cut */

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64BIT = 1,
	WIRE_LEN = 2,
	WIRE_32BIT = 5,
};

/* One pass over one call's bytes. */
struct walk {
	const char *path[GUARD_DEPTH_MAX]; /* field that leads into each level */
	size_t depth;                      /* levels entered, the root is 1 */
	size_t elements;
	struct pidc_error *err;
};

struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
};

/* Refuse with the path of the field; name NULL when the field is not known. */
static int walk_fail(const struct walk *walk, const char *name, const char *what)
{
	char text[PATH_TEXT] = "";
	size_t used = 0;
	for (size_t i = 1; i <= walk->depth; i++) {
		const char *part = i < walk->depth ? walk->path[i] : name;
		size_t len = part ? strlen(part) : 0;
		if (len == 0 || used + len + 2 > sizeof(text))
			break;
		if (used)
			text[used++] = '.';
		memcpy(text + used, part, len + 1);
		used += len;
	}
	return pidc_fail(walk->err, PIDC_EPROTO, "%s%s%s", text, used ? ": " : "", what);
}

static bool varint_read(struct cursor *cursor, uint64_t *ret)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < VARINT_MAX && cursor->pos + i < cursor->end; i++) {
		uint8_t byte = cursor->pos[i];
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		/* A zero last byte or a 65th bit: a second spelling of a number. */
		if ((i > 0 && byte == 0) || (i == VARINT_MAX - 1 && byte > 1))
			return false;
		cursor->pos += i + 1;
		*ret = value;
		return true;
	}
	return false;
}

static bool bytes_skip(struct cursor *cursor, uint64_t n)
{
	if (n > (uint64_t)(cursor->end - cursor->pos))
		return false;
	cursor->pos += n;
	return true;
}

static enum wire_type type_wire(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_LEN;
	default:
		return WIRE_VARINT;
	}
}

static bool text_is_clean(const uint8_t *data, size_t len)
{
	size_t i = 0;
	while (i < len) {
		if (data[i] > 0 && data[i] < 0x80) {
			i++;
			continue;
		}
		utf8proc_int32_t code = 0;
		utf8proc_ssize_t n = utf8proc_iterate(data + i, (utf8proc_ssize_t)(len - i), &code);
		if (n <= 0 || code == 0)
			return false;
		i += (size_t)n;
	}
	return true;
}

static int element_count(struct walk *walk, const char *name)
{
	if (++walk->elements > GUARD_ELEMENTS_MAX)
		return walk_fail(walk, name, "too many fields in one message");
	return 0;
}

static int packed_check(struct walk *walk, const ProtobufCFieldDescriptor *field,
			struct cursor cursor)
{
	enum wire_type wire = type_wire(field->type);
	while (cursor.pos < cursor.end) {
		uint64_t value = 0;
		bool fits = wire == WIRE_VARINT  ? varint_read(&cursor, &value)
			    : wire == WIRE_32BIT ? bytes_skip(&cursor, 4)
						 : bytes_skip(&cursor, 8);
		if (!fits)
			return walk_fail(walk, field->name, "packed values are cut or overlong");
		int rc = element_count(walk, field->name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int message_check(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
			 struct cursor cursor);

static int length_delimited_check(struct walk *walk, const ProtobufCFieldDescriptor *field,
				  struct cursor content)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BYTES:
		return 0;
	case PROTOBUF_C_TYPE_STRING:
		if (!text_is_clean(content.pos, (size_t)(content.end - content.pos)))
			return walk_fail(walk, field->name, "not UTF-8, or with a U+0000 inside");
		return 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (walk->depth >= GUARD_DEPTH_MAX)
			return walk_fail(walk, field->name, "messages nested too deep");
		walk->path[walk->depth] = field->name;
		return message_check(walk, field->descriptor, content);
	default:
		return packed_check(walk, field, content);
	}
}

static int value_check(struct walk *walk, const ProtobufCFieldDescriptor *field, unsigned wire,
		       struct cursor *cursor)
{
	const char *name = field ? field->name : NULL;
	uint64_t value = 0;
	bool packs = field && field->label == PROTOBUF_C_LABEL_REPEATED && wire == WIRE_LEN;
	if (field && wire != (unsigned)type_wire(field->type) && !packs)
		return walk_fail(walk, name, "wire type does not fit the field");
	switch (wire) {
	case WIRE_VARINT:
		return varint_read(cursor, &value)
			       ? 0
			       : walk_fail(walk, name, "cut or overlong varint");
	case WIRE_64BIT:
		return bytes_skip(cursor, 8) ? 0 : walk_fail(walk, name, "cut off");
	case WIRE_32BIT:
		return bytes_skip(cursor, 4) ? 0 : walk_fail(walk, name, "cut off");
	case WIRE_LEN:
		break;
	default:
		return walk_fail(walk, name, "group or unknown wire type");
	}
	if (!varint_read(cursor, &value))
		return walk_fail(walk, name, "cut or overlong length");
	struct cursor content = {.pos = cursor->pos};
	if (!bytes_skip(cursor, value))
		return walk_fail(walk, name, "length beyond the end");
	content.end = cursor->pos;
	return field ? length_delimited_check(walk, field, content) : 0;
}

/* Recursion is bounded by GUARD_DEPTH_MAX. */
static int message_check(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
			 struct cursor cursor)
{
	walk->depth++;
	while (cursor.pos < cursor.end) {
		uint64_t key = 0;
		if (!varint_read(&cursor, &key))
			return walk_fail(walk, NULL, "cut or overlong field key");
		uint64_t number = key >> 3;
		if (number == 0 || number > FIELD_MAX)
			return walk_fail(walk, NULL, "field number out of range");
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field(descriptor, (unsigned)number);
		int rc = element_count(walk, field ? field->name : NULL);
		if (rc == 0)
			rc = value_check(walk, field, (unsigned)(key & 7), &cursor);
		if (rc < 0)
			return rc;
	}
	walk->depth--;
	return 0;
}

int guard_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		struct pidc_error *err)
{
	static const uint8_t nothing[1];
	struct walk walk = {.err = err};
	struct cursor cursor = {.pos = data ? data : nothing};
	cursor.end = cursor.pos + (data ? len : 0);
	return message_check(&walk, descriptor, cursor);
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
