/* SPDX-License-Identifier: ISC
 *
 * G5 and G8: what the recipient's agreement with PIDC allows at most. One
 * instrument has to allow all of it; two do not add up.
 */
#include "core/decision_internal.h"
#include "core/text.h"

#include <string.h>

/* How far an instrument gets. */
enum stage {
	STAGE_NONE,
	STAGE_IN_FORCE,
	STAGE_USE,         /* purpose and action */
	STAGE_GRANULARITY, /* and what else of the subject is a matter of scope */
	STAGE_CEILING,     /* passed */
};

static bool is_in_force(const Pidc__Store__V1__InstrumentFacts *instrument, int64_t now_us)
{
	const Pidc__V1__TimeRange *term = instrument->term;
	int64_t from = INT64_MIN, to = INT64_MAX;

	if (term == NULL)
		return true;
	if (term->from != NULL && !time_from_proto(term->from, &from))
		return false;
	if (term->to != NULL && !time_from_proto(term->to, &to))
		return false;
	return from <= now_us && now_us < to;
}

static bool allows_use(const struct decision_set *set, const Pidc__V1__DataScope *scope)
{
	bool has_purpose = false, has_action = false;

	if (scope == NULL)
		return false;
	for (size_t i = 0; i < scope->n_purposes; i++)
		has_purpose = has_purpose || path_has(set, scope->purposes[i]);
	for (size_t i = 0; i < scope->n_actions; i++)
		has_action = has_action || scope->actions[i] == set->query->action ||
			     set->query->action == PIDC__V1__ACTION__ACTION_DISCOVER;
	return has_purpose && has_action;
}

/* Above GREEN the agreement has to keep confidences (PRI-9b). */
static bool allows_kind(const Pidc__Store__V1__InstrumentFacts *instrument,
			const Pidc__Store__V1__Subject *subject)
{
	const Pidc__V1__DataScope *scope = instrument->scope;
	bool is_open = subject->classification != 0 &&
		       subject->classification <= PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;

	return subject->granularity != 0 && subject->granularity <= scope->granularity_ceiling &&
	       scope->classification_ceiling != 0 && (is_open || instrument->has_confidentiality);
}

static enum stage instrument_stage(const struct decision_set *set,
				   const Pidc__Store__V1__InstrumentFacts *instrument,
				   const Pidc__Store__V1__Subject *subject, int64_t now_us)
{
	if (!is_in_force(instrument, now_us))
		return STAGE_NONE;
	if (!allows_use(set, instrument->scope))
		return STAGE_IN_FORCE;
	if (subject == NULL || !allows_kind(instrument, subject))
		return STAGE_USE;
	if (subject->classification > instrument->scope->classification_ceiling)
		return STAGE_GRANULARITY;
	return STAGE_CEILING;
}

int instruments_check(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		      int64_t now_us, struct arena *arena, struct instrument_check *ret)
{
	const Pidc__Store__V1__DecisionFacts *facts = set->facts;
	enum stage best = STAGE_NONE;

	*ret = (struct instrument_check){0};
	ret->passing = arena_calloc(arena, facts->n_instruments, sizeof(void *));
	if (ret->passing == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < facts->n_instruments; i++) {
		enum stage stage = instrument_stage(set, facts->instruments[i], subject, now_us);

		if (stage == STAGE_CEILING)
			ret->passing[ret->passing_count++] = facts->instruments[i];
		if (stage > best)
			best = stage;
	}
	if (best == STAGE_NONE)
		ret->own_reason = PIDC__V1__REASON__REASON_D_MOU;
	else if (best == STAGE_IN_FORCE)
		ret->own_reason = PIDC__V1__REASON__REASON_D_MOU_SCOPE;
	else if (best == STAGE_USE)
		ret->subject_reason = PIDC__V1__REASON__REASON_D_MOU_SCOPE;
	else if (best == STAGE_GRANULARITY)
		ret->ceiling_reason = PIDC__V1__REASON__REASON_D_CLASSIFICATION;
	return 0;
}
