/* SPDX-License-Identifier: ISC
 *
 * Would-be partners: taken up and screened by the Secretariat (PRO-1a), or withdrawn. What
 * an assessment says is for those who assess and decide, so its entries concern the
 * Secretariat; that there is a prospect, everybody may know (PRI-2a).
 */
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define E(name)       PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define OUTCOME(name) PIDC__V1__SCREENING_OUTCOME__SCREENING_OUTCOME_##name
#define REASON(name)  PIDC__V1__REASON__REASON_##name

/* Longer than any registry's number with its prefix. */
#define REGISTRATION_TEXT_MAX 64

static const Pidc__Store__V1__PartnershipFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__PartnershipFacts *)in->facts;
}

int partnership_event(const struct rule_input *in, Pidc__V1__Event *event, const char *party)
{
	const Pidc__V1__Partnership *partnership = facts_of(in)->partnership;
	const char *parties[2] = {facts_of(in)->secretariat, party};
	int rc = event_set_named(in, event, "org", partnership->org, partnership->version + 1);

	return rc < 0 ? rc : event_set_concerns(in, event, parties, party == NULL ? 1 : 2);
}

int partnership_event_open(const struct rule_input *in, Pidc__V1__Event *event)
{
	const Pidc__Store__V1__PartnershipFacts *facts = facts_of(in);
	const char **orgs = arena_calloc(in->arena, facts->n_audience + 1, sizeof(*orgs));
	int rc = orgs == NULL ? PIDC_ENOMEM
			      : event_set_named(in, event, "org", facts->partnership->org,
						facts->partnership->version + 1);

	for (size_t i = 0; rc == 0 && i < facts->n_audience; i++)
		orgs[i] = facts->audience[i];
	if (rc < 0)
		return rc;
	orgs[facts->n_audience] = facts->partnership->org;
	return event_set_concerns(in, event, orgs, facts->n_audience + 1);
}

/* --- taking up ------------------------------------------------------------------------ */

static int check_prospect(const Pidc__V1__Prospect *asked, struct refusal *refusal)
{
	int rc;

	if (!text_is_org(asked->org))
		return refuse(refusal, REASON(E_FIELD), "prospect.org",
			      "2 to 32 lower-case letters, digits, hyphens");
	rc = check_text(refusal, "prospect.name", asked->name, 1, NAME_TEXT_MAX);
	if (rc == 0)
		rc = check_aliases(refusal, "prospect.aliases", asked->aliases, asked->n_aliases);
	if (rc == 0)
		rc = check_text(refusal, "prospect.registration_number", asked->registration_number,
				0, REGISTRATION_TEXT_MAX);
	return rc;
}

static int nomination_take(const struct rule_input *in, const Pidc__V1__Prospect *asked,
			   Pidc__V1__NominationState *ret, struct refusal *refusal)
{
	const Pidc__V1__Nomination *nomination = facts_of(in)->nomination;
	int state = 0;
	int rc;

	*ret = PIDC__V1__NOMINATION_STATE__NOMINATION_STATE_UNSPECIFIED;
	if (asked->nomination_id[0] == '\0')
		return 0;
	if (nomination == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "prospect.nomination_id", NULL);
	rc = machine_step(&nomination_machine, (int)nomination->state,
			  PIDC__V1__NOMINATION_EVENT_KIND__NOMINATION_EVENT_KIND_TAKE_UP, in->actor,
			  in, &state, refusal);
	if (rc == 0)
		*ret = (Pidc__V1__NominationState)state;
	return rc;
}

static int prospect_make(const struct rule_input *in, const Pidc__V1__Prospect *asked, int state,
			 Pidc__V1__ProspectCreated *made)
{
	Pidc__V1__Prospect *prospect = arena_memdup(in->arena, asked, sizeof(*asked));
	Pidc__V1__PartnershipMove *move = (Pidc__V1__PartnershipMove *)message_new(
		&pidc__v1__partnership_move__descriptor, in->arena);

	if (prospect == NULL || move == NULL)
		return PIDC_ENOMEM;
	move->org = prospect->org;
	move->kind = E(CREATE_PROSPECT);
	move->to = (Pidc__V1__PartnershipState)state;
	made->prospect = prospect;
	made->move = move;
	return 0;
}

int rule_create_prospect(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__Prospect *asked =
		((const Pidc__V1__CreateProspectRequest *)in->request)->prospect;
	Pidc__V1__ProspectCreated *made = (Pidc__V1__ProspectCreated *)message_new(
		&pidc__v1__prospect_created__descriptor, in->arena);
	int state = 0;
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "prospect", "it is mandatory");
	rc = machine_step(&partnership_machine, 0, E(CREATE_PROSPECT), in->actor, in, &state,
			  refusal);
	if (rc == 0)
		rc = check_prospect(asked, refusal);
	if (rc == 0)
		rc = nomination_take(in, asked, &made->nomination_state, refusal);
	if (rc == 0)
		rc = prospect_make(in, asked, state, made);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_PROSPECT_CREATED;
	event->prospect_created = made;
	return event_set_named(in, event, "org", asked->org, 1);
}

/* --- screening ------------------------------------------------------------------------ */

static int screening_make(const struct rule_input *in, const Pidc__V1__ScreenProspectRequest *asked,
			  Pidc__V1__ProspectScreened *made)
{
	Pidc__V1__Screening *screening =
		(Pidc__V1__Screening *)message_new(&pidc__v1__screening__descriptor, in->arena);

	if (screening == NULL)
		return PIDC_ENOMEM;
	screening->outcome = asked->outcome;
	screening->reason = asked->reason;
	screening->dossier_digest = facts_of(in)->partnership->dossier->digest;
	made->screening = screening;
	return 0;
}

int rule_screen_prospect(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__ScreenProspectRequest *request =
		(const Pidc__V1__ScreenProspectRequest *)in->request;
	Pidc__V1__ProspectScreened *made = (Pidc__V1__ProspectScreened *)message_new(
		&pidc__v1__prospect_screened__descriptor, in->arena);
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	rc = check_enum(refusal, "outcome", &pidc__v1__screening_outcome__descriptor,
			(int)request->outcome);
	if (rc == 0)
		rc = partnership_move(in,
				      request->outcome == OUTCOME(PASSED) ? E(PASS_SCREENING)
									  : E(RETURN_DOSSIER),
				      request->expected_version, &made->move, refusal);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc == 0)
		rc = screening_make(in, request, made);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_PROSPECT_SCREENED;
	event->prospect_screened = made;
	return partnership_event(in, event, NULL);
}

/* --- withdrawing ---------------------------------------------------------------------- */

int rule_withdraw_partnership(const struct rule_input *in, Pidc__V1__Event *event,
			      struct refusal *refusal)
{
	const Pidc__V1__WithdrawPartnershipRequest *request =
		(const Pidc__V1__WithdrawPartnershipRequest *)in->request;
	Pidc__V1__PartnershipWithdrawn *made = (Pidc__V1__PartnershipWithdrawn *)message_new(
		&pidc__v1__partnership_withdrawn__descriptor, in->arena);
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	rc = partnership_move(in, E(WITHDRAW), request->expected_version, &made->move, refusal);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	made->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_PARTNERSHIP_WITHDRAWN;
	event->partnership_withdrawn = made;
	return partnership_event(in, event, made->move->org);
}
