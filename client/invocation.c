/* SPDX-License-Identifier: ISC */
#include "client/command.h"

#include <stdio.h>
#include <string.h>

static const struct flag *flags_find(const struct flag *flags, const char *name, size_t len)
{
	for (; flags && *flags->name; flags++)
		if (strlen(flags->name) == len && memcmp(flags->name, name, len) == 0)
			return flags;
	return NULL;
}

/* The two options that have a letter. */
static const char *long_name(const char *option)
{
	if (strcmp(option, "-o") == 0)
		return "--output";
	return strcmp(option, "-h") == 0 ? "--help" : option;
}

static size_t args_limit(const struct command *command)
{
	size_t n = command->args ? 1 : 0;
	for (const char *p = command->args; p && *p; p++)
		n += *p == ' ';
	return n;
}

/* Those in brackets may be left out; with --json only those are needed that are no fields
 * of the request, such as a file. */
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
		if (*p != '[' &&
		    (!invocation_flag(in, "json", 0) || !in->command->request ||
		     !protobuf_c_message_descriptor_get_field_by_name(in->command->request, name)))
			needed = n;
		p += len;
	}
	return needed;
}

/* Take the option at argv[*i]; its value may be the next word. */
static int option_take(struct invocation *in, int argc, char *const *argv, int *i,
		       struct pidc_error *err)
{
	const char *option = long_name(argv[*i]);
	const char *name = option + (option[1] == '-' ? 2 : 1);
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct flag *flag = option[1] == '-' ? flags_find(global_flags, name, len) : NULL;
	if (!flag && option[1] == '-' && in->command)
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

/* Options stand before or after noun and verb, so the words are found first: those
 * that are neither an option nor the value of a global one. */
static void words_find(int argc, char *const *argv, const char *ret[2])
{
	size_t n = 0;
	for (int i = 0; i < argc && n < 2; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			ret[n++] = argv[i];
			continue;
		}
		const char *option = long_name(argv[i]);
		const struct flag *flag = NULL;
		if (option[1] == '-')
			flag = flags_find(global_flags, option + 2, strlen(option + 2));
		if (flag && flag->kind != FLAG_SWITCH)
			i++;
	}
}

/* Of a known noun say the verbs. */
static int no_command(const char *const words[2], struct pidc_error *err)
{
	const struct command *command = NULL;
	char verbs[128] = "";
	size_t len = 0;
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (strcmp(command->noun, words[0]) != 0 || len >= sizeof(verbs))
			continue;
		len += (size_t)snprintf(verbs + len, sizeof(verbs) - len, "%s%s", len ? ", " : "",
					command->verb);
	}
	if (!*verbs)
		return pidc_fail(err, PIDC_EINVAL, "there is no noun \"%.60s\"", words[0]);
	if (!words[1])
		return pidc_fail(err, PIDC_EINVAL, "a verb is missing: %s", verbs);
	return pidc_fail(err, PIDC_EINVAL, "there is no \"%.40s %.40s\"; there is: %s", words[0],
			 words[1], verbs);
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
		return no_command(words, err);
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
		const char *word = p + (*p == '[');
		if (strncmp(word, name, strlen(name)) == 0 && strchr(" ]", word[strlen(name)]))
			return in->args[i];
		p += len + (p[len] == ' ');
	}
	return NULL;
}
