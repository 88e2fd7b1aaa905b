/* SPDX-License-Identifier: ISC */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

static void *member_of(const ProtobufCMessage *message, const char *field, ProtobufCType type)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, field);

	if (f == NULL || f->type != type || f->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	return (char *)message + f->offset;
}

const char *message_string(const ProtobufCMessage *message, const char *field)
{
	char **member = member_of(message, field, PROTOBUF_C_TYPE_STRING);

	return member == NULL || *member == NULL ? "" : *member;
}

bool message_bool(const ProtobufCMessage *message, const char *field)
{
	const protobuf_c_boolean *member = member_of(message, field, PROTOBUF_C_TYPE_BOOL);

	return member != NULL && *member;
}

uint32_t message_uint32(const ProtobufCMessage *message, const char *field)
{
	const uint32_t *member = member_of(message, field, PROTOBUF_C_TYPE_UINT32);

	return member == NULL ? 0 : *member;
}

void message_set_pointer(ProtobufCMessage *message, const char *field, void *value)
{
	void **member = member_of(message, field, PROTOBUF_C_TYPE_MESSAGE);

	if (member != NULL)
		*member = value;
}

void message_set_uint32(ProtobufCMessage *message, const char *field, uint32_t value)
{
	uint32_t *member = member_of(message, field, PROTOBUF_C_TYPE_UINT32);

	if (member != NULL)
		*member = value;
}

void message_set_enum(ProtobufCMessage *message, const char *field, int value)
{
	int *member = member_of(message, field, PROTOBUF_C_TYPE_ENUM);

	if (member != NULL)
		*member = value;
}

void message_set_string(ProtobufCMessage *message, const char *field, char *value)
{
	char **member = member_of(message, field, PROTOBUF_C_TYPE_STRING);

	if (member != NULL)
		*member = value;
}

static bool names_uuid(const char *field)
{
	size_t len = strlen(field);

	if (strcmp(field, "principal_id") == 0)
		return false;
	return (len > 3 && strcmp(field + len - 3, "_id") == 0) ||
	       (len > 4 && strcmp(field + len - 4, "_ids") == 0);
}

static int check_id(const char *path, const char *name, const char *value, struct arena *arena,
		    struct refusal *refusal)
{
	const char *field;

	if (value == NULL || *value == '\0' || text_is_uuid(value))
		return 0;
	field = arena_printf(arena, "%s%s", path, name);
	return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "not a UUID in lower case");
}

struct value_check {
	bool has_enums;
	struct arena *arena;
	struct refusal *refusal;
};

static int check_message(const struct value_check *check, const ProtobufCMessage *message,
			 const char *path);

static int value_refuse(const struct value_check *check, const char *path, const char *name,
			const char *why)
{
	const char *field = arena_printf(check->arena, "%s%s", path, name);

	return field == NULL
		       ? PIDC_ENOMEM
		       : refuse(check->refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "%s", why);
}

static int check_submessage(const struct value_check *check, const ProtobufCFieldDescriptor *f,
			    const char *path, const ProtobufCMessage *message)
{
	const char *below;
	int64_t us;

	if (message == NULL)
		return 0;
	if (message->descriptor == &google__protobuf__timestamp__descriptor)
		return time_from_proto((const Google__Protobuf__Timestamp *)message, &us)
			       ? 0
			       : value_refuse(check, path, f->name,
					      "an instant of the years 1 to 9999, in microseconds");
	below = arena_printf(check->arena, "%s%s.", path, f->name);
	return below == NULL ? PIDC_ENOMEM : check_message(check, message, below);
}

/* One value of the field; the element of a list. */
static int check_value(const struct value_check *check, const ProtobufCFieldDescriptor *f,
		       const char *path, const void *value)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return names_uuid(f->name) ? check_id(path, f->name, *(char *const *)value,
						      check->arena, check->refusal)
					   : 0;
	case PROTOBUF_C_TYPE_UINT64:
		return *(const uint64_t *)value <= INT64_MAX
			       ? 0
			       : value_refuse(check, path, f->name, "at most 2^63-1");
	case PROTOBUF_C_TYPE_ENUM:
		return !check->has_enums || protobuf_c_enum_descriptor_get_value(
						    f->descriptor, *(const int *)value) != NULL
			       ? 0
			       : value_refuse(check, path, f->name, "no value that we know");
	case PROTOBUF_C_TYPE_MESSAGE:
		return check_submessage(check, f, path, *(ProtobufCMessage *const *)value);
	default:
		return 0;
	}
}

static int check_field(const struct value_check *check, const ProtobufCMessage *message,
		       const ProtobufCFieldDescriptor *f, const char *path)
{
	const char *member = (const char *)message + f->offset;
	size_t size = f->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(uint64_t);
	int rc = 0;

	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return 0; /* no request has ids in a oneof */
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return check_value(check, f, path, member);
	if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_UINT64 &&
	    f->type != PROTOBUF_C_TYPE_ENUM && f->type != PROTOBUF_C_TYPE_MESSAGE)
		return 0;
	for (size_t i = 0;
	     rc == 0 && i < *(const size_t *)((const char *)message + f->quantifier_offset); i++)
		rc = check_value(check, f, path, *(const char *const *)member + i * size);
	return rc;
}

static int check_message(const struct value_check *check, const ProtobufCMessage *message,
			 const char *path)
{
	const ProtobufCMessageDescriptor *d = message->descriptor;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < d->n_fields; i++)
		rc = check_field(check, message, &d->fields[i], path);
	return rc;
}

int message_check_values(const ProtobufCMessage *message, bool has_enums, struct arena *arena,
			 struct refusal *refusal)
{
	const struct value_check check = {has_enums, arena, refusal};

	return check_message(&check, message, "");
}

size_t text_hash(const char *text)
{
	size_t hash = 5381;

	while (*text != '\0')
		hash = hash * 33 + (unsigned char)*text++;
	return hash;
}
