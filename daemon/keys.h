/* SPDX-License-Identifier: ISC
 *
 * Closes connections whose certificate was revoked, wherever that was done. Calls ask
 * the register themselves who is calling; this is for what stays open without asking.
 * Loop thread only.
 */
#pragma once

#include "daemon/lane.h"
#include "daemon/listener.h"

struct keys;

/* Borrows both for its life. NULL when memory is short. */
struct keys *keys_new(struct listener *listener, struct lane *lane) PIDC_MUSTCHECK;

/* Before the listener closes: a look-up that runs changes nothing any more. */
void keys_stop(struct keys *keys);

/* The lane must be closed. NULL is fine. */
void keys_free(struct keys *keys);

/* Look up all keys of open connections, once more if a look-up is running. */
void keys_check(struct keys *keys);

/* A look-up that failed is tried again; call it now and then. */
void keys_tick(struct keys *keys);
