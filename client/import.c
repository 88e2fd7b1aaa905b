/* SPDX-License-Identifier: ISC
 *
 * pidcctl contribution import: a file of rows on one stream. Every row has an id
 * made of the file's hash and its number, so that the file can be sent again
 * after whatever happened, and nothing is there twice.
 */
#include "client/content.h"
#include "client/ctl.h"
#include "client/import_source.h"
#include "client/progress.h"
#include "core/crypto.h"
#include "core/message.h"
#include "pidc/v1/data.pb-c.h"
#include "wire/guard.h"
#include "wire/rpc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Connections in a row that bring nothing: with the waits between them about
 * half a minute, what a modem needs to dial again. */
#define ATTEMPTS_MAX 5

struct import {
	struct ctl *ctl;
	struct import_source source;
	struct import_source sent[CHANNEL_WINDOW]; /* the place before each row under way */
	size_t sent_rows[CHANNEL_WINDOW];
	size_t sent_count; /* on this connection */
	size_t answered;   /* on this connection */
	size_t reported;   /* last row that was said to be bad */
	char file_digest[65];
	json_t *defaults;
	struct arena *scratch; /* of one row */
	bool is_dry;
	struct progress progress;
	size_t accepted;
	size_t refused;
	size_t unsent; /* rows that are no submission */
};

/* "row 17: refused: E_FIELD ...", or the same as JSON. */
static void row_report(struct import *import, size_t row, const char *what, const char *reason,
		       const char *message)
{
	progress_clear(&import->progress);
	if (output_is_json(&import->ctl->output)) {
		json_t *line = json_pack("{s:I, s:s, s:s, s:o?}", "row", (json_int_t)row, "outcome",
					 what, "reason", reason, "message", json_string(message));
		output_json_line(line, stderr);
		json_decref(line);
		return;
	}
	char *text = escape_terminal(message);
	char *word = escape_terminal(reason);
	(void)fprintf(stderr, "row %zu: %s: %s%s%s\n", row, what, word ? word : "",
		      word && *word ? " " : "", text ? text : "");
	free(word);
	free(text);
}

/* The row with the defaults of the flags and its id, packed for the stream. */
static int row_pack(struct import *import, json_t *json, const uint8_t **ret, size_t *ret_len,
		    struct pidc_error *err)
{
	Pidc__V1__SubmitContributionsRequest request = PIDC__V1__SUBMIT_CONTRIBUTIONS_REQUEST__INIT;
	json_t *rows = json_incref(json_object_get(json, "rows"));
	char number[24];
	char id[37];
	(void)json_object_del(json, "rows");
	(void)snprintf(number, sizeof(number), "%zu", import->source.row);
	uuid_named(import->file_digest, number, id);
	if (!json_object_get(json, "requestId"))
		(void)json_object_set_new(json, "requestId", json_string(id));
	(void)json_object_update_missing(json, import->defaults);
	if (import->is_dry)
		(void)json_object_set_new(json, "validateOnly", json_true());
	arena_reset(import->scratch);
	int rc = content_submission(json, rows, import->scratch, &request.submission, err);
	json_decref(rows);
	ProtobufCBinaryData packed = {.data = NULL};
	if (rc == 0)
		rc = message_pack(&request.base, import->scratch, &packed);
	*ret = packed.data;
	*ret_len = packed.len;
	return rc;
}

static int import_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	struct import *import = user;
	for (;;) {
		struct import_source before = import->source;
		struct pidc_error err = {.code = 0};
		json_t *json = NULL;
		int rc = import_source_next(&import->source, &json, &err);
		if (rc == 0 || rc == PIDC_ENOMEM)
			return rc;
		if (rc > 0)
			rc = row_pack(import, json, ret_data, ret_len, &err);
		json_decref(json);
		if (rc == 0) {
			size_t slot = import->sent_count++ % CHANNEL_WINDOW;
			import->sent[slot] = before;
			import->sent_rows[slot] = import->source.row;
			return 1;
		}
		/* A row that is read a second time after a lost connection is known. */
		if (import->source.row <= import->reported)
			continue;
		import->reported = import->source.row;
		import->unsent++;
		import->progress.done++;
		row_report(import, import->source.row, "not sent", "", err.msg);
	}
}

static void answer_take(struct import *import, const Pidc__V1__SubmitContributionsResponse *answer)
{
	size_t row = import->sent_rows[import->answered % CHANNEL_WINDOW];
	import->answered++;
	import->progress.done++;
	if (answer->accepted) {
		import->accepted++;
		return;
	}
	import->refused++;
	row_report(import, row, "refused", answer->refused_reason, answer->refused_message);
}

static int import_answer(void *user, const uint8_t *data, size_t len)
{
	struct import *import = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(0);
	int rc = PIDC_ENOMEM;
	if (arena)
		rc = guard_unpack(import->ctl->in->command->response, data, len, arena, &message,
				  NULL);
	if (rc == 0 && import->answered == import->sent_count)
		rc = PIDC_EPROTO;
	if (rc == 0)
		answer_take(import, (const Pidc__V1__SubmitContributionsResponse *)message);
	arena_free(arena);
	return rc;
}

static void import_tick(void *user)
{
	struct import *import = user;
	progress_tick(&import->progress);
}

/* Go back to the first row without an answer: the register knows those again that it
 * has. True: it is worth another connection. */
static bool import_rewind(struct import *import, size_t *attempts)
{
	*attempts = import->answered > 0 ? 1 : *attempts + 1;
	if (import->answered < import->sent_count)
		import->source = import->sent[import->answered % CHANNEL_WINDOW];
	import->sent_count = import->answered = 0;
	ctl_disconnect(import->ctl);
	if (*attempts > ATTEMPTS_MAX)
		return false;
	progress_clear(&import->progress);
	(void)fprintf(stderr, "the connection was lost after %zu rows; trying again\n",
		      import->accepted + import->refused);
	(void)sleep(1U << *attempts);
	return true;
}

static int import_stream(struct import *import)
{
	struct ctl *ctl = import->ctl;
	struct channel_call call = {.path = ctl->in->command->path,
				    .is_stream = true,
				    .next = import_next,
				    .on_message = import_answer,
				    .on_tick = import_tick,
				    .user = import};
	struct channel_status status;
	size_t attempts = 0;
	bool has_begun = false;
	for (;;) {
		ctl_attempt(ctl, &call, &status);
		has_begun = has_begun || import->answered > 0;
		/* Who was never there is not waited for. */
		if (status.code != RPC_UNAVAILABLE || !has_begun ||
		    !import_rewind(import, &attempts))
			break;
	}
	progress_end(&import->progress);
	return status.code == RPC_OK ? EXIT_OK : ctl_refused(ctl, &status);
}

static int import_summary(struct import *import, int status)
{
	struct ctl *ctl = import->ctl;
	json_t *summary =
		json_pack("{s:I, s:I, s:I, s:b}", "accepted", (json_int_t)import->accepted,
			  "refused", (json_int_t)import->refused, "notSent",
			  (json_int_t)import->unsent, "validateOnly", import->is_dry);
	struct pidc_error err = {.code = 0};
	int rc = summary ? output_object(&ctl->output, NULL, summary, &err) : PIDC_ENOMEM;
	json_decref(summary);
	if (rc < 0 && status == EXIT_OK)
		status = ctl_error(ctl, &err);
	if (import->is_dry && status == EXIT_OK && !output_is_json(&ctl->output))
		(void)fputs("only checked: nothing was written\n", stderr);
	if (status == EXIT_OK && (import->refused || import->unsent))
		return EXIT_NO;
	return status;
}

/* What the flags say, for rows that do not say it themselves. */
static int defaults_set(struct import *import, struct pidc_error *err)
{
	const struct invocation *in = import->ctl->in;
	for (size_t i = 0; i < in->given_count; i++) {
		const struct flag *flag = in->given[i].flag;
		/* Of the flags of all commands none goes into every row. */
		if (flag->field && strcmp(flag->name, "request-id") == 0)
			return pidc_fail(err, PIDC_EINVAL, "every row has a request id of its own");
		if (flag->field && strcmp(flag->field, "validate_only") != 0 &&
		    !ctl_path_set(&pidc__v1__submit_contribution_request__descriptor,
				  import->defaults, flag->field, in->given[i].value))
			return pidc_fail(err, PIDC_EINVAL, "--%s does not fit here", flag->name);
	}
	import->is_dry = ctl_is_dry(import->ctl);
	return 0;
}

int ctl_contribution_import(struct ctl *ctl)
{
	const char *path = invocation_arg(ctl->in, "file");
	struct import import = {.ctl = ctl, .scratch = arena_new(0), .defaults = json_object()};
	struct pidc_error err = {.code = 0};
	char *text = NULL;
	size_t len = 0;
	int rc = import.scratch && import.defaults ? defaults_set(&import, &err) : PIDC_ENOMEM;
	if (rc == 0)
		rc = content_read(path, ctl->arena, &text, &len, &err);
	if (rc == 0)
		rc = import_source_open(&import.source, path, text, &err);
	if (rc == 0 && !progress_init(&import.progress, invocation_flag(ctl->in, "progress", 0),
				      "rows", import_source_count(&import.source)))
		rc = pidc_fail(&err, PIDC_EINVAL, "--progress is auto, json or none");
	int status = EXIT_OK;
	if (rc < 0) {
		status = ctl_error(ctl, &err);
	} else {
		content_digest(text, len, import.file_digest);
		status = import_summary(&import, import_stream(&import));
	}
	import_source_close(&import.source);
	json_decref(import.defaults);
	arena_free(import.scratch);
	return status;
}
