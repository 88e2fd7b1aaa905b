/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/channel.h"
#include "client/content.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "pidc/v1/data.pb-c.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void test_csv(void **state)
{
	(void)state;
	struct pidc_error err = {0};
	struct arena *arena = arena_new(0);
	json_t *rows = NULL;
	ProtobufCBinaryData *columns = NULL;
	size_t n = 0;
	assert_int_equal(content_csv("\xef\xbb\xbf"
				     "a,b\r\n1,\"x,\"\"y\"\"\nz\"\n2,\n",
				     &rows, &err),
			 0);
	assert_int_equal(content_columns(rows, arena, &columns, &n, &err), 0);
	assert_int_equal(n, 2);
	Pidc__V1__ContentColumn *column =
		pidc__v1__content_column__unpack(NULL, columns[1].len, columns[1].data);
	assert_string_equal(column->field, "b");
	assert_int_equal(column->n_values, 2);
	assert_string_equal(column->values[0], "x,\"y\"\nz");
	assert_string_equal(column->values[1], "");
	pidc__v1__content_column__free_unpacked(column, NULL);
	json_decref(rows);
	arena_free(arena);
}

static void test_refuses(void **state)
{
	(void)state;
	static const char *const bad[] = {"a,a\n1,2\n", "a,b\n1\n",    "a\n\"x\n",
					  "a\nx\"y\n",  "a\n\"x\"y\n", "a\n\xff\n"};
	struct pidc_error err = {0};
	json_t *rows = NULL;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (content_csv(bad[i], &rows, &err) != PIDC_EINVAL)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(content_jsonl("{\"a\":1}\n[]\n", &rows, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "line 2"));
	struct arena *arena = arena_new(0);
	ProtobufCBinaryData *columns = NULL;
	size_t n = 0;
	assert_int_equal(content_jsonl("{\"a\":1}\n{\"b\":1}\n", &rows, &err), 0);
	assert_int_equal(content_columns(rows, arena, &columns, &n, &err), PIDC_EINVAL);
	json_decref(rows);
	arena_free(arena);
}

static void test_status_details(void **state)
{
	(void)state;
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	Google__Protobuf__Any retry_any = GOOGLE__PROTOBUF__ANY__INIT;
	Google__Protobuf__Any *details[] = {&retry_any, &any};
	Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;
	Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	uint8_t packed_info[64];
	uint8_t packed_retry[64];
	uint8_t packed[256];
	struct channel_status got;
	info.reason = "E_ROLE";
	info.domain = "pidc.int";
	any.type_url = "type.googleapis.com/google.rpc.ErrorInfo";
	any.value.len = google__rpc__error_info__pack(&info, packed_info);
	any.value.data = packed_info;
	delay.seconds = 2;
	delay.nanos = 500000000;
	retry.retry_delay = &delay;
	retry_any.type_url = "type.googleapis.com/google.rpc.RetryInfo";
	retry_any.value.len = google__rpc__retry_info__pack(&retry, packed_retry);
	retry_any.value.data = packed_retry;
	status.n_details = 2;
	status.details = details;
	size_t len = google__rpc__status__pack(&status, packed);
	channel_status_decode(7, "no", packed, len, &got);
	assert_int_equal(got.code, 7);
	assert_string_equal(got.reason, "E_ROLE");
	assert_int_equal(got.retry_after_ms, 2500);
	channel_status_decode(7, "no", packed, len - 1, &got);
	assert_string_equal(got.reason, "");
	assert_int_equal(got.retry_after_ms, -1);
	assert_string_equal(got.message, "no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_status_details),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
