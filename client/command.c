/* SPDX-License-Identifier: ISC */
#include "client/command_table.h"

#include <string.h>

const struct flag global_flags[] = {
	{"context", NULL, FLAG_VALUE, "settings of this name in config.ini", "NAME"},
	{"server", NULL, FLAG_VALUE, "where the register answers", "HOST:PORT"},
	{"ca", NULL, FLAG_VALUE, "root of the server's certificate", "FILE"},
	{"cert", NULL, FLAG_VALUE, "your certificate", "FILE"},
	{"key", NULL, FLAG_VALUE, "your private key", "FILE"},
	{"capacity", NULL, FLAG_VALUE, "function in which you act, e.g. FUNDER", "CAPACITY"},
	{"timeout", NULL, FLAG_VALUE, "how long to wait for an answer (30)", "SECONDS"},
	{"output", NULL, FLAG_VALUE, OUTPUT_FORMATS "; also -o", "FORMAT"},
	{"json", NULL, FLAG_VALUE, "the whole request as JSON: FILE, - or {TEXT}", "FILE"},
	{"request-id", "request_id", FLAG_VALUE, "makes a repeated write harmless", "UUID"},
	{"validate-only", "validate_only", FLAG_SWITCH, "check, change nothing", NULL},
	{"dry-run", "validate_only", FLAG_SWITCH, "the same as --validate-only", NULL},
	{"at-revision", NULL, FLAG_VALUE, "ask when the register has got so far", "N"},
	{"yes", NULL, FLAG_SWITCH, "do not ask", NULL},
	{"color", NULL, FLAG_VALUE, "auto, always or never", "WHEN"},
	{"no-pager", NULL, FLAG_SWITCH, "do not page a long answer", NULL},
	{"help", NULL, FLAG_SWITCH, "explain this command; also -h", NULL},
	END_FLAGS,
};

static const struct command_table *const tables[] = {
	&commands_local,   &commands_register, &commands_data,  &commands_disclosure,
	&commands_consent, &commands_request,  &commands_board, &commands_policy,
	&commands_mou,     &commands_ledger,
};

const struct command *command_at(size_t i)
{
	for (size_t k = 0; k < sizeof(tables) / sizeof(*tables); k++) {
		if (i < tables[k]->count)
			return &tables[k]->rows[i];
		i -= tables[k]->count;
	}
	return NULL;
}

const struct command *command_find(const char *noun, const char *verb, bool *ret_has_verb)
{
	const struct command *command = NULL;
	for (size_t i = 0; (command = command_at(i)); i++) {
		bool is_noun = strcmp(command->noun, noun) == 0;
		*ret_has_verb = *command->verb != '\0';
		if (is_noun && (!*ret_has_verb || (verb && strcmp(command->verb, verb) == 0)))
			return command;
	}
	return NULL;
}

bool command_is_write(const struct command *command)
{
	/* A stream of writes says so item by item. */
	return command->request &&
	       (strcmp(command->verb, "import") == 0 ||
		protobuf_c_message_descriptor_get_field_by_name(command->request, "request_id"));
}

bool command_has_flag(const struct command *command, const char *name)
{
	const struct flag *lists[] = {global_flags, command ? command->flags : NULL};
	for (size_t i = 0; i < 2; i++)
		for (const struct flag *flag = lists[i]; flag && *flag->name; flag++)
			if (strcmp(flag->name, name) == 0)
				return true;
	return false;
}
