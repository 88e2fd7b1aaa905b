/* SPDX-License-Identifier: ISC
 *
 * Cells: floors against their definition, suppression against somebody who tries every
 * table that fits what was published.
 * CTest labels: sharing
 */
#include "core/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE(name)  PIDC__V1__FIELD_TYPE__FIELD_TYPE_##name
#define ROWS_MAX    16
#define COLUMNS_MAX 6

/* A table under test: columns "a".."d" are dimensions, "m", "n" count, "x" measures. */
struct sample {
	Pidc__V1__Dataset dataset;
	Pidc__V1__DatasetField fields[7], *field_list[7];
	Pidc__V1__ContentColumn columns[COLUMNS_MAX], *list[COLUMNS_MAX];
	char *values[COLUMNS_MAX][ROWS_MAX];
	size_t rows;
	size_t count;
};

static struct arena *arena;
static uint64_t seed;

static int setup(void **state)
{
	(void)state;
	seed = 20260615;
	arena = arena_new(0);
	return arena == NULL;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % n;
}

static void sample_init(struct sample *sample)
{
	static const char *const names[] = {"a", "b", "c", "d", "m", "n", "x"};

	memset(sample, 0, sizeof(*sample));
	pidc__v1__dataset__init(&sample->dataset);
	for (size_t i = 0; i < 7; i++) {
		pidc__v1__dataset_field__init(&sample->fields[i]);
		sample->fields[i].name = arena_strdup(arena, names[i]);
		sample->fields[i].type = i < 4 ? TYPE(CODE) : TYPE(INTEGER);
		sample->fields[i].is_count = i == 4 || i == 5;
		sample->field_list[i] = &sample->fields[i];
	}
	sample->dataset.fields = sample->field_list;
	sample->dataset.n_fields = 7;
}

static void column_add(struct sample *sample, const char *name)
{
	Pidc__V1__ContentColumn *column = &sample->columns[sample->count];

	pidc__v1__content_column__init(column);
	column->field = arena_strdup(arena, name);
	column->values = sample->values[sample->count];
	column->n_values = sample->rows;
	sample->list[sample->count++] = column;
}

static void value_set(struct sample *sample, size_t column, size_t row, const char *value)
{
	sample->values[column][row] = arena_strdup(arena, value);
	assert_non_null(sample->values[column][row]);
}

static struct cells compute(const struct sample *sample)
{
	struct cells cells;

	assert_int_equal(cells_compute(&sample->dataset, sample->list, sample->count, sample->rows,
				       arena, &cells),
			 0);
	return cells;
}

/* --- the definition ---------------------------------------------------------------- */

static bool contains(const struct sample *sample, size_t dimensions, size_t total, size_t row)
{
	for (size_t i = 0; i < dimensions; i++)
		if (sample->values[i][total][0] != '\0' &&
		    strcmp(sample->values[i][total], sample->values[i][row]) != 0)
			return false;
	return true;
}

static uint32_t floor_by_definition(const struct sample *sample, size_t dimensions, size_t row)
{
	uint32_t floor = CELL_FLOOR_NONE;

	for (size_t i = 0; i < sample->rows; i++) {
		if (!contains(sample, dimensions, row, i))
			continue;
		for (size_t k = dimensions; k < sample->count; k++) {
			uint32_t count = (uint32_t)strtoul(sample->values[k][i], NULL, 10);

			if (count != 0 && count < floor)
				floor = count;
		}
	}
	return floor;
}

/* Any rows whatever: equal ones, totals without parts, counts that do not add up. */
static size_t sample_fill(struct sample *sample)
{
	static const char *const codes[] = {"", "FJ", "WS", "TO"};
	size_t dimensions = 1 + random_below(3);
	char text[16];

	sample_init(sample);
	sample->rows = 1 + random_below(ROWS_MAX);
	for (size_t i = 0; i < dimensions; i++)
		column_add(sample, (const char[]){(char)('a' + i), '\0'});
	column_add(sample, "m");
	if (random_below(2) == 0)
		column_add(sample, "n");
	for (size_t r = 0; r < sample->rows; r++) {
		for (size_t i = 0; i < dimensions; i++)
			value_set(sample, i, r, codes[random_below(4)]);
		for (size_t i = dimensions; i < sample->count; i++) {
			snprintf(text, sizeof(text), "%u", random_below(9));
			value_set(sample, i, r, random_below(8) == 0 ? "" : text);
		}
	}
	return dimensions;
}

static void floors_are_what_they_are_defined_to_be(void **state)
{
	(void)state;
	for (int n = 0; n < 3000; n++) {
		struct sample sample;
		size_t dimensions = sample_fill(&sample);
		struct cells cells = compute(&sample);

		assert_int_equal(cells.row_count, sample.rows);
		for (size_t r = 0; r < sample.rows; r++)
			assert_int_equal(cells.floors[r],
					 floor_by_definition(&sample, dimensions, r));
		arena_reset(arena);
	}
}

/* --- somebody who tries everything --------------------------------------------------- */

#define SIDE  2
#define CELLS (SIDE * SIDE)
#define MOST  7 /* persons in a cell, as far as the attacker looks */

/* Row r of the full table of SIDE x SIDE with all its totals: index 0 is the total. */
static bool is_part(size_t row, size_t cell)
{
	size_t a = row / (SIDE + 1), b = row % (SIDE + 1);

	return (a == 0 || a - 1 == cell / SIDE) && (b == 0 || b - 1 == cell % SIDE);
}

static void full_table(struct sample *sample, const unsigned truth[CELLS])
{
	static const char *const codes[] = {"", "FJ", "WS"};
	char text[16];

	sample_init(sample);
	sample->rows = (SIDE + 1) * (SIDE + 1);
	column_add(sample, "a");
	column_add(sample, "b");
	column_add(sample, "m");
	for (size_t r = 0; r < sample->rows; r++) {
		unsigned sum = 0;

		for (size_t c = 0; c < CELLS; c++)
			sum += is_part(r, c) ? truth[c] : 0;
		value_set(sample, 0, r, codes[r / (SIDE + 1)]);
		value_set(sample, 1, r, codes[r % (SIDE + 1)]);
		snprintf(text, sizeof(text), "%u", sum);
		value_set(sample, 2, r, text);
	}
}

static bool fits(const struct sample *sample, const struct cells *cells, uint32_t min_cell,
		 const unsigned guess[CELLS])
{
	for (size_t r = 0; r < sample->rows; r++) {
		unsigned long sum = 0;

		if (cells->floors[r] < min_cell)
			continue;
		for (size_t c = 0; c < CELLS; c++)
			sum += is_part(r, c) ? guess[c] : 0;
		if (sum != strtoul(sample->values[2][r], NULL, 10))
			return false;
	}
	return true;
}

/* seen[c] has a bit for each value that cell c can have. */
static void attack(const struct sample *sample, const struct cells *cells, uint32_t min_cell,
		   unsigned seen[CELLS])
{
	unsigned guess[CELLS] = {0};
	size_t at = 0;

	memset(seen, 0, CELLS * sizeof(*seen));
	while (at < CELLS) {
		if (fits(sample, cells, min_cell, guess))
			for (size_t c = 0; c < CELLS; c++)
				seen[c] |= 1U << guess[c];
		for (at = 0; at < CELLS && ++guess[at] > MOST; at++)
			guess[at] = 0;
	}
}

/* What is small can be anything, as far as anybody can tell; complementary suppression is
 * what makes it so. */
static void no_small_cell_can_be_worked_out(void **state)
{
	const uint32_t min_cell = 4;

	(void)state;
	for (int n = 0; n < 40; n++) {
		unsigned truth[CELLS], seen[CELLS];
		struct sample sample;
		struct cells cells;

		for (size_t c = 0; c < CELLS; c++)
			truth[c] = random_below(MOST + 1);
		full_table(&sample, truth);
		cells = compute(&sample);
		attack(&sample, &cells, min_cell, seen);
		for (size_t c = 0; c < CELLS; c++) {
			assert_true(seen[c] >> truth[c] & 1);
			if (truth[c] != 0 && truth[c] < min_cell)
				assert_int_equal(seen[c], (1U << (MOST + 1)) - 1);
		}
		arena_reset(arena);
	}
}

/* Without the totals taken along, the attacker would win: the test can fail. */
static void primary_suppression_alone_gives_cells_away(void **state)
{
	const unsigned truth[CELLS] = {1, 7, 7, 7};
	unsigned seen[CELLS];
	struct sample sample;
	struct cells cells;

	(void)state;
	full_table(&sample, truth);
	cells = compute(&sample);
	for (size_t r = 0; r < sample.rows; r++)
		cells.floors[r] = (uint32_t)strtoul(sample.values[2][r], NULL, 10);
	attack(&sample, &cells, 4, seen);
	assert_int_equal(seen[0], 1U << truth[0]);
}

/* --- limits --------------------------------------------------------------------------- */

static void odd_counts(void **state)
{
	static const char *const values[] = {"", "0", "-0", "-5", "99999999999999999999", "07"};
	static const uint32_t floors[] = {
		CELL_FLOOR_NONE, CELL_FLOOR_NONE, CELL_FLOOR_NONE, 1, CELL_FLOOR_NONE - 1, 7};
	struct sample sample;
	struct cells cells;

	(void)state;
	sample_init(&sample);
	sample.rows = 6;
	column_add(&sample, "a");
	column_add(&sample, "m");
	for (size_t r = 0; r < 6; r++) {
		char code[8];

		snprintf(code, sizeof(code), "C%zu", r);
		value_set(&sample, 0, r, code);
		value_set(&sample, 1, r, values[r]);
	}
	cells = compute(&sample);
	for (size_t r = 0; r < 6; r++)
		assert_int_equal(cells.floors[r], floors[r]);
	assert_int_equal(cells.lowest, 1);
	assert_int_equal(cells.highest, CELL_FLOOR_NONE);
	sample.fields[4].is_count = 0; /* nothing counts persons */
	assert_null(compute(&sample).floors);
}

/* Too large to look at row by row: every row gets the smallest floor, never a higher. */
static void large_tables_are_taken_as_one(void **state)
{
	enum { ROWS = CELL_ROWS_MAX + 1 };
	char **codes = arena_calloc(arena, ROWS, sizeof(char *));
	char **counts = arena_calloc(arena, ROWS, sizeof(char *));
	struct sample sample;
	struct cells cells;

	(void)state;
	sample_init(&sample);
	column_add(&sample, "a");
	column_add(&sample, "m");
	sample.columns[0].values = codes;
	sample.columns[1].values = counts;
	sample.columns[0].n_values = sample.columns[1].n_values = sample.rows = ROWS;
	for (size_t r = 0; r < ROWS; r++) {
		codes[r] = arena_printf(arena, "%zu", r);
		counts[r] = arena_printf(arena, "%zu", r + 5);
	}
	cells = compute(&sample);
	for (size_t r = 0; r < ROWS; r++)
		assert_int_equal(cells.floors[r], 5);
	sample.columns[0].n_values = sample.columns[1].n_values = sample.rows = ROWS - 1;
	cells = compute(&sample);
	assert_int_equal(cells.floors[ROWS - 2], ROWS - 2 + 5);
	assert_int_equal(cells_suppressed(&cells, 7), 2);
}

/* --- bytes ----------------------------------------------------------------------------- */

static void rows_are_blanked_and_nothing_else(void **state)
{
	static char field[] = "m";
	char *values[] = {"3", "8", "0"};
	uint32_t floors[] = {3, 8, CELL_FLOOR_NONE};
	struct cells cells = {floors, 3, 3, CELL_FLOOR_NONE}, back;
	Pidc__V1__ContentColumn column = PIDC__V1__CONTENT_COLUMN__INIT, *read;
	ProtobufCBinaryData data, kept;
	struct pidc_error err = {0};

	(void)state;
	column.field = field;
	column.values = values;
	column.n_values = 3;
	data.len = pidc__v1__content_column__get_packed_size(&column);
	data.data = arena_alloc(arena, data.len);
	pidc__v1__content_column__pack(&column, data.data);
	assert_int_equal(cells_pack(&cells, arena, &kept), 0);
	assert_int_equal(cells_unpack(&kept, arena, &back, &err), 0);
	assert_int_equal(back.row_count, 3);
	assert_memory_equal(back.floors, floors, sizeof(floors));
	assert_int_equal(back.lowest, 3);
	assert_int_equal(cells_suppress(&back, 5, arena, &data, &err), 0);
	read = pidc__v1__content_column__unpack(arena_protobuf(arena), data.len, data.data);
	assert_non_null(read);
	assert_string_equal(read->field, "m");
	assert_string_equal(read->values[0], "");
	assert_string_equal(read->values[1], "8");
	assert_string_equal(read->values[2], "0");
	/* A column of other rows, or no column at all: somebody changed it. */
	back.row_count = 2;
	assert_int_equal(cells_suppress(&back, 5, arena, &data, &err), PIDC_EINTEGRITY);
	data.len--;
	assert_int_equal(cells_suppress(&cells, 5, arena, &data, &err), PIDC_EINTEGRITY);
	assert_int_equal(cells_unpack(&data, arena, &back, &err), PIDC_EINTEGRITY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(floors_are_what_they_are_defined_to_be),
		TEST(no_small_cell_can_be_worked_out),
		TEST(primary_suppression_alone_gives_cells_away),
		TEST(odd_counts),
		TEST(large_tables_are_taken_as_one),
		TEST(rows_are_blanked_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
