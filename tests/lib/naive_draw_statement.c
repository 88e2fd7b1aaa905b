/* SPDX-License-Identifier: ISC
 *
 * What owners say, by chance: chains that the rule for new statements would take.
 */
#include "tests/lib/naive_draw.h"

#include "core/text.h"

#include <string.h>

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

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

static void draw_condition(struct naive_case *c, Pidc__V1__ConsentStatement *st)
{
	/* What needs facts that a case does not draw is left to its own tests. */
	static const Pidc__V1__ConditionKind kinds[] = {
		CONDITION(AGGREGATE_ONLY), CONDITION(DEIDENTIFIED_ONLY), CONDITION(EMBARGO_UNTIL),
		CONDITION(EMBARGO_UNTIL),  CONDITION(DATA_LIFE),         CONDITION(NO_ONWARD),
		CONDITION(ONWARD_TO),      CONDITION(ATTRIBUTION),       CONDITION(NOTIFY_EACH),
		CONDITION(ONLY_UNDER),     CONDITION(DISPOSE_ON_EXIT),   CONDITION(ACK_WITHIN),
		CONDITION(WIND_DOWN),      (Pidc__V1__ConditionKind)77,
	};
	Pidc__V1__Condition *condition = case_new(c, &pidc__v1__condition__descriptor);

	condition->kind = kinds[case_below(c, COUNT(kinds))];
	if (c->facts.recipient->partner_state == PARTNERSHIP(EXITING) && !case_once_in(c, 4))
		condition->kind = CONDITION(WIND_DOWN);
	if (case_once_in(c,
			 c->subject.classification == PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED
				 ? 2
				 : 12))
		condition->kind = CONDITION(APPROVE_EACH);
	if (condition->kind == CONDITION(EMBARGO_UNTIL))
		condition->until = case_pick_slot(c, 0, CASE_SLOTS);
	if (condition->kind == CONDITION(ONLY_UNDER))
		condition->values =
			case_pick_list(c, &case_instruments, 2, NULL, &condition->n_values);
	st->conditions[st->n_conditions++] = condition;
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
		draw_condition(c, st);
	return st;
}

/* A change of a chain that is there: SUSPEND and RESUME by turns, REVOKE, new
 * terms. NULL when the chain takes nothing more. */
static Pidc__V1__ConsentStatement *draw_change(struct naive_case *c, const char *consent_id,
					       int64_t recorded_us)
{
	Pidc__V1__ConsentStatement *st = NULL;
	const Pidc__V1__ConsentStatement *last = NULL;
	bool is_veto = false;

	for (size_t i = 0; i < c->statement_count; i++) {
		const Pidc__V1__ConsentStatement *before = c->statements[i].statement;

		if (before == NULL || strcmp(before->consent_id, consent_id) != 0)
			continue;
		last = before;
		if (before->data != NULL)
			is_veto = before->kind == KIND(VETO);
	}
	if (last == NULL || last->kind == KIND(REVOKE) || last->kind == UNKNOWN_KIND)
		return NULL;
	if (last->kind != KIND(SUSPEND) && case_once_in(c, 4)) {
		st = case_terms(c, case_once_in(c, 4), recorded_us);
	} else {
		st = case_new(c, &pidc__v1__consent_statement__descriptor);
		st->statement_id = arena_printf(c->arena, "s-%u", case_below(c, 1000000));
		st->owner_org = last->owner_org;
		st->kind = is_veto || case_once_in(c, 3) ? KIND(REVOKE)
			   : last->kind == KIND(SUSPEND) ? KIND(RESUME)
							 : KIND(SUSPEND);
		st->fall_back = st->kind == KIND(REVOKE) && case_once_in(c, 2);
		if (case_once_in(c, 40))
			st->kind = UNKNOWN_KIND;
	}
	st->consent_id = case_copy(c, consent_id);
	st->version = last->version + 1;
	return st;
}

void case_draw_statement(struct naive_case *c, int64_t recorded_us)
{
	Pidc__V1__ConsentStatement *st = NULL;

	if (case_once_in(c, 300)) {
		case_insert(c, c->statement_count, NULL, recorded_us);
		return;
	}
	if (c->statement_count > 0 && case_once_in(c, 2)) {
		unsigned of = case_below(c, (unsigned)c->statement_count);

		if (c->statements[of].statement != NULL)
			st = draw_change(c, c->statements[of].statement->consent_id, recorded_us);
	}
	if (st == NULL) {
		st = case_terms(c, case_once_in(c, 4), recorded_us);
		st->version = 1;
		if (case_once_in(c, 10))
			st->owner_org = case_copy(c, "fj");
	}
	case_insert(c, c->statement_count, st, recorded_us);
}
