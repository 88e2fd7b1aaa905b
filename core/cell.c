/* SPDX-License-Identifier: ISC */
#include "core/cell.h"

#include <stdlib.h>
#include <string.h>

/* Dimensions have a bit each. */
#define DIMENSIONS_MAX 64

struct table {
	const Pidc__V1__ContentColumn *dimensions[DIMENSIONS_MAX];
	size_t dimension_count;
	bool is_too_wide;
	uint64_t *blanks; /* of each row: its empty dimensions */
	uint32_t *own;    /* of each row: its smallest count */
	bool has_counts;
};

/* A row, compared with others by some of its dimensions. */
struct key {
	const struct table *table;
	uint64_t ignored;
	uint32_t row;
};

static const Pidc__V1__DatasetField *field_find(const Pidc__V1__Dataset *dataset, const char *name)
{
	for (size_t i = 0; i < dataset->n_fields; i++)
		if (strcmp(dataset->fields[i]->name, name) == 0)
			return dataset->fields[i];
	return NULL;
}

/* What rows are told apart by; numbers are what they say. */
static bool is_dimension(const Pidc__V1__DatasetField *field)
{
	return field->type != PIDC__V1__FIELD_TYPE__FIELD_TYPE_INTEGER &&
	       field->type != PIDC__V1__FIELD_TYPE__FIELD_TYPE_DECIMAL;
}

/* 0 for none; less than none is taken as one person. */
static uint32_t count_read(const char *value)
{
	unsigned long long count;

	if (value[0] == '-')
		return value[strspn(value, "-0")] == '\0' ? 0 : 1;
	count = strtoull(value, NULL, 10); /* digits only: checked at submission */
	return count >= CELL_FLOOR_NONE ? CELL_FLOOR_NONE - 1 : (uint32_t)count;
}

static void counts_add(struct table *table, const Pidc__V1__ContentColumn *column)
{
	table->has_counts = true;
	for (size_t i = 0; i < column->n_values; i++) {
		uint32_t count = count_read(column->values[i]);

		if (count != 0 && count < table->own[i])
			table->own[i] = count;
	}
}

static void dimension_add(struct table *table, const Pidc__V1__ContentColumn *column)
{
	if (table->dimension_count == DIMENSIONS_MAX) {
		table->is_too_wide = true;
		return;
	}
	for (size_t i = 0; i < column->n_values; i++)
		if (column->values[i][0] == '\0')
			table->blanks[i] |= UINT64_C(1) << table->dimension_count;
	table->dimensions[table->dimension_count++] = column;
}

static int table_read(const Pidc__V1__Dataset *dataset, Pidc__V1__ContentColumn *const *columns,
		      size_t column_count, size_t row_count, struct arena *arena,
		      struct table *table)
{
	*table = (struct table){.blanks = arena_calloc(arena, row_count, sizeof(uint64_t)),
				.own = arena_calloc(arena, row_count, sizeof(uint32_t))};
	if (table->blanks == NULL || table->own == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < row_count; i++)
		table->own[i] = CELL_FLOOR_NONE;
	for (size_t i = 0; i < column_count; i++) {
		const Pidc__V1__DatasetField *field = field_find(dataset, columns[i]->field);

		if (field == NULL || columns[i]->n_values != row_count)
			continue;
		if (field->is_count)
			counts_add(table, columns[i]);
		else if (is_dimension(field))
			dimension_add(table, columns[i]);
	}
	return 0;
}

static int key_compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = 0;

	for (size_t i = 0; i < x->table->dimension_count && order == 0; i++)
		if (!(x->ignored >> i & 1))
			order = strcmp(x->table->dimensions[i]->values[x->row],
				       x->table->dimensions[i]->values[y->row]);
	return order;
}

/* The first of the sorted keys that is not before this one. */
static size_t key_lower_bound(const struct key *keys, size_t count, const struct key *key)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (key_compare(&keys[middle], key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Totals with just these dimensions empty take the floors of the rows that they contain.
 * Equal totals are one: the first of them collects for all. */
static void totals_collect(const struct table *table, uint64_t blanks, struct key *keys,
			   struct cells *cells)
{
	size_t count = 0, first = 0;

	for (uint32_t i = 0; i < cells->row_count; i++)
		if (table->blanks[i] == blanks)
			keys[count++] = (struct key){table, blanks, i};
	qsort(keys, count, sizeof(*keys), key_compare);
	for (uint32_t i = 0; i < cells->row_count; i++) {
		const struct key key = {table, blanks, i};
		size_t at;

		if (table->own[i] == CELL_FLOOR_NONE || (table->blanks[i] & ~blanks) != 0)
			continue;
		at = key_lower_bound(keys, count, &key);
		if (at < count && key_compare(&keys[at], &key) == 0 &&
		    table->own[i] < cells->floors[keys[at].row])
			cells->floors[keys[at].row] = table->own[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (key_compare(&keys[first], &keys[i]) != 0)
			first = i;
		cells->floors[keys[i].row] = cells->floors[keys[first].row];
	}
}

/* The different sets of empty dimensions; false when there are too many. */
static bool patterns_find(const struct table *table, size_t row_count,
			  uint64_t patterns[CELL_PATTERNS_MAX], size_t *ret_count)
{
	size_t count = 0;

	for (size_t i = 0; i < row_count; i++) {
		size_t k = 0;

		while (k < count && patterns[k] != table->blanks[i])
			k++;
		if (k < count)
			continue;
		if (count == CELL_PATTERNS_MAX)
			return false;
		patterns[count++] = table->blanks[i];
	}
	*ret_count = count;
	return true;
}

static int floors_fill(const struct table *table, struct arena *arena, struct cells *cells)
{
	uint64_t patterns[CELL_PATTERNS_MAX];
	size_t count = 0;
	struct key *keys;

	for (size_t i = 0; i < cells->row_count; i++) {
		cells->lowest = table->own[i] < cells->lowest ? table->own[i] : cells->lowest;
		cells->floors[i] = CELL_FLOOR_NONE;
	}
	if (cells->row_count > CELL_ROWS_MAX || table->is_too_wide ||
	    !patterns_find(table, cells->row_count, patterns, &count)) {
		for (size_t i = 0; i < cells->row_count; i++)
			cells->floors[i] = cells->lowest;
		return 0;
	}
	keys = arena_calloc(arena, cells->row_count, sizeof(*keys));
	if (keys == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < count; i++)
		totals_collect(table, patterns[i], keys, cells);
	return 0;
}

int cells_compute(const Pidc__V1__Dataset *dataset, Pidc__V1__ContentColumn *const *columns,
		  size_t column_count, size_t row_count, struct arena *arena, struct cells *ret)
{
	struct table table;
	int rc = table_read(dataset, columns, column_count, row_count, arena, &table);

	*ret = (struct cells){.lowest = CELL_FLOOR_NONE};
	if (rc < 0 || !table.has_counts)
		return rc;
	ret->row_count = row_count;
	ret->floors = arena_calloc(arena, row_count, sizeof(*ret->floors));
	if (ret->floors == NULL)
		return PIDC_ENOMEM;
	rc = floors_fill(&table, arena, ret);
	for (size_t i = 0; i < row_count; i++)
		if (ret->floors[i] > ret->highest)
			ret->highest = ret->floors[i];
	return rc;
}

uint32_t cells_suppressed(const struct cells *cells, uint32_t min_cell)
{
	uint32_t count = 0;

	for (size_t i = 0; i < cells->row_count; i++)
		count += cells->floors[i] < min_cell;
	return count;
}
