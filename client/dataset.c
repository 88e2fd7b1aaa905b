/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"

#include <string.h>

/* ",count", ",indirect" and ",direct" behind a type; false: another word. */
static bool options_set(json_t *field, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = 1;
		while (n < len && text[n] != ',')
			n++;
		if (n == 6 && strncmp(text, ",count", n) == 0)
			(void)json_object_set_new(field, "is_count", json_true());
		else if (n == 9 && strncmp(text, ",indirect", n) == 0)
			(void)json_object_set_new(field, "sensitivity", json_string("INDIRECT"));
		else if (n == 7 && strncmp(text, ",direct", n) == 0)
			(void)json_object_set_new(field, "sensitivity", json_string("DIRECT"));
		else
			return false;
		text += n;
		len -= n;
	}
	return true;
}

/* NAME:TYPE[,OPTION...][:DESCRIPTION]; NULL: it is not. */
static json_t *field_json(const char *text)
{
	const char *type = strchr(text, ':');
	if (!type || type == text)
		return NULL;
	size_t len = strcspn(type + 1, ":");
	size_t type_len = strcspn(type + 1, ":,");
	const char *description = type[len + 1] ? type + len + 2 : "";
	json_t *field = json_pack("{s:s%, s:s%, s:s}", "name", text, (size_t)(type - text), "type",
				  type + 1, type_len, "description", description);
	if (field && options_set(field, type + 1 + type_len, len - type_len))
		return field;
	json_decref(field);
	return NULL;
}

static bool fields_add(struct ctl *ctl, json_t *request)
{
	const char *text = NULL;
	json_t *dataset = json_object_get(request, "dataset");
	json_t *fields = json_object_get(dataset, "fields");
	for (size_t i = 0; (text = invocation_flag(ctl->in, "field", i)); i++) {
		json_t *field = field_json(text);
		if (!dataset)
			(void)json_object_set_new(request, "dataset", dataset = json_object());
		if (!fields)
			(void)json_object_set_new(dataset, "fields", fields = json_array());
		if (!field || json_array_append_new(fields, field) < 0)
			return false;
	}
	return true;
}

int ctl_dataset_define(struct ctl *ctl)
{
	json_t *request = NULL;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_request_json(ctl, &request);
	if (status != EXIT_OK)
		return status;
	if (!fields_add(ctl, request))
		status = ctl_fail(ctl, EXIT_USAGE, "",
				  "--field is NAME:TYPE[,count][,indirect|,direct][:TEXT]");
	else
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, message, &answer) : status;
}
