/* SPDX-License-Identifier: ISC */
#include "client/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <string.h>

/* What libcsv hands out while it reads one record. */
struct record {
	json_t *cells;
	bool is_text; /* UTF-8 without U+0000 so far */
	bool is_complete;
};

/* Blanks belong to the cell: RFC 4180, 2.4. */
static int is_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void on_cell(void *text, size_t len, void *user)
{
	struct record *record = user;
	/* jansson refuses what is not UTF-8. */
	json_t *cell = text ? json_stringn(text, len) : json_string("");
	bool is_text = cell && strlen(json_string_value(cell)) == len;
	record->is_text = record->is_text && is_text;
	if (cell && json_array_append_new(record->cells, cell) < 0)
		record->is_text = false;
}

static void on_record(int c, void *user)
{
	struct record *record = user;
	(void)c;
	record->is_complete = true;
}

void csv_reader_init(struct csv_reader *reader, const char *text)
{
	static const char mark[] = "\xef\xbb\xbf";
	*reader = (struct csv_reader){.at = text};
	if (strncmp(text, mark, sizeof(mark) - 1) == 0)
		reader->at += sizeof(mark) - 1;
}

static size_t line_len(const char *text)
{
	size_t len = strcspn(text, "\r\n");
	len += text[len] == '\r';
	return len + (text[len] == '\n');
}

/* Feed lines until the record is complete: a quoted cell may hold some. */
static int record_parse(struct csv_reader *reader, struct record *record, struct pidc_error *err)
{
	struct csv_parser parser;
	const char *start = reader->at;
	const char *why = NULL;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the CSV reader");
	csv_set_space_func(&parser, is_space);
	while (!why && !record->is_complete && *reader->at) {
		size_t len = line_len(reader->at);
		if ((size_t)(reader->at - start) + len > CSV_RECORD_MAX)
			why = "a record this long, or a quote that is never closed";
		else if (csv_parse(&parser, reader->at, len, on_cell, on_record, record) != len)
			why = "a quote inside a cell";
		reader->at += len;
	}
	if (!why && !record->is_complete && csv_fini(&parser, on_cell, on_record, record) != 0)
		why = "a quote that is never closed";
	csv_free(&parser);
	if (!why && !record->is_text)
		why = "not text in UTF-8";
	if (!why)
		return 0;
	if (record->is_text)
		reader->at = start + line_len(start);
	return pidc_fail(err, PIDC_EINVAL, "%s", why);
}

/* What RFC 4180 calls no record, and editors leave at the end of a file. */
static void blank_lines_skip(struct csv_reader *reader)
{
	reader->at += strspn(reader->at, "\r\n");
}

int csv_reader_next(struct csv_reader *reader, json_t **ret, struct pidc_error *err)
{
	struct record record = {.cells = json_array(), .is_text = true};
	blank_lines_skip(reader);
	if (!record.cells)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a record");
	if (!*reader->at) {
		json_decref(record.cells);
		return 0;
	}
	reader->row++;
	int rc = record_parse(reader, &record, err);
	if (rc < 0) {
		json_decref(record.cells);
		return rc;
	}
	*ret = record.cells;
	return 1;
}

bool csv_header_is_good(const json_t *header)
{
	json_t *names = json_object();
	size_t i = 0;
	json_t *name = NULL;
	bool is_good = names != NULL;
	json_array_foreach(header, i, name)
	{
		is_good = is_good && *json_string_value(name) &&
			  json_object_set(names, json_string_value(name), json_true()) == 0;
	}
	is_good = is_good && json_object_size(names) == json_array_size(header);
	json_decref(names);
	return is_good;
}

json_t *csv_row(const json_t *header, const json_t *record)
{
	size_t n = json_array_size(header);
	json_t *row = n == json_array_size(record) ? json_object() : NULL;
	for (size_t i = 0; row && i < n; i++) {
		if (json_object_set(row, json_string_value(json_array_get(header, i)),
				    json_array_get(record, i)) < 0) {
			json_decref(row);
			return NULL;
		}
	}
	return row;
}
