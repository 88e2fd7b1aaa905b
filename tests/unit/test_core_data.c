/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "core/crypto.h"
#include "core/message.h"
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define CLASS(name)  PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define TYPE(name)   PIDC__V1__FIELD_TYPE__FIELD_TYPE_##name

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__DatasetFacts facts;
static Pidc__V1__Dataset standing;
static Pidc__V1__SubmitContributionRequest submit;
static ProtobufCBinaryData columns[8];

static void standing_set(void)
{
	data_standing_init(&s, &standing);
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
	pidc__v1__submit_contribution_request__init(&submit);
	submit.dataset_id = story_id(&s, "over");
	submit.period = story_range(&s, STORY_NOW - STORY_MONTH, STORY_NOW);
	columns[0] = column("month", "2026-04", "2026-05");
	columns[1] = column("count", "12", "7");
	submit.columns = columns;
	submit.n_columns = 2;
	in = data_input(&s, &submit.base, &facts.base);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void INT_2_b_only_active_members_own(void **state)
{
	(void)state;
	standing_set();
	facts.org->is_active = 0;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
	facts.org = story_org(&s, "tv", ORG(SECRETARIAT), 1);
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
	facts.org = NULL;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_MEMBER_STATE), "");
}

static void L8_others_datasets_do_not_exist(void **state)
{
	(void)state;
	standing_set();
	facts.dataset = NULL;
	facts.exists = 0;
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_FOUND), "dataset_id");
	facts.exists = 1;
	facts.dataset = &standing;
	standing.owner_org = story_text(&s, "fj");
	story_expect_refused(&in, rule_submit_contribution, REASON(E_NOT_FOUND), "dataset_id");
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
	assert_string_equal(event.entity_id, DATA_NEW_ID);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	return event.contribution_submitted->contribution;
}

static void contribution_is_submitted(void **state)
{
	const Pidc__V1__Contribution *made;
	uint8_t digests[2][32], content[32];

	(void)state;
	standing_set();
	made = expect_submitted();
	assert_string_equal(made->contribution_id, DATA_NEW_ID);
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
	standing_set();
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
	standing_set();
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
	standing_set();
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
	standing_set();
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
	standing_set();
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

static Pidc__V1__Contribution *replaced_set(void)
{
	Pidc__V1__Contribution *replaced = arena_alloc(s.arena, sizeof(*replaced));

	pidc__v1__contribution__init(replaced);
	replaced->contribution_id = story_id(&s, "k");
	replaced->dataset_id = standing.dataset_id;
	replaced->owner_org = story_text(&s, "tv");
	replaced->classification = CLASS(AMBER);
	replaced->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	facts.replaced = replaced;
	submit.replaces_id = replaced->contribution_id;
	return replaced;
}

static void a_correction_replaces_what_is_accepted(void **state)
{
	Pidc__V1__Contribution *replaced;

	(void)state;
	standing_set();
	replaced = replaced_set();
	assert_string_equal(expect_submitted()->replaces_id, replaced->contribution_id);
	/* No lowering by the way. */
	assert_int_equal(expect_submitted()->classification, CLASS(AMBER));
	submit.classification = CLASS(GREEN);
	expect_submit_refused(REASON(E_FIELD), "classification");
	submit.classification = CLASS(RED);
	assert_int_equal(expect_submitted()->classification, CLASS(RED));
	for (int status = 2; status <= 5; status++) {
		replaced->status = (Pidc__V1__ContributionStatus)status;
		expect_submit_refused(REASON(E_STATE), "replaces_id");
	}
	replaced->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	replaced->dataset_id = story_id(&s, "other");
	expect_submit_refused(REASON(E_FIELD), "replaces_id");
	replaced->owner_org = story_text(&s, "fj");
	expect_submit_refused(REASON(E_NOT_FOUND), "replaces_id");
	facts.replaced = NULL;
	expect_submit_refused(REASON(E_NOT_FOUND), "replaces_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(INT_2_b_only_active_members_own),
		TEST(L8_others_datasets_do_not_exist),
		TEST(contribution_is_submitted),
		TEST(classification_is_never_below_the_default),
		TEST(submit_refusals),
		TEST(column_refusals),
		TEST(P2_largest_column),
		TEST(a_correction_replaces_what_is_accepted),
		TEST(values_are_of_the_fields_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
