/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void uuid_syntax(void **state)
{
	(void)state;
	assert_true(text_is_uuid("0f8fad5b-d9cb-469f-a165-70867728950e"));
	assert_false(text_is_uuid(""));
	assert_false(text_is_uuid("0f8fad5b-d9cb-469f-a165-70867728950"));
	assert_false(text_is_uuid("0f8fad5b-d9cb-469f-a165-70867728950e0"));
	assert_false(text_is_uuid("0F8FAD5B-D9CB-469F-A165-70867728950E"));
	assert_false(text_is_uuid("0f8fad5bd9cb469fa16570867728950e0000"));
	assert_false(text_is_uuid("0f8fad5b-d9cb-469f-a165-70867728950g"));
	assert_false(text_is_uuid("0f8fad5b_d9cb-469f-a165-70867728950e"));
}

static void names_syntax(void **state)
{
	char name[80];

	(void)state;
	assert_true(text_is_org("tv"));
	assert_true(text_is_org("pidc-sec"));
	assert_true(text_is_org("0a"));
	assert_false(text_is_org("t"));
	assert_false(text_is_org(""));
	assert_false(text_is_org("-tv"));
	assert_false(text_is_org("TV"));
	assert_false(text_is_org("t v"));
	assert_true(text_is_field_name("count"));
	assert_true(text_is_field_name("a_1"));
	assert_false(text_is_field_name("1a"));
	assert_false(text_is_field_name("_a"));
	assert_false(text_is_field_name("Count"));
	assert_false(text_is_field_name(""));
	assert_true(text_is_code("ME"));
	assert_true(text_is_code("RESEARCH_STAT"));
	assert_false(text_is_code("Me"));
	assert_false(text_is_code("_ME"));
	memset(name, 'a', sizeof(name));
	name[32] = '\0';
	assert_true(text_is_org(name));
	name[32] = 'a';
	name[33] = '\0';
	assert_false(text_is_org(name));
	name[33] = 'a';
	name[63] = '\0';
	assert_true(text_is_field_name(name));
	name[63] = 'a';
	name[64] = '\0';
	assert_false(text_is_field_name(name));
}

static int check(const char *s)
{
	return text_check(s, strlen(s), 1000, NULL);
}

static void P3_text_accepts_what_people_write(void **state)
{
	(void)state;
	assert_int_equal(check(""), 0);
	assert_int_equal(check("Nouvelle-Cal\xC3\xA9"
			       "donie\n\tFunafuti"),
			 0);
	assert_int_equal(check("\xF0\x9F\x8C\x8A"), 0);
	assert_int_equal(check("e\xCC\x81\xCC\x82"), 0); /* two marks on one letter */
}

static void P3_text_refuses_what_deceives(void **state)
{
	/* U+202E, U+2066, U+0301 */
	static const char override[] = {'a', (char)0xE2, (char)0x80, (char)0xAE, 'b', '\0'};
	static const char isolate[] = {(char)0xE2, (char)0x81, (char)0xA6, 'x', '\0'};
	static const char accent[] = {(char)0xCC, (char)0x81};
	char marks[200] = "e";
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(check("\xFF\xFE"), PIDC_EINVAL);
	assert_int_equal(check("\xC0\x80"), PIDC_EINVAL);         /* overlong NUL */
	assert_int_equal(check("\xED\xA0\x80"), PIDC_EINVAL);     /* surrogate */
	assert_int_equal(check("\xF4\x90\x80\x80"), PIDC_EINVAL); /* past U+10FFFF */
	assert_int_equal(check("caf\xC3"), PIDC_EINVAL);          /* cut short */
	assert_int_equal(text_check("fj\0to", 5, 1000, NULL), PIDC_EINVAL);
	assert_int_equal(check("a\x1b]0;x"), PIDC_EINVAL);
	assert_int_equal(check("a\rb"), PIDC_EINVAL);
	assert_int_equal(check("\xC2\x85"), PIDC_EINVAL); /* C1 control */
	assert_int_equal(check(override), PIDC_EINVAL);
	assert_int_equal(check(isolate), PIDC_EINVAL);
	for (size_t i = 0; i < 8; i++)
		memcpy(marks + 1 + 2 * i, accent, sizeof(accent));
	assert_int_equal(check(marks), 0);
	memcpy(marks + 17, accent, sizeof(accent));
	assert_int_equal(text_check(marks, strlen(marks), 1000, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "combining"));
	assert_int_equal(text_check("abcd", 4, 3, &err), PIDC_EINVAL);
	assert_int_equal(text_check("abc", 3, 3, &err), 0);
}

static void nfc_composes(void **state)
{
	struct arena *arena = arena_new(64);

	(void)state;
	assert_string_equal(text_nfc(arena, "e\xCC\x81"), "\xC3\xA9");
	assert_string_equal(text_nfc(arena, "plain"), "plain");
	assert_null(text_nfc(arena, "\xFF"));
	assert_null(
		text_nfc(arena, "longer than what is left of sixty-four bytes of arena memory"));
	arena_free(arena);
}

static int64_t parse(const char *text)
{
	struct pidc_error err = {0};
	int64_t us = INT64_MIN;

	if (time_parse(text, &us, &err) != 0)
		print_error("%s: %s\n", text, err.msg);
	return us;
}

static const char *format(const char *text)
{
	static char out[28];

	time_format(parse(text), out);
	return out;
}

static void time_round_trips(void **state)
{
	(void)state;
	assert_int_equal(parse("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(parse("1969-12-31T23:59:59.999999Z"), -1);
	assert_int_equal(parse("2000-03-01T00:00:00Z"), INT64_C(951868800000000));
	assert_string_equal(format("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
	assert_string_equal(format("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
	assert_string_equal(format("2024-02-29T12:34:56.5Z"), "2024-02-29T12:34:56.500Z");
	assert_string_equal(format("1900-03-01T00:00:00.000001Z"), "1900-03-01T00:00:00.000001Z");
}

/* Every day of 60 years, forward by counting and back by formatting. */
static void time_format_counts_days(void **state)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t us = INT64_C(-315619200000000); /* 1960-01-01 */

	(void)state;
	for (int year = 1960; year < 2020; year++)
		for (int month = 1; month <= 12; month++) {
			int days = lengths[month - 1] + (month == 2 && year % 4 == 0);

			for (int day = 1; day <= days; day++) {
				char expected[40], text[28];

				snprintf(expected, sizeof(expected), "%04d-%02d-%02dT00:00:00Z",
					 year, month, day);
				time_format(us, text);
				assert_string_equal(text, expected);
				assert_int_equal(parse(expected), us);
				us += INT64_C(86400000000);
			}
		}
}

static void SYS_6_zones_are_converted(void **state)
{
	(void)state;
	/* Samoa is a day ahead of American Samoa at the same instant. */
	assert_string_equal(format("2026-07-01T00:00:00+13:00"), "2026-06-30T11:00:00Z");
	assert_string_equal(format("2026-06-29T23:59:59-11:00"), "2026-06-30T10:59:59Z");
	assert_string_equal(format("2026-03-01T05:30:00+05:45"), "2026-02-28T23:45:00Z");
}

static void SYS_6_time_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-07-01",
		"2026-07-01T00:00:00",
		"2026-07-01 00:00:00Z",
		"2026-07-01T00:00Z",
		"2026-7-1T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-07-01T24:00:00Z",
		"2026-07-01T23:60:00Z",
		"2026-12-31T23:59:60Z",
		"2026-07-01T00:00:00.Z",
		"2026-07-01T00:00:00.1234567Z",
		"2026-07-01T00:00:00Zx",
		"2026-07-01T00:00:00+1300",
		"2026-07-01T00:00:00+24:00",
		"2026-07-01T00:00:00+13:60",
		"0000-01-01T00:00:00Z",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-00:01",
		"12026-07-01T00:00:00Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pidc_error err = {0};
		int64_t us = 7;

		assert_int_equal(time_parse(bad[i], &us, &err), PIDC_EINVAL);
		assert_int_equal(us, 7);
		assert_true(err.msg[0] != '\0');
	}
}

static void months_are_clamped(void **state)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} cases[] = {
		{"2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"},
		{"2024-01-31T10:00:00Z", 1, "2024-02-29T10:00:00Z"},
		{"2024-02-29T10:00:00Z", 12, "2025-02-28T10:00:00Z"},
		{"2024-02-29T10:00:00Z", 48, "2028-02-29T10:00:00Z"},
		{"2024-03-31T00:00:00Z", -1, "2024-02-29T00:00:00Z"},
		{"2026-01-15T00:00:00.000001Z", -1, "2025-12-15T00:00:00.000001Z"},
		{"2026-08-31T00:00:00Z", 36, "2029-08-31T00:00:00Z"},
		{"2026-12-31T23:59:59Z", 2, "2027-02-28T23:59:59Z"},
		{"2026-05-31T00:00:00Z", 0, "2026-05-31T00:00:00Z"},
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[28];

		assert_true(time_add_months(parse(cases[i].from), cases[i].months, &us));
		time_format(us, text);
		assert_string_equal(text, cases[i].to);
	}
	assert_false(time_add_months(parse("9999-12-01T00:00:00Z"), 1, &us));
	assert_false(time_add_months(parse("0001-01-01T00:00:00Z"), -1, &us));
	assert_false(time_add_months(0, INT32_MAX, &us));
	assert_false(time_add_months(0, INT32_MIN, &us));
	assert_false(time_add_months(INT64_MAX, 1, &us));
}

static void proto_time(void **state)
{
	struct arena *arena = arena_new(0);
	Google__Protobuf__Timestamp ts = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	static const int64_t instants[] = {0, -1, 1, INT64_C(-62135596800000000),
					   INT64_C(253402300799999999)};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		assert_true(time_from_proto(time_to_proto(arena, instants[i]), &us));
		assert_int_equal(us, instants[i]);
	}
	ts.nanos = 1;
	assert_false(time_from_proto(&ts, &us)); /* finer than microseconds */
	ts.nanos = -1000;
	assert_false(time_from_proto(&ts, &us));
	ts.nanos = 1000000000;
	assert_false(time_from_proto(&ts, &us));
	ts.nanos = 0;
	ts.seconds = INT64_C(253402300800);
	assert_false(time_from_proto(&ts, &us));
	ts.seconds = INT64_C(-62135596801);
	assert_false(time_from_proto(&ts, &us));
	ts.seconds = INT64_MAX;
	assert_false(time_from_proto(&ts, &us));
	arena_free(arena);
}

static void format_out_of_range(void **state)
{
	char text[28];

	(void)state;
	time_format(INT64_MAX, text);
	assert_string_equal(text, "(out of range)");
	time_format(INT64_MIN, text);
	assert_string_equal(text, "(out of range)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uuid_syntax),
		cmocka_unit_test(names_syntax),
		cmocka_unit_test(P3_text_accepts_what_people_write),
		cmocka_unit_test(P3_text_refuses_what_deceives),
		cmocka_unit_test(nfc_composes),
		cmocka_unit_test(time_round_trips),
		cmocka_unit_test(time_format_counts_days),
		cmocka_unit_test(SYS_6_zones_are_converted),
		cmocka_unit_test(SYS_6_time_refuses),
		cmocka_unit_test(months_are_clamped),
		cmocka_unit_test(proto_time),
		cmocka_unit_test(format_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
