/* SPDX-License-Identifier: ISC
 *
 * Commands that ask nothing of the register.
 */
#include "client/command_table.h"

static const struct command commands[] = {
	{"context", "list", .run = ctl_context_list,
	 .columns = "name server cert production current",
	 .help = "The settings that you have names for.",
	 .about = "A context is a section [context \"NAME\"] of config.ini with server, ca, cert,\n"
		  "key, capacity and production. --context or PIDC_CONTEXT chooses one; else\n"
		  "the key context of the section [pidcctl]. A flag stands over PIDC_*, and\n"
		  "that over the context.",
	 .example = "pidcctl context list\n"
		    "pidcctl --context prod whoami"},
	{"context", "show", .run = ctl_context_show,
	 .help = "The settings in force, and where from.",
	 .example = "pidcctl context show --context prod"},
	{"completion", "bash", .run = ctl_completion, .help = "Completion for bash.",
	 .example = "pidcctl completion bash >~/.local/share/bash-completion/completions/pidcctl"},
	{"completion", "zsh", .run = ctl_completion, .help = "Completion for zsh.",
	 .example = "pidcctl completion zsh >~/.zfunc/_pidcctl"},
	{"completion", "fish", .run = ctl_completion, .help = "Completion for fish.",
	 .example = "pidcctl completion fish >~/.config/fish/completions/pidcctl.fish"},
};

const struct command_table commands_local = TABLE(commands);
