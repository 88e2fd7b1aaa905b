/* SPDX-License-Identifier: ISC
 *
 * A queue of bytes: append at the end, drop from the front. Grows by doubling,
 * gives its memory back when it runs empty, because most connections are idle
 * most of the time. All zero is an empty queue. Not shared between threads.
 */
#pragma once

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t off; /* first byte not yet dropped */
	size_t len; /* bytes from off on */
	size_t cap;
};

/* Copy len bytes to the end. PIDC_ENOMEM leaves the queue as it was. */
int bytes_append(struct bytes *bytes, const void *data, size_t len) PIDC_MUSTCHECK;

/* Room for n more bytes, so that the next appends of n in all cannot fail. */
int bytes_reserve(struct bytes *bytes, size_t n) PIDC_MUSTCHECK;

/* Remove the first n bytes (n <= len). */
void bytes_drop(struct bytes *bytes, size_t n);

/* The first byte; NULL or stale when len is 0. Borrowed until the next change. */
const uint8_t *bytes_head(const struct bytes *bytes);

/* Free the memory; the queue is empty and usable afterwards. */
void bytes_close(struct bytes *bytes);
