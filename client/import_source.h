/* SPDX-License-Identifier: ISC
 *
 * A file of many submissions, CSV or JSON lines, one row at a time.
 */
#pragma once

#include "client/csv.h"

/* Plain data: a copy is a place to come back to. Borrows text and owns header. */
struct import_source {
	bool is_csv;
	struct csv_reader csv;
	json_t *header; /* CSV only */
	const char *at; /* JSON lines only: the line that comes next */
	size_t row;     /* that was read last: record of CSV, the header being 1; or line */
};

/* By the ending of path; text is what the file holds, borrowed. PIDC_EINVAL. */
int import_source_open(struct import_source *source, const char *path, const char *text,
		       struct pidc_error *err) PIDC_MUSTCHECK;
void import_source_close(struct import_source *source);

/* The next row as {"period":{},"rows":[{}], ...}, caller owns: 1; 0 at the end.
 * PIDC_EINVAL: row source->row is none, and the next call goes on behind it. A record
 * of CSV is one row; its columns "period.from" and "period.to" are the period. */
int import_source_next(struct import_source *source, json_t **ret,
		       struct pidc_error *err) PIDC_MUSTCHECK;

/* Rows that are still to come, good and bad. */
size_t import_source_count(const struct import_source *source);
