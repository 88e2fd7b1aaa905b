/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 *
 * Encodings made by hand, and what the two settings of the scan say to each: they
 * differ in fields that are not known, and in nothing else.
 */
#include "core/message.h"
#include "pidc/test/v1/test.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum verdict {
	PASSES,
	STRICT_REFUSES, /* passes when tolerant */
	REFUSED,
};

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct {
	const uint8_t *data;
	size_t len;
	enum verdict verdict;
	const char *why; /* in the error */
} cases[] = {
	{BYTES(""), PASSES, NULL},
	{BYTES("\x0a\x02\xc3\xa9"), PASSES, NULL},
	{BYTES("\x0a\x00"), PASSES, NULL},
	/* scalar twice: the last one stands, as protobuf has it */
	{BYTES("\x20\x01\x20\x02"), PASSES, NULL},
	/* int32 of -1 in ten bytes; packed, unpacked and no numbers */
	{BYTES("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), PASSES, NULL},
	{BYTES("\x6a\x03\x01\x80\x01\x68\x05"), PASSES, NULL},
	{BYTES("\x6a\x00"), PASSES, NULL},
	/* an enum value that is not ours is for the rules */
	{BYTES("\x48\x7f"), PASSES, NULL},
	/* bytes are no text */
	{BYTES("\x12\x02\xff\x00"), PASSES, NULL},

	/* unknown: varint, 64 bits, length, 32 bits; inside a leaf; inside an unknown one */
	{BYTES("\xc0\x3e\x01"), STRICT_REFUSES, "unknown field 1000"},
	{BYTES("\xc1\x3e\0\0\0\0\0\0\0\0"), STRICT_REFUSES, "unknown field 1000"},
	{BYTES("\xc2\x3e\x02\xff\xff"), STRICT_REFUSES, "unknown field 1000"},
	{BYTES("\xc5\x3e\0\0\0\0"), STRICT_REFUSES, "unknown field 1000"},
	{BYTES("\x5a\x02\x18\x01"), STRICT_REFUSES, "leaf: unknown field 3"},
	/* the highest field number there is */
	{BYTES("\xf8\xff\xff\xff\x0f\x00"), STRICT_REFUSES, "unknown field 536870911"},

	/* unknown, and broken as well */
	{BYTES("\xc3\x3e\xc4\x3e"), REFUSED, "group"},
	{BYTES("\xc0\x3e\x80\x00"), REFUSED, "overlong varint"},
	{BYTES("\xc2\x3e\x03\xff\xff"), REFUSED, "length beyond"},
	{BYTES("\xc1\x3e\0\0\0\0\0\0\0"), REFUSED, "cut off"},
	{BYTES("\x00\x01"), REFUSED, "field number"},
	{BYTES("\xf8\xff\xff\xff\x1f\x00"), REFUSED, "field number"},
	{BYTES("\x0e"), REFUSED, "wire type"},
	{BYTES("\x08\x01"), REFUSED, "text: wire type"},
	{BYTES("\x1d\0\0\0\0"), REFUSED, "flag: wire type"},
	{BYTES("\x1a\x01\x01"), REFUSED, "flag: wire type"},

	/* second spellings: of a key, a number, a length, a packed number */
	{BYTES("\xa0\x00\x01"), REFUSED, "overlong field key"},
	{BYTES("\x18\x80\x80\x00"), REFUSED, "flag: cut or overlong varint"},
	{BYTES("\x0a\x81\x00z"), REFUSED, "text: cut or overlong length"},
	{BYTES("\x6a\x02\x81\x00"), REFUSED, "larges: packed"},
	{BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), REFUSED, "overlong"},
	{BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REFUSED, "overlong"},

	/* cut */
	{BYTES("\x80"), REFUSED, "field key"},
	{BYTES("\x18"), REFUSED, "flag: cut"},
	{BYTES("\x0a"), REFUSED, "text: cut"},
	{BYTES("\x0a\x02z"), REFUSED, "text: length beyond"},
	{BYTES("\x41\0\0\0"), REFUSED, "real: cut off"},
	{BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REFUSED, "length beyond"},
	{BYTES("\x6a\x01\x80"), REFUSED, "larges: packed"},
	{BYTES("\x5a\x02\x0a\x01"), REFUSED, "leaf.name: length beyond"},

	/* text */
	{BYTES("\x0a\x02\xff\xfe"), REFUSED, "text: not UTF-8"},
	{BYTES("\x0a\x03\xed\xa0\x80"), REFUSED, "text: not UTF-8"},
	{BYTES("\x0a\x01\x00"), REFUSED, "U+0000"},
	{BYTES("\x62\x02\xc0\x80"), REFUSED, "texts: not UTF-8"},
	{BYTES("\x8a\x01\x01\xff"), REFUSED, "choice_text: not UTF-8"},
};

static int scan(size_t i, enum message_strictness strictness, struct pidc_error *err)
{
	/* Exactly as many bytes as there are, for the sanitizer to see one more. */
	uint8_t *exact = malloc(cases[i].len > 0 ? cases[i].len : 1);
	int rc;

	assert_non_null(exact);
	memcpy(exact, cases[i].data, cases[i].len);
	rc = message_scan(&pidc__test__v1__everything__descriptor, exact, cases[i].len, strictness,
			  100, err);
	free(exact);
	return rc;
}

static void expect_verdict(size_t i, enum message_strictness strictness, bool passes)
{
	struct pidc_error err = {0};
	int rc = scan(i, strictness, &err);

	if (rc != (passes ? 0 : PIDC_EINVAL))
		fail_msg("case %zu, strictness %d: %d %s", i, (int)strictness, rc, err.msg);
	if (!passes && strstr(err.msg, cases[i].why) == NULL)
		fail_msg("case %zu: '%s' is not about '%s'", i, err.msg, cases[i].why);
}

static void both_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_verdict(i, MESSAGE_TOLERANT, cases[i].verdict != REFUSED);
		expect_verdict(i, MESSAGE_STRICT, cases[i].verdict == PASSES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
