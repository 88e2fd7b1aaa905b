/* SPDX-License-Identifier: ISC
 *
 * Suspension, exit and reopening: by the two in an emergency, by the partner, and by the
 * Board; and what the clock does.
 *
 * CTest labels: process
 */
#include "core/partnership.h"
#include "core/standing.h"
#include "core/text.h"
#include "tests/lib/partnership_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name

static struct partnership_story p;
static Pidc__Store__V1__ResolutionFacts facts;
static Pidc__V1__Resolution resolution;
static struct resolution_subject subject;

static int setup(void **state)
{
	(void)state;
	partnership_story_open(&p);
	p.partnership.state = S(ACTIVE);
	p.facts.audience = story_list(&p.story, &p.facts.n_audience, "fj", "sec", "tv", NULL);
	pidc__store__v1__resolution_facts__init(&facts);
	pidc__v1__resolution__init(&resolution);
	facts.partnership = &p.facts;
	resolution.subject_org = p.partnership.org;
	resolution.proposed_at = story_time(&p.story, STORY_NOW - STORY_MONTH);
	subject = (struct resolution_subject){
		.in = &p.in, .facts = &facts, .resolution = &resolution, .org = "", .reason = ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	partnership_story_close(&p);
	return 0;
}

static void suspend_until(int64_t lapses_us, Pidc__V1__PartnershipState previous)
{
	p.partnership.state = S(SUSPENDED);
	p.facts.previous_state = previous;
	p.facts.lapses_at = story_time(&p.story, lapses_us);
}

/* --- the two ----------------------------------------------------------------------------- */

static void PRO_7b_an_emergency_takes_two(void **state)
{
	const Pidc__V1__PartnershipMove *move;
	Pidc__V1__Event event;
	int64_t lapses_us;

	(void)state;
	p.in.request = &p.suspend.base;
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	move = event.partnership_moved->move;
	assert_int_equal(move->kind, E(ASK_SUSPENSION));
	assert_int_equal(move->to, S(ACTIVE));
	assert_null(move->lapses_at);
	/* The partner is told, and so are those whose data it holds. */
	assert_int_equal(event.n_concerns, 4);
	assert_string_equal(event.concerns[3], "edf");

	partnership_story_ask(&p, "sec");
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->to, S(ACTIVE));

	partnership_story_ask(&p, "fj");
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	move = event.partnership_moved->move;
	assert_int_equal(move->kind, E(SUSPEND_EMERGENCY));
	assert_int_equal(move->to, S(SUSPENDED));
	assert_true(time_from_proto(move->lapses_at, &lapses_us));
	assert_int_equal(lapses_us, STORY_NOW + 30 * STORY_DAY);
}

static void an_old_request_counts_for_nothing(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.suspend.base;
	partnership_story_ask(&p, "fj");
	p.facts.last_at = story_time(&p.story, STORY_NOW - 7 * STORY_DAY);
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->kind, E(ASK_SUSPENSION));
	/* Something happened between. */
	partnership_story_ask(&p, "fj");
	p.facts.last_kind = E(RESUME_ACTIVE);
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->kind, E(ASK_SUSPENSION));
}

static void suspensions_are_refused(void **state)
{
	(void)state;
	p.in.request = &p.suspend.base;
	p.suspend.expected_version = 1;
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_VERSION),
			     "expected_version");
	p.in.actor = p.officer;
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_ROLE), "");
	p.partnership.state = S(PROSPECT);
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_STATE), "");
	p.facts.partnership = NULL;
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_NOT_FOUND), "org");
	p.suspend.reason = story_text(&p.story, "x");
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_FIELD), "reason");
}

/* --- what the clock does -------------------------------------------------------------------- */

static void PRO_7b_b_it_lapses_by_itself(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.suspend.base;
	suspend_until(STORY_NOW + 1, S(RECOGNISED));
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_STATE), "");
	suspend_until(STORY_NOW, S(RECOGNISED));
	story_expect_event(&p.in, rule_suspend_partnership, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->from, S(RECOGNISED));
	/* What the Board has suspended or confirmed does not. */
	p.facts.lapses_at = NULL;
	story_expect_refused(&p.in, rule_suspend_partnership, REASON(E_STATE), "");
}

/* --- the Board --------------------------------------------------------------------------- */

static Pidc__V1__ResolutionClosed *close_as(Pidc__V1__ResolutionKind kind,
					    Pidc__V1__ResolutionState state)
{
	static Pidc__V1__ResolutionClosed body;

	pidc__v1__resolution_closed__init(&body);
	body.state = state;
	body.effect = EFFECT(NONE);
	resolution.kind = kind;
	assert_int_equal(standing_close(&subject, &body), 0);
	return &body;
}

static void carried_moves(Pidc__V1__ResolutionKind kind, Pidc__V1__PartnershipState from,
			  Pidc__V1__PartnershipEventKind event, Pidc__V1__PartnershipState to)
{
	Pidc__V1__ResolutionClosed *body;

	p.partnership.state = from;
	body = close_as(kind, STATE(CARRIED));
	assert_int_equal(body->effect, EFFECT(DONE));
	assert_int_equal(body->partnership->kind, event);
	assert_int_equal(body->partnership->from, from);
	assert_int_equal(body->partnership->to, to);
	body = close_as(kind, STATE(NOT_CARRIED));
	assert_int_equal(body->effect, EFFECT(NONE));
	assert_null(body->partnership);
	assert_null(close_as(kind, STATE(INQUORATE))->partnership);
}

static void the_board_decides(void **state)
{
	(void)state;
	carried_moves(KIND(SUSPEND_PARTNERSHIP), S(ACTIVE), E(SUSPEND), S(SUSPENDED));
	carried_moves(KIND(SUSPEND_PARTNERSHIP), S(RECOGNISED), E(SUSPEND), S(SUSPENDED));
	carried_moves(KIND(END_PARTNERSHIP), S(ACTIVE), E(BEGIN_EXIT), S(EXITING));
	carried_moves(KIND(END_PARTNERSHIP), S(RECOGNISED), E(BEGIN_EXIT), S(EXITING));
	carried_moves(KIND(END_PARTNERSHIP), S(SUSPENDED), E(BEGIN_EXIT), S(EXITING));
	p.facts.previous_state = S(ACTIVE);
	carried_moves(KIND(RESUME_PARTNERSHIP), S(SUSPENDED), E(RESUME_ACTIVE), S(ACTIVE));
	p.facts.previous_state = S(RECOGNISED);
	carried_moves(KIND(RESUME_PARTNERSHIP), S(SUSPENDED), E(RESUME_RECOGNISED), S(RECOGNISED));
	suspend_until(STORY_NOW + 1, S(ACTIVE));
	carried_moves(KIND(SUSPEND_PARTNERSHIP), S(SUSPENDED), E(CONFIRM_SUSPENSION), S(SUSPENDED));
}

/* By the time the vote ends, something else may have happened. */
static void what_does_not_fit_any_more_is_stale(void **state)
{
	Pidc__V1__ResolutionClosed *body;

	(void)state;
	p.partnership.state = S(EXITING);
	body = close_as(KIND(SUSPEND_PARTNERSHIP), STATE(CARRIED));
	assert_int_equal(body->effect, EFFECT(STALE));
	assert_null(body->partnership);
	p.partnership.state = S(ACTIVE);
	assert_int_equal(close_as(KIND(RESUME_PARTNERSHIP), STATE(CARRIED))->effect, EFFECT(STALE));
	/* Suspended for good: nothing to confirm. */
	p.partnership.state = S(SUSPENDED);
	assert_int_equal(close_as(KIND(SUSPEND_PARTNERSHIP), STATE(CARRIED))->effect,
			 EFFECT(STALE));
	facts.partnership = NULL;
	assert_int_equal(close_as(KIND(END_PARTNERSHIP), STATE(CARRIED))->effect, EFFECT(STALE));
}

static void expect_unready(int (*check)(const struct resolution_subject *, struct refusal *),
			   Pidc__V1__Reason reason)
{
	struct refusal refusal = {0};

	assert_int_equal(check(&subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, reason);
}

static void A15_the_partner_is_heard(void **state)
{
	struct refusal refusal;

	(void)state;
	resolution.kind = KIND(END_PARTNERSHIP);
	resolution.proposed_at = story_time(&p.story, STORY_NOW - 14 * STORY_DAY + 1);
	expect_unready(standing_check_heard, REASON(E_DEADLINE));
	resolution.proposed_at = story_time(&p.story, STORY_NOW - 14 * STORY_DAY);
	assert_int_equal(standing_check_heard(&subject, &refusal), 0);
	/* But for an emergency. */
	resolution.proposed_at = story_time(&p.story, STORY_NOW);
	suspend_until(STORY_NOW + 1, S(ACTIVE));
	assert_int_equal(standing_check_heard(&subject, &refusal), 0);
	p.partnership.state = S(ENDED);
	expect_unready(standing_check_heard, REASON(E_STATE));
	facts.partnership = NULL;
	expect_unready(standing_check, REASON(E_NOT_FOUND));
}

/* --- exit -------------------------------------------------------------------------------- */

static void PRO_7b_a_the_secretariat_alone_ends_nothing(void **state)
{
	(void)state;
	p.in.request = &p.begin_exit.base;
	story_expect_refused(&p.in, rule_begin_exit, REASON(E_PREREQ_BOARD), "org");
}

static void a_partner_gives_notice_for_itself(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.begin_exit.base;
	p.in.actor = p.partner;
	story_expect_refused(&p.in, rule_begin_exit, REASON(E_ROLE), "");
	p.partner->roles[0] = PIDC__V1__ROLE__ROLE_PARTNER_SIGNATORY;
	story_expect_event(&p.in, rule_begin_exit, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->kind, E(GIVE_NOTICE));
	assert_int_equal(event.partnership_moved->move->to, S(EXITING));
	p.in.actor = p.other;
	p.other->roles[0] = PIDC__V1__ROLE__ROLE_PARTNER_SIGNATORY;
	story_expect_refused(&p.in, rule_begin_exit, REASON(E_OWNER_ONLY), "org");
	p.begin_exit.reason = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_begin_exit, REASON(E_FIELD), "reason");
}

static void PRO_7d_a_nothing_is_left_open(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.complete_exit.base;
	story_expect_refused(&p.in, rule_complete_exit, REASON(E_STATE), "");
	p.partnership.state = S(EXITING);
	p.facts.open_recalls = 1;
	story_expect_refused(&p.in, rule_complete_exit, REASON(E_STATE), "org");
	p.facts.open_recalls = 0;
	story_expect_event(&p.in, rule_complete_exit, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->to, S(ENDED));
	p.complete_exit.outcome = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_complete_exit, REASON(E_FIELD), "outcome");
}

static void reopening_waits_or_has_news(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.reopen.base;
	p.partnership.state = S(ENDED);
	/* From the last of August to the last of February. */
	assert_int_equal(time_parse("2026-02-28T12:00:00Z", &p.in.now_us, NULL), 0);
	p.facts.last_at = story_time(&p.story, p.in.now_us - 181 * STORY_DAY); /* 31 August */
	story_expect_event(&p.in, rule_reopen_partnership, &event, BODY(PARTNERSHIP_MOVED));
	assert_int_equal(event.partnership_moved->move->to, S(PROSPECT));
	p.reopen.new_facts = story_text(&p.story, "");
	story_expect_event(&p.in, rule_reopen_partnership, &event, BODY(PARTNERSHIP_MOVED));
	p.in.now_us -= 1;
	story_expect_refused(&p.in, rule_reopen_partnership, REASON(E_DEADLINE), "new_facts");
	p.reopen.new_facts = story_text(&p.story, "x");
	story_expect_refused(&p.in, rule_reopen_partnership, REASON(E_FIELD), "new_facts");
	p.partnership.state = S(ACTIVE);
	story_expect_refused(&p.in, rule_reopen_partnership, REASON(E_STATE), "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRO_7b_an_emergency_takes_two),
		TEST(an_old_request_counts_for_nothing),
		TEST(suspensions_are_refused),
		TEST(PRO_7b_b_it_lapses_by_itself),
		TEST(the_board_decides),
		TEST(what_does_not_fit_any_more_is_stale),
		TEST(A15_the_partner_is_heard),
		TEST(PRO_7b_a_the_secretariat_alone_ends_nothing),
		TEST(a_partner_gives_notice_for_itself),
		TEST(PRO_7d_a_nothing_is_left_open),
		TEST(reopening_waits_or_has_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
