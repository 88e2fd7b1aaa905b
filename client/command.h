/* SPDX-License-Identifier: ISC
 *
 * The one table that says what pidcctl can do: it drives the parser, the help,
 * the requests and the test of the manual.
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
};

struct command {
	const char *noun;
	const char *verb; /* "" when the noun is enough */
	/* Positional arguments: names of request fields, or of the command's own
	 * when run is set, separated by blanks. */
	const char *args;
	const struct flag *flags; /* ends with an empty name; may be NULL */
	const char *path;
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	const char *columns; /* of the table, JSON paths separated by blanks; NULL: all */
	const char *help;
	const char *example;
	bool is_confirmed; /* asks before it acts, unless --yes */
	/* NULL: one call, one answer. Returns an exit status. */
	int (*run)(struct ctl *ctl);
};

extern const struct command commands[];
extern const size_t command_count;
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

/* Help texts to the standard output. */
void command_help_all(void);
bool command_help_noun(const char *noun); /* false: no such noun */
void command_help(const struct command *command);
