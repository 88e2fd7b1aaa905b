/* SPDX-License-Identifier: ISC
 *
 * What the Board's resolutions about MoUs do.
 * CTest labels: process
 */
#include "core/mou_effect.h"
#include "tests/lib/mou_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__MOU_STATE__MOU_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define CARRIED     PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED
#define NOT_CARRIED PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_NOT_CARRIED

static struct mou_story m;

static int setup(void **state)
{
	(void)state;
	mou_story_open(&m, S(DRAFT));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mou_story_close(&m);
	return 0;
}

static void begin(Pidc__V1__MouState state)
{
	mou_story_close(&m);
	mou_story_open(&m, state);
}

static struct resolution_subject board(Pidc__V1__Resolution *resolution,
				       Pidc__Store__V1__ResolutionFacts *facts)
{
	pidc__v1__resolution__init(resolution);
	pidc__store__v1__resolution_facts__init(facts);
	resolution->subject_org = m.facts.org;
	resolution->subject_digest = m.mou.digest;
	facts->mou = &m.facts;
	return (struct resolution_subject){.in = &m.in, .facts = facts, .resolution = resolution};
}

static void PRO_3a_the_board_approves_what_was_vetted(void **state)
{
	Pidc__V1__Resolution resolution;
	Pidc__Store__V1__ResolutionFacts facts;
	struct resolution_subject subject = board(&resolution, &facts);
	struct refusal refusal;

	(void)state;
	assert_int_equal(mou_approval_check(&subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_PREREQ_VET));
	m.mou.state = S(VETTED);
	assert_int_equal(mou_approval_check(&subject, &refusal), 0);
	resolution.subject_org = story_text(&m.story, "iom");
	assert_int_equal(mou_approval_check(&subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_NOT_FOUND));
	resolution.subject_org = m.facts.org;
	resolution.subject_digest.len = 3;
	assert_int_equal(mou_approval_check(&subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_STALE_APPROVAL));
	facts.mou = NULL;
	assert_int_equal(mou_approval_check(&subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_NOT_FOUND));
}

static void expect_effect(int (*close)(const struct resolution_subject *,
				       Pidc__V1__ResolutionClosed *),
			  Pidc__V1__ResolutionState ended, Pidc__V1__ResolutionEffect effect)
{
	Pidc__V1__Resolution resolution;
	Pidc__Store__V1__ResolutionFacts facts;
	struct resolution_subject subject = board(&resolution, &facts);
	Pidc__V1__ResolutionClosed body = PIDC__V1__RESOLUTION_CLOSED__INIT;

	body.state = ended;
	body.effect = PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_NONE;
	assert_int_equal(close(&subject, &body), 0);
	assert_int_equal(body.effect, effect);
	assert_true((body.mou != NULL) ==
		    (effect == PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_DONE));
}

static void a_carried_resolution_takes_effect_unless_stale(void **state)
{
	(void)state;
	begin(S(VETTED));
	expect_effect(mou_approval_close, CARRIED, EFFECT(DONE));
	expect_effect(mou_approval_close, NOT_CARRIED, EFFECT(NONE));
	/* The text was changed while the Board voted. */
	begin(S(DRAFT));
	expect_effect(mou_approval_close, CARRIED, EFFECT(STALE));
	begin(S(IN_FORCE));
	expect_effect(mou_termination_close, CARRIED, EFFECT(DONE));
	m.mou.ends_at = story_time(&m.story, STORY_NOW - 1);
	expect_effect(mou_termination_close, CARRIED, EFFECT(STALE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(PRO_3a_the_board_approves_what_was_vetted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_carried_resolution_takes_effect_unless_stale,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("mou effect", tests, NULL, NULL);
}
