/* SPDX-License-Identifier: ISC
 *
 * What owners say, by chance: chains that the rule for new statements would take.
 */
#include "tests/lib/naive_draw.h"

#include "core/text.h"

#include <string.h>

/* ---- statements */

static void draw_data(struct naive_case *c, Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__DataSelector *data = case_new(c, &pidc__v1__data_selector__descriptor);
	Pidc__V1__CategorySelector *category;
	const char *contribution =
		c->subject.contribution_id[0] != '\0' ? c->subject.contribution_id : NULL;

	st->data = data;
	switch (case_below(c, 4)) {
	case 0:
		data->contribution_ids =
			case_pick_list(c, &case_contributions, 3, case_leaning(c, 5, contribution),
				       &data->n_contribution_ids);
		break;
	case 1:
		data->dataset_ids = case_pick_list(c, &case_datasets, 5,
						   case_leaning(c, 6, c->subject.dataset_id),
						   &data->n_dataset_ids);
		break;
	case 2:
		category = case_new(c, &pidc__v1__category_selector__descriptor);
		category->category =
			case_copy(c, case_once_in(c, 5) ? case_pick(c, &case_categories)
							: c->subject.category);
		category->granularity_ceiling = (Pidc__V1__Granularity)(1 + case_below(c, 4));
		data->category = category;
		break;
	default:
		data->all_of_owner = true;
		break;
	}
}

static void draw_to(struct naive_case *c, Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__RecipientSelector *to = case_new(c, &pidc__v1__recipient_selector__descriptor);
	const char *org_class = c->facts.recipient->partner_class;

	st->recipient = to;
	to->capacity = case_once_in(c, 8) ? CAPACITY(FUNDER) : c->query.capacity;
	switch (case_below(c, 4)) {
	case 0:
		to->all_partners = true;
		break;
	case 1:
		if (org_class[0] == '\0' || case_once_in(c, 5))
			org_class = case_pick(c, &case_classes);
		to->org_class = case_copy(c, org_class);
		to->class_mode = (Pidc__V1__ClassMode)(1 + case_below(c, 2));
		to->pinned_orgs = case_pick_list(c, &case_recipients, 4,
						 case_leaning(c, 3, c->query.recipient_org),
						 &to->n_pinned_orgs);
		break;
	default:
		to->orgs = case_pick_list(c, &case_recipients, 4,
					  case_leaning(c, 8, c->query.recipient_org), &to->n_orgs);
		break;
	}
}

static void draw_actions(struct naive_case *c, Pidc__V1__ConsentStatement *st)
{
	st->actions = case_array(c, 3, sizeof(*st->actions));
	for (unsigned i = 0; i < 3; i++)
		if ((Pidc__V1__Action)(i + 1) == c->query.action ? !case_once_in(c, 8)
								 : case_once_in(c, 4))
			st->actions[st->n_actions++] = (Pidc__V1__Action)(i + 1);
	if (st->n_actions == 0)
		st->actions[st->n_actions++] = c->query.action;
}

static void draw_validity(struct naive_case *c, Pidc__V1__ConsentStatement *st, bool is_veto,
			  int64_t recorded_us)
{
	int from = (int)((recorded_us - CASE_START) / CASE_SLOT) + 1;

	if (case_once_in(c, 4))
		st->valid_from = case_pick_slot(c, from, from + 3);
	if (!is_veto || case_once_in(c, 3))
		st->valid_to = case_pick_slot(c, from + 4, from + 3 + CASE_SLOTS);
	if (case_once_in(c, 4))
		st->valid_to = case_pick_slot(c, from + 3, from + 4);
}

Pidc__V1__ConsentStatement *case_terms(struct naive_case *c, bool is_veto, int64_t recorded_us)
{
	Pidc__V1__ConsentStatement *st = case_new(c, &pidc__v1__consent_statement__descriptor);
	const char *wanted = case_leaning(c, 5, c->query.fields[0]);
	unsigned conditions = case_below(c, 4);

	st->kind = is_veto ? KIND(VETO) : KIND(GRANT);
	st->statement_id = arena_printf(c->arena, "s-%u", case_below(c, 1000000));
	st->consent_id = arena_printf(c->arena, "c-%u", case_below(c, 1000000));
	st->owner_org = case_copy(c, "tv");
	draw_data(c, st);
	draw_to(c, st);
	st->purposes = case_pick_list(c, &case_purposes, 5, case_leaning(c, 4, c->query.purpose),
				      &st->n_purposes);
	draw_actions(c, st);
	if (case_once_in(c, 2))
		st->all_fields_of_schema_version = 1 + case_below(c, 3);
	else
		st->fields = case_pick_list(c, &case_fields, is_veto ? 4 : 1 + case_below(c, 2),
					    wanted, &st->n_fields);
	st->data_period = case_once_in(c, 2) ? NULL : case_pick_range(c, 4, 4);
	draw_validity(c, st, is_veto, recorded_us);
	st->mode = is_veto ? 0 : (Pidc__V1__GrantMode)(1 + case_once_in(c, 6));
	if (case_once_in(c, 3))
		st->classification_ceiling = (Pidc__V1__Classification)(1 + case_below(c, 5));
	st->conditions = case_array(c, 2, sizeof(*st->conditions));
	for (unsigned i = 2; i <= conditions && !is_veto; i++)
		case_draw_condition(c, st);
	return st;
}

/* ---- what changes a chain */

/* What stands of a chain. */
struct standing {
	const Pidc__V1__ConsentStatement *terms; /* NULL: no chain of this owner, or unreadable */
	Pidc__V1__StatementKind last;
	uint32_t version;
};

static struct standing standing_of(const struct naive_case *c, const char *consent_id)
{
	struct standing found = {0};

	for (size_t i = 0; i < c->statement_count; i++) {
		const Pidc__V1__ConsentStatement *st = c->statements[i].statement;

		if (st == NULL || strcmp(c->statements[i].consent_id, consent_id) != 0)
			continue;
		if (st->data != NULL)
			found.terms = st;
		found.last = st->kind;
		found.version++;
	}
	return found;
}

static bool is_ended(const struct standing *chain)
{
	return chain->last == KIND(REVOKE) || chain->last == UNKNOWN_KIND;
}

static Pidc__V1__ConsentStatement *new_statement(struct naive_case *c, const char *owner)
{
	Pidc__V1__ConsentStatement *st = case_new(c, &pidc__v1__consent_statement__descriptor);

	st->statement_id = arena_printf(c->arena, "s-%u", case_below(c, 1000000));
	st->owner_org = case_copy(c, owner);
	return st;
}

/* The grant in other words: less of one thing, and sometimes of a veto, which nobody
 * understands. */
static Pidc__V1__ConsentStatement *draw_correction(struct naive_case *c,
						   const Pidc__V1__ConsentStatement *terms)
{
	Pidc__V1__ConsentStatement *st = new_statement(c, terms->owner_org);
	Pidc__V1__ConsentStatement words = *terms;

	words.statement_id = st->statement_id;
	*st = words;
	st->kind = KIND(CORRECT);
	if (st->n_fields > 1 && case_once_in(c, 2))
		st->n_fields--;
	if (st->n_purposes > 1 && case_once_in(c, 2))
		st->n_purposes--;
	if (st->all_fields_of_schema_version > 1 && case_once_in(c, 2))
		st->all_fields_of_schema_version--;
	if (case_once_in(c, 3))
		st->valid_to = case_pick_slot(c, 2, CASE_SLOTS);
	if (case_once_in(c, 3)) {
		st->conditions = case_array(c, terms->n_conditions + 1, sizeof(*st->conditions));
		if (terms->n_conditions > 0)
			memcpy(st->conditions, terms->conditions,
			       terms->n_conditions * sizeof(*st->conditions));
		case_draw_condition(c, st);
	}
	return st;
}

/* SUSPEND and RESUME by turns, REVOKE, new terms, a correction. NULL when the chain takes
 * nothing more. */
static Pidc__V1__ConsentStatement *draw_change(struct naive_case *c, const char *consent_id,
					       int64_t recorded_us)
{
	const struct standing chain = standing_of(c, consent_id);
	Pidc__V1__ConsentStatement *st;
	bool is_veto = chain.terms != NULL && chain.terms->kind == KIND(VETO);

	if (chain.terms == NULL || is_ended(&chain))
		return NULL;
	if (chain.last != KIND(SUSPEND) && case_once_in(c, 4)) {
		st = case_terms(c, case_once_in(c, 4), recorded_us);
		st->owner_org = chain.terms->owner_org;
	} else if (chain.last != KIND(SUSPEND) && case_once_in(c, is_veto ? 20 : 4)) {
		st = draw_correction(c, chain.terms);
	} else {
		st = new_statement(c, chain.terms->owner_org);
		st->kind = is_veto || case_once_in(c, 3) ? KIND(REVOKE)
			   : chain.last == KIND(SUSPEND) ? KIND(RESUME)
							 : KIND(SUSPEND);
		st->fall_back = st->kind == KIND(REVOKE) && case_once_in(c, 2);
		if (case_once_in(c, 40))
			st->kind = UNKNOWN_KIND;
	}
	st->consent_id = case_copy(c, consent_id);
	st->version = chain.version + 1;
	return st;
}

static void add_step(struct naive_case *c, Pidc__V1__ConsentStatement *st, const char *consent_id,
		     uint32_t version)
{
	Pidc__V1__ChainStep *step = case_new(c, &pidc__v1__chain_step__descriptor);

	for (size_t i = 0; i < st->n_chains; i++)
		if (strcmp(st->chains[i]->consent_id, consent_id) == 0)
			return;
	step->consent_id = case_copy(c, consent_id);
	step->version = version;
	st->chains[st->n_chains++] = step;
}

Pidc__V1__ConsentStatement *case_revoke_all(struct naive_case *c)
{
	Pidc__V1__ConsentStatement *st = new_statement(c, "tv");

	st->kind = case_once_in(c, 2) ? KIND(SUSPEND) : KIND(REVOKE);
	st->fall_back = st->kind == KIND(REVOKE) && case_once_in(c, 2);
	st->chains = case_array(c, CASE_STATEMENTS_MAX, sizeof(*st->chains));
	for (size_t i = 0; i < c->statement_count; i++) {
		struct standing chain = standing_of(c, c->statements[i].consent_id);

		if (chain.terms == NULL || chain.terms->kind == KIND(VETO) || is_ended(&chain) ||
		    strcmp(chain.terms->owner_org, "tv") != 0 || case_once_in(c, 4) ||
		    (st->kind == KIND(SUSPEND) && chain.last == KIND(SUSPEND)))
			continue;
		add_step(c, st, c->statements[i].consent_id, chain.version + 1);
	}
	return st->n_chains > 0 && c->statement_count + st->n_chains <= CASE_STATEMENTS_MAX ? st
											    : NULL;
}

/* ---- */

/* A new chain; some of them have waited for their second signature, so that they are
 * valid from before they are known. */
static void draw_chain(struct naive_case *c, int64_t recorded_us)
{
	int64_t waited_us = case_once_in(c, 6) ? (1 + case_below(c, 3)) * CASE_SLOT : 0;
	Pidc__V1__ConsentStatement *st = case_terms(c, case_once_in(c, 4), recorded_us - waited_us);

	st->version = 1;
	if (case_once_in(c, 10))
		st->owner_org = case_copy(c, "fj");
	case_insert(c, c->statement_count, st, recorded_us);
	c->statements[c->statement_count - 1].is_approved |= waited_us > 0;
}

void case_draw_statement(struct naive_case *c, int64_t recorded_us)
{
	Pidc__V1__ConsentStatement *st = NULL;

	if (case_once_in(c, 300)) {
		case_insert(c, c->statement_count, NULL, recorded_us);
		return;
	}
	if (c->statement_count > 1 && case_once_in(c, 12))
		st = case_revoke_all(c);
	if (st == NULL && c->statement_count > 0 && case_once_in(c, 2)) {
		unsigned of = case_below(c, (unsigned)c->statement_count);

		st = draw_change(c, c->statements[of].consent_id, recorded_us);
	}
	if (st == NULL) {
		draw_chain(c, recorded_us);
		return;
	}
	case_insert(c, c->statement_count, st, recorded_us);
	/* A row that its statement does not speak of. */
	if (st->n_chains > 0 && case_once_in(c, 20))
		c->statements[c->statement_count - 1].consent_id = "c-other";
}
