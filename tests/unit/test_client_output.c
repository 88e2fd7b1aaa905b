/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/cell.h"
#include "client/escape.h"
#include "client/output.h"
#include "pidc/v1/data.pb-c.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* P3 on the way out: data must not drive a terminal or a spreadsheet. */
static void test_escape(void **state)
{
	(void)state;
	char *text = escape_terminal("a\x1b[2J\xc2\x9b\xe2\x80\xae\xc3\xa9");
	assert_string_equal(text, "a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\xc3\xa9");
	free(text);
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	static const char *const cells[] = {"=1+1", "+1",  "-1",    "@x", "\tx",
					    "a\"b", "a,b", "plain", ""};
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		escape_csv(out, cells[i]);
		(void)fputc(';', out);
	}
	(void)fclose(out);
	assert_string_equal(
		text, "\"'=1+1\";\"'+1\";\"'-1\";\"'@x\";\"'\tx\";\"a\"\"b\";\"a,b\";plain;;");
	free(text);
}

struct page {
	Pidc__V1__ListDatasetsResponse answer;
	Pidc__V1__Dataset datasets[2];
	Pidc__V1__Dataset *list[2];
	Pidc__V1__Position position;
	Google__Protobuf__Timestamp time;
};

static void page_fill(struct page *page, uint64_t revision, const char *first, const char *second)
{
	*page = (struct page){.answer = PIDC__V1__LIST_DATASETS_RESPONSE__INIT,
			      .datasets = {PIDC__V1__DATASET__INIT, PIDC__V1__DATASET__INIT},
			      .position = PIDC__V1__POSITION__INIT,
			      .time = GOOGLE__PROTOBUF__TIMESTAMP__INIT};
	page->time.seconds = 1798761600;
	page->position.revision = revision;
	page->position.tx_time = &page->time;
	page->answer.position = &page->position;
	page->datasets[0].dataset_id = (char *)(uintptr_t)first;
	page->datasets[0].title = (char *)"=cmd";
	page->datasets[0].status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	page->datasets[1].dataset_id = (char *)(uintptr_t)second;
	page->list[0] = &page->datasets[0];
	page->list[1] = &page->datasets[1];
	page->answer.datasets = page->list;
	page->answer.n_datasets = 2;
}

/* Two pages of two, as they are printed; caller frees. */
static char *list_text(enum output_format format, size_t limit, const char *next_token)
{
	char *text = NULL;
	size_t len = 0;
	struct output output = {.format = format, .out = open_memstream(&text, &len)};
	struct output_list list;
	struct arena *arena = arena_new(0);
	struct pidc_error err = {0};
	struct page page;
	output_list_init(&list, &output, "datasetId status title");
	page_fill(&page, 7, "d1", "d2");
	assert_int_equal(output_list_page(&list, &page.answer.base, limit, arena, &err), 0);
	page_fill(&page, 9, "d3", "d4");
	assert_int_equal(output_list_page(&list, &page.answer.base, limit - 2, arena, &err), 0);
	assert_int_equal(output_list_end(&list, next_token, &err), 0);
	output_list_close(&list);
	(void)fclose(output.out);
	arena_free(arena);
	return text;
}

static void test_list_json(void **state)
{
	(void)state;
	char *text = list_text(OUTPUT_JSON, 3, "more");
	json_t *json = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "items")), 3);
	/* The first page's: all of the list is at least as new. */
	assert_string_equal(json_string_value(json_object_get(json, "revision")), "7");
	assert_string_equal(json_string_value(json_object_get(json, "asOf")),
			    "2027-01-01T00:00:00Z");
	assert_string_equal(json_string_value(json_object_get(json, "nextPageToken")), "more");
	json_t *first = json_array_get(json_object_get(json, "items"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "index")), "0");
	json_decref(json);
	free(text);
	text = list_text(OUTPUT_JSON, 4, "");
	assert_null(strstr(text, "nextPageToken"));
	free(text);
}

static void test_list_machine(void **state)
{
	(void)state;
	char *text = list_text(OUTPUT_NAME, 4, "");
	assert_string_equal(text, "d1\nd2\nd3\nd4\n");
	free(text);
	text = list_text(OUTPUT_JSONL, 3, "");
	assert_non_null(strstr(text, "{\"datasetId\":\"d1\""));
	size_t lines = 0;
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 3);
	free(text);
	/* The header once, every column, words as in the JSON. */
	text = list_text(OUTPUT_CSV, 4, "");
	assert_int_equal(strncmp(text, "datasetId,ownerOrg,category,title,", 34), 0);
	assert_null(strstr(text + 1, "datasetId"));
	assert_non_null(strstr(text, "\r\nd1,,,\"'=cmd\","));
	assert_non_null(strstr(text, "DATASET_STATUS_ACTIVE"));
	assert_non_null(strstr(text, "\r\nd4,"));
	free(text);
}

static void test_list_table(void **state)
{
	(void)state;
	char *text = list_text(OUTPUT_TABLE, 4, "");
	assert_non_null(strstr(text, "DATASET ID STATUS TITLE"));
	assert_non_null(strstr(text, "\nd1         ACTIVE =cmd\n"));
	assert_null(strstr(text, "\x1b"));
	free(text);
	text = list_text(OUTPUT_WIDE, 4, "");
	assert_non_null(strstr(text, "SCHEMA VERSION"));
	free(text);
}

static void test_cells(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		const char *json;
		const char *human;
		const char *machine;
	} rows[] = {
		{"status", "\"DATASET_STATUS_ACTIVE\"", "ACTIVE", "DATASET_STATUS_ACTIVE"},
		{"status", "\"DATASET_STATUS_UNSPECIFIED\"", "", "DATASET_STATUS_UNSPECIFIED"},
		{"legalBasis", "\"DATASET_STATUS_ACTIVE\"", "DATASET_STATUS_ACTIVE",
		 "DATASET_STATUS_ACTIVE"},
		{"version", "3", "3", "3"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *object = json_object();
		(void)json_object_set_new(object, rows[i].path,
					  json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
		struct cell cell = cell_find(&pidc__v1__dataset__descriptor, object, rows[i].path,
					     strlen(rows[i].path));
		char *human = cell_text(&cell, true);
		char *machine = cell_text(&cell, false);
		assert_string_equal(human, rows[i].human);
		assert_string_equal(machine, rows[i].machine);
		free(human);
		free(machine);
		json_decref(object);
	}
	json_t *object = json_pack("{s:s, s:{s:s}}", "contentDigest",
				   "JbbvqJUJ5SjvjWeMx0SDtXCH6oXKXeIar/upBxcAsEE=", "period", "from",
				   "2026-11-24T11:57:09.080353Z");
	struct cell digest =
		cell_find(&pidc__v1__contribution__descriptor, object, "contentDigest", 13);
	struct cell time =
		cell_find(&pidc__v1__contribution__descriptor, object, "period.from", 11);
	char *text = cell_text(&digest, true);
	assert_string_equal(text,
			    "25b6efa89509e528ef8d678cc74483b57087ea85ca5de21aaffba9071700b041");
	free(text);
	text = cell_text(&time, true);
	assert_string_equal(text, "2026-11-24 11:57:09Z");
	free(text);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),       cmocka_unit_test(test_list_json),
		cmocka_unit_test(test_list_machine), cmocka_unit_test(test_list_table),
		cmocka_unit_test(test_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
