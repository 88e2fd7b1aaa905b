/* SPDX-License-Identifier: ISC
 *
 * Which kind of call a path is, in pidcd: health and reflection are answered on
 * the loop, everything else by the services through the lanes. Context of the
 * calls is a struct backend.
 */
#pragma once

#include "daemon/call.h"

extern const struct call_kind method_unary; /* method.c */
extern const struct call_kind method_items; /* stream_items.c */
extern const struct call_kind method_fetch; /* stream_fetch.c */
extern const struct call_kind method_steps; /* stream_steps.c */
extern const struct call_kind method_watch; /* watch.c */

/* A call_find_cb. */
bool method_find(void *context, const char *path, struct call_method *ret);
