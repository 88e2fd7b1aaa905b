/* SPDX-License-Identifier: ISC
 *
 * From settings to what the parts of the daemon want to know, before its loop runs.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/database.h"
#include "daemon/service/service.h"

/* Databases of the lanes, and behind them that of the one who listens. */
#define SETUP_LISTEN    LANE_COUNT
#define SETUP_DATABASES (LANE_COUNT + 1)

/* Borrows texts of config, which no SIGHUP changes. */
void setup_databases(const struct config *config, struct database_options ret[SETUP_DATABASES]);

/* A schema of another version is a mistake that no waiting mends; a database that does
 * not answer may come back, and is only logged. */
int setup_check_schema(const struct database_options *database,
		       struct pidc_error *err) PIDC_MUSTCHECK;

/* The size of libuv's thread pool: nothing may have used it before. */
void setup_threads(const struct config *config);

/* What services know of this instance, under a fresh id. */
void setup_service(const struct config *config, char ret_instance_id[37]);
