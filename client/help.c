/* SPDX-License-Identifier: ISC
 *
 * Help that teaches: usage, what one should know, options, examples.
 */
#include "client/ctl.h"

#include <string.h>

static const char exit_codes[] =
	"0    yes, or done\n"
	"1    unexpected failure\n"
	"2    wrong usage, or a request that cannot be right\n"
	"3    the answer is no: denied, different, unhealthy\n"
	"4    identity: no certificate, or one expired, revoked or not registered\n"
	"5    not found, or not for you to see\n"
	"6    conflict: somebody changed it first, or --expect-revision is stale\n"
	"7    unavailable; safe to try again\n"
	"8    queued locally, not yet in the register (an agent says so)\n"
	"9    an integrity check failed; keep the output, it is evidence\n"
	"10   answer unknown: what is known locally is too old (an agent says so)\n"
	"130  interrupted\n";

/* Nouns with a page of their own; the others are in pidcctl(1). */
static const char *const paged_nouns[] = {
	"approval",   "board",   "consent",    "contribution", "data",   "dataset",
	"disclosure", "erasure", "ledger",     "mou",          "policy", "principal",
	"recall",     "request", "resolution", "upload",
};

const char *help_manual(const char *noun, char ret[64])
{
	bool has_page = false;
	for (size_t i = 0; i < sizeof(paged_nouns) / sizeof(*paged_nouns); i++)
		has_page = has_page || strcmp(noun, paged_nouns[i]) == 0;
	(void)snprintf(ret, 64, has_page ? "pidcctl-%.40s(1)" : "pidcctl(1)", noun);
	return ret;
}

static void heading(const struct ctl *ctl, const char *text)
{
	(void)fputc('\n', stdout);
	terminal_paint(&ctl->output.terminal, stdout, PAINT_BOLD, text);
	(void)fputc('\n', stdout);
}

/* The option and what it takes, then its words in a column; where the first is long, on
 * a line of their own. */
static void flags_print(const struct flag *flags)
{
	for (; flags && *flags->name; flags++) {
		char option[80];
		const char *value = flags->value ? flags->value : "VALUE";
		bool has_value = flags->kind != FLAG_SWITCH;
		(void)snprintf(option, sizeof(option), "--%s%s%s", flags->name,
			       has_value ? " " : "", has_value ? value : "");
		if (strlen(option) > 28)
			printf("  %s\n  %-28s", option, "");
		else
			printf("  %-28s", option);
		printf(" %s%s\n", flags->help, flags->kind == FLAG_LIST ? " (repeatable)" : "");
	}
}

/* Each line indented; for text of several lines. */
static void lines_print(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		printf("  %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void args_print(const char *args)
{
	for (; args && *args; args += strspn(args, " ")) {
		size_t len = strcspn(args, " ");
		bool is_optional = *args == '[';
		(void)fputs(is_optional ? " " : " <", stdout);
		for (size_t i = 0; i < len; i++)
			(void)fputc(args[i] == '_' ? '-' : args[i], stdout);
		(void)fputs(is_optional ? "" : ">", stdout);
		args += len;
	}
}

void help_command(struct ctl *ctl, const struct command *command)
{
	char page[64];
	terminal_pager_start(&ctl->output.terminal);
	printf("pidcctl %s%s%s", command->noun, *command->verb ? " " : "", command->verb);
	args_print(command->args);
	printf(" [options]\n\n%s\n", command->help);
	if (command->about)
		printf("\n%s%s", command->about,
		       command->about[strlen(command->about) - 1] == '\n' ? "" : "\n");
	heading(ctl, "Examples");
	lines_print(command->example);
	if (command->flags)
		heading(ctl, "Options");
	flags_print(command->flags);
	heading(ctl, "Options of all commands");
	flags_print(global_flags);
	printf("\nTimes are RFC 3339 with a zone, 2026-11-24T00:00:00Z. See %s and\n"
	       "pidcctl help exit-codes.\n",
	       help_manual(command->noun, page));
	terminal_pager_end(&ctl->output.terminal);
}

/* The verbs of a noun, or of all. False: no such noun. */
static bool nouns_print(const char *noun)
{
	const struct command *command = NULL;
	const char *last = "";
	bool has_any = false;
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (noun && strcmp(noun, command->noun) != 0)
			continue;
		has_any = true;
		printf("  %-12s %-18s %s\n", strcmp(last, command->noun) == 0 ? "" : command->noun,
		       command->verb, command->help);
		last = command->noun;
	}
	return has_any;
}

static void help_all(struct ctl *ctl)
{
	terminal_pager_start(&ctl->output.terminal);
	(void)fputs("pidcctl NOUN VERB [arguments] [options]\n", stdout);
	heading(ctl, "Commands");
	(void)nouns_print(NULL);
	heading(ctl, "Options of all commands");
	flags_print(global_flags);
	(void)fputs("\npidcctl NOUN VERB --help explains a command, with examples; "
		    "pidcctl help\nexit-codes the exit statuses; pidcctl(1) the rest.\n",
		    stdout);
	terminal_pager_end(&ctl->output.terminal);
}

int help_topic(struct ctl *ctl, const char *noun, const char *verb)
{
	bool has_verb = false;
	const struct command *command = noun ? command_find(noun, verb, &has_verb) : NULL;
	if (!noun) {
		help_all(ctl);
	} else if (strcmp(noun, "exit-codes") == 0) {
		(void)fputs(exit_codes, stdout);
	} else if (command) {
		help_command(ctl, command);
	} else if (verb || !nouns_print(noun)) {
		return ctl_fail(ctl, EXIT_USAGE, "", "there is no help on that; see pidcctl help");
	}
	return EXIT_OK;
}
