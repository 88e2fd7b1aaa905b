/* SPDX-License-Identifier: ISC
 *
 * grpc.health.v1: Check and Watch, answered on the loop. Three names: "" says
 * that the daemon has started (it is alive, and its start is in the ledger),
 * HEALTH_REGISTER that changes can be made, HEALTH_QUERY that questions can be answered. Anybody
 * may ask.
 */
#pragma once

#include "daemon/call.h"

struct health;

#define HEALTH_REGISTER         "pidc.register.v1.Register"
#define HEALTH_QUERY            "pidc.register.v1.Query"
#define HEALTH_WATCHES_MAX      1024 /* in all; each holds a call open for ever */
#define HEALTH_WATCHES_CONN_MAX 8    /* of one connection: there are three names */

enum health_status { HEALTH_SERVING = 1, HEALTH_NOT_SERVING = 2 };

/* NULL when memory is short. Starts with all names NOT_SERVING. */
struct health *health_new(void) PIDC_MUSTCHECK;
/* Watches must be over. NULL is fine. */
void health_free(struct health *health);

/* name must be one of the three. Watchers hear of a change at once. */
void health_set(struct health *health, const char *name, enum health_status status);

/* Everything NOT_SERVING for good, and every watch ends: else a drain would wait for them. */
void health_drain(struct health *health);

/* As call_find_cb: paths of grpc.health.v1.Health only. */
bool health_find(struct health *health, const char *path, struct call_method *ret);
