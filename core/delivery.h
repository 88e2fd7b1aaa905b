/* SPDX-License-Identifier: ISC
 *
 * The digest of what is delivered: what a recipient computes over what arrived and
 * quotes in its receipt. disclosure.proto (FetchResponse.delivery_digest) defines it.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"

#include <stddef.h>

struct delivery {
	struct bytes *pieces;
	size_t count;
	size_t room;
};

/* Room for that many items with that many columns each. 0 or PIDC_ENOMEM. */
int delivery_begin(struct delivery *delivery, size_t items, size_t columns,
		   struct arena *arena) PIDC_MUSTCHECK;

/* An item, then its columns in the order in which they are sent. Both are borrowed
 * until delivery_finish; digest has SHA256_LEN bytes. What there is no room for is a
 * bug of the caller. */
void delivery_add_item(struct delivery *delivery, const char *contribution_id);
void delivery_add_column(struct delivery *delivery, const uint8_t *digest);

void delivery_finish(const struct delivery *delivery, uint8_t ret[SHA256_LEN]);
