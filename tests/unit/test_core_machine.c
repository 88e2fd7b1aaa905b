/* SPDX-License-Identifier: ISC
 *
 * The table form of a state machine, by a door.
 * CTest labels: process
 */
#include "core/machine.h"
#include "pidc/v1/identity.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define STATE(name)  PIDC__V1__BINDING_STATE__BINDING_STATE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

enum { BIND, REVOKE };

struct subject {
	bool is_known, is_signed;
	int asked;
};

static int check_known(const void *user, struct refusal *refusal)
{
	struct subject *subject = (struct subject *)(uintptr_t)user;

	subject->asked++;
	return subject->is_known ? 0 : refuse(refusal, REASON(E_NOT_FOUND), "key", NULL);
}

static int check_signed(const void *user, struct refusal *refusal)
{
	struct subject *subject = (struct subject *)(uintptr_t)user;

	subject->asked++;
	return subject->is_signed ? 0 : refuse(refusal, REASON(E_FIELD), "signature", NULL);
}

static const struct machine_guard known = {"known", check_known};
static const struct machine_guard is_signed = {"signed", check_signed};
static const char *const events[] = {[BIND] = "Bind", [REVOKE] = "Revoke"};
static const struct machine_move moves[] = {
	{0,
	 BIND,
	 STATE(ACTIVE),
	 MACHINE_ROLE(MEMBER_HEAD) | MACHINE_ROLE(SEC_HOS),
	 {&known, &is_signed}},
	{STATE(ACTIVE), REVOKE, STATE(REVOKED), 0, {NULL}},
};
static const struct machine door = {
	.noun = "binding",
	.states = &pidc__v1__binding_state__descriptor,
	.state_prefix = "BINDING_STATE_",
	.events = events,
	.event_count = 2,
	.moves = moves,
	.move_count = 2,
};

static int step(int state, int event, Pidc__V1__Role role, struct subject *subject,
		struct refusal *refusal)
{
	Pidc__V1__Actor actor = PIDC__V1__ACTOR__INIT;
	int next = -1;
	int rc;

	actor.roles = &role;
	actor.n_roles = 1;
	memset(refusal, 0, sizeof(*refusal));
	rc = machine_step(&door, state, event, &actor, subject, &next, refusal);
	return rc == 0 ? next : rc;
}

static void a_listed_move_is_made_when_all_guards_hold(void **state)
{
	struct subject subject = {true, true, 0};
	struct refusal refusal;

	(void)state;
	assert_int_equal(step(0, BIND, PIDC__V1__ROLE__ROLE_SEC_HOS, &subject, &refusal),
			 STATE(ACTIVE));
	assert_int_equal(subject.asked, 2);
	assert_int_equal(
		step(STATE(ACTIVE), REVOKE, PIDC__V1__ROLE__ROLE_AUDITOR, &subject, &refusal),
		STATE(REVOKED));
}

static void the_first_guard_that_fails_is_told(void **state)
{
	struct subject subject = {false, false, 0};
	struct refusal refusal;

	(void)state;
	assert_int_equal(step(0, BIND, PIDC__V1__ROLE__ROLE_MEMBER_HEAD, &subject, &refusal),
			 PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_NOT_FOUND));
	assert_int_equal(subject.asked, 1);
	subject.is_known = true;
	assert_int_equal(step(0, BIND, PIDC__V1__ROLE__ROLE_MEMBER_HEAD, &subject, &refusal),
			 PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_FIELD));
}

static void a_role_that_is_not_named_is_refused_before_any_guard(void **state)
{
	struct subject subject = {true, true, 0};
	struct refusal refusal;

	(void)state;
	assert_int_equal(step(0, BIND, PIDC__V1__ROLE__ROLE_MEMBER_AGENT, &subject, &refusal),
			 PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_ROLE));
	assert_int_equal(step(0, BIND, (Pidc__V1__Role)99, &subject, &refusal), PIDC_EREFUSED);
	assert_int_equal(subject.asked, 0);
}

/* PRO-0.a */
static void what_is_not_listed_cannot_happen(void **state)
{
	static const int pairs[][2] = {{0, REVOKE},
				       {STATE(ACTIVE), BIND},
				       {STATE(REVOKED), BIND},
				       {STATE(REVOKED), REVOKE},
				       {77, BIND}};
	struct subject subject = {true, true, 0};
	struct refusal refusal;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(step(pairs[i][0], pairs[i][1], PIDC__V1__ROLE__ROLE_SEC_HOS,
				      &subject, &refusal),
				 PIDC_EREFUSED);
		assert_int_equal(refusal.reason, REASON(E_STATE));
	}
	assert_string_equal(machine_state_name(&door, STATE(REVOKED)), "REVOKED");
	assert_string_equal(machine_state_name(&door, 0), "(none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listed_move_is_made_when_all_guards_hold),
		cmocka_unit_test(the_first_guard_that_fails_is_told),
		cmocka_unit_test(a_role_that_is_not_named_is_refused_before_any_guard),
		cmocka_unit_test(what_is_not_listed_cannot_happen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
