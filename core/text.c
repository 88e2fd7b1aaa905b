/* SPDX-License-Identifier: ISC */
#include "core/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* More marks than any script stacks; a thousand of them on one letter is an
 * attack on whoever displays it. */
#define MARKS_MAX 8

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_uuid(const char *s)
{
	for (size_t i = 0; i < 36; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? s[i] != '-' : !(is_digit(s[i]) || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return s[36] == '\0';
}

bool text_is_org(const char *s)
{
	size_t len = strnlen(s, 33);

	if (len < 2 || len > 32 || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_lower(s[i]) && !is_digit(s[i]) && s[i] != '-')
			return false;
	return true;
}

/* A letter, then up to 62 letters, digits or underscores. */
static bool is_word(const char *s, bool (*is_letter)(char))
{
	size_t len = strnlen(s, 64);

	if (len < 1 || len > 63 || !is_letter(s[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_letter(s[i]) && !is_digit(s[i]) && s[i] != '_')
			return false;
	return true;
}

bool text_is_field_name(const char *s)
{
	return is_word(s, is_lower);
}

bool text_is_code(const char *s)
{
	return is_word(s, is_upper);
}

static bool is_bidi_control(utf8proc_int32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* What is wrong with one character, or NULL. */
static const char *character_fault(utf8proc_int32_t c, size_t *marks)
{
	utf8proc_category_t category = utf8proc_category(c);

	if (c == 0)
		return "U+0000";
	if (category == UTF8PROC_CATEGORY_CC && c != '\n' && c != '\t')
		return "a control character";
	if (is_bidi_control(c))
		return "a bidirectional override";
	if (category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_ME)
		*marks = 0;
	else if (++*marks > MARKS_MAX)
		return "too many combining marks in a row";
	return NULL;
}

int text_check(const char *s, size_t len, size_t max_bytes, struct pidc_error *err)
{
	size_t marks = 0;

	if (len > max_bytes)
		return pidc_fail(err, PIDC_EINVAL, "text over %zu bytes", max_bytes);
	for (size_t i = 0; i < len;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s + i,
						      (utf8proc_ssize_t)(len - i), &c);
		const char *fault;

		if (n <= 0)
			return pidc_fail(err, PIDC_EINVAL, "text is not UTF-8 at byte %zu", i);
		fault = character_fault(c, &marks);
		if (fault != NULL)
			return pidc_fail(err, PIDC_EINVAL, "text has %s at byte %zu", fault, i);
		i += (size_t)n;
	}
	return 0;
}

char *text_nfc(struct arena *arena, const char *s)
{
	utf8proc_uint8_t *composed = utf8proc_NFC((const utf8proc_uint8_t *)s);
	char *copy;

	if (composed == NULL)
		return NULL;
	copy = arena_strdup(arena, (const char *)composed);
	free(composed);
	return copy;
}
