/* SPDX-License-Identifier: ISC
 *
 * What the Board's resolutions about a partnership that is there do.
 */
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/standing.h"
#include "core/text.h"

#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define S(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define HEARING_DAYS 14
#define DAY_US       (INT64_C(24) * 3600 * 1000000)

/* Which move a carried resolution of the kind is, of a partnership in this state. */
static Pidc__V1__PartnershipEventKind move_of(Pidc__V1__ResolutionKind kind,
					      Pidc__V1__PartnershipState state,
					      Pidc__V1__PartnershipState previous)
{
	switch (kind) {
	case KIND(SUSPEND_PARTNERSHIP):
		return state == S(SUSPENDED) ? E(CONFIRM_SUSPENSION) : E(SUSPEND);
	case KIND(RESUME_PARTNERSHIP):
		return previous == S(RECOGNISED) ? E(RESUME_RECOGNISED) : E(RESUME_ACTIVE);
	default:
		return E(BEGIN_EXIT);
	}
}

/* As if it were carried now. */
static int standing_move(const struct resolution_subject *subject, Pidc__V1__PartnershipMove **ret,
			 struct refusal *refusal)
{
	const Pidc__Store__V1__PartnershipFacts *known = subject->facts->partnership;
	Pidc__Store__V1__PartnershipFacts facts;
	struct rule_input in = *subject->in;
	Pidc__V1__PartnershipState state;

	if (known == NULL || known->partnership == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_org",
			      "there is no such partnership");
	facts = *known;
	facts.is_resolved = 1;
	in.facts = &facts.base;
	state = partnership_state_at(facts.partnership->state, facts.lapses_at,
				     facts.previous_state, in.now_us);
	return partnership_move(&in,
				move_of(subject->resolution->kind, state, facts.previous_state),
				facts.partnership->version, ret, refusal);
}

int standing_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	Pidc__V1__PartnershipMove *move;

	return standing_move(subject, &move, refusal);
}

int standing_check_heard(const struct resolution_subject *subject, struct refusal *refusal)
{
	int64_t proposed_us = INT64_MAX;
	int rc = standing_check(subject, refusal);

	if (rc < 0 || subject->facts->partnership->lapses_at != NULL)
		return rc;
	if (subject->resolution->proposed_at != NULL &&
	    time_from_proto(subject->resolution->proposed_at, &proposed_us) &&
	    subject->in->now_us - proposed_us >= HEARING_DAYS * DAY_US)
		return 0;
	return refuse(refusal, REASON(E_DEADLINE), NULL,
		      "the partner has %d days to answer before the vote opens", HEARING_DAYS);
}

int standing_close(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	struct refusal ignored;
	int rc;

	if (body->state != STATE(CARRIED))
		return 0;
	rc = standing_move(subject, &body->partnership, &ignored);
	if (rc == PIDC_ENOMEM)
		return rc;
	body->effect = rc == 0 ? EFFECT(DONE) : EFFECT(STALE);
	return 0;
}
