/* SPDX-License-Identifier: ISC
 *
 * A private PostgreSQL for one test program: its own cluster in a new directory
 * under /tmp, reached by a unix socket there. It dies with the program.
 */
#pragma once

#include "core/error.h"

struct pg;

/* initdb, start, wait until it answers; as user postgres when we are root. Fails with
 * PIDC_EIO. */
int pg_start(struct pg **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* Kill the server at once, as a crash would, and remove its directory. NULL is fine. */
void pg_stop(struct pg *pg);

/* Connection string for a role and a database (which exists: postgres, or made
 * by the test); borrowed until the next call. */
const char *pg_url(struct pg *pg, const char *role, const char *database);
