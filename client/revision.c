/* SPDX-License-Identifier: ISC
 *
 * --at-revision: what somebody has told us of is to be in the answer. The register only
 * grows, so that it is enough to wait until it has got so far.
 */
#include "client/ctl.h"
#include "pidc/v1/ledger.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* How long to wait for it, unless --timeout says. */
#define WAIT_S 30

static int size_get(struct ctl *ctl, uint64_t *ret)
{
	Pidc__V1__GetHeadRequest request = PIDC__V1__GET_HEAD_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	int status = ctl_call(ctl, "/pidc.v1.LedgerService/GetHead", &request.base,
			      &pidc__v1__get_head_response__descriptor, &answer);
	if (status == EXIT_OK)
		*ret = ((const Pidc__V1__GetHeadResponse *)answer)->size;
	return status;
}

static bool number_read(const char *text, unsigned long long *ret)
{
	char *end = NULL;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0';
}

int ctl_revision_wait(struct ctl *ctl)
{
	const char *text = invocation_flag(ctl->in, "at-revision", 0);
	const char *timeout = invocation_flag(ctl->in, "timeout", 0);
	unsigned long long wanted = 0, seconds = WAIT_S;
	time_t begun = time(NULL);
	uint64_t size = 0;
	char message[120];
	if (!text || !ctl->in->command->path)
		return EXIT_OK;
	if (!number_read(text, &wanted) || (timeout && !number_read(timeout, &seconds)))
		return ctl_fail(ctl, EXIT_USAGE, "", "--at-revision is a number");
	for (;;) {
		int status = size_get(ctl, &size);
		if (status != EXIT_OK || size > wanted)
			return status;
		if ((unsigned long long)(time(NULL) - begun) >= seconds)
			break;
		(void)sleep(1);
	}
	(void)snprintf(message, sizeof(message),
		       "the register has %llu entries, not yet revision %llu",
		       (unsigned long long)size, wanted);
	return ctl_fail(ctl, EXIT_UNAVAILABLE, "", message);
}
