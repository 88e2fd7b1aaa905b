/* SPDX-License-Identifier: ISC
 *
 * What one matrix has that another has not. Rows of a place, with whatever consent, are
 * found by halving and their fields put in order once a place: matrices of thousands of
 * rows are compared while somebody waits.
 */
#include "core/matrix.h"

#include <stdlib.h>
#include <string.h>

struct lookup {
	const Pidc__V1__MatrixRow **rows; /* by place */
	size_t count;
	/* Of the place that was asked for last. */
	const Pidc__V1__MatrixRow *place;
	const char **fields; /* in order */
	size_t field_count;
	struct arena *arena;
};

static int place_compare(const Pidc__V1__MatrixRow *a, const Pidc__V1__MatrixRow *b)
{
	int order = strcmp(a->dataset_id, b->dataset_id);

	if (order == 0)
		order = strcmp(a->contribution_id, b->contribution_id);
	if (order == 0)
		order = strcmp(a->purpose, b->purpose);
	if (order == 0 && a->action != b->action)
		order = a->action < b->action ? -1 : 1;
	if (order == 0 && a->capacity != b->capacity)
		order = a->capacity < b->capacity ? -1 : 1;
	return order;
}

static int rows_compare(const void *a, const void *b)
{
	return place_compare(*(const Pidc__V1__MatrixRow *const *)a,
			     *(const Pidc__V1__MatrixRow *const *)b);
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int lookup_init(struct lookup *lookup, const struct matrix *matrix, struct arena *arena)
{
	*lookup = (struct lookup){.count = matrix->count, .arena = arena};
	lookup->rows = arena_calloc(arena, matrix->count + 1, sizeof(*lookup->rows));
	if (lookup->rows == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < matrix->count; i++)
		lookup->rows[i] = matrix->rows[i];
	qsort(lookup->rows, lookup->count, sizeof(*lookup->rows), rows_compare);
	return 0;
}

/* The first row that is not before the place. */
static size_t lower_bound(const struct lookup *lookup, const Pidc__V1__MatrixRow *place)
{
	size_t low = 0, high = lookup->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place_compare(lookup->rows[middle], place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Turn to a place: its fields, of all its rows. */
static int lookup_turn(struct lookup *lookup, const Pidc__V1__MatrixRow *place)
{
	size_t start, end, room = 0;

	if (lookup->place != NULL && place_compare(lookup->place, place) == 0)
		return 0;
	start = end = lower_bound(lookup, place);
	while (end < lookup->count && place_compare(lookup->rows[end], place) == 0)
		room += lookup->rows[end++]->n_fields;
	lookup->fields = arena_calloc(lookup->arena, room + 1, sizeof(*lookup->fields));
	if (lookup->fields == NULL)
		return PIDC_ENOMEM;
	lookup->place = place;
	lookup->field_count = 0;
	for (size_t i = start; i < end; i++)
		for (size_t k = 0; k < lookup->rows[i]->n_fields; k++)
			lookup->fields[lookup->field_count++] = lookup->rows[i]->fields[k];
	qsort(lookup->fields, lookup->field_count, sizeof(*lookup->fields), text_compare);
	return 0;
}

static bool lookup_has(const struct lookup *lookup, const char *field)
{
	return lookup->field_count > 0 && bsearch(&field, lookup->fields, lookup->field_count,
						  sizeof(*lookup->fields), text_compare) != NULL;
}

static int row_add(const Pidc__V1__MatrixRow *row, char **fields, size_t count, struct arena *arena,
		   struct matrix *ret)
{
	Pidc__V1__MatrixRow *added;

	if (ret->count >= ret->max) {
		ret->is_cut = true;
		return 0;
	}
	added = matrix_push(ret, arena);
	if (added == NULL)
		return PIDC_ENOMEM;
	*added = *row;
	added->fields = fields;
	added->n_fields = count;
	return 0;
}

int matrix_difference(const struct matrix *more, const struct matrix *less, struct arena *arena,
		      struct matrix *ret)
{
	struct lookup lookup;
	int rc = lookup_init(&lookup, less, arena);

	for (size_t i = 0; rc == 0 && !ret->is_cut && i < more->count; i++) {
		const Pidc__V1__MatrixRow *row = more->rows[i];
		char **fields = arena_calloc(arena, row->n_fields + 1, sizeof(*fields));
		size_t count = 0;

		rc = fields == NULL ? PIDC_ENOMEM : lookup_turn(&lookup, row);
		for (size_t k = 0; rc == 0 && k < row->n_fields; k++)
			if (!lookup_has(&lookup, row->fields[k]))
				fields[count++] = row->fields[k];
		if (rc == 0 && count > 0)
			rc = row_add(row, fields, count, arena, ret);
	}
	return rc;
}
