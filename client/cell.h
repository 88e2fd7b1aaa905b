/* SPDX-License-Identifier: ISC
 *
 * One value of an answer as text: for people short, for machines as in the JSON.
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* A value found by its dotted JSON path ("instrument.title"), and what it is:
 * either may be NULL. Borrowed. */
struct cell {
	const json_t *value;
	const ProtobufCFieldDescriptor *field;
};
struct cell cell_find(const ProtobufCMessageDescriptor *descriptor, const json_t *object,
		      const char *path, size_t len);

/* Text of it; caller frees; NULL when memory is short. For people: enum words without
 * their prefix, times without fractions, SHA-256 as hex. Lists of words are joined by
 * blanks, messages are JSON. */
char *cell_text(const struct cell *cell, bool is_human);

/* A path's last name as words: "registeredAt" is "registered at". ret has 64 bytes. */
void cell_label(const char *path, size_t len, bool is_upper, char ret[64]);

/* "valid_to" as JSON has it, "validTo". */
void cell_json_name(const char *name, char *ret, size_t room);

bool cell_is_message(const struct cell *cell); /* other than a time */
