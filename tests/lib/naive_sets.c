/* SPDX-License-Identifier: ISC
 *
 * Everything that a question and the statements name, as bits, for
 * tests/lib/naive_decision.c.
 */
#include "tests/lib/naive_statement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool naive_has(char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

int64_t naive_instant(const Google__Protobuf__Timestamp *ts, int64_t otherwise)
{
	return ts == NULL ? otherwise : ts->seconds * 1000000 + ts->nanos / 1000;
}

bool naive_covers(const struct naive_sets *sets, const struct naive_sets *asked)
{
	return (asked->items & ~sets->items) == 0 && (asked->fields & ~sets->fields) == 0 &&
	       (asked->starts & ~sets->starts) == 0 && (asked->purposes & ~sets->purposes) == 0 &&
	       (asked->actions & ~sets->actions) == 0;
}

bool naive_overlaps(const struct naive_sets *sets, const struct naive_sets *asked)
{
	return (asked->items & sets->items) != 0 && (asked->fields & sets->fields) != 0 &&
	       (asked->starts & sets->starts) != 0 && (asked->purposes & sets->purposes) != 0 &&
	       (asked->actions & sets->actions) != 0;
}

/* ---- the universe: every element that somebody names */

static void add_name(const char **names, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return;
	assert(*count < NAIVE_SET_MAX);
	names[(*count)++] = name;
}

static int compare_starts(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void add_start(struct naive_universe *universe, int64_t us)
{
	for (size_t i = 0; i < universe->start_count; i++)
		if (universe->starts[i] == us)
			return;
	assert(universe->start_count < NAIVE_SET_MAX);
	universe->starts[universe->start_count++] = us;
}

static void add_range(struct naive_universe *universe, const Pidc__V1__TimeRange *range)
{
	if (range == NULL)
		return;
	add_start(universe, naive_instant(range->from, INT64_MIN));
	if (range->to != NULL)
		add_start(universe, naive_instant(range->to, 0));
}

void naive_fill_universe(const struct naive_question *question, struct naive_chains *chains)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	struct naive_universe *universe = &chains->universe;

	add_name(universe->items, &universe->item_count, "(all else)");
	if (subject->contribution_id[0] != '\0')
		add_name(universe->items, &universe->item_count, subject->contribution_id);
	for (size_t i = 0; i < subject->n_contribution_ids; i++)
		add_name(universe->items, &universe->item_count, subject->contribution_ids[i]);
	for (size_t i = 0; i < subject->n_fields; i++)
		add_name(universe->fields, &universe->field_count, subject->fields[i]->name);
	for (size_t i = 0; i < question->query->n_fields; i++)
		add_name(universe->fields, &universe->field_count, question->query->fields[i]);
	add_start(universe, INT64_MIN);
	add_range(universe, subject->period);
	for (size_t i = 0; i < question->facts->n_statements; i++)
		if (chains->statements[i] != NULL)
			add_range(universe, chains->statements[i]->data_period);
	qsort(universe->starts, universe->start_count, sizeof(int64_t), compare_starts);
}

/* ---- sets */

static uint64_t name_bits(const char *const *names, size_t count, char *const *wanted,
			  size_t wanted_count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
		if (naive_has(wanted, wanted_count, names[i]))
			bits |= UINT64_C(1) << i;
	return bits;
}

static uint64_t start_bits(const struct naive_universe *universe, const Pidc__V1__TimeRange *range)
{
	int64_t from = range == NULL ? INT64_MIN : naive_instant(range->from, INT64_MIN);
	int64_t to = range == NULL ? INT64_MAX : naive_instant(range->to, INT64_MAX);
	uint64_t bits = 0;

	for (size_t i = 0; i < universe->start_count; i++)
		if (universe->starts[i] >= from && universe->starts[i] < to)
			bits |= UINT64_C(1) << i;
	return bits;
}

/* Every node that has one of the codes among itself and its ancestors. */
static uint64_t purpose_bits(const struct naive_tree *tree, char *const *codes, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < tree->count; i++)
		for (int node = (int)i; node >= 0; node = tree->parents[node])
			if (naive_has(codes, count, tree->codes[node]))
				bits |= UINT64_C(1) << i;
	return bits;
}

static uint64_t action_bits(const Pidc__V1__Action *actions, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
		if ((unsigned int)actions[i] < NAIVE_SET_MAX)
			bits |= UINT64_C(1) << actions[i];
	return bits;
}

static uint64_t all_bits(size_t count)
{
	return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint64_t item_bits(const struct naive_question *question,
			  const struct naive_universe *universe, const Pidc__V1__DataSelector *data)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	uint64_t all = all_bits(universe->item_count);

	if (data == NULL)
		return 0;
	if (data->all_of_owner)
		return all;
	if (data->category != NULL)
		return strcmp(data->category->category, subject->category) == 0 &&
				       subject->granularity <= data->category->granularity_ceiling
			       ? all
			       : 0;
	if (data->n_dataset_ids > 0)
		return naive_has(data->dataset_ids, data->n_dataset_ids, subject->dataset_id) ? all
											      : 0;
	return name_bits(universe->items, universe->item_count, data->contribution_ids,
			 data->n_contribution_ids);
}

/* The dataset's fields that the schema version named already had. */
static uint64_t version_bits(const struct naive_question *question,
			     const struct naive_universe *universe, uint32_t version)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < question->subject->n_fields; i++) {
		const Pidc__Store__V1__SubjectField *field = question->subject->fields[i];
		char *name = field->name;

		if (field->schema_version <= version)
			bits |= name_bits(universe->fields, universe->field_count, &name, 1);
	}
	return bits;
}

/* A name that the dataset does not have may be anything: ALL_FIELDS gives it to
 * nobody and denies it to everybody. */
static uint64_t strange_bits(const struct naive_question *question,
			     const struct naive_universe *universe)
{
	return all_bits(universe->field_count) & ~version_bits(question, universe, UINT32_MAX);
}

void naive_take_sets(const struct naive_question *question, struct naive_chains *chains,
		     struct naive_chain *chain)
{
	const struct naive_universe *universe = &chains->universe;
	const Pidc__V1__ConsentStatement *st = chain->terms;
	uint32_t version = st->all_fields_of_schema_version;

	chain->permits = (struct naive_sets){
		.items = item_bits(question, universe, st->data),
		.fields = name_bits(universe->fields, universe->field_count, st->fields,
				    st->n_fields) |
			  version_bits(question, universe, version),
		.starts = start_bits(universe, st->data_period),
		.purposes = purpose_bits(question->tree, st->purposes, st->n_purposes),
		.actions = action_bits(st->actions, st->n_actions),
	};
	chain->denies = chain->permits;
	if (version > 0)
		chain->denies.fields |= strange_bits(question, universe);
	if (chain->permits.actions != 0)
		chain->permits.actions |= UINT64_C(1) << PIDC__V1__ACTION__ACTION_DISCOVER;
}

/* No action implies another, except that any of them implies DISCOVER: so whoever
 * asks for an action asks for that too. */
void naive_ask_sets(const struct naive_question *question, struct naive_chains *chains)
{
	const Pidc__Store__V1__Subject *subject = question->subject;
	const Pidc__Store__V1__DecisionQuery *query = question->query;
	char *purpose = query->purpose;

	chains->asked = (struct naive_sets){
		.items = subject->contribution_id[0] != '\0'
				 ? UINT64_C(2)
				 : all_bits(chains->universe.item_count),
		.fields = name_bits(chains->universe.fields, chains->universe.field_count,
				    query->fields, query->n_fields),
		.starts = start_bits(&chains->universe, subject->period),
		.purposes = purpose_bits(question->tree, &purpose, 1),
		.actions = action_bits(&query->action, 1) |
			   UINT64_C(1) << PIDC__V1__ACTION__ACTION_DISCOVER,
	};
}
