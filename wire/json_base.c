/* SPDX-License-Identifier: ISC */
#include "wire/json_internal.h"

#include <ctype.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void json_camel(const char *name, char ret[JSON_NAME_MAX])
{
	size_t n = 0;
	bool upper = false;
	for (; *name && n + 1 < JSON_NAME_MAX; name++) {
		if (*name == '_') {
			upper = true;
			continue;
		}
		ret[n++] = upper ? (char)toupper((unsigned char)*name) : *name;
		upper = false;
	}
	ret[n] = '\0';
}

bool json_is_timestamp(const ProtobufCMessageDescriptor *descriptor)
{
	return strcmp(descriptor->name, "google.protobuf.Timestamp") == 0;
}

size_t json_enum_prefix(const ProtobufCEnumDescriptor *descriptor)
{
	static const char tail[] = "UNSPECIFIED";
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(descriptor, 0);
	size_t len = zero ? strlen(zero->name) : 0;
	size_t cut = sizeof(tail) - 1;
	if (len <= cut || strcmp(zero->name + len - cut, tail) != 0)
		return 0;
	return len - cut;
}

char *base64_encode(struct arena *arena, const uint8_t *data, size_t len)
{
	char *text = len < SIZE_MAX / 2 ? arena_alloc(arena, (len + 2) / 3 * 4 + 1) : NULL;
	char *out = text;
	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;
		if (have > 1)
			bits |= (uint32_t)data[i + 1] << 8;
		if (have > 2)
			bits |= data[i + 2];
		*out++ = alphabet[bits >> 18 & 63];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = have > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = have > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}

static int base64_digit(char c)
{
	if (c == '-')
		c = '+';
	if (c == '_')
		c = '/';
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

bool base64_decode(struct arena *arena, const char *text, size_t len, uint8_t **ret_data,
		   size_t *ret_len)
{
	size_t padded = len;
	while (len > 0 && padded - len < 2 && text[len - 1] == '=')
		len--;
	if ((padded != len && padded % 4 != 0) || len % 4 == 1)
		return false;
	uint8_t *data = arena_alloc(arena, len / 4 * 3 + 3);
	if (!data)
		return false;
	size_t n = 0;
	uint32_t bits = 0;
	unsigned held = 0;
	for (size_t i = 0; i < len; i++) {
		int digit = base64_digit(text[i]);
		if (digit < 0)
			return false;
		bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			data[n++] = (uint8_t)(bits >> held);
		}
	}
	if (bits & ((UINT32_C(1) << held) - 1))
		return false; /* left-over bits: a second spelling of the same bytes */
	*ret_data = data;
	*ret_len = n;
	return true;
}
