/* SPDX-License-Identifier: ISC */
#include "client/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80

static bool is_set(const char *name)
{
	const char *value = getenv(name);
	return value && *value && strcmp(value, "0") != 0;
}

/* https://no-color.org and https://bixense.com/clicolors: the first asks for any
 * value that is not empty. */
static bool wants_colour(int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (none && *none)
		return false;
	if (is_set("CLICOLOR_FORCE"))
		return true;
	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

static unsigned width_of(int fd)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;
	if (n >= 20 && n <= 10000)
		return (unsigned)n;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return WIDTH_DEFAULT;
}

bool terminal_init(struct terminal *terminal, const char *word)
{
	*terminal = (struct terminal){.is_tty = isatty(STDOUT_FILENO) == 1};
	if (terminal->is_tty)
		terminal->width = width_of(STDOUT_FILENO);
	if (!word || strcmp(word, "auto") == 0) {
		terminal->has_colour = wants_colour(STDOUT_FILENO);
		terminal->has_error_colour = wants_colour(STDERR_FILENO);
		return true;
	}
	terminal->has_colour = terminal->has_error_colour = strcmp(word, "always") == 0;
	return terminal->has_colour || strcmp(word, "never") == 0;
}

void terminal_paint(const struct terminal *terminal, FILE *out, enum paint paint, const char *text)
{
	static const char *const codes[] = {
		[PAINT_BOLD] = "1",
		[PAINT_GOOD] = "32",
		[PAINT_BAD] = "31",
		[PAINT_WARN] = "33",
	};
	bool has_colour = out == stderr ? terminal->has_error_colour : terminal->has_colour;
	if (has_colour)
		(void)fprintf(out, "\x1b[%sm%s\x1b[0m", codes[paint], text);
	else
		(void)fputs(text, out);
}

static const char *pager_command(void)
{
	const char *command = getenv("PIDC_PAGER");
	if (!command)
		command = getenv("PAGER");
	if (!command)
		command = "less -FRX";
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

void terminal_pager_start(struct terminal *terminal)
{
	const char *command = pager_command();
	int ends[2];
	if (!terminal->is_tty || terminal->pager || !command || pipe(ends) < 0)
		return;
	(void)fflush(stdout);
	terminal->pager = fork();
	if (terminal->pager == 0) {
		(void)dup2(ends[0], STDIN_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		(void)setenv("LESSCHARSET", "utf-8", 0);
		/* A pager that is not there must not lose the answer. */
		(void)execl("/bin/sh", "sh", "-c", "eval \"$0\" || exec cat", command,
			    (char *)NULL);
		_exit(127);
	}
	if (terminal->pager > 0)
		(void)dup2(ends[1], STDOUT_FILENO);
	else
		terminal->pager = 0;
	(void)close(ends[0]);
	(void)close(ends[1]);
}

void terminal_pager_end(struct terminal *terminal)
{
	int status = 0;
	if (!terminal->pager)
		return;
	(void)fflush(stdout);
	(void)close(STDOUT_FILENO);
	(void)waitpid(terminal->pager, &status, 0);
	terminal->pager = 0;
}
