/* SPDX-License-Identifier: ISC */
#include "core/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small calls fit the first block; with hundreds of them in flight its size decides what
 * stays in the processor's cache. The next ones are a page less malloc's own header, and
 * then as much again as there is, up to what malloc still takes from its heap. */
#define BLOCK_FIRST ((size_t)2048 - 64)
#define BLOCK_SIZE  ((size_t)4096 - 64)
#define BLOCK_MAX   ((size_t)65536 - 64)
/* Larger requests get a block of their own size. */
#define BLOCK_MAX_SHARED (BLOCK_SIZE / 2)

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *blocks; /* the first one is the one being filled */
	size_t limit;
	size_t used;
	ProtobufCAllocator allocator;
};

static void *protobuf_alloc(void *data, size_t size)
{
	return arena_alloc(data, size);
}

static void protobuf_free(void *data, void *pointer)
{
	(void)data;
	(void)pointer;
}

struct arena *arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->limit = limit;
	arena->allocator.alloc = protobuf_alloc;
	arena->allocator.free = protobuf_free;
	arena->allocator.allocator_data = arena;
	return arena;
}

static void blocks_free(struct block *block)
{
	while (block != NULL) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	blocks_free(arena->blocks);
	free(arena);
}

void arena_reset(struct arena *arena)
{
	if (arena->blocks != NULL) {
		blocks_free(arena->blocks->next);
		arena->blocks->next = NULL;
		if (arena->blocks->size > BLOCK_SIZE) {
			free(arena->blocks);
			arena->blocks = NULL;
		} else {
			memset(arena->blocks->data, 0, arena->blocks->used);
			arena->blocks->used = 0;
		}
	}
	arena->used = 0;
}

static struct block *block_push(struct arena *arena, size_t need)
{
	struct block *block;
	size_t size = arena->used;

	if (arena->blocks == NULL && need <= BLOCK_FIRST)
		size = BLOCK_FIRST;
	else if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	else if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (need > BLOCK_MAX_SHARED)
		size = need;
	block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	/* A block made for one large piece goes behind the one being filled. */
	if (need > BLOCK_MAX_SHARED && arena->blocks != NULL) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *block = arena->blocks;
	void *piece;

	if (size > SIZE_MAX - align)
		return NULL;
	size = size == 0 ? align : (size + align - 1) / align * align;
	if (arena->limit != 0 && (arena->used > arena->limit || size > arena->limit - arena->used))
		return NULL;
	if (block == NULL || block->size - block->used < size) {
		block = block_push(arena, size);
		if (block == NULL)
			return NULL;
	}
	piece = block->data + block->used;
	block->used += size;
	arena->used += size;
	return piece;
}

void *arena_calloc(struct arena *arena, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, n * size);
}

void *arena_memdup(struct arena *arena, const void *data, size_t len)
{
	void *copy = arena_alloc(arena, len);

	if (copy != NULL && len != 0)
		memcpy(copy, data, len);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, len + 1);
	if (copy != NULL && len != 0)
		memcpy(copy, s, len);
	return copy; /* arena memory is zeroed: the NUL is there */
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	int len;
	char *text;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

ProtobufCAllocator *arena_protobuf(struct arena *arena)
{
	return &arena->allocator;
}

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *descriptor, struct arena *arena)
{
	ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);

	if (message != NULL)
		descriptor->message_init(message);
	return message;
}
