/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)      PIDC__V1__REASON__REASON_##name
#define ORG(name)         PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define CLASS(name)       PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define TYPE(name)        PIDC__V1__FIELD_TYPE__FIELD_TYPE_##name
#define GRANULARITY(name) PIDC__V1__GRANULARITY__GRANULARITY_##name
#define SENSITIVITY(name) PIDC__V1__SENSITIVITY__SENSITIVITY_##name

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__DatasetFacts facts;
static Pidc__V1__DefineDatasetRequest define;
static Pidc__V1__CloseDatasetRequest close_request;
static Pidc__V1__Dataset asked, standing;

static Pidc__V1__DatasetField *field(const char *name, Pidc__V1__FieldType type)
{
	return data_field(&s, name, type);
}

static void standing_set(void)
{
	data_standing_init(&s, &standing);
	facts.exists = 1;
	facts.dataset = &standing;
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__dataset_facts__init(&facts);
	facts.org = story_org(&s, "tv", ORG(MEMBER), 1);
	facts.category_known = 1;
	facts.country = story_text(&s, "TUV");
	pidc__v1__define_dataset_request__init(&define);
	pidc__v1__close_dataset_request__init(&close_request);
	data_dataset_init(&s, &asked);
	define.dataset = &asked;
	in = data_input(&s, &define.base, &facts.base);
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
	data_dataset_init(&s, &asked);
	asked.dataset_id = standing.dataset_id;
	asked.category = story_text(&s, "RAS");
	expect_define_refused(REASON(E_FIELD), "dataset.category");
	asked.category = standing.category;
	asked.granularity = PIDC__V1__GRANULARITY__GRANULARITY_DEIDENTIFIED;
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
}

/* Consents were given for what the dataset promised. */
static void PRI_9b_protection_is_raised_never_lowered(void **state)
{
	(void)state;
	standing_set();
	standing.min_cell_default = 5;
	standing.fields[0]->sensitivity = SENSITIVITY(ORDINARY);
	standing.fields[1]->sensitivity = SENSITIVITY(INDIRECT);
	standing.fields[1]->is_count = 1;
	asked.dataset_id = standing.dataset_id;
	define.expected_version = 5;
	asked.min_cell_default = 4;
	asked.fields[1]->is_count = 1;
	asked.fields[1]->sensitivity = SENSITIVITY(INDIRECT);
	expect_define_refused(REASON(E_FIELD), "dataset.min_cell_default");
	asked.min_cell_default = 10;
	(void)expect_defined();
	asked.fields[1]->sensitivity = SENSITIVITY(ORDINARY);
	expect_define_refused(REASON(E_FIELD), "dataset.fields.sensitivity");
	asked.fields[1]->sensitivity = 0;
	expect_define_refused(REASON(E_FIELD), "dataset.fields.sensitivity");
	asked.fields[1]->sensitivity = SENSITIVITY(INDIRECT);
	asked.fields[1]->is_count = 0;
	expect_define_refused(REASON(E_FIELD), "dataset.fields");
	asked.fields[1]->is_count = 1;
	asked.fields[0]->sensitivity = SENSITIVITY(INDIRECT);
	(void)expect_defined();
}

static void use_close(void)
{
	standing_set();
	close_request.dataset_id = standing.dataset_id;
	close_request.expected_version = 5;
	close_request.reason = story_text(&s, "replaced by a better one");
	in.request = &close_request.base;
}

static void expect_close_refused(Pidc__V1__Reason reason, const char *name)
{
	story_expect_refused(&in, rule_close_dataset, reason, name);
}

static void dataset_is_closed(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	use_close();
	story_expect_event(&in, rule_close_dataset, &event, PIDC__V1__EVENT__BODY_DATASET_CLOSED);
	assert_string_equal(event.entity_id, standing.dataset_id);
	assert_int_equal(event.entity_version, 6);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	assert_string_equal(event.dataset_closed->dataset_id, standing.dataset_id);
	close_request.reason = story_text(&s, "x");
	expect_close_refused(REASON(E_FIELD), "reason");
	close_request.reason = story_text(&s, "done with it");
	close_request.expected_version = 4;
	expect_close_refused(REASON(E_VERSION), "expected_version");
	close_request.expected_version = 5;
	standing.status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_CLOSED;
	expect_close_refused(REASON(E_STATE), "dataset_id");
	standing.owner_org = story_text(&s, "fj");
	expect_close_refused(REASON(E_NOT_FOUND), "dataset_id");
	facts.dataset = NULL;
	expect_close_refused(REASON(E_NOT_FOUND), "dataset_id");
}

/* The same answer for a dataset that there is and for one that there is not. */
static void PRI_9a_a_the_Secretariat_changes_no_dataset(void **state)
{
	(void)state;
	use_close();
	in.actor = story_actor(&s, "sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_HOS,
			       PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT);
	expect_close_refused(REASON(E_OWNER_ONLY), "");
	facts.dataset = NULL;
	expect_close_refused(REASON(E_OWNER_ONLY), "");
	in.request = &define.base;
	define.expected_version = 5;
	asked.classification_default = CLASS(CLEAR);
	expect_define_refused(REASON(E_OWNER_ONLY), "");
	facts.dataset = &standing;
	expect_define_refused(REASON(E_OWNER_ONLY), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(schema_is_extended),
		TEST(extension_refusals),
		TEST(L8_others_datasets_do_not_exist),
		TEST(PRI_9b_protection_is_raised_never_lowered),
		TEST(dataset_is_closed),
		TEST(PRI_9a_a_the_Secretariat_changes_no_dataset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
