/* SPDX-License-Identifier: ISC
 *
 * Token buckets: what a peer may cost us without giving us work. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct h2_bucket {
	uint64_t burst; /* milli-tokens at most */
	uint64_t rate;  /* milli-tokens a millisecond = tokens a second */
	uint64_t have;  /* milli-tokens */
	uint64_t at;    /* when have was right, ms */
};

void h2_bucket_init(struct h2_bucket *bucket, uint32_t burst, uint32_t rate, uint64_t now);
/* False when there is none left. */
bool h2_bucket_take(struct h2_bucket *bucket, uint64_t now);
void h2_bucket_credit(struct h2_bucket *bucket, uint32_t tokens);
