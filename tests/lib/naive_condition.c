/* SPDX-License-Identifier: ISC
 *
 * The conditions of a permit and the smallest cells (G10, G11), for
 * tests/lib/naive_decision.c.
 */
#include "tests/lib/naive_statement.h"

#include <string.h>

#define DENY(r)        PIDC__V1__REASON__REASON_##r
#define PASS           PIDC__V1__REASON__REASON_UNSPECIFIED
#define CONDITION(k)   PIDC__V1__CONDITION_KIND__CONDITION_KIND_##k
#define GRANULARITY(g) PIDC__V1__GRANULARITY__GRANULARITY_##g
#define ANSWERED(s)    PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_##s

bool naive_has_condition(const struct naive_chain *p, Pidc__V1__ConditionKind kind)
{
	for (size_t i = 0; i < p->terms->n_conditions; i++)
		if (p->terms->conditions[i]->kind == kind)
			return true;
	return false;
}

/* ---- who asks */

bool naive_is_exiting(const struct naive_question *question)
{
	return question->facts->recipient->kind ==
		       PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER &&
	       question->facts->recipient->partner_state ==
		       PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_EXITING;
}

bool naive_is_wind_down(const struct naive_question *question, const struct naive_chain *p)
{
	const Google__Protobuf__Timestamp *since = question->facts->recipient->exiting_since;

	return naive_is_exiting(question) && since != NULL &&
	       naive_has_condition(p, CONDITION(WIND_DOWN)) &&
	       p->recorded_us > naive_instant(since, 0);
}

static bool is_only_under(const struct naive_question *question, const Pidc__V1__Condition *c)
{
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;

	for (size_t i = 0; i < facts->n_instruments; i++)
		if (naive_is_allowed_by(question, facts->instruments[i]) &&
		    naive_has(c->values, c->n_values, facts->instruments[i]->instrument_id))
			return true;
	return false;
}

static bool is_in_country(const struct naive_question *question, const Pidc__V1__Condition *c)
{
	const char *country = question->facts->recipient->country;

	return country[0] != '\0' && naive_has(c->values, c->n_values, country);
}

/* A partner that is a body of several states. */
static bool is_of_several_states(const struct naive_question *question)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;

	return who->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER &&
	       who->country[0] == '\0' &&
	       (strcmp(who->partner_class, "INTERNATIONAL_BODY") == 0 ||
		strcmp(who->partner_class, "REGIONAL_ORG") == 0);
}

/* ---- what was released before */

/* Fewer fetches than the condition allows; what nobody counted is used up. */
static bool is_left(const struct naive_question *question, const struct naive_chain *p,
		    const Pidc__V1__Condition *c)
{
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;
	uint64_t used = UINT64_MAX;

	for (size_t i = 0; i < facts->n_uses; i++)
		if (strcmp(facts->uses[i]->consent_id, p->consent_id) == 0 &&
		    facts->uses[i]->days == c->days)
			used = c->kind == CONDITION(MAX_RELEASES) ? facts->uses[i]->total
								  : facts->uses[i]->recent;
	return used < c->number;
}

/* ---- the owner's word */

/* It lists this contribution and every field, for this use by this recipient. */
static bool is_as_asked(const struct naive_question *question, const Pidc__V1__Approval *approval)
{
	const Pidc__Store__V1__DecisionQuery *query = question->query;
	bool is_same = strcmp(approval->owner_org, query->owner_org) == 0 &&
		       strcmp(approval->recipient_org, query->recipient_org) == 0 &&
		       strcmp(approval->purpose, query->purpose) == 0 &&
		       approval->capacity == query->capacity && approval->action == query->action;

	for (size_t i = 0; i < query->n_fields; i++)
		is_same &= naive_has(approval->fields, approval->n_fields, query->fields[i]);
	return is_same && naive_has(approval->contribution_ids, approval->n_contribution_ids,
				    question->subject->contribution_id);
}

/* APPROVED and good for one fetch: once USED, for that one only. */
static bool is_confirmed(const struct naive_question *question)
{
	const Pidc__Store__V1__DecisionQuery *query = question->query;
	const Pidc__V1__Approval *approval = question->facts->approval;
	bool is_open;

	if (approval == NULL || query->approval_id[0] == '\0' ||
	    strcmp(approval->approval_id, query->approval_id) != 0)
		return false;
	is_open = approval->state == ANSWERED(APPROVED) ||
		  (approval->state == ANSWERED(USED) && query->disclosure_id[0] != '\0' &&
		   strcmp(approval->disclosure_id, query->disclosure_id) == 0);
	return is_open && question->now_us < naive_instant(approval->valid_to, INT64_MIN) &&
	       is_as_asked(question, approval);
}

/* ---- G10 */

static bool is_obligation(const Pidc__V1__Condition *c)
{
	switch (c->kind) {
	case CONDITION(DATA_LIFE):
	case CONDITION(NO_ONWARD):
	case CONDITION(ONWARD_TO):
	case CONDITION(ATTRIBUTION):
	case CONDITION(NOTIFY_EACH):
	case CONDITION(DISPOSE_ON_EXIT):
	case CONDITION(ACK_WITHIN):
		return true;
	default:
		return false;
	}
}

/* What no fact can tell does not hold. */
static bool holds(const struct naive_question *question, const struct naive_chain *p,
		  const Pidc__V1__Condition *c)
{
	Pidc__V1__Granularity granularity = question->subject->granularity;

	switch (c->kind) {
	case CONDITION(MIN_CELL):
		return granularity == GRANULARITY(AGGREGATE) && question->subject->has_cells;
	case CONDITION(AGGREGATE_ONLY):
		return granularity == GRANULARITY(AGGREGATE);
	case CONDITION(DEIDENTIFIED_ONLY):
		return granularity <= GRANULARITY(DEIDENTIFIED);
	case CONDITION(EMBARGO_UNTIL):
		return question->now_us >= naive_instant(c->until, INT64_MAX);
	case CONDITION(MAX_RELEASES):
	case CONDITION(FREQUENCY):
		return is_left(question, p, c);
	case CONDITION(APPROVE_EACH): /* asked last, see naive_judge */
		return true;
	case CONDITION(ONLY_UNDER):
		return is_only_under(question, c);
	case CONDITION(IN_COUNTRY):
		return is_in_country(question, c);
	case CONDITION(NOT_ORIGIN_COUNTRY):
		return is_of_several_states(question);
	case CONDITION(WIND_DOWN):
		return naive_is_exiting(question);
	default:
		return is_obligation(c);
	}
}

size_t naive_count_obligations(const struct naive_chain *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->terms->n_conditions; i++)
		count += is_obligation(p->terms->conditions[i]);
	return count;
}

/* ---- G11 */

uint32_t naive_min_cell(const struct naive_question *question, const struct naive_chain *p)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	uint32_t least =
		subject->granularity == GRANULARITY(AGGREGATE) ? subject->min_cell_default : 0;

	for (size_t i = 0; i < p->terms->n_conditions; i++)
		if (p->terms->conditions[i]->kind == CONDITION(MIN_CELL) &&
		    p->terms->conditions[i]->number > least)
			least = p->terms->conditions[i]->number;
	return least;
}

static bool is_file_asked(const struct naive_question *question)
{
	const Pidc__Store__V1__Subject *subject = question->subject;

	for (size_t i = 0; i < subject->n_fields; i++)
		if (subject->fields[i]->is_file &&
		    naive_has(question->query->fields, question->query->n_fields,
			      subject->fields[i]->name))
			return true;
	return false;
}

/* [a, b) of two periods have an instant in common. */
static bool have_common_time(const Pidc__V1__TimeRange *a, const Pidc__V1__TimeRange *b)
{
	int64_t from = a != NULL ? naive_instant(a->from, INT64_MIN) : INT64_MIN;
	int64_t to = a != NULL ? naive_instant(a->to, INT64_MAX) : INT64_MAX;
	int64_t other_from = b != NULL ? naive_instant(b->from, INT64_MIN) : INT64_MIN;
	int64_t other_to = b != NULL ? naive_instant(b->to, INT64_MAX) : INT64_MAX;

	return (from > other_from ? from : other_from) < (to < other_to ? to : other_to);
}

/* The recipient has another table of the dataset about the same time, or gets one in the
 * same chunk. */
static bool is_another_held(const struct naive_question *question)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;

	for (size_t i = 0; i < question->held_count; i++)
		if (strcmp(question->held[i]->dataset_id, subject->dataset_id) == 0 &&
		    strcmp(question->held[i]->contribution_id, subject->contribution_id) != 0 &&
		    have_common_time(question->held[i]->period, subject->period))
			return true;
	return naive_has(facts->overlapping_ids, facts->n_overlapping_ids,
			 subject->contribution_id);
}

static bool is_cell_safe(const struct naive_question *question, const struct naive_chain *p)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	uint32_t least = naive_min_cell(question, p);

	if (least == 0)
		return true;
	if (subject->granularity != GRANULARITY(AGGREGATE) || !subject->has_cells ||
	    is_file_asked(question))
		return false;
	if (subject->contribution_id[0] == '\0') /* of the whole: its parts are asked for later */
		return true;
	return subject->cell_highest >= least && question->facts->are_holdings_known &&
	       !is_another_held(question);
}

/* ---- both */

Pidc__V1__Reason naive_judge(const struct naive_question *question, const struct naive_chain *p)
{
	for (size_t i = 0; i < p->terms->n_conditions; i++) {
		const Pidc__V1__Condition *c = p->terms->conditions[i];

		if (c->kind < CONDITION(MIN_CELL) || c->kind > CONDITION(WIND_DOWN))
			return DENY(D_UNKNOWN_CONDITION);
		if (!holds(question, p, c))
			return DENY(D_CONDITION);
	}
	if (!is_cell_safe(question, p))
		return DENY(D_SMALL_CELL);
	return naive_has_condition(p, CONDITION(APPROVE_EACH)) && !is_confirmed(question)
		       ? NAIVE_WAITS
		       : PASS;
}
