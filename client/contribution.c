/* SPDX-License-Identifier: ISC
 *
 * pidcctl contribution submit: rows, files that were uploaded, or only the word that
 * there is something elsewhere.
 */
#include "client/content.h"
#include "client/ctl.h"
#include "core/crypto.h"
#include "pidc/v1/data.pb-c.h"

#include <string.h>

/* The rows of a .csv or .jsonl; the caller owns *ret. Exit status. */
static int rows_read(struct ctl *ctl, const char *path, json_t **ret)
{
	const char *dot = strrchr(path, '.');
	struct pidc_error err = {.code = 0};
	char *text = NULL;
	size_t len = 0;
	if (!dot || (strcmp(dot, ".csv") != 0 && strcmp(dot, ".jsonl") != 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "the file must be .csv or .jsonl");
	int rc = content_read(path, ctl->arena, &text, &len, &err);
	if (rc == 0)
		rc = strcmp(dot, ".csv") == 0 ? content_csv(text, ret, &err)
					      : content_jsonl(text, ret, &err);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}

/* "FIELD=UPLOAD" into request.files; false: it is not. */
static bool file_add(json_t *request, const char *text)
{
	const char *equals = strchr(text, '=');
	json_t *files = json_object_get(request, "files");
	if (!equals)
		return false;
	if (!files)
		(void)json_object_set_new(request, "files", files = json_array());
	json_t *field = json_stringn(text, (size_t)(equals - text));
	return json_array_append_new(
		       files, json_pack("{s:o, s:s}", "field", field, "uploadId", equals + 1)) == 0;
}

/* Content that stays where it is: its digest and size, from --content-digest and --size
 * or from the file itself, which is not sent. */
static int elsewhere_set(struct ctl *ctl, const char *path, json_t *request)
{
	bool is_hash_only = invocation_flag(ctl->in, "hash-only", 0) != NULL;
	struct pidc_error err = {.code = 0};
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	uint64_t size = 0;
	if (is_hash_only && invocation_flag(ctl->in, "external-uri", 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "--hash-only says of no place");
	(void)json_object_set_new(request, "content_kind",
				  json_string(is_hash_only ? "HASH_ONLY" : "EXTERNAL_REF"));
	if (!path)
		return EXIT_OK;
	if (content_file_digest(path, digest, &size, &err) < 0)
		return ctl_error(ctl, &err);
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	(void)json_object_set_new(request, "content_size", json_integer((json_int_t)size));
	return ctl_path_set(ctl->in->command->request, request, "content_digest", hex)
		       ? EXIT_OK
		       : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the digest");
}

static int submission_make(struct ctl *ctl, const char *path, json_t *request,
			   Pidc__V1__SubmitContributionRequest **ret)
{
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	json_t *rows = NULL;
	bool is_elsewhere = invocation_flag(ctl->in, "hash-only", 0) ||
			    invocation_flag(ctl->in, "external-uri", 0);
	int status = EXIT_OK;
	if (is_elsewhere)
		status = elsewhere_set(ctl, path, request);
	else if (path)
		status = rows_read(ctl, path, &rows);
	if (status == EXIT_OK && rows &&
	    content_submission(request, rows, ctl->arena, ret, &err) < 0)
		status = ctl_error(ctl, &err);
	if (status == EXIT_OK && !rows) {
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
		*ret = (Pidc__V1__SubmitContributionRequest *)message;
	}
	json_decref(rows);
	return status;
}

int ctl_contribution_submit(struct ctl *ctl)
{
	Pidc__V1__SubmitContributionRequest *submission = NULL;
	const char *path = invocation_arg(ctl->in, "file");
	ProtobufCMessage *answer = NULL;
	json_t *request = NULL;
	const char *text = NULL;
	int status = ctl_request_json(ctl, &request);
	for (size_t i = 0; status == EXIT_OK && (text = invocation_flag(ctl->in, "file", i)); i++)
		if (!file_add(request, text))
			status = ctl_fail(ctl, EXIT_USAGE, "", "--file is FIELD=UPLOAD-ID");
	if (status == EXIT_OK)
		status = submission_make(ctl, path, request, &submission);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, &submission->base, &answer) : status;
}
