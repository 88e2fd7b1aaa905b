/* SPDX-License-Identifier: ISC
 *
 * Differences of matrices against a search through all rows.
 * CTest labels: sharing
 */
#include "core/matrix.h"
#include "core/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS_MOST 60

static const char *const words[] = {"a", "b", "c", "d"};

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static uint64_t draw(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

static char *word(uint64_t *seed, uint64_t below)
{
	return (char *)(uintptr_t)words[draw(seed, below)];
}

static void matrix_draw(uint64_t *seed, struct matrix *matrix)
{
	size_t n = draw(seed, ROWS_MOST);

	*matrix = (struct matrix){.max = ROWS_MOST};
	for (size_t i = 0; i < n; i++) {
		Pidc__V1__MatrixRow *row = matrix_push(matrix, arena);

		assert_non_null(row);
		row->capacity = (Pidc__V1__Capacity)draw(seed, 2);
		row->action = (Pidc__V1__Action)draw(seed, 2);
		row->purpose = word(seed, 2);
		row->dataset_id = word(seed, 3);
		row->contribution_id = word(seed, 2);
		row->fields = arena_calloc(arena, 4, sizeof(char *));
		assert_non_null(row->fields);
		for (size_t k = 0; k < 4; k++)
			if (draw(seed, 2) != 0)
				row->fields[row->n_fields++] = (char *)(uintptr_t)words[k];
	}
}

static bool is_in(const struct matrix *matrix, const Pidc__V1__MatrixRow *at, const char *field)
{
	for (size_t i = 0; i < matrix->count; i++) {
		const Pidc__V1__MatrixRow *row = matrix->rows[i];

		if (row->capacity != at->capacity || row->action != at->action ||
		    strcmp(row->purpose, at->purpose) != 0 ||
		    strcmp(row->dataset_id, at->dataset_id) != 0 ||
		    strcmp(row->contribution_id, at->contribution_id) != 0)
			continue;
		for (size_t k = 0; k < row->n_fields; k++)
			if (strcmp(row->fields[k], field) == 0)
				return true;
	}
	return false;
}

/* Walks through what has to come out, in the order of `more`. */
static void check(const struct matrix *more, const struct matrix *less, const struct matrix *got)
{
	size_t next = 0;

	for (size_t i = 0; i < more->count; i++) {
		size_t field = 0;

		for (size_t k = 0; k < more->rows[i]->n_fields; k++) {
			if (is_in(less, more->rows[i], more->rows[i]->fields[k]))
				continue;
			assert_true(next < got->count);
			assert_true(field < got->rows[next]->n_fields);
			assert_string_equal(got->rows[next]->fields[field++],
					    more->rows[i]->fields[k]);
			assert_string_equal(got->rows[next]->dataset_id, more->rows[i]->dataset_id);
		}
		if (field == 0)
			continue;
		assert_int_equal(got->rows[next]->n_fields, field);
		next++;
	}
	assert_int_equal(next, got->count);
}

static void test_as_a_search_through_all_rows(void **state)
{
	uint64_t seed = 20261124;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct matrix more, less, got = {.max = ROWS_MOST};

		matrix_draw(&seed, &more);
		matrix_draw(&seed, &less);
		assert_int_equal(matrix_difference(&more, &less, arena, &got), 0);
		assert_false(got.is_cut);
		check(&more, &less, &got);
	}
}

static void test_a_full_answer_says_so(void **state)
{
	struct matrix more = {.max = 4}, less = {.max = 4}, got = {.max = 2};
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 3; i++) {
		Pidc__V1__MatrixRow *row = matrix_push(&more, arena);

		assert_non_null(row);
		row->fields = arena_calloc(arena, 1, sizeof(char *));
		assert_non_null(row->fields);
		row->fields[row->n_fields++] = word(&seed, 1);
	}
	assert_int_equal(matrix_difference(&more, &less, arena, &got), 0);
	assert_int_equal(got.count, 2);
	assert_true(got.is_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_a_search_through_all_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_answer_says_so, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
