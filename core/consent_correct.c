/* SPDX-License-Identifier: ISC
 *
 * CORRECT mends the wording of a grant or narrows it. It keeps the grant's place in the
 * ledger, so it never opens what a later revocation closed and never makes a past
 * release right. What cannot be shown to be narrower is refused.
 */
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

/* Between different ways to select nothing can be told without the data. */
static bool data_is_within(const Pidc__V1__DataSelector *inner, const Pidc__V1__DataSelector *outer)
{
	if (outer->all_of_owner)
		return true;
	if (inner->category != NULL || outer->category != NULL)
		return inner->category != NULL && outer->category != NULL &&
		       strcmp(inner->category->category, outer->category->category) == 0 &&
		       inner->category->granularity_ceiling <= outer->category->granularity_ceiling;
	return !inner->all_of_owner &&
	       list_is_subset(inner->dataset_ids, inner->n_dataset_ids, outer->dataset_ids,
			      outer->n_dataset_ids) &&
	       list_is_subset(inner->contribution_ids, inner->n_contribution_ids,
			      outer->contribution_ids, outer->n_contribution_ids);
}

static bool recipient_is_within(const Pidc__V1__RecipientSelector *inner,
				const Pidc__V1__RecipientSelector *outer)
{
	return inner->capacity == outer->capacity && inner->class_mode == outer->class_mode &&
	       inner->all_partners == outer->all_partners &&
	       strcmp(inner->org_class, outer->org_class) == 0 &&
	       list_is_subset(inner->orgs, inner->n_orgs, outer->orgs, outer->n_orgs) &&
	       list_is_subset(inner->pinned_orgs, inner->n_pinned_orgs, outer->pinned_orgs,
			      outer->n_pinned_orgs);
}

static bool fields_are_within(const Pidc__V1__ConsentStatement *inner,
			      const Pidc__V1__ConsentStatement *outer)
{
	if (inner->n_fields == 0)
		return outer->n_fields == 0 &&
		       inner->all_fields_of_schema_version <= outer->all_fields_of_schema_version;
	return list_is_subset(inner->fields, inner->n_fields, outer->fields, outer->n_fields);
}

static bool condition_is_same(const Pidc__V1__Condition *a, const Pidc__V1__Condition *b)
{
	int64_t a_us = 0, b_us = 0;

	if (a->kind != b->kind || a->number != b->number || a->days != b->days ||
	    a->n_values != b->n_values || (a->until == NULL) != (b->until == NULL))
		return false;
	if (a->until != NULL &&
	    (!time_from_proto(a->until, &a_us) || !time_from_proto(b->until, &b_us)))
		return false;
	return a_us == b_us && list_is_subset(a->values, a->n_values, b->values, b->n_values);
}

/* Every condition stays as it is; others may come. */
static bool conditions_are_kept(const Pidc__V1__ConsentStatement *inner,
				const Pidc__V1__ConsentStatement *outer)
{
	for (size_t i = 0; i < outer->n_conditions; i++) {
		bool is_kept = false;

		for (size_t k = 0; k < inner->n_conditions; k++)
			is_kept = is_kept ||
				  condition_is_same(inner->conditions[k], outer->conditions[i]);
		if (!is_kept)
			return false;
	}
	return true;
}

static bool period_is_within(const Pidc__V1__TimeRange *inner, const Pidc__V1__TimeRange *outer)
{
	int64_t inner_from, inner_to, outer_from, outer_to;

	range_read(inner, &inner_from, &inner_to);
	range_read(outer, &outer_from, &outer_to);
	return outer_from <= inner_from && inner_to <= outer_to;
}

static bool ceiling_is_within(Pidc__V1__Classification inner, Pidc__V1__Classification outer)
{
	return outer == 0 || (inner != 0 && inner <= outer);
}

/* An absent begin is "from recording": within only where the grant has begun. */
static bool validity_is_within(const struct chain *chain, const Pidc__V1__ConsentStatement *st,
			       int64_t now_us)
{
	int64_t from_us = now_us, to_us;

	if (st->valid_from != NULL && !time_from_proto(st->valid_from, &from_us))
		return false;
	return chain->from_us <= from_us && st->valid_to != NULL &&
	       time_from_proto(st->valid_to, &to_us) && to_us <= chain->to_us;
}

int check_correction(const struct rule_input *in, const struct chain *chain,
		     const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	const Pidc__V1__ConsentStatement *old = chain->terms;
	const char *wider = NULL;

	if (old == NULL || !statement_is_grant(old))
		return refuse(refusal, REASON(E_STATE), "kind", "only a grant is corrected");
	if (old->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE || st->mode != old->mode)
		return refuse(refusal, REASON(E_FIELD), "mode",
			      "an exclusive grant is revoked and made anew, and the mode stays");
	if (!data_is_within(st->data, old->data))
		wider = "data";
	else if (!recipient_is_within(st->recipient, old->recipient))
		wider = "recipient";
	else if (!list_is_subset(st->purposes, st->n_purposes, old->purposes, old->n_purposes))
		wider = "purposes";
	else if (!actions_are_within(st, old))
		wider = "actions";
	else if (!fields_are_within(st, old))
		wider = "fields";
	else if (!period_is_within(st->data_period, old->data_period))
		wider = "data_period";
	else if (!conditions_are_kept(st, old))
		wider = "conditions";
	else if (!ceiling_is_within(st->classification_ceiling, old->classification_ceiling))
		wider = "classification_ceiling";
	else if (!validity_is_within(chain, st, in->now_us))
		wider = "valid_to";
	return wider == NULL ? 0
			     : refuse(refusal, REASON(E_FIELD), wider,
				      "a correction only narrows: make another grant");
}
