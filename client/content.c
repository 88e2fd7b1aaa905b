/* SPDX-License-Identifier: ISC */
#include "client/content.h"

#include "client/csv.h"
#include "core/crypto.h"
#include "wire/json.h"

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

/* The row that record makes; PIDC_EINVAL names what is wrong. */
static int row_add(json_t *rows, const json_t *header, const json_t *record, struct pidc_error *err)
{
	json_t *row = csv_row(header, record);
	if (!row)
		return pidc_fail(err, PIDC_EINVAL, "%zu cells, but the header has %zu",
				 json_array_size(record), json_array_size(header));
	return json_array_append_new(rows, row) < 0 ? PIDC_ENOMEM : 0;
}

static int rows_read(struct csv_reader *reader, json_t *rows, struct pidc_error *err)
{
	json_t *header = NULL;
	json_t *record = NULL;
	int rc = csv_reader_next(reader, &header, err);
	if (rc == 0)
		return pidc_fail(err, PIDC_EINVAL, "no header line");
	if (rc < 0)
		return rc;
	if (!csv_header_is_good(header))
		rc = pidc_fail(err, PIDC_EINVAL, "a name of the header is empty or stands twice");
	while (rc > 0 && (rc = csv_reader_next(reader, &record, err)) > 0) {
		int added = row_add(rows, header, record, err);
		json_decref(record);
		if (added < 0)
			rc = added;
	}
	json_decref(header);
	return rc;
}

int content_csv(const char *text, json_t **ret, struct pidc_error *err)
{
	struct csv_reader reader;
	struct pidc_error why = {.code = 0};
	json_t *rows = json_array();
	csv_reader_init(&reader, text);
	int rc = rows ? rows_read(&reader, rows, &why) : PIDC_ENOMEM;
	if (rc < 0) {
		json_decref(rows);
		return pidc_fail(err, rc, "row %zu: %s", reader.row, why.msg);
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

int content_submission(const json_t *request, const json_t *rows, struct arena *arena,
		       Pidc__V1__SubmitContributionRequest **ret, struct pidc_error *err)
{
	ProtobufCMessage *message = NULL;
	char *text = json_dumps(request, JSON_COMPACT);
	if (!text)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the request");
	int rc = json_parse(&pidc__v1__submit_contribution_request__descriptor, text, strlen(text),
			    arena, &message, err);
	free(text);
	if (rc < 0)
		return rc;
	*ret = (Pidc__V1__SubmitContributionRequest *)message;
	return content_columns(rows, arena, &(*ret)->columns, &(*ret)->n_columns, err);
}

void content_digest(const char *text, size_t len, char ret[65])
{
	uint8_t digest[SHA256_LEN];
	sha256(&(struct bytes){.data = text, .len = len}, 1, digest);
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

int content_file_digest(const char *path, uint8_t ret[32], uint64_t *ret_size,
			struct pidc_error *err)
{
	FILE *file = fopen(path, "rbe");
	struct sha256_hash *hash = file ? sha256_begin() : NULL;
	char buffer[16384];
	uint64_t size = 0;
	size_t len = 0;
	while (hash && (len = fread(buffer, 1, sizeof(buffer), file)) > 0) {
		sha256_add(hash, buffer, len);
		size += len;
	}
	bool is_good = hash && !ferror(file);
	if (file)
		(void)fclose(file);
	if (!is_good) {
		sha256_drop(hash);
		return pidc_fail(err, PIDC_EINVAL, "cannot read %.200s", path);
	}
	sha256_end(hash, ret);
	*ret_size = size;
	return 0;
}
