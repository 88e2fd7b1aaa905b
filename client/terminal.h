/* SPDX-License-Identifier: ISC
 *
 * What stands at the other end of the standard output and error: colours, width
 * and pager. In a pipe there is none of them.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum paint { PAINT_BOLD, PAINT_GOOD, PAINT_BAD, PAINT_WARN };

struct terminal {
	bool is_tty; /* the standard output, before a pager took it */
	bool has_colour;
	bool has_error_colour; /* on the standard error */
	unsigned width;        /* columns; 0 where nothing is cut */
	pid_t pager;           /* 0: none runs */
};

/* Look at the environment: NO_COLOR, CLICOLOR_FORCE, TERM. word is that of --color,
 * NULL for auto; false for one that is not auto, always or never. */
bool terminal_init(struct terminal *terminal, const char *word);

/* text in a colour where there are colours. */
void terminal_paint(const struct terminal *terminal, FILE *out, enum paint paint, const char *text);

/* Send the standard output through PIDC_PAGER, PAGER or less, on a terminal only.
 * "" and "cat" mean none. */
void terminal_pager_start(struct terminal *terminal);

/* Wait until the reader has left the pager. */
void terminal_pager_end(struct terminal *terminal);
