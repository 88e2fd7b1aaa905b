/* SPDX-License-Identifier: ISC
 *
 * G9: the consent rule. A permit counts when it covers the request entirely, its
 * conditions hold, and no exclusion meets the request; permits are never combined.
 * If none counts, the nearest miss gives the reason.
 */
#include "core/consent_check.h"
#include "core/decision_internal.h"

#include <string.h>

#define REASON(name)    PIDC__V1__REASON__REASON_D_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

/* What a permit lacks; a near miss lacks exactly one of them. */
enum miss {
	MISS_ENDED = 1 << 0,
	MISS_EXPIRED = 1 << 1,
	MISS_NOT_YET = 1 << 2,
	MISS_CONDITION = 1 << 3,
	MISS_UNKNOWN = 1 << 4,
	MISS_CEILING = 1 << 5,
	MISS_FIELD = 1 << 6,
	MISS_PURPOSE = 1 << 7,
	MISS_OWNER = 1 << 8,
	MISS_CELL = 1 << 9,
};

/* From the nearest miss to none at all. */
static const struct near_miss {
	enum miss miss;
	Pidc__V1__Reason reason;
} near_misses[] = {
	{MISS_OWNER, REASON(CONDITION)},
	{MISS_ENDED, REASON(REVOKED)},
	{MISS_EXPIRED, REASON(EXPIRED)},
	{MISS_NOT_YET, REASON(NOT_YET)},
	{MISS_CONDITION, REASON(CONDITION)},
	{MISS_CELL, REASON(SMALL_CELL)},
	{MISS_UNKNOWN, REASON(UNKNOWN_CONDITION)},
	{MISS_CEILING, REASON(CLASSIFICATION)},
	{MISS_FIELD, REASON(FIELD)},
	{MISS_PURPOSE, REASON(PURPOSE)},
};

#define NEAR_MISS_COUNT (sizeof(near_misses) / sizeof(near_misses[0]))

/* One decision in progress. */
struct search {
	const struct decision_set *set;
	const Pidc__Store__V1__Subject *subject;
	const struct instrument_check *instruments;
	int64_t now_us;
	const struct permit *best;
	size_t best_miss; /* index in near_misses; NEAR_MISS_COUNT for none */
	const char *detail;
	const struct permit *nearest; /* that has the best miss */
};

bool exclusion_meets(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		     const struct exclusion *exclusion, int64_t now_us)
{
	return exclusion->from_us <= now_us && now_us < exclusion->to_us &&
	       scope_meets(&exclusion->scope, set, subject);
}

static bool exclusion_is_in_effect(const struct search *search, const struct exclusion *exclusion)
{
	return exclusion_meets(search->set, search->subject, exclusion, search->now_us);
}

/* An exclusive grant excludes all but itself. */
static bool exclusion_blocks(const struct search *search, const struct exclusion *exclusion,
			     const struct permit *permit)
{
	if (exclusion->kind == EXCLUSION_EXCLUSIVE && exclusion->chain == permit->chain)
		return false;
	return permit->chain->terms_index < exclusion->before_index &&
	       exclusion_is_in_effect(search, exclusion);
}

static bool permit_is_blocked(const struct search *search, const struct permit *permit)
{
	for (size_t i = 0; i < search->set->exclusion_count; i++)
		if (exclusion_blocks(search, &search->set->exclusions[i], permit))
			return true;
	return false;
}

/* The permit's own ceiling; one signature reaches GREEN (SD-6); and RED goes to named
 * organisations only, each release approved (G8, W13). */
static bool ceiling_allows(const struct permit *permit, Pidc__V1__Classification classification)
{
	const Pidc__V1__ConsentStatement *terms = permit->chain->terms;
	Pidc__V1__Classification ceiling = terms->classification_ceiling;

	if (classification == 0 || (ceiling != 0 && classification > ceiling))
		return false;
	if (classification >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER &&
	    !permit->chain->is_approved)
		return false;
	if (classification < PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED)
		return true;
	return classification == PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED &&
	       permit->recipient_rank == RECIPIENT_ORG &&
	       statement_has_condition(terms, CONDITION(APPROVE_EACH));
}

/* The first condition that fails gives the reason; that the owner is still to confirm
 * counts only when all others hold. */
static unsigned conditions_miss(const struct search *search, const struct permit *permit,
				const char **ret_detail)
{
	const Pidc__V1__ConsentStatement *terms = permit->chain->terms;
	const struct condition_input in = {search->set, search->subject, search->instruments,
					   permit->chain, search->now_us};
	unsigned misses = 0;

	for (size_t i = 0; i < terms->n_conditions; i++) {
		enum condition_result result = condition_check(&in, terms->conditions[i]);

		if (result == CONDITION_HOLDS)
			continue;
		*ret_detail = condition_name(terms->conditions[i]->kind);
		if (result == CONDITION_UNKNOWN)
			return MISS_UNKNOWN;
		if (result == CONDITION_FAILS)
			return MISS_CONDITION;
		misses = MISS_OWNER;
	}
	return misses;
}

static unsigned permit_misses(const struct search *search, const struct permit *permit,
			      const char **ret_detail)
{
	const struct chain *chain = permit->chain;
	const char *field = scope_missing_field(&permit->scope, search->set, search->subject);
	unsigned misses = conditions_miss(search, permit, ret_detail);

	/* The owner is not asked to confirm what cannot go. */
	if (!(misses & (MISS_CONDITION | MISS_UNKNOWN)) &&
	    !cell_is_safe(search->set, search->subject,
			  min_cell_of(chain->terms, search->subject))) {
		misses = MISS_CELL;
		*ret_detail = condition_name(CONDITION(MIN_CELL));
	}
	if (permit->is_ended)
		misses |= MISS_ENDED;
	if (search->now_us >= chain->to_us)
		misses |= MISS_EXPIRED;
	if (search->now_us < chain->from_us)
		misses |= MISS_NOT_YET;
	if (!ceiling_allows(permit, search->subject->classification))
		misses |= MISS_CEILING;
	if (!permit->covers_purpose)
		misses |= MISS_PURPOSE;
	if (field != NULL) {
		misses |= MISS_FIELD;
		*ret_detail = field;
	}
	return misses;
}

/* contribution, dataset, category, all */
static int data_rank(const Pidc__V1__ConsentStatement *terms)
{
	const Pidc__V1__DataSelector *data = terms->data;

	if (data->n_contribution_ids != 0)
		return 0;
	if (data->n_dataset_ids != 0)
		return 1;
	return data->category != NULL ? 2 : 3;
}

static size_t obligation_count(const Pidc__V1__ConsentStatement *terms)
{
	size_t count = 0;

	for (size_t i = 0; i < terms->n_conditions; i++)
		count += condition_is_obligation(terms->conditions[i]->kind);
	return count;
}

/* Whether a is used rather than b: the more specific one. */
static bool permit_precedes(const struct permit *a, const struct permit *b)
{
	const Pidc__V1__ConsentStatement *x = a->chain->terms, *y = b->chain->terms;

	if (data_rank(x) != data_rank(y))
		return data_rank(x) < data_rank(y);
	if (a->recipient_rank != b->recipient_rank)
		return a->recipient_rank < b->recipient_rank;
	if (a->purpose_depth != b->purpose_depth)
		return a->purpose_depth < b->purpose_depth;
	if (x->n_actions != y->n_actions)
		return x->n_actions < y->n_actions;
	if (obligation_count(x) != obligation_count(y))
		return obligation_count(x) > obligation_count(y);
	return strcmp(a->chain->consent_id, b->chain->consent_id) < 0;
}

/* Keep the nearest miss, of equal ones the first: permits come in the order of their
 * chains' ids, whatever the order of the rows. */
static void miss_note(struct search *search, const struct permit *permit, unsigned misses,
		      const char *detail)
{
	for (size_t i = 0; i < search->best_miss; i++) {
		if (misses != near_misses[i].miss)
			continue;
		search->best_miss = i;
		search->detail = detail;
		search->nearest = permit;
	}
}

/* While the recipient leaves, only what was signed for the winding down counts. */
static bool permit_counts(const struct search *search, const struct permit *permit)
{
	if (search->now_us < permit->recipient_from_us)
		return false;
	if (!search->set->is_exiting)
		return true;
	return statement_has_condition(permit->chain->terms, CONDITION(WIND_DOWN)) &&
	       permit->chain->terms_recorded_us > search->set->exiting_since_us;
}

static void permit_try(struct search *search, const struct permit *permit)
{
	const char *detail = "";
	unsigned misses;

	if (!permit_counts(search, permit) || !scope_covers_data(&permit->scope, search->subject) ||
	    !scope_covers_period(&permit->scope, search->subject) ||
	    permit_is_blocked(search, permit))
		return;
	misses = permit_misses(search, permit, &detail);
	if (misses != 0)
		miss_note(search, permit, misses, detail);
	else if (search->best == NULL || permit_precedes(permit, search->best))
		search->best = permit;
}

/* The reason that exclusions give, whatever the permits: 0 for none. */
static Pidc__V1__Reason exclusion_reason(const struct search *search)
{
	static const Pidc__V1__Reason reasons[] = {
		[EXCLUSION_VETO] = REASON(VETO),
		[EXCLUSION_ENDED] = REASON(REVOKED),
		[EXCLUSION_UNKNOWN] = REASON(UNKNOWN_CONDITION),
	};
	enum exclusion_kind nearest = EXCLUSION_EXCLUSIVE;

	for (size_t i = 0; i < search->set->exclusion_count; i++) {
		const struct exclusion *exclusion = &search->set->exclusions[i];

		if (exclusion->kind < nearest && exclusion_is_in_effect(search, exclusion))
			nearest = exclusion->kind;
	}
	return nearest < EXCLUSION_EXCLUSIVE ? reasons[nearest] : 0;
}

static void outcome_deny(const struct search *search, struct consent_outcome *ret)
{
	/* An exclusion that is in effect does not stand in the way of that permit. */
	ret->needs_owner = search->best_miss < NEAR_MISS_COUNT &&
			   near_misses[search->best_miss].miss == MISS_OWNER;
	ret->reason = ret->needs_owner ? 0 : exclusion_reason(search);
	if (ret->reason != 0)
		return;
	ret->reason = REASON(DEFAULT_DENY);
	if (search->best_miss == NEAR_MISS_COUNT)
		return;
	ret->reason = near_misses[search->best_miss].reason;
	ret->is_told = ret->needs_owner || near_misses[search->best_miss].miss == MISS_CELL;
	ret->detail = search->detail;
	if (ret->needs_owner)
		ret->permit = search->nearest;
}

static int outcome_permit(const struct permit *permit, struct arena *arena,
			  struct consent_outcome *ret)
{
	const Pidc__V1__ConsentStatement *terms = permit->chain->terms;

	ret->permit = permit;
	ret->obligations = arena_calloc(arena, terms->n_conditions, sizeof(void *));
	if (ret->obligations == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < terms->n_conditions; i++)
		if (condition_is_obligation(terms->conditions[i]->kind))
			ret->obligations[ret->obligation_count++] = terms->conditions[i];
	return 0;
}

int consent_decide(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		   const struct instrument_check *instruments, int64_t now_us, struct arena *arena,
		   struct consent_outcome *ret)
{
	struct search search = {.set = set,
				.subject = subject,
				.instruments = instruments,
				.now_us = now_us,
				.best_miss = NEAR_MISS_COUNT,
				.detail = ""};

	*ret = (struct consent_outcome){.detail = ""};
	if (set->chains.broken_count != 0) {
		ret->reason = REASON(UNKNOWN_CONDITION);
		return 0;
	}
	for (size_t i = 0; i < set->permit_count; i++)
		permit_try(&search, &set->permits[i]);
	if (search.best != NULL)
		return outcome_permit(search.best, arena, ret);
	outcome_deny(&search, ret);
	return 0;
}

int permit_explain(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		   const struct instrument_check *instruments, const struct permit *permit,
		   int64_t now_us, struct arena *arena, Pidc__V1__PermitFinding *ret)
{
	const struct search search = {
		.set = set, .subject = subject, .instruments = instruments, .now_us = now_us};
	const char *detail = "";
	unsigned misses = permit_misses(&search, permit, &detail);

	ret->detail = (char *)(uintptr_t)detail;
	ret->misses = arena_calloc(arena, NEAR_MISS_COUNT + 2, sizeof(*ret->misses));
	ret->blocked_by = arena_calloc(arena, set->exclusion_count, sizeof(*ret->blocked_by));
	if (ret->misses == NULL || ret->blocked_by == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < NEAR_MISS_COUNT; i++)
		if (misses & near_misses[i].miss)
			ret->misses[ret->n_misses++] = near_misses[i].reason;
	if (!scope_covers_period(&permit->scope, subject))
		ret->misses[ret->n_misses++] = REASON(DEFAULT_DENY);
	if (!permit_counts(&search, permit))
		ret->misses[ret->n_misses++] = REASON(PARTNER_STATE);
	for (size_t i = 0; i < set->exclusion_count; i++)
		if (exclusion_blocks(&search, &set->exclusions[i], permit))
			ret->blocked_by[ret->n_blocked_by++] =
				(char *)(uintptr_t)set->exclusions[i].chain->consent_id;
	return 0;
}
