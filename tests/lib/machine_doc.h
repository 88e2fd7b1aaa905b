/* SPDX-License-Identifier: ISC
 *
 * The table of a state machine as the documentation has it.
 */
#pragma once

#include "core/machine.h"

/* Assert that doc/FILE holds the table of the machine between the lines
 * "<!-- machine: NOUN -->" and "<!-- end -->", word for word; what it should hold is
 * printed when it does not. */
void machine_doc_check(const struct machine *machine, const char *file);

/* Assert what every table has to be: known states and events, no move twice, every state
 * but the first reached, guards without gaps and each once. */
void machine_table_check(const struct machine *machine);
