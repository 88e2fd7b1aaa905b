/* SPDX-License-Identifier: ISC
 *
 * Numbers in the server's binary form: big-endian, not aligned.
 */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Microseconds between 1970 and 2000, the epoch of timestamptz. */
#define DB_EPOCH_US INT64_C(946684800000000)

/* An array's fixed part: dimensions, flags, element type, length, lower bound. */
#define DB_ARRAY_HEADER       20
#define DB_ARRAY_EMPTY_HEADER 12

static inline void put_be32(char *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void put_be64(char *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

static inline uint32_t get_be32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

static inline uint64_t get_be64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return be64toh(value);
}
