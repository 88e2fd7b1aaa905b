/* SPDX-License-Identifier: ISC
 *
 * Show what the bytes say, ask, sign exactly these bytes.
 */
#include "client/consent_terms.h"
#include "core/signature.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_INDENT 2
#define TEXT_WIDTH  78 /* of a line of the text, wherever it is read */

/* Bytes of the word at text and the columns that it takes. */
static size_t word_len(const char *text, size_t *ret_columns)
{
	size_t len = strcspn(text, " \n");
	*ret_columns = 0;
	for (size_t i = 0; i < len; i++)
		*ret_columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return len;
}

/* One sentence, wrapped between words and indented; a condition hangs under its dash. */
static void sentence_print(const char *text, size_t len, FILE *out)
{
	size_t indent = TEXT_INDENT + (strncmp(text, "- ", 2) == 0 ? 2 : 0);
	size_t column = TEXT_INDENT;
	const char *end = text + len;
	(void)fprintf(out, "%*s", TEXT_INDENT, "");
	for (bool is_first = true; text < end; is_first = false) {
		size_t columns = 0;
		size_t n = word_len(text, &columns);
		if (!is_first && column + 1 + columns > TEXT_WIDTH) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!is_first) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fwrite(text, 1, n, out);
		column += columns;
		text += n + (text[n] == ' ');
	}
	(void)fputc('\n', out);
}

int consent_sentences(struct ctl *ctl, const char *text, FILE *out)
{
	while (*text) {
		size_t line = strcspn(text, "\n");
		char *sentence = strndup(text, line);
		char *safe = sentence ? escape_terminal(sentence) : NULL;
		if (safe)
			sentence_print(safe, strlen(safe), out);
		free(safe);
		free(sentence);
		if (!safe)
			return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the text");
		text += line + (text[line] == '\n');
	}
	return EXIT_OK;
}

int consent_text_show(struct ctl *ctl, struct names *names, const uint8_t *data, size_t len,
		      FILE *out)
{
	const struct statement_reader reader = {
		.language = names->language, .name = names_find, .user = names};
	struct pidc_error err = {.code = 0};
	char *text = NULL;
	if (statement_text(data, len, &reader, ctl->arena, &text, &err) < 0)
		return ctl_error(ctl, &err);
	return consent_sentences(ctl, text, out);
}

/* On the terminal that is asked on; with --text-only it is the answer. */
static int show(struct ctl *ctl, const uint8_t *data, size_t len)
{
	bool is_answer = invocation_flag(ctl->in, "text-only", 0) != NULL;
	struct names names;
	int status = names_init(&names, ctl);
	if (status == EXIT_OK && !is_answer)
		(void)fputs(ctl_is_dry(ctl) ? "This is what would be signed:\n\n"
					    : "This is what you sign:\n\n",
			    stderr);
	if (status == EXIT_OK)
		status = consent_text_show(ctl, &names, data, len, is_answer ? stdout : stderr);
	if (status == EXIT_OK && !is_answer)
		(void)fputc('\n', stderr);
	names_close(&names);
	return status;
}

int consent_bytes_sign(struct ctl *ctl, const uint8_t *data, size_t len,
		       Pidc__V1__SignedStatement **ret)
{
	const char *cert = ctl_setting(ctl, SETTING_CERT, NULL);
	const char *key = ctl_setting(ctl, SETTING_KEY, NULL);
	struct pidc_error err = {.code = 0};
	struct signing_key *signer = NULL;
	*ret = NULL;
	if (invocation_flag(ctl->in, "text-only", 0))
		return EXIT_OK;
	int status = confirm_ask(ctl);
	if (status != EXIT_OK)
		return status;
	int rc = signing_key_load(key, cert, &signer, &err);
	if (rc == 0)
		rc = statement_sign(signer, data, len, ctl->arena, ret, &err);
	signing_key_free(signer);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}

int consent_sign(struct ctl *ctl, const uint8_t *data, size_t len, Pidc__V1__SignedStatement **ret)
{
	*ret = NULL;
	int status = show(ctl, data, len);
	return status == EXIT_OK ? consent_bytes_sign(ctl, data, len, ret) : status;
}

int consent_text_sign(struct ctl *ctl, const char *text, const uint8_t *data, size_t len,
		      Pidc__V1__SignedStatement **ret)
{
	bool is_answer = invocation_flag(ctl->in, "text-only", 0) != NULL;
	*ret = NULL;
	if (!is_answer)
		(void)fputs(ctl_is_dry(ctl) ? "This is what would be signed:\n\n"
					    : "This is what you sign:\n\n",
			    stderr);
	int status = consent_sentences(ctl, text, is_answer ? stdout : stderr);
	if (status == EXIT_OK && !is_answer)
		(void)fputc('\n', stderr);
	return status == EXIT_OK ? consent_bytes_sign(ctl, data, len, ret) : status;
}

int consent_many_sign(struct ctl *ctl, const ProtobufCBinaryData *shown,
		      const ProtobufCBinaryData *all, size_t n, Pidc__V1__SignedStatement **ret)
{
	struct pidc_error err = {.code = 0};
	struct signing_key *signer = NULL;
	int status = show(ctl, shown->data, shown->len);
	if (status != EXIT_OK || invocation_flag(ctl->in, "text-only", 0))
		return status;
	status = confirm_ask(ctl);
	if (status != EXIT_OK)
		return status;
	int rc = signing_key_load(ctl_setting(ctl, SETTING_KEY, NULL),
				  ctl_setting(ctl, SETTING_CERT, NULL), &signer, &err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = statement_sign(signer, all[i].data, all[i].len, ctl->arena, &ret[i], &err);
	signing_key_free(signer);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}
