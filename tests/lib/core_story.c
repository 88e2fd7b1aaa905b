/* SPDX-License-Identifier: ISC */
#include "tests/lib/core_story.h"

#include "core/crypto.h"
#include "core/message.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Room for lists that tests make by hand. */
#define LIST_MAX 16

void *story_take(struct story *story, size_t size)
{
	void *piece = arena_alloc(story->arena, size);

	assert_non_null(piece);
	return piece;
}

void *story_fresh(struct story *story, const ProtobufCMessageDescriptor *descriptor)
{
	void *message = story_take(story, descriptor->sizeof_message);

	descriptor->message_init(message);
	return message;
}

char *story_text(struct story *story, const char *text)
{
	char *copy = arena_strdup(story->arena, text);

	assert_non_null(copy);
	return copy;
}

char *story_id(struct story *story, const char *name)
{
	char id[37];

	uuid_named("story", name, id);
	return story_text(story, id);
}

char **story_list(struct story *story, size_t *ret_count, const char *first, ...)
{
	char **list = story_take(story, LIST_MAX * sizeof(*list));
	size_t count = 0;
	va_list ap;

	va_start(ap, first);
	for (const char *s = first; s != NULL && count < LIST_MAX; s = va_arg(ap, const char *))
		list[count++] = story_text(story, s);
	va_end(ap);
	*ret_count = count;
	return list;
}

Google__Protobuf__Timestamp *story_time(struct story *story, int64_t us)
{
	Google__Protobuf__Timestamp *ts = time_to_proto(story->arena, us);

	assert_non_null(ts);
	return ts;
}

Pidc__V1__TimeRange *story_range(struct story *story, int64_t from_us, int64_t to_us)
{
	Pidc__V1__TimeRange *range = story_fresh(story, &pidc__v1__time_range__descriptor);

	range->from = story_time(story, from_us);
	range->to = story_time(story, to_us);
	return range;
}

Pidc__Store__V1__OrgState *story_org(struct story *story, const char *org,
				     Pidc__V1__OrganisationKind kind, int is_active)
{
	Pidc__Store__V1__OrgState *state =
		story_fresh(story, &pidc__store__v1__org_state__descriptor);

	state->org = story_text(story, org);
	state->kind = kind;
	state->is_active = is_active;
	return state;
}

static Pidc__Store__V1__RecipientFacts *recipient_make(struct story *story)
{
	Pidc__Store__V1__RecipientFacts *recipient =
		story_fresh(story, &pidc__store__v1__recipient_facts__descriptor);

	recipient->org = story_text(story, "iom");
	recipient->kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER;
	recipient->partner_class = story_text(story, "INTERNATIONAL_BODY");
	recipient->partner_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED;
	return recipient;
}

static Pidc__Store__V1__InstrumentFacts *instrument_make(struct story *story)
{
	Pidc__Store__V1__InstrumentFacts *instrument =
		story_fresh(story, &pidc__store__v1__instrument_facts__descriptor);
	Pidc__V1__DataScope *scope = story_fresh(story, &pidc__v1__data_scope__descriptor);

	scope->purposes = story_list(story, &scope->n_purposes, "ME", "RESEARCH_STAT",
				     "DONOR_REPORTING", NULL);
	scope->actions = story_take(story, 5 * sizeof(*scope->actions));
	for (int i = 0; i < 5; i++)
		scope->actions[scope->n_actions++] = (Pidc__V1__Action)(i + 2);
	scope->granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_PERSONAL;
	scope->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	instrument->instrument_id = story_id(story, "mou");
	instrument->scope = scope;
	instrument->has_confidentiality = 1;
	return instrument;
}

static Pidc__Store__V1__SubjectField *subject_field_make(struct story *story, const char *name,
							 uint32_t version)
{
	Pidc__Store__V1__SubjectField *field =
		story_fresh(story, &pidc__store__v1__subject_field__descriptor);

	field->name = story_text(story, name);
	field->schema_version = version;
	return field;
}

static Pidc__V1__ColumnDigest *column_make(struct story *story, const char *field)
{
	Pidc__V1__ColumnDigest *column = story_fresh(story, &pidc__v1__column_digest__descriptor);

	column->field = story_text(story, field);
	column->digest.data = story_take(story, SHA256_LEN);
	column->digest.len = SHA256_LEN;
	sha256(&(struct bytes){field, strlen(field)}, 1, column->digest.data);
	column->size = 100;
	return column;
}

/* Contribution "k" of January to March; "nationality" came with schema 2. */
static Pidc__Store__V1__Subject *subject_make(struct story *story)
{
	static const char *const fields[] = {"month", "count", "nationality"};
	Pidc__Store__V1__Subject *subject =
		story_fresh(story, &pidc__store__v1__subject__descriptor);

	subject->contribution_id = story_id(story, "k");
	subject->dataset_id = story_id(story, "over");
	subject->owner_org = story_text(story, "tv");
	subject->category = story_text(story, "OVER");
	subject->granularity = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	subject->classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	subject->period =
		story_range(story, STORY_NOW - 5 * STORY_MONTH, STORY_NOW - 2 * STORY_MONTH);
	subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	subject->dataset_status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	subject->fields = story_take(story, 3 * sizeof(void *));
	subject->columns = story_take(story, 3 * sizeof(void *));
	for (size_t i = 0; i < 3; i++) {
		subject->fields[subject->n_fields++] =
			subject_field_make(story, fields[i], i == 2 ? 2 : 1);
		subject->columns[subject->n_columns++] = column_make(story, fields[i]);
	}
	return subject;
}

void story_open(struct story *story)
{
	memset(story, 0, sizeof(*story));
	story->arena = arena_new(0);
	assert_non_null(story->arena);
	story->now_us = STORY_NOW;
	story->next_index = 100;
	pidc__store__v1__decision_facts__init(&story->facts);
	pidc__store__v1__decision_query__init(&story->query);
	story->facts.owner =
		story_org(story, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER, 1);
	story->facts.recipient = recipient_make(story);
	story->facts.instruments = story_take(story, LIST_MAX * sizeof(void *));
	story->facts.instruments[0] = instrument_make(story);
	story->facts.n_instruments = 1;
	story->facts.statements = story_take(story, 64 * sizeof(void *));
	story->subject = subject_make(story);
	story->facts.subjects = story_take(story, LIST_MAX * sizeof(void *));
	story->facts.subjects[0] = story->subject;
	story->facts.n_subjects = 1;
	story->query.owner_org = story_text(story, "tv");
	story->query.recipient_org = story_text(story, "iom");
	story->query.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	story->query.action = PIDC__V1__ACTION__ACTION_READ;
	story_ask_purpose(story, "ME");
	story_ask_fields(story, "count", NULL);
	story->query.contribution_ids = story_list(story, &story->query.n_contribution_ids,
						   story->subject->contribution_id, NULL);
}

void story_close(struct story *story)
{
	arena_free(story->arena);
	story->arena = NULL;
}

void story_recipient_is_member(struct story *story, const char *org, Pidc__V1__Capacity capacity)
{
	Pidc__Store__V1__RecipientFacts *recipient = story->facts.recipient;

	story->query.recipient_org = story_text(story, org);
	story->query.capacity = capacity;
	recipient->org = story->query.recipient_org;
	recipient->kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER;
	recipient->partner_state = 0;
	recipient->partner_class = story_text(story, "");
	recipient->is_active_member = 1;
	story->facts.n_instruments = 0;
}

void story_ask_fields(struct story *story, const char *a, const char *b)
{
	story->query.fields = story_list(story, &story->query.n_fields, a, b, NULL);
}

/* A purpose at the top of the tree. */
void story_ask_purpose(struct story *story, const char *purpose)
{
	story->query.purpose = story_text(story, purpose);
	story->facts.purpose_path = story_list(story, &story->facts.n_purpose_path, purpose, NULL);
}

struct decision story_decide_about(struct story *story, const Pidc__Store__V1__Subject *subject,
				   int64_t now_us)
{
	struct decision_set *set = NULL;
	struct decision decision;

	assert_int_equal(decision_compile(&story->facts, &story->query, story->arena, &set), 0);
	assert_int_equal(decision_evaluate(set, subject, now_us, story->arena, &decision), 0);
	return decision;
}

struct decision story_decide(struct story *story)
{
	return story_decide_about(story, story->subject, story->now_us);
}

void story_expect_deny(struct story *story, Pidc__V1__Reason reason)
{
	struct decision decision = story_decide(story);

	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.reason), reason_name(reason));
}

void story_expect_visible(struct story *story, Pidc__V1__Reason reason)
{
	assert_string_equal(reason_name(story_decide(story).visible), reason_name(reason));
}

void story_expect_condition(struct story *story, const char *name)
{
	struct decision decision = story_decide(story);

	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(decision.detail, name);
}

void story_expect_permit(struct story *story)
{
	struct decision decision = story_decide(story);

	assert_string_equal(reason_name(decision.reason), "UNSPECIFIED");
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_PERMIT);
}

const char *story_used(struct story *story)
{
	story_expect_permit(story);
	return story_decide(story).consent_id;
}

Pidc__V1__Actor *story_actor(struct story *story, const char *org, Pidc__V1__OrganisationKind kind,
			     Pidc__V1__Role role, Pidc__V1__Capacity capacity)
{
	Pidc__V1__Actor *actor = story_fresh(story, &pidc__v1__actor__descriptor);
	char id[64];

	snprintf(id, sizeof(id), "spiffe://pidc.test/x/%.20s/a1", org);
	actor->principal_id = story_text(story, id);
	actor->org = story_text(story, org);
	actor->org_kind = kind;
	actor->capacity = capacity;
	actor->roles = story_take(story, sizeof(*actor->roles));
	actor->roles[0] = role;
	actor->n_roles = role != 0;
	return actor;
}

/* One run in a fresh arena with that limit; *ret_used is what it took. */
static int rule_once(struct rule_input *in, rule_fn *rule, size_t limit, Pidc__V1__Event *event,
		     struct refusal *refusal, size_t *ret_used)
{
	struct arena *ample = in->arena;
	struct arena *tight = arena_new(limit);
	int rc;

	assert_non_null(tight);
	in->arena = tight;
	rc = rule(in, event, refusal);
	*ret_used = arena_used(tight);
	in->arena = ample;
	arena_free(tight);
	return rc;
}

int story_run(struct rule_input *in, rule_fn *rule, Pidc__V1__Event *event, struct refusal *refusal)
{
	Pidc__V1__Event other = PIDC__V1__EVENT__INIT;
	struct refusal other_refusal = {0};
	size_t used = 0, ignored;
	int rc;

	memset(refusal, 0, sizeof(*refusal));
	pidc__v1__event__init(event);
	rc = rule(in, event, refusal);
	/* A limit that is never reached tells what the rule takes. */
	assert_int_equal(rule_once(in, rule, SIZE_MAX / 2, &other, &other_refusal, &used), rc);
	for (size_t limit = 16; limit < used; limit += 16 + used / 64)
		assert_int_equal(rule_once(in, rule, limit, &other, &other_refusal, &ignored),
				 PIDC_ENOMEM);
	return rc;
}

void story_expect_refused(struct rule_input *in, rule_fn *rule, Pidc__V1__Reason reason,
			  const char *field)
{
	Pidc__V1__Event event;
	struct refusal refusal;

	assert_int_equal(story_run(in, rule, &event, &refusal), PIDC_EREFUSED);
	assert_string_equal(reason_name(refusal.reason), reason_name(reason));
	assert_string_equal(refusal.field, field);
}

void story_expect_event(struct rule_input *in, rule_fn *rule, Pidc__V1__Event *event,
			Pidc__V1__Event__BodyCase body)
{
	struct refusal refusal;
	int rc = story_run(in, rule, event, &refusal);

	if (rc == PIDC_EREFUSED)
		print_error("refused: %s %s %s\n", reason_name(refusal.reason), refusal.field,
			    refusal.detail);
	assert_int_equal(rc, 0);
	assert_int_equal(event->body_case, body);
	assert_true(text_is_uuid(event->entity_id));
}
