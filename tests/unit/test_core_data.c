/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "core/crypto.h"
#include "core/message.h"
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define CLASS(name)  PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define TYPE(name)   PIDC__V1__FIELD_TYPE__FIELD_TYPE_##name

#define NEW_ID "00000000-0000-4000-8000-000000000001"

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__DatasetFacts facts;
static Pidc__V1__DefineDatasetRequest define;
static Pidc__V1__Dataset asked, standing;
static Pidc__V1__SubmitContributionRequest submit;
static ProtobufCBinaryData columns[8];

static Pidc__V1__DatasetField *field(const char *name, Pidc__V1__FieldType type)
{
	Pidc__V1__DatasetField *made = arena_alloc(s.arena, sizeof(*made));

	pidc__v1__dataset_field__init(made);
	made->name = story_text(&s, name);
	made->type = type;
	return made;
}

static void dataset_set(Pidc__V1__Dataset *dataset)
{
	pidc__v1__dataset__init(dataset);
	dataset->category = story_text(&s, "OVER");
	dataset->title = story_text(&s, "Overstays by month");
	dataset->granularity = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	dataset->classification_default = CLASS(GREEN);
	dataset->legal_basis = story_text(&s, "Immigration Act, section 12");
	dataset->ethics_note = story_text(&s, "Counts only");
	dataset->fields = arena_calloc(s.arena, 202, sizeof(void *));
	dataset->fields[0] = field("month", TYPE(MONTH));
	dataset->fields[1] = field("count", TYPE(INTEGER));
	dataset->n_fields = 2;
}

static void standing_set(void)
{
	dataset_set(&standing);
	standing.dataset_id = story_id(&s, "over");
	standing.owner_org = story_text(&s, "tv");
	standing.schema_version = 3;
	standing.version = 5;
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	facts.exists = 1;
	facts.dataset = &standing;
}

/* A serialized ContentColumn. */
static ProtobufCBinaryData column(const char *name, const char *a, const char *b)
{
	Pidc__V1__ContentColumn made = PIDC__V1__CONTENT_COLUMN__INIT;
	ProtobufCBinaryData packed;

	made.field = story_text(&s, name);
	made.values = story_list(&s, &made.n_values, a, b, NULL);
	assert_int_equal(message_pack(&made.base, s.arena, &packed), 0);
	return packed;
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__dataset_facts__init(&facts);
	facts.org = story_org(&s, "tv", ORG(MEMBER), 1);
	facts.category_known = 1;
	pidc__v1__define_dataset_request__init(&define);
	dataset_set(&asked);
	define.dataset = &asked;
	pidc__v1__submit_contribution_request__init(&submit);
	submit.dataset_id = story_id(&s, "over");
	submit.period = story_range(&s, STORY_NOW - STORY_MONTH, STORY_NOW);
	columns[0] = column("month", "2026-04", "2026-05");
	columns[1] = column("count", "12", "7");
	submit.columns = columns;
	submit.n_columns = 2;
	in = (struct rule_input){.actor = story_actor(&s, "tv", ORG(MEMBER),
						      PIDC__V1__ROLE__ROLE_MEMBER_AGENT,
						      PIDC__V1__CAPACITY__CAPACITY_MEMBER),
				 .request = &define.base,
				 .facts = &facts.base,
				 .now_us = STORY_NOW,
				 .new_id = NEW_ID,
				 .origin = "pidc.example/ledger1",
				 .arena = s.arena};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static const Pidc__V1__Dataset *expect_defined(void)
{
	Pidc__V1__Event event;

	story_expect_event(&in, rule_define_dataset, &event, PIDC__V1__EVENT__BODY_DATASET_DEFINED);
	assert_string_equal(event.entity_id, event.dataset_defined->dataset->dataset_id);
	assert_int_equal(event.entity_version, event.dataset_defined->dataset->version);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	return event.dataset_defined->dataset;
}

static void expect_define_refused(Pidc__V1__Reason reason, const char *name)
{
	story_expect_refused(&in, rule_define_dataset, reason, name);
}

static void dataset_is_defined(void **state)
{
	const Pidc__V1__Dataset *made;

	(void)state;
	asked.version = 99;
	asked.schema_version = 98;
	asked.index = 97;
	made = expect_defined();
	assert_string_equal(made->dataset_id, NEW_ID);
	assert_string_equal(made->owner_org, "tv");
	assert_int_equal(made->version, 1);
	assert_int_equal(made->schema_version, 1);
	assert_int_equal(made->index, 0);
	assert_int_equal(made->status, PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE);
	asked.dataset_id = story_id(&s, "chosen");
	assert_string_equal(expect_defined()->dataset_id, story_id(&s, "chosen"));
}

static void PRI_9c_a_legal_basis_and_ethics_are_mandatory(void **state)
{
	(void)state;
	asked.granularity = PIDC__V1__GRANULARITY__GRANULARITY_CASE_LEVEL;
	asked.legal_basis = story_text(&s, "");
	expect_define_refused(REASON(E_FIELD), "dataset.legal_basis");
	asked.legal_basis = story_text(&s, "  ");
	expect_define_refused(REASON(E_FIELD), "dataset.legal_basis");
	asked.legal_basis = story_text(&s, "Act");
	asked.ethics_note = story_text(&s, "");
	expect_define_refused(REASON(E_FIELD), "dataset.ethics_note");
}

static void INT_2_b_only_active_members_own(void **state)
{
	(void)state;
	facts.org->is_active = 0;
	expect_define_refused(REASON(E_NOT_MEMBER_STATE), "");
	in.request = &submit.base;
	standing_set();
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
	facts.org = story_org(&s, "tv", ORG(SECRETARIAT), 1);
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
	facts.org = NULL;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
}

static void PRI_9a_partners_own_too(void **state)
{
	(void)state;
	facts.org->kind = ORG(PARTNER);
	(void)expect_defined();
}

static void definition_refusals(void **state)
{
	(void)state;
	asked.owner_org = story_text(&s, "fj");
	expect_define_refused(REASON(E_OWNER_ONLY), "dataset.owner_org");
	asked.owner_org = story_text(&s, "tv");
	asked.title = story_text(&s, "");
	expect_define_refused(REASON(E_FIELD), "dataset.title");
	asked.title = story_text(&s, "Overstays");
	facts.category_known = 0;
	expect_define_refused(REASON(E_UNKNOWN_CODE), "dataset.category");
	facts.category_known = 1;
	asked.granularity = 0;
	expect_define_refused(REASON(E_FIELD), "dataset.granularity");
	asked.granularity = (Pidc__V1__Granularity)7;
	expect_define_refused(REASON(E_FIELD), "dataset.granularity");
	asked.granularity = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	asked.classification_default = 0;
	expect_define_refused(REASON(E_FIELD), "dataset.classification_default");
	asked.classification_default = CLASS(GREEN);
	asked.retention_months = 1201;
	expect_define_refused(REASON(E_FIELD), "dataset.retention_months");
	asked.retention_months = 0;
	asked.dataset_id = story_text(&s, "over");
	expect_define_refused(REASON(E_FIELD), "dataset.dataset_id");
	asked.dataset_id = story_id(&s, "over");
	facts.exists = 1;
	expect_define_refused(REASON(E_EXISTS), "dataset.dataset_id");
	define.dataset = NULL;
	expect_define_refused(REASON(E_FIELD), "dataset");
}

static void definition_fields(void **state)
{
	(void)state;
	asked.n_fields = 0;
	expect_define_refused(REASON(E_FIELD), "dataset.fields");
	asked.n_fields = 2;
	asked.fields[1] = field("month", TYPE(TEXT));
	expect_define_refused(REASON(E_FIELD), "dataset.fields.name");
	asked.fields[1] = field("Count", TYPE(TEXT));
	expect_define_refused(REASON(E_FIELD), "dataset.fields.name");
	asked.fields[1] = field("count", 0);
	expect_define_refused(REASON(E_FIELD), "dataset.fields.type");
	asked.fields[1] = field("count", (Pidc__V1__FieldType)9);
	expect_define_refused(REASON(E_FIELD), "dataset.fields.type");
	for (size_t i = 0; i < 201; i++)
		asked.fields[i] = field(arena_printf(s.arena, "f%zu", i), TYPE(TEXT));
	asked.n_fields = 201;
	expect_define_refused(REASON(E_FIELD), "dataset.fields");
	asked.n_fields = 200;
	(void)expect_defined();
}

static void schema_is_extended(void **state)
{
	const Pidc__V1__Dataset *made;

	(void)state;
	standing_set();
	asked.dataset_id = standing.dataset_id;
	define.expected_version = 5;
	asked.fields[2] = field("nationality", TYPE(CODE));
	asked.n_fields = 3;
	asked.classification_default = CLASS(AMBER); /* may be raised */
	made = expect_defined();
	assert_int_equal(made->version, 6);
	assert_int_equal(made->schema_version, 4);
	/* New words, same fields: no new schema. */
	asked.n_fields = 2;
	made = expect_defined();
	assert_int_equal(made->version, 6);
	assert_int_equal(made->schema_version, 3);
}

static void extension_refusals(void **state)
{
	(void)state;
	standing_set();
	asked.dataset_id = standing.dataset_id;
	define.expected_version = 4;
	expect_define_refused(REASON(E_VERSION), "expected_version");
	define.expected_version = 5;
	asked.n_fields = 1;
	expect_define_refused(REASON(E_FIELD), "dataset.fields"); /* dropped */
	asked.n_fields = 2;
	asked.fields[1]->type = TYPE(TEXT);
	expect_define_refused(REASON(E_FIELD), "dataset.fields"); /* retyped */
	asked.fields[1] = field("total", TYPE(INTEGER));
	expect_define_refused(REASON(E_FIELD), "dataset.fields"); /* renamed */
	asked.fields[1] = asked.fields[0];
	asked.fields[0] = field("count", TYPE(INTEGER));
	expect_define_refused(REASON(E_FIELD), "dataset.fields"); /* moved */
	dataset_set(&asked);
	asked.dataset_id = standing.dataset_id;
	asked.category = story_text(&s, "RAS");
	expect_define_refused(REASON(E_FIELD), "dataset.category");
	asked.category = standing.category;
	asked.granularity = PIDC__V1__GRANULARITY__GRANULARITY_PERSONAL;
	expect_define_refused(REASON(E_FIELD), "dataset.granularity");
	asked.granularity = standing.granularity;
	asked.classification_default = CLASS(CLEAR);
	expect_define_refused(REASON(E_FIELD), "dataset.classification_default");
	asked.classification_default = standing.classification_default;
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_CLOSED;
	expect_define_refused(REASON(E_STATE), "dataset.dataset_id");
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	asked.dataset_id = story_id(&s, "other");
	expect_define_refused(REASON(E_NOT_FOUND), "dataset.dataset_id");
}

static void L8_others_datasets_do_not_exist(void **state)
{
	(void)state;
	standing_set();
	standing.owner_org = story_text(&s, "fj");
	asked.dataset_id = standing.dataset_id;
	define.expected_version = 5;
	expect_define_refused(REASON(E_NOT_FOUND), "dataset.dataset_id");
	facts.dataset = NULL;
	facts.exists = 0;
	expect_define_refused(REASON(E_NOT_FOUND), "dataset.dataset_id");
	in.request = &submit.base;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_FOUND), "dataset_id");
	facts.exists = 1;
	facts.dataset = &standing;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_FOUND), "dataset_id");
}

static void use_submit(void)
{
	standing_set();
	in.request = &submit.base;
}

static void expect_submit_refused(Pidc__V1__Reason reason, const char *name)
{
	story_expect_refused(&in, rule_submit_contribution, reason, name);
}

static const Pidc__V1__Contribution *expect_submitted(void)
{
	Pidc__V1__Event event;

	story_expect_event(&in, rule_submit_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	assert_string_equal(event.entity_id, NEW_ID);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	return event.contribution_submitted->contribution;
}

static void contribution_is_submitted(void **state)
{
	const Pidc__V1__Contribution *made;
	uint8_t digests[2][32], content[32];

	(void)state;
	use_submit();
	made = expect_submitted();
	assert_string_equal(made->contribution_id, NEW_ID);
	assert_string_equal(made->dataset_id, standing.dataset_id);
	assert_string_equal(made->owner_org, "tv");
	assert_int_equal(made->row_count, 2);
	assert_int_equal(made->classification, CLASS(GREEN));
	assert_int_equal(made->n_columns, 2);
	assert_string_equal(made->columns[1]->field, "count");
	assert_int_equal(made->columns[1]->size, columns[1].len);
	for (size_t i = 0; i < 2; i++) {
		sha256(&(struct bytes){columns[i].data, columns[i].len}, 1, digests[i]);
		assert_memory_equal(made->columns[i]->digest.data, digests[i], 32);
	}
	{
		const struct bytes pieces[] = {
			{"pidc/content/v1", 16}, {digests[0], 32}, {digests[1], 32}};

		sha256(pieces, 3, content);
	}
	assert_int_equal(made->content_digest.len, 32);
	assert_memory_equal(made->content_digest.data, content, 32);
	/* Some of the fields are enough. */
	submit.n_columns = 1;
	assert_int_equal(expect_submitted()->n_columns, 1);
}

static void classification_is_never_below_the_default(void **state)
{
	(void)state;
	use_submit();
	submit.classification = CLASS(CLEAR);
	expect_submit_refused(REASON(E_FIELD), "classification");
	submit.classification = (Pidc__V1__Classification)6;
	expect_submit_refused(REASON(E_FIELD), "classification");
	submit.classification = CLASS(RED);
	assert_int_equal(expect_submitted()->classification, CLASS(RED));
}

static void submit_refusals(void **state)
{
	(void)state;
	use_submit();
	submit.dataset_id = story_id(&s, "other");
	expect_submit_refused(REASON(E_NOT_FOUND), "dataset_id");
	submit.dataset_id = standing.dataset_id;
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_CLOSED;
	expect_submit_refused(REASON(E_STATE), "dataset_id");
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	submit.period = story_range(&s, STORY_NOW, STORY_NOW);
	expect_submit_refused(REASON(E_FIELD), "period");
	submit.period->to->nanos = 999;
	expect_submit_refused(REASON(E_FIELD), "period");
	submit.period = NULL;
	(void)expect_submitted();
	submit.n_columns = 0;
	expect_submit_refused(REASON(E_FIELD), "columns");
	submit.n_columns = 201;
	expect_submit_refused(REASON(E_FIELD), "columns");
}

static void column_refusals(void **state)
{
	static uint8_t large[256 * 1024 + 1];

	(void)state;
	use_submit();
	columns[1] = column("nationality", "FJ", "NZ");
	expect_submit_refused(REASON(E_FIELD), "columns.field");
	columns[1] = column("month", "2026-01", "2026-02");
	expect_submit_refused(REASON(E_FIELD), "columns.field"); /* twice */
	columns[1] = column("count", "1", NULL);
	expect_submit_refused(REASON(E_FIELD), "columns.values"); /* fewer rows */
	columns[1] = column("count", NULL, NULL);
	expect_submit_refused(REASON(E_FIELD), "columns.values");
	columns[0] = column("month", NULL, NULL);
	expect_submit_refused(REASON(E_FIELD), "columns.values"); /* no rows at all */
	columns[0] = (ProtobufCBinaryData){sizeof(large), large};
	expect_submit_refused(REASON(E_FIELD), "columns");
	columns[0] = (ProtobufCBinaryData){4, (uint8_t *)"\x0a\x05mo"};
	expect_submit_refused(REASON(E_MALFORMED), "columns");
	columns[0] = (ProtobufCBinaryData){2, (uint8_t *)"\x18\x01"};
	expect_submit_refused(REASON(E_MALFORMED), "columns");
	columns[0] = (ProtobufCBinaryData){0, NULL};
	expect_submit_refused(REASON(E_FIELD), "columns.field");
}

/* The most rows that a column can have: empty values, two bytes each. */
static void P2_largest_column(void **state)
{
	static const uint8_t head[] = {0x0a, 5, 'c', 'o', 'u', 'n', 't'};
	static uint8_t data[256 * 1024];
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;
	struct refusal refusal;
	size_t len = sizeof(head);

	(void)state;
	use_submit();
	memcpy(data, head, sizeof(head));
	for (; len + 2 <= sizeof(data); len += 2)
		data[len] = 0x12;
	columns[0] = (ProtobufCBinaryData){len, data};
	submit.n_columns = 1;
	assert_int_equal(rule_submit_contribution(&in, &event, &refusal), 0);
	assert_int_equal(event.contribution_submitted->contribution->row_count, (len - 7) / 2);
}

static void values_are_of_the_fields_type(void **state)
{
	static const struct {
		Pidc__V1__FieldType type;
		const char *value;
		bool fits;
	} cases[] = {
		{TYPE(INTEGER), "0", true},         {TYPE(INTEGER), "-12", true},
		{TYPE(INTEGER), "", true},          {TYPE(INTEGER), "1.5", false},
		{TYPE(INTEGER), "12a", false},      {TYPE(INTEGER), "-", false},
		{TYPE(INTEGER), " 1", false},       {TYPE(DECIMAL), "1.50", true},
		{TYPE(DECIMAL), "-3", true},        {TYPE(DECIMAL), "1.", false},
		{TYPE(DECIMAL), ".5", false},       {TYPE(DECIMAL), "1e3", false},
		{TYPE(DECIMAL), "1,5", false},      {TYPE(DATE), "2024-02-29", true},
		{TYPE(DATE), "2026-02-29", false},  {TYPE(DATE), "2026-2-1", false},
		{TYPE(DATE), "2026-02-01T", false}, {TYPE(MONTH), "2026-12", true},
		{TYPE(MONTH), "2026-13", false},    {TYPE(MONTH), "2026", false},
		{TYPE(MONTH), "2026-12-01", false}, {TYPE(TEXT), "Nuku'alofa, caf\xC3\xA9", true},
		{TYPE(TEXT), "a\x1b[1m", false},    {TYPE(TEXT), "\x7f", false},
		{TYPE(CODE), "NZ", true},
	};

	(void)state;
	use_submit();
	submit.n_columns = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		standing.fields[0]->type = cases[i].type;
		columns[0] = column("month", cases[i].value, NULL);
		if (cases[i].fits)
			(void)expect_submitted();
		else
			expect_submit_refused(REASON(E_FIELD), "columns.values");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dataset_is_defined),
		TEST(PRI_9c_a_legal_basis_and_ethics_are_mandatory),
		TEST(INT_2_b_only_active_members_own),
		TEST(PRI_9a_partners_own_too),
		TEST(definition_refusals),
		TEST(definition_fields),
		TEST(schema_is_extended),
		TEST(extension_refusals),
		TEST(L8_others_datasets_do_not_exist),
		TEST(contribution_is_submitted),
		TEST(classification_is_never_below_the_default),
		TEST(submit_refusals),
		TEST(column_refusals),
		TEST(P2_largest_column),
		TEST(values_are_of_the_fields_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
