/* SPDX-License-Identifier: ISC
 *
 * The parts that the sentences of statement_text are put together from; private to
 * it. Texts that are returned live in the arena; when memory is short they are empty
 * and has_failed is set.
 */
#pragma once

#include "core/statement_phrase.h"

#include <stdbool.h>
#include <stdio.h>

struct writer {
	const struct statement_reader *reader;
	const Pidc__V1__ConsentStatement *st;
	struct arena *arena;
	FILE *out;
	bool has_failed;
};

/* The phrase in the reader's language. */
const char *writer_phrase(const struct writer *writer, enum phrase which);

/* A format of the tables with its arguments in place of each %s. */
void writer_fill(FILE *out, const char *format, const char *const args[4]);

/* One sentence, a line of its own. */
void writer_sentence(struct writer *writer, enum phrase which, const char *a, const char *b);

/* A text that is put together: what is written to out between begin and end. NULL when
 * memory is short; then end must not be called. */
struct part {
	FILE *out;
	char *text;
	size_t len;
};
FILE *part_begin(struct writer *writer, struct part *part);
const char *part_end(struct writer *writer, struct part *part);

/* In quotation marks, on one line: no text may look like a sentence of ours. */
void writer_quote(FILE *out, const char *text);

/* Codes with their names, separated by commas. */
const char *writer_codes(struct writer *writer, enum statement_name kind, char *const *list,
			 size_t n);
const char *writer_code(struct writer *writer, enum statement_name kind, char *code);

/* Ids and words that have no name. */
const char *writer_words(struct writer *writer, char *const *list, size_t n);
const char *writer_number(struct writer *writer, uint32_t n);

/* "2027-11-24 12:00:00 UTC", with a fraction only where there is one. */
const char *writer_time(struct writer *writer, const Google__Protobuf__Timestamp *ts,
			enum phrase absent);

/* "CLASSIFICATION_GREEN" is GREEN. */
const char *writer_enum(const ProtobufCEnumDescriptor *type, int value, const char *prefix);
