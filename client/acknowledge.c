/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"

#include <string.h>

/* "N=HEX" into request.chunks; false: it is not. */
static bool chunk_add(struct ctl *ctl, json_t *request, const char *text)
{
	const ProtobufCMessageDescriptor *type = ctl->in->command->request;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, "chunks");
	const char *equals = strchr(text, '=');
	json_t *chunks = json_object_get(request, "chunks");
	json_t *chunk = json_object();
	if (!chunks)
		(void)json_object_set_new(request, "chunks", chunks = json_array());
	if (!equals || strlen(equals + 1) != 64 || !chunk) {
		json_decref(chunk);
		return false;
	}
	(void)json_object_set_new(chunk, "chunk", json_stringn(text, (size_t)(equals - text)));
	return ctl_path_set(field->descriptor, chunk, "delivery_digest", equals + 1) &&
	       json_array_append_new(chunks, chunk) == 0;
}

int ctl_disclosure_acknowledge(struct ctl *ctl)
{
	json_t *request = NULL;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	const char *text = NULL;
	int status = ctl_request_json(ctl, &request);
	for (size_t i = 0; status == EXIT_OK && (text = invocation_flag(ctl->in, "chunk", i)); i++)
		if (!chunk_add(ctl, request, text))
			status = ctl_fail(ctl, EXIT_USAGE, "", "--chunk is N=HEX, 64 digits");
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, message, &answer) : status;
}
