/* SPDX-License-Identifier: ISC */
#include "wire/bytes.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MIN 256
/* What an empty queue may keep: a busy connection reuses it, an idle one does
 * not hold the 64 KiB of its last large message. */
#define BYTES_KEEP 4096

int bytes_reserve(struct bytes *bytes, size_t n)
{
	size_t cap = bytes->cap == 0 ? BYTES_MIN : bytes->cap;
	uint8_t *data;

	if (n <= bytes->cap - bytes->off - bytes->len)
		return 0;
	if (n > SIZE_MAX / 4 - bytes->len)
		return PIDC_ENOMEM;
	if (bytes->off != 0 && bytes->off >= bytes->len) { /* cheap to move down first */
		memmove(bytes->data, bytes->data + bytes->off, bytes->len);
		bytes->off = 0;
		if (n <= bytes->cap - bytes->len)
			return 0;
	}
	while (cap - bytes->off < bytes->len + n)
		cap *= 2;
	data = realloc(bytes->data, cap);
	if (data == NULL)
		return PIDC_ENOMEM;
	bytes->data = data;
	bytes->cap = cap;
	return 0;
}

int bytes_append(struct bytes *bytes, const void *data, size_t len)
{
	int rv;

	if (len == 0)
		return 0;
	rv = bytes_reserve(bytes, len);
	if (rv < 0)
		return rv;
	memcpy(bytes->data + bytes->off + bytes->len, data, len);
	bytes->len += len;
	return 0;
}

void bytes_drop(struct bytes *bytes, size_t n)
{
	if (n < bytes->len) {
		bytes->off += n;
		bytes->len -= n;
		return;
	}
	bytes->off = 0;
	bytes->len = 0;
	if (bytes->cap > BYTES_KEEP)
		bytes_close(bytes);
}

const uint8_t *bytes_head(const struct bytes *bytes)
{
	return bytes->data == NULL ? NULL : bytes->data + bytes->off;
}

void bytes_close(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}
