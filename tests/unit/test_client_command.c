/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "client/ctl.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The source of a page, "pidcctl-consent(1)"; owned by the caller. */
static char *manual_read(const char *page)
{
	char path[1024];
	const char *dir = getenv("PIDC_SOURCE_DIR");
	(void)snprintf(path, sizeof(path), "%s/doc/%.*s.1.scd", dir ? dir : ".",
		       (int)strcspn(page, "("), page);
	FILE *file = fopen(path, "re");
	if (!file) {
		fail_msg("there is no manual %s", path);
		return NULL;
	}
	char *text = calloc(1, 256 * 1024);
	assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
	(void)fclose(file);
	return text;
}

/* The part of the manual from a command's line to the next command or heading. */
static void manual_section(const char *manual, const struct command *command, char *ret,
			   size_t room)
{
	char head[100];
	(void)snprintf(head, sizeof(head), "\n*%s%s%s*", command->noun, *command->verb ? " " : "",
		       command->verb);
	const char *start = strstr(manual, head);
	if (!start) {
		fail_msg("not in the manual: %s %s", command->noun, command->verb);
		return;
	}
	const char *end = start + 1;
	while (*end && !(end[0] == '\n' && (end[1] == '*' || end[1] == '#')))
		end++;
	(void)snprintf(ret, room, "%.*s", (int)(end - start), start);
}

static void flags_in(const char *what, const char *text, const struct flag *flags)
{
	for (; flags && *flags->name; flags++) {
		char word[80];
		(void)snprintf(word, sizeof(word), "*--%s*", flags->name);
		if (!strstr(text, word))
			fail_msg("%s: not in the manual: %s", what, word);
	}
}

static void test_manual_complete(void **state)
{
	(void)state;
	const struct command *command = NULL;
	char *common = manual_read("pidcctl(1)");
	flags_in("pidcctl", common, global_flags);
	free(common);
	for (size_t i = 0; (command = command_at(i)); i++) {
		char page[64];
		char what[80];
		char section[16384];
		char *manual = manual_read(help_manual(command->noun, page));
		(void)snprintf(what, sizeof(what), "%s %s", command->noun, command->verb);
		manual_section(manual, command, section, sizeof(section));
		flags_in(what, section, command->flags);
		free(manual);
	}
}

static bool has_text(const char *text)
{
	return text && *text;
}

/* Every command teaches: one line, an example that is this command, an argument that
 * cannot be undone is asked for. */
static void test_help_complete(void **state)
{
	(void)state;
	const struct command *command = NULL;
	for (size_t i = 0; (command = command_at(i)); i++) {
		char words[80];
		(void)snprintf(words, sizeof(words), "pidcctl %s%s%s", command->noun,
			       *command->verb ? " " : "", command->verb);
		if (command->help && strlen(command->help) > 47)
			fail_msg("%s: the help is wider than a terminal", words);
		for (const struct flag *flag = command->flags; flag && *flag->name; flag++)
			if (strlen(flag->help) + (flag->kind == FLAG_LIST ? 13 : 0) > 49)
				fail_msg("%s: --%s is wider than a terminal", words, flag->name);
		if (!has_text(command->help) || !has_text(command->example) ||
		    !strstr(command->example, words))
			fail_msg("%s lacks help or an example", words);
		if (command->confirm == CONFIRM_ID && !has_text(command->args))
			fail_msg("%s: no id to type", words);
		for (const char *p = command->about; p && *p; p += strspn(p, "\n")) {
			size_t len = strcspn(p, "\n");
			if (len > 78)
				fail_msg("%s: a line of %zu columns: %.*s", words, len, (int)len,
					 p);
			p += len;
		}
	}
}

/* Every flag with a field, and every argument of a plain command, names a field. */
static void test_paths_exist(void **state)
{
	(void)state;
	const struct command *command = NULL;
	for (size_t i = 0; (command = command_at(i)); i++) {
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
				if (!field) {
					fail_msg("%s %s: no field %s", command->noun, command->verb,
						 flag->field);
					return;
				}
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
	assert_string_equal(invocation_flag(in, "output", 0), "json");
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
		"member list --page-size --limit 2",
		"member list --outp json",
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
		cmocka_unit_test(test_manual_complete), cmocka_unit_test(test_help_complete),
		cmocka_unit_test(test_paths_exist),     cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
