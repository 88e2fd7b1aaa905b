/* SPDX-License-Identifier: ISC
 *
 * Data of others on its way to a terminal or a spreadsheet, which both carry out
 * what they are shown.
 */
#pragma once

#include <stdio.h>

/* One CSV cell: quoted where needed; a cell that a spreadsheet would run gets a
 * quote in front of it. */
void escape_csv(FILE *out, const char *text);

/* text with control characters and bidirectional overrides spelled out, so that
 * data cannot drive the terminal. Caller frees; NULL when memory is short. */
char *escape_terminal(const char *text);

/* The same, printed; "?" when memory is short. */
void escape_print(FILE *out, const char *text);
