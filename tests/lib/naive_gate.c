/* SPDX-License-Identifier: ISC
 *
 * The gates G2 to G8 for tests/lib/naive_decision.c.
 */
#include "core/text.h"
#include "tests/lib/naive_statement.h"

#include <string.h>

#define DENY(r)           PIDC__V1__REASON__REASON_##r
#define PASS              PIDC__V1__REASON__REASON_UNSPECIFIED
#define ORG_KIND(k)       PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##k
#define CAPACITY(c)       PIDC__V1__CAPACITY__CAPACITY_##c
#define PARTNERSHIP(s)    PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##s
#define CLASSIFICATION(c) PIDC__V1__CLASSIFICATION__CLASSIFICATION_##c

bool naive_is_under(const struct naive_question *question, const char *code)
{
	const struct naive_tree *tree = question->tree;

	for (size_t i = 0; i < tree->count; i++)
		if (strcmp(tree->codes[i], question->query->purpose) == 0)
			for (int node = (int)i; node >= 0; node = tree->parents[node])
				if (strcmp(tree->codes[node], code) == 0)
					return true;
	return false;
}

/* ---- the agreement: G5 and the ceiling of G8 */

static bool is_in_term(const Pidc__V1__TimeRange *term, int64_t us)
{
	return term == NULL || (us >= naive_instant(term->from, INT64_MIN) &&
				(term->to == NULL || us < naive_instant(term->to, 0)));
}

/* All that the scope says but for the ceiling; above GREEN there has to be a clause
 * of confidentiality (PRI-9b). */
static bool is_in_scope(const struct naive_question *question,
			const Pidc__Store__V1__InstrumentFacts *instrument)
{
	const Pidc__V1__DataScope *scope = instrument->scope;
	bool has_purpose = false;
	bool has_action = false;

	for (size_t i = 0; i < scope->n_purposes; i++)
		has_purpose |= naive_is_under(question, scope->purposes[i]);
	for (size_t i = 0; i < scope->n_actions; i++)
		has_action |= scope->actions[i] == question->query->action ||
			      question->query->action == PIDC__V1__ACTION__ACTION_DISCOVER;
	if (question->subject->classification > CLASSIFICATION(GREEN) &&
	    !instrument->has_confidentiality)
		return false;
	return has_purpose && has_action &&
	       question->subject->granularity <= scope->granularity_ceiling;
}

bool naive_is_allowed_by(const struct naive_question *question,
			 const Pidc__Store__V1__InstrumentFacts *instrument)
{
	return is_in_term(instrument->term, question->now_us) &&
	       is_in_scope(question, instrument) &&
	       question->subject->classification <= instrument->scope->classification_ceiling;
}

/* One instrument has to allow all of it; the reason is of the one that gets
 * furthest. */
static Pidc__V1__Reason check_instruments(const struct naive_question *question)
{
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;
	bool is_any_in_term = false;
	bool is_any_in_scope = false;

	for (size_t i = 0; i < facts->n_instruments; i++) {
		const Pidc__Store__V1__InstrumentFacts *instrument = facts->instruments[i];

		if (naive_is_allowed_by(question, instrument))
			return PASS;
		if (!is_in_term(instrument->term, question->now_us))
			continue;
		is_any_in_term = true;
		is_any_in_scope |= is_in_scope(question, instrument);
	}
	if (is_any_in_scope)
		return DENY(D_CLASSIFICATION);
	return is_any_in_term ? DENY(D_MOU_SCOPE) : DENY(D_MOU);
}

/* ---- */

static Pidc__V1__Reason check_owner(const struct naive_question *question)
{
	if (!question->facts->owner->is_active)
		return DENY(D_OWNER_STATE);
	if (question->subject->contribution_id[0] == '\0')
		return PASS;
	switch (question->subject->status) {
	case PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED:
		return PASS;
	case PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD:
		return DENY(D_HOLD);
	default:
		return DENY(D_OWNER_STATE);
	}
}

static Pidc__V1__Reason check_funding(const struct naive_question *question)
{
	bool is_needed = question->query->capacity == CAPACITY(FUNDER) ||
			 naive_is_under(question, "DONOR_REPORTING");

	return is_needed && !question->facts->recipient->has_accepted_funding ? DENY(D_FUNDING)
									      : PASS;
}

/* An emergency suspension is over once its time has come. */
static Pidc__V1__PartnershipState state_now(const struct naive_question *question)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;
	int64_t lapses = INT64_MAX;

	if (who->lapses_at != NULL)
		(void)time_from_proto(who->lapses_at, &lapses);
	return who->partner_state == PARTNERSHIP(SUSPENDED) && lapses <= question->now_us
		       ? who->lapsed_state
		       : who->partner_state;
}

/* In the order of the gates; the ceiling is the last of them. */
static Pidc__V1__Reason check_partner(const struct naive_question *question, bool is_wind_down)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;
	Pidc__V1__PartnershipState state = state_now(question);
	Pidc__V1__Reason instruments = check_instruments(question);

	if (state != PARTNERSHIP(ACTIVE) && state != PARTNERSHIP(RECOGNISED) &&
	    !(state == PARTNERSHIP(EXITING) && is_wind_down))
		return DENY(D_PARTNER_STATE);
	if (state != PARTNERSHIP(RECOGNISED) && !who->has_board_approval)
		return DENY(D_BOARD);
	if (instruments != PASS && instruments != DENY(D_CLASSIFICATION))
		return instruments;
	if (who->is_review_overdue && question->subject->classification >= CLASSIFICATION(AMBER))
		return DENY(D_REVIEW);
	return check_funding(question) != PASS ? check_funding(question) : instruments;
}

/* Member to member there is no partnership, no agreement and no review (G3 to G7);
 * but who acts as a funder does not act as a member. */
static Pidc__V1__Reason check_recipient(const struct naive_question *question, bool is_wind_down)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;
	Pidc__V1__Capacity capacity = question->query->capacity;

	switch (who->kind) {
	case ORG_KIND(MEMBER):
		if (!who->is_active_member)
			return DENY(D_PARTNER_STATE);
		return capacity == CAPACITY(FUNDER) ? check_funding(question) : PASS;
	case ORG_KIND(SECRETARIAT):
		return capacity == CAPACITY(SECRETARIAT) &&
				       naive_is_under(question, "PIDC_ANALYSIS")
			       ? PASS
			       : DENY(D_PURPOSE);
	case ORG_KIND(PARTNER):
		return check_partner(question, is_wind_down);
	default:
		return DENY(D_PARTNER_STATE);
	}
}

Pidc__V1__Reason naive_check_gates(const struct naive_question *question, bool is_wind_down)
{
	Pidc__V1__Reason reason = check_owner(question);

	return reason != PASS ? reason : check_recipient(question, is_wind_down);
}
