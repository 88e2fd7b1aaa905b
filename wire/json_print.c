/* SPDX-License-Identifier: ISC */
#include "core/text.h"
#include "wire/json.h"
#include "wire/json_internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printer {
	struct arena *arena;
	bool with_defaults;
	struct pidc_error *err;
};

static json_t *message_json(const struct printer *printer, const ProtobufCMessage *message,
			    unsigned depth);

static json_t *number_text(const char *fmt, uint64_t value)
{
	char text[24];
	if (*fmt == 'd')
		(void)snprintf(text, sizeof(text), "%" PRId64, (int64_t)value);
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *real_json(double value)
{
	if (isnan(value))
		return json_string("NaN");
	if (isinf(value))
		return json_string(value > 0 ? "Infinity" : "-Infinity");
	return json_real(value);
}

static json_t *enum_json(const ProtobufCEnumDescriptor *descriptor, int value)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
	return found ? json_string(found->name) : json_integer(value);
}

static json_t *bytes_json(const struct printer *printer, const ProtobufCBinaryData *bytes)
{
	char *text = base64_encode(printer->arena, bytes->data, bytes->len);
	return text ? json_string(text) : NULL;
}

/* The value at member, which has the type of field. NULL on failure. */
static json_t *value_json(const struct printer *printer, const ProtobufCFieldDescriptor *field,
			  const void *member, unsigned depth)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return json_integer(*(const int32_t *)member);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_integer(*(const uint32_t *)member);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return number_text("d", (uint64_t) * (const int64_t *)member);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return number_text("u", *(const uint64_t *)member);
	case PROTOBUF_C_TYPE_FLOAT:
		return real_json((double)*(const float *)member);
	case PROTOBUF_C_TYPE_DOUBLE:
		return real_json(*(const double *)member);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)member);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_json(field->descriptor, *(const int *)member);
	case PROTOBUF_C_TYPE_STRING:
		return json_string(*(char *const *)member ? *(char *const *)member : "");
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_json(printer, member);
	case PROTOBUF_C_TYPE_MESSAGE:
		return message_json(printer, *(ProtobufCMessage *const *)member, depth + 1);
	}
	return NULL;
}

static size_t type_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_ENUM:
		return 4;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	default:
		return 8;
	}
}

static bool value_is_default(const ProtobufCFieldDescriptor *field, const void *member)
{
	static const uint8_t zero[8];
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)member)->len == 0;
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return !*(char *const *)member || **(char *const *)member == '\0';
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return !*(ProtobufCMessage *const *)member;
	return memcmp(member, zero, type_size(field->type)) == 0;
}

static json_t *list_json(const struct printer *printer, const ProtobufCFieldDescriptor *field,
			 const char *base, unsigned depth)
{
	size_t n = *(const size_t *)(const void *)(base + field->quantifier_offset);
	const char *items = *(const char *const *)(const void *)(base + field->offset);
	json_t *list = json_array();
	for (size_t i = 0; list && i < n; i++) {
		json_t *item =
			value_json(printer, field, items + i * type_size(field->type), depth);
		if (!item || json_array_append_new(list, item) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* True when the field is to be printed. */
static bool field_is_set(const struct printer *printer, const ProtobufCFieldDescriptor *field,
			 const char *base)
{
	const void *member = base + field->offset;
	const void *quantifier = base + field->quantifier_offset;
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return printer->with_defaults || *(const size_t *)quantifier > 0;
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return *(const uint32_t *)quantifier == field->id;
	bool is_default = value_is_default(field, member);
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return !is_default;
	return !is_default || printer->with_defaults;
}

static json_t *timestamp_json(const struct printer *printer, const ProtobufCMessage *message)
{
	int64_t us = 0;
	char text[28];
	if (!time_from_proto((const Google__Protobuf__Timestamp *)message, &us)) {
		(void)pidc_fail(printer->err, PIDC_EPROTO, "a time is out of range");
		return NULL;
	}
	time_format(us, text);
	return json_string(text);
}

static json_t *message_json(const struct printer *printer, const ProtobufCMessage *message,
			    unsigned depth)
{
	if (depth > JSON_DEPTH_MAX) {
		(void)pidc_fail(printer->err, PIDC_EPROTO, "messages nested too deep");
		return NULL;
	}
	if (message && json_is_timestamp(message->descriptor))
		return timestamp_json(printer, message);
	json_t *object = json_object();
	for (unsigned i = 0; object && message && i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		const char *base = (const char *)message;
		char name[JSON_NAME_MAX];
		if (!field_is_set(printer, field, base))
			continue;
		json_t *value = field->label == PROTOBUF_C_LABEL_REPEATED
					? list_json(printer, field, base, depth)
					: value_json(printer, field, base + field->offset, depth);
		json_camel(field->name, name);
		if (!value || json_object_set_new(object, name, value) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

int json_print(const ProtobufCMessage *message, bool with_defaults, struct arena *arena, char **ret,
	       struct pidc_error *err)
{
	struct pidc_error inner = {.code = 0};
	struct printer printer = {.arena = arena, .with_defaults = with_defaults, .err = &inner};
	json_t *json = message_json(&printer, message, 1);
	if (!json && inner.code)
		return pidc_fail(err, inner.code, "%s", inner.msg);
	if (!json)
		return pidc_fail(err, PIDC_EPROTO, "%s: a text is not UTF-8, or memory is short",
				 message->descriptor->short_name);
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
	char *copy = text ? arena_strdup(arena, text) : NULL;
	free(text);
	if (!copy)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the JSON text");
	*ret = copy;
	return 0;
}
