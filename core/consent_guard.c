/* SPDX-License-Identifier: ISC
 *
 * The guard at writing (W8). Permits only add: a grant that narrows what another
 * one gives changes nothing unless it is EXCLUSIVE. That is the one natural
 * misunderstanding of consents, so the owner has to say which it means.
 *
 * Where the facts do not tell whether one selector covers the other (which dataset
 * a contribution is in), the guard asks.
 */
#include "core/consent_check.h"
#include "core/rule_check.h"

#include <string.h>

static bool data_may_cover(const Pidc__V1__DataSelector *outer, const Pidc__V1__DataSelector *inner)
{
	if (outer->all_of_owner)
		return true;
	if (inner->all_of_owner)
		return false;
	if (outer->category != NULL && inner->category != NULL)
		return strcmp(outer->category->category, inner->category->category) == 0 &&
		       outer->category->granularity_ceiling >= inner->category->granularity_ceiling;
	if (outer->category != NULL)
		return true; /* of which category the data is, we do not know */
	if (inner->category != NULL)
		return false;
	if (outer->n_dataset_ids != 0 && inner->n_contribution_ids != 0)
		return true; /* nor in which dataset it is */
	if (outer->n_contribution_ids != 0 && inner->n_dataset_ids != 0)
		return false;
	return list_is_subset(inner->dataset_ids, inner->n_dataset_ids, outer->dataset_ids,
			      outer->n_dataset_ids) &&
	       list_is_subset(inner->contribution_ids, inner->n_contribution_ids,
			      outer->contribution_ids, outer->n_contribution_ids);
}

static bool recipient_covers(const Pidc__V1__RecipientSelector *outer,
			     const Pidc__V1__RecipientSelector *inner)
{
	if (outer->capacity != inner->capacity)
		return false;
	if (outer->all_partners)
		return true;
	if (inner->all_partners)
		return false;
	if (outer->org_class[0] != '\0' && inner->org_class[0] != '\0')
		return strcmp(outer->org_class, inner->org_class) == 0;
	if (inner->org_class[0] != '\0')
		return false;
	if (outer->org_class[0] != '\0')
		return list_is_subset(inner->orgs, inner->n_orgs, outer->pinned_orgs,
				      outer->n_pinned_orgs);
	return list_is_subset(inner->orgs, inner->n_orgs, outer->orgs, outer->n_orgs);
}

bool actions_are_within(const Pidc__V1__ConsentStatement *inner,
			const Pidc__V1__ConsentStatement *outer)
{
	for (size_t i = 0; i < inner->n_actions; i++) {
		bool is_found = false;

		for (size_t k = 0; k < outer->n_actions; k++)
			is_found = is_found || outer->actions[k] == inner->actions[i];
		if (!is_found)
			return false;
	}
	return true;
}

/* All but fields and period. */
static bool scope_may_cover(const Pidc__V1__ConsentStatement *outer,
			    const Pidc__V1__ConsentStatement *inner)
{
	return data_may_cover(outer->data, inner->data) &&
	       recipient_covers(outer->recipient, inner->recipient) &&
	       list_is_subset(inner->purposes, inner->n_purposes, outer->purposes,
			      outer->n_purposes) &&
	       actions_are_within(inner, outer);
}

/* By schema version all fields are meant, also the ones named. */
static bool fields_meet(const Pidc__V1__ConsentStatement *a, const Pidc__V1__ConsentStatement *b)
{
	if (a->all_fields_of_schema_version != 0 || b->all_fields_of_schema_version != 0)
		return true;
	for (size_t i = 0; i < a->n_fields; i++)
		if (list_has(b->fields, b->n_fields, a->fields[i]))
			return true;
	return false;
}

static bool periods_meet(const Pidc__V1__ConsentStatement *a, const Pidc__V1__ConsentStatement *b)
{
	int64_t a_from, a_to, b_from, b_to;

	range_read(a->data_period, &a_from, &a_to);
	range_read(b->data_period, &b_from, &b_to);
	return a_from < b_to && b_from < a_to;
}

bool grant_is_as_loose(const Pidc__V1__ConsentStatement *st,
		       const Pidc__V1__ConsentStatement *other)
{
	int64_t from, to, other_from, other_to;

	range_read(st->data_period, &from, &to);
	range_read(other->data_period, &other_from, &other_to);
	if (!scope_may_cover(st, other) || from > other_from || to < other_to)
		return false;
	if (st->all_fields_of_schema_version < other->all_fields_of_schema_version ||
	    (st->all_fields_of_schema_version == 0 &&
	     !list_is_subset(other->fields, other->n_fields, st->fields, st->n_fields)))
		return false;
	for (size_t i = 0; i < st->n_conditions; i++)
		if (!statement_has_condition(other, st->conditions[i]->kind))
			return false;
	return true;
}

bool grant_may_cover(const struct chain *chain, const Pidc__V1__ConsentStatement *st,
		     int64_t from_us)
{
	const Pidc__V1__ConsentStatement *terms = chain->terms;

	if (chain->state != CHAIN_CURRENT || !statement_is_grant(terms) || terms->data == NULL ||
	    terms->recipient == NULL || chain->to_us <= from_us)
		return false;
	return scope_may_cover(terms, st) && fields_meet(terms, st) && periods_meet(terms, st);
}

/* The same extent and no condition more would be a renewal, not a narrowing. */
static bool is_looser(const struct chain *chain, const Pidc__V1__ConsentStatement *st,
		      int64_t from_us)
{
	return grant_may_cover(chain, st, from_us) && !grant_is_as_loose(st, chain->terms);
}

int check_mode(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
	       struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts =
		(const Pidc__Store__V1__ConsentFacts *)in->facts;
	struct chain_set others;
	int64_t from_us = in->now_us;
	int rc;

	if (st->kind != PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT ||
	    st->mode != PIDC__V1__GRANT_MODE__GRANT_MODE_UNSPECIFIED)
		return 0;
	rc = check_time(refusal, "valid_from", st->valid_from, in->now_us, &from_us);
	if (rc == 0)
		rc = chain_set_build(facts->others, facts->n_others, st->owner_org, in->arena,
				     &others);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < others.count; i++)
		if (is_looser(&others.chains[i], st, from_us))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "mode",
				      "consent %.36s covers this more loosely: say ADD or "
				      "EXCLUSIVE",
				      others.chains[i].consent_id);
	return 0;
}
