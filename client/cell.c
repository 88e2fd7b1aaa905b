/* SPDX-License-Identifier: ISC */
#include "client/cell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_TEXT_LEN 44 /* base64 of 32 bytes */

/* The field whose name is key in JSON: "valid_to" is "validTo". */
static const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *descriptor,
						  const char *key, size_t len)
{
	char name[64];
	size_t n = 0;
	for (size_t i = 0; i < len && n + 2 < sizeof(name); i++) {
		if (isupper((unsigned char)key[i]))
			name[n++] = '_';
		name[n++] = (char)tolower((unsigned char)key[i]);
	}
	name[n] = '\0';
	return descriptor ? protobuf_c_message_descriptor_get_field_by_name(descriptor, name)
			  : NULL;
}

void cell_json_name(const char *name, char *ret, size_t room)
{
	size_t n = 0;
	for (size_t i = 0; name[i] && n + 1 < room; i++) {
		bool is_begin = i > 0 && name[i - 1] == '_';
		if (name[i] != '_')
			ret[n++] = (char)(is_begin ? toupper((unsigned char)name[i]) : name[i]);
	}
	if (room > 0)
		ret[n] = '\0';
}

struct cell cell_find(const ProtobufCMessageDescriptor *descriptor, const json_t *object,
		      const char *path, size_t len)
{
	struct cell cell = {.value = object};
	while (len > 0) {
		const char *dot = memchr(path, '.', len);
		size_t part = dot ? (size_t)(dot - path) : len;
		cell.field = field_find(descriptor, path, part);
		cell.value = json_object_getn(cell.value, path, part);
		bool is_message = cell.field && cell.field->type == PROTOBUF_C_TYPE_MESSAGE;
		descriptor = is_message ? cell.field->descriptor : NULL;
		len -= part + (dot != NULL);
		path += part + (dot != NULL);
	}
	return cell;
}

static bool is_time(const ProtobufCFieldDescriptor *field)
{
	return field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
	       strcmp(((const ProtobufCMessageDescriptor *)field->descriptor)->name,
		      "google.protobuf.Timestamp") == 0;
}

bool cell_is_message(const struct cell *cell)
{
	return cell->field && cell->field->type == PROTOBUF_C_TYPE_MESSAGE && !is_time(cell->field);
}

/* "DATASET_STATUS_ACTIVE" is ACTIVE: the prefix is that of the value 0. */
static char *enum_text(const ProtobufCEnumDescriptor *type, const char *word)
{
	static const char tail[] = "UNSPECIFIED";
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);
	size_t len = zero ? strlen(zero->name) : 0;
	if (len < sizeof(tail) - 1 || strcmp(zero->name + len - (sizeof(tail) - 1), tail) != 0)
		return strdup(word);
	if (strcmp(zero->name, word) == 0)
		return strdup("");
	len -= sizeof(tail) - 1;
	return strdup(strncmp(word, zero->name, len) == 0 ? word + len : word);
}

/* "2026-11-24T11:57:09.080353Z" to the second, the T a blank. */
static char *time_text(const char *word)
{
	char *text = strdup(word);
	char *point = text ? strchr(text, '.') : NULL;
	if (point) {
		point[0] = 'Z';
		point[1] = '\0';
	}
	if (text && strlen(text) > 10 && text[10] == 'T')
		text[10] = ' ';
	return text;
}

static int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : 0;
}

/* Hashes as openssl and --spki-sha256 write them. */
static char *bytes_text(const char *word)
{
	size_t len = strlen(word);
	char *text = len == HASH_TEXT_LEN && word[43] == '=' && word[42] != '=' ? malloc(65) : NULL;
	if (!text)
		return strdup(word);
	for (size_t i = 0; i < 32; i++) {
		const char *p = word + i / 3 * 4;
		unsigned bits = (unsigned)digit_of(p[0]) << 18 | (unsigned)digit_of(p[1]) << 12 |
				(unsigned)digit_of(p[2]) << 6 | (unsigned)digit_of(p[3]);
		(void)snprintf(text + 2 * i, 3, "%02x", bits >> (16 - 8 * (i % 3)) & 255);
	}
	return text;
}

static char *word_text(const ProtobufCFieldDescriptor *field, const char *word, bool is_human)
{
	if (!is_human || !field)
		return strdup(word);
	if (field->type == PROTOBUF_C_TYPE_ENUM)
		return enum_text(field->descriptor, word);
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return bytes_text(word);
	return is_time(field) ? time_text(word) : strdup(word);
}

static char *list_text(const struct cell *cell, bool is_human)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	for (size_t i = 0; out && i < json_array_size(cell->value); i++) {
		struct cell item = {json_array_get(cell->value, i), cell->field};
		char *word = cell_text(&item, is_human);
		(void)fprintf(out, "%s%s", i ? " " : "", word ? word : "");
		free(word);
	}
	if (out)
		(void)fclose(out);
	return text;
}

char *cell_text(const struct cell *cell, bool is_human)
{
	if (!cell->value || json_is_null(cell->value))
		return strdup("");
	if (json_is_string(cell->value))
		return word_text(cell->field, json_string_value(cell->value), is_human);
	if (is_human && json_is_boolean(cell->value))
		return strdup(json_is_true(cell->value) ? "yes" : "no");
	if (json_is_array(cell->value))
		return list_text(cell, is_human);
	return json_dumps(cell->value, JSON_COMPACT | JSON_ENCODE_ANY);
}

void cell_label(const char *path, size_t len, bool is_upper, char ret[64])
{
	size_t n = 0;
	for (size_t i = 0; i < len && n + 2 < 64; i++) {
		if (i > 0 && isupper((unsigned char)path[i]) && path[i - 1] != '.')
			ret[n++] = ' ';
		ret[n++] = (char)(is_upper ? toupper((unsigned char)path[i])
					   : tolower((unsigned char)path[i]));
		if (path[i] == '.')
			ret[n - 1] = ' ';
	}
	ret[n] = '\0';
}
