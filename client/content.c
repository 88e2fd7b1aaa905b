/* SPDX-License-Identifier: ISC */
#include "client/content.h"

#include "pidc/v1/data.pb-c.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 200 /* a dataset has at most 200 fields */

int content_read(const char *path, struct arena *arena, char **ret, size_t *ret_len,
		 struct pidc_error *err)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return pidc_fail(err, PIDC_EINVAL, "cannot read %.200s", path);
	char *text = NULL;
	long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
	bool fits = size >= 0 && (size_t)size <= CONTENT_FILE_MAX;
	if (fits)
		text = arena_alloc(arena, (size_t)size + 1);
	rewind(file);
	size_t got = text ? fread(text, 1, (size_t)size, file) : 0;
	(void)fclose(file);
	if (!text || got != (size_t)size || strlen(text) != got)
		return pidc_fail(err, PIDC_EINVAL, "%.150s: not a text file, or too large", path);
	*ret = text;
	*ret_len = got;
	return 0;
}

/* One cell from *at into out (as long as the text); leaves *at on the separator.
 * False: a quote is open or stands inside a plain cell. */
static bool cell_read(const char **at, char *out)
{
	const char *p = *at;
	bool is_quoted = *p == '"';
	p += is_quoted;
	for (; *p; p++) {
		if (is_quoted && p[0] == '"' && p[1] == '"')
			p++;
		else if (is_quoted && *p == '"')
			break;
		else if (!is_quoted && (*p == ',' || *p == '\n' || *p == '\r'))
			break;
		else if (!is_quoted && *p == '"')
			return false;
		*out++ = *p;
	}
	*out = '\0';
	if (is_quoted && *p++ != '"')
		return false;
	*at = p;
	return !*p || *p == ',' || *p == '\n' || *p == '\r';
}

/* One record as an array of texts; NULL when it is malformed or memory is short. */
static json_t *record_read(const char **at, char *cell)
{
	json_t *record = json_array();
	for (;;) {
		if (!cell_read(at, cell) || json_array_append_new(record, json_string(cell)) < 0) {
			json_decref(record);
			return NULL;
		}
		if (**at != ',')
			break;
		(*at)++;
	}
	if (**at == '\r')
		(*at)++;
	if (**at == '\n')
		(*at)++;
	return record;
}

static bool row_add(json_t *rows, const json_t *header, const json_t *record)
{
	json_t *row = json_object();
	bool is_good = json_array_size(header) == json_array_size(record);
	for (size_t i = 0; is_good && i < json_array_size(header); i++)
		is_good = json_object_set(row, json_string_value(json_array_get(header, i)),
					  json_array_get(record, i)) == 0;
	is_good = is_good && json_object_size(row) == json_array_size(header);
	return json_array_append_new(rows, row) == 0 && is_good;
}

int content_csv(const char *text, json_t **ret, struct pidc_error *err)
{
	char *cell = malloc(strlen(text) + 1);
	json_t *rows = json_array();
	const char *at = text;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	json_t *header = cell ? record_read(&at, cell) : NULL;
	bool is_good = header != NULL;
	while (is_good && *at) {
		json_t *record = record_read(&at, cell);
		is_good = record && row_add(rows, header, record);
		json_decref(record);
	}
	size_t line = json_array_size(rows) + 1;
	json_decref(header);
	free(cell);
	if (!is_good) {
		json_decref(rows);
		return pidc_fail(err, PIDC_EINVAL,
				 "record %zu: quoting, UTF-8 or number of cells is wrong", line);
	}
	*ret = rows;
	return 0;
}

int content_jsonl(const char *text, json_t **ret, struct pidc_error *err)
{
	json_t *rows = json_array();
	for (size_t line = 1; *text; line++) {
		size_t len = strcspn(text, "\n");
		json_error_t where;
		json_t *row = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
		bool is_blank = strspn(text, " \t\r") >= len;
		if (!is_blank && (!json_is_object(row) || json_array_append(rows, row) < 0)) {
			json_decref(row);
			json_decref(rows);
			return pidc_fail(err, PIDC_EINVAL, "line %zu: not a JSON object", line);
		}
		json_decref(row);
		text += len + (text[len] == '\n');
	}
	*ret = rows;
	return 0;
}

static char *value_text(const json_t *value, struct arena *arena)
{
	if (json_is_string(value))
		return arena_strdup(arena, json_string_value(value));
	if (!json_is_number(value))
		return NULL;
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	char *copy = text ? arena_strdup(arena, text) : NULL;
	free(text);
	return copy;
}

static int column_make(const json_t *rows, const char *name, struct arena *arena,
		       ProtobufCBinaryData *ret, struct pidc_error *err)
{
	Pidc__V1__ContentColumn column = PIDC__V1__CONTENT_COLUMN__INIT;
	column.n_values = json_array_size(rows);
	column.values = arena_calloc(arena, column.n_values + 1, sizeof(char *));
	column.field = arena_strdup(arena, name);
	for (size_t i = 0; column.values && i < column.n_values; i++) {
		const json_t *row = json_array_get(rows, i);
		column.values[i] = value_text(json_object_get(row, name), arena);
		if (!column.values[i])
			return pidc_fail(err, PIDC_EINVAL, "row %zu: %.60s is not a text or number",
					 i + 1, name);
	}
	ret->data = column.values && column.field
			    ? arena_alloc(arena, pidc__v1__content_column__get_packed_size(&column))
			    : NULL;
	if (!ret->data)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a column");
	ret->len = pidc__v1__content_column__pack(&column, ret->data);
	return 0;
}

int content_columns(const json_t *rows, struct arena *arena, ProtobufCBinaryData **ret,
		    size_t *ret_count, struct pidc_error *err)
{
	json_t *first = json_array_get(rows, 0);
	size_t count = json_object_size(first);
	size_t n = 0;
	const char *key = NULL;
	json_t *value = NULL;
	if (count == 0 || count > COLUMNS_MAX)
		return pidc_fail(err, PIDC_EINVAL, "there must be rows with 1 to %d fields",
				 COLUMNS_MAX);
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (json_object_size(json_array_get(rows, i)) != count)
			return pidc_fail(err, PIDC_EINVAL, "row %zu has other fields", i + 1);
	ProtobufCBinaryData *columns = arena_calloc(arena, count, sizeof(*columns));
	if (!columns)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the columns");
	json_object_foreach(first, key, value)
	{
		int rc = column_make(rows, key, arena, &columns[n++], err);
		if (rc < 0)
			return rc;
	}
	*ret = columns;
	*ret_count = count;
	return 0;
}
