/* SPDX-License-Identifier: ISC */
#include "client/import_source.h"

#include <string.h>

static int header_read(struct import_source *source, struct pidc_error *err)
{
	int rc = csv_reader_next(&source->csv, &source->header, err);
	if (rc == 0)
		return pidc_fail(err, PIDC_EINVAL, "row 1: no header line");
	if (rc > 0 && !csv_header_is_good(source->header))
		return pidc_fail(err, PIDC_EINVAL,
				 "row 1: a name of the header is empty or stands twice");
	return rc < 0 ? rc : 0;
}

int import_source_open(struct import_source *source, const char *path, const char *text,
		       struct pidc_error *err)
{
	const char *dot = strrchr(path, '.');
	*source = (struct import_source){.at = text};
	if (dot && strcmp(dot, ".jsonl") == 0)
		return 0;
	if (!dot || strcmp(dot, ".csv") != 0)
		return pidc_fail(err, PIDC_EINVAL, "the file must be .csv or .jsonl");
	source->is_csv = true;
	csv_reader_init(&source->csv, text);
	return header_read(source, err);
}

void import_source_close(struct import_source *source)
{
	json_decref(source->header);
	source->header = NULL;
}

/* Take "period.from" and "period.to" out of the row: they are no fields of data. */
static json_t *submission_of(json_t *row)
{
	static const char *const names[][2] = {{"period.from", "from"}, {"period.to", "to"}};
	json_t *submission = json_pack("{s:[O]}", "rows", row);
	json_t *period = json_object();
	for (size_t i = 0; submission && i < 2; i++) {
		json_t *value = json_object_get(row, names[i][0]);
		if (value && *json_string_value(value))
			(void)json_object_set(period, names[i][1], value);
		(void)json_object_del(row, names[i][0]);
	}
	if (submission && json_object_size(period) > 0)
		(void)json_object_set(submission, "period", period);
	json_decref(period);
	return submission;
}

static int record_next(struct import_source *source, json_t **ret, struct pidc_error *err)
{
	json_t *record = NULL;
	int rc = csv_reader_next(&source->csv, &record, err);
	source->row = source->csv.row;
	if (rc <= 0)
		return rc;
	json_t *row = csv_row(source->header, record);
	if (!row)
		rc = pidc_fail(err, PIDC_EINVAL, "%zu cells, but the header has %zu",
			       json_array_size(record), json_array_size(source->header));
	json_decref(record);
	if (!row)
		return rc;
	*ret = submission_of(row);
	json_decref(row);
	return *ret ? 1 : pidc_fail(err, PIDC_ENOMEM, "no memory for a row");
}

static int line_next(struct import_source *source, json_t **ret, struct pidc_error *err)
{
	json_error_t where = {.column = 0};
	while (*source->at) {
		const char *text = source->at;
		size_t len = strcspn(text, "\n");
		source->at += len + (text[len] == '\n');
		source->row++;
		if (strspn(text, " \t\r") >= len)
			continue;
		json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
		if (json_is_array(json_object_get(json, "rows"))) {
			*ret = json;
			return 1;
		}
		int rc = json ? pidc_fail(err, PIDC_EINVAL, "not {\"period\":{},\"rows\":[{}]}")
			      : pidc_fail(err, PIDC_EINVAL, "column %d: %s", where.column,
					  where.text);
		json_decref(json);
		return rc;
	}
	return 0;
}

int import_source_next(struct import_source *source, json_t **ret, struct pidc_error *err)
{
	return source->is_csv ? record_next(source, ret, err) : line_next(source, ret, err);
}

size_t import_source_count(const struct import_source *source)
{
	struct import_source copy = *source;
	struct pidc_error err = {.code = 0};
	size_t n = 0;
	int rc = 0;
	for (;;) {
		json_t *submission = NULL;
		rc = import_source_next(&copy, &submission, &err);
		if (rc == 0 || rc == PIDC_ENOMEM)
			return n;
		n++;
		json_decref(submission);
	}
}
