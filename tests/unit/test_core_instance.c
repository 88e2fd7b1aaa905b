/* SPDX-License-Identifier: ISC
 *
 * Only the daemon itself says that it starts, and as a plain fact that all may read.
 */
#include "core/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define INSTANCE "0f0e0d0c-0b0a-4908-8706-050403020100"

static struct arena *arena;
static struct refusal refusal;
static Pidc__V1__Event event;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int run(char *id, char *version, bool is_bootstrap)
{
	static const Pidc__V1__Event fresh = PIDC__V1__EVENT__INIT;
	Pidc__Store__V1__InstanceStart request = PIDC__STORE__V1__INSTANCE_START__INIT;
	const struct rule_input in = {
		.request = &request.base, .is_bootstrap = is_bootstrap, .arena = arena};

	request.instance_id = id;
	request.version = version;
	event = fresh;
	return rule_start_instance(&in, &event, &refusal);
}

static void test_a_start_concerns_everybody(void **state)
{
	(void)state;
	assert_int_equal(run(INSTANCE, "0.1.0", true), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_INSTANCE_STARTED);
	assert_string_equal(event.instance_started->instance_id, INSTANCE);
	assert_string_equal(event.instance_started->version, "0.1.0");
	assert_string_equal(event.entity_id, INSTANCE);
	assert_int_equal(event.entity_version, 1);
	assert_int_equal(event.n_concerns, 0);
}

static void test_a_client_cannot_say_it(void **state)
{
	(void)state;
	assert_int_equal(run(INSTANCE, "0.1.0", false), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, PIDC__V1__REASON__REASON_E_ROLE);
}

static void test_what_is_no_id_or_version(void **state)
{
	(void)state;
	assert_int_equal(run("one", "0.1.0", true), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, PIDC__V1__REASON__REASON_E_FIELD);
	assert_int_equal(run(INSTANCE, "", true), PIDC_EREFUSED);
	assert_string_equal(refusal.field, "version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_start_concerns_everybody),
		cmocka_unit_test(test_a_client_cannot_say_it),
		cmocka_unit_test(test_what_is_no_id_or_version),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
