/* SPDX-License-Identifier: ISC */
#include "core/machine.h"

#include <string.h>

const struct machine_move *machine_move_find(const struct machine *machine, int state, int event)
{
	for (size_t i = 0; i < machine->move_count; i++) {
		const struct machine_move *move = &machine->moves[i];

		if (move->from == state && move->event == event)
			return move;
	}
	return NULL;
}

const char *machine_state_name(const struct machine *machine, int state)
{
	const ProtobufCEnumValue *value =
		state == 0 ? NULL : protobuf_c_enum_descriptor_get_value(machine->states, state);

	return value == NULL ? "(none)" : value->name + strlen(machine->state_prefix);
}

static int check_roles(const struct machine_move *move, const Pidc__V1__Actor *actor,
		       struct refusal *refusal)
{
	if (move->roles == 0)
		return 0;
	for (size_t i = 0; i < actor->n_roles; i++)
		if ((unsigned)actor->roles[i] < 32 &&
		    (move->roles >> (unsigned)actor->roles[i] & 1) != 0)
			return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_ROLE, NULL, NULL);
}

int machine_step(const struct machine *machine, int state, int event, const Pidc__V1__Actor *actor,
		 const void *subject, int *ret_state, struct refusal *refusal)
{
	const struct machine_move *move = machine_move_find(machine, state, event);
	int rc;

	if (move == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, NULL,
			      "%s: nothing of a %s that is %s", machine->events[event],
			      machine->noun, machine_state_name(machine, state));
	rc = check_roles(move, actor, refusal);
	for (size_t i = 0; rc == 0 && i < MACHINE_GUARDS_MAX && move->guards[i] != NULL; i++)
		rc = move->guards[i]->check(subject, refusal);
	if (rc == 0)
		*ret_state = move->to;
	return rc;
}
