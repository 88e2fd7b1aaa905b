/* SPDX-License-Identifier: ISC
 *
 * The text of an MoU: what it has to say, clause by clause, and what it may not.
 * CTest labels: process
 */
#include "tests/lib/mou_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROLE(name)   PIDC__V1__ROLE__ROLE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

static struct mou_story m;

static int setup(void **state)
{
	(void)state;
	mou_story_open(&m, PIDC__V1__MOU_STATE__MOU_STATE_DRAFT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mou_story_close(&m);
	return 0;
}

static size_t findings(Pidc__V1__MouFinding ***ret)
{
	size_t count = 99;

	assert_int_equal(mou_findings(&m.terms, m.types, 3, m.story.arena, ret, &count), 0);
	return count;
}

static void expect_finding(Pidc__V1__Reason reason, const char *clause)
{
	Pidc__V1__MouFinding **found;

	assert_int_equal(findings(&found), 1);
	assert_int_equal(found[0]->reason, reason);
	assert_string_equal(found[0]->clause, clause);
}

static void a_complete_text_lacks_nothing(void **state)
{
	Pidc__V1__MouFinding **found;

	(void)state;
	assert_int_equal(findings(&found), 0);
}

/* PRO-3b.a, PRI-7.a, STM-5: each of the twenty by itself, and by its name. */
static void PRO_3b_a_each_missing_clause_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < 20; i++) {
		const char *name = protobuf_c_enum_descriptor_get_value(
					   &pidc__v1__mou_clause_kind__descriptor, (int)i + 1)
					   ->name;
		char *text = m.clauses[i].text;

		m.clauses[i].text = story_text(&m.story, "");
		expect_finding(REASON(E_MOU_INCOMPLETE), name + strlen("MOU_CLAUSE_KIND_"));
		m.clauses[i].text = text;
	}
}

static void TYP_4_each_type_brings_its_own_clauses(void **state)
{
	Pidc__V1__MouFinding **found;

	(void)state;
	m.clauses[22].text = story_text(&m.story, "");
	expect_finding(REASON(E_MOU_INCOMPLETE), "STRATEGIC.RIGHTS");
	m.terms.n_clauses = 20;
	assert_int_equal(findings(&found), 12);
}

static void STM_5_a_both_sides_have_obligations(void **state)
{
	(void)state;
	m.clauses[3].n_points = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "RESPONSIBILITIES_PIDC");
	m.clauses[3].n_points = 1;
	m.clauses[4].n_points = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "RESPONSIBILITIES_PARTNER");
}

static void PRO_3c_a_outcomes_are_measured(void **state)
{
	Pidc__V1__MouFinding **found;

	(void)state;
	m.terms.n_outcomes_partner = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "OUTCOMES_PARTNER");
	m.terms.n_outcomes_partner = 1;
	m.terms.n_outcomes_pidc = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "OUTCOMES_PIDC");
	m.terms.n_outcomes_pidc = 1;
	m.indicator.source = story_text(&m.story, "");
	assert_int_equal(findings(&found), 2);
	assert_int_equal(found[0]->reason, REASON(E_PREREQ_ME));
}

static void TYP_1_a_a_strategic_partnership_is_long(void **state)
{
	(void)state;
	m.terms.term_months = 23;
	expect_finding(REASON(E_FIELD), "terms.term_months");
}

static void what_the_register_acts_on_is_mandatory(void **state)
{
	(void)state;
	m.terms.scope = NULL;
	expect_finding(REASON(E_MOU_INCOMPLETE), "DATA_SHARING_SCOPE");
	m.terms.scope = &m.scope;
	m.terms.notice_months = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "TERM_NOTICE");
	m.terms.notice_months = 3;
	m.terms.pidc_signatory = 0;
	expect_finding(REASON(E_MOU_INCOMPLETE), "SIGNATORIES");
}

/* --- values ---------------------------------------------------------------------------- */

static void expect_refused(Pidc__V1__Reason reason, const char *field)
{
	struct refusal refusal = {0};

	assert_int_equal(check_mou_terms(&m.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, reason);
	assert_string_equal(refusal.field, field);
	teardown(NULL);
	setup(NULL);
}

static void a_draft_may_lack_clauses(void **state)
{
	struct refusal refusal;

	(void)state;
	pidc__v1__mou_terms__init(&m.terms);
	assert_int_equal(check_mou_terms(&m.subject, &refusal), 0);
}

static void values_are_ones_that_a_text_may_have(void **state)
{
	(void)state;
	m.clauses[1].kind = m.clauses[0].kind;
	expect_refused(REASON(E_FIELD), "terms.clauses");
	m.clauses[0].type = m.types[0];
	expect_refused(REASON(E_FIELD), "terms.clauses.type");
	m.clauses[0].kind = (Pidc__V1__MouClauseKind)77;
	expect_refused(REASON(E_FIELD), "terms.clauses.kind");
	m.terms.term_months = 1201;
	expect_refused(REASON(E_FIELD), "terms.term_months");
	m.terms.notice_months = 25;
	expect_refused(REASON(E_FIELD), "terms.notice_months");
	m.terms.pidc_signatory = ROLE(SEC_OFFICER);
	expect_refused(REASON(E_FIELD), "terms.pidc_signatory");
	m.terms.replaces_instrument_id = story_id(&m.story, "another");
	expect_refused(REASON(E_NOT_FOUND), "terms.replaces_instrument_id");
	m.scope.purposes = story_list(&m.story, &m.scope.n_purposes, "WEATHER", NULL);
	expect_refused(REASON(E_UNKNOWN_CODE), "terms.scope.purposes");
	m.scope.purposes = story_list(&m.story, &m.scope.n_purposes, "ME", NULL);
	expect_refused(REASON(E_FIELD), "terms.scope.granularity_ceiling");
}

static void the_bytes_are_kept_and_read_back(void **state)
{
	Pidc__V1__MouContent *content;
	Pidc__V1__MouTerms *terms;
	ProtobufCBinaryData digest;
	struct refusal refusal;

	(void)state;
	assert_int_equal(mou_content_make(&m.subject, "id", &content, &refusal), 0);
	assert_true(content->has_confidentiality);
	assert_int_equal(mou_terms_read(&content->terms, m.story.arena, &terms), 0);
	assert_int_equal(terms->n_clauses, 32);
	/* The same text of another record is another text. */
	assert_int_equal(mou_digest("id2", &content->terms, m.story.arena, &digest), 0);
	assert_memory_not_equal(digest.data, content->digest.data, SHA256_LEN);
	content->terms.len--;
	assert_int_equal(mou_terms_read(&content->terms, m.story.arena, &terms), PIDC_EINTEGRITY);
	m.clauses[12].text = story_text(&m.story, "");
	assert_int_equal(mou_content_make(&m.subject, "id", &content, &refusal), 0);
	assert_false(content->has_confidentiality);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_complete_text_lacks_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(PRO_3b_a_each_missing_clause_is_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(TYP_4_each_type_brings_its_own_clauses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(STM_5_a_both_sides_have_obligations, setup,
						teardown),
		cmocka_unit_test_setup_teardown(PRO_3c_a_outcomes_are_measured, setup, teardown),
		cmocka_unit_test_setup_teardown(TYP_1_a_a_strategic_partnership_is_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_the_register_acts_on_is_mandatory, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_draft_may_lack_clauses, setup, teardown),
		cmocka_unit_test_setup_teardown(values_are_ones_that_a_text_may_have, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_bytes_are_kept_and_read_back, setup, teardown),
	};

	return cmocka_run_group_tests_name("mou terms", tests, NULL, NULL);
}
