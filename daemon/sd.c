/* SPDX-License-Identifier: ISC */
#include "daemon/sd.h"

#include <systemd/sd-daemon.h>

void sd_ready(void)
{
	sd_notify(0, "READY=1\nSTATUS=serving");
}

void sd_waiting(void)
{
	sd_notify(0, "STATUS=waiting for the database\nEXTEND_TIMEOUT_USEC=60000000");
}

void sd_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=draining");
}

void sd_reloading(void)
{
	sd_notify(0, "RELOADING=1");
}

void sd_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

uint64_t sd_alive_interval_ms(void)
{
	uint64_t us;

	if (sd_watchdog_enabled(0, &us) <= 0)
		return 0;
	return us / 2000 > 0 ? us / 2000 : 1;
}

int sd_sockets(int fds[SD_SOCKETS_MAX])
{
	int count = sd_listen_fds(1);
	int kept = 0;

	for (int i = 0; i < count && kept < SD_SOCKETS_MAX; i++)
		fds[kept++] = SD_LISTEN_FDS_START + i;
	return kept;
}
