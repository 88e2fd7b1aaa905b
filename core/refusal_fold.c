/* SPDX-License-Identifier: ISC
 *
 * Refused releases are entries, up to so many an hour for a principal; the rest of the
 * hour becomes one entry with their number. The daemon asks for it, nobody else can.
 */
#include "core/rule_check.h"

int rule_fold_refusals(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__Store__V1__FoldFacts *facts = (const Pidc__Store__V1__FoldFacts *)in->facts;
	const char *parties[2] = {facts->org, facts->owner_org};
	Pidc__V1__RefusalsFolded *folded;
	int rc;

	if (!in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_ROLE, NULL,
			      "only the daemon counts refusals");
	if (facts->count == 0 || facts->hour == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, NULL,
			      "there is nothing to count");
	folded = arena_alloc(in->arena, sizeof(*folded));
	if (folded == NULL)
		return PIDC_ENOMEM;
	pidc__v1__refusals_folded__init(folded);
	folded->principal_id = facts->principal_id;
	folded->org = facts->org;
	folded->owner_org = facts->owner_org;
	folded->hour = facts->hour;
	folded->count = facts->count;
	event->body_case = PIDC__V1__EVENT__BODY_REFUSALS_FOLDED;
	event->refusals_folded = folded;
	rc = event_set_entity(in, event, in->new_id, 1);
	return rc < 0 ? rc
		      : event_set_concerns(in, event, parties, facts->owner_org[0] != '\0' ? 2 : 1);
}
