/* SPDX-License-Identifier: ISC */
#include "client/content.h"
#include "client/ctl.h"
#include "pidc/v1/data.pb-c.h"

#include <string.h>

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
	if (status == EXIT_OK &&
	    content_submission(request, rows, ctl->arena, &submission, &err) < 0)
		status = ctl_error(ctl, &err);
	json_decref(request);
	json_decref(rows);
	return status == EXIT_OK ? ctl_run_call(ctl, &submission->base, &answer) : status;
}
