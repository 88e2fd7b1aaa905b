/* SPDX-License-Identifier: ISC */
#include "core/statement_writer.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

const char *writer_phrase(const struct writer *writer, enum phrase which)
{
	return phrase_text(which, writer->reader->language);
}

void writer_fill(FILE *out, const char *format, const char *const args[4])
{
	for (size_t i = 0; *format;) {
		size_t len = strcspn(format, "%");

		(void)fwrite(format, 1, len, out);
		format += len;
		if (format[0] == '%' && format[1] == 's') {
			(void)fputs(i < 4 && args[i] != NULL ? args[i] : "?", out);
			i++;
			format += 2;
		}
	}
}

void writer_sentence(struct writer *writer, enum phrase which, const char *a, const char *b)
{
	writer_fill(writer->out, writer_phrase(writer, which), (const char *const[4]){a, b});
	(void)fputc('\n', writer->out);
}

FILE *part_begin(struct writer *writer, struct part *part)
{
	*part = (struct part){.out = NULL};
	part->out = open_memstream(&part->text, &part->len);
	if (part->out == NULL)
		writer->has_failed = true;
	return part->out;
}

const char *part_end(struct writer *writer, struct part *part)
{
	const char *text = NULL;

	if (part->out != NULL && fclose(part->out) == 0)
		text = arena_strdup(writer->arena, part->text);
	free(part->text);
	if (text == NULL)
		writer->has_failed = true;
	return text != NULL ? text : "";
}

void writer_quote(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '\n' || *text == '\t')
			(void)fputc(' ', out);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			(void)fputc('?', out);
		else
			(void)fputc(*text == '"' ? '\'' : *text, out);
	}
	(void)fputc('"', out);
}

static void put_code(struct writer *writer, FILE *out, enum statement_name kind, const char *code)
{
	const struct statement_reader *reader = writer->reader;
	const char *name = reader->name != NULL ? reader->name(reader->user, kind, code) : NULL;

	if (name != NULL) {
		writer_quote(out, name);
		(void)fprintf(out, " (%s)", code);
	} else {
		(void)fputs(code, out);
	}
}

const char *writer_codes(struct writer *writer, enum statement_name kind, char *const *list,
			 size_t n)
{
	struct part part;

	if (part_begin(writer, &part) == NULL)
		return "";
	for (size_t i = 0; i < n; i++) {
		(void)fputs(i > 0 ? ", " : "", part.out);
		put_code(writer, part.out, kind, list[i]);
	}
	return part_end(writer, &part);
}

const char *writer_code(struct writer *writer, enum statement_name kind, char *code)
{
	return writer_codes(writer, kind, &code, 1);
}

const char *writer_words(struct writer *writer, char *const *list, size_t n)
{
	struct part part;

	if (part_begin(writer, &part) == NULL)
		return "";
	for (size_t i = 0; i < n; i++)
		(void)fprintf(part.out, "%s%s", i > 0 ? ", " : "", list[i]);
	return part_end(writer, &part);
}

const char *writer_number(struct writer *writer, uint32_t n)
{
	const char *text = arena_printf(writer->arena, "%u", (unsigned)n);

	return text != NULL ? text : "?";
}

const char *writer_time(struct writer *writer, const Google__Protobuf__Timestamp *ts,
			enum phrase absent)
{
	char text[28];
	int64_t us;

	if (ts == NULL)
		return writer_phrase(writer, absent);
	if (!time_from_proto(ts, &us))
		return "?"; /* check_statement_syntax has seen it */
	time_format(us, text);
	text[10] = ' ';
	text[strlen(text) - 1] = '\0';
	if (us % 1000000 == 0)
		text[19] = '\0';
	const char *copy = arena_printf(writer->arena, "%s UTC", text);

	return copy != NULL ? copy : "?";
}

const char *writer_enum(const ProtobufCEnumDescriptor *type, int value, const char *prefix)
{
	const ProtobufCEnumValue *row = protobuf_c_enum_descriptor_get_value(type, value);

	return row != NULL ? row->name + strlen(prefix) : "?";
}
