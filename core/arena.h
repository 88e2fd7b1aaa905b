/* SPDX-License-Identifier: ISC
 *
 * A bump allocator with a limit: everything that one call, one batch or one
 * command needs comes from one arena and goes in one stroke. It also serves
 * protobuf-c, whose unpack would otherwise call malloc once a field.
 *
 * Not thread-safe: an arena belongs to one thread at a time (it moves with its
 * call from the loop to a lane worker and back).
 */
#pragma once

#include "core/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

struct arena;

/* A new arena that hands out at most limit bytes in all (0: no limit of its
 * own, for batches that are bounded elsewhere). NULL when memory is short. */
struct arena *arena_new(size_t limit) PIDC_MUSTCHECK;

/* Free the arena and everything in it. NULL is fine. */
void arena_free(struct arena *arena);

/* Give everything back but keep one block, so that the next use is cheap. */
void arena_reset(struct arena *arena);

/* Zeroed memory aligned for any type; lives until reset or free. NULL when the
 * limit is reached or memory is short. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) PIDC_MUSTCHECK;

/* n times size, checked for overflow, else as arena_alloc. */
void *arena_calloc(struct arena *arena, size_t n, size_t size) PIDC_MUSTCHECK;

/* Copies in the arena. arena_memdup(…, NULL, 0) gives a valid pointer. */
char *arena_strdup(struct arena *arena, const char *s) PIDC_MUSTCHECK;
char *arena_strndup(struct arena *arena, const char *s, size_t len) PIDC_MUSTCHECK;
void *arena_memdup(struct arena *arena, const void *data, size_t len) PIDC_MUSTCHECK;
char *arena_printf(struct arena *arena, const char *fmt, ...) PIDC_PRINTF(2, 3) PIDC_MUSTCHECK;

/* Bytes handed out since birth or the last reset. */
size_t arena_used(const struct arena *arena);

/* The arena as protobuf-c allocator (its free does nothing). Borrowed; valid
 * as long as the arena. */
ProtobufCAllocator *arena_protobuf(struct arena *arena);

/* A new, initialized message of this type in the arena; NULL when memory is short. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *descriptor,
			      struct arena *arena) PIDC_MUSTCHECK;
