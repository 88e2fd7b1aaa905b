/* SPDX-License-Identifier: ISC
 *
 * A settings file of any content is read, or refused with a reason; never more.
 */
#include "daemon/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pidc_error err = {0};
	struct config config = {0};
	char path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_init(&config, &err) == 0 && config_load(&config, path, &err) == 0)
		(void)!config_check(&config, &err);
	else if (err.msg[0] == '\0')
		abort();
	config_close(&config);
	(void)close(fd);
	return 0;
}
