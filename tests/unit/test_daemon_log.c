/* SPDX-License-Identifier: ISC
 *
 * A log line cannot be forged by what is in its values.
 */
#include "daemon/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char line[256];

static const char *format(const char *value)
{
	const struct log_pair pairs[] = {TEXT("v", value), NUMBER("n", 7), {NULL, NULL, 0}};

	log_format(line, sizeof(line), "conn", "open", pairs);
	return line;
}

static void test_values(void **state)
{
	(void)state;
	assert_string_equal(format("spiffe://pidc.int/a-1"),
			    "conn open v=spiffe://pidc.int/a-1 n=7");
	assert_string_equal(format(""), "conn open v=\"\" n=7");
	assert_string_equal(format("a b"), "conn open v=\"a b\" n=7");
	assert_string_equal(format("a\nconn open v=x"), "conn open v=\"a\\x0aconn open v=x\" n=7");
	assert_string_equal(format("a\" n=8"), "conn open v=\"a\\x22 n=8\" n=7");
	assert_string_equal(format("\x1b[2J\xff"), "conn open v=\"\\x1b[2J\\xff\" n=7");
	assert_string_equal(format("a=b"), "conn open v=\"a=b\" n=7");
}

static void test_long_values_are_cut(void **state)
{
	const struct log_pair pairs[] = {TEXT("v", "\n\n\n\n\n\n\n\n"), {NULL, NULL, 0}};
	char small[16];

	(void)state;
	assert_int_equal(log_format(small, sizeof(small), "conn", "open", pairs), 15);
	assert_int_equal(strlen(small), 15);
}

static void test_levels(void **state)
{
	enum log_level level;

	(void)state;
	assert_int_equal(log_level_parse("debug", &level), 0);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_parse("Debug", &level), PIDC_EINVAL);
	log_init(LOG_LEVEL_WARNING);
	assert_true(log_is_on(LOG_LEVEL_ERROR));
	assert_false(log_is_on(LOG_LEVEL_INFO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_long_values_are_cut),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
