/* SPDX-License-Identifier: ISC
 *
 * The migrations compiled into the binary, by ascending version from 1.
 */
#pragma once

#include <stddef.h>

struct db_migration {
	unsigned version;
	const char *name;
	const char *sql;
};

extern const struct db_migration db_migrations[];
extern const size_t db_migration_count;
