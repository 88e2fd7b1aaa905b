/* SPDX-License-Identifier: ISC */
#include "wire/gzip.h"

#include <limits.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* 32 KiB window, gzip wrapper */
/* Output is taken in steps: a bomb costs one step past the limit, no more. */
#define STEP 16384

int gzip_deflate(const uint8_t *data, size_t len, struct bytes *out)
{
	z_stream z = {0};
	size_t bound;
	int rv;

	if (len > UINT_MAX || deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
					   Z_DEFAULT_STRATEGY) != Z_OK)
		return PIDC_ENOMEM;
	bound = deflateBound(&z, len);
	if (bound > UINT_MAX || bytes_reserve(out, bound) < 0) {
		deflateEnd(&z);
		return PIDC_ENOMEM;
	}
	z.next_in = (z_const Bytef *)data;
	z.avail_in = (uInt)len;
	z.next_out = out->data + out->off + out->len;
	z.avail_out = (uInt)bound;
	rv = deflate(&z, Z_FINISH);
	out->len += bound - z.avail_out;
	deflateEnd(&z);
	return rv == Z_STREAM_END ? 0 : PIDC_ENOMEM;
}

/* One step of inflation. 1: the member has ended. */
static int inflate_step(z_stream *z, size_t max, struct bytes *out)
{
	size_t room = max > out->len ? max - out->len : 0;
	int rv;

	/* One byte past the limit tells "exactly max" from "more". */
	room = room < STEP ? room + 1 : STEP;
	if (bytes_reserve(out, room) < 0)
		return PIDC_ENOMEM;
	z->next_out = out->data + out->off + out->len;
	z->avail_out = (uInt)room;
	rv = inflate(z, Z_NO_FLUSH);
	out->len += room - z->avail_out;
	if (out->len > max)
		return PIDC_ELIMIT;
	if (rv == Z_MEM_ERROR)
		return PIDC_ENOMEM;
	if (rv == Z_STREAM_END)
		return z->avail_in == 0 ? 1 : PIDC_EPROTO;
	if (rv != Z_OK || (z->avail_in == 0 && z->avail_out != 0))
		return PIDC_EPROTO; /* corrupt, or cut short */
	return 0;
}

int gzip_inflate(const uint8_t *data, size_t len, size_t max, struct bytes *out)
{
	z_stream z = {0};
	int rv;

	if (len > UINT_MAX)
		return PIDC_ELIMIT;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return PIDC_ENOMEM;
	z.next_in = (z_const Bytef *)data;
	z.avail_in = (uInt)len;
	do {
		rv = inflate_step(&z, max, out);
	} while (rv == 0);
	inflateEnd(&z);
	return rv < 0 ? rv : 0;
}
