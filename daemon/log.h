/* SPDX-License-Identifier: ISC
 *
 * The daemon's log: one line an event, `component event key=value ...`, to
 * standard error; with a priority prefix that journald understands when systemd
 * reads it. Values are escaped, so that no peer can forge a line. Never log
 * secrets, message bodies or pointers: ids are numbers.
 *
 * Usable from any thread: a line is one write.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* One key with its value; text NULL means the number counts. */
struct log_pair {
	const char *key;
	const char *text;
	uint64_t number;
};

#define LOG_PAIRS_MAX 12   /* our own lines have fewer */
#define LOG_LINE_MAX  2048 /* longer lines are cut: journald splits at 48 KiB, terminals sooner */

/* "error", "warning", "info" or "debug"; PIDC_EINVAL for anything else. */
int log_level_parse(const char *name, enum log_level *ret) PIDC_MUSTCHECK;

/* Lines above this level are dropped. Any time, any thread. */
void log_init(enum log_level level);
bool log_is_on(enum log_level level);

/* Write a line. pairs ends with a pair whose key is NULL. */
void log_pairs(enum log_level level, const char *component, const char *event,
	       const struct log_pair *pairs);

/* Lay out the line without writing it: at most cap bytes with the NUL, without a newline.
 * Returns its length. */
size_t log_format(char *buf, size_t cap, const char *component, const char *event,
		  const struct log_pair *pairs);

/* LOG(INFO, "conn", "open", TEXT("peer", id), NUMBER("conn", 7)) */
#define LOG(level, component, event, ...)                                                   \
	do {                                                                                \
		if (log_is_on(LOG_LEVEL_##level))                                           \
			log_pairs(LOG_LEVEL_##level, component, event,                      \
				  (const struct log_pair[]){__VA_ARGS__, {NULL, NULL, 0}}); \
	} while (0)
#define TEXT(key, value)      \
	{                     \
		key, value, 0 \
	}
#define NUMBER(key, value)                   \
	{                                    \
		key, NULL, (uint64_t)(value) \
	}
