/* SPDX-License-Identifier: ISC
 *
 * Members: nations and territories of the Pacific, bound by an instrument
 * (INT-2, PRI-1c).
 */
#include "core/rule_check.h"
#include "core/text.h"

#include "pidc/v1/member.pb-c.h"

#include <string.h>

/* n characters, each from first to last. */
static bool is_run(const char *s, size_t n, char first, char last)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < first || s[i] > last)
			return false;
	return s[n] == '\0';
}

static int check_codes(const Pidc__V1__Member *member, struct refusal *refusal)
{
	if (!is_run(member->org, 2, 'a', 'z'))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "member.org",
			      "the lower-case alpha-2 code of ISO 3166-1");
	if (!is_run(member->alpha3, 3, 'A', 'Z'))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "member.alpha3",
			      "the upper-case alpha-3 code of ISO 3166-1");
	if (!is_run(member->numeric, 3, '0', '9'))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "member.numeric",
			      "three digits with leading zeros");
	return check_enum(refusal, "member.region", &pidc__v1__region__descriptor,
			  (int)member->region);
}

static int check_instrument(const struct rule_input *in,
			    const Pidc__V1__MembershipInstrument *instrument,
			    struct refusal *refusal)
{
	int rc;

	if (instrument == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "member.instrument",
			      "it is mandatory");
	rc = check_text(refusal, "member.instrument.title", instrument->title, 1, TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_past(refusal, "member.instrument.signed_on", instrument->signed_on,
				in->now_us);
	if (rc == 0)
		rc = check_digest(refusal, "member.instrument.document_digest",
				  &instrument->document_digest, true);
	return rc;
}

static int check_member(const struct rule_input *in, const Pidc__V1__Member *member,
			struct refusal *refusal)
{
	int rc = check_codes(member, refusal);

	if (rc == 0)
		rc = check_text(refusal, "member.name", member->name, 1, NAME_TEXT_MAX);
	if (rc == 0)
		rc = check_aliases(refusal, "member.aliases", member->aliases, member->n_aliases);
	if (rc == 0)
		rc = check_instrument(in, member->instrument, refusal);
	return rc;
}

int rule_admit_member(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__Member *asked = ((const Pidc__V1__AdmitMemberRequest *)in->request)->member;
	const Pidc__Store__V1__MemberFacts *facts = (const Pidc__Store__V1__MemberFacts *)in->facts;
	Pidc__V1__MemberAdmitted *admitted = arena_alloc(in->arena, sizeof(*admitted));
	Pidc__V1__Member *member = arena_alloc(in->arena, sizeof(*member));
	int rc;

	if (admitted == NULL || member == NULL)
		return PIDC_ENOMEM;
	if (!in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_PREREQ_BOARD, NULL,
			      "members are admitted by resolution");
	if (asked == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "member",
			      "it is mandatory");
	rc = check_member(in, asked, refusal);
	if (rc < 0)
		return rc;
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "member.org", NULL);
	rc = event_set_named(in, event, "org", asked->org, 1);
	if (rc < 0)
		return rc;
	*member = *asked;
	member->org_id = event->entity_id;
	member->state = PIDC__V1__MEMBER_STATE__MEMBER_STATE_ACTIVE;
	member->version = 1;
	member->index = 0; /* the entry says it */
	pidc__v1__member_admitted__init(admitted);
	admitted->member = member;
	event->body_case = PIDC__V1__EVENT__BODY_MEMBER_ADMITTED;
	event->member_admitted = admitted;
	return 0;
}
