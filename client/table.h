/* SPDX-License-Identifier: ISC
 *
 * Rows of an answer as a table for people, as CSV, or as bare names.
 */
#pragma once

#include "client/terminal.h"
#include "core/error.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* Of one table; ours have at most 8, one row some 40. */
#define TABLE_COLUMNS_MAX 64

/* Column paths separated by blanks, each perhaps with a heading, or cut for people to
 * so many characters (a time to its day): "releasedAt=RELEASED validTo/10=UNTIL purpose". NULL: all
 * that the type, or else the first row, has. The last column is the one that is wrapped. descriptor
 * (of a row) may be NULL. 0, PIDC_ENOMEM or PIDC_EIO. */
int table_print(const struct terminal *terminal, const char *columns,
		const ProtobufCMessageDescriptor *descriptor, const json_t *rows,
		FILE *out) PIDC_MUSTCHECK;

/* with_header: print the line of names first. */
void table_csv(const char *columns, const ProtobufCMessageDescriptor *descriptor,
	       const json_t *rows, bool with_header, FILE *out);

/* The first column alone, one a line. */
void table_names(const char *columns, const ProtobufCMessageDescriptor *descriptor,
		 const json_t *rows, FILE *out);
