/* SPDX-License-Identifier: ISC
 *
 * pidcctl: asks and tells the register.
 */
#include "client/ctl.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Everything one run unpacks; answers are pages of at most 1 MiB on the wire. */
#define MEMORY_MAX ((size_t)512 * 1024 * 1024)

static const char exit_codes[] =
	"0    yes, or done\n"
	"1    unexpected failure\n"
	"2    wrong usage\n"
	"3    the answer is no: denied, different, unhealthy\n"
	"4    identity: no certificate, or one expired, revoked or not registered\n"
	"5    not found, or not for you to see\n"
	"6    conflict: somebody changed it first\n"
	"7    unavailable; safe to try again\n"
	"9    an integrity check failed; keep the output, it is evidence\n"
	"130  interrupted\n";

static void on_interrupt(int signal)
{
	(void)signal;
	_exit(130);
}

static int help(const char *topic)
{
	if (!topic)
		command_help_all();
	else if (strcmp(topic, "exit-codes") == 0)
		(void)fputs(exit_codes, stdout);
	else if (!command_help_noun(topic)) {
		(void)fprintf(stderr, "pidcctl: no help on \"%s\"; see pidcctl help\n", topic);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* What cannot be undone is asked for, and never assumed. */
static int confirm(struct ctl *ctl)
{
	char answer[8] = "";
	if (!ctl->in->command->is_confirmed || invocation_flag(ctl->in, "yes", 0))
		return EXIT_OK;
	if (!isatty(STDIN_FILENO))
		return ctl_fail(ctl, EXIT_USAGE, "", "this cannot be undone: give --yes");
	(void)fputs("This cannot be undone. Type yes: ", stderr);
	if (fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0)
		return EXIT_OK;
	return ctl_fail(ctl, EXIT_NO, "", "not confirmed, nothing was done");
}

static const char *format_find(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-o") == 0)
			return argv[i + 1];
	return NULL;
}

static int run(struct ctl *ctl)
{
	int status = confirm(ctl);
	if (status != EXIT_OK)
		return status;
	return ctl->in->command->run ? ctl->in->command->run(ctl) : ctl_plain(ctl);
}

int main(int argc, char **argv)
{
	static struct invocation in;
	struct pidc_error err = {.code = 0};
	struct ctl ctl = {.in = &in};
	struct sigaction interrupt = {.sa_handler = on_interrupt};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		(void)puts("pidcctl " PIDC_VERSION);
		return EXIT_OK;
	}
	if (argc > 1 && strcmp(argv[1], "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	bool is_parsed = invocation_parse(argc - 1, argv + 1, &in, &err) == 0;
	/* Also for what is wrong with the command line itself. */
	const char *format = format_find(argc, argv);
	if (format && !output_format_parse(format, &ctl.format))
		return ctl_fail(&ctl, EXIT_USAGE, "", "-o is table, json, jsonl, csv or name");
	if (!is_parsed)
		return ctl_error(&ctl, &err);
	if (in.wants_help && in.command)
		command_help(in.command);
	if (in.wants_help && !in.command)
		command_help_all();
	if (in.wants_help)
		return EXIT_OK;
	if (!in.command)
		return ctl_fail(&ctl, EXIT_USAGE, "", "nothing to do: see pidcctl help");
	ctl.arena = arena_new(MEMORY_MAX);
	if (!ctl.arena)
		return ctl_fail(&ctl, EXIT_UNEXPECTED, "", "no memory");
	int status = run(&ctl);
	channel_close(ctl.channel);
	arena_free(ctl.arena);
	return status;
}
