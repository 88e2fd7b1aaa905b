/* SPDX-License-Identifier: ISC
 *
 * Answers to the standard output, in the format that was asked for.
 */
#pragma once

#include "core/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_CSV,
	OUTPUT_NAME, /* only the first column */
};

/* False: no such format. */
bool output_format_parse(const char *name, enum output_format *ret);

/* One CSV cell: quoted where needed; a cell that a spreadsheet would run gets a
 * quote in front of it. */
void output_csv_cell(FILE *out, const char *text);

/* text with control characters and bidirectional overrides spelled out, so that
 * data cannot drive the terminal. Caller frees; NULL when memory is short. */
char *output_escape(const char *text);

/* Any answer: a list where it has a repeated message, else one object. columns
 * as in the command table. 0 or PIDC_E*. */
int output_message(enum output_format format, const char *columns, const ProtobufCMessage *message,
		   struct arena *arena, FILE *out, struct pidc_error *err) PIDC_MUSTCHECK;

/* One compact line of JSON; NULL prints null. */
void output_json_line(const json_t *json, FILE *out);

/* Rows of an array of objects, as table, csv or names. */
int output_rows(enum output_format format, const char *columns, json_t *rows,
		FILE *out) PIDC_MUSTCHECK;
