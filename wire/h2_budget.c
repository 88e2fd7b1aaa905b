/* SPDX-License-Identifier: ISC */
#include "wire/h2_budget.h"

void h2_bucket_init(struct h2_bucket *bucket, uint32_t burst, uint32_t rate, uint64_t now)
{
	bucket->burst = (uint64_t)burst * 1000;
	bucket->rate = rate;
	bucket->have = bucket->burst;
	bucket->at = now;
}

static void add(struct h2_bucket *bucket, uint64_t milli)
{
	bucket->have = milli > bucket->burst - bucket->have ? bucket->burst : bucket->have + milli;
}

bool h2_bucket_take(struct h2_bucket *bucket, uint64_t now)
{
	uint64_t passed = now > bucket->at ? now - bucket->at : 0;

	if (passed != 0) {
		/* A long pause fills it; the product cannot overflow below that. */
		add(bucket, passed > bucket->burst ? bucket->burst : passed * bucket->rate);
		bucket->at = now;
	}
	if (bucket->have < 1000)
		return false;
	bucket->have -= 1000;
	return true;
}

void h2_bucket_credit(struct h2_bucket *bucket, uint32_t tokens)
{
	add(bucket, (uint64_t)tokens * 1000);
}
