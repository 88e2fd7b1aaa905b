/* SPDX-License-Identifier: ISC */
#include "tests/lib/machine_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOC_MAX ((size_t)128 * 1024)

static void roles_print(FILE *out, uint32_t roles)
{
	const char *separator = "";

	if (roles == 0)
		fputs("by guard", out);
	for (int role = 1; role < 32; role++) {
		const ProtobufCEnumValue *value =
			protobuf_c_enum_descriptor_get_value(&pidc__v1__role__descriptor, role);

		if ((roles >> role & 1) == 0 || value == NULL)
			continue;
		fprintf(out, "%s%s", separator, value->name + strlen("ROLE_"));
		separator = ", ";
	}
}

static char *table_print(const struct machine *machine)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs("| from | event | who | guards | to |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < machine->move_count; i++) {
		const struct machine_move *move = &machine->moves[i];

		fprintf(out, "| %s | %s | ", machine_state_name(machine, move->from),
			machine->events[move->event]);
		roles_print(out, move->roles);
		fputs(" | ", out);
		for (size_t k = 0; k < MACHINE_GUARDS_MAX && move->guards[k] != NULL; k++)
			fprintf(out, "%s%s", k == 0 ? "" : "; ", move->guards[k]->name);
		fprintf(out, " | %s |\n", machine_state_name(machine, move->to));
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *doc_read(const char *file)
{
	char path[4096];
	char *text = calloc(1, DOC_MAX);
	FILE *in;

	assert_non_null(getenv("PIDC_SOURCE_DIR"));
	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/doc/%s", getenv("PIDC_SOURCE_DIR"), file);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_true(fread(text, 1, DOC_MAX - 1, in) < DOC_MAX - 1);
	fclose(in);
	return text;
}

void machine_doc_check(const struct machine *machine, const char *file)
{
	char *want = table_print(machine);
	char *doc = doc_read(file);
	char mark[128];
	char *begin, *end;

	snprintf(mark, sizeof(mark), "<!-- machine: %s -->\n", machine->noun);
	begin = strstr(doc, mark);
	assert_non_null(begin);
	begin += strlen(mark);
	end = strstr(begin, "<!-- end -->\n");
	assert_non_null(end);
	*end = '\0';
	if (strcmp(begin, want) != 0) {
		fputs(want, stderr); /* longer than a cmocka message */
		fail_msg("doc/%s should hold this table", file);
	}
	free(doc);
	free(want);
}

static void guards_check(const struct machine_move *move)
{
	size_t count = 0;

	while (count < MACHINE_GUARDS_MAX && move->guards[count] != NULL)
		count++;
	for (size_t i = 0; i < MACHINE_GUARDS_MAX; i++) {
		if (i >= count)
			assert_null(move->guards[i]);
		for (size_t k = 0; i < count && k < i; k++)
			assert_ptr_not_equal(move->guards[k], move->guards[i]);
	}
}

void machine_table_check(const struct machine *machine)
{
	for (size_t i = 0; i < machine->move_count; i++) {
		const struct machine_move *move = &machine->moves[i];

		assert_true(move->event >= 0 && (size_t)move->event < machine->event_count);
		assert_true(move->to != 0);
		assert_non_null(protobuf_c_enum_descriptor_get_value(machine->states, move->to));
		assert_non_null(protobuf_c_enum_descriptor_get_value(machine->states, move->from));
		assert_ptr_equal(machine_move_find(machine, move->from, move->event), move);
		guards_check(move);
	}
	for (unsigned i = 0; i < machine->states->n_values; i++) {
		int state = machine->states->values[i].value;
		bool is_reached = state == 0;

		for (size_t k = 0; k < machine->move_count; k++)
			is_reached |= machine->moves[k].to == state;
		assert_true(is_reached);
	}
}
