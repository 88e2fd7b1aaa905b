/* SPDX-License-Identifier: ISC
 *
 * The running daemon: loop, listener, lanes, health, signals, systemd.
 *
 *   serving -> (SIGTERM, SIGINT) draining -> (empty, time is up or second
 *   signal) closing -> the loop ends
 */
#pragma once

#include "daemon/config.h"

struct server_options {
	struct config *config; /* borrowed; SIGHUP renews what is live */
	/* SIGHUP: read the settings again into *ret, which config_close frees. */
	int (*reload)(void *user, struct config *ret, struct pidc_error *err);
	void *user;
};

/* Serve until a signal ends it. 0 after a drain; a failure to start otherwise.
 * Sets the size of libuv's thread pool: nothing may have used it before. */
int server_run(const struct server_options *options, struct pidc_error *err) PIDC_MUSTCHECK;
