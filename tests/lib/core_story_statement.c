/* SPDX-License-Identifier: ISC
 *
 * The statements of the story, and how they become its facts.
 */
#include "core/message.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <cmocka.h>

Pidc__V1__DataSelector *story_data_all(struct story *story)
{
	Pidc__V1__DataSelector *data = story_fresh(story, &pidc__v1__data_selector__descriptor);

	data->all_of_owner = 1;
	return data;
}

Pidc__V1__DataSelector *story_data_dataset(struct story *story, const char *name)
{
	Pidc__V1__DataSelector *data = story_fresh(story, &pidc__v1__data_selector__descriptor);

	data->dataset_ids = story_list(story, &data->n_dataset_ids, story_id(story, name), NULL);
	return data;
}

Pidc__V1__DataSelector *story_data_contribution(struct story *story, const char *name)
{
	Pidc__V1__DataSelector *data = story_fresh(story, &pidc__v1__data_selector__descriptor);

	data->contribution_ids =
		story_list(story, &data->n_contribution_ids, story_id(story, name), NULL);
	return data;
}

Pidc__V1__DataSelector *story_data_category(struct story *story, const char *category,
					    Pidc__V1__Granularity ceiling)
{
	Pidc__V1__DataSelector *data = story_fresh(story, &pidc__v1__data_selector__descriptor);

	data->category = story_fresh(story, &pidc__v1__category_selector__descriptor);
	data->category->category = story_text(story, category);
	data->category->granularity_ceiling = ceiling;
	return data;
}

static void recipient_reset(struct story *story, Pidc__V1__ConsentStatement *st)
{
	st->recipient = story_fresh(story, &pidc__v1__recipient_selector__descriptor);
	st->recipient->capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
}

void story_to_org(struct story *story, Pidc__V1__ConsentStatement *st, const char *org)
{
	recipient_reset(story, st);
	st->recipient->orgs = story_list(story, &st->recipient->n_orgs, org, NULL);
}

void story_to_class(struct story *story, Pidc__V1__ConsentStatement *st, const char *org_class,
		    Pidc__V1__ClassMode mode, const char *pinned)
{
	recipient_reset(story, st);
	st->recipient->org_class = story_text(story, org_class);
	st->recipient->class_mode = mode;
	st->recipient->pinned_orgs = story_list(story, &st->recipient->n_pinned_orgs, pinned, NULL);
}

void story_to_partners(struct story *story, Pidc__V1__ConsentStatement *st)
{
	recipient_reset(story, st);
	st->recipient->all_partners = 1;
}

void story_set_purposes(struct story *story, Pidc__V1__ConsentStatement *st, const char *purpose)
{
	st->purposes = story_list(story, &st->n_purposes, purpose, NULL);
}

void story_set_action(struct story *story, Pidc__V1__ConsentStatement *st, Pidc__V1__Action action)
{
	st->actions = story_take(story, sizeof(*st->actions));
	st->actions[0] = action;
	st->n_actions = 1;
}

void story_set_fields(struct story *story, Pidc__V1__ConsentStatement *st, const char *a,
		      const char *b)
{
	st->fields = story_list(story, &st->n_fields, a, b, NULL);
}

Pidc__V1__Condition *story_condition(struct story *story, Pidc__V1__ConsentStatement *st,
				     Pidc__V1__ConditionKind kind)
{
	Pidc__V1__Condition *condition = story_fresh(story, &pidc__v1__condition__descriptor);

	if (st->conditions == NULL)
		st->conditions = story_take(story, 32 * sizeof(void *));
	condition->kind = kind;
	st->conditions[st->n_conditions++] = condition;
	return condition;
}

static Pidc__V1__ConsentStatement *statement_make(struct story *story, const char *name,
						  Pidc__V1__StatementKind kind, uint32_t version)
{
	Pidc__V1__ConsentStatement *st =
		story_fresh(story, &pidc__v1__consent_statement__descriptor);
	char unique[64];

	snprintf(unique, sizeof(unique), "%.40s/%u", name, version);
	st->statement_id = story_id(story, unique);
	st->consent_id = story_id(story, name);
	st->version = version;
	st->owner_org = story_text(story, "tv");
	st->kind = kind;
	st->origin = story_text(story, "pidc.example/ledger1");
	return st;
}

Pidc__V1__ConsentStatement *story_grant(struct story *story, const char *name)
{
	Pidc__V1__ConsentStatement *st =
		statement_make(story, name, PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT, 1);

	st->data = story_data_dataset(story, "over");
	story_to_org(story, st, "iom");
	story_set_purposes(story, st, "ME");
	story_set_action(story, st, PIDC__V1__ACTION__ACTION_READ);
	story_set_fields(story, st, "month", "count");
	st->valid_to = story_time(story, story->now_us + 6 * STORY_MONTH);
	return st;
}

Pidc__V1__ConsentStatement *story_veto(struct story *story, const char *name)
{
	Pidc__V1__ConsentStatement *st =
		statement_make(story, name, PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO, 1);

	st->data = story_data_dataset(story, "over");
	story_to_partners(story, st);
	return st;
}

Pidc__V1__ConsentStatement *story_change(struct story *story, const char *name,
					 Pidc__V1__StatementKind kind, uint32_t version)
{
	return statement_make(story, name, kind, version);
}

Pidc__Store__V1__StatementRow *story_row(struct story *story, const Pidc__V1__ConsentStatement *st,
					 int64_t recorded_us)
{
	Pidc__Store__V1__StatementRow *row =
		story_fresh(story, &pidc__store__v1__statement_row__descriptor);

	assert_int_equal(message_pack(&st->base, story->arena, &row->statement), 0);
	row->recorded_at = story_time(story, recorded_us);
	row->is_approved = true;
	row->index = story->next_index++;
	return row;
}

void story_record(struct story *story, const Pidc__V1__ConsentStatement *st)
{
	assert_true(story->facts.n_statements < 64);
	story->facts.statements[story->facts.n_statements++] =
		story_row(story, st, story->now_us - STORY_DAY);
}

Pidc__V1__ConsentStatement *story_record_broad(struct story *story)
{
	Pidc__V1__ConsentStatement *st = story_grant(story, "broad");

	st->data = story_data_all(story);
	story_record(story, st);
	return st;
}
