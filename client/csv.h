/* SPDX-License-Identifier: ISC
 *
 * CSV (RFC 4180) as a spreadsheet writes it: one record at a time, by libcsv. A
 * record that is malformed is reported and stepped over, so that the rest of a
 * file is still read.
 */
#pragma once

#include "core/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Of one record: a column of a contribution is at most this large. */
#define CSV_RECORD_MAX ((size_t)256 * 1024)

struct csv_reader {
	const char *at; /* what comes next; borrowed text, NUL-terminated */
	size_t row;     /* of the record that was read last, the header being 1 */
};

/* Begin at the text's start, after a byte order mark. */
void csv_reader_init(struct csv_reader *reader, const char *text);

/* The next record as an array of texts, caller owns: 1; 0 at the end. PIDC_EINVAL
 * when the record is malformed: the next call goes on with the line after it. */
int csv_reader_next(struct csv_reader *reader, json_t **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* {header cell: cell}, caller owns; NULL when the number of cells differs. */
json_t *csv_row(const json_t *header, const json_t *record);

/* False: a name is empty or stands twice. */
bool csv_header_is_good(const json_t *header);
