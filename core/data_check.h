/* SPDX-License-Identifier: ISC
 *
 * What a dataset's definition and a contribution's columns have to look like.
 * Every function is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"
#include "pidc/v1/data.pb-c.h"

/* As data.proto says: wider tables are several datasets. */
#define DATASET_FIELDS_MAX 200

/* One column: a year of daily counts has 2 KiB; more comes as several contributions. */
#define COLUMN_BYTES_MAX ((size_t)256 * 1024)

/* Active members and partners own data (PRI-9a); the Secretariat owns none. */
int check_owner(const Pidc__Store__V1__OrgState *org, struct refusal *refusal) PIDC_MUSTCHECK;

/* Who only keeps the data changes nothing that stands, and learns nothing of it
 * (PRI-9a.a). Asked before any fact about the record. */
int check_not_custodian(const Pidc__V1__Actor *actor, struct refusal *refusal) PIDC_MUSTCHECK;

/* A definition by itself (PRI-9c: legal basis, ethics note, and the law's provision
 * for data close to a person). Of the facts: category_known, country. */
int check_dataset(const Pidc__V1__Dataset *dataset, const Pidc__Store__V1__DatasetFacts *facts,
		  struct refusal *refusal) PIDC_MUSTCHECK;

/* A new definition against the standing one: fields are added at the end, none
 * dropped, renamed or retyped; nothing that consents rest on moves. */
int check_extension(const Pidc__V1__Dataset *standing, const Pidc__V1__Dataset *asked,
		    struct refusal *refusal) PIDC_MUSTCHECK;

/* NULL when the dataset has no such field. */
const Pidc__V1__DatasetField *dataset_field_find(const Pidc__V1__Dataset *dataset,
						 const char *name);

/* Parse and check each column; fills columns and row_count of *contribution, and leaves
 * room for its files. */
int columns_read(const struct rule_input *in, const Pidc__V1__SubmitContributionRequest *request,
		 const Pidc__V1__Dataset *dataset, Pidc__V1__Contribution *contribution,
		 struct refusal *refusal) PIDC_MUSTCHECK;

/* The same for content that the register does not keep: fields, digest, size and where
 * it is; columns has the fields, without digests of their own. */
int content_elsewhere(const struct rule_input *in,
		      const Pidc__V1__SubmitContributionRequest *request,
		      Pidc__V1__Contribution *contribution, struct refusal *refusal) PIDC_MUSTCHECK;

/* The contribution of ContributionFacts is the caller's, is the one asked for, and has
 * the version expected; version 0 means any when is_any_version. */
int check_own_contribution(const struct rule_input *in, const char *contribution_id,
			   uint32_t expected_version, bool is_any_version,
			   struct refusal *refusal) PIDC_MUSTCHECK;

/* Entity and concerns of an event about the contribution of ContributionFacts. */
int event_of_contribution(const struct rule_input *in, Pidc__V1__Event *event) PIDC_MUSTCHECK;
