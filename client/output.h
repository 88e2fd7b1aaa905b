/* SPDX-License-Identifier: ISC
 *
 * Answers in the format that was asked for. For people there is what they need, and
 * it may change; for machines there is protobuf's JSON, which only grows.
 */
#pragma once

#include "client/terminal.h"
#include "core/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_WIDE, /* a table of all columns */
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_CSV,
	OUTPUT_NAME, /* only the first column: the id */
};

struct output {
	enum output_format format;
	struct terminal terminal;
	FILE *out;
};

#define OUTPUT_FORMATS "table, wide, json, jsonl, csv or name"

/* False: no such format. */
bool output_format_parse(const char *name, enum output_format *ret);

/* json or jsonl: errors and progress are for machines as well. */
bool output_is_json(const struct output *output);

/* One compact line of JSON; NULL prints null. */
void output_json_line(const json_t *json, FILE *out);

/* One answer that is no list, or a list that comes in one piece. columns as in the
 * command table. */
int output_message(struct output *output, const char *columns, const ProtobufCMessage *message,
		   struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;

/* An object of ours; descriptor may be NULL. */
int output_object(struct output *output, const ProtobufCMessageDescriptor *descriptor,
		  const json_t *object, struct pidc_error *err) PIDC_MUSTCHECK;

/* Rows of ours, for all formats; position as in an answer, or NULL. */
int output_rows(struct output *output, const char *columns, const json_t *rows,
		const json_t *position, struct pidc_error *err) PIDC_MUSTCHECK;

/* --- lists of many pages ------------------------------------------------------ */

/* Rows are printed page by page where the format lets them, else kept to the end. */
struct output_list {
	struct output *output;
	const char *columns;
	const ProtobufCMessageDescriptor *row; /* NULL until the first page */
	json_t *rows;                          /* kept */
	json_t *position;                      /* of the first page: it covers all of them */
	size_t count;
	bool has_header; /* of CSV */
};

/* The repeated message that a List answer is about, or NULL: it is no list. */
const ProtobufCFieldDescriptor *output_list_field(const ProtobufCMessageDescriptor *descriptor);

void output_list_init(struct output_list *list, struct output *output, const char *columns);
/* Add a page, at most room rows of it. */
int output_list_page(struct output_list *list, const ProtobufCMessage *message, size_t room,
		     struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;
/* next_token: where more would be, or "". */
int output_list_end(struct output_list *list, const char *next_token,
		    struct pidc_error *err) PIDC_MUSTCHECK;
void output_list_close(struct output_list *list);
