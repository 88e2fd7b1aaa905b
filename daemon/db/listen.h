/* SPDX-License-Identifier: ISC
 *
 * Hearing of commits: every write batch of whatever instance ends in one NOTIFY
 * (statement head_update), and a connection that listens gets its text.
 *
 * Such a connection is opened and told to listen in a worker (blocking), and from then
 * on belongs to the loop: nothing below waits for the server. It is used for nothing else.
 */
#pragma once

#include "daemon/db/db.h"

/* Listen from now on. Blocking. Errors as db_exec; a standby refuses. */
int db_listen(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;

/* To be polled for reading; -1 when the connection is lost. */
int db_socket(const struct db *db);

/* Take what has come; on_notice gets the text of each, borrowed. PIDC_EUNAVAILABLE when
 * the connection is lost: notices may have been missed then. */
int db_read_notices(struct db *db, void (*on_notice)(const char *text, void *user), void *user,
		    struct pidc_error *err) PIDC_MUSTCHECK;
