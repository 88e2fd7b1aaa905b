/* SPDX-License-Identifier: ISC
 *
 * From a refusal to the status that a client gets: code, one English sentence,
 * and google.rpc.Status with ErrorInfo{reason, domain "pidc", metadata{field,
 * clause, remedy}}, and RetryInfo where to try again makes sense.
 */
#pragma once

#include "core/arena.h"
#include "core/reason.h"
#include "wire/rpc.h"

#define STATUS_RETRY_S 1 /* a lane drains, or a database comes back, in about this time */

/* Everything in *ret lives in the arena or is static. When the arena is full the status
 * has its code and no details. */
void status_of_refusal(const struct refusal *refusal, struct arena *arena, struct rpc_status *ret);

/* What a PIDC_E* of our own machinery is to a client; detail (may be NULL) is one English
 * sentence without anything secret. */
void status_refusal_of_error(int code, const char *detail, struct refusal *ret);
