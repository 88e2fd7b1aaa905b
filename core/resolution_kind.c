/* SPDX-License-Identifier: ISC
 *
 * The table of kinds, and the kinds that are about resolutions themselves.
 */
#include "core/resolution_kind.h"
#include "core/board_rules.h"
#include "core/mou_effect.h"
#include "core/observer.h"
#include "core/policy_effect.h"
#include "core/standing.h"

#include <string.h>

#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define NAMES_RECORD (RESOLUTION_NAMES_ID | RESOLUTION_NAMES_DIGEST)

bool resolution_names_digest(const Pidc__V1__Resolution *resolution,
			     const ProtobufCBinaryData *digest)
{
	return digest->len != 0 && resolution->subject_digest.len == digest->len &&
	       memcmp(resolution->subject_digest.data, digest->data, digest->len) == 0;
}

/* --- RESCIND ------------------------------------------------------------------------- */

static int check_target(const struct resolution_subject *subject, struct refusal *refusal)
{
	return subject->facts->target != NULL
		       ? 0
		       : refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_id",
				"there is no such resolution");
}

static int rescind_close(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	const Pidc__Store__V1__ResolutionTarget *target = subject->facts->target;
	Pidc__V1__Resolution rescinded = PIDC__V1__RESOLUTION__INIT;
	struct resolution_subject other = *subject;
	struct refusal ignored;
	int state, rc;

	if (body->state != STATE(CARRIED))
		return 0;
	body->effect = EFFECT(STALE);
	if (target == NULL)
		return 0;
	rescinded.state = target->state;
	rescinded.resolution_digest = target->resolution_digest;
	other.resolution = &rescinded;
	other.rescinds_digest = &subject->resolution->subject_digest;
	rc = resolution_step(&other, RESOLUTION_RESCIND, &state, &ignored);
	if (rc < 0)
		return rc == PIDC_EREFUSED ? 0 : rc;
	body->effect = EFFECT(DONE);
	body->rescinded_id = target->resolution_id;
	return 0;
}

/* --- PARTNERSHIP_APPROVAL ------------------------------------------------------------ */

/* PRO-4a: no due diligence is on record in this register, of anybody. */
static int check_diligence(const struct resolution_subject *subject, struct refusal *refusal)
{
	(void)subject;
	return refuse(refusal, REASON(E_PREREQ_DD), NULL, NULL);
}

/* --- FUNDING_ACCEPTANCE -------------------------------------------------------------- */

/* PRO-2a */
static int check_partnership(const struct resolution_subject *s, struct refusal *refusal)
{
	const Pidc__Store__V1__OrgState *subject = s->facts->subject;

	if (subject == NULL ||
	    subject->kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER)
		return 0;
	return s->facts->subject_state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE
		       ? 0
		       : refuse(refusal, REASON(E_PREREQ_BOARD), NULL,
				"money of who is no active partner needs the partnership first");
}

/* --- the table ----------------------------------------------------------------------- */

#define OBSERVER(name)                                                            \
	{                                                                         \
		.kind = KIND(name), .names = RESOLUTION_NAMES_ORG,                \
		.check_subject = observer_check, .check_opening = observer_check, \
		.close = observer_close                                           \
	}

static const struct resolution_kind kinds[] = {
	{.kind = KIND(DIRECTION)},
	{.kind = KIND(IN_PRINCIPLE)},
	{.kind = KIND(PARTNERSHIP_APPROVAL),
	 .names = RESOLUTION_NAMES_ORG | NAMES_RECORD,
	 .check_opening = check_diligence},
	{.kind = KIND(FUNDING_ACCEPTANCE),
	 .names = RESOLUTION_NAMES_ORG | NAMES_RECORD,
	 .check_opening = check_partnership},
	{.kind = KIND(RESCIND),
	 .names = NAMES_RECORD,
	 .check_subject = check_target,
	 .close = rescind_close},
	{.kind = KIND(MOU_APPROVAL),
	 .names = RESOLUTION_NAMES_ORG | NAMES_RECORD,
	 .check_subject = mou_approval_check,
	 .check_opening = mou_approval_check,
	 .close = mou_approval_close},
	{.kind = KIND(MOU_TERMINATION),
	 .names = RESOLUTION_NAMES_ORG | NAMES_RECORD,
	 .check_subject = mou_termination_check,
	 .check_opening = mou_termination_check,
	 .close = mou_termination_close},
	{.kind = KIND(SUSPEND_PARTNERSHIP),
	 .names = RESOLUTION_NAMES_ORG,
	 .check_subject = standing_check,
	 .check_opening = standing_check,
	 .close = standing_close},
	{.kind = KIND(RESUME_PARTNERSHIP),
	 .names = RESOLUTION_NAMES_ORG,
	 .check_subject = standing_check,
	 .check_opening = standing_check,
	 .close = standing_close},
	{.kind = KIND(END_PARTNERSHIP),
	 .names = RESOLUTION_NAMES_ORG,
	 .check_subject = standing_check,
	 .check_opening = standing_check_heard,
	 .close = standing_close},
	{.kind = KIND(POLICY_ADOPTION),
	 .names = NAMES_RECORD,
	 .check_subject = policy_adoption_check,
	 .check_opening = policy_adoption_check,
	 .close = policy_adoption_close},
	{.kind = KIND(BOARD_RULES),
	 .names = NAMES_RECORD,
	 .check_subject = board_rules_check,
	 .check_opening = board_rules_check,
	 .close = board_rules_close},
	{.kind = KIND(POLICY_REVIEW),
	 .names = NAMES_RECORD,
	 .check_subject = policy_review_check,
	 .check_opening = policy_review_check},
	OBSERVER(OBSERVER_APPROVAL),
	OBSERVER(OBSERVER_SUSPENSION),
	OBSERVER(OBSERVER_END),
};

const struct resolution_kind *resolution_kind_find(Pidc__V1__ResolutionKind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}
