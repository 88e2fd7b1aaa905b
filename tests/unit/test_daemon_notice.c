/* SPDX-License-Identifier: ISC
 *
 * The text of a notice: what is not understood counts as "anything may have changed".
 */
#include "daemon/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct notice parse(const char *text)
{
	struct notice notice;

	notice_parse(text, &notice);
	return notice;
}

static void test_parts(void **state)
{
	struct notice notice = parse("12 !key tv fj");

	(void)state;
	assert_false(notice.is_everything);
	assert_int_equal(notice.size, 12);
	assert_true(notice.ends_key);
	assert_string_equal(notice.orgs, "tv fj");
	notice = parse("7 tv");
	assert_int_equal(notice.size, 7);
	assert_false(notice.ends_key);
	assert_string_equal(notice.orgs, "tv");
	notice = parse("7 !key");
	assert_true(notice.ends_key);
	assert_string_equal(notice.orgs, "");
	notice = parse("7");
	assert_false(notice.is_everything);
	assert_string_equal(notice.orgs, "");
}

static void test_concerns(void **state)
{
	struct notice notice = parse("12 tv fj-2");

	(void)state;
	assert_true(notice_concerns(&notice, "tv"));
	assert_true(notice_concerns(&notice, "fj-2"));
	assert_false(notice_concerns(&notice, "fj"));
	assert_false(notice_concerns(&notice, "v"));
	assert_false(notice_concerns(&notice, "tv fj-2"));
	assert_false(notice_concerns(&notice, ""));
	notice = parse("12 *");
	assert_true(notice_concerns(&notice, "anybody"));
	notice = parse("12");
	assert_false(notice_concerns(&notice, "tv"));
}

static void test_nonsense_is_everything(void **state)
{
	static const char *const texts[] = {"", "x", " 1", "-1", "1x tv", "!key"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct notice notice = parse(texts[i]);

		assert_true(notice.is_everything);
		assert_true(notice_concerns(&notice, "tv"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_concerns),
		cmocka_unit_test(test_nonsense_is_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
