/* SPDX-License-Identifier: ISC
 *
 * pidc-slowsync.so, preloaded into a PostgreSQL of the bench: every fdatasync takes
 * PIDC_SYNC_US microseconds longer, as it does on the disks of an office.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int fd)
{
	static int (*real)(int fd);
	const char *text = getenv("PIDC_SYNC_US");
	long us = text == NULL ? 0 : strtol(text, NULL, 10);
	struct timespec rest = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	nanosleep(&rest, NULL);
	return real(fd);
}
