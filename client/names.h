/* SPDX-License-Identifier: ISC
 *
 * What codes of a statement stand for, asked of the register when a text needs it. A
 * help for the reader: what is signed are the codes.
 */
#pragma once

#include "client/ctl.h"
#include "core/statement_text.h"

/* Datasets of one statement whose titles are asked for, one call each. */
#define NAMES_DATASETS_MAX 20

struct names {
	struct ctl *ctl;
	enum statement_language language;
	bool has_orgs;
	bool has_codes;
	json_t *table; /* "KIND CODE": name */
	size_t dataset_count;
};

/* EXIT_USAGE when --language is neither en nor fr. */
int names_init(struct names *names, struct ctl *ctl);
void names_close(struct names *names);

/* For struct statement_reader: user is the names. */
const char *names_find(void *user, enum statement_name kind, const char *code);
