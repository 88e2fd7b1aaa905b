/* SPDX-License-Identifier: ISC
 *
 * The driver that lanes use for PostgreSQL: opens a connection and looks that
 * the schema is of this version.
 */
#pragma once

#include "daemon/db/db.h"
#include "daemon/lane.h"

struct database_options {
	struct db_options db;
	bool want_write;
};

/* options is borrowed for the driver's life. */
void database_driver(const struct database_options *options, struct lane_driver *ret);
