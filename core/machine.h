/* SPDX-License-Identifier: ISC
 *
 * State machines as data. A *machine* is one table of *moves*: in this state, on this
 * event, by these roles, when all guards hold, the record comes into that state. What
 * is not in the table cannot happen (E_STATE); no request names a state. The rules step
 * through the table, its documentation and its tests are made from it.
 */
#pragma once

#include "core/reason.h"
#include "pidc/v1/common.pb-c.h"

#include <stddef.h>
#include <stdint.h>

/* One condition of a move. check gets the subject of machine_step and returns 0, or
 * PIDC_EREFUSED with *refusal filled, or PIDC_ENOMEM. */
struct machine_guard {
	const char *name; /* as in the documentation, e.g. "seconded" */
	int (*check)(const void *subject, struct refusal *refusal);
};

/* More in one move would be two events. */
#define MACHINE_GUARDS_MAX 10

#define MACHINE_ROLE(name) (UINT32_C(1) << PIDC__V1__ROLE__ROLE_##name)

struct machine_move {
	int from;       /* value of states; 0: there is no record yet */
	int event;      /* index into events */
	int to;         /* value of states */
	uint32_t roles; /* any of MACHINE_ROLE(); 0: whoever the guards let through */
	/* Tried in this order, the rest NULL: the first that does not hold is told. */
	const struct machine_guard *guards[MACHINE_GUARDS_MAX];
};

struct machine {
	const char *noun; /* e.g. "resolution" */
	const ProtobufCEnumDescriptor *states;
	const char *state_prefix; /* of its values' names, e.g. "RESOLUTION_STATE_" */
	const char *const *events;
	size_t event_count;
	const struct machine_move *moves; /* at most one for each from, event */
	size_t move_count;
};

/* The move of this event in this state, or NULL. */
const struct machine_move *machine_move_find(const struct machine *machine, int state, int event);

/* Take the event in this state: 0 with the next state, PIDC_EREFUSED with E_STATE (no such
 * move), E_ROLE or what a guard says, or PIDC_ENOMEM. */
int machine_step(const struct machine *machine, int state, int event, const Pidc__V1__Actor *actor,
		 const void *subject, int *ret_state, struct refusal *refusal) PIDC_MUSTCHECK;

/* "OPEN"; "(none)" for 0. Static storage. */
const char *machine_state_name(const struct machine *machine, int state);
