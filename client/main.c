/* SPDX-License-Identifier: ISC
 *
 * pidcctl: asks and tells the register.
 */
#include "client/ctl.h"
#include "core/crypto.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static void on_interrupt(int signal)
{
	(void)signal;
	_exit(130);
}

static int run(struct ctl *ctl)
{
	const struct command *command = ctl->in->command;
	int status = ctl_contexts(ctl);
	if (status == EXIT_OK)
		status = confirm_check(ctl);
	if (status == EXIT_OK)
		status = ctl_revision_wait(ctl);
	/* Who signs is asked when there is something to read. */
	if (status == EXIT_OK && command->confirm == CONFIRM_ID && !command->run)
		status = confirm_ask(ctl);
	if (status != EXIT_OK)
		return status;
	if (command->run)
		return command->run(ctl);
	return ctl_is_paged(command) ? ctl_list(ctl) : ctl_plain(ctl);
}

/* The format counts also for what is wrong with the command line itself. */
static const char *format_find(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool is_output = strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0;
		if (is_output && i + 1 < argc)
			return argv[i + 1];
		if (strncmp(argv[i], "--output=", 9) == 0)
			return argv[i] + 9;
	}
	return NULL;
}

static int output_setup(struct ctl *ctl, int argc, char **argv)
{
	const char *format = format_find(argc, argv);
	const char *colour = invocation_flag(ctl->in, "color", 0);
	ctl->output.out = stdout;
	if (!terminal_init(&ctl->output.terminal, colour))
		return ctl_fail(ctl, EXIT_USAGE, "", "--color is auto, always or never");
	if (format && !output_format_parse(format, &ctl->output.format))
		return ctl_fail(ctl, EXIT_USAGE, "", "-o is " OUTPUT_FORMATS);
	if (invocation_flag(ctl->in, "no-pager", 0))
		(void)setenv("PIDC_PAGER", "", 1);
	return EXIT_OK;
}

static void trace_make(struct ctl *ctl)
{
	uint8_t bytes[16];
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ctl->trace_id + 2 * i, 3, "%02x", bytes[i]);
}

/* Words that are no command of the table. True: *ret_status is the end. */
static bool special(struct ctl *ctl, int argc, char **argv, int *ret_status)
{
	const char *word = argc > 1 ? argv[1] : "";
	*ret_status = EXIT_OK;
	if (strcmp(word, "--version") == 0)
		(void)puts("pidcctl " PIDC_VERSION);
	else if (strcmp(word, "help") == 0)
		*ret_status = help_topic(ctl, argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
	else if (strcmp(word, "__complete") == 0)
		*ret_status = completion_words(argc - 2, argv + 2);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct invocation in;
	struct pidc_error err = {.code = 0};
	static struct ctl ctl = {.in = &in};
	struct sigaction interrupt = {.sa_handler = on_interrupt};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	int status = EXIT_OK;
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)terminal_init(&ctl.output.terminal, NULL);
	trace_make(&ctl);
	if (special(&ctl, argc, argv, &status))
		return status;
	bool is_parsed = invocation_parse(argc - 1, argv + 1, &in, &err) == 0;
	status = output_setup(&ctl, argc, argv);
	if (status != EXIT_OK)
		return status;
	if (!is_parsed)
		return ctl_error(&ctl, &err);
	if (in.wants_help) {
		if (in.command)
			help_command(&ctl, in.command);
		return in.command ? EXIT_OK : help_topic(&ctl, NULL, NULL);
	}
	if (!in.command)
		return ctl_fail(&ctl, EXIT_USAGE, "", "nothing to do: see pidcctl help");
	ctl.arena = arena_new(CTL_MEMORY_MAX);
	if (!ctl.arena)
		return ctl_fail(&ctl, EXIT_UNEXPECTED, "", "no memory");
	status = run(&ctl);
	channel_close(ctl.channel);
	arena_free(ctl.arena);
	return status;
}
