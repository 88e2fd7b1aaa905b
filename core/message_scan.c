/* SPDX-License-Identifier: ISC */
#include "core/message.h"

#include <stdbool.h>
#include <stdio.h>
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

struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
};

/* One field as it stands on the wire; content is empty but for WIRE_LEN. */
struct piece {
	unsigned number; /* 0 until the key was read */
	unsigned wire;
	struct cursor content;
};

/* One pass over one message. */
struct walk {
	const char *path[MESSAGE_DEPTH_MAX]; /* field that leads into each level */
	size_t depth;                        /* levels entered, the root is 1 */
	size_t elements_left;
	enum message_strictness strictness;
	struct pidc_error *err;
};

/* --- bytes ----------------------------------------------------------------- */

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

/* NULL, or what is wrong with the next field. */
static const char *piece_take(struct cursor *cursor, struct piece *ret)
{
	uint64_t key = 0, n = 0;

	*ret = (struct piece){0};
	if (!varint_read(cursor, &key))
		return "cut or overlong field key";
	if (key >> 3 == 0 || key >> 3 > FIELD_MAX)
		return "field number out of range";
	ret->number = (unsigned)(key >> 3);
	ret->wire = (unsigned)(key & 7);
	switch (ret->wire) {
	case WIRE_VARINT:
		return varint_read(cursor, &n) ? NULL : "cut or overlong varint";
	case WIRE_64BIT:
		return bytes_skip(cursor, 8) ? NULL : "cut off";
	case WIRE_32BIT:
		return bytes_skip(cursor, 4) ? NULL : "cut off";
	case WIRE_LEN:
		break;
	default:
		return "group or unknown wire type";
	}
	if (!varint_read(cursor, &n))
		return "cut or overlong length";
	ret->content.pos = cursor->pos;
	if (!bytes_skip(cursor, n))
		return "length beyond the end";
	ret->content.end = cursor->pos;
	return NULL;
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

static bool text_is_clean(struct cursor c)
{
	while (c.pos < c.end) {
		utf8proc_int32_t code = 0;
		utf8proc_ssize_t n;

		if (*c.pos > 0 && *c.pos < 0x80) {
			c.pos++;
			continue;
		}
		n = utf8proc_iterate(c.pos, c.end - c.pos, &code);
		if (n <= 0 || code == 0)
			return false;
		c.pos += n;
	}
	return true;
}

/* --- the walk -------------------------------------------------------------- */

/* Refuse with the path of the field; name NULL when the field is not known. */
static int walk_fail(const struct walk *walk, const char *name, const char *what)
{
	char text[PATH_TEXT] = "";
	size_t used = 0;

	for (size_t i = 1; i <= walk->depth; i++) {
		const char *part = i < walk->depth ? walk->path[i] : name;
		size_t len = part == NULL ? 0 : strlen(part);

		if (len == 0 || used + len + 2 > sizeof(text))
			break;
		if (used > 0)
			text[used++] = '.';
		memcpy(text + used, part, len + 1);
		used += len;
	}
	return pidc_fail(walk->err, PIDC_EINVAL, "%s%s%s", text, used > 0 ? ": " : "", what);
}

static int element_count(struct walk *walk, const char *name)
{
	if (walk->elements_left == 0)
		return walk_fail(walk, name, "too many fields in one message");
	walk->elements_left--;
	return 0;
}

/* Repeated numbers in one piece; the first was counted as the piece itself. */
static int packed_scan(struct walk *walk, const ProtobufCFieldDescriptor *field,
		       struct cursor cursor)
{
	enum wire_type wire = type_wire(field->type);

	for (bool is_first = true; cursor.pos < cursor.end; is_first = false) {
		uint64_t value = 0;
		bool fits = wire == WIRE_VARINT ? varint_read(&cursor, &value)
						: bytes_skip(&cursor, wire == WIRE_32BIT ? 4 : 8);
		int rc;

		if (!fits)
			return walk_fail(walk, field->name, "packed values are cut or overlong");
		rc = is_first ? 0 : element_count(walk, field->name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int fields_scan(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
		       struct cursor cursor);

static int known_scan(struct walk *walk, const ProtobufCFieldDescriptor *field,
		      const struct piece *piece)
{
	bool is_packed = field->label == PROTOBUF_C_LABEL_REPEATED && piece->wire == WIRE_LEN;
	unsigned wire = type_wire(field->type);

	if (piece->wire != wire && !is_packed)
		return walk_fail(walk, field->name, "wire type does not fit the field");
	if (piece->wire != wire)
		return packed_scan(walk, field, piece->content);
	if (field->type == PROTOBUF_C_TYPE_STRING && !text_is_clean(piece->content))
		return walk_fail(walk, field->name, "not UTF-8, or with a U+0000 inside");
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return 0;
	if (walk->depth >= MESSAGE_DEPTH_MAX)
		return walk_fail(walk, field->name, "messages nested too deep");
	walk->path[walk->depth] = field->name;
	return fields_scan(walk, field->descriptor, piece->content);
}

static int unknown_scan(struct walk *walk, unsigned number)
{
	char what[32];

	if (walk->strictness == MESSAGE_TOLERANT)
		return 0;
	(void)snprintf(what, sizeof(what), "unknown field %u", number);
	return walk_fail(walk, NULL, what);
}

/* Recursion is bounded by MESSAGE_DEPTH_MAX. */
static int fields_scan(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
		       struct cursor cursor)
{
	walk->depth++;
	while (cursor.pos < cursor.end) {
		struct piece piece;
		const char *wrong = piece_take(&cursor, &piece);
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field(descriptor, piece.number);
		const char *name = field == NULL ? NULL : field->name;
		int rc;

		if (wrong != NULL)
			return walk_fail(walk, name, wrong);
		rc = element_count(walk, name);
		if (rc == 0)
			rc = field == NULL ? unknown_scan(walk, piece.number)
					   : known_scan(walk, field, &piece);
		if (rc < 0)
			return rc;
	}
	walk->depth--;
	return 0;
}

int message_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 enum message_strictness strictness, size_t max_elements, struct pidc_error *err)
{
	struct walk walk = {.elements_left = max_elements, .strictness = strictness, .err = err};

	if (data == NULL || len == 0)
		return 0;
	return fields_scan(&walk, descriptor, (struct cursor){data, data + len});
}

struct bytes message_field(const uint8_t *data, size_t len, uint32_t number)
{
	struct bytes found = {NULL, 0};
	struct cursor cursor;
	struct piece piece;

	if (len == 0)
		return found;
	cursor = (struct cursor){data, data + len};
	while (cursor.pos < cursor.end && piece_take(&cursor, &piece) == NULL)
		if (piece.number == number && piece.wire == WIRE_LEN)
			found = (struct bytes){piece.content.pos,
					       (size_t)(piece.content.end - piece.content.pos)};
	return found;
}
