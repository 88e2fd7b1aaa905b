/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"

#include <string.h>

/* "LANGUAGE:TEXT" as a notice; false: it is not. */
static bool notice_add(json_t *request, const char *text)
{
	json_t *asked = json_object_get(request, "request");
	json_t *notices = json_object_get(asked, "notices");
	const char *colon = strchr(text, ':');
	if (!asked)
		(void)json_object_set_new(request, "request", asked = json_object());
	if (!notices)
		(void)json_object_set_new(asked, "notices", notices = json_array());
	return colon && json_array_append_new(notices, json_pack("{s:s%, s:s}", "language", text,
								 (size_t)(colon - text), "text",
								 colon + 1)) == 0;
}

int ctl_request_create(struct ctl *ctl)
{
	json_t *request = NULL;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	const char *text = NULL;
	int status = ctl_request_json(ctl, &request);
	for (size_t i = 0; status == EXIT_OK && (text = invocation_flag(ctl->in, "notice", i)); i++)
		if (!notice_add(request, text))
			status = ctl_fail(ctl, EXIT_USAGE, "", "--notice is LANGUAGE:TEXT");
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, message, &answer) : status;
}
