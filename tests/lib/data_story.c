/* SPDX-License-Identifier: ISC */
#include "tests/lib/data_story.h"

Pidc__V1__DatasetField *data_field(struct story *story, const char *name, Pidc__V1__FieldType type)
{
	Pidc__V1__DatasetField *made = arena_alloc(story->arena, sizeof(*made));

	pidc__v1__dataset_field__init(made);
	made->name = story_text(story, name);
	made->type = type;
	return made;
}

void data_dataset_init(struct story *story, Pidc__V1__Dataset *ret)
{
	pidc__v1__dataset__init(ret);
	ret->category = story_text(story, "OVER");
	ret->title = story_text(story, "Overstays by month");
	ret->granularity = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	ret->classification_default = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	ret->legal_basis = story_text(story, "Immigration Act, section 12");
	ret->ethics_note = story_text(story, "Counts only");
	ret->fields = arena_calloc(story->arena, 202, sizeof(void *));
	ret->fields[0] = data_field(story, "month", PIDC__V1__FIELD_TYPE__FIELD_TYPE_MONTH);
	ret->fields[1] = data_field(story, "count", PIDC__V1__FIELD_TYPE__FIELD_TYPE_INTEGER);
	ret->n_fields = 2;
}

void data_standing_init(struct story *story, Pidc__V1__Dataset *ret)
{
	data_dataset_init(story, ret);
	ret->dataset_id = story_id(story, "over");
	ret->owner_org = story_text(story, "tv");
	ret->schema_version = 3;
	ret->version = 5;
	ret->status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
}

struct rule_input data_input(struct story *story, const ProtobufCMessage *request,
			     const ProtobufCMessage *facts)
{
	return (struct rule_input){
		.actor = story_actor(
			story, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER,
			PIDC__V1__ROLE__ROLE_MEMBER_AGENT, PIDC__V1__CAPACITY__CAPACITY_MEMBER),
		.request = request,
		.facts = facts,
		.now_us = STORY_NOW,
		.new_id = DATA_NEW_ID,
		.origin = "pidc.example/ledger1",
		.arena = story->arena};
}
