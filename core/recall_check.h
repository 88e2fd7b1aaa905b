/* SPDX-License-Identifier: ISC
 *
 * What the rules of recalls share. Every check_ is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"

/* Items that one event of a recall speaks of: a page that people can still read, and a
 * statement that the write batch does not wait for. */
#define RECALL_ITEMS_MAX 1000

/* Each a UUID and a release, each once. */
int check_items_once(Pidc__V1__DisclosedItemRef *const *items, size_t count,
		     struct refusal *refusal) PIDC_MUSTCHECK;

/* In the arena; borrows contribution_id. 0 or PIDC_ENOMEM. */
int ref_make(struct arena *arena, uint64_t release_index, char *contribution_id,
	     Pidc__V1__DisclosedItemRef **ret) PIDC_MUSTCHECK;
