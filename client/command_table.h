/* SPDX-License-Identifier: ISC
 *
 * What the tables of commands are written with. Private to commands_*.c.
 */
#pragma once

#include "client/command.h"
#include "client/ctl.h"

struct command_table {
	const struct command *rows;
	size_t count;
};

extern const struct command_table commands_local;
extern const struct command_table commands_register;
extern const struct command_table commands_data;
extern const struct command_table commands_disclosure;
extern const struct command_table commands_board;
extern const struct command_table commands_mou;
extern const struct command_table commands_policy;
extern const struct command_table commands_consent;
extern const struct command_table commands_request;
extern const struct command_table commands_ledger;

#define TABLE(commands)                                                             \
	{                                                                           \
		.rows = (commands), .count = sizeof(commands) / sizeof(*(commands)) \
	}

/* Path and both descriptors of one RPC. */
#define RPC(service, method, in, out)                                                     \
	.path = "/pidc.v1." service "/" method, .request = &pidc__v1__##in##__descriptor, \
	.response = &pidc__v1__##out##__descriptor

#define PAGE_FLAGS                                                                            \
	{"limit", NULL, FLAG_VALUE, "at most so many; else all", "N"},                        \
		{"page-size", "page_size", FLAG_VALUE, "so many with each call", "N"},        \
	{                                                                                     \
		"page-token", "page_token", FLAG_VALUE, "go on where a list stopped", "TOKEN" \
	}
#define END_FLAGS                                 \
	{                                         \
		"", NULL, FLAG_SWITCH, NULL, NULL \
	}
/* Of commands that cannot be undone. */
#define EXPECT_FLAG                                                                             \
	{                                                                                       \
		"expect-revision", NULL, FLAG_VALUE, "refuse if it has changed since then", "N" \
	}
