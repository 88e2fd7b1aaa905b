/* SPDX-License-Identifier: ISC
 *
 * Suppression of small cells in a released chunk, on its way out.
 */
#include "core/cell.h"
#include "core/rule_check.h"
#include "daemon/service/internal.h"

#include <string.h>

static bool has_digest(const ProtobufCBinaryData *data, const ProtobufCBinaryData *digest)
{
	uint8_t found[SHA256_LEN];

	sha256(&(struct bytes){data->data, data->len}, 1, found);
	return digest->len == SHA256_LEN && memcmp(found, digest->data, SHA256_LEN) == 0;
}

static int item_suppress(Pidc__V1__FetchedItem *item, const Pidc__Store__V1__CellRow *row,
			 struct arena *arena, struct pidc_error *err)
{
	struct cells cells;
	int rc;

	if (!has_digest(&row->content, &row->digest) || item->n_columns != row->n_fields ||
	    row->n_column_digests != row->n_fields)
		return pidc_fail(err, PIDC_EINTEGRITY, "kept cells of %s are not what they were",
				 row->contribution_id);
	rc = cells_unpack(&row->content, arena, &cells, err);
	for (size_t i = 0; rc == 0 && i < item->n_columns; i++) {
		if (!has_digest(&item->columns[i], &row->column_digests[i]))
			return pidc_fail(err, PIDC_EINTEGRITY,
					 "kept content of %s is not what it was",
					 row->contribution_id);
		if (list_has(row->measures, row->n_measures, row->fields[i]))
			rc = cells_suppress(&cells, row->min_cell, arena, &item->columns[i], err);
	}
	if (rc == 0)
		item->suppressed_rows = cells_suppressed(&cells, row->min_cell);
	return rc;
}

int rows_suppress(Pidc__V1__FetchResponse *reply, const Pidc__Store__V1__CellRows *cells,
		  struct arena *arena, struct pidc_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < cells->n_cells; i++)
		for (size_t k = 0; rc == 0 && k < reply->n_items; k++)
			if (strcmp(reply->items[k]->contribution_id,
				   cells->cells[i]->contribution_id) == 0)
				rc = item_suppress(reply->items[k], cells->cells[i], arena, err);
	return rc;
}
