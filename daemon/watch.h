/* SPDX-License-Identifier: ISC
 *
 * STREAM_WATCH: calls that wait for entries of the ledger. They hold no database
 * connection while they wait; a notice that names their organisation, or their
 * heartbeat, makes them read. Loop thread only.
 */
#pragma once

#include "daemon/notice.h"
#include "daemon/work.h"

#define WATCHES_MAX      2048 /* in all: twice the connections of a default set-up */
#define WATCHES_CONN_MAX 4    /* of one connection: an agent needs one */

/* Something was committed: whom it concerns reads. */
void watch_wake(struct backend *backend, const struct notice *notice);

/* Heartbeats that are due. now is uv_now. */
void watch_tick(struct backend *backend, uint64_t now);
