/* SPDX-License-Identifier: ISC */
#include "client/command.h"

#include <stdio.h>
#include <string.h>

static const struct flag output_flag = {"o", NULL, FLAG_VALUE, "table, json, jsonl, csv or name"};

static const struct flag *flags_find(const struct flag *flags, const char *name, size_t len)
{
	for (; flags && *flags->name; flags++)
		if (strlen(flags->name) == len && memcmp(flags->name, name, len) == 0)
			return flags;
	return NULL;
}

/* Options stand before or after noun and verb, so the words are found first. */
static const struct command *command_find(const char *noun, const char *verb, bool *ret_has_verb)
{
	for (size_t i = 0; i < command_count; i++) {
		bool is_noun = strcmp(commands[i].noun, noun) == 0;
		*ret_has_verb = *commands[i].verb != '\0';
		if (is_noun && (!*ret_has_verb || (verb && strcmp(commands[i].verb, verb) == 0)))
			return &commands[i];
	}
	return NULL;
}

static size_t args_limit(const struct command *command)
{
	size_t n = command->args ? 1 : 0;
	for (const char *p = command->args; p && *p; p++)
		n += *p == ' ';
	return n;
}

/* With --json only those that are no fields of the request, such as a file. */
static size_t args_needed(const struct invocation *in)
{
	const char *p = in->command->args;
	size_t needed = 0;
	size_t n = 0;
	for (; p && *p; p += strspn(p, " ")) {
		char name[64];
		size_t len = strcspn(p, " ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		n++;
		if (!invocation_flag(in, "json", 0) ||
		    !protobuf_c_message_descriptor_get_field_by_name(in->command->request, name))
			needed = n;
		p += len;
	}
	return needed;
}

/* Take the option at argv[*i]; its value may be the next word. */
static int option_take(struct invocation *in, int argc, char *const *argv, int *i,
		       struct pidc_error *err)
{
	const char *name = argv[*i] + (argv[*i][1] == '-' ? 2 : 1);
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct flag *flag = strcmp(argv[*i], "-o") == 0 ? &output_flag : NULL;
	if (!flag && argv[*i][1] == '-')
		flag = flags_find(global_flags, name, len);
	if (!flag && argv[*i][1] == '-' && in->command)
		flag = flags_find(in->command->flags, name, len);
	if (!flag)
		return pidc_fail(err, PIDC_EINVAL, "unknown option %.100s", argv[*i]);
	const char *value = equals ? equals + 1 : NULL;
	if (flag->kind == FLAG_SWITCH && value)
		return pidc_fail(err, PIDC_EINVAL, "--%s takes no value", flag->name);
	if (flag->kind == FLAG_SWITCH)
		value = "true";
	/* A forgotten value must not swallow the next option, be it --dry-run; one that
	 * does begin so is given with "=". */
	if (!value && (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0))
		return pidc_fail(err, PIDC_EINVAL, "%s needs a value", argv[*i]);
	if (!value)
		value = argv[++*i];
	if (flag->kind != FLAG_LIST && invocation_flag(in, flag->name, 0))
		return pidc_fail(err, PIDC_EINVAL, "--%s is given twice", flag->name);
	if (in->given_count >= INVOCATION_MAX)
		return pidc_fail(err, PIDC_EINVAL, "more than %d options", INVOCATION_MAX);
	in->given[in->given_count].flag = flag;
	in->given[in->given_count++].value = value;
	if (strcmp(flag->name, "help") == 0)
		in->wants_help = true;
	return 0;
}

/* First and second word that is neither an option nor the value of a global one. */
static void words_find(int argc, char *const *argv, const char *ret[2])
{
	size_t n = 0;
	for (int i = 0; i < argc && n < 2; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			ret[n++] = argv[i];
			continue;
		}
		const struct flag *flag = flags_find(global_flags, argv[i] + 2,
						     strlen(argv[i]) - 2 + (argv[i][1] != '-'));
		if (strcmp(argv[i], "-o") == 0 || (flag && flag->kind != FLAG_SWITCH))
			i++;
	}
}

int invocation_parse(int argc, char *const *argv, struct invocation *ret, struct pidc_error *err)
{
	const char *words[2] = {NULL, NULL};
	bool has_verb = false;
	memset(ret, 0, sizeof(*ret));
	words_find(argc, argv, words);
	if (words[0])
		ret->command = command_find(words[0], words[1], &has_verb);
	if (words[0] && !ret->command)
		return pidc_fail(err, PIDC_EINVAL, "there is no command \"%.60s %.60s\"", words[0],
				 words[1] ? words[1] : "");
	size_t skip = !ret->command ? 0 : has_verb ? 2 : 1;
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			int rc = option_take(ret, argc, argv, &i, err);
			if (rc < 0)
				return rc;
		} else if (skip > 0) {
			skip--;
		} else if (!ret->command || ret->arg_count >= args_limit(ret->command)) {
			return pidc_fail(err, PIDC_EINVAL, "unexpected argument \"%.100s\"",
					 argv[i]);
		} else {
			ret->args[ret->arg_count++] = argv[i];
		}
	}
	if (ret->command && !ret->wants_help && ret->arg_count < args_needed(ret))
		return pidc_fail(err, PIDC_EINVAL, "an argument is missing: %s",
				 ret->command->args);
	return 0;
}

const char *invocation_flag(const struct invocation *in, const char *name, size_t i)
{
	for (size_t k = 0; k < in->given_count; k++)
		if (strcmp(in->given[k].flag->name, name) == 0 && i-- == 0)
			return in->given[k].value;
	return NULL;
}

const char *invocation_arg(const struct invocation *in, const char *name)
{
	const char *p = in->command->args;
	for (size_t i = 0; p && i < in->arg_count; i++) {
		size_t len = strcspn(p, " ");
		if (strlen(name) == len && memcmp(p, name, len) == 0)
			return in->args[i];
		p += len + (p[len] == ' ');
	}
	return NULL;
}

static void flags_help(const struct flag *flags)
{
	for (; flags && *flags->name; flags++)
		printf("  --%-24s %s%s\n", flags->name, flags->help,
		       flags->kind == FLAG_LIST ? " (may be repeated)" : "");
}

void command_help(const struct command *command)
{
	printf("pidcctl %s%s%s", command->noun, *command->verb ? " " : "", command->verb);
	if (command->args)
		printf(" <%s>", command->args);
	printf(" [options]\n\n%s\n", command->help);
	if (command->flags)
		printf("\nOptions:\n");
	flags_help(command->flags);
	printf("\nExample:\n  %s\n\nFor all commands:\n", command->example);
	flags_help(global_flags);
	printf("  -o FORMAT                  %s\n", output_flag.help);
}

bool command_help_noun(const char *noun)
{
	bool found = false;
	for (size_t i = 0; i < command_count; i++) {
		if (noun && strcmp(noun, commands[i].noun) != 0)
			continue;
		found = true;
		printf("  %-12s %-19s %s\n", commands[i].noun, commands[i].verb, commands[i].help);
	}
	return found;
}

void command_help_all(void)
{
	printf("pidcctl [options] NOUN VERB [arguments]\n\n");
	(void)command_help_noun(NULL);
	printf("\nFor all commands:\n");
	flags_help(global_flags);
	printf("  -o FORMAT                  %s\n\n", output_flag.help);
	printf("pidcctl NOUN VERB --help explains one command, pidcctl help exit-codes the exit "
	       "statuses.\n");
}
