/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "core/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t size = 0; size < 9000; size = size * 2 + 1) {
		unsigned char *piece = arena_alloc(arena, size);

		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
	}
	arena_free(arena);
	arena_free(NULL);
}

/* A large piece does not end the block that is being filled. */
static void pieces_do_not_overlap(void **state)
{
	struct arena *arena = arena_new(0);
	unsigned char *pieces[64];
	static const size_t sizes[] = {24, 5000, 100, 2048, 16};

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		pieces[i] = arena_alloc(arena, sizes[i % 5]);
		memset(pieces[i], (int)i, sizes[i % 5]);
	}
	for (size_t i = 0; i < 64; i++)
		for (size_t k = 0; k < sizes[i % 5]; k++)
			assert_int_equal(pieces[i][k], i);
	arena_free(arena);
}

static void limit_counts_all_pieces(void **state)
{
	struct arena *arena = arena_new(1000);

	(void)state;
	assert_non_null(arena_alloc(arena, 900));
	assert_null(arena_alloc(arena, 200));
	assert_non_null(arena_alloc(arena, 32));
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX - 8));
	assert_null(arena_calloc(arena, SIZE_MAX / 2, 4));
	assert_null(arena_strndup(arena, "x", SIZE_MAX));
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);
	assert_non_null(arena_alloc(arena, 900));
	arena_free(arena);
}

/* What is handed out again after a reset is zeroed again, large block or small. */
static void reset_zeroes(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t round = 0; round < 3; round++)
		for (size_t size = 64; size < 10000; size *= 4) {
			unsigned char *piece = arena_alloc(arena, size);

			for (size_t i = 0; i < size; i++)
				assert_int_equal(piece[i], 0);
			memset(piece, 0xee, size);
			arena_reset(arena);
		}
	arena_free(arena);
}

static void copies(void **state)
{
	struct arena *arena = arena_new(0);
	ProtobufCAllocator *allocator = arena_protobuf(arena);

	(void)state;
	assert_string_equal(arena_strdup(arena, "Funafuti"), "Funafuti");
	assert_string_equal(arena_strndup(arena, "Funafuti", 4), "Funa");
	assert_string_equal(arena_printf(arena, "%s-%d", "tv", 7), "tv-7");
	assert_memory_equal(arena_memdup(arena, "a\0b", 3), "a\0b", 3);
	assert_non_null(arena_memdup(arena, NULL, 0));
	assert_non_null(allocator->alloc(allocator->allocator_data, 10));
	allocator->free(allocator->allocator_data, NULL);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(limit_counts_all_pieces),
		cmocka_unit_test(reset_zeroes),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
