/* SPDX-License-Identifier: ISC
 *
 * Under which conditions a partnership is suspended, wound down and reopened.
 */
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/standing.h"
#include "core/text.h"

#include <string.h>

#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* An emergency that one alone has seen for a week is none. */
#define ASKED_US (INT64_C(7) * 24 * 3600 * 1000000)

/* Before who was turned down, or left, is looked at again without new facts. */
#define COOLING_MONTHS 6

static const Pidc__Store__V1__PartnershipFacts *facts_of(const void *subject)
{
	return (const Pidc__Store__V1__PartnershipFacts *)((const struct rule_input *)subject)
		->facts;
}

/* The chair is of a member, the Head of the Secretariat: two organisations, two persons. */
static int check_asked(const void *subject, struct refusal *refusal)
{
	const struct rule_input *in = subject;
	const Pidc__Store__V1__PartnershipFacts *facts = facts_of(subject);
	int64_t asked_us = INT64_MIN;

	if (facts->last_at != NULL && !time_from_proto(facts->last_at, &asked_us))
		asked_us = INT64_MIN;
	if (facts->last_kind == E(ASK_SUSPENSION) && strcmp(facts->last_org, in->actor->org) != 0 &&
	    asked_us != INT64_MIN && in->now_us - asked_us < ASKED_US)
		return 0;
	return refuse(refusal, REASON(E_SOD), "org", "the other of the two has not asked for it");
}

static int check_resolved(const void *subject, struct refusal *refusal)
{
	return facts_of(subject)->is_resolved ? 0
					      : refuse(refusal, REASON(E_PREREQ_BOARD), "org",
						       "only a resolution of the Board does this");
}

static int check_lapses(const void *subject, struct refusal *refusal)
{
	return facts_of(subject)->lapses_at != NULL
		       ? 0
		       : refuse(refusal, REASON(E_STATE), "org", "this suspension does not lapse");
}

static int check_wound_down(const void *subject, struct refusal *refusal)
{
	uint64_t open = facts_of(subject)->open_recalls;

	return open == 0 ? 0
			 : refuse(refusal, REASON(E_STATE), "org",
				  "%llu recalls are without an answer, and not overdue",
				  (unsigned long long)open);
}

static int check_cooled_down(const void *subject, struct refusal *refusal)
{
	const struct rule_input *in = subject;
	const Pidc__V1__ReopenPartnershipRequest *request =
		(const Pidc__V1__ReopenPartnershipRequest *)in->request;
	const Pidc__Store__V1__PartnershipFacts *facts = facts_of(subject);
	int64_t ended_us, open_us;

	if (*request->new_facts != '\0')
		return check_text(refusal, "new_facts", request->new_facts, REASON_TEXT_MIN,
				  NOTE_TEXT_MAX);
	if (facts->last_at != NULL && time_from_proto(facts->last_at, &ended_us) &&
	    time_add_months(ended_us, COOLING_MONTHS, &open_us) && in->now_us >= open_us)
		return 0;
	return refuse(refusal, REASON(E_DEADLINE), "new_facts",
		      "without new facts, %d months after it ended", COOLING_MONTHS);
}

const struct machine_guard guard_asked = {"the other has asked", check_asked};
const struct machine_guard guard_resolved = {"resolution carried", check_resolved};
const struct machine_guard guard_lapses = {"emergency", check_lapses};
const struct machine_guard guard_wound_down = {"wound down", check_wound_down};
const struct machine_guard guard_cooled_down = {"cooled down, or new facts", check_cooled_down};
