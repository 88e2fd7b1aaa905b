/* SPDX-License-Identifier: ISC
 *
 * Any message as JSON and back, by its descriptor: the protobuf JSON mapping
 * (lowerCamelCase names, int64 as string, bytes base64, enums by name, Timestamp
 * as RFC 3339 UTC). jansson is included in json_*.c only.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>

/* One line of JSON in the arena. Defaults are left out unless with_defaults. */
int json_print(const ProtobufCMessage *message, bool with_defaults, struct arena *arena, char **ret,
	       struct pidc_error *err) PIDC_MUSTCHECK;

/* Parse one JSON object as a message of this descriptor. Strict: unknown fields,
 * wrong types, duplicate keys, trailing bytes, invalid UTF-8 are refused with the path. Accepts
 * both lowerCamelCase and proto names; enums by name or number; UNSPECIFIED prefix may be left out
 * of enum names ("MEMBER" for CAPACITY_MEMBER) on input. */
int json_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
	       struct arena *arena, ProtobufCMessage **ret, struct pidc_error *err) PIDC_MUSTCHECK;
