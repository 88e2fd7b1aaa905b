/* SPDX-License-Identifier: ISC */
#include "histogram.h"

#define FIRST (UINT64_C(1) << HISTOGRAM_BITS) /* below it every value has its own bucket */

static unsigned bucket_of(uint64_t value)
{
	unsigned shift = 0;

	if (value >> 32 != 0)
		value = UINT32_MAX;
	while (value >> shift >= 2 * FIRST)
		shift++;
	return (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
}

static uint64_t bucket_value(unsigned bucket)
{
	unsigned shift = bucket >> HISTOGRAM_BITS;

	if (shift == 0)
		return bucket;
	return (uint64_t)(bucket - ((shift - 1) << HISTOGRAM_BITS)) << (shift - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->counts[bucket_of(value)]++;
	histogram->total++;
	if (value > histogram->max)
		histogram->max = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)((double)histogram->total * share);
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen > wanted)
			return bucket_value(i);
	}
	return histogram->max;
}
