/* SPDX-License-Identifier: ISC
 *
 * What a dataset's definition and a contribution's columns have to look like.
 * Every function is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"

/* As data.proto says: wider tables are several datasets. */
#define DATASET_FIELDS_MAX 200

/* One column: a year of daily counts has 2 KiB; more comes as several contributions. */
#define COLUMN_BYTES_MAX ((size_t)256 * 1024)

/* A definition by itself (PRI-9c: legal basis and ethics note are mandatory). */
int check_dataset(const Pidc__V1__Dataset *dataset, bool is_category_known,
		  struct refusal *refusal) PIDC_MUSTCHECK;

/* A new definition against the standing one: fields are added at the end, none
 * dropped, renamed or retyped; nothing that consents rest on moves. */
int check_extension(const Pidc__V1__Dataset *standing, const Pidc__V1__Dataset *asked,
		    struct refusal *refusal) PIDC_MUSTCHECK;

/* Parse and check each column; fills columns and row_count of *contribution. */
int columns_read(const struct rule_input *in, const Pidc__V1__SubmitContributionRequest *request,
		 const Pidc__V1__Dataset *dataset, Pidc__V1__Contribution *contribution,
		 struct refusal *refusal) PIDC_MUSTCHECK;
