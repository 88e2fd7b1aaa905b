/* SPDX-License-Identifier: ISC
 *
 * The machine of a policy's version over its full cross product.
 * CTest labels: process
 */
#include "tests/lib/machine_doc.h"
#include "tests/lib/policy_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__POLICY_STATE__POLICY_STATE_##name
#define E(name)      PIDC__V1__POLICY_STEP__POLICY_STEP_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define ANYBODY     UINT32_MAX

static struct policy_story p;

static void begin(Pidc__V1__PolicyState state)
{
	policy_story_close(&p);
	policy_story_open(&p, state);
}

static int setup(void **state)
{
	(void)state;
	policy_story_open(&p, S(DRAFT));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	policy_story_close(&p);
	return 0;
}

/* --- the table, against the process as it is written down ------------------------------ */

static const struct pair {
	int from, event, to;
	uint32_t roles;
} pairs[] = {
	{0, E(CREATE), S(DRAFT), SECRETARIAT},
	{S(DRAFT), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(WITH_BOARD), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(ADOPTED), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(VETTED), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(DRAFT), E(OPEN_CONSULTATION), S(CONSULTATION), R(SEC_HOS)},
	{S(CONSULTATION), E(GIVE_INPUT), S(CONSULTATION),
	 R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY) |
		 R(OBSERVER_DELEGATE)},
	{S(CONSULTATION), E(CLOSE_CONSULTATION), S(DRAFT), R(SEC_HOS)},
	{S(DRAFT), E(SUBMIT), S(WITH_BOARD), R(SEC_HOS)},
	{S(WITH_BOARD), E(ADOPT), S(ADOPTED), ANYBODY},
	{S(WITH_BOARD), E(REJECT), S(DRAFT), ANYBODY},
	{S(ADOPTED), E(VET), S(VETTED), R(SEC_HOS)},
	{S(ADOPTED), E(RETURN), S(DRAFT), R(SEC_HOS)},
	{S(VETTED), E(PUBLISH), S(IN_FORCE), R(SEC_HOS)},
	{S(IN_FORCE), E(SUPERSEDE), S(SUPERSEDED), ANYBODY},
	{S(IN_FORCE), E(REVIEW), S(IN_FORCE), R(SEC_HOS)},
};
#define PAIR_COUNT (sizeof(pairs) / sizeof(pairs[0]))

static int step_as(int from, int event, Pidc__V1__Role role, int *ret_to, struct refusal *refusal)
{
	Pidc__V1__Actor actor = *p.hos;

	actor.roles = &role;
	actor.n_roles = role != 0;
	p.in.actor = &actor;
	*ret_to = -1;
	int rc = machine_step(&policy_machine, from, event, &actor, &p.subject, ret_to, refusal);

	p.in.actor = p.hos;
	return rc;
}

/* The consultation is open for who speaks in it, over for who closes it. */
static void clock_suits(int event)
{
	bool is_over = event == E(CLOSE_CONSULTATION);

	p.version.consultation_closes_at =
		story_time(&p.story, STORY_NOW + (is_over ? -STORY_DAY : STORY_DAY));
}

static void expect_step(const struct pair *pair, int from, int event, Pidc__V1__Role role)
{
	struct refusal refusal = {0};
	int to;
	int rc;

	clock_suits(event);
	rc = step_as(from, event, role, &to, &refusal);
	if (pair != NULL && (pair->roles == ANYBODY || (pair->roles >> role & 1) != 0)) {
		assert_int_equal(rc, 0);
		assert_int_equal(to, pair->to);
		return;
	}
	assert_int_equal(rc, PIDC_EREFUSED);
	assert_int_equal(refusal.reason, pair == NULL ? REASON(E_STATE) : REASON(E_ROLE));
}

static void PRO_0a_no_other_move_of_a_policy(void **state)
{
	(void)state;
	machine_table_check(&policy_machine);
	machine_doc_check(&policy_machine, "policy.md");
	assert_int_equal(policy_machine.move_count, PAIR_COUNT);
	for (unsigned s = 0; s < policy_machine.states->n_values; s++)
		for (int event = 1; event < (int)policy_machine.event_count; event++) {
			int from = policy_machine.states->values[s].value;
			const struct pair *pair = NULL;

			for (size_t i = 0; i < PAIR_COUNT; i++)
				if (pairs[i].from == from && pairs[i].event == event)
					pair = &pairs[i];
			for (int role = 0; role <= PIDC__V1__ROLE__ROLE_WITNESS; role++)
				expect_step(pair, from, event, (Pidc__V1__Role)role);
		}
}

static void has_draft(void)
{
	p.facts.has_draft = 1;
}

static void closes_soon(void)
{
	p.subject.closes_us = STORY_NOW + 29 * STORY_DAY;
}

static void is_over(void)
{
	p.version.consultation_closes_at = story_time(&p.story, STORY_NOW);
}

static void is_open(void)
{
	p.version.consultation_closes_at = story_time(&p.story, STORY_NOW + 1);
}

static void not_invited(void)
{
	p.facts.is_invited = 0;
}

static void not_consulted(void)
{
	p.version.consultation_closed_at = NULL;
}

static void other_digest(void)
{
	p.resolution.subject_digest = p.version.text_digest;
}

static void other_text(void)
{
	p.subject.text_digest = &p.version.digest;
}

static void own_text(void)
{
	p.version.author_id = p.hos->principal_id;
}

static void rescinded(void)
{
	p.resolution.state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_RESCINDED;
}

/* Each guard, what spoils it, and the reason that it gives. */
static const struct spoiled {
	const char *guard;
	void (*spoil)(void);
	Pidc__V1__Reason reason;
} spoiled[] = {
	{"no other version on its way", has_draft, REASON(E_STATE)},
	{"30 to 366 days", closes_soon, REASON(E_FIELD)},
	{"before it closes", is_over, REASON(E_DEADLINE)},
	{"invited", not_invited, REASON(E_CAPACITY)},
	{"its time is over", is_open, REASON(E_DEADLINE)},
	{"consulted on, but for version 1 (REV-2)", not_consulted, REASON(E_PREREQ_CONSULT)},
	{"resolution on its digest (DOC-1)", other_digest, REASON(E_STALE_APPROVAL)},
	{"SD-5", own_text, REASON(E_SOD)},
	{"the adopted text (DOC-8)", other_text, REASON(E_STALE_APPROVAL)},
	{"adoption not rescinded", rescinded, REASON(E_PREREQ_BOARD)},
};

static Pidc__V1__Role role_of(uint32_t roles)
{
	for (int role = 1; role < 32; role++)
		if ((roles >> role & 1) != 0)
			return (Pidc__V1__Role)role;
	return PIDC__V1__ROLE__ROLE_SEC_HOS;
}

static void each_move_fails_with_each_guard_false(void **state)
{
	(void)state;
	for (size_t m = 0; m < policy_machine.move_count; m++)
		for (size_t g = 0; policy_moves[m].guards[g] != NULL; g++) {
			const struct machine_move *move = &policy_moves[m];
			const struct spoiled *found = NULL;
			struct refusal refusal = {0};
			int to;

			begin((Pidc__V1__PolicyState)move->from);
			clock_suits(move->event);
			for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++)
				if (strcmp(spoiled[i].guard, move->guards[g]->name) == 0)
					found = &spoiled[i];
			assert_non_null(found);
			found->spoil();
			assert_int_equal(step_as(move->from, move->event, role_of(move->roles), &to,
						 &refusal),
					 PIDC_EREFUSED);
			assert_int_equal(refusal.reason, found->reason);
		}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRO_0a_no_other_move_of_a_policy),
		TEST(each_move_fails_with_each_guard_false),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
