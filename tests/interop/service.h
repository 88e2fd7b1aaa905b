/* SPDX-License-Identifier: ISC
 *
 * grpc.testing.TestService as the interoperability cases of the gRPC project
 * describe it, on the loop. CacheableUnaryCall and UnimplementedCall are not there,
 * as they should be.
 */
#pragma once

#include "daemon/call.h"

#include <uv.h>

#define INTEROP_SIZE_MAX     ((size_t)2 * 1024 * 1024) /* of one answer; the cases ask for 314159 */
#define INTEROP_INTERVAL_MAX 60000                     /* ms before one answer */

/* A call_find_cb; context is the uv_loop_t. */
bool interop_find(void *context, const char *path, struct call_method *ret);
