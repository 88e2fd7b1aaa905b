/* SPDX-License-Identifier: ISC
 *
 * Observers: the table over its full cross product, and what the Board's resolutions name
 * and do. Nobody's own agreements are the Board's matter (EXI-1.b).
 * CTest labels: process
 */
#include "core/observer.h"
#include "core/resolution_guard.h"
#include "tests/lib/board_story.h"
#include "tests/lib/machine_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__OBSERVER_STATE__OBSERVER_STATE_##name
#define E(name)      PIDC__V1__OBSERVER_EVENT_KIND__OBSERVER_EVENT_KIND_##name
#define KIND(name)   PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_##name
#define EFFECT(name) PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

static struct board_story b;
static Pidc__Store__V1__ObserverFacts observer;
static Pidc__Store__V1__OrgState partner;

static int setup(void **state)
{
	(void)state;
	board_story_open(&b, PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_OPEN);
	pidc__store__v1__observer_facts__init(&observer);
	pidc__store__v1__org_state__init(&partner);
	partner.org = story_text(&b.story, "iom");
	partner.kind = ORG(PARTNER);
	observer.state = S(APPROVED);
	b.facts.observer = &observer;
	b.facts.subject = &partner;
	b.resolution.subject_org = partner.org;
	b.resolution.kind = KIND(OBSERVER_SUSPENSION);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	board_story_close(&b);
	return 0;
}

static const struct {
	int from, event, to;
} pairs[] = {
	{0, E(APPROVE), S(APPROVED)},
	{S(APPROVED), E(APPROVE), S(APPROVED)},
	{S(SUSPENDED), E(APPROVE), S(APPROVED)},
	{S(ENDED), E(APPROVE), S(APPROVED)},
	{S(APPROVED), E(SUSPEND), S(SUSPENDED)},
	{S(APPROVED), E(END), S(ENDED)},
	{S(SUSPENDED), E(END), S(ENDED)},
};
#define PAIR_COUNT (sizeof(pairs) / sizeof(pairs[0]))

static void PRO_0a_no_other_move_of_an_observer(void **state)
{
	(void)state;
	machine_table_check(&observer_machine);
	machine_doc_check(&observer_machine, "observer.md");
	assert_int_equal(observer_machine.move_count, PAIR_COUNT);
	for (int from = 0; from <= S(ENDED); from++)
		for (int event = 1; event < (int)observer_machine.event_count; event++) {
			struct refusal refusal = {0};
			int wanted = 0, to = 0;
			int rc = machine_step(&observer_machine, from, event, b.in.actor,
					      &b.subject, &to, &refusal);

			for (size_t i = 0; i < PAIR_COUNT; i++)
				if (pairs[i].from == from && pairs[i].event == event)
					wanted = pairs[i].to;
			assert_int_equal(rc, wanted != 0 ? 0 : PIDC_EREFUSED);
			assert_int_equal(to, wanted);
			if (wanted == 0)
				assert_int_equal(refusal.reason, REASON(E_STATE));
		}
}

static void only_partners_observe(void **state)
{
	struct refusal refusal = {0};

	(void)state;
	assert_int_equal(observer_check(&b.subject, &refusal), 0);
	partner.kind = ORG(MEMBER);
	assert_int_equal(observer_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_FIELD));
	partner.kind = ORG(PARTNER);
	b.facts.observer = NULL; /* never one: there is nothing to suspend */
	assert_int_equal(observer_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_STATE));
	b.facts.subject = NULL;
	assert_int_equal(observer_check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_FIELD));
}

static void what_was_carried_happens(void **state)
{
	static const struct {
		Pidc__V1__ResolutionKind kind;
		int to;
	} kinds[] = {
		{KIND(OBSERVER_SUSPENSION), S(SUSPENDED)},
		{KIND(OBSERVER_END), S(ENDED)},
		{KIND(OBSERVER_APPROVAL), S(APPROVED)},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		Pidc__V1__ResolutionClosed body = PIDC__V1__RESOLUTION_CLOSED__INIT;

		body.state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED;
		b.resolution.kind = kinds[i].kind;
		assert_int_equal(observer_close(&b.subject, &body), 0);
		assert_int_equal(body.effect, EFFECT(DONE));
		assert_string_equal(body.observer->org, "iom");
		assert_int_equal(body.observer->to, kinds[i].to);
	}
}

static void what_does_not_fit_any_more_is_stale(void **state)
{
	Pidc__V1__ResolutionClosed body = PIDC__V1__RESOLUTION_CLOSED__INIT;

	(void)state;
	body.state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED;
	observer.state = S(ENDED);
	assert_int_equal(observer_close(&b.subject, &body), 0);
	assert_int_equal(body.effect, EFFECT(STALE));
	assert_null(body.observer);
	pidc__v1__resolution_closed__init(&body);
	body.state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_NOT_CARRIED;
	assert_int_equal(observer_close(&b.subject, &body), 0);
	assert_null(body.observer);
}

static void EXI_1b_the_Board_leaves_own_agreements_alone(void **state)
{
	struct refusal refusal = {0};

	(void)state;
	b.resolution.kind = KIND(DIRECTION);
	assert_int_equal(guard_subject_fits.check(&b.subject, &refusal), 0);
	b.facts.is_bilateral = 1;
	assert_int_equal(guard_subject_fits.check(&b.subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_SOVEREIGN));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRO_0a_no_other_move_of_an_observer),
		TEST(only_partners_observe),
		TEST(what_was_carried_happens),
		TEST(what_does_not_fit_any_more_is_stale),
		TEST(EXI_1b_the_Board_leaves_own_agreements_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
