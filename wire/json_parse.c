/* SPDX-License-Identifier: ISC */
#include "core/message.h"
#include "core/text.h"
#include "wire/guard.h"
#include "wire/json.h"
#include "wire/json_internal.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	struct arena *arena;
	struct pidc_error *err;
	size_t elements;
	unsigned depth;
	char path[JSON_PATH_MAX];
};

static int parser_fail(const struct parser *parser, int code, const char *what)
{
	return pidc_fail(parser->err, code, "%s%s%s", parser->path, *parser->path ? ": " : "",
			 what);
}

static int parser_nomem(const struct parser *parser)
{
	return parser_fail(parser, PIDC_ENOMEM, "no memory for the message");
}

/* Lengthen the path for errors; the returned length takes it back. */
static size_t path_push(struct parser *parser, const char *name, size_t index)
{
	size_t old = strlen(parser->path);
	char *at = parser->path + old;
	size_t room = sizeof(parser->path) - old;
	if (name)
		(void)snprintf(at, room, "%s%.100s", old ? "." : "", name);
	else
		(void)snprintf(at, room, "[%zu]", index);
	return old;
}

static int whole_number(const json_t *json, bool is_signed, uint64_t *ret)
{
	if (json_is_integer(json)) {
		json_int_t value = json_integer_value(json);
		*ret = (uint64_t)value;
		return is_signed || value >= 0 ? 0 : PIDC_EINVAL;
	}
	const char *text = json_string_value(json);
	char *end = NULL;
	/* strtoull would take blanks, a plus sign and, unsigned, a minus. */
	if (!text || !((*text >= '0' && *text <= '9') ||
		       (is_signed && text[0] == '-' && text[1] >= '0' && text[1] <= '9')))
		return PIDC_EINVAL;
	errno = 0;
	*ret = is_signed ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : PIDC_EINVAL;
}

static int number_parse(const struct parser *parser, ProtobufCType type, const json_t *json,
			void *member)
{
	bool is_signed = type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_SINT32 ||
			 type == PROTOBUF_C_TYPE_SFIXED32 || type == PROTOBUF_C_TYPE_INT64 ||
			 type == PROTOBUF_C_TYPE_SINT64 || type == PROTOBUF_C_TYPE_SFIXED64;
	uint64_t value = 0;
	if (whole_number(json, is_signed, &value) < 0)
		return parser_fail(parser, PIDC_EINVAL, "not a whole number in range");
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		if ((int64_t)value < INT32_MIN || (int64_t)value > INT32_MAX)
			return parser_fail(parser, PIDC_EINVAL, "out of the range of 32 bits");
		*(int32_t *)member = (int32_t)(int64_t)value;
		return 0;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		if (value > UINT32_MAX)
			return parser_fail(parser, PIDC_EINVAL, "out of the range of 32 bits");
		*(uint32_t *)member = (uint32_t)value;
		return 0;
	default:
		*(uint64_t *)member = value;
		return 0;
	}
}

static int enum_parse(const struct parser *parser, const ProtobufCEnumDescriptor *descriptor,
		      const json_t *json, int *ret)
{
	const char *name = json_string_value(json);
	size_t prefix = json_enum_prefix(descriptor);
	if (json_is_integer(json)) {
		json_int_t value = json_integer_value(json);
		if (value < INT32_MIN || value > INT32_MAX)
			return parser_fail(parser, PIDC_EINVAL, "out of the range of 32 bits");
		*ret = (int)value;
		return 0;
	}
	for (unsigned i = 0; name && i < descriptor->n_values; i++) {
		const char *full = descriptor->values[i].name;
		if (strcmp(full, name) == 0 || (prefix && strcmp(full + prefix, name) == 0)) {
			*ret = descriptor->values[i].value;
			return 0;
		}
	}
	return parser_fail(parser, PIDC_EINVAL, "not a word of this list");
}

static int real_parse(const struct parser *parser, const json_t *json, bool is_float, void *member)
{
	if (!json_is_number(json))
		return parser_fail(parser, PIDC_EINVAL, "not a number");
	if (is_float)
		*(float *)member = (float)json_number_value(json);
	else
		*(double *)member = json_number_value(json);
	return 0;
}

static int bytes_parse(const struct parser *parser, const json_t *json, ProtobufCBinaryData *ret)
{
	const char *text = json_string_value(json);
	if (!text ||
	    !base64_decode(parser->arena, text, json_string_length(json), &ret->data, &ret->len))
		return parser_fail(parser, PIDC_EINVAL, "not base64");
	return 0;
}

static int string_parse(const struct parser *parser, const json_t *json, char **ret)
{
	const char *text = json_string_value(json);
	if (!text)
		return parser_fail(parser, PIDC_EINVAL, "not a text");
	char *copy = arena_strdup(parser->arena, text);
	if (!copy)
		return parser_nomem(parser);
	*ret = copy;
	return 0;
}

static int message_parse(struct parser *parser, const ProtobufCMessageDescriptor *descriptor,
			 json_t *json, ProtobufCMessage **ret);

static int value_parse(struct parser *parser, const ProtobufCFieldDescriptor *field, json_t *json,
		       void *member)
{
	if (++parser->elements > GUARD_ELEMENTS_MAX)
		return parser_fail(parser, PIDC_ELIMIT, "too many fields in one message");
	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		if (!json_is_boolean(json))
			return parser_fail(parser, PIDC_EINVAL, "not true or false");
		*(protobuf_c_boolean *)member = json_is_true(json);
		return 0;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return real_parse(parser, json, field->type == PROTOBUF_C_TYPE_FLOAT, member);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_parse(parser, field->descriptor, json, member);
	case PROTOBUF_C_TYPE_STRING:
		return string_parse(parser, json, member);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_parse(parser, json, member);
	case PROTOBUF_C_TYPE_MESSAGE:
		return message_parse(parser, field->descriptor, json, member);
	default:
		return number_parse(parser, field->type, json, member);
	}
}

static int list_parse(struct parser *parser, const ProtobufCFieldDescriptor *field, json_t *json,
		      char *base)
{
	size_t n = json_array_size(json);
	if (!json_is_array(json))
		return parser_fail(parser, PIDC_EINVAL, "not a list");
	if (n == 0)
		return 0;
	char *items = arena_calloc(parser->arena, n, message_element_size(field->type));
	if (!items)
		return parser_nomem(parser);
	for (size_t i = 0; i < n; i++) {
		size_t old = path_push(parser, NULL, i);
		int rc = value_parse(parser, field, json_array_get(json, i),
				     items + i * message_element_size(field->type));
		if (rc < 0)
			return rc;
		parser->path[old] = '\0';
	}
	*(size_t *)(void *)(base + field->quantifier_offset) = n;
	*(char **)(void *)(base + field->offset) = items;
	return 0;
}

static const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *descriptor,
						  const char *name)
{
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		char camel[JSON_NAME_MAX];
		json_camel(descriptor->fields[i].name, camel);
		if (strcmp(camel, name) == 0 || strcmp(descriptor->fields[i].name, name) == 0)
			return &descriptor->fields[i];
	}
	return NULL;
}

static int field_parse(struct parser *parser, const ProtobufCFieldDescriptor *field, json_t *json,
		       char *base)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return list_parse(parser, field, json, base);
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		uint32_t *choice = (uint32_t *)(void *)(base + field->quantifier_offset);
		if (*choice)
			return parser_fail(parser, PIDC_EINVAL, "another choice is already given");
		*choice = field->id;
	}
	return value_parse(parser, field, json, base + field->offset);
}

static int timestamp_parse(const struct parser *parser, const json_t *json, ProtobufCMessage **ret)
{
	struct pidc_error inner = {.code = 0};
	int64_t us = 0;
	const char *text = json_string_value(json);
	if (!text)
		return parser_fail(parser, PIDC_EINVAL, "not a time");
	int rc = time_parse(text, &us, &inner);
	if (rc < 0)
		return parser_fail(parser, rc, inner.msg);
	Google__Protobuf__Timestamp *ts = time_to_proto(parser->arena, us);
	if (!ts)
		return parser_nomem(parser);
	*ret = &ts->base;
	return 0;
}

static int members_parse(struct parser *parser, const ProtobufCMessageDescriptor *descriptor,
			 json_t *json, char *base, bool *seen)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach(json, key, value)
	{
		size_t old = path_push(parser, key, 0);
		const ProtobufCFieldDescriptor *field = field_find(descriptor, key);
		if (!field)
			return parser_fail(parser, PIDC_EINVAL, "no such field");
		bool *mark = &seen[field - descriptor->fields];
		if (*mark)
			return parser_fail(parser, PIDC_EINVAL, "given twice");
		*mark = true;
		/* null means "not given", as protobuf's mapping has it. */
		int rc = json_is_null(value) ? 0 : field_parse(parser, field, value, base);
		if (rc < 0)
			return rc;
		parser->path[old] = '\0';
	}
	return 0;
}

static int message_parse(struct parser *parser, const ProtobufCMessageDescriptor *descriptor,
			 json_t *json, ProtobufCMessage **ret)
{
	if (json_is_timestamp(descriptor))
		return timestamp_parse(parser, json, ret);
	if (!json_is_object(json))
		return parser_fail(parser, PIDC_EINVAL, "not an object");
	if (parser->depth >= JSON_DEPTH_MAX)
		return parser_fail(parser, PIDC_EINVAL, "messages nested too deep");
	ProtobufCMessage *message = arena_alloc(parser->arena, descriptor->sizeof_message);
	bool *seen = arena_calloc(parser->arena, descriptor->n_fields + 1, sizeof(*seen));
	if (!message || !seen)
		return parser_nomem(parser);
	descriptor->message_init(message);
	parser->depth++;
	int rc = members_parse(parser, descriptor, json, (char *)message, seen);
	parser->depth--;
	if (rc == 0)
		*ret = message;
	return rc;
}

int json_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
	       struct arena *arena, ProtobufCMessage **ret, struct pidc_error *err)
{
	struct parser parser = {.arena = arena, .err = err};
	json_error_t where = {.line = 0};
	if (len > JSON_TEXT_MAX)
		return pidc_fail(err, PIDC_ELIMIT, "JSON text over %zu bytes", JSON_TEXT_MAX);
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!json)
		return pidc_fail(err, PIDC_EINVAL, "line %d, column %d: %s", where.line,
				 where.column, where.text);
	int rc = message_parse(&parser, descriptor, json, ret);
	json_decref(json);
	return rc;
}
