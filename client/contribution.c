/* SPDX-License-Identifier: ISC */
#include "client/content.h"
#include "client/ctl.h"
#include "core/crypto.h"
#include "pidc/v1/data.pb-c.h"
#include "wire/guard.h"

#include <stdlib.h>
#include <string.h>

/* The request of a JSON object without its rows, and the columns of them. */
static int submission_make(struct ctl *ctl, const json_t *request, const json_t *rows,
			   Pidc__V1__SubmitContributionRequest **ret)
{
	ProtobufCMessage *message = NULL;
	struct pidc_error err = {.code = 0};
	int status = ctl_json_message(ctl, &pidc__v1__submit_contribution_request__descriptor,
				      request, &message);
	if (status != EXIT_OK)
		return status;
	*ret = (Pidc__V1__SubmitContributionRequest *)message;
	if (content_columns(rows, ctl->arena, &(*ret)->columns, &(*ret)->n_columns, &err) < 0)
		return ctl_error(ctl, &err);
	return EXIT_OK;
}

int ctl_contribution_submit(struct ctl *ctl)
{
	const char *path = invocation_arg(ctl->in, "file");
	const char *dot = path ? strrchr(path, '.') : NULL;
	struct pidc_error err = {.code = 0};
	json_t *request = NULL;
	json_t *rows = NULL;
	char *text = NULL;
	size_t len = 0;
	if (!dot || (strcmp(dot, ".csv") != 0 && strcmp(dot, ".jsonl") != 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "the file must be .csv or .jsonl");
	int rc = content_read(path, ctl->arena, &text, &len, &err);
	if (rc == 0)
		rc = strcmp(dot, ".csv") == 0 ? content_csv(text, &rows, &err)
					      : content_jsonl(text, &rows, &err);
	if (rc < 0)
		return ctl_error(ctl, &err);
	Pidc__V1__SubmitContributionRequest *submission = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_request_json(ctl, &request);
	if (status == EXIT_OK)
		status = submission_make(ctl, request, rows, &submission);
	json_decref(request);
	json_decref(rows);
	if (status == EXIT_OK)
		status = ctl_call(ctl, ctl->in->command->path, &submission->base,
				  ctl->in->command->response, &answer);
	if (status == EXIT_OK &&
	    output_message(ctl->format, NULL, answer, ctl->arena, stdout, &err) < 0)
		return ctl_error(ctl, &err);
	return status;
}

/* --- import ------------------------------------------------------------------ */

struct import {
	struct ctl *ctl;
	const char *at; /* the line that comes next */
	size_t line;
	char file_digest[65];
	json_t *defaults;
	struct arena *scratch; /* of one line */
	size_t sent_lines[CHANNEL_WINDOW];
	size_t sent;
	size_t accepted;
	size_t refused;
	size_t unsent; /* lines that are no submission */
};

/* Defaults from the flags, and an id that is the same when the file is sent again. */
static json_t *line_json(struct import *import, const char *text, size_t len, json_t **ret_rows)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *rows = json_object_get(json, "rows");
	char number[24];
	char id[37];
	if (!json_is_object(json) || !json_is_array(rows)) {
		json_decref(json);
		return NULL;
	}
	*ret_rows = json_incref(rows);
	(void)json_object_del(json, "rows");
	(void)snprintf(number, sizeof(number), "%zu", import->line);
	uuid_named(import->file_digest, number, id);
	if (!json_object_get(json, "requestId"))
		(void)json_object_set_new(json, "requestId", json_string(id));
	(void)json_object_update_missing(json, import->defaults);
	return json;
}

static int line_pack(struct import *import, const char *text, size_t len, const uint8_t **ret,
		     size_t *ret_len)
{
	json_t *rows = NULL;
	json_t *json = line_json(import, text, len, &rows);
	Pidc__V1__SubmitContributionRequest *submission = NULL;
	Pidc__V1__SubmitContributionsRequest request = PIDC__V1__SUBMIT_CONTRIBUTIONS_REQUEST__INIT;
	if (!json)
		return EXIT_USAGE;
	struct ctl scratch = *import->ctl;
	scratch.arena = import->scratch;
	arena_reset(import->scratch);
	int status = submission_make(&scratch, json, rows, &submission);
	json_decref(rows);
	json_decref(json);
	if (status != EXIT_OK)
		return status;
	request.submission = submission;
	*ret = ctl_pack(&scratch, &request.base, ret_len);
	return *ret ? EXIT_OK : EXIT_UNEXPECTED;
}

static int import_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	struct import *import = user;
	while (*import->at) {
		const char *text = import->at;
		size_t len = strcspn(text, "\n");
		import->at += len + (text[len] == '\n');
		import->line++;
		if (strspn(text, " \t\r") >= len)
			continue;
		if (line_pack(import, text, len, ret_data, ret_len) == EXIT_OK) {
			import->sent_lines[import->sent++ % CHANNEL_WINDOW] = import->line;
			return 1;
		}
		import->unsent++;
		(void)fprintf(stderr, "line %zu: not sent: no {\"period\":{},\"rows\":[{}]}\n",
			      import->line);
	}
	return 0;
}

static int import_answer(void *user, const uint8_t *data, size_t len)
{
	struct import *import = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(0);
	int rc = arena ? guard_unpack(&pidc__v1__submit_contributions_response__descriptor, data,
				      len, arena, &message, NULL)
		       : PIDC_ENOMEM;
	if (rc == 0) {
		const Pidc__V1__SubmitContributionsResponse *answer =
			(const Pidc__V1__SubmitContributionsResponse *)message;
		size_t line =
			import->sent_lines[(import->accepted + import->refused) % CHANNEL_WINDOW];
		char *text = output_escape(answer->refused_message);
		if (answer->accepted)
			import->accepted++;
		else
			import->refused++;
		if (!answer->accepted)
			(void)fprintf(stderr, "line %zu: refused: %.60s %s\n", line,
				      answer->refused_reason, text ? text : "");
		free(text);
		if ((import->accepted + import->refused) % 1000 == 0)
			(void)fprintf(stderr, "%zu answered\n", import->accepted + import->refused);
	}
	arena_free(arena);
	return rc;
}

static int import_run(struct import *import)
{
	struct ctl *ctl = import->ctl;
	struct channel_call call = {.path = ctl->in->command->path,
				    .is_stream = true,
				    .next = import_next,
				    .on_message = import_answer,
				    .user = import};
	int status = ctl_stream(ctl, &call);
	json_t *rows =
		json_pack("[{s:I, s:I, s:I}]", "accepted", (json_int_t)import->accepted, "refused",
			  (json_int_t)import->refused, "notSent", (json_int_t)import->unsent);
	if (ctl->format == OUTPUT_JSON || ctl->format == OUTPUT_JSONL) {
		(void)json_dumpf(json_array_get(rows, 0), stdout, JSON_COMPACT);
		(void)fputc('\n', stdout);
	} else if (rows && output_rows(ctl->format, NULL, rows, stdout) < 0) {
		status = status == EXIT_OK ? EXIT_UNEXPECTED : status;
	}
	json_decref(rows);
	if (status == EXIT_OK && (import->refused || import->unsent))
		return EXIT_NO;
	return status;
}

int ctl_contribution_import(struct ctl *ctl)
{
	const char *path = invocation_arg(ctl->in, "file");
	struct import import = {.ctl = ctl, .scratch = arena_new(0), .defaults = json_object()};
	struct pidc_error err = {.code = 0};
	uint8_t digest[SHA256_LEN];
	char *text = NULL;
	size_t len = 0;
	const char *value = NULL;
	int status = EXIT_OK;
	if (!import.scratch || !path || content_read(path, ctl->arena, &text, &len, &err) < 0) {
		status = ctl_error(ctl, &err);
		goto out;
	}
	sha256(&(struct bytes){.data = text, .len = len}, 1, digest);
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(import.file_digest + 2 * i, 3, "%02x", digest[i]);
	import.at = text;
	if ((value = invocation_flag(ctl->in, "dataset-id", 0)))
		(void)json_object_set_new(import.defaults, "datasetId", json_string(value));
	if ((value = invocation_flag(ctl->in, "classification", 0)))
		(void)json_object_set_new(import.defaults, "classification", json_string(value));
	const char *from = invocation_flag(ctl->in, "from", 0);
	const char *to = invocation_flag(ctl->in, "to", 0);
	if (from && to)
		(void)json_object_set_new(import.defaults, "period",
					  json_pack("{s:s, s:s}", "from", from, "to", to));
	status = import_run(&import);
out:
	json_decref(import.defaults);
	arena_free(import.scratch);
	return status;
}
