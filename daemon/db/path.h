/* SPDX-License-Identifier: ISC
 *
 * Paths into messages, resolved once against descriptors: parameters of
 * statements and names of result columns (see db.h for their grammar).
 */
#pragma once

#include "core/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* Deeper than any message of the API; keeps a path a plain value. */
#define PATH_STEPS_MAX 12

struct path {
	/* Singular messages on the way to the leaf or the repeated step. */
	const ProtobufCFieldDescriptor *down[PATH_STEPS_MAX];
	size_t down_count;
	/* NULL, or the one repeated step. It is the leaf itself when scalar. */
	const ProtobufCFieldDescriptor *repeated;
	bool is_position; /* ends in '#' */
	size_t climb;     /* how many '^' follow the repeated step */
	/* Singular messages from the element, or from where the climb ended. */
	const ProtobufCFieldDescriptor *rest[PATH_STEPS_MAX];
	size_t rest_count;
	const ProtobufCFieldDescriptor *leaf; /* NULL when is_position */
};

/* Resolve text (len bytes) from root. PIDC_EDB when it names no value. */
int path_parse(const char *text, size_t len, const ProtobufCMessageDescriptor *root,
	       struct path *ret, struct pidc_error *err) PIDC_MUSTCHECK;

bool field_is_timestamp(const ProtobufCFieldDescriptor *field);

/* Size of one element of a repeated field; 0 for a type that we do not store. */
size_t field_size(const ProtobufCFieldDescriptor *field);

/* False for an unset oneof member or an unset optional scalar. */
bool field_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Where the field is in the message. */
void *field_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* The count of a repeated field. */
size_t *field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Mark a oneof member or optional scalar as set. */
void field_mark(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Text of an enum value without its type's prefix, "" for 0, NULL for a value that
 * the enum does not have; and back: false for a text that it does not have. */
const char *enum_text(const ProtobufCEnumDescriptor *desc, int value);
bool enum_parse(const ProtobufCEnumDescriptor *desc, const char *text, size_t len, int *ret);
