/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "pidc/test/v1/test.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/reason.pb-c.h"
#include "wire/json.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int parse(const char *text, Pidc__Test__V1__Everything **ret, struct pidc_error *err)
{
	ProtobufCMessage *message = NULL;
	int rc = json_parse(&pidc__test__v1__everything__descriptor, text, strlen(text), arena,
			    &message, err);
	*ret = (Pidc__Test__V1__Everything *)message;
	return rc;
}

/* Every type: JSON -> message -> JSON gives the same text again. */
static void test_round_trip(void **state)
{
	(void)state;
	static const char text[] =
		"{\"text\":\"T\\u00fcvalu \\\"q\\\"\",\"blob\":\"AAEC/w==\",\"flag\":true,"
		"\"small\":-2147483648,\"large\":\"-9223372036854775808\",\"usmall\":4294967295,"
		"\"ularge\":\"18446744073709551615\",\"real\":0.5,\"colour\":\"COLOUR_GREEN\","
		"\"at\":\"2026-03-01T10:00:00.000001Z\",\"leaf\":{\"name\":\"n\",\"number\":\"7\"},"
		"\"texts\":[\"a\",\"\"],\"larges\":[\"1\",\"0\"],\"leaves\":[{\"name\":\"x\"},{}],"
		"\"colours\":[\"COLOUR_RED\",\"COLOUR_UNSPECIFIED\"],\"blobs\":[\"Zg==\",\"\"],"
		"\"choiceLeaf\":{}}";
	Pidc__Test__V1__Everything *message = NULL;
	char *again = NULL;
	struct pidc_error err = {0};
	assert_int_equal(parse(text, &message, &err), 0);
	assert_int_equal(message->large, INT64_MIN);
	assert_true(message->ularge == UINT64_MAX);
	assert_int_equal(message->blob.len, 4);
	assert_int_equal(message->choice_case, PIDC__TEST__V1__EVERYTHING__CHOICE_CHOICE_LEAF);
	assert_int_equal(message->at->nanos, 1000);
	assert_int_equal(json_print(&message->base, false, arena, &again, &err), 0);
	Pidc__Test__V1__Everything *second = NULL;
	assert_int_equal(parse(again, &second, &err), 0);
	size_t len = pidc__test__v1__everything__get_packed_size(message);
	assert_int_equal(pidc__test__v1__everything__get_packed_size(second), len);
	uint8_t *a = arena_alloc(arena, len);
	uint8_t *b = arena_alloc(arena, len);
	pidc__test__v1__everything__pack(message, a);
	pidc__test__v1__everything__pack(second, b);
	assert_memory_equal(a, b, len);
	assert_non_null(strstr(again, "\"large\":\"-9223372036854775808\""));
	assert_non_null(strstr(again, "\"at\":\"2026-03-01T10:00:00.000001Z\""));
	assert_non_null(strstr(again, "\"blob\":\"AAEC/w==\""));
}

static void test_accepts_variants(void **state)
{
	(void)state;
	Pidc__Test__V1__Everything *message = NULL;
	assert_int_equal(parse("{\"choice_text\":\"c\",\"colour\":\"RED\",\"large\":12,"
			       "\"text\":null,\"blob\":\"_-8\"}",
			       &message, NULL),
			 0);
	assert_string_equal(message->choice_text, "c");
	assert_int_equal(message->colour, PIDC__TEST__V1__COLOUR__COLOUR_RED);
	assert_int_equal(message->large, 12);
	assert_int_equal(message->blob.len, 2);
	assert_int_equal(parse("{\"colour\":999}", &message, NULL), 0);
	char *text = NULL;
	assert_int_equal(json_print(&message->base, false, arena, &text, NULL), 0);
	assert_string_equal(text, "{\"colour\":999}");
	assert_int_equal(parse("{\"at\":\"2026-03-01T12:00:00+12:00\"}", &message, NULL), 0);
	assert_int_equal(message->at->seconds, 1772323200);
}

static void test_refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{"", "line"},
		{"[]", "not an object"},
		{"{\"nope\":1}", "nope: no such field"},
		{"{\"text\":\"a\",\"text\":\"b\"}", "duplicate"},
		{"{\"usmall\":1,\"usmall\":1}", "duplicate"},
		{"{\"choiceText\":\"a\",\"choice_text\":\"b\"}", "given twice"},
		{"{\"choiceText\":\"a\",\"choiceLeaf\":{}}", "another choice"},
		{"{\"text\":1}", "text: not a text"},
		{"{\"flag\":\"true\"}", "flag: not true"},
		{"{\"small\":2147483648}", "small: out of"},
		{"{\"small\":1.5}", "small: not a whole"},
		{"{\"usmall\":-1}", "usmall: not a whole"},
		{"{\"ularge\":\"-1\"}", "ularge: not a whole"},
		{"{\"ularge\":\"18446744073709551616\"}", "ularge: not a whole"},
		{"{\"large\":\" 1\"}", "large: not a whole"},
		{"{\"large\":\"1x\"}", "large: not a whole"},
		{"{\"blob\":\"A\"}", "blob: not base64"},
		{"{\"blob\":\"AB==\"}", "blob: not base64"},
		{"{\"blob\":\"A A=\"}", "blob: not base64"},
		{"{\"colour\":\"BLUE\"}", "colour: not a word"},
		{"{\"at\":\"2026-03-01\"}", "at: "},
		{"{\"leaf\":{\"number\":[]}}", "leaf.number: not a whole"},
		{"{\"leaves\":[{},{\"name\":5}]}", "leaves[1].name: not a text"},
		{"{\"texts\":\"a\"}", "texts: not a list"},
		{"{\"text\":\"a\"} x", "line"},
		{"{\"text\":\"\xff\xfe\"}", "line"},
		{"{\"text\":\"a\\u0000b\"}", "line"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		Pidc__Test__V1__Everything *message = NULL;
		struct pidc_error err = {0};
		assert_true(parse(cases[i].text, &message, &err) < 0);
		assert_null(message);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s: says \"%s\", not \"%s\"", cases[i].text, err.msg,
				 cases[i].says);
	}
}

static void test_refuses_huge(void **state)
{
	(void)state;
	enum { ROOM = 4 * 1024 * 1024 };
	char *text = malloc(ROOM + 1);
	struct pidc_error err = {0};
	Pidc__Test__V1__Everything *message = NULL;
	memset(text, '[', ROOM);
	text[ROOM] = '\0';
	assert_int_equal(parse(text, &message, &err), PIDC_ELIMIT);
	text[1000000] = '\0';
	assert_int_equal(parse(text, &message, &err), PIDC_EINVAL);
	char *at = text + sprintf(text, "{\"leaves\":[{}");
	for (int i = 0; i < 200000; i++)
		at += sprintf(at, ",{}");
	(void)sprintf(at, "]}");
	assert_int_equal(parse(text, &message, &err), PIDC_ELIMIT);
	assert_non_null(strstr(err.msg, "too many"));
	free(text);
}

static void test_defaults(void **state)
{
	(void)state;
	Pidc__V1__CheckConsentResponse response = PIDC__V1__CHECK_CONSENT_RESPONSE__INIT;
	char *text = NULL;
	assert_int_equal(json_print(&response.base, false, arena, &text, NULL), 0);
	assert_string_equal(text, "{}");
	response.verdict = PIDC__V1__VERDICT__VERDICT_DENY;
	response.reason = PIDC__V1__REASON__REASON_D_VETO;
	assert_int_equal(json_print(&response.base, true, arena, &text, NULL), 0);
	assert_string_equal(text, "{\"verdict\":\"VERDICT_DENY\",\"reason\":\"REASON_D_VETO\","
				  "\"detail\":\"\",\"obligations\":[],\"consentId\":\"\"}");
}

static void test_print_refuses(void **state)
{
	(void)state;
	Pidc__Test__V1__Everything message = PIDC__TEST__V1__EVERYTHING__INIT;
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char *text = NULL;
	message.text = "\xff";
	assert_int_equal(json_print(&message.base, false, arena, &text, NULL), PIDC_EPROTO);
	message.text = "";
	message.at = &at;
	at.seconds = INT64_MAX;
	assert_int_equal(json_print(&message.base, false, arena, &text, NULL), PIDC_EPROTO);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_accepts_variants),
		cmocka_unit_test(test_refuses),    cmocka_unit_test(test_refuses_huge),
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_print_refuses),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
