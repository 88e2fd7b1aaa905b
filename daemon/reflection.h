/* SPDX-License-Identifier: ISC
 *
 * grpc.reflection v1 and v1alpha (the same bytes on the wire): answers from a
 * serialized FileDescriptorSet, on the loop.
 */
#pragma once

#include "daemon/call.h"

struct reflection;

#define REFLECTION_FILES_MAX 128 /* ours are some thirty */

/* data is borrowed only for the call. PIDC_EINVAL when it does not parse, PIDC_ENOMEM. */
int reflection_new(const uint8_t *data, size_t len, struct reflection **ret,
		   struct pidc_error *err) PIDC_MUSTCHECK;
void reflection_free(struct reflection *reflection);

/* As call_find_cb: paths of grpc.reflection only. */
bool reflection_find(struct reflection *reflection, const char *path, struct call_method *ret);
