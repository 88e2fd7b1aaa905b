/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/channel.h"
#include "client/content.h"
#include "client/output.h"
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

/* P3 on the way out: data must not drive a terminal or a spreadsheet. */
static void test_output_safe(void **state)
{
	(void)state;
	char *text = output_escape("a\x1b[2J\xc2\x9b\xe2\x80\xae\xc3\xa9");
	assert_string_equal(text, "a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\xc3\xa9");
	free(text);
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	output_csv_cell(out, "=1+1");
	(void)fputc(';', out);
	output_csv_cell(out, "a\"b");
	(void)fputc(';', out);
	output_csv_cell(out, "plain");
	(void)fclose(out);
	assert_string_equal(text, "\"'=1+1\";\"a\"\"b\";plain");
	free(text);
}

static void test_list_contract(void **state)
{
	(void)state;
	Pidc__V1__ListDatasetsResponse answer = PIDC__V1__LIST_DATASETS_RESPONSE__INIT;
	Pidc__V1__Dataset dataset = PIDC__V1__DATASET__INIT;
	Pidc__V1__Dataset *datasets[] = {&dataset};
	Pidc__V1__Position position = PIDC__V1__POSITION__INIT;
	struct arena *arena = arena_new(0);
	struct pidc_error err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	position.revision = 7;
	answer.position = &position;
	dataset.dataset_id = "d";
	answer.datasets = datasets;
	answer.n_datasets = 1;
	assert_int_equal(output_message(OUTPUT_JSON, NULL, &answer.base, arena, out, &err), 0);
	assert_int_equal(output_message(OUTPUT_NAME, "datasetId", &answer.base, arena, out, &err),
			 0);
	assert_int_equal(
		output_message(OUTPUT_CSV, "datasetId status", &answer.base, arena, out, &err), 0);
	(void)fclose(out);
	json_t *json = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "revision")), "7");
	assert_int_equal(json_array_size(json_object_get(json, "items")), 1);
	assert_non_null(strstr(text, "\nd\ndatasetId,status\r\nd,DATASET_STATUS_UNSPECIFIED\r\n"));
	json_decref(json);
	free(text);
	arena_free(arena);
}

static void test_status_details(void **state)
{
	(void)state;
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	Google__Protobuf__Any *details[] = {&any};
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	uint8_t packed_info[64];
	uint8_t packed[256];
	struct channel_status got;
	info.reason = "E_ROLE";
	info.domain = "pidc.int";
	any.type_url = "type.googleapis.com/google.rpc.ErrorInfo";
	any.value.len = google__rpc__error_info__pack(&info, packed_info);
	any.value.data = packed_info;
	status.n_details = 1;
	status.details = details;
	size_t len = google__rpc__status__pack(&status, packed);
	channel_status_decode(7, "no", packed, len, &got);
	assert_int_equal(got.code, 7);
	assert_string_equal(got.reason, "E_ROLE");
	channel_status_decode(7, "no", packed, len - 1, &got);
	assert_string_equal(got.reason, "");
	assert_string_equal(got.message, "no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_output_safe),
		cmocka_unit_test(test_list_contract),
		cmocka_unit_test(test_status_details),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
