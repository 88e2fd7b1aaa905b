/* SPDX-License-Identifier: ISC
 *
 * Names for the Secretariat to look at (INT-1): everybody may nominate, only the
 * Secretariat makes a prospect of it.
 */
#include "core/partnership.h"
#include "core/rule_check.h"

#include <string.h>

#define S(name)      PIDC__V1__NOMINATION_STATE__NOMINATION_STATE_##name
#define E(name)      PIDC__V1__NOMINATION_EVENT_KIND__NOMINATION_EVENT_KIND_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define NOMINATORS                                                               \
	(R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(BOARD_MEMBER) | R(BOARD_CHAIR) | \
	 R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY) | SECRETARIAT)

static const char *const events[] = {
	[0] = "",
	[E(NOMINATE)] = "Nominate",
	[E(TAKE_UP)] = "TakeUp",
	[E(DECLINE)] = "Decline",
};

static const struct machine_move moves[] = {
	{0, E(NOMINATE), S(OPEN), NOMINATORS, {NULL}},
	{S(OPEN), E(TAKE_UP), S(TAKEN_UP), SECRETARIAT, {NULL}},
	{S(OPEN), E(DECLINE), S(DECLINED), SECRETARIAT, {NULL}},
};

const struct machine nomination_machine = {
	.noun = "nomination",
	.states = &pidc__v1__nomination_state__descriptor,
	.state_prefix = "NOMINATION_STATE_",
	.events = events,
	.event_count = sizeof(events) / sizeof(events[0]),
	.moves = moves,
	.move_count = sizeof(moves) / sizeof(moves[0]),
};

static const Pidc__Store__V1__PartnershipFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__PartnershipFacts *)in->facts;
}

static int check_nomination(const struct rule_input *in, const Pidc__V1__Nomination *asked,
			    struct refusal *refusal)
{
	int rc;

	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "nomination", "it is mandatory");
	rc = check_text(refusal, "nomination.name", asked->name, 1, NAME_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "nomination.reason", asked->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc == 0 && !facts_of(in)->class_known)
		rc = refuse(refusal, REASON(E_UNKNOWN_CODE), "nomination.partner_class", NULL);
	return rc;
}

static int nomination_make(const struct rule_input *in, const Pidc__V1__Nomination *asked,
			   int state, Pidc__V1__PartnerNominated *made)
{
	Pidc__V1__Nomination *nomination =
		(Pidc__V1__Nomination *)message_new(&pidc__v1__nomination__descriptor, in->arena);

	if (nomination == NULL)
		return PIDC_ENOMEM;
	nomination->nomination_id = arena_strdup(in->arena, in->new_id);
	nomination->name = asked->name;
	nomination->partner_class = asked->partner_class;
	nomination->reason = asked->reason;
	nomination->nominated_by = in->actor->org;
	nomination->state = (Pidc__V1__NominationState)state;
	made->nomination = nomination;
	return nomination->nomination_id == NULL ? PIDC_ENOMEM : 0;
}

int rule_nominate_partner(const struct rule_input *in, Pidc__V1__Event *event,
			  struct refusal *refusal)
{
	const Pidc__V1__Nomination *asked =
		((const Pidc__V1__NominatePartnerRequest *)in->request)->nomination;
	const char *parties[2] = {in->actor->org, facts_of(in)->secretariat};
	Pidc__V1__PartnerNominated *made = (Pidc__V1__PartnerNominated *)message_new(
		&pidc__v1__partner_nominated__descriptor, in->arena);
	int state = 0;
	int rc = made == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0)
		rc = machine_step(&nomination_machine, 0, E(NOMINATE), in->actor, in, &state,
				  refusal);
	if (rc == 0)
		rc = check_nomination(in, asked, refusal);
	if (rc == 0)
		rc = nomination_make(in, asked, state, made);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_PARTNER_NOMINATED;
	event->partner_nominated = made;
	rc = event_set_entity(in, event, in->new_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, parties[1][0] == '\0' ? 1 : 2);
}

int rule_decline_nomination(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__DeclineNominationRequest *request =
		(const Pidc__V1__DeclineNominationRequest *)in->request;
	const Pidc__V1__Nomination *nomination = facts_of(in)->nomination;
	Pidc__V1__NominationDeclined *made = (Pidc__V1__NominationDeclined *)message_new(
		&pidc__v1__nomination_declined__descriptor, in->arena);
	const char *parties[2] = {in->actor->org, NULL};
	int state = 0;
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	if (nomination == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "nomination_id", NULL);
	rc = machine_step(&nomination_machine, (int)nomination->state, E(DECLINE), in->actor, in,
			  &state, refusal);
	if (rc == 0)
		rc = check_version(refusal, request->expected_version, nomination->version);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	made->nomination_id = nomination->nomination_id;
	made->state = (Pidc__V1__NominationState)state;
	made->reason = request->reason;
	parties[1] = nomination->nominated_by;
	event->body_case = PIDC__V1__EVENT__BODY_NOMINATION_DECLINED;
	event->nomination_declined = made;
	rc = event_set_entity(in, event, nomination->nomination_id, nomination->version + 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}
