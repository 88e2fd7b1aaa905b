/* SPDX-License-Identifier: ISC
 *
 * What systemd wants to hear and hands over; all of it does nothing where there
 * is no systemd. Loop thread only.
 */
#pragma once

#include <stdint.h>

#define SD_SOCKETS_MAX 16 /* a socket unit with more addresses is a mistake */

void sd_ready(void);
/* Not ready yet, for want of a database: systemd waits for another minute. */
void sd_waiting(void);
void sd_stopping(void);
void sd_reloading(void);
void sd_alive(void);

/* Half of WatchdogSec in milliseconds: how often to call sd_alive; 0 for never. */
uint64_t sd_alive_interval_ms(void);

/* Listening sockets handed over: their number, the descriptors in fds. */
int sd_sockets(int fds[SD_SOCKETS_MAX]);
