/* SPDX-License-Identifier: ISC */
#include "core/decision.h"
#include "core/consent_check.h"
#include "core/decision_internal.h"
#include "core/partnership.h"
#include "core/rule_check.h"

#include <string.h>

#define REASON(name)   PIDC__V1__REASON__REASON_D_##name
#define KIND(name)     PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define STATE(name)    PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

static const enum audience audiences[GATE_COUNT] = {
	[GATE_SUBJECT] = AUDIENCE_OWNER,     [GATE_OWNER] = AUDIENCE_OWNER,
	[GATE_STATE] = AUDIENCE_RECIPIENT,   [GATE_BOARD] = AUDIENCE_RECIPIENT,
	[GATE_MOU] = AUDIENCE_RECIPIENT,     [GATE_MOU_SUBJECT] = AUDIENCE_CONSENTED,
	[GATE_REVIEW] = AUDIENCE_CONSENTED,  [GATE_FUNDING] = AUDIENCE_RECIPIENT,
	[GATE_CEILING] = AUDIENCE_CONSENTED, [GATE_CONSENT] = AUDIENCE_OWNER,
};

static Pidc__V1__Reason owner_gate(const struct decision_set *set,
				   const Pidc__Store__V1__Subject *subject)
{
	const Pidc__Store__V1__OrgState *owner = set->facts->owner;

	if (owner == NULL || !owner->is_active || strcmp(owner->org, set->query->owner_org) != 0)
		return REASON(OWNER_STATE);
	if (subject == NULL || subject->contribution_id[0] == '\0' ||
	    subject->status == PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED)
		return 0;
	if (subject->status == PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD)
		return REASON(HOLD);
	return REASON(OWNER_STATE);
}

/* EXITING is let through here: what counts then is decided with the consents. */
static bool is_partner_state_open(Pidc__V1__PartnershipState state)
{
	return state == STATE(ACTIVE) || state == STATE(RECOGNISED) || state == STATE(EXITING);
}

/* G7. */
static void funding_gate(const struct decision_set *set, struct gates *gates)
{
	if ((set->query->capacity == CAPACITY(FUNDER) || path_has(set, "DONOR_REPORTING")) &&
	    !set->facts->recipient->has_accepted_funding)
		gates->reasons[GATE_FUNDING] = REASON(FUNDING);
}

/* G3 to G7 of a partner, but for what depends on the subject. */
static void partner_gates(const struct decision_set *set, int64_t now_us, struct gates *gates)
{
	const Pidc__Store__V1__RecipientFacts *recipient = set->facts->recipient;
	Pidc__V1__PartnershipState state = partnership_state_at(
		recipient->partner_state, recipient->lapses_at, recipient->lapsed_state, now_us);

	if (!is_partner_state_open(state))
		gates->reasons[GATE_STATE] = REASON(PARTNER_STATE);
	if (state != STATE(RECOGNISED) && !recipient->has_board_approval)
		gates->reasons[GATE_BOARD] = REASON(BOARD);
	gates->reasons[GATE_MOU] = gates->instruments.own_reason;
	funding_gate(set, gates);
}

static void partner_subject_gates(const struct decision_set *set,
				  const Pidc__Store__V1__Subject *subject, struct gates *gates)
{
	gates->reasons[GATE_MOU_SUBJECT] = gates->instruments.subject_reason;
	gates->reasons[GATE_CEILING] = gates->instruments.ceiling_reason;
	if (set->facts->recipient->is_review_overdue &&
	    subject->classification >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER)
		gates->reasons[GATE_REVIEW] = REASON(REVIEW);
}

/* Members have their membership instrument instead of G3 to G7, but whoever asks as
 * a funder asks with no right of a member; staff of the Secretariat reads for
 * analysis only; nobody else is a recipient. */
static void recipient_gates(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
			    int64_t now_us, struct gates *gates)
{
	const Pidc__Store__V1__RecipientFacts *recipient = set->facts->recipient;

	if (recipient == NULL || strcmp(recipient->org, set->query->recipient_org) != 0) {
		gates->reasons[GATE_STATE] = REASON(PARTNER_STATE);
		return;
	}
	switch (recipient->kind) {
	case KIND(MEMBER):
		if (!recipient->is_active_member)
			gates->reasons[GATE_STATE] = REASON(PARTNER_STATE);
		if (set->query->capacity == CAPACITY(FUNDER))
			funding_gate(set, gates);
		break;
	case KIND(SECRETARIAT):
		if (set->query->capacity != CAPACITY(SECRETARIAT) ||
		    !path_has(set, "PIDC_ANALYSIS"))
			gates->reasons[GATE_STATE] = REASON(PURPOSE);
		break;
	case KIND(PARTNER):
		partner_gates(set, now_us, gates);
		if (subject != NULL)
			partner_subject_gates(set, subject, gates);
		break;
	default:
		gates->reasons[GATE_STATE] = REASON(PARTNER_STATE);
		break;
	}
}

enum audience gate_audience(enum gate gate)
{
	return audiences[gate];
}

int gates_fill(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
	       int64_t now_us, struct arena *arena, struct gates *gates)
{
	int rc;

	*gates = (struct gates){.consent = {.reason = REASON(DEFAULT_DENY), .detail = ""}};
	rc = instruments_check(set, subject, now_us, arena, &gates->instruments);
	if (rc == 0 && subject != NULL)
		rc = consent_decide(set, subject, &gates->instruments, now_us, arena,
				    &gates->consent);
	if (rc < 0)
		return rc;
	if (subject == NULL)
		gates->reasons[GATE_SUBJECT] = PIDC__V1__REASON__REASON_E_NOT_FOUND;
	gates->reasons[GATE_OWNER] = owner_gate(set, subject);
	recipient_gates(set, subject, now_us, gates);
	gates->reasons[GATE_CONSENT] = gates->consent.reason;
	/* Leaving is a state that only a consent for the winding down gets past. */
	if (set->is_exiting && gates->consent.reason != 0 && !gates->consent.needs_owner)
		gates->reasons[GATE_STATE] = REASON(PARTNER_STATE);
	return 0;
}

static Pidc__V1__Reason gates_first(const struct gates *gates, unsigned audience_mask)
{
	for (size_t i = 0; i < GATE_COUNT; i++)
		if (gates->reasons[i] != 0 && (audience_mask >> audiences[i] & 1))
			return gates->reasons[i];
	return 0;
}

/* The same for what does not exist, what is not consented to, and what the owner
 * holds back (I11): only what concerns the recipient itself shows through. */
Pidc__V1__Reason gates_visible(const struct gates *gates)
{
	Pidc__V1__Reason own = gates_first(gates, 1U << AUDIENCE_RECIPIENT);
	Pidc__V1__Reason consented = gates_first(gates, 1U << AUDIENCE_CONSENTED);

	if (own != 0)
		return own;
	if (gates->consent.reason == 0 && consented != 0)
		return consented;
	/* Who lacks nothing else has a consent that says so. */
	if (gates->consent.is_told && consented == 0)
		return gates->consent.reason;
	return REASON(CONSENT);
}

/* The instrument that a permitted request goes under: the one that the consent
 * asks for, of several the one that sorts first. */
static const char *instrument_used(const struct gates *gates)
{
	const Pidc__V1__ConsentStatement *terms = gates->consent.permit->chain->terms;
	const Pidc__V1__Condition *only = NULL;
	const char *used = "";

	for (size_t i = 0; i < terms->n_conditions; i++)
		if (terms->conditions[i]->kind ==
		    PIDC__V1__CONDITION_KIND__CONDITION_KIND_ONLY_UNDER)
			only = terms->conditions[i];
	for (size_t i = 0; i < gates->instruments.passing_count; i++) {
		const char *id = gates->instruments.passing[i]->instrument_id;

		if (only != NULL && !list_has(only->values, only->n_values, id))
			continue;
		if (used[0] == '\0' || strcmp(id, used) < 0)
			used = id;
	}
	return used;
}

const Pidc__Store__V1__Subject *subject_of_owner(const struct decision_set *set,
						 const Pidc__Store__V1__Subject *subject)
{
	if (subject == NULL || strcmp(subject->owner_org, set->query->owner_org) != 0)
		return NULL;
	return subject;
}

/* How many gates are passed before the first that is not. */
static size_t gates_passed(const struct gates *gates)
{
	size_t i = 0;

	while (i < GATE_COUNT && gates->reasons[i] == 0)
		i++;
	return i;
}

/* What the decision rests on. */
static void permit_name(const struct decision_set *set, const struct gates *gates,
			struct decision *ret)
{
	ret->consent_id = gates->consent.permit->chain->consent_id;
	ret->statement_id = gates->consent.permit->chain->terms->statement_id;
	if (set->facts->recipient->kind == KIND(PARTNER))
		ret->instrument_id = instrument_used(gates);
}

void decision_of_gates(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		       const struct gates *gates, struct decision *ret)
{
	const unsigned everybody =
		1U << AUDIENCE_OWNER | 1U << AUDIENCE_RECIPIENT | 1U << AUDIENCE_CONSENTED;

	*ret = (struct decision){.verdict = PIDC__V1__VERDICT__VERDICT_DENY,
				 .reason = gates_first(gates, everybody),
				 .detail = "",
				 .consent_id = "",
				 .statement_id = "",
				 .instrument_id = ""};
	if (ret->reason != 0) {
		ret->visible = gates_visible(gates);
		if (ret->reason == gates->consent.reason)
			ret->detail = gates->consent.detail;
		/* Consent is the last gate: all others are passed. */
		if (gates->consent.needs_owner && ret->reason == gates->consent.reason &&
		    gates_passed(gates) == GATE_CONSENT) {
			ret->verdict = PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER;
			permit_name(set, gates, ret);
		}
		return;
	}
	ret->verdict = PIDC__V1__VERDICT__VERDICT_PERMIT;
	permit_name(set, gates, ret);
	ret->min_cell = min_cell_of(gates->consent.permit->chain->terms, subject);
	ret->is_approved =
		statement_has_condition(gates->consent.permit->chain->terms,
					PIDC__V1__CONDITION_KIND__CONDITION_KIND_APPROVE_EACH);
	ret->obligations = gates->consent.obligations;
	ret->obligation_count = gates->consent.obligation_count;
}

int decision_evaluate(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		      int64_t now_us, struct arena *arena, struct decision *ret)
{
	struct gates gates;
	int rc = gates_fill(set, subject_of_owner(set, subject), now_us, arena, &gates);

	if (rc < 0)
		return rc;
	decision_of_gates(set, subject, &gates, ret);
	return 0;
}
