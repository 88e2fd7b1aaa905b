/* SPDX-License-Identifier: ISC
 *
 * The table of moves of a partnership, and its guards (PRO-0). This is the process; the
 * rules beside it check what a request says and write the event.
 */
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/standing.h"
#include "core/text.h"

#include <string.h>

#define S(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define WITHDRAWERS (R(SEC_HOS) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY))
#define EMERGENCY   (R(BOARD_CHAIR) | R(SEC_HOS))

static const Pidc__Store__V1__PartnershipFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__PartnershipFacts *)in->facts;
}

/* --- guards: the subject is the rule's input -------------------------------------- */

/* INT-4: the list of classes is open, but not to what nobody has added. */
static int check_class(const void *subject, struct refusal *refusal)
{
	if (facts_of(subject)->class_known)
		return 0;
	return refuse(refusal, REASON(E_UNKNOWN_CODE), "prospect.partner_class", NULL);
}

static int check_new(const void *subject, struct refusal *refusal)
{
	const Pidc__Store__V1__PartnershipFacts *facts = facts_of(subject);

	if (facts->exists)
		return refuse(refusal, REASON(E_EXISTS), "prospect.org", NULL);
	if (facts->duplicate_of[0] != '\0')
		return refuse(refusal, REASON(E_EXISTS), "prospect.name",
			      "%.32s has this name, alias or registration number",
			      facts->duplicate_of);
	return 0;
}

/* The import of the seeds has no actor with a role. */
static int check_custodian(const void *subject, struct refusal *refusal)
{
	const struct rule_input *in = subject;

	if (in->is_bootstrap || actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_SEC_HOS))
		return 0;
	return refuse(refusal, REASON(E_ROLE), NULL,
		      "the Head of Secretariat records existing agreements");
}

static int check_has_dossier(const void *subject, struct refusal *refusal)
{
	if (facts_of(subject)->partnership->dossier != NULL)
		return 0;
	return refuse(refusal, REASON(E_FIELD), "alignment", "there is no dossier yet");
}

/* Nobody assesses what they wrote. */
static int check_not_author(const void *subject, struct refusal *refusal)
{
	const struct rule_input *in = subject;
	const Pidc__V1__Dossier *dossier = facts_of(in)->partnership->dossier;

	if (strcmp(dossier->author, in->actor->principal_id) != 0)
		return 0;
	return refuse(refusal, REASON(E_SOD), "org", "SD-1: the author of the dossier");
}

/* A partner speaks for itself only. */
static int check_own(const void *subject, struct refusal *refusal)
{
	const struct rule_input *in = subject;

	if (in->actor->org_kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER ||
	    strcmp(facts_of(in)->partnership->org, in->actor->org) == 0)
		return 0;
	return refuse(refusal, REASON(E_OWNER_ONLY), "org", NULL);
}

/* A31: before the policy is in force there are nominations, meetings and consents. */
static int check_policy(const void *subject, struct refusal *refusal)
{
	if (!facts_of(subject)->is_policy_pending)
		return 0;
	return refuse(refusal, REASON(E_STATE), NULL, "the policy on partnerships is a draft");
}

static const struct machine_guard in_policy = {"policy not a draft (A31)", check_policy};
static const struct machine_guard known_class = {"known class", check_class};
static const struct machine_guard is_new = {"no duplicate", check_new};
static const struct machine_guard custodian = {"sec.hos, or import", check_custodian};
static const struct machine_guard has_dossier = {"complete dossier", check_has_dossier};
static const struct machine_guard not_author = {"SD-1", check_not_author};
static const struct machine_guard own = {"a partner: its own", check_own};

/* --- the table ---------------------------------------------------------------------- */

static const char *const events[] = {
	[0] = "",
	[E(CREATE_PROSPECT)] = "CreateProspect",
	[E(RECORD_LEGACY)] = "RecordLegacy",
	[E(SUBMIT_DOSSIER)] = "SubmitDossier",
	[E(PASS_SCREENING)] = "PassScreening",
	[E(RETURN_DOSSIER)] = "ReturnDossier",
	[E(WITHDRAW)] = "Withdraw",
	[E(ASK_SUSPENSION)] = "AskSuspension",
	[E(SUSPEND_EMERGENCY)] = "SuspendEmergency",
	[E(SUSPEND)] = "Suspend",
	[E(CONFIRM_SUSPENSION)] = "ConfirmSuspension",
	[E(RESUME_ACTIVE)] = "Resume: active",
	[E(RESUME_RECOGNISED)] = "Resume: recognised",
	[E(BEGIN_EXIT)] = "BeginExit",
	[E(GIVE_NOTICE)] = "GiveNotice",
	[E(COMPLETE_EXIT)] = "CompleteExit",
	[E(REOPEN)] = "Reopen",
};

/* clang-format off */
static const struct machine_move moves[] = {
	{0, E(CREATE_PROSPECT), S(PROSPECT), SECRETARIAT, {&in_policy, &known_class, &is_new}},
	{0, E(RECORD_LEGACY), S(RECOGNISED), 0, {&custodian}},

	{S(PROSPECT), E(PASS_SCREENING), S(SCREENED), R(SEC_OFFICER), {&has_dossier, &not_author}},
	{S(PROSPECT), E(RETURN_DOSSIER), S(PROSPECT), R(SEC_OFFICER), {&has_dossier, &not_author}},

	{S(PROSPECT), E(SUBMIT_DOSSIER), S(PROSPECT), SECRETARIAT, {NULL}},
	{S(SCREENED), E(SUBMIT_DOSSIER), S(SCREENED), SECRETARIAT, {NULL}},

	{S(PROSPECT), E(WITHDRAW), S(WITHDRAWN), WITHDRAWERS, {&own}},
	{S(SCREENED), E(WITHDRAW), S(WITHDRAWN), WITHDRAWERS, {&own}},

	{S(ACTIVE), E(ASK_SUSPENSION), S(ACTIVE), EMERGENCY, {NULL}},
	{S(RECOGNISED), E(ASK_SUSPENSION), S(RECOGNISED), EMERGENCY, {NULL}},
	{S(ACTIVE), E(SUSPEND_EMERGENCY), S(SUSPENDED), EMERGENCY, {&guard_asked}},
	{S(RECOGNISED), E(SUSPEND_EMERGENCY), S(SUSPENDED), EMERGENCY, {&guard_asked}},
	{S(ACTIVE), E(SUSPEND), S(SUSPENDED), 0, {&guard_resolved}},
	{S(RECOGNISED), E(SUSPEND), S(SUSPENDED), 0, {&guard_resolved}},
	{S(SUSPENDED), E(CONFIRM_SUSPENSION), S(SUSPENDED), 0, {&guard_resolved, &guard_lapses}},
	{S(SUSPENDED), E(RESUME_ACTIVE), S(ACTIVE), 0, {&guard_resolved}},
	{S(SUSPENDED), E(RESUME_RECOGNISED), S(RECOGNISED), 0, {&guard_resolved}},

	{S(ACTIVE), E(BEGIN_EXIT), S(EXITING), 0, {&guard_resolved}},
	{S(RECOGNISED), E(BEGIN_EXIT), S(EXITING), 0, {&guard_resolved}},
	{S(SUSPENDED), E(BEGIN_EXIT), S(EXITING), 0, {&guard_resolved}},
	{S(ACTIVE), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY), {&own}},
	{S(RECOGNISED), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY), {&own}},
	{S(SUSPENDED), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY), {&own}},
	{S(EXITING), E(COMPLETE_EXIT), S(ENDED), R(SEC_HOS), {&guard_wound_down}},

	{S(ENDED), E(REOPEN), S(PROSPECT), R(SEC_HOS), {&guard_cooled_down}},
	{S(WITHDRAWN), E(REOPEN), S(PROSPECT), R(SEC_HOS), {&guard_cooled_down}},
	{S(DECLINED), E(REOPEN), S(PROSPECT), R(SEC_HOS), {&guard_cooled_down}},
};
/* clang-format on */

const struct machine partnership_machine = {
	.noun = "partnership",
	.states = &pidc__v1__partnership_state__descriptor,
	.state_prefix = "PARTNERSHIP_STATE_",
	.events = events,
	.event_count = sizeof(events) / sizeof(events[0]),
	.moves = moves,
	.move_count = sizeof(moves) / sizeof(moves[0]),
};

int check_version(struct refusal *refusal, uint32_t expected, uint32_t version)
{
	if (expected == version)
		return 0;
	return refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u", version);
}

Pidc__V1__PartnershipState partnership_state_at(Pidc__V1__PartnershipState stored,
						const Google__Protobuf__Timestamp *lapses_at,
						Pidc__V1__PartnershipState previous, int64_t now_us)
{
	int64_t lapses_us = INT64_MAX;

	if (stored != S(SUSPENDED) || lapses_at == NULL ||
	    !time_from_proto(lapses_at, &lapses_us) || now_us < lapses_us)
		return stored;
	return previous;
}

int partnership_move(const struct rule_input *in, Pidc__V1__PartnershipEventKind kind,
		     uint32_t expected_version, Pidc__V1__PartnershipMove **ret,
		     struct refusal *refusal)
{
	const Pidc__Store__V1__PartnershipFacts *facts = facts_of(in);
	const Pidc__V1__Partnership *partnership = facts->partnership;
	Pidc__V1__PartnershipMove *move = (Pidc__V1__PartnershipMove *)message_new(
		&pidc__v1__partnership_move__descriptor, in->arena);
	int to = 0;
	int rc;

	if (move == NULL)
		return PIDC_ENOMEM;
	if (partnership == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "org", NULL);
	move->from = partnership_state_at(partnership->state, facts->lapses_at,
					  facts->previous_state, in->now_us);
	rc = machine_step(&partnership_machine, (int)move->from, (int)kind, in->actor, in, &to,
			  refusal);
	if (rc == 0)
		rc = check_version(refusal, expected_version, partnership->version);
	if (rc < 0)
		return rc;
	move->org = partnership->org;
	move->kind = kind;
	move->to = (Pidc__V1__PartnershipState)to;
	*ret = move;
	return 0;
}
