/* SPDX-License-Identifier: ISC
 *
 * Cells as bytes: how floors are kept, and how rows are blanked.
 */
#include "core/cell.h"
#include "core/message.h"

#include <stdlib.h>
#include <string.h>

/* The shortest value takes two bytes. */
static size_t elements_max(size_t len)
{
	return len / 2 + 1;
}

static int column_unpack(const ProtobufCBinaryData *data, struct arena *arena,
			 Pidc__V1__ContentColumn **ret, struct pidc_error *err)
{
	ProtobufCMessage *message = NULL;
	int rc = message_unpack(&pidc__v1__content_column__descriptor, data->data, data->len,
				elements_max(data->len), arena, &message, err);

	if (rc == 0)
		*ret = (Pidc__V1__ContentColumn *)message;
	return rc;
}

int cells_pack(const struct cells *cells, struct arena *arena, ProtobufCBinaryData *ret)
{
	static char field[] = CELL_FIELD;
	Pidc__V1__ContentColumn column = PIDC__V1__CONTENT_COLUMN__INIT;

	column.field = field;
	column.values = arena_calloc(arena, cells->row_count, sizeof(char *));
	if (column.values == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < cells->row_count; i++) {
		column.values[i] = arena_printf(arena, "%u", cells->floors[i]);
		if (column.values[i] == NULL)
			return PIDC_ENOMEM;
	}
	column.n_values = cells->row_count;
	return message_pack(&column.base, arena, ret);
}

int cells_unpack(const ProtobufCBinaryData *data, struct arena *arena, struct cells *ret,
		 struct pidc_error *err)
{
	Pidc__V1__ContentColumn *column = NULL;
	int rc = column_unpack(data, arena, &column, err);

	if (rc == 0 && strcmp(column->field, CELL_FIELD) != 0)
		rc = PIDC_EINVAL;
	if (rc != 0)
		return rc == PIDC_EINVAL ? pidc_fail(err, PIDC_EINTEGRITY, "kept cells") : rc;
	*ret = (struct cells){.floors = arena_calloc(arena, column->n_values, sizeof(uint32_t)),
			      .row_count = column->n_values,
			      .lowest = CELL_FLOOR_NONE};
	if (ret->floors == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < ret->row_count; i++) {
		ret->floors[i] = (uint32_t)strtoul(column->values[i], NULL, 10);
		ret->lowest = ret->floors[i] < ret->lowest ? ret->floors[i] : ret->lowest;
		ret->highest = ret->floors[i] > ret->highest ? ret->floors[i] : ret->highest;
	}
	return 0;
}

int cells_suppress(const struct cells *cells, uint32_t min_cell, struct arena *arena,
		   ProtobufCBinaryData *data, struct pidc_error *err)
{
	static char none[] = "";
	Pidc__V1__ContentColumn *column = NULL;
	int rc = column_unpack(data, arena, &column, err);

	if (rc == 0 && column->n_values != cells->row_count)
		rc = PIDC_EINVAL;
	if (rc != 0)
		return rc == PIDC_EINVAL ? pidc_fail(err, PIDC_EINTEGRITY, "kept column") : rc;
	for (size_t i = 0; i < column->n_values; i++)
		if (cells->floors[i] < min_cell)
			column->values[i] = none;
	return message_pack(&column->base, arena, data);
}

int cells_of_columns(const Pidc__V1__Dataset *dataset, const ProtobufCBinaryData *columns,
		     size_t count, struct arena *arena, struct cells *ret_cells,
		     ProtobufCBinaryData *ret)
{
	Pidc__V1__ContentColumn **parsed = arena_calloc(arena, count, sizeof(*parsed));
	bool is_counting = false;
	int rc = parsed == NULL ? PIDC_ENOMEM : 0;

	*ret = (ProtobufCBinaryData){0, NULL};
	*ret_cells = (struct cells){.lowest = CELL_FLOOR_NONE};
	for (size_t i = 0; i < dataset->n_fields; i++)
		is_counting = is_counting || dataset->fields[i]->is_count;
	if (rc < 0 || !is_counting || count == 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = column_unpack(&columns[i], arena, &parsed[i], NULL);
	if (rc == 0)
		rc = cells_compute(dataset, parsed, count, parsed[0]->n_values, arena, ret_cells);
	if (rc == 0 && ret_cells->floors != NULL)
		rc = cells_pack(ret_cells, arena, ret);
	return rc;
}
