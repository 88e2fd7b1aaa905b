/* SPDX-License-Identifier: ISC */
#include "core/observer.h"

#define S(name)      PIDC__V1__OBSERVER_STATE__OBSERVER_STATE_##name
#define E(name)      PIDC__V1__OBSERVER_EVENT_KIND__OBSERVER_EVENT_KIND_##name
#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

static const char *const events[] = {
	[0] = "",
	[E(APPROVE)] = "Approve (effect)",
	[E(SUSPEND)] = "Suspend (effect)",
	[E(END)] = "End (effect)",
};

static const struct machine_move moves[] = {
	{0, E(APPROVE), S(APPROVED), 0, {NULL}},
	{S(APPROVED), E(APPROVE), S(APPROVED), 0, {NULL}},
	{S(SUSPENDED), E(APPROVE), S(APPROVED), 0, {NULL}},
	{S(ENDED), E(APPROVE), S(APPROVED), 0, {NULL}},
	{S(APPROVED), E(SUSPEND), S(SUSPENDED), 0, {NULL}},
	{S(APPROVED), E(END), S(ENDED), 0, {NULL}},
	{S(SUSPENDED), E(END), S(ENDED), 0, {NULL}},
};

const struct machine observer_machine = {
	.noun = "observer",
	.states = &pidc__v1__observer_state__descriptor,
	.state_prefix = "OBSERVER_STATE_",
	.events = events,
	.event_count = sizeof(events) / sizeof(events[0]),
	.moves = moves,
	.move_count = sizeof(moves) / sizeof(moves[0]),
};

static int event_of(Pidc__V1__ResolutionKind kind)
{
	switch (kind) {
	case KIND(OBSERVER_APPROVAL):
		return E(APPROVE);
	case KIND(OBSERVER_SUSPENSION):
		return E(SUSPEND);
	default:
		return E(END);
	}
}

static Pidc__V1__ObserverState state_of(const struct resolution_subject *subject)
{
	return subject->facts->observer == NULL ? 0 : subject->facts->observer->state;
}

static int step(const struct resolution_subject *subject, int *ret_state, struct refusal *refusal)
{
	return machine_step(&observer_machine, (int)state_of(subject),
			    event_of(subject->resolution->kind), subject->in->actor, subject,
			    ret_state, refusal);
}

int observer_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	const Pidc__Store__V1__OrgState *org = subject->facts->subject;
	int state;

	if (org == NULL || org->kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER)
		return refuse(refusal, REASON(E_FIELD), "resolution.subject_org",
			      "a partner observes");
	return step(subject, &state, refusal);
}

int observer_close(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	Pidc__V1__ObserverMove *move;
	struct refusal ignored;
	int state = 0;
	int rc;

	if (body->state != PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED)
		return 0;
	body->effect = EFFECT(STALE);
	rc = step(subject, &state, &ignored);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	move = (Pidc__V1__ObserverMove *)message_new(&pidc__v1__observer_move__descriptor,
						     subject->in->arena);
	if (move == NULL)
		return PIDC_ENOMEM;
	move->org = subject->resolution->subject_org;
	move->kind = (Pidc__V1__ObserverEventKind)event_of(subject->resolution->kind);
	move->from = state_of(subject);
	move->to = (Pidc__V1__ObserverState)state;
	body->observer = move;
	body->effect = EFFECT(DONE);
	return 0;
}
