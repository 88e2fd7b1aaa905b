/* SPDX-License-Identifier: ISC */
#include "daemon/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Atomic: SIGHUP sets them while workers log. */
static atomic_int level_max = LOG_LEVEL_INFO;
static atomic_bool is_journal;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"info", LOG_INFO},
	[LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

int log_level_parse(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return PIDC_EINVAL;
}

void log_init(enum log_level level)
{
	level_max = (int)level;
	is_journal = getenv("JOURNAL_STREAM") != NULL;
}

bool log_is_on(enum log_level level)
{
	return (int)level <= level_max;
}

struct line {
	char *buf;
	size_t cap; /* without the NUL */
	size_t len;
};

static void put(struct line *line, const char *text, size_t len)
{
	if (len > line->cap - line->len)
		len = line->cap - line->len;
	memcpy(line->buf + line->len, text, len);
	line->len += len;
}

static bool is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("._:/@+,-[]", c) != NULL);
}

static void put_quoted(struct line *line, const char *text)
{
	put(line, "\"", 1);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char escaped[5];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			put(line, text, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "\\x%02x", c);
		put(line, escaped, 4);
	}
	put(line, "\"", 1);
}

static void put_pair(struct line *line, const struct log_pair *pair)
{
	char number[24];
	const char *c = pair->text;

	put(line, " ", 1);
	put(line, pair->key, strlen(pair->key));
	put(line, "=", 1);
	if (c == NULL) {
		int n = snprintf(number, sizeof(number), "%llu", (unsigned long long)pair->number);
		put(line, number, (size_t)n);
		return;
	}
	while (is_plain((unsigned char)*c))
		c++;
	if (*c == '\0' && c != pair->text)
		put(line, pair->text, (size_t)(c - pair->text));
	else
		put_quoted(line, pair->text);
}

size_t log_format(char *buf, size_t cap, const char *component, const char *event,
		  const struct log_pair *pairs)
{
	struct line line = {.buf = buf, .cap = cap - 1};

	put(&line, component, strlen(component));
	put(&line, " ", 1);
	put(&line, event, strlen(event));
	for (size_t i = 0; i < LOG_PAIRS_MAX && pairs[i].key != NULL; i++)
		put_pair(&line, &pairs[i]);
	buf[line.len] = '\0';
	return line.len;
}

void log_pairs(enum log_level level, const char *component, const char *event,
	       const struct log_pair *pairs)
{
	char buf[LOG_LINE_MAX];
	size_t start = 0;
	size_t len;

	if (is_journal)
		start = (size_t)snprintf(buf, sizeof(buf), "<%d>", levels[level].priority);
	len = start + log_format(buf + start, sizeof(buf) - start - 1, component, event, pairs);
	buf[len++] = '\n';
	/* A log that cannot be written must not stop the daemon. */
	if (write(STDERR_FILENO, buf, len) < 0)
		return;
}
