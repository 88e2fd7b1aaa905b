/* SPDX-License-Identifier: ISC */
#include "client/output.h"

#include "wire/json.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 64 /* of one table; ours have at most 8, one object some 40 */

bool output_format_parse(const char *name, enum output_format *ret)
{
	static const char *const names[] = {"table", "json", "jsonl", "csv", "name"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	}
	return false;
}

void output_csv_cell(FILE *out, const char *text)
{
	bool is_formula = *text && strchr("=+-@\t\r", *text);
	if (!is_formula && !strpbrk(text, ",\"\r\n")) {
		(void)fputs(text, out);
		return;
	}
	(void)fputc('"', out);
	if (is_formula)
		(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

/* Bytes at p that must not reach a terminal, 0 for none: C0, DEL, C1, and the
 * bidirectional overrides and isolates. */
static size_t unsafe_len(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae)
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 3;
	return 0;
}

char *output_escape(const char *text)
{
	size_t len = strlen(text);
	char *copy = len < SIZE_MAX / 8 ? malloc(len * 4 + 1) : NULL;
	char *out = copy;
	for (const unsigned char *p = (const unsigned char *)text; copy && *p;) {
		size_t n = unsafe_len(p);
		if (n == 0)
			*out++ = (char)*p++;
		for (; n > 0; n--)
			out += sprintf(out, "\\x%02x", *p++);
	}
	if (copy)
		*out = '\0';
	return copy;
}

/* One cell as text; caller frees. Lists of words are joined, the rest is JSON. */
static char *cell_text(const json_t *value)
{
	char *text = NULL;
	if (!value || json_is_null(value))
		return strdup("");
	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (!json_is_array(value))
		return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	for (size_t i = 0; out && i < json_array_size(value); i++) {
		char *item = cell_text(json_array_get(value, i));
		(void)fprintf(out, "%s%s", i ? " " : "", item ? item : "");
		free(item);
	}
	if (out)
		(void)fclose(out);
	return text;
}

/* --- tables ------------------------------------------------------------------ */

static void table_cell(struct libscols_line *line, size_t column, const json_t *value)
{
	char *text = cell_text(value);
	char *safe = text ? output_escape(text) : NULL;
	(void)scols_line_set_data(line, column, safe ? safe : "?");
	free(safe);
	free(text);
}

static int table_print(char **names, size_t n, json_t *rows, FILE *out)
{
	struct libscols_table *table = scols_new_table();
	size_t i = 0;
	json_t *row = NULL;
	if (!table)
		return PIDC_ENOMEM;
	scols_table_set_stream(table, out);
	(void)scols_table_enable_nowrap(table, 1);
	(void)scols_table_enable_noencoding(table, 1);
	/* In a pipe nothing is cut to a terminal's width. */
	if (!isatty(fileno(out)))
		(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	(void)scols_table_enable_colors(table, isatty(fileno(out)) && !getenv("NO_COLOR"));
	for (size_t k = 0; k < n; k++)
		if (!scols_table_new_column(table, names[k], 0, 0))
			goto nomem;
	json_array_foreach(rows, i, row)
	{
		struct libscols_line *line = scols_table_new_line(table, NULL);
		if (!line)
			goto nomem;
		for (size_t k = 0; k < n; k++)
			table_cell(line, k, json_object_get(row, names[k]));
	}
	int rc = scols_print_table(table);
	scols_unref_table(table);
	return rc < 0 ? PIDC_EIO : 0;
nomem:
	scols_unref_table(table);
	return PIDC_ENOMEM;
}

static void csv_print(char **names, size_t n, json_t *rows, FILE *out)
{
	size_t i = 0;
	json_t *row = NULL;
	for (size_t k = 0; k < n; k++) {
		(void)fputs(k ? "," : "", out);
		output_csv_cell(out, names[k]);
	}
	(void)fputs("\r\n", out);
	json_array_foreach(rows, i, row)
	{
		for (size_t k = 0; k < n; k++) {
			char *text = cell_text(json_object_get(row, names[k]));
			(void)fputs(k ? "," : "", out);
			output_csv_cell(out, text ? text : "");
			free(text);
		}
		(void)fputs("\r\n", out);
	}
}

static void names_print(const char *name, json_t *rows, FILE *out)
{
	size_t i = 0;
	json_t *row = NULL;
	json_array_foreach(rows, i, row)
	{
		char *text = cell_text(json_object_get(row, name));
		char *safe = text ? output_escape(text) : NULL;
		(void)fprintf(out, "%s\n", safe ? safe : "?");
		free(safe);
		free(text);
	}
}

/* The column names: those of the table, else the keys of the first row. */
static size_t columns_split(const char *columns, json_t *rows, char **ret)
{
	size_t n = 0;
	const char *key = NULL;
	json_t *value = NULL;
	for (; columns && *columns && n < COLUMNS_MAX; columns += strspn(columns, " ")) {
		size_t len = strcspn(columns, " ");
		ret[n] = strndup(columns, len);
		n += ret[n] != NULL;
		columns += len;
	}
	if (n > 0)
		return n;
	json_object_foreach(json_array_get(rows, 0), key, value)
	{
		if (n == COLUMNS_MAX)
			break;
		ret[n] = strdup(key);
		n += ret[n] != NULL;
	}
	return n;
}

int output_rows(enum output_format format, const char *columns, json_t *rows, FILE *out)
{
	char *names[COLUMNS_MAX];
	size_t n = columns_split(columns, rows, names);
	int rc = 0;
	if (n > 0 && format == OUTPUT_NAME)
		names_print(names[0], rows, out);
	else if (n > 0 && format == OUTPUT_CSV)
		csv_print(names, n, rows, out);
	else if (n > 0)
		rc = table_print(names, n, rows, out);
	for (size_t k = 0; k < n; k++)
		free(names[k]);
	return rc;
}

/* --- answers ------------------------------------------------------------------- */

void output_json_line(const json_t *json, FILE *out)
{
	(void)json_dumpf(json, out, JSON_COMPACT | JSON_ENCODE_ANY);
	(void)fputc('\n', out);
}

/* The answer's only list of messages, as "thing" would be in "ListThings". */
static const ProtobufCFieldDescriptor *list_field(const ProtobufCMessageDescriptor *descriptor)
{
	if (strncmp(descriptor->short_name, "List", 4) != 0)
		return NULL;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		if (field->label == PROTOBUF_C_LABEL_REPEATED &&
		    field->type == PROTOBUF_C_TYPE_MESSAGE)
			return field;
	}
	return NULL;
}

static int list_print(enum output_format format, const char *columns, json_t *answer,
		      const char *name, FILE *out)
{
	json_t *rows = json_object_get(answer, name);
	json_t *position = json_object_get(answer, "position");
	size_t i = 0;
	json_t *row = NULL;
	if (format == OUTPUT_JSONL)
		json_array_foreach(rows, i, row) output_json_line(row, out);
	if (format == OUTPUT_JSON) {
		json_t *list = json_pack("{s:O, s:O*, s:O*, s:O*}", "items", rows, "revision",
					 json_object_get(position, "revision"), "asOf",
					 json_object_get(position, "txTime"), "nextPageToken",
					 json_object_get(answer, "nextPageToken"));
		if (!list)
			return PIDC_ENOMEM;
		output_json_line(list, out);
		json_decref(list);
	}
	if (format == OUTPUT_JSON || format == OUTPUT_JSONL)
		return 0;
	return output_rows(format, columns, rows, out);
}

/* One object as rows of name and value, nested objects with dotted names. */
static void object_flatten(const char *prefix, json_t *object, json_t *rows)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach(object, key, value)
	{
		char name[256];
		(void)snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(value))
			object_flatten(name, value, rows);
		else
			(void)json_array_append_new(
				rows, json_pack("{s:s, s:O}", "name", name, "value", value));
	}
}

static int object_print(enum output_format format, json_t *answer, FILE *out)
{
	if (format == OUTPUT_JSON || format == OUTPUT_JSONL) {
		output_json_line(answer, out);
		return 0;
	}
	json_t *rows = json_array();
	object_flatten("", answer, rows);
	int rc = output_rows(format, format == OUTPUT_NAME ? "value" : "name value", rows, out);
	json_decref(rows);
	return rc;
}

int output_message(enum output_format format, const char *columns, const ProtobufCMessage *message,
		   struct arena *arena, FILE *out, struct pidc_error *err)
{
	const ProtobufCFieldDescriptor *list = list_field(message->descriptor);
	char *text = NULL;
	int rc = json_print(message, true, arena, &text, err);
	if (rc < 0)
		return rc;
	json_t *answer = json_loads(text, 0, NULL);
	if (!answer)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the answer");
	rc = list ? list_print(format, columns, answer, list->name, out)
		  : object_print(format, answer, out);
	json_decref(answer);
	if (rc == 0 && (fflush(out) != 0 || ferror(out)))
		rc = PIDC_EIO;
	return rc < 0 ? pidc_fail(err, rc, "the answer could not be written") : 0;
}
