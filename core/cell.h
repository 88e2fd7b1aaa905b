/* SPDX-License-Identifier: ISC
 *
 * Disclosure control for aggregates (G11): which rows of a table rest on too few
 * persons, and which others would give them away.
 *
 * The *floor* of a row is the smallest number of persons, not 0, that any of its counts
 * or any count of a row within it says. A row *contains* another when each of its
 * dimensions is equal to the other's or empty: an empty dimension is the total over it.
 * A row may be published under MIN_CELL(n) when its floor is at least n. So a small cell
 * takes every total that it is part of with it, and no published number rests on it.
 *
 * Floors do not depend on n, nor on the fields that somebody asks for. They are worked out
 * once, when the contribution is submitted, kept beside its content and known to the ledger
 * by their digest; a release only compares.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/reason.h"
#include "pidc/v1/data.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/* Under this name floors lie beside the content: no field can have it. */
#define CELL_FIELD "#cells"

/* A row that counts nobody. */
#define CELL_FLOOR_NONE UINT32_MAX

/* Larger tables, or such with more kinds of totals, are not looked at row by row, since
 * the write batch waits: all their rows get the smallest floor. */
#define CELL_ROWS_MAX     4096
#define CELL_PATTERNS_MAX 16

struct cells {
	uint32_t *floors; /* one a row; NULL: nothing counts persons here */
	size_t row_count;
	uint32_t lowest;
	uint32_t highest;
};

/* Floors of a table whose columns have row_count values each and belong to the dataset.
 * Memory from the arena. 0 or PIDC_ENOMEM. */
int cells_compute(const Pidc__V1__Dataset *dataset, Pidc__V1__ContentColumn *const *columns,
		  size_t column_count, size_t row_count, struct arena *arena,
		  struct cells *ret) PIDC_MUSTCHECK;

/* Floors as they are kept: a serialized ContentColumn of decimal numbers. 0 or
 * PIDC_ENOMEM. */
int cells_pack(const struct cells *cells, struct arena *arena,
	       ProtobufCBinaryData *ret) PIDC_MUSTCHECK;

/* Read them back; what cannot be read is PIDC_EINTEGRITY. 0 or PIDC_ENOMEM. */
int cells_unpack(const ProtobufCBinaryData *data, struct arena *arena, struct cells *ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* Blank the values of a serialized ContentColumn in all rows whose floor is under
 * min_cell; *data becomes new bytes in the arena. PIDC_EINTEGRITY when it is no column of
 * as many rows. 0 or PIDC_ENOMEM. */
int cells_suppress(const struct cells *cells, uint32_t min_cell, struct arena *arena,
		   ProtobufCBinaryData *data, struct pidc_error *err) PIDC_MUSTCHECK;

/* Rows that min_cell suppresses. */
uint32_t cells_suppressed(const struct cells *cells, uint32_t min_cell);

/* From serialized columns, as a submission brings them, to what is kept; ret->len is 0
 * when nothing counts persons. Columns were checked before. 0, PIDC_EINVAL or PIDC_ENOMEM. */
int cells_of_columns(const Pidc__V1__Dataset *dataset, const ProtobufCBinaryData *columns,
		     size_t count, struct arena *arena, struct cells *ret_cells,
		     ProtobufCBinaryData *ret) PIDC_MUSTCHECK;
