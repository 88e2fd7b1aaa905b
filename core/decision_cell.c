/* SPDX-License-Identifier: ISC
 *
 * G11, disclosure control: small cells, and what two tables about the same time tell
 * together. doc/sharing.md has worked examples.
 */
#include "core/chain.h"
#include "core/decision_internal.h"
#include "core/rule_check.h"

#include <string.h>

#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

static bool is_aggregate(const Pidc__Store__V1__Subject *subject)
{
	return subject->granularity == PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
}

uint32_t min_cell_of(const Pidc__V1__ConsentStatement *terms,
		     const Pidc__Store__V1__Subject *subject)
{
	uint32_t min_cell = is_aggregate(subject) ? subject->min_cell_default : 0;

	for (size_t i = 0; i < terms->n_conditions; i++)
		if (terms->conditions[i]->kind == CONDITION(MIN_CELL) &&
		    terms->conditions[i]->number > min_cell)
			min_cell = terms->conditions[i]->number;
	return min_cell;
}

static bool overlaps(const Pidc__Store__V1__Subject *a, const Pidc__Store__V1__Subject *b)
{
	int64_t a_from, a_to, b_from, b_to;

	range_read(a->period, &a_from, &a_to);
	range_read(b->period, &b_from, &b_to);
	return a_from < b_to && b_from < a_to;
}

/* Two tables of one dataset about the same time: what one has and the other has not may
 * be a few persons. Corrected versions are such tables. */
static bool is_held_beside(const struct decision_set *set, const Pidc__Store__V1__Subject *subject)
{
	if (list_has(set->facts->overlapping_ids, set->facts->n_overlapping_ids,
		     subject->contribution_id))
		return true;
	for (size_t i = 0; i < set->held_count; i++)
		if (strcmp(set->held[i]->dataset_id, subject->dataset_id) == 0 &&
		    strcmp(set->held[i]->contribution_id, subject->contribution_id) != 0 &&
		    overlaps(set->held[i], subject))
			return true;
	return false;
}

/* What a file counts, nobody has looked at. */
static bool asks_for_file(const struct decision_set *set, const Pidc__Store__V1__Subject *subject)
{
	const Pidc__Store__V1__DecisionQuery *query = set->query;

	for (size_t i = 0; i < subject->n_fields; i++)
		if (subject->fields[i]->is_file &&
		    list_has(query->fields, query->n_fields, subject->fields[i]->name))
			return true;
	return false;
}

bool cell_is_safe(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		  uint32_t min_cell)
{
	if (min_cell == 0)
		return true;
	if (!is_aggregate(subject) || !subject->has_cells || asks_for_file(set, subject))
		return false;
	if (subject->contribution_id[0] == '\0')
		return true; /* which of its contributions, is decided one by one */
	return set->facts->are_holdings_known && subject->cell_highest >= min_cell &&
	       !is_held_beside(set, subject);
}
