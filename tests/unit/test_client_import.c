/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/import_source.h"
#include "client/progress.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Read all of it: "2 5" for good rows 2 and 5, "!3" for a bad row 3. */
static char *rows_of(const char *path, const char *text)
{
	struct import_source source;
	struct pidc_error err = {0};
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);
	assert_int_equal(import_source_open(&source, path, text, &err), 0);
	for (int rc = 1; rc != 0;) {
		json_t *json = NULL;
		rc = import_source_next(&source, &json, &err);
		if (rc != 0)
			(void)fprintf(file, "%s%s%zu", ftell(file) ? " " : "", rc < 0 ? "!" : "",
				      source.row);
		json_decref(json);
	}
	import_source_close(&source);
	(void)fclose(file);
	return out;
}

static void expect_rows(const char *path, const char *text, const char *expected)
{
	char *got = rows_of(path, text);
	assert_string_equal(got, expected);
	free(got);
}

/* A bad row is stepped over; rows count as a spreadsheet counts them. */
static void test_rows(void **state)
{
	(void)state;
	expect_rows("a.csv", "a,b\n1,2\n3\n4,5\n", "2 !3 4");
	expect_rows("a.csv", "a,b\r\n1,\"x\r\ny\"\r\n3,4", "2 3");
	expect_rows("a.csv", "a,b\r1,2\r3,4\r", "2 3");
	expect_rows("a.csv",
		    "\xef\xbb\xbf"
		    "a\n1\n\n\n2\n",
		    "2 3");
	expect_rows("a.csv", "a\nx\"y\n2\n", "!2 3");
	expect_rows("a.csv", "a\n\xff\n2\n", "!2 3");
	expect_rows("a.csv", "a\n", "");
	expect_rows("a.jsonl", "{\"rows\":[]}\n\n{\"rows\":{}}\nx\n{\"rows\":[{}]}", "1 !3 !4 5");
}

/* An open quote does not take the rest of the file with it. */
static void test_open_quote(void **state)
{
	(void)state;
	expect_rows("a.csv", "a,b\n1,\"open\n2,x\n3,y\n", "!2 3 4");
	char *text = malloc(CSV_RECORD_MAX * 2);
	strcpy(text, "a\n\"");
	size_t len = strlen(text);
	memset(text + len, 'x', CSV_RECORD_MAX);
	strcpy(text + len + CSV_RECORD_MAX, "\"\n7\n");
	expect_rows("a.csv", text, "!2 3");
	free(text);
}

static void test_refuses(void **state)
{
	(void)state;
	static const char *const files[][2] = {
		{"a.txt", "a\n1\n"},     {"csv", "a\n1\n"},      {"a.csv", ""},
		{"a.csv", "a,a\n1,2\n"}, {"a.csv", "a,\n1,2\n"},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct import_source source;
		struct pidc_error err = {0};
		if (import_source_open(&source, files[i][0], files[i][1], &err) != PIDC_EINVAL)
			fail_msg("taken: %s %s", files[i][0], files[i][1]);
		import_source_close(&source);
	}
}

static void test_period(void **state)
{
	(void)state;
	struct import_source source;
	struct pidc_error err = {0};
	json_t *json = NULL;
	assert_int_equal(import_source_open(&source, "a.csv",
					    "count,period.from,period.to\n"
					    "7,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z\n"
					    "8,,\n",
					    &err),
			 0);
	assert_int_equal(import_source_count(&source), 2);
	assert_int_equal(import_source_next(&source, &json, &err), 1);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, "{\"period\":{\"from\":\"2026-01-01T00:00:00Z\",\"to\":\"2026-02-"
				  "01T00:00:00Z\"},\"rows\":[{\"count\":\"7\"}]}");
	free(text);
	json_decref(json);
	assert_int_equal(import_source_next(&source, &json, &err), 1);
	assert_null(json_object_get(json, "period"));
	json_decref(json);
	import_source_close(&source);
}

static void test_duration(void **state)
{
	(void)state;
	char text[24];
	progress_duration(59, text);
	assert_string_equal(text, "0:59");
	progress_duration(3 * 3600 + 61, text);
	assert_string_equal(text, "3:01:01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_refuses),  cmocka_unit_test(test_period),
		cmocka_unit_test(test_duration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
