/* SPDX-License-Identifier: ISC
 *
 * Suspension, exit and reopening of a partnership: what others than the Board do.
 */
#include "core/standing.h"
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* PRO-7b: time enough for the Board to meet by circular. */
#define EMERGENCY_US (INT64_C(30) * 24 * 3600 * 1000000)

/* The event of one of these moves. */
static int moved_make(const struct rule_input *in, Pidc__V1__PartnershipEventKind kind,
		      uint32_t expected_version, char *reason, Pidc__V1__Event *event,
		      struct refusal *refusal)
{
	Pidc__V1__PartnershipMoved *made = (Pidc__V1__PartnershipMoved *)message_new(
		&pidc__v1__partnership_moved__descriptor, in->arena);
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	rc = partnership_move(in, kind, expected_version, &made->move, refusal);
	if (rc < 0)
		return rc;
	made->reason = reason;
	event->body_case = PIDC__V1__EVENT__BODY_PARTNERSHIP_MOVED;
	event->partnership_moved = made;
	return partnership_event_open(in, event);
}

/* The first asks, the other suspends. */
int rule_suspend_partnership(const struct rule_input *in, Pidc__V1__Event *event,
			     struct refusal *refusal)
{
	const Pidc__V1__SuspendPartnershipRequest *request =
		(const Pidc__V1__SuspendPartnershipRequest *)in->request;
	struct refusal not_asked;
	bool is_second = guard_asked.check(in, &not_asked) == 0;
	int rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN, REASON_TEXT_MAX);

	if (rc == 0)
		rc = moved_make(in, is_second ? E(SUSPEND_EMERGENCY) : E(ASK_SUSPENSION),
				request->expected_version, request->reason, event, refusal);
	if (rc < 0 || !is_second)
		return rc;
	event->partnership_moved->move->lapses_at =
		time_to_proto(in->arena, in->now_us + EMERGENCY_US);
	return event->partnership_moved->move->lapses_at == NULL ? PIDC_ENOMEM : 0;
}

/* The partner's notice; for anybody else the table asks for the Board. */
int rule_begin_exit(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__BeginExitRequest *request = (const Pidc__V1__BeginExitRequest *)in->request;
	bool is_partner =
		in->actor->org_kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER;
	int rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN, REASON_TEXT_MAX);

	if (rc < 0)
		return rc;
	return moved_make(in, is_partner ? E(GIVE_NOTICE) : E(BEGIN_EXIT),
			  request->expected_version, request->reason, event, refusal);
}

int rule_complete_exit(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__CompleteExitRequest *request =
		(const Pidc__V1__CompleteExitRequest *)in->request;
	int rc = check_text(refusal, "outcome", request->outcome, REASON_TEXT_MIN, REASON_TEXT_MAX);

	return rc < 0 ? rc
		      : moved_make(in, E(COMPLETE_EXIT), request->expected_version,
				   request->outcome, event, refusal);
}

int rule_reopen_partnership(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__ReopenPartnershipRequest *request =
		(const Pidc__V1__ReopenPartnershipRequest *)in->request;
	int rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN, REASON_TEXT_MAX);

	return rc < 0 ? rc
		      : moved_make(in, E(REOPEN), request->expected_version, request->reason, event,
				   refusal);
}
