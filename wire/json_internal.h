/* SPDX-License-Identifier: ISC
 *
 * What json_print.c and json_parse.c share.
 */
#pragma once

#include "core/arena.h"

#include <stdbool.h>

/* Nested messages in either direction: as many as the guard lets through. */
#define JSON_DEPTH_MAX 16
/* Input text: 1 MiB of message grows by a third as base64, plus names. */
#define JSON_TEXT_MAX ((size_t)2 * 1024 * 1024)
/* Longest field name or path that is written down; our names are under 64. */
#define JSON_NAME_MAX 128
#define JSON_PATH_MAX 200

/* "page_size" -> "pageSize". Cut at JSON_NAME_MAX. */
void json_camel(const char *name, char ret[JSON_NAME_MAX]);

bool json_is_timestamp(const ProtobufCMessageDescriptor *descriptor);

/* Length of the prefix that all values of an enum share, e.g. "CAPACITY_": known
 * from the zero value X_UNSPECIFIED; 0 when there is none. */
size_t json_enum_prefix(const ProtobufCEnumDescriptor *descriptor);

/* Base64 with padding; NULL when memory is short. */
char *base64_encode(struct arena *arena, const uint8_t *data, size_t len);

/* Standard or URL alphabet, padding optional, no white space. False: not base64
 * or no memory. */
bool base64_decode(struct arena *arena, const char *text, size_t len, uint8_t **ret_data,
		   size_t *ret_len);
