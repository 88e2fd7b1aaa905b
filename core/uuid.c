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
