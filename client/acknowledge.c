/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"
#include "client/received.h"

#include <string.h>

/* As disclosure.proto says. */
#define CHUNKS_PER_CALL ((size_t)256)

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

/* All chunks of the receipt in --directory, so many with each call. */
static int receipts_send(struct ctl *ctl, const char *folder)
{
	const char *id = invocation_arg(ctl->in, "disclosure_id");
	struct pidc_error err = {.code = 0};
	Pidc__V1__ChunkReceipt **receipts = NULL;
	size_t count = 0;
	int status = EXIT_OK;
	if (!id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the disclosure is missing");
	if (received_receipts(folder, id, ctl->arena, &receipts, &count, &err) < 0)
		return ctl_error(ctl, &err);
	for (size_t i = 0; status == EXIT_OK && i < count; i += CHUNKS_PER_CALL) {
		Pidc__V1__AcknowledgeDisclosureRequest request =
			PIDC__V1__ACKNOWLEDGE_DISCLOSURE_REQUEST__INIT;
		ProtobufCMessage *answer = NULL;
		request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
		request.validate_only = ctl_is_dry(ctl);
		request.disclosure_id = arena_strdup(ctl->arena, id);
		request.chunks = receipts + i;
		request.n_chunks = count - i < CHUNKS_PER_CALL ? count - i : CHUNKS_PER_CALL;
		if (!request.request_id || !request.disclosure_id)
			return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
		status = ctl_run_call(ctl, &request.base, &answer);
	}
	return status;
}

int ctl_disclosure_acknowledge(struct ctl *ctl)
{
	const char *folder = invocation_flag(ctl->in, "directory", 0);
	json_t *request = NULL;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	const char *text = NULL;
	if (folder && invocation_flag(ctl->in, "chunk", 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "--chunk or --directory, one of the two");
	if (folder)
		return receipts_send(ctl, folder);
	int status = ctl_request_json(ctl, &request);
	for (size_t i = 0; status == EXIT_OK && (text = invocation_flag(ctl->in, "chunk", i)); i++)
		if (!chunk_add(ctl, request, text))
			status = ctl_fail(ctl, EXIT_USAGE, "", "--chunk is N=HEX, 64 digits");
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, message, &answer) : status;
}

/* "INDEX=CONTRIBUTION" into request.items; false: it is not. */
static bool item_add(json_t *request, const char *text)
{
	const char *equals = strchr(text, '=');
	json_t *items = json_object_get(request, "items");
	if (!equals || strspn(text, "0123456789") != (size_t)(equals - text))
		return false;
	if (!items)
		(void)json_object_set_new(request, "items", items = json_array());
	json_t *index = json_stringn(text, (size_t)(equals - text));
	return json_array_append_new(items, json_pack("{s:o, s:s}", "releaseIndex", index,
						      "contributionId", equals + 1)) == 0;
}

int ctl_recall_items(struct ctl *ctl)
{
	json_t *request = NULL;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	const char *text = NULL;
	int status = ctl_request_json(ctl, &request);
	for (size_t i = 0; status == EXIT_OK && (text = invocation_flag(ctl->in, "item", i)); i++)
		if (!item_add(request, text))
			status = ctl_fail(ctl, EXIT_USAGE, "", "--item is INDEX=CONTRIBUTION");
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? ctl_run_call(ctl, message, &answer) : status;
}
