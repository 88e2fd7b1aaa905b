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
	const char *field = arena_printf(arena, "%s%s", path, name);

	if (value == NULL || *value == '\0' || text_is_uuid(value))
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "not a UUID in lower case");
}

static int check_message(const ProtobufCMessage *message, const char *path, struct arena *arena,
			 struct refusal *refusal);

static int check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *f,
		       const char *path, struct arena *arena, struct refusal *refusal)
{
	const char *member = (const char *)message + f->offset;
	bool is_repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
	size_t count =
		is_repeated ? *(const size_t *)((const char *)message + f->quantifier_offset) : 1;
	void *const *list = is_repeated ? *(void *const *const *)member : (void *const *)member;
	bool is_message = f->type == PROTOBUF_C_TYPE_MESSAGE;
	const char *below = is_message ? arena_printf(arena, "%s%s.", path, f->name) : path;

	if (!is_message && !(f->type == PROTOBUF_C_TYPE_STRING && names_uuid(f->name)))
		return 0;
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return 0; /* no request has ids in a oneof */
	if (below == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int rc = 0;

		if (!is_message)
			rc = check_id(path, f->name, list[i], arena, refusal);
		else if (list[i] != NULL)
			rc = check_message(list[i], below, arena, refusal);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_message(const ProtobufCMessage *message, const char *path, struct arena *arena,
			 struct refusal *refusal)
{
	const ProtobufCMessageDescriptor *d = message->descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		int rc = check_field(message, &d->fields[i], path, arena, refusal);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int message_check_ids(const ProtobufCMessage *message, struct arena *arena, struct refusal *refusal)
{
	return check_message(message, "", arena, refusal);
}
