/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "core/message.h"
#include "pidc/test/v1/test.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "wire/guard.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define everything (&pidc__test__v1__everything__descriptor)

static int check(const char *data, size_t len, struct pidc_error *err)
{
	return guard_check(everything, (const uint8_t *)data, len, err);
}

#define assert_refused(bytes, text)                                                       \
	do {                                                                              \
		struct pidc_error refused = {0};                                          \
		assert_int_equal(check(bytes, sizeof(bytes) - 1, &refused), PIDC_EPROTO); \
		assert_non_null(strstr(refused.msg, text));                               \
	} while (0)

static void test_accepts_ordinary(void **state)
{
	(void)state;
	assert_int_equal(guard_check(everything, NULL, 0, NULL), 0);
	assert_int_equal(check("\x0a\x02\xc3\xa9", 4, NULL), 0);
	/* unknown field 1000, an int32 of -1, packed and unpacked numbers */
	assert_int_equal(check("\xc2\x3e\x01z", 4, NULL), 0);
	assert_int_equal(check("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, NULL), 0);
	assert_int_equal(check("\x6a\x03\x01\x80\x01\x68\x05", 7, NULL), 0);
}

/* P3 */
static void test_refuses_text(void **state)
{
	(void)state;
	assert_refused("\x0a\x02\xff\xfe", "text");
	assert_refused("\x0a\x05"
		       "fj\0to",
		       "U+0000");
	assert_refused("\x0a\x03\xed\xa0\x80", "UTF-8");
	assert_refused("\x5a\x03\x0a\x01\xff", "leaf.name");
	/* bytes are not text */
	assert_int_equal(check("\x12\x02\xff\xfe", 4, NULL), 0);
}

/* P4 */
static void test_refuses_malformed(void **state)
{
	(void)state;
	assert_refused("\x00\x01", "field number");
	assert_refused("\x0b\x0c", "wire type");
	assert_refused("\xc3\x3e\xc4\x3e", "wire type");
	assert_refused("\x0e", "wire type");
	assert_refused("\x08\x01", "text: wire type");
	assert_refused("\x18\x80\x80\x00", "flag: cut or overlong");
	assert_refused("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "overlong");
	assert_refused("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "overlong");
	assert_refused("\x12\xff\xff\xff\xff\x0f", "length beyond");
	assert_refused("\x6a\x01\x80", "packed");
	assert_refused("\xf8\xff\xff\xff\xff\x01\x00", "field number");
}

/* P1: a field that nests into itself does not exist in our protos, so the test
 * makes one. */
static void test_refuses_depth(void **state)
{
	(void)state;
	ProtobufCMessageDescriptor nest = pidc__test__v1__leaf__descriptor;
	ProtobufCFieldDescriptor field = {.name = "nest",
					  .id = 1,
					  .label = PROTOBUF_C_LABEL_NONE,
					  .type = PROTOBUF_C_TYPE_MESSAGE,
					  .descriptor = &nest};
	ProtobufCIntRange ranges[] = {{.start_value = 1, .orig_index = 0}, {0, 1}};
	nest.fields = &field;
	nest.n_fields = 1;
	nest.field_ranges = ranges;
	nest.n_field_ranges = 1;
	enum { DEPTH = 9000, ROOM = DEPTH * 4 };
	uint8_t *data = malloc(ROOM);
	size_t start = ROOM;
	for (int i = 0; i < DEPTH; i++) {
		size_t len = ROOM - start;
		uint8_t head[4] = {0x0a};
		size_t n = 1;
		for (; len >= 0x80; len >>= 7)
			head[n++] = (uint8_t)(len | 0x80);
		head[n++] = (uint8_t)len;
		start -= n;
		memcpy(data + start, head, n);
		if (i == MESSAGE_DEPTH_MAX - 2)
			assert_int_equal(guard_check(&nest, data + start, ROOM - start, NULL), 0);
		if (i == MESSAGE_DEPTH_MAX - 1)
			assert_int_equal(guard_check(&nest, data + start, ROOM - start, NULL),
					 PIDC_EPROTO);
	}
	struct pidc_error err = {0};
	assert_int_equal(guard_check(&nest, data + start, ROOM - start, &err), PIDC_EPROTO);
	assert_non_null(strstr(err.msg, "deep"));
	free(data);
}

/* P2 */
static void test_refuses_many(void **state)
{
	(void)state;
	enum { MANY = 500000 };
	uint8_t *data = calloc(MANY, 2);
	for (size_t i = 0; i < MANY; i++)
		data[2 * i] = 0x72;
	struct pidc_error err = {0};
	assert_int_equal(guard_check(everything, data, (size_t)2 * GUARD_ELEMENTS_MAX, &err), 0);
	assert_int_equal(guard_check(everything, data, (size_t)2 * MANY, &err), PIDC_EPROTO);
	assert_non_null(strstr(err.msg, "leaves"));
	memset(data, 1, MANY);
	memcpy(data, "\x6a\xf0\xa2\x04", 4); /* 70,000 packed numbers: fine; 200,000: not */
	assert_int_equal(guard_check(everything, data, 4 + 70000, &err), 0);
	memcpy(data, "\x6a\xc0\x9a\x0c", 4);
	assert_int_equal(guard_check(everything, data, 4 + 200000, &err), PIDC_EPROTO);
	free(data);
}

/* A real request, cut at each byte: never a crash, and what passes unpacks. */
static void test_truncated(void **state)
{
	(void)state;
	Pidc__V1__CheckConsentRequest request = PIDC__V1__CHECK_CONSENT_REQUEST__INIT;
	char *fields[] = {"country", "count"};
	request.owner_org = "tv";
	request.recipient_capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	request.purpose = "REPORTING";
	request.n_fields = 2;
	request.fields = fields;
	uint8_t data[128];
	size_t len = pidc__v1__check_consent_request__pack(&request, data);
	struct arena *arena = arena_new(0);
	size_t passed = 0;
	for (size_t cut = 0; cut <= len; cut++) {
		ProtobufCMessage *message = NULL;
		uint8_t *exact = malloc(cut + 1);
		memcpy(exact, data, cut);
		int rc = guard_unpack(&pidc__v1__check_consent_request__descriptor, exact, cut,
				      arena, &message, NULL);
		free(exact);
		assert_true((rc == 0 && message) || (rc == PIDC_EPROTO && !message));
		passed += rc == 0;
	}
	assert_int_equal(passed, 6); /* at the boundaries of its five fields */
	arena_free(arena);
}

static void test_unpack_limit(void **state)
{
	(void)state;
	struct arena *arena = arena_new(64);
	ProtobufCMessage *message = NULL;
	assert_int_equal(
		guard_unpack(everything, (const uint8_t *)"\x0a\x01z", 3, arena, &message, NULL),
		PIDC_ENOMEM);
	assert_null(message);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_ordinary),  cmocka_unit_test(test_refuses_text),
		cmocka_unit_test(test_refuses_malformed), cmocka_unit_test(test_refuses_depth),
		cmocka_unit_test(test_refuses_many),      cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_unpack_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
