/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/command.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *manual_read(void)
{
	char path[1024];
	const char *dir = getenv("PIDC_SOURCE_DIR");
	(void)snprintf(path, sizeof(path), "%s/doc/pidcctl.1.scd", dir ? dir : ".");
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	char *text = calloc(1, 256 * 1024);
	assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
	(void)fclose(file);
	return text;
}

/* The part of the manual from a command's line to the next empty line. */
static void manual_section(const char *manual, const struct command *command, char *ret,
			   size_t room)
{
	char head[100];
	(void)snprintf(head, sizeof(head), "\n*%s%s%s*", command->noun, *command->verb ? " " : "",
		       command->verb);
	const char *start = strstr(manual, head);
	if (!start)
		fail_msg("not in the manual: %s %s", command->noun, command->verb);
	const char *end = strstr(start + 1, "\n\n");
	(void)snprintf(ret, room, "%.*s", (int)(end ? end - start : 0), start);
}

static void flags_in(const char *text, const struct flag *flags)
{
	for (; flags && *flags->name; flags++) {
		char word[80];
		(void)snprintf(word, sizeof(word), "*--%s*", flags->name);
		if (!strstr(text, word))
			fail_msg("not in the manual: %s", word);
	}
}

static void test_manual_complete(void **state)
{
	(void)state;
	char *manual = manual_read();
	flags_in(manual, global_flags);
	for (size_t i = 0; i < command_count; i++) {
		char section[8192];
		manual_section(manual, &commands[i], section, sizeof(section));
		flags_in(section, commands[i].flags);
	}
	free(manual);
}

/* Every flag with a field, and every argument of a plain command, names a field. */
static void test_paths_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];
		assert_non_null(command->help);
		assert_non_null(command->example);
		for (const struct flag *flag = command->flags; flag && *flag->name; flag++) {
			const ProtobufCMessageDescriptor *descriptor = command->request;
			char path[128];
			/* import sends its flags with every line */
			if (!flag->field || strcmp(command->verb, "import") == 0)
				continue;
			(void)snprintf(path, sizeof(path), "%s", flag->field);
			for (char *save = NULL, *part = strtok_r(path, ".", &save); part;
			     part = strtok_r(NULL, ".", &save)) {
				const ProtobufCFieldDescriptor *field =
					protobuf_c_message_descriptor_get_field_by_name(descriptor,
											part);
				if (!field)
					fail_msg("%s %s: no field %s", command->noun, command->verb,
						 flag->field);
				descriptor = field->descriptor;
			}
		}
	}
}

static int parse(struct invocation *in, const char *line, struct pidc_error *err)
{
	static char text[512];
	char *words[32];
	int n = 0;
	(void)snprintf(text, sizeof(text), "%s", line);
	for (char *save = NULL, *word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return invocation_parse(n, words, in, err);
}

static void test_parse(void **state)
{
	(void)state;
	struct invocation *in = malloc(sizeof(*in));
	struct pidc_error err = {0};
	assert_int_equal(parse(in, "--server h:1 consent grant --to iom --to=sec -o json", &err),
			 0);
	assert_string_equal(in->command->verb, "grant");
	assert_string_equal(invocation_flag(in, "server", 0), "h:1");
	assert_string_equal(invocation_flag(in, "to", 1), "sec");
	assert_null(invocation_flag(in, "to", 2));
	assert_string_equal(invocation_flag(in, "o", 0), "json");
	assert_int_equal(parse(in, "ledger consistency 10 20", &err), 0);
	assert_string_equal(invocation_arg(in, "to_size"), "20");
	assert_int_equal(parse(in, "whoami", &err), 0);
	free(in);
}

static void test_parse_refuses(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"member",
		"member lost",
		"member get",
		"member get tv nz",
		"member list --page 3",
		"member list --page-size",
		"whoami --serv h:1",
		"ledger verify --deep=1",
		"member list -x",
		"member list --page-size 1 --page-size 2",
	};
	struct invocation *in = malloc(sizeof(*in));
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct pidc_error err = {0};
		if (parse(in, lines[i], &err) != PIDC_EINVAL)
			fail_msg("taken: %s", lines[i]);
		assert_true(*err.msg);
	}
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_complete),
		cmocka_unit_test(test_paths_exist),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
