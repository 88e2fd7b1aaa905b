/* SPDX-License-Identifier: ISC
 *
 * How long an answer lasts when nothing is recorded: until the nearest of all instants
 * that anything in the set compares the clock with.
 */
#include "core/decision_internal.h"
#include "core/text.h"

#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

struct stretch {
	int64_t now_us;
	int64_t until_us;
};

static void boundary(struct stretch *stretch, int64_t at_us)
{
	if (at_us > stretch->now_us && at_us < stretch->until_us)
		stretch->until_us = at_us;
}

/* Conditions that are decided from the subject, the instruments and the clock alone. All
 * others may come to count releases or ask somebody: no answer with them lasts. */
static bool condition_is_steady(Pidc__V1__ConditionKind kind)
{
	switch (kind) {
	case CONDITION(AGGREGATE_ONLY):
	case CONDITION(DEIDENTIFIED_ONLY):
	case CONDITION(EMBARGO_UNTIL):
	case CONDITION(ONLY_UNDER):
	case CONDITION(WIND_DOWN):
		return true;
	default:
		return condition_is_obligation(kind);
	}
}

static void terms_bound(struct stretch *stretch, const Pidc__V1__ConsentStatement *terms)
{
	int64_t at_us;

	for (size_t i = 0; terms != NULL && i < terms->n_conditions; i++) {
		const Pidc__V1__Condition *condition = terms->conditions[i];

		if (!condition_is_steady(condition->kind))
			stretch->until_us = stretch->now_us;
		if (condition->until != NULL && time_from_proto(condition->until, &at_us))
			boundary(stretch, at_us);
	}
}

static void range_bound(struct stretch *stretch, const Pidc__V1__TimeRange *range)
{
	int64_t from_us, to_us;

	range_read(range, &from_us, &to_us);
	boundary(stretch, from_us);
	boundary(stretch, to_us);
}

int64_t decision_stable_until(const struct decision_set *set, int64_t now_us)
{
	struct stretch stretch = {.now_us = now_us, .until_us = INT64_MAX};
	int64_t lapses_us;

	for (size_t i = 0; i < set->permit_count; i++)
		boundary(&stretch, set->permits[i].recipient_from_us);
	for (size_t i = 0; i < set->exclusion_count; i++) {
		boundary(&stretch, set->exclusions[i].from_us);
		boundary(&stretch, set->exclusions[i].to_us);
	}
	for (size_t i = 0; i < set->chains.count; i++) {
		boundary(&stretch, set->chains.chains[i].from_us);
		boundary(&stretch, set->chains.chains[i].to_us);
		terms_bound(&stretch, set->chains.chains[i].terms);
	}
	/* Small cells are decided by what the recipient holds: each release changes that. */
	for (size_t i = 0; i < set->facts->n_subjects; i++)
		if (set->facts->subjects[i]->min_cell_default != 0)
			stretch.until_us = now_us;
	if (set->facts->recipient != NULL && set->facts->recipient->lapses_at != NULL &&
	    time_from_proto(set->facts->recipient->lapses_at, &lapses_us))
		boundary(&stretch, lapses_us);
	for (size_t i = 0; i < set->facts->n_instruments; i++)
		range_bound(&stretch, set->facts->instruments[i]->term);
	return stretch.until_us;
}
