/* SPDX-License-Identifier: ISC
 *
 * Rows of a file as the columns that a contribution is made of.
 */
#pragma once

#include "core/arena.h"
#include "pidc/v1/data.pb-c.h"

#include <jansson.h>

#define CONTENT_FILE_MAX ((size_t)64 * 1024 * 1024) /* of one file read at once */

/* The whole file, NUL-terminated, in the arena. */
int content_read(const char *path, struct arena *arena, char **ret, size_t *ret_len,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* CSV (RFC 4180, header line) or JSON lines to an array of objects with text
 * values; the caller owns *ret. PIDC_EINVAL names the line. */
int content_csv(const char *text, json_t **ret, struct pidc_error *err) PIDC_MUSTCHECK;
int content_jsonl(const char *text, json_t **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* Rows to serialized ContentColumns, in the order of the first row's keys; every
 * row must have exactly these keys. Numbers become their text. */
int content_columns(const json_t *rows, struct arena *arena, ProtobufCBinaryData **ret,
		    size_t *ret_count, struct pidc_error *err) PIDC_MUSTCHECK;

/* A submission of its JSON and its rows, in the arena; *ret is borrowed from it. */
int content_submission(const json_t *request, const json_t *rows, struct arena *arena,
		       Pidc__V1__SubmitContributionRequest **ret,
		       struct pidc_error *err) PIDC_MUSTCHECK;

/* SHA-256 and size of a file of any size, read piece by piece. PIDC_EINVAL: it cannot be
 * read. */
int content_file_digest(const char *path, uint8_t ret[32], uint64_t *ret_size,
			struct pidc_error *err) PIDC_MUSTCHECK;

/* SHA-256 of the text in hex. */
void content_digest(const char *text, size_t len, char ret[65]);
