/* SPDX-License-Identifier: ISC
 *
 * How far a long command is, on the standard error: what the register has
 * acknowledged, not what was sent. One line that changes on a terminal, a line
 * every 30 s elsewhere, or JSON lines for scripts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_mode { PROGRESS_NONE, PROGRESS_TERMINAL, PROGRESS_LINES, PROGRESS_JSON };

struct progress {
	enum progress_mode mode;
	const char *noun; /* what is counted, e.g. "rows" */
	uint64_t total;
	uint64_t done;
	uint64_t started_ms;
	uint64_t shown_ms;
	uint64_t started_done; /* what was done when the rate began */
	bool has_line;         /* on the terminal, without its end */
};

/* "auto", "json" or "none"; false for another word. NULL is auto. */
bool progress_init(struct progress *progress, const char *word, const char *noun, uint64_t total);

/* Show where it is due; call it as often as you like. */
void progress_tick(struct progress *progress);

/* Take the line from the terminal, so that another text can stand there. */
void progress_clear(struct progress *progress);

/* The last line. */
void progress_end(struct progress *progress);

/* "1:02:03" or "4:05"; ret has 24 bytes. */
void progress_duration(uint64_t seconds, char ret[24]);
