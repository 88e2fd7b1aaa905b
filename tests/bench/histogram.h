/* SPDX-License-Identifier: ISC
 *
 * Latencies by size: 64 buckets to each power of two, so that a percentile is
 * right to 2 %, in a fixed 16 KiB.
 */
#pragma once

#include <stdint.h>

#define HISTOGRAM_BITS    6
#define HISTOGRAM_BUCKETS (32 << HISTOGRAM_BITS)

/* Zero it. */
struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t total;
	uint64_t max;
};

/* Values over 2^32 count as 2^32. */
void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that share (0 to 1) of all are at most; 0 when there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);
