/* SPDX-License-Identifier: ISC */
#include "daemon/db/path.h"

#include "core/message.h"
#include "google/protobuf/timestamp.pb-c.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 128 /* of a field or enum value; ours are under 64 */

bool field_is_timestamp(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_MESSAGE &&
	       field->descriptor == &google__protobuf__timestamp__descriptor;
}

/* A column has no single precision. */
size_t field_size(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_FLOAT ? 0 : message_element_size(field->type);
}

void *field_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (char *)(uintptr_t)message + field->offset;
}

static void *quantifier(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (char *)(uintptr_t)message + field->quantifier_offset;
}

size_t *field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return quantifier(message, field);
}

static bool has_flag(const ProtobufCFieldDescriptor *field)
{
	return field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset != 0;
}

bool field_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return *(uint32_t *)quantifier(message, field) == field->id;
	if (has_flag(field))
		return *(protobuf_c_boolean *)quantifier(message, field);
	return true;
}

void field_mark(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		*(uint32_t *)quantifier(message, field) = field->id;
	else if (has_flag(field))
		*(protobuf_c_boolean *)quantifier(message, field) = 1;
}

/* "OrganisationKind" to "ORGANISATION_KIND_"; 0 when it does not fit. */
static size_t enum_prefix(const ProtobufCEnumDescriptor *desc, char prefix[NAME_MAX_LEN])
{
	size_t n = 0;
	bool was_upper = true;

	for (const char *s = desc->short_name; *s; s++) {
		bool is_upper = isupper((unsigned char)*s);

		if (n + 3 > NAME_MAX_LEN)
			return 0;
		if (is_upper && !was_upper)
			prefix[n++] = '_';
		prefix[n++] = (char)toupper((unsigned char)*s);
		was_upper = is_upper;
	}
	prefix[n++] = '_';
	return n;
}

const char *enum_text(const ProtobufCEnumDescriptor *desc, int value)
{
	const ProtobufCEnumValue *found;
	char prefix[NAME_MAX_LEN];
	size_t n;

	if (value == 0)
		return "";
	found = protobuf_c_enum_descriptor_get_value(desc, value);
	if (!found)
		return NULL;
	n = enum_prefix(desc, prefix);
	return strncmp(found->name, prefix, n) == 0 ? found->name + n : found->name;
}

bool enum_parse(const ProtobufCEnumDescriptor *desc, const char *text, size_t len, int *ret)
{
	const ProtobufCEnumValue *found;
	char name[2 * NAME_MAX_LEN];
	size_t n = enum_prefix(desc, name);

	if (len == 0) {
		*ret = 0;
		return true;
	}
	if (len >= NAME_MAX_LEN)
		return false;
	memcpy(name + n, text, len);
	name[n + len] = '\0';
	found = protobuf_c_enum_descriptor_get_value_by_name(desc, name);
	if (!found)
		found = protobuf_c_enum_descriptor_get_value_by_name(desc, name + n);
	if (!found)
		return false;
	*ret = found->value;
	return true;
}

/* The message type after `level` steps down; level 0 is the root. */
static const ProtobufCMessageDescriptor *level_type(const struct path *path,
						    const ProtobufCMessageDescriptor *root,
						    size_t level)
{
	return level ? path->down[level - 1]->descriptor : root;
}

static int add_climb(struct path *path, const ProtobufCMessageDescriptor *root,
		     const ProtobufCMessageDescriptor **at)
{
	if (!path->repeated || path->rest_count || path->climb > path->down_count ||
	    (path->leaf && path->leaf != path->repeated))
		return PIDC_EDB;
	path->leaf = NULL;
	path->climb++;
	*at = level_type(path, root, path->down_count + 1 - path->climb);
	return 0;
}

static int add_message(struct path *path, const ProtobufCFieldDescriptor *field)
{
	size_t *count = path->repeated ? &path->rest_count : &path->down_count;

	if (*count == PATH_STEPS_MAX)
		return PIDC_EDB;
	if (path->repeated)
		path->rest[(*count)++] = field;
	else
		path->down[(*count)++] = field;
	return 0;
}

static int add_field(struct path *path, const char *name, const ProtobufCMessageDescriptor **at)
{
	const ProtobufCFieldDescriptor *field;
	bool is_repeated, is_leaf;

	field = *at ? protobuf_c_message_descriptor_get_field_by_name(*at, name) : NULL;
	if (!field || field_size(field) == 0)
		return PIDC_EDB;
	is_repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
	is_leaf = field->type != PROTOBUF_C_TYPE_MESSAGE || field_is_timestamp(field);
	if (is_repeated && path->repeated)
		return PIDC_EDB;
	*at = is_leaf ? NULL : field->descriptor;
	path->leaf = is_leaf ? field : NULL;
	if (is_repeated) {
		path->repeated = field;
		return 0;
	}
	return is_leaf ? 0 : add_message(path, field);
}

static int add_step(struct path *path, const char *name, const ProtobufCMessageDescriptor *root,
		    const ProtobufCMessageDescriptor **at)
{
	if (path->is_position)
		return PIDC_EDB;
	if (strcmp(name, "^") == 0)
		return add_climb(path, root, at);
	if (strcmp(name, "#") != 0)
		return add_field(path, name, at);
	if (!path->repeated || path->climb || path->rest_count ||
	    (path->leaf && path->leaf != path->repeated))
		return PIDC_EDB;
	path->leaf = NULL;
	path->is_position = true;
	return 0;
}

int path_parse(const char *text, size_t len, const ProtobufCMessageDescriptor *root,
	       struct path *ret, struct pidc_error *err)
{
	const ProtobufCMessageDescriptor *at = root;
	struct path path = {0};
	size_t from = 0;

	while (from <= len) {
		const char *dot = memchr(text + from, '.', len - from);
		size_t end = dot ? (size_t)(dot - text) : len;
		char name[NAME_MAX_LEN];

		if (end - from >= sizeof(name))
			return pidc_fail(err, PIDC_EDB, "name too long");
		memcpy(name, text + from, end - from);
		name[end - from] = '\0';
		if (add_step(&path, name, root, &at) < 0)
			return pidc_fail(err, PIDC_EDB, "%.*s: no '%s' there", (int)len, text,
					 name);
		from = end + 1;
	}
	if (!path.leaf && !path.is_position)
		return pidc_fail(err, PIDC_EDB, "%.*s: is a message", (int)len, text);
	*ret = path;
	return 0;
}
