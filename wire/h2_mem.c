/* SPDX-License-Identifier: ISC */
#include "wire/h2_mem.h"

#include "core/sanitize.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALLEST 64
/* Per size: what a busy connection with all its calls in flight turns over. */
#define SPARE_MAX 64

#define REUSE_FROM (PIDC_HAS_ASAN ? H2_MEM_CLASSES : 0)

struct h2_block {
	struct h2_block *prev, *next;
	size_t size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

/* nghttp2 has one block of this size for a frame to send, and an idle connection uses its
 * first bytes only. */
#define LARGE ((size_t)16 * 1024)

/* The handshake has dirtied what malloc gives for it: whole pages go back to the system
 * until they are written to. */
static void clean_pages(unsigned char *data, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = ((uintptr_t)data + page - 1) / page * page;
	uintptr_t to = ((uintptr_t)data + size) / page * page;

	/* It fails only where pages are locked; then they stay. */
	if (size >= LARGE && to > from)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/* The class that holds size; H2_MEM_CLASSES for what is not kept. */
static unsigned class_of(size_t size)
{
	unsigned kind = REUSE_FROM;

	while (kind < H2_MEM_CLASSES && size > (size_t)SMALLEST << kind)
		kind++;
	return kind;
}

static struct h2_block *block_of(void *data)
{
	return (struct h2_block *)(void *)((unsigned char *)data - offsetof(struct h2_block, data));
}

static void link_used(struct h2_mem *mem, struct h2_block *block)
{
	block->prev = NULL;
	block->next = mem->used;
	if (mem->used != NULL)
		mem->used->prev = block;
	mem->used = block;
}

static void unlink_used(struct h2_mem *mem, struct h2_block *block)
{
	if (block->prev != NULL)
		block->prev->next = block->next;
	else
		mem->used = block->next;
	if (block->next != NULL)
		block->next->prev = block->prev;
}

void *h2_mem_malloc(size_t size, void *user)
{
	struct h2_mem *mem = user;
	unsigned kind = class_of(size);
	struct h2_block *block;

	if (kind < H2_MEM_CLASSES && mem->spare[kind] != NULL) {
		block = mem->spare[kind];
		mem->spare[kind] = block->next;
		mem->spare_count[kind]--;
	} else {
		if (kind < H2_MEM_CLASSES)
			size = (size_t)SMALLEST << kind;
		if (size > SIZE_MAX - sizeof(*block))
			return NULL;
		block = malloc(sizeof(*block) + size);
		if (block == NULL)
			return NULL;
		block->size = size;
		clean_pages(block->data, size);
	}
	link_used(mem, block);
	return block->data;
}

void h2_mem_free(void *data, void *user)
{
	struct h2_mem *mem = user;
	struct h2_block *block;
	unsigned kind;

	if (data == NULL)
		return;
	block = block_of(data);
	unlink_used(mem, block);
	kind = class_of(block->size);
	if (kind == H2_MEM_CLASSES || mem->spare_count[kind] >= SPARE_MAX) {
		free(block);
		return;
	}
	block->next = mem->spare[kind];
	mem->spare[kind] = block;
	mem->spare_count[kind]++;
}

void *h2_mem_calloc(size_t n, size_t size, void *user)
{
	void *data;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	data = h2_mem_malloc(n * size, user);
	if (data != NULL)
		memset(data, 0, n * size);
	return data;
}

void *h2_mem_realloc(void *data, size_t size, void *user)
{
	void *copy;
	size_t old;

	if (data == NULL)
		return h2_mem_malloc(size, user);
	old = block_of(data)->size;
	if (size <= old)
		return data;
	copy = h2_mem_malloc(size, user);
	if (copy == NULL)
		return NULL;
	memcpy(copy, data, old);
	h2_mem_free(data, user);
	return copy;
}

static void free_list(struct h2_block *block)
{
	while (block != NULL) {
		struct h2_block *next = block->next;

		free(block);
		block = next;
	}
}

void h2_mem_trim(struct h2_mem *mem)
{
	for (unsigned i = 0; i < H2_MEM_CLASSES; i++) {
		free_list(mem->spare[i]);
		mem->spare[i] = NULL;
		mem->spare_count[i] = 0;
	}
}

void h2_mem_close(struct h2_mem *mem)
{
	h2_mem_trim(mem);
	free_list(mem->used);
	mem->used = NULL;
}
