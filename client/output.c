/* SPDX-License-Identifier: ISC */
#include "client/output.h"

#include "client/cell.h"
#include "client/escape.h"
#include "client/table.h"
#include "wire/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool output_format_parse(const char *name, enum output_format *ret)
{
	static const char *const names[] = {"table", "wide", "json", "jsonl", "csv", "name"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	}
	return false;
}

bool output_is_json(const struct output *output)
{
	return output->format == OUTPUT_JSON || output->format == OUTPUT_JSONL;
}

void output_json_line(const json_t *json, FILE *out)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	(void)fprintf(out, "%s\n", text ? text : "null");
	free(text);
}

static int written(struct output *output, int rc, struct pidc_error *err)
{
	if (rc == 0 && (fflush(output->out) != 0 || ferror(output->out)))
		rc = PIDC_EIO;
	return rc < 0 ? pidc_fail(err, rc, "the answer could not be written") : 0;
}

static int message_json(const ProtobufCMessage *message, struct arena *arena, json_t **ret,
			struct pidc_error *err)
{
	char *text = NULL;
	int rc = json_print(message, true, arena, &text, err);
	if (rc < 0)
		return rc;
	*ret = json_loads(text, 0, NULL);
	return *ret ? 0 : pidc_fail(err, PIDC_ENOMEM, "no memory for the answer");
}

/* --- one object --------------------------------------------------------------- */

/* Where in the register the answer was made: for people beside it. */
static void position_say(const json_t *position)
{
	struct cell time = cell_find(NULL, position, "txTime", 6);
	const char *revision = json_string_value(json_object_get(position, "revision"));
	const char *at = json_string_value(time.value);
	if (revision && at)
		(void)fprintf(stderr, "revision %s, as of %.10s %.8sZ\n", revision, at,
			      strlen(at) > 19 ? at + 11 : "");
}

/* A message that holds nothing but another one is shown as that. */
static const json_t *object_inner(const json_t *object,
				  const ProtobufCMessageDescriptor **descriptor)
{
	const json_t *inner = NULL;
	const ProtobufCMessageDescriptor *inner_descriptor = NULL;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		struct cell cell = cell_find(*descriptor, object, key, strlen(key));
		if (strcmp(key, "position") == 0)
			continue;
		if (inner || !json_is_object(value) || !cell_is_message(&cell))
			return object;
		inner = value;
		inner_descriptor = cell.field->descriptor;
	}
	if (inner)
		*descriptor = inner_descriptor;
	return inner ? inner : object;
}

/* Labels of the paths that lead to a text; longer ones push their value on. */
#define LABEL_WIDTH_MAX 30

/* One pass over an object and what is nested in it; the first measures, the second
 * prints lines of label and value, the third the lists of messages as tables. */
struct sheet {
	struct output *output;
	enum { SHEET_MEASURE, SHEET_LINES, SHEET_TABLES } pass;
	size_t width;
};

static void line_print(struct sheet *sheet, const char *label, const struct cell *cell)
{
	char *text = cell_text(cell, true);
	bool is_shown = text && *text;
	size_t len = strlen(label);
	if (is_shown && sheet->pass == SHEET_MEASURE && len > sheet->width &&
	    len <= LABEL_WIDTH_MAX)
		sheet->width = len;
	if (is_shown && sheet->pass == SHEET_LINES) {
		(void)fprintf(sheet->output->out, "%-*s  ", (int)sheet->width, label);
		escape_print(sheet->output->out, text);
		(void)fputc('\n', sheet->output->out);
	}
	free(text);
}

static int list_print(struct sheet *sheet, const char *label,
		      const ProtobufCMessageDescriptor *type, const json_t *rows)
{
	if (sheet->pass != SHEET_TABLES || json_array_size(rows) == 0)
		return 0;
	(void)fprintf(sheet->output->out, "\n%s\n", label);
	return table_print(&sheet->output->terminal, NULL, type, rows, sheet->output->out);
}

static int sheet_walk(struct sheet *sheet, const char *prefix,
		      const ProtobufCMessageDescriptor *descriptor, const json_t *object)
{
	const char *key = NULL;
	json_t *value = NULL;
	int rc = 0;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		struct cell cell = cell_find(descriptor, object, key, strlen(key));
		const ProtobufCMessageDescriptor *type =
			cell_is_message(&cell) ? cell.field->descriptor : NULL;
		char name[64];
		char label[140];
		cell_label(key, strlen(key), false, name);
		(void)snprintf(label, sizeof(label), "%s%s%s", prefix, *prefix ? " " : "", name);
		if (json_is_object(value) && strcmp(key, "position") == 0)
			continue;
		if (json_is_object(value))
			rc = sheet_walk(sheet, label, type, value);
		else if (type)
			rc = list_print(sheet, label, type, value);
		else
			line_print(sheet, label, &cell);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* What is empty is left out. */
static int sheet_print(struct output *output, const ProtobufCMessageDescriptor *descriptor,
		       const json_t *object)
{
	struct sheet sheet = {.output = output, .pass = SHEET_MEASURE};
	int rc = 0;
	for (; rc == 0 && sheet.pass <= SHEET_TABLES; sheet.pass++)
		rc = sheet_walk(&sheet, "", descriptor, object);
	return rc;
}

int output_object(struct output *output, const ProtobufCMessageDescriptor *descriptor,
		  const json_t *object, struct pidc_error *err)
{
	const json_t *inner = object_inner(object, &descriptor);
	json_t *rows = json_pack("[O]", inner);
	int rc = rows ? 0 : PIDC_ENOMEM;
	switch (output->format) {
	case OUTPUT_JSON:
	case OUTPUT_JSONL:
		output_json_line(object, output->out);
		break;
	case OUTPUT_CSV:
		table_csv(NULL, descriptor, rows, true, output->out);
		break;
	case OUTPUT_NAME:
		table_names(NULL, descriptor, rows, output->out);
		break;
	default:
		if (rc == 0)
			rc = sheet_print(output, descriptor, inner);
		break;
	}
	json_decref(rows);
	rc = written(output, rc, err);
	if (rc == 0 && output->format <= OUTPUT_WIDE)
		position_say(json_object_get(object, "position"));
	return rc;
}

int output_rows(struct output *output, const char *columns, const json_t *rows,
		const json_t *position, struct pidc_error *err)
{
	struct output_list list;
	output_list_init(&list, output, columns);
	list.position = json_incref((json_t *)(uintptr_t)position);
	int rc = json_array_extend(list.rows, (json_t *)(uintptr_t)rows) < 0 ? PIDC_ENOMEM : 0;
	if (rc == 0)
		rc = output_list_end(&list, "", err);
	output_list_close(&list);
	return rc;
}

/* --- lists ---------------------------------------------------------------------- */

const ProtobufCFieldDescriptor *output_list_field(const ProtobufCMessageDescriptor *descriptor)
{
	if (strncmp(descriptor->short_name, "List", 4) != 0 &&
	    !protobuf_c_message_descriptor_get_field_by_name(descriptor, "next_page_token"))
		return NULL;
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		if (field->label == PROTOBUF_C_LABEL_REPEATED &&
		    field->type == PROTOBUF_C_TYPE_MESSAGE)
			return field;
	}
	return NULL;
}

void output_list_init(struct output_list *list, struct output *output, const char *columns)
{
	*list = (struct output_list){.output = output, .columns = columns, .rows = json_array()};
	/* A machine gets all there is. */
	if (output->format == OUTPUT_WIDE || output->format == OUTPUT_CSV)
		list->columns = NULL;
}

/* What needs no look at the rows to come is printed now. */
static void rows_flush(struct output_list *list)
{
	struct output *output = list->output;
	size_t i = 0;
	json_t *row = NULL;
	if (output->format == OUTPUT_JSONL)
		json_array_foreach(list->rows, i, row) output_json_line(row, output->out);
	else if (output->format == OUTPUT_CSV)
		table_csv(list->columns, list->row, list->rows, !list->has_header, output->out);
	else if (output->format == OUTPUT_NAME)
		table_names(list->columns, list->row, list->rows, output->out);
	else
		return;
	list->has_header = true;
	(void)json_array_clear(list->rows);
}

int output_list_page(struct output_list *list, const ProtobufCMessage *message, size_t room,
		     struct arena *arena, struct pidc_error *err)
{
	const ProtobufCFieldDescriptor *field = output_list_field(message->descriptor);
	json_t *answer = NULL;
	char name[64];
	int rc = message_json(message, arena, &answer, err);
	if (rc < 0)
		return rc;
	cell_json_name(field->name, name, sizeof(name));
	json_t *rows = json_object_get(answer, name);
	bool is_first = list->row == NULL;
	list->row = field->descriptor;
	while (json_array_size(rows) > room)
		(void)json_array_remove(rows, json_array_size(rows) - 1);
	list->count += json_array_size(rows);
	if (is_first)
		list->position = json_incref(json_object_get(answer, "position"));
	if (json_array_extend(list->rows, rows) < 0)
		rc = PIDC_ENOMEM;
	else
		rows_flush(list);
	json_decref(answer);
	return written(list->output, rc, err);
}

int output_list_end(struct output_list *list, const char *next_token, struct pidc_error *err)
{
	struct output *output = list->output;
	int rc = 0;
	if (output->format == OUTPUT_JSON) {
		json_t *json = json_pack("{s:O, s:O*, s:O*}", "items", list->rows, "revision",
					 json_object_get(list->position, "revision"), "asOf",
					 json_object_get(list->position, "txTime"));
		if (*next_token)
			(void)json_object_set_new(json, "nextPageToken", json_string(next_token));
		output_json_line(json, output->out);
		json_decref(json);
	} else if (output->format > OUTPUT_WIDE) {
		rows_flush(list); /* rows of ours, which came at once */
	} else {
		terminal_pager_start(&output->terminal);
		rc = table_print(&output->terminal, list->columns, list->row, list->rows,
				 output->out);
	}
	rc = written(output, rc, err);
	terminal_pager_end(&output->terminal);
	if (rc == 0 && output->format <= OUTPUT_WIDE)
		position_say(list->position);
	return rc;
}

void output_list_close(struct output_list *list)
{
	json_decref(list->rows);
	json_decref(list->position);
}

int output_message(struct output *output, const char *columns, const ProtobufCMessage *message,
		   struct arena *arena, struct pidc_error *err)
{
	struct output_list list;
	json_t *answer = NULL;
	int rc = 0;
	if (output_list_field(message->descriptor)) {
		output_list_init(&list, output, columns);
		rc = output_list_page(&list, message, SIZE_MAX, arena, err);
		if (rc == 0)
			rc = output_list_end(&list, "", err);
		output_list_close(&list);
		return rc;
	}
	rc = message_json(message, arena, &answer, err);
	if (rc == 0)
		rc = output_object(output, message->descriptor, answer, err);
	json_decref(answer);
	return rc;
}
