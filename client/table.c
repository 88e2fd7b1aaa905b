/* SPDX-License-Identifier: ISC */
#include "client/table.h"

#include "client/cell.h"
#include "client/escape.h"
#include "core/arena.h"

#include <libsmartcols.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A column narrower than this is not worth breaking lines for. */
#define ROOM_MIN 8

struct column {
	const char *path; /* borrowed or in the arena */
	size_t len;
	size_t cut; /* characters that people see; 0: all */
	char heading[64];
	bool is_number;
	bool is_cut; /* hashes: nobody reads their end */
};

struct columns {
	size_t count;
	size_t room; /* for the last column on a terminal; 0: it is not wrapped */
	struct column list[TABLE_COLUMNS_MAX];
	struct arena *arena; /* of the paths that nobody else keeps */
};

static void column_add(struct columns *columns, const char *path, size_t len)
{
	if (columns->count == TABLE_COLUMNS_MAX)
		return;
	struct column *column = &columns->list[columns->count++];
	const char *equals = memchr(path, '=', len);
	size_t path_len = equals ? (size_t)(equals - path) : len;
	const char *slash = memchr(path, '/', path_len);
	*column = (struct column){.path = path, .len = slash ? (size_t)(slash - path) : path_len};
	if (slash)
		column->cut = strtoul(slash + 1, NULL, 10);
	if (equals)
		(void)snprintf(column->heading, sizeof(column->heading), "%.*s",
			       (int)(path + len - equals - 1), equals + 1);
	else
		cell_label(path, column->len, true, column->heading);
}

static void path_add(struct columns *columns, const char *path)
{
	const char *name = columns->arena ? arena_strdup(columns->arena, path) : NULL;
	if (name)
		column_add(columns, name, strlen(name));
}

/* All that a row can have, also where this row does not: lists of messages are left
 * out. Messages of ours are four deep at most. */
static void columns_of_type(struct columns *columns, const ProtobufCMessageDescriptor *descriptor,
			    const char *prefix, unsigned depth)
{
	for (unsigned i = 0; i < descriptor->n_fields && depth < 4; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		struct cell cell = {.field = field};
		char path[128];
		size_t n = (size_t)snprintf(path, sizeof(path), "%s%s", prefix, *prefix ? "." : "");
		if (depth == 0 && strcmp(field->name, "position") == 0)
			continue; /* of the answer, not of what it is about */
		cell_json_name(field->name, path + n, sizeof(path) - n);
		if (!cell_is_message(&cell))
			path_add(columns, path);
		else if (field->label != PROTOBUF_C_LABEL_REPEATED)
			columns_of_type(columns, field->descriptor, path, depth + 1);
	}
}

static void columns_of_row(struct columns *columns, const json_t *row)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)row, key, value)
	{
		path_add(columns, key);
	}
}

static bool is_number(const ProtobufCFieldDescriptor *field)
{
	switch (field ? field->type : PROTOBUF_C_TYPE_STRING) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_INT64:
		return true;
	default:
		return false;
	}
}

static void columns_make(struct columns *columns, const char *text,
			 const ProtobufCMessageDescriptor *descriptor, const json_t *rows)
{
	const json_t *first = json_array_get(rows, 0);
	memset(columns, 0, sizeof(*columns));
	columns->arena = arena_new(0);
	if (!text && descriptor)
		columns_of_type(columns, descriptor, "", 0);
	else if (!text)
		columns_of_row(columns, first);
	for (; text && *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		column_add(columns, text, len);
		text += len;
	}
	for (size_t k = 0; k < columns->count; k++) {
		struct column *column = &columns->list[k];
		struct cell cell = cell_find(descriptor, first, column->path, column->len);
		column->is_number = is_number(cell.field) || json_is_number(cell.value);
		column->is_cut = cell.field && cell.field->type == PROTOBUF_C_TYPE_BYTES;
	}
}

static void columns_free(struct columns *columns)
{
	arena_free(columns->arena);
}

/* --- for people ------------------------------------------------------------- */

static struct libscols_table *table_new(const struct terminal *terminal,
					const struct columns *columns, FILE *out)
{
	struct libscols_table *table = scols_new_table();
	if (!table)
		return NULL;
	(void)scols_table_set_stream(table, out);
	(void)scols_table_enable_noencoding(table, 1); /* we escape ourselves */
	(void)scols_table_enable_colors(table, terminal->has_colour);
	(void)scols_table_set_termforce(table, terminal->width ? SCOLS_TERMFORCE_ALWAYS
							       : SCOLS_TERMFORCE_NEVER);
	if (terminal->width)
		(void)scols_table_set_termwidth(table, terminal->width);
	for (size_t k = 0; k < columns->count; k++) {
		const struct column *column = &columns->list[k];
		int flags = k + 1 == columns->count && !column->is_number ? SCOLS_FL_WRAP : 0;
		if (column->is_cut)
			flags = SCOLS_FL_TRUNC;
		if (column->is_number)
			flags |= SCOLS_FL_RIGHT;
		struct libscols_column *made =
			scols_table_new_column(table, column->heading, 0, flags);
		if (!made) {
			scols_unref_table(table);
			return NULL;
		}
		/* smartcols itself would break words. */
		if (flags & SCOLS_FL_WRAP)
			(void)scols_column_set_wrapfunc(made, scols_wrapnl_chunksize,
							scols_wrapnl_nextchunk, NULL);
		if (terminal->has_colour)
			(void)scols_cell_set_color(scols_column_get_header(made), "bold");
	}
	return table;
}

/* Text of a cell as people see it; caller frees. */
static char *human_text(const struct column *column, const ProtobufCMessageDescriptor *descriptor,
			const json_t *row)
{
	struct cell cell = cell_find(descriptor, row, column->path, column->len);
	char *text = cell_text(&cell, true);
	if (text && column->cut > 0 && strlen(text) > column->cut)
		text[column->cut] = '\0';
	char *safe = text ? escape_terminal(text) : NULL;
	free(text);
	return safe;
}

static size_t width_of(const char *text)
{
	size_t width = 0;
	for (; text && *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* What the other columns leave to the last one. */
static void room_find(struct columns *columns, const struct terminal *terminal,
		      const ProtobufCMessageDescriptor *descriptor, const json_t *rows)
{
	size_t used = columns->count - 1; /* a blank between two */
	for (size_t k = 0; k + 1 < columns->count; k++) {
		size_t widest = width_of(columns->list[k].heading);
		for (size_t i = 0; i < json_array_size(rows); i++) {
			char *text =
				human_text(&columns->list[k], descriptor, json_array_get(rows, i));
			size_t width = width_of(text);
			widest = width > widest ? width : widest;
			free(text);
		}
		used += widest;
	}
	if (terminal->width > used + ROOM_MIN)
		columns->room = terminal->width - used;
}

/* Break lines between words; a word that is too long stays whole. */
static void words_wrap(char *text, size_t room)
{
	size_t column = 0;
	char *blank = NULL;
	for (char *p = text; *p; p++) {
		column += ((unsigned char)*p & 0xc0) != 0x80;
		if (column > room && blank) {
			*blank = '\n';
			column = width_of(blank + 1) - width_of(p + 1);
			blank = NULL;
		}
		if (*p == ' ')
			blank = p;
	}
}

static int row_fill(struct libscols_table *table, const struct columns *columns,
		    const ProtobufCMessageDescriptor *descriptor, const json_t *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	if (!line)
		return PIDC_ENOMEM;
	for (size_t k = 0; k < columns->count; k++) {
		char *text = human_text(&columns->list[k], descriptor, row);
		if (text && k + 1 == columns->count && columns->room > 0)
			words_wrap(text, columns->room);
		(void)scols_line_set_data(line, k, text ? text : "?");
		free(text);
	}
	return 0;
}

int table_print(const struct terminal *terminal, const char *text,
		const ProtobufCMessageDescriptor *descriptor, const json_t *rows, FILE *out)
{
	struct columns columns;
	columns_make(&columns, text, descriptor, rows);
	if (columns.count > 0 && terminal->width > 0)
		room_find(&columns, terminal, descriptor, rows);
	struct libscols_table *table = table_new(terminal, &columns, out);
	int rc = table ? 0 : PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++)
		rc = row_fill(table, &columns, descriptor, json_array_get(rows, i));
	if (rc == 0 && json_array_size(rows) > 0 && scols_print_table(table) < 0)
		rc = PIDC_EIO;
	if (table)
		scols_unref_table(table);
	columns_free(&columns);
	return rc;
}

/* --- for machines ----------------------------------------------------------- */

void table_csv(const char *text, const ProtobufCMessageDescriptor *descriptor, const json_t *rows,
	       bool with_header, FILE *out)
{
	struct columns columns;
	columns_make(&columns, text, descriptor, rows);
	for (size_t k = 0; with_header && k < columns.count; k++) {
		char name[128];
		(void)snprintf(name, sizeof(name), "%.*s", (int)columns.list[k].len,
			       columns.list[k].path);
		(void)fputs(k ? "," : "", out);
		escape_csv(out, name);
	}
	if (with_header && columns.count > 0)
		(void)fputs("\r\n", out);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		for (size_t k = 0; k < columns.count; k++) {
			struct cell cell = cell_find(descriptor, json_array_get(rows, i),
						     columns.list[k].path, columns.list[k].len);
			char *value = cell_text(&cell, false);
			(void)fputs(k ? "," : "", out);
			escape_csv(out, value ? value : "");
			free(value);
		}
		(void)fputs("\r\n", out);
	}
	columns_free(&columns);
}

void table_names(const char *text, const ProtobufCMessageDescriptor *descriptor, const json_t *rows,
		 FILE *out)
{
	struct columns columns;
	columns_make(&columns, text, descriptor, rows);
	for (size_t i = 0; columns.count > 0 && i < json_array_size(rows); i++) {
		struct cell cell = cell_find(descriptor, json_array_get(rows, i),
					     columns.list[0].path, columns.list[0].len);
		char *value = cell_text(&cell, false);
		escape_print(out, value ? value : "?");
		(void)fputc('\n', out);
		free(value);
	}
	columns_free(&columns);
}
