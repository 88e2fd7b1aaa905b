/* SPDX-License-Identifier: ISC
 *
 * What the Board's resolutions about policies name, and what their end does.
 */
#include "core/policy_effect.h"
#include "core/policy.h"
#include "core/rule_check.h"

#include <string.h>

#define E(name)      PIDC__V1__POLICY_STEP__POLICY_STEP_##name
#define S(name)      PIDC__V1__POLICY_STATE__POLICY_STATE_##name
#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* The version in this state, and the digest is its digest (DOC-1). */
static int check_version_in(const struct resolution_subject *subject, Pidc__V1__PolicyState state,
			    struct refusal *refusal)
{
	const Pidc__Store__V1__PolicyFacts *facts = subject->facts->policy;
	const Pidc__V1__PolicyVersion *version = facts == NULL ? NULL : facts->version;

	if (version == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_id",
			      "there is no such version of a policy");
	if (version->state != state)
		return refuse(refusal, REASON(E_STATE), "resolution.subject_id",
			      "the version is %s",
			      machine_state_name(&policy_machine, (int)version->state));
	return resolution_names_digest(subject->resolution, &version->digest)
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "resolution.subject_digest",
				"not of this version");
}

int policy_adoption_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	return check_version_in(subject, S(WITH_BOARD), refusal);
}

int policy_review_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	return check_version_in(subject, S(IN_FORCE), refusal);
}

int policy_adoption_close(const struct resolution_subject *subject,
			  Pidc__V1__ResolutionClosed *body)
{
	const struct policy_subject policy = {
		.in = subject->in,
		.facts = subject->facts->policy,
		.resolution = subject->resolution,
	};
	bool is_carried = body->state == STATE(CARRIED);
	struct refusal ignored;
	int rc;

	/* Without a quorum nothing was decided: the version waits for another vote. */
	if (!is_carried && body->state != STATE(NOT_CARRIED))
		return 0;
	rc = policy.facts == NULL ? PIDC_EREFUSED
				  : policy_step(&policy, is_carried ? E(ADOPT) : E(REJECT), 0, "",
						&body->policy, &ignored);
	if (rc == 0)
		body->effect = EFFECT(DONE);
	else if (rc == PIDC_EREFUSED && is_carried)
		body->effect = EFFECT(STALE);
	return rc == PIDC_ENOMEM ? rc : 0;
}
