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
static Pidc__V1__Dataset asked;

static Pidc__V1__DatasetField *field(const char *name, Pidc__V1__FieldType type)
{
	return data_field(&s, name, type);
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

static void dataset_is_defined(void **state)
{
	const Pidc__V1__Dataset *made;

	(void)state;
	asked.version = 99;
	asked.schema_version = 98;
	asked.index = 97;
	made = expect_defined();
	assert_string_equal(made->dataset_id, DATA_NEW_ID);
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
	facts.org = story_org(&s, "tv", ORG(SECRETARIAT), 1);
	expect_define_refused(REASON(E_NOT_MEMBER_STATE), "");
	facts.org = NULL;
	expect_define_refused(REASON(E_NOT_MEMBER_STATE), "");
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

static void legal_reference_set(const char *jurisdiction)
{
	asked.legal_reference = arena_alloc(s.arena, sizeof(*asked.legal_reference));
	pidc__v1__legal_reference__init(asked.legal_reference);
	asked.legal_reference->jurisdiction = story_text(&s, jurisdiction);
	asked.legal_reference->law = story_text(&s, "Immigration Act 1984");
	asked.legal_reference->provision = story_text(&s, "section 12");
}

static void PRI_9c_data_close_to_a_person_names_its_law(void **state)
{
	static const Pidc__V1__Granularity close[] = {GRANULARITY(CASE_LEVEL),
						      GRANULARITY(PERSONAL)};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		asked.granularity = close[i];
		asked.legal_reference = NULL;
		expect_define_refused(REASON(E_FIELD), "dataset.legal_reference");
		legal_reference_set("FJI"); /* another country's law */
		expect_define_refused(REASON(E_FIELD), "dataset.legal_reference.jurisdiction");
		legal_reference_set("");
		expect_define_refused(REASON(E_FIELD), "dataset.legal_reference.jurisdiction");
		legal_reference_set("TUV");
		(void)expect_defined();
		asked.legal_reference->law = story_text(&s, " ");
		expect_define_refused(REASON(E_FIELD), "dataset.legal_reference.law");
		asked.legal_reference->law = story_text(&s, "Immigration Act 1984");
		asked.legal_reference->provision = story_text(&s, "");
		expect_define_refused(REASON(E_FIELD), "dataset.legal_reference.provision");
	}
	/* A partner has no country: it names the rules that it is under. */
	facts.org->kind = ORG(PARTNER);
	facts.country = story_text(&s, "");
	legal_reference_set("IOM");
	(void)expect_defined();
	/* What is given is held to be right, needed or not. */
	asked.granularity = GRANULARITY(AGGREGATE);
	asked.legal_reference->law = story_text(&s, "");
	expect_define_refused(REASON(E_FIELD), "dataset.legal_reference.law");
}

static void PRI_9b_names_of_persons_stand_in_no_aggregate(void **state)
{
	(void)state;
	asked.fields[1]->type = TYPE(TEXT);
	asked.fields[1]->sensitivity = SENSITIVITY(DIRECT);
	expect_define_refused(REASON(E_FIELD), "dataset.fields.sensitivity");
	asked.granularity = GRANULARITY(DEIDENTIFIED);
	expect_define_refused(REASON(E_FIELD), "dataset.fields.sensitivity");
	asked.granularity = GRANULARITY(PERSONAL);
	legal_reference_set("TUV");
	(void)expect_defined();
	asked.fields[1]->sensitivity = (Pidc__V1__Sensitivity)4;
	expect_define_refused(REASON(E_FIELD), "dataset.fields.sensitivity");
	asked.granularity = GRANULARITY(AGGREGATE);
	asked.fields[1]->sensitivity = SENSITIVITY(INDIRECT);
	(void)expect_defined();
	asked.fields[1]->is_count = 1; /* of a text */
	expect_define_refused(REASON(E_FIELD), "dataset.fields.is_count");
	asked.fields[1]->type = TYPE(INTEGER);
	(void)expect_defined();
}

static void smallest_cells(void **state)
{
	(void)state;
	asked.min_cell_default = 1;
	expect_define_refused(REASON(E_FIELD), "dataset.min_cell_default");
	asked.min_cell_default = 10001;
	expect_define_refused(REASON(E_FIELD), "dataset.min_cell_default");
	asked.min_cell_default = 10000;
	(void)expect_defined();
	asked.min_cell_default = 2;
	assert_int_equal(expect_defined()->min_cell_default, 2);
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
		TEST(PRI_9c_data_close_to_a_person_names_its_law),
		TEST(PRI_9b_names_of_persons_stand_in_no_aggregate),
		TEST(smallest_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
