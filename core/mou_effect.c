/* SPDX-License-Identifier: ISC
 *
 * What the Board's resolutions about MoUs name, and what their end does.
 */
#include "core/mou_effect.h"
#include "core/mou.h"

#include <string.h>

#define S(name)      PIDC__V1__MOU_STATE__MOU_STATE_##name
#define E(name)      PIDC__V1__MOU_STEP__MOU_STEP_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

static int check_mou_in(const struct resolution_subject *subject, Pidc__V1__MouState state,
			Pidc__V1__Reason otherwise, struct refusal *refusal)
{
	const Pidc__Store__V1__MouFacts *facts = subject->facts->mou;
	const Pidc__V1__Mou *mou = facts == NULL ? NULL : facts->mou;

	if (mou == NULL || strcmp(facts->org, subject->resolution->subject_org) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_id",
			      "this partner has no such MoU");
	if (mou->state != state)
		return refuse(refusal, otherwise, "resolution.subject_id", "the MoU is %s",
			      machine_state_name(&mou_machine, (int)mou->state));
	return resolution_names_digest(subject->resolution, &mou->digest)
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "resolution.subject_digest",
				"not of this text");
}

int mou_approval_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	return check_mou_in(subject, S(VETTED), REASON(E_PREREQ_VET), refusal);
}

int mou_termination_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	return check_mou_in(subject, S(IN_FORCE), REASON(E_MOU_NOT_IN_FORCE), refusal);
}

static int effect_step(const struct resolution_subject *subject, Pidc__V1__MouStep step,
		       Pidc__V1__ResolutionClosed *body)
{
	const struct mou_subject mou = {
		.in = subject->in,
		.facts = subject->facts->mou,
		.digest = &subject->resolution->subject_digest,
	};
	Pidc__V1__MouMove *move = NULL;
	struct refusal ignored;
	int rc;

	if (body->state != PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED)
		return 0;
	body->effect = EFFECT(STALE);
	if (mou.facts == NULL)
		return 0;
	rc = mou_step(&mou, step, 0, &move, &ignored);
	if (rc == 0 && step == E(END_BY_BOARD))
		rc = mou_notice_end(&mou, move);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	body->effect = EFFECT(DONE);
	body->mou = move;
	return 0;
}

int mou_approval_close(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	return effect_step(subject, E(APPROVE), body);
}

int mou_termination_close(const struct resolution_subject *subject,
			  Pidc__V1__ResolutionClosed *body)
{
	return effect_step(subject, E(END_BY_BOARD), body);
}
