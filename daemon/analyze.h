/* SPDX-License-Identifier: ISC
 *
 * Statistics for the planner of the database, taken when the register has grown: see
 * register_analyze in sql/migration. Loop thread only.
 */
#pragma once

#include "daemon/lane.h"

struct analyze;

/* Borrows the lane, which should be one that may be slow. NULL when memory is short. */
struct analyze *analyze_new(struct lane *lane) PIDC_MUSTCHECK;

/* The lane must be closed. NULL is fine. */
void analyze_free(struct analyze *analyze);

/* The ledger has this size now. */
void analyze_note(struct analyze *analyze, uint64_t size);

/* Look at the tables if the ledger has grown since; call it now and then. */
void analyze_tick(struct analyze *analyze, uint64_t now);
