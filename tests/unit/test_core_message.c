/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "core/message.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/statement.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCAN(type, bytes, max)                                                                     \
	message_scan(&pidc__v1__##type##__descriptor, (const uint8_t *)(bytes), sizeof(bytes) - 1, \
		     MESSAGE_STRICT, max, NULL)

static void column_scans(void **state)
{
	(void)state;
	/* field "a", values "", "xy" */
	assert_int_equal(SCAN(content_column,
			      "\x0a\x01"
			      "a"
			      "\x12\x00\x12\x02xy",
			      3),
			 0);
	assert_int_equal(SCAN(content_column, "", 0), 0);
}

static void P2_elements_are_counted(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(SCAN(content_column, "\x12\x00\x12\x00\x12\x00", 2), PIDC_EINVAL);
	assert_int_equal(SCAN(content_column, "\x12\x00\x12\x00\x12\x00", 3), 0);
	/* packed actions count one by one: field 9, three of them */
	assert_int_equal(SCAN(consent_statement, "\x4a\x03\x02\x03\x04", 2), PIDC_EINVAL);
	assert_int_equal(SCAN(consent_statement, "\x4a\x03\x02\x03\x04", 3), 0);
	assert_int_equal(message_scan(&pidc__v1__content_column__descriptor,
				      (const uint8_t *)"\x12\x00", 2, MESSAGE_STRICT, 0, &err),
			 PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "too many"));
}

static void P3_strings_are_clean(void **state)
{
	(void)state;
	assert_int_equal(SCAN(content_column, "\x0a\x02\xff\xfe", 9), PIDC_EINVAL);
	assert_int_equal(SCAN(content_column,
			      "\x0a\x05"
			      "fj\0to",
			      9),
			 PIDC_EINVAL);
	assert_int_equal(SCAN(content_column, "\x0a\x02\xc3\xa9", 9), 0);
	/* bytes are not strings: notice_digest, field 19 */
	assert_int_equal(SCAN(consent_statement, "\x9a\x01\x02\xff\x00", 9), 0);
}

static void P4_broken_encodings(void **state)
{
	(void)state;
	assert_int_equal(SCAN(content_column, "\x0a", 9), PIDC_EINVAL); /* no length */
	assert_int_equal(SCAN(content_column,
			      "\x0a\x05"
			      "abc",
			      9),
			 PIDC_EINVAL);                                      /* cut short */
	assert_int_equal(SCAN(content_column, "\x1a\x00", 9), PIDC_EINVAL); /* unknown field 3 */
	assert_int_equal(SCAN(content_column, "\x02\x00", 9), PIDC_EINVAL); /* field 0 */
	assert_int_equal(SCAN(content_column, "\x0b\x0c", 9), PIDC_EINVAL); /* group */
	assert_int_equal(SCAN(content_column, "\x0e", 9), PIDC_EINVAL);     /* wire type 6 */
	assert_int_equal(SCAN(content_column, "\x08\x01", 9), PIDC_EINVAL); /* varint for text */
	assert_int_equal(SCAN(content_column, "\x0d\x01\x01\x01\x01", 9), PIDC_EINVAL);
	assert_int_equal(SCAN(consent_statement,
			      "\x1a\x01"
			      "1",
			      9),
			 PIDC_EINVAL); /* text for number */
	assert_int_equal(
		SCAN(consent_statement, "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 9),
		PIDC_EINVAL); /* 11 bytes */
	assert_int_equal(SCAN(consent_statement, "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 9),
			 PIDC_EINVAL); /* 65 bits */
	assert_int_equal(SCAN(consent_statement, "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 9),
			 0);
	assert_int_equal(SCAN(content_column, "\x8a\x80\x80\x80\x80\x00\x00", 9),
			 PIDC_EINVAL); /* padded tag */
	assert_int_equal(SCAN(content_column, "\x0a\x80\x80\x80\x80\x80\x00", 9),
			 PIDC_EINVAL); /* padded length */
	assert_int_equal(SCAN(content_column, "\x0a\xff\xff\xff\xff\x0f", 9), PIDC_EINVAL);
	assert_int_equal(SCAN(consent_statement, "\x4a\x01\x80", 9), PIDC_EINVAL); /* packed, cut */
}

static void unknown_fields_inside_are_seen(void **state)
{
	(void)state;
	/* data (6) { category (3) { field 9 } } */
	assert_int_equal(SCAN(consent_statement, "\x32\x04\x1a\x02\x48\x01", 9), PIDC_EINVAL);
	assert_int_equal(SCAN(consent_statement, "\x32\x04\x1a\x02\x10\x01", 9), 0);
}

/* Ours nest to 4; what would nest deeper has an unknown field. The limit itself is
 * seen on a descriptor that contains itself. */
static void P1_depth_is_limited(void **state)
{
	ProtobufCFieldDescriptor field = {.name = "self",
					  .id = 1,
					  .label = PROTOBUF_C_LABEL_NONE,
					  .type = PROTOBUF_C_TYPE_MESSAGE};
	const ProtobufCIntRange ranges[] = {{1, 0}, {0, 1}};
	const ProtobufCMessageDescriptor recursive = {
		.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
		.name = "Recursive",
		.short_name = "Recursive",
		.n_fields = 1,
		.fields = &field,
		.n_field_ranges = 1,
		.field_ranges = ranges,
	};
	uint8_t data[64];
	size_t len = 0;

	(void)state;
	field.descriptor = &recursive;
	/* 15 levels inside the first: inner lengths are known from the inside out. */
	for (size_t depth = 15; depth > 0; depth--) {
		data[len++] = 0x0a;
		data[len++] = (uint8_t)(2 * (depth - 1));
	}
	assert_int_equal(message_scan(&recursive, data, len, MESSAGE_STRICT, 100, NULL), 0);
	len = 0;
	for (size_t depth = 16; depth > 0; depth--) {
		data[len++] = 0x0a;
		data[len++] = (uint8_t)(2 * (depth - 1));
	}
	assert_int_equal(message_scan(&recursive, data, len, MESSAGE_STRICT, 100, NULL),
			 PIDC_EINVAL);
}

static void unpack_and_pack(void **state)
{
	static const uint8_t data[] = "\x0a\x01"
				      "a"
				      "\x12\x00\x12\x02xy";
	struct arena *arena = arena_new(0), *tight = arena_new(16);
	ProtobufCMessage *message = NULL;
	ProtobufCBinaryData packed;
	Pidc__V1__ContentColumn *column;

	(void)state;
	assert_int_equal(message_unpack(&pidc__v1__content_column__descriptor, data,
					sizeof(data) - 1, 9, arena, &message, NULL),
			 0);
	column = (Pidc__V1__ContentColumn *)message;
	assert_string_equal(column->field, "a");
	assert_int_equal(column->n_values, 2);
	assert_string_equal(column->values[1], "xy");
	assert_int_equal(message_pack(message, arena, &packed), 0);
	assert_int_equal(packed.len, sizeof(data) - 1);
	assert_memory_equal(packed.data, data, packed.len);
	assert_int_equal(message_pack(message, tight, &packed), 0);
	assert_int_equal(message_pack(message, tight, &packed), PIDC_ENOMEM);
	assert_int_equal(message_unpack(&pidc__v1__content_column__descriptor, data,
					sizeof(data) - 1, 9, tight, &message, NULL),
			 PIDC_ENOMEM);
	arena_free(arena);
	arena_free(tight);
}

/* Whatever passes the scan, protobuf-c unpacks; whatever does not, is not tried.
 * Random edits of a real statement, with a fixed seed. */
static void scan_leaves_nothing_to_refuse(void **state)
{
	static const uint8_t seed_bytes[] = "\x0a\x02id\x18\x01\x28\x01\x32\x06\x0a\x01x\x12\x01y"
					    "\x3a\x06\x0a\x02io\x20\x05\x42\x02ME\x4a\x02\x02\x03"
					    "\x52\x01g\x6a\x04\x08\x01\x10\x05\x8a\x01\x02\x08\x07";
	struct arena *arena = arena_new(0);
	uint64_t random = 42;
	size_t passed = 0;

	(void)state;
	for (size_t round = 0; round < 50000; round++) {
		uint8_t data[sizeof(seed_bytes)];
		ProtobufCMessage *message = NULL;
		int rc;

		memcpy(data, seed_bytes, sizeof(data));
		for (size_t k = 0; k < 1 + round % 3; k++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			data[(random >> 33) % (sizeof(data) - 1)] = (uint8_t)(random >> 50);
		}
		rc = message_unpack(&pidc__v1__consent_statement__descriptor, data,
				    sizeof(data) - 1 - (round % 7 == 0), 1000, arena, &message,
				    NULL);
		assert_true(rc == 0 || rc == PIDC_EINVAL);
		if (rc == 0) {
			assert_int_equal(message->n_unknown_fields, 0);
			passed++;
		}
		arena_reset(arena);
	}
	assert_true(passed > 1000);
	arena_free(arena);
}

static void field_is_found_raw(void **state)
{
	static const uint8_t data[] = "\x08\x05\x0a\x01"
				      "a"
				      "\x12\x02zz\x0a\x02xy";
	struct bytes found = message_field(data, sizeof(data) - 1, 1);

	(void)state;
	assert_int_equal(found.len, 2);
	assert_memory_equal(found.data, "xy", 2);
	assert_int_equal(message_field(data, sizeof(data) - 1, 3).len, 0);
	assert_int_equal(message_field(data, 4, 1).len, 0);
	assert_int_equal(message_field(NULL, 0, 1).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(column_scans),
		cmocka_unit_test(P2_elements_are_counted),
		cmocka_unit_test(P3_strings_are_clean),
		cmocka_unit_test(P4_broken_encodings),
		cmocka_unit_test(unknown_fields_inside_are_seen),
		cmocka_unit_test(P1_depth_is_limited),
		cmocka_unit_test(unpack_and_pack),
		cmocka_unit_test(scan_leaves_nothing_to_refuse),
		cmocka_unit_test(field_is_found_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
