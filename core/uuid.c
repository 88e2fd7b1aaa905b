/* SPDX-License-Identifier: ISC */
#include "core/crypto.h"

#include <string.h>

/* Version and variant bits set, then as text. */
static void uuid_format(uint8_t id[16], unsigned version, char ret[37])
{
	static const char digits[] = "0123456789abcdef";
	size_t pos = 0;

	id[6] = (uint8_t)((id[6] & 0x0f) | version << 4);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			ret[pos++] = '-';
		ret[pos++] = digits[id[i] >> 4];
		ret[pos++] = digits[id[i] & 0x0f];
	}
	ret[pos] = '\0';
}

void uuid_random(char ret[37])
{
	uint8_t id[16];

	random_bytes(id, sizeof(id));
	uuid_format(id, 4, ret);
}

void uuid_ordered(int64_t unix_us, uint32_t count, char ret[37])
{
	uint64_t ms = unix_us < 0 ? 0 : (uint64_t)unix_us / 1000;
	uint8_t id[16];

	random_bytes(id + 8, 8);
	for (size_t i = 0; i < 6; i++)
		id[i] = (uint8_t)(ms >> (40 - 8 * i));
	id[6] = (uint8_t)(count >> 8);
	id[7] = (uint8_t)count;
	uuid_format(id, 7, ret);
}

void uuid_named(const char *namespace_text, const char *name, char ret[37])
{
	uint8_t digest[SHA256_LEN];
	const struct bytes pieces[] = {
		{namespace_text, strlen(namespace_text) + 1}, /* with its NUL */
		{name, strlen(name)},
	};

	sha256(pieces, 2, digest);
	uuid_format(digest, 8, ret);
}

/* The value of each digit, from 1; 0: no digit. */
static const uint8_t hex_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool uuid_parse(const char *text, uint8_t ret[UUID_LEN])
{
	uint8_t id[UUID_LEN];
	const uint8_t *at = (const uint8_t *)text;

	for (size_t i = 0; i < UUID_LEN; i++) {
		uint8_t high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-')
			return false;
		high = hex_values[at[0]];
		low = high == 0 ? 0 : hex_values[at[1]];
		if (low == 0)
			return false;
		id[i] = (uint8_t)((high - 1) << 4 | (low - 1));
		at += 2;
	}
	if (*at != '\0')
		return false;
	memcpy(ret, id, UUID_LEN);
	return true;
}
