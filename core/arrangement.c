/* SPDX-License-Identifier: ISC
 *
 * What members do by themselves: their instruments (INT-2), their own agreements with
 * others (EXI-1); and how existing partners are integrated (EXI-0d).
 */
#include "core/arrangement.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define NOTICE(name) PIDC__V1__BILATERAL_VISIBILITY__BILATERAL_VISIBILITY_##name

#define NEW(name, arena) message_new(&pidc__v1__##name##__descriptor, (arena))

/* A plan that needs more is a programme. */
#define STEPS_MAX 32
/* EXI-0d. */
#define PLAN_MONTHS 12

static const Pidc__Store__V1__ArrangementFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ArrangementFacts *)in->facts;
}

/* --- instruments ----------------------------------------------------------------------- */

static int check_membership(const struct rule_input *in, struct refusal *refusal)
{
	const Pidc__V1__Member *member = facts_of(in)->member;

	return member != NULL && member->state == PIDC__V1__MEMBER_STATE__MEMBER_STATE_ACTIVE
		       ? 0
		       : refuse(refusal, REASON(E_NOT_MEMBER_STATE), NULL,
				"no instrument of this member is in force");
}

static int event_set_member(const struct rule_input *in, Pidc__V1__Event *event)
{
	const Pidc__V1__Member *member = facts_of(in)->member;

	return event_set_named(in, event, "org", member->org, member->version + 1);
}

int rule_record_instrument(const struct rule_input *in, Pidc__V1__Event *event,
			   struct refusal *refusal)
{
	const Pidc__V1__MembershipInstrument *asked =
		((const Pidc__V1__RecordInstrumentRequest *)in->request)->instrument;
	Pidc__V1__MembershipInstrumentRecorded *body =
		(Pidc__V1__MembershipInstrumentRecorded *)NEW(membership_instrument_recorded,
							      in->arena);
	int rc = body == NULL ? PIDC_ENOMEM : check_membership(in, refusal);

	if (rc == 0 && asked == NULL)
		rc = refuse(refusal, REASON(E_FIELD), "instrument", "it is mandatory");
	if (rc == 0)
		rc = check_text(refusal, "instrument.title", asked->title, REASON_TEXT_MIN,
				TITLE_TEXT_MAX);
	if (rc == 0 && asked->signed_on == NULL)
		rc = refuse(refusal, REASON(E_FIELD), "instrument.signed_on", "it is mandatory");
	if (rc == 0)
		rc = check_past(refusal, "instrument.signed_on", asked->signed_on, in->now_us);
	if (rc == 0)
		rc = check_digest(refusal, "instrument.document_digest", &asked->document_digest,
				  false);
	if (rc < 0)
		return rc;
	body->org = facts_of(in)->member->org;
	body->instrument = arena_memdup(in->arena, asked, sizeof(*asked));
	event->body_case = BODY(MEMBERSHIP_INSTRUMENT_RECORDED);
	event->membership_instrument_recorded = body;
	return body->instrument == NULL ? PIDC_ENOMEM : event_set_member(in, event);
}

int rule_end_membership(const struct rule_input *in, Pidc__V1__Event *event,
			struct refusal *refusal)
{
	const Pidc__V1__EndMembershipRequest *request =
		(const Pidc__V1__EndMembershipRequest *)in->request;
	Pidc__V1__MembershipEnded *body =
		(Pidc__V1__MembershipEnded *)NEW(membership_ended, in->arena);
	int rc = body == NULL ? PIDC_ENOMEM : check_membership(in, refusal);

	if (rc == 0 && request->expected_version != facts_of(in)->member->version)
		rc = refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u",
			    facts_of(in)->member->version);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	body->org = facts_of(in)->member->org;
	body->reason = request->reason;
	event->body_case = BODY(MEMBERSHIP_ENDED);
	event->membership_ended = body;
	return event_set_member(in, event);
}

/* --- members' own agreements -------------------------------------------------------------- */

/* SCP-2, EXI-1: whatever their role, only people of the member. */
static int check_own_member(const struct rule_input *in, const char *org, struct refusal *refusal)
{
	bool is_decider = actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_MEMBER_HEAD) ||
			  actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_MEMBER_OFFICER);

	if (in->actor->org_kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER ||
	    strcmp(in->actor->org, org) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), NULL,
			      "a member's own agreements are its own");
	return is_decider ? 0 : refuse(refusal, REASON(E_ROLE), NULL, NULL);
}

/* Who reads the entry: the member; all members and the Secretariat; everybody. */
static int event_set_notice(const struct rule_input *in, Pidc__V1__Event *event,
			    const Pidc__V1__BilateralNotice *notice, uint32_t version)
{
	const Pidc__Store__V1__ArrangementFacts *facts = facts_of(in);
	const char *own[1] = {notice->member_org};
	int rc = event_set_entity(in, event, notice->bilateral_id, version);

	if (rc < 0 || notice->visibility == NOTICE(COMMUNITY))
		return rc;
	return notice->visibility == NOTICE(MEMBERS)
		       ? event_set_concerns(in, event, (const char *const *)facts->audience,
					    facts->n_audience)
		       : event_set_concerns(in, event, own, 1);
}

static int check_notice(const Pidc__V1__BilateralNotice *asked, struct refusal *refusal)
{
	int rc;

	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "notice", "it is mandatory");
	rc = check_text(refusal, "notice.counterparty", asked->counterparty, 1, NAME_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "notice.title", asked->title, REASON_TEXT_MIN,
				TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_enum(refusal, "notice.visibility",
				&pidc__v1__bilateral_visibility__descriptor,
				(int)asked->visibility);
	return rc < 0 ? rc
		      : check_text(refusal, "notice.overlap_note", asked->overlap_note, 0,
				   NOTE_TEXT_MAX);
}

int rule_file_bilateral(const struct rule_input *in, Pidc__V1__Event *event,
			struct refusal *refusal)
{
	const Pidc__V1__BilateralNotice *asked =
		((const Pidc__V1__FileBilateralRequest *)in->request)->notice;
	Pidc__V1__BilateralFiled *body =
		(Pidc__V1__BilateralFiled *)NEW(bilateral_filed, in->arena);
	Pidc__V1__BilateralNotice *made =
		(Pidc__V1__BilateralNotice *)NEW(bilateral_notice, in->arena);
	int rc;

	if (body == NULL || made == NULL)
		return PIDC_ENOMEM;
	rc = check_own_member(in, in->actor->org, refusal);
	if (rc == 0)
		rc = check_notice(asked, refusal);
	if (rc < 0)
		return rc;
	made->bilateral_id = arena_strdup(in->arena, in->new_id);
	made->member_org = in->actor->org;
	made->counterparty = asked->counterparty;
	made->title = asked->title;
	made->visibility = asked->visibility;
	made->overlap_note = asked->overlap_note;
	body->notice = made;
	event->body_case = BODY(BILATERAL_FILED);
	event->bilateral_filed = body;
	return made->bilateral_id == NULL ? PIDC_ENOMEM : event_set_notice(in, event, made, 1);
}

int rule_withdraw_bilateral(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__WithdrawBilateralRequest *request =
		(const Pidc__V1__WithdrawBilateralRequest *)in->request;
	const Pidc__V1__BilateralNotice *notice = facts_of(in)->notice;
	Pidc__V1__BilateralWithdrawn *body =
		(Pidc__V1__BilateralWithdrawn *)NEW(bilateral_withdrawn, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	if (notice == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "bilateral_id", NULL);
	rc = check_own_member(in, notice->member_org, refusal);
	if (rc == 0 && request->expected_version != notice->version)
		rc = refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u",
			    notice->version);
	if (rc == 0 && notice->state != PIDC__V1__BILATERAL_STATE__BILATERAL_STATE_FILED)
		rc = refuse(refusal, REASON(E_STATE), "bilateral_id", "it was withdrawn");
	if (rc < 0)
		return rc;
	body->bilateral_id = notice->bilateral_id;
	event->body_case = BODY(BILATERAL_WITHDRAWN);
	event->bilateral_withdrawn = body;
	return event_set_notice(in, event, notice, notice->version + 1);
}

/* --- integration ---------------------------------------------------------------------------- */

static int check_plan(const struct rule_input *in, const Pidc__V1__IntegrationPlan *asked,
		      struct refusal *refusal)
{
	int64_t due;
	int rc = 0;

	if (asked->n_steps == 0 || asked->n_steps > STEPS_MAX)
		return refuse(refusal, REASON(E_FIELD), "plan.steps", "1 to %d", STEPS_MAX);
	for (size_t i = 0; rc == 0 && i < asked->n_steps; i++)
		rc = check_text(refusal, "plan.steps", asked->steps[i], REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc == 0)
		rc = check_time(refusal, "plan.due", asked->due, INT64_MAX, &due);
	if (rc == 0 && due <= in->now_us)
		rc = refuse(refusal, REASON(E_BACKDATED), "plan.due", NULL);
	return rc;
}

/* Twelve months after the policy came into force, or from now while it has not. */
static int due_default(const struct rule_input *in, Google__Protobuf__Timestamp **ret)
{
	const Google__Protobuf__Timestamp *since = facts_of(in)->policy_since;
	int64_t from = in->now_us, due;

	if (since != NULL)
		(void)time_from_proto(since, &from);
	if (!time_add_months(from, PLAN_MONTHS, &due))
		due = in->now_us;
	*ret = time_to_proto(in->arena, due);
	return *ret == NULL ? PIDC_ENOMEM : 0;
}

int rule_set_integration_plan(const struct rule_input *in, Pidc__V1__Event *event,
			      struct refusal *refusal)
{
	const Pidc__V1__SetIntegrationPlanRequest *request =
		(const Pidc__V1__SetIntegrationPlanRequest *)in->request;
	const Pidc__Store__V1__ArrangementFacts *facts = facts_of(in);
	uint32_t version = facts->plan == NULL ? 0 : facts->plan->version;
	Pidc__V1__IntegrationPlanSet *body =
		(Pidc__V1__IntegrationPlanSet *)NEW(integration_plan_set, in->arena);
	Pidc__V1__IntegrationPlan *made =
		(Pidc__V1__IntegrationPlan *)NEW(integration_plan, in->arena);
	int rc = 0;

	if (body == NULL || made == NULL)
		return PIDC_ENOMEM;
	if (request->plan == NULL || facts->partner == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "plan.org", NULL);
	if (facts->partner->state != PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED)
		return refuse(refusal, REASON(E_STATE), "plan.org",
			      "existing partners are integrated");
	if (request->expected_version != version)
		return refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u", version);
	rc = check_plan(in, request->plan, refusal);
	if (rc < 0)
		return rc;
	made->org = facts->partner->org;
	made->due = request->plan->due;
	made->steps = request->plan->steps;
	made->n_steps = request->plan->n_steps;
	if (made->due == NULL && due_default(in, &made->due) < 0)
		return PIDC_ENOMEM;
	body->plan = made;
	event->body_case = BODY(INTEGRATION_PLAN_SET);
	event->integration_plan_set = body;
	return event_set_named(in, event, "integration", made->org, version + 1);
}
