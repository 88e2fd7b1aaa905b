/* SPDX-License-Identifier: ISC
 *
 * Names of what answers rest on, as table org_epoch has them: an organisation and a
 * bucket of its data.
 */
#pragma once

#include <stdint.h>

#define EPOCH_ALL     "*" /* every organisation */
#define EPOCH_CALLERS "@" /* certificates, principals, roles */

/* Parts of an organisation's data; the SQL of epoch_bump_consents says the same. The
 * last byte of an id, which is a UUID, chooses one of 256 in each of three spaces (the
 * first bytes of ours tell the time); what is no UUID is in the first. */
#define EPOCH_EVERYTHING INT32_C(-1)
int32_t epoch_contribution(const char *uuid);
int32_t epoch_dataset(const char *uuid);
/* A dataset with all that is said of its single contributions. */
int32_t epoch_whole(const char *uuid);
