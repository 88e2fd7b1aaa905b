/* SPDX-License-Identifier: ISC
 *
 * Scopes against subjects. A permit has to cover a subject entirely; an exclusion
 * only has to meet it. Where something cannot be told, a scope covers nothing
 * and meets everything.
 */
#include "core/consent_check.h"
#include "core/decision_internal.h"

#include <stdlib.h>
#include <string.h>

static int string_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool sorted_has(char *const *list, size_t count, const char *s)
{
	return count != 0 && bsearch(&s, list, count, sizeof(*list), string_compare) != NULL;
}

static char **sorted_copy(struct arena *arena, char *const *list, size_t count)
{
	char **copy = arena_calloc(arena, count, sizeof(*copy));

	if (copy == NULL || count == 0)
		return copy;
	memcpy(copy, list, count * sizeof(*copy));
	qsort(copy, count, sizeof(*copy), string_compare);
	return copy;
}

int scope_read(const Pidc__V1__ConsentStatement *terms, struct arena *arena, struct scope *ret)
{
	*ret = (struct scope){.terms = terms};
	range_read(terms != NULL ? terms->data_period : NULL, &ret->period_from_us,
		   &ret->period_to_us);
	if (terms == NULL || terms->data == NULL)
		return 0;
	ret->contribution_ids =
		sorted_copy(arena, terms->data->contribution_ids, terms->data->n_contribution_ids);
	ret->dataset_ids = sorted_copy(arena, terms->data->dataset_ids, terms->data->n_dataset_ids);
	return ret->contribution_ids != NULL && ret->dataset_ids != NULL ? 0 : PIDC_ENOMEM;
}

bool scope_covers_data(const struct scope *scope, const Pidc__Store__V1__Subject *subject)
{
	const Pidc__V1__DataSelector *data = scope->terms != NULL ? scope->terms->data : NULL;

	if (data == NULL || data_selector_ways(data) != 1)
		return false;
	if (data->all_of_owner)
		return true;
	if (data->category != NULL)
		return strcmp(data->category->category, subject->category) == 0 &&
		       subject->granularity != 0 &&
		       subject->granularity <= data->category->granularity_ceiling;
	if (data->n_dataset_ids != 0)
		return sorted_has(scope->dataset_ids, data->n_dataset_ids, subject->dataset_id);
	return subject->contribution_id[0] != '\0' &&
	       sorted_has(scope->contribution_ids, data->n_contribution_ids,
			  subject->contribution_id);
}

bool scope_covers_period(const struct scope *scope, const Pidc__Store__V1__Subject *subject)
{
	int64_t from, to;

	range_read(subject->period, &from, &to);
	return scope->period_from_us <= from && to <= scope->period_to_us;
}

/* The schema version that brought a field; 0 when the dataset has no such field. */
static uint32_t field_version(const Pidc__Store__V1__Subject *subject, const char *name)
{
	for (size_t i = 0; i < subject->n_fields; i++)
		if (strcmp(subject->fields[i]->name, name) == 0)
			return subject->fields[i]->schema_version;
	return 0;
}

static bool terms_name_field(const Pidc__V1__ConsentStatement *terms, const char *name)
{
	for (size_t i = 0; i < terms->n_fields; i++)
		if (strcmp(terms->fields[i], name) == 0)
			return true;
	return false;
}

static bool field_is_covered(const Pidc__V1__ConsentStatement *terms,
			     const Pidc__Store__V1__Subject *subject, const char *name)
{
	uint32_t version;

	if (terms->n_fields != 0)
		return terms_name_field(terms, name);
	version = field_version(subject, name);
	return version != 0 && version <= terms->all_fields_of_schema_version;
}

const char *scope_missing_field(const struct scope *scope, const struct decision_set *set,
				const Pidc__Store__V1__Subject *subject)
{
	const Pidc__Store__V1__DecisionQuery *query = set->query;

	if (query->n_fields == 0)
		return "fields"; /* empty never means all */
	for (size_t i = 0; i < query->n_fields; i++)
		if (!field_is_covered(scope->terms, subject, query->fields[i]))
			return query->fields[i];
	return NULL;
}

static bool data_meets(const struct scope *scope, const Pidc__Store__V1__Subject *subject)
{
	const Pidc__V1__DataSelector *data = scope->terms->data;

	if (data == NULL || data_selector_ways(data) == 0 || data->all_of_owner)
		return true;
	if (data->category != NULL && strcmp(data->category->category, subject->category) == 0 &&
	    (data->category->granularity_ceiling == 0 ||
	     subject->granularity <= data->category->granularity_ceiling))
		return true;
	if (sorted_has(scope->dataset_ids, data->n_dataset_ids, subject->dataset_id))
		return true;
	if (sorted_has(scope->contribution_ids, data->n_contribution_ids, subject->contribution_id))
		return true;
	for (size_t i = 0; i < subject->n_contribution_ids; i++)
		if (sorted_has(scope->contribution_ids, data->n_contribution_ids,
			       subject->contribution_ids[i]))
			return true;
	return false;
}

static bool field_is_met(const Pidc__V1__ConsentStatement *terms,
			 const Pidc__Store__V1__Subject *subject, const char *name)
{
	if (terms_name_field(terms, name))
		return true;
	/* A field that the dataset does not have has version 0: met. */
	return terms->all_fields_of_schema_version != 0 &&
	       field_version(subject, name) <= terms->all_fields_of_schema_version;
}

static bool fields_meet(const struct scope *scope, const struct decision_set *set,
			const Pidc__Store__V1__Subject *subject)
{
	const Pidc__V1__ConsentStatement *terms = scope->terms;
	const Pidc__Store__V1__DecisionQuery *query = set->query;

	if (terms->n_fields == 0 && terms->all_fields_of_schema_version == 0)
		return true;
	for (size_t i = 0; i < query->n_fields; i++)
		if (field_is_met(terms, subject, query->fields[i]))
			return true;
	return false;
}

bool scope_meets(const struct scope *scope, const struct decision_set *set,
		 const Pidc__Store__V1__Subject *subject)
{
	int64_t from, to;

	if (scope->terms == NULL)
		return true;
	range_read(subject->period, &from, &to);
	return data_meets(scope, subject) && scope->period_from_us < to &&
	       from < scope->period_to_us && fields_meet(scope, set, subject);
}
