/* SPDX-License-Identifier: ISC
 *
 * The memory of one HTTP/2 session. Every block is on a list, so that a session
 * ends by freeing the list: after an allocation has failed inside nghttp2 its
 * own destructor may free a block twice. Small blocks are kept for reuse, since
 * each request takes and returns the same few sizes.
 */
#pragma once

#include <stddef.h>

struct h2_block;

#define H2_MEM_CLASSES 5 /* 64, 128, 256, 512, 1024 bytes */

/* All zero is an empty one. */
struct h2_mem {
	struct h2_block *used;
	struct h2_block *spare[H2_MEM_CLASSES];
	unsigned spare_count[H2_MEM_CLASSES];
};

/* As malloc and its family; user is the struct h2_mem. */
void *h2_mem_malloc(size_t size, void *user);
void h2_mem_free(void *data, void *user);
void *h2_mem_calloc(size_t n, size_t size, void *user);
void *h2_mem_realloc(void *data, size_t size, void *user);

/* Give back what is kept for reuse. */
void h2_mem_trim(struct h2_mem *mem);
/* Free everything, used or not. */
void h2_mem_close(struct h2_mem *mem);
