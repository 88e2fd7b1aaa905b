/* SPDX-License-Identifier: ISC
 *
 * What a statement says, in sentences: made from the bytes that are signed, so that
 * who signs reads what is signed, and nothing that is signed goes unread.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

enum statement_language { STATEMENT_ENGLISH, STATEMENT_FRENCH };

/* What a code of a statement names. */
enum statement_name {
	NAME_ORG,
	NAME_DATASET,
	NAME_CATEGORY,
	NAME_ORG_CLASS,
	NAME_PURPOSE,
};

/* Who reads it. name gives what a code stands for, borrowed, or NULL where it is
 * not known; it may be NULL itself. A name is shown in quotation marks beside its code,
 * with quotation marks and control characters of its own as "?". */
struct statement_reader {
	enum statement_language language;
	const char *(*name)(void *user, enum statement_name kind, const char *code);
	void *user;
};

/* The text of a serialized ConsentStatement: one sentence a line, every line with its
 * newline, in the arena. PIDC_EINVAL when the bytes hold anything that would not be
 * shown (unknown fields, kinds, values), with the reason; PIDC_ENOMEM. */
int statement_text(const uint8_t *data, size_t len, const struct statement_reader *reader,
		   struct arena *arena, char **ret, struct pidc_error *err) PIDC_MUSTCHECK;
