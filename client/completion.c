/* SPDX-License-Identifier: ISC
 *
 * Completion: the shells' scripts only call pidcctl __complete, which knows the tables.
 * It asks nothing of the register: a satellite link is no place to wait for a TAB.
 */
#include "client/ctl.h"

#include <string.h>

static const char bash_script[] =
	"# bash completion of pidcctl\n"
	"_pidcctl()\n"
	"{\n"
	"\tlocal IFS=$'\\n'\n"
	"\tCOMPREPLY=($(pidcctl __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
	"\t[[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "
	"\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	"}\n"
	"complete -o filenames -F _pidcctl pidcctl\n";

static const char zsh_script[] =
	"#compdef pidcctl\n"
	"local -a found\n"
	"found=(\"${(@f)$(pidcctl __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
	"if [[ -n \"$found\" ]]; then compadd -- $found; else _files; fi\n";

static const char fish_script[] = "# fish completion of pidcctl\n"
				  "function __pidcctl_complete\n"
				  "\tset -l words (commandline -opc) (commandline -ct)\n"
				  "\tpidcctl __complete $words[2..-1] 2>/dev/null\n"
				  "end\n"
				  "complete -c pidcctl -a '(__pidcctl_complete)'\n";

int ctl_completion(struct ctl *ctl)
{
	const char *shell = ctl->in->command->verb;
	(void)fputs(strcmp(shell, "bash") == 0  ? bash_script
		    : strcmp(shell, "zsh") == 0 ? zsh_script
						: fish_script,
		    stdout);
	return EXIT_OK;
}

static void offer(const char *word, const char *begin)
{
	if (strncmp(word, begin, strlen(begin)) == 0)
		(void)puts(word);
}

static const struct flag *flag_of(const struct command *command, const char *option)
{
	const struct flag *lists[] = {global_flags, command ? command->flags : NULL};
	if (strcmp(option, "-o") == 0)
		option = "--output";
	for (size_t i = 0; i < 2; i++)
		for (const struct flag *flag = lists[i]; flag && *flag->name; flag++)
			if (strncmp(option, "--", 2) == 0 && strcmp(flag->name, option + 2) == 0)
				return flag;
	return NULL;
}

static void offer_flags(const struct flag *flags, const char *begin)
{
	for (; flags && *flags->name; flags++) {
		char option[80];
		(void)snprintf(option, sizeof(option), "--%s", flags->name);
		offer(option, begin);
	}
}

/* Nouns, or the verbs of one; each once. */
static void offer_words(const char *noun, const char *begin)
{
	const struct command *command = NULL;
	const char *last = "";
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (!noun && strcmp(last, command->noun) != 0)
			offer(command->noun, begin);
		if (noun && *command->verb && strcmp(noun, command->noun) == 0)
			offer(command->verb, begin);
		last = command->noun;
	}
	if (!noun)
		offer("help", begin);
}

/* What a flag's value can be, where the program knows it. */
static bool offer_values(const struct flag *flag, const char *begin)
{
	static const struct {
		const char *flag;
		const char *words[8];
	} rows[] = {
		{"output", {"table", "wide", "json", "jsonl", "csv", "name"}},
		{"color", {"auto", "always", "never"}},
		{"progress", {"auto", "json", "none"}},
		{"language", {"en", "fr"}},
		{"mode", {"add", "exclusive"}},
		{"class-mode", {"pinned", "open"}},
		{"action", {"DISCOVER", "READ", "COPY", "DERIVE", "REDISTRIBUTE", "PUBLISH"}},
		{"granularity", {"AGGREGATE", "DEIDENTIFIED", "CASE_LEVEL", "PERSONAL"}},
		{"classification", {"CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"}},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].flag, flag->name) != 0)
			continue;
		for (size_t k = 0; k < 8 && rows[i].words[k]; k++)
			offer(rows[i].words[k], begin);
		return true;
	}
	return false;
}

int completion_words(int argc, char *const *argv)
{
	const char *words[2] = {NULL, NULL};
	const char *last = argc > 0 ? argv[argc - 1] : "";
	const struct flag *waiting = NULL; /* the flag before last, if it takes a value */
	const struct command *command = NULL;
	bool has_verb = false;
	size_t n = 0;
	for (int i = 0; i + 1 < argc; i++) {
		bool is_value = waiting != NULL;
		waiting = NULL;
		if (!is_value && argv[i][0] == '-') {
			const struct flag *flag = flag_of(command, argv[i]);
			waiting = flag && flag->kind != FLAG_SWITCH ? flag : NULL;
		} else if (!is_value && n < 2) {
			words[n++] = argv[i];
			command = command_find(words[0], words[1], &has_verb);
		}
	}
	if (waiting)
		(void)offer_values(waiting, last);
	else if (*last == '-') {
		offer_flags(command ? command->flags : NULL, last);
		offer_flags(global_flags, last);
	} else if (n == 0) {
		offer_words(NULL, last);
	} else if (n == 1 && !(command && !has_verb)) {
		offer_words(words[0], last);
	}
	return EXIT_OK;
}
