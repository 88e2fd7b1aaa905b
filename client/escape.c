/* SPDX-License-Identifier: ISC */
#include "client/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void escape_csv(FILE *out, const char *text)
{
	bool is_formula = *text && strchr("=+-@\t\r", *text);
	if (!is_formula && !strpbrk(text, ",\"\r\n")) {
		(void)fputs(text, out);
		return;
	}
	(void)fputc('"', out);
	if (is_formula)
		(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

/* Bytes at p that must not reach a terminal, 0 for none: C0, DEL, C1, and the
 * bidirectional overrides and isolates. */
static size_t unsafe_len(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae)
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 3;
	return 0;
}

char *escape_terminal(const char *text)
{
	size_t len = strlen(text);
	char *copy = len < SIZE_MAX / 8 ? malloc(len * 4 + 1) : NULL;
	char *out = copy;
	for (const unsigned char *p = (const unsigned char *)text; copy && *p;) {
		size_t n = unsafe_len(p);
		if (n == 0)
			*out++ = (char)*p++;
		for (; n > 0; n--)
			out += sprintf(out, "\\x%02x", *p++);
	}
	if (copy)
		*out = '\0';
	return copy;
}

void escape_print(FILE *out, const char *text)
{
	char *safe = escape_terminal(text);
	(void)fputs(safe ? safe : "?", out);
	free(safe);
}
