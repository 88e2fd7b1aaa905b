/* SPDX-License-Identifier: ISC
 *
 * A dossier is complete or refused.
 *
 * CTest labels: process
 */
#include "tests/lib/partnership_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name

static struct partnership_story p;

static int setup(void **state)
{
	(void)state;
	partnership_story_open(&p);
	p.in.request = &p.submit.base;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	partnership_story_close(&p);
	return 0;
}

static void expect(Pidc__V1__Reason reason, const char *field)
{
	story_expect_refused(&p.in, rule_submit_dossier, reason, field);
}

static void dossier_is_recorded(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
	assert_string_equal(event.dossier_submitted->dossier->dossier_id, p.in.new_id);
	assert_int_equal(event.dossier_submitted->move->to, p.partnership.state);
	assert_int_equal(event.entity_version, 3);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "sec"); /* not for everybody to read */
}

static void digest_is_of_what_was_submitted(void **state)
{
	Pidc__V1__Event event;
	uint8_t first[32];

	(void)state;
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
	assert_int_equal(event.dossier_submitted->dossier->digest.len, 32);
	memcpy(first, event.dossier_submitted->dossier->digest.data, 32);
	/* What the register sets is not in it, whoever says so. */
	p.dossier.author = story_text(&p.story, "somebody");
	p.dossier.dossier_id = story_text(&p.story, "mine");
	p.dossier.digest = (ProtobufCBinaryData){sizeof(p.digest), p.digest};
	p.dossier.submitted_at = story_time(&p.story, STORY_NOW);
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
	assert_memory_equal(event.dossier_submitted->dossier->digest.data, first, 32);
	assert_string_equal(event.dossier_submitted->dossier->author, "");
	/* One score is. */
	p.scores[3].score = 1;
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
	assert_memory_not_equal(event.dossier_submitted->dossier->digest.data, first, 32);
}

static void INT_5a_all_five_criteria(void **state)
{
	(void)state;
	p.dossier.n_alignment = 4;
	expect(REASON(E_FIELD), "alignment");
	p.dossier.n_alignment = 5;
	p.scores[4].criterion = p.scores[3].criterion;
	expect(REASON(E_FIELD), "alignment");
	p.scores[4].criterion = (Pidc__V1__AlignmentCriterion)6;
	expect(REASON(E_FIELD), "alignment.criterion");
	p.scores[3].text = story_text(&p.story, "");
	expect(REASON(E_FIELD), "alignment.text");
	p.scores[3].score = 5;
	expect(REASON(E_FIELD), "alignment.score");
}

static void STM_2a_cultural_note(void **state)
{
	(void)state;
	p.dossier.cultural_note = story_text(&p.story, "");
	expect(REASON(E_FIELD), "cultural_note");
}

static void INT_4a_private_companies_where_necessary(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.partnership.partner_class = story_text(&p.story, "PRIVATE_SECTOR");
	expect(REASON(E_FIELD), "necessity");
	p.dossier.necessity = story_text(&p.story, "nobody else makes the readers");
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
}

static void TYP_1a_strategic_is_long_term(void **state)
{
	(void)state;
	p.strategic.term_months = 6;
	expect(REASON(E_FIELD), "strategic.term_months");
	p.strategic.term_months = 23;
	expect(REASON(E_FIELD), "strategic.term_months");
	p.strategic.term_months = 1201;
	expect(REASON(E_FIELD), "strategic.term_months");
	p.strategic.n_objectives = 0;
	expect(REASON(E_FIELD), "strategic.objectives");
	p.strategic.n_shared_goals = 0;
	expect(REASON(E_FIELD), "strategic.shared_goals");
}

static void TYP_2a_operational_has_activities(void **state)
{
	(void)state;
	p.activity.contribution = 0;
	expect(REASON(E_FIELD), "operational.activities.contribution");
	p.activity.title = story_text(&p.story, "");
	expect(REASON(E_FIELD), "operational.activities.title");
	p.operational.n_activities = 0;
	expect(REASON(E_FIELD), "operational.activities");
	p.operational.n_activities = 65;
	expect(REASON(E_FIELD), "operational.activities");
}

static void TYP_3_advisory_has_subjects(void **state)
{
	(void)state;
	p.advisory.n_subjects = 0;
	expect(REASON(E_FIELD), "advisory.subjects");
	p.advisory.n_subjects = 17;
	expect(REASON(E_FIELD), "advisory.subjects");
}

static void TYP_4_one_type_is_enough_and_none_is_not(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.dossier.strategic = NULL;
	p.dossier.operational = NULL;
	story_expect_event(&p.in, rule_submit_dossier, &event, BODY(DOSSIER_SUBMITTED));
	p.dossier.advisory = NULL;
	expect(REASON(E_FIELD), "types");
}

static void BKG_1a_themes_are_known(void **state)
{
	(void)state;
	p.dossier.themes = story_list(&p.story, &p.dossier.n_themes, "WEATHER", NULL);
	expect(REASON(E_UNKNOWN_CODE), "themes");
	p.dossier.n_themes = 33;
	expect(REASON(E_FIELD), "themes");
}

static void documents_have_title_and_digest(void **state)
{
	(void)state;
	p.document.digest.len = 31;
	expect(REASON(E_FIELD), "documents.digest");
	p.document.title = story_text(&p.story, "");
	expect(REASON(E_FIELD), "documents.title");
	p.dossier.n_documents = 65;
	expect(REASON(E_FIELD), "documents");
	p.submit.dossier = NULL;
	expect(REASON(E_FIELD), "dossier");
}

static void only_of_the_version_that_was_read(void **state)
{
	(void)state;
	p.submit.expected_version = 1;
	expect(REASON(E_VERSION), "expected_version");
	p.partnership.state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_WITHDRAWN;
	expect(REASON(E_STATE), "");
	p.facts.partnership = NULL;
	expect(REASON(E_NOT_FOUND), "org");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dossier_is_recorded),
		TEST(digest_is_of_what_was_submitted),
		TEST(INT_5a_all_five_criteria),
		TEST(STM_2a_cultural_note),
		TEST(INT_4a_private_companies_where_necessary),
		TEST(TYP_1a_strategic_is_long_term),
		TEST(TYP_2a_operational_has_activities),
		TEST(TYP_3_advisory_has_subjects),
		TEST(TYP_4_one_type_is_enough_and_none_is_not),
		TEST(BKG_1a_themes_are_known),
		TEST(documents_have_title_and_digest),
		TEST(only_of_the_version_that_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
