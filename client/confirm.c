/* SPDX-License-Identifier: ISC
 *
 * Questions before what cannot be undone. Nothing is ever assumed: without a terminal
 * and without --yes a command ends at once. The real protection is the register's.
 */
#include "client/ctl.h"

#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool needs_no_question(const struct ctl *ctl)
{
	return ctl->in->command->confirm == CONFIRM_NONE || ctl_is_dry(ctl) ||
	       invocation_flag(ctl->in, "text-only", 0) || invocation_flag(ctl->in, "preview", 0);
}

/* What --yes has to come with, where the command has it: the record as it was when
 * somebody looked. */
static const char *missing_expectation(const struct ctl *ctl)
{
	static const char *const names[] = {"expect-revision", "expected-version", "expect-count"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (command_has_flag(ctl->in->command, names[i]))
			return invocation_flag(ctl->in, names[i], 0) ? NULL : names[i];
	return NULL;
}

int confirm_check(struct ctl *ctl)
{
	bool is_sure = invocation_flag(ctl->in, "yes", 0) != NULL;
	bool is_final = ctl->in->command->confirm >= CONFIRM_ID;
	const char *missing = missing_expectation(ctl);
	char text[120];
	if (needs_no_question(ctl))
		return EXIT_OK;
	if (is_final && command_has_flag(ctl->in->command, "reason") &&
	    !invocation_flag(ctl->in, "reason", 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "this cannot be undone: give --reason TEXT");
	if (is_final && is_sure && missing) {
		(void)snprintf(text, sizeof(text),
			       "this cannot be undone: --yes needs --%s N, as you last saw it",
			       missing);
		return ctl_fail(ctl, EXIT_USAGE, "", text);
	}
	if (!is_sure && !isatty(STDIN_FILENO))
		return ctl_fail(ctl, EXIT_USAGE, "",
				is_final && missing
					? "there is no terminal to ask on: give --yes, and with it "
					  "what you expect"
					: "there is no terminal to ask on: give --yes");
	return EXIT_OK;
}

int confirm_ask(struct ctl *ctl)
{
	bool is_final = ctl->in->command->confirm >= CONFIRM_ID;
	const char *id = ctl->confirm_word ? ctl->confirm_word : ctl->in->args[0];
	const char *wanted = is_final ? id : "yes";
	char answer[512] = "";
	if (needs_no_question(ctl) || invocation_flag(ctl->in, "yes", 0))
		return EXIT_OK;
	/* What was typed before the question is no answer to it. */
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	if (is_final)
		(void)fprintf(stderr, "This cannot be undone. Type %s to do it: ", wanted);
	else
		(void)fputs("Sign it? Type yes: ", stderr);
	if (fgets(answer, sizeof(answer), stdin)) {
		answer[strcspn(answer, "\r\n")] = '\0';
		if (wanted && strcmp(answer, wanted) == 0)
			return EXIT_OK;
	}
	return ctl_fail(ctl, EXIT_NO, "", "not confirmed, so nothing was done");
}
