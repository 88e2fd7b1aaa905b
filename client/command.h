/* SPDX-License-Identifier: ISC
 *
 * The tables that say what pidcctl can do: they drive the parser, the help, the
 * requests, the completion and the test of the manuals. A noun's rows stand in
 * commands_*.c.
 */
#pragma once

#include "core/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl;

enum flag_kind {
	FLAG_VALUE,  /* --name VALUE, once */
	FLAG_LIST,   /* --name VALUE, again and again */
	FLAG_SWITCH, /* --name */
};

struct flag {
	const char *name;  /* without dashes */
	const char *field; /* dotted path in the request; NULL: the command's own */
	enum flag_kind kind;
	const char *help;
	const char *value; /* what it takes, e.g. "ID"; NULL: VALUE */
};

enum confirm_level {
	CONFIRM_NONE,
	/* Signs: shows what, and asks for a yes; --yes leaves the question out. */
	CONFIRM_SIGN,
	/* Cannot be undone: --reason, and the id typed again; --yes only together with
	 * --expect-revision, where the command has it. */
	CONFIRM_ID,
	/* The same of many records: their number is typed, --yes needs --expect-count. */
	CONFIRM_COUNT,
};

struct command {
	const char *noun;
	const char *verb; /* "" when the noun is enough */
	/* Positional arguments: names of request fields, or of the command's own
	 * when run is set, separated by blanks. */
	const char *args;
	const struct flag *flags; /* ends with an empty name; may be NULL */
	const char *path;         /* of the RPC; NULL: nothing is asked of the register */
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	const char *columns; /* of the table, as in client/table.h, the id first; NULL: all */
	const char *help;    /* one line */
	const char *about;   /* what one should know, lines of at most 78; may be NULL */
	const char *example; /* lines, each a command or a comment */
	enum confirm_level confirm;
	/* NULL: one call, one answer. Returns an exit status. */
	int (*run)(struct ctl *ctl);
};

/* The i-th of all commands, those of a noun together; NULL behind the last. */
const struct command *command_at(size_t i);
/* By its words; *ret_has_verb: the second word belongs to it. NULL: none. */
const struct command *command_find(const char *noun, const char *verb, bool *ret_has_verb);
bool command_is_write(const struct command *command);

extern const struct flag global_flags[];

/* What was typed, split by the table. */
#define INVOCATION_MAX 1024 /* flags and arguments in one command line */

struct invocation {
	const struct command *command;
	bool wants_help;
	size_t arg_count;
	const char *args[4];
	size_t given_count;
	struct {
		const struct flag *flag;
		const char *value; /* "true" for a switch */
	} given[INVOCATION_MAX];
};

/* Split argv after the program's name; borrows its strings. PIDC_EINVAL with what
 * is wrong. command is NULL when only global flags were given. */
int invocation_parse(int argc, char *const *argv, struct invocation *ret,
		     struct pidc_error *err) PIDC_MUSTCHECK;

/* Value of a flag (the i-th where it repeats), or NULL. */
const char *invocation_flag(const struct invocation *in, const char *name, size_t i);

/* Argument by its name in the table, or NULL. */
const char *invocation_arg(const struct invocation *in, const char *name);

/* True: the command has a flag of this name, its own or one of all. */
bool command_has_flag(const struct command *command, const char *name);
