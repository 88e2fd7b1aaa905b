/* SPDX-License-Identifier: ISC
 *
 * Lists come in pages; who asks for a list gets all of them, or as many as --limit says.
 */
#include "client/ctl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 500 /* the most that the register gives at once */

/* Value of a text field, "" where there is none. */
static const char *text_of(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
	const char *text = NULL;
	if (field)
		text = *(char *const *)((const char *)message + field->offset);
	return text ? text : "";
}

bool ctl_is_paged(const struct command *command)
{
	return command->request && output_list_field(command->response) &&
	       protobuf_c_message_descriptor_get_field_by_name(command->request, "page_token") &&
	       protobuf_c_message_descriptor_get_field_by_name(command->response,
							       "next_page_token");
}

/* How many rows at most: SIZE_MAX for all. */
static int limit_read(struct ctl *ctl, size_t *ret)
{
	const char *text = invocation_flag(ctl->in, "limit", 0);
	char *end = NULL;
	unsigned long long n = text ? strtoull(text, &end, 10) : 0;
	if (text && (*end || end == text || *text == '-' || n == 0))
		return ctl_fail(ctl, EXIT_USAGE, "", "--limit is a number, 1 or more");
	*ret = text && n < SIZE_MAX ? (size_t)n : SIZE_MAX;
	return EXIT_OK;
}

/* One page into the list. *token lives in the arena of the command. */
static int page_take(struct ctl *ctl, json_t *request, struct output_list *list, size_t room,
		     char **ret_token)
{
	const struct command *command = ctl->in->command;
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	struct arena *arena = ctl->arena;
	/* Other answers than lists have pages of their own size. */
	if (!invocation_flag(ctl->in, "page-size", 0) &&
	    strncmp(command->response->short_name, "List", 4) == 0)
		(void)json_object_set_new(
			request, "page_size",
			json_integer(room < PAGE_SIZE ? (json_int_t)room : PAGE_SIZE));
	/* A page is gone when the next one comes: only its rows are kept. */
	ctl->arena = arena_new(CTL_MEMORY_MAX);
	int status = ctl->arena ? ctl_json_message(ctl, command->request, request, &message)
				: ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for a page");
	if (status == EXIT_OK)
		status = ctl_call(ctl, command->path, message, command->response, &answer);
	if (status == EXIT_OK && output_list_page(list, answer, room, ctl->arena, &err) < 0)
		status = ctl_error(ctl, &err);
	if (status == EXIT_OK)
		*ret_token = arena_strdup(arena, text_of(answer, "next_page_token"));
	arena_free(ctl->arena);
	ctl->arena = arena;
	return status;
}

static int pages_take(struct ctl *ctl, json_t *request, struct output_list *list, size_t limit)
{
	struct pidc_error err = {.code = 0};
	char *token = NULL;
	int status = EXIT_OK;
	do {
		status = page_take(ctl, request, list, limit - list->count, &token);
		if (status != EXIT_OK)
			return status;
		if (!token)
			return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the list");
		(void)json_object_del(request, "pageToken");
		(void)json_object_set_new(request, "page_token", json_string(token));
	} while (*token && list->count < limit);
	if (output_list_end(list, token, &err) < 0)
		return ctl_error(ctl, &err);
	if (*token)
		(void)fprintf(stderr, "%zu shown, more with --page-token %s\n", list->count, token);
	return EXIT_OK;
}

int ctl_list(struct ctl *ctl)
{
	struct output_list list;
	json_t *request = NULL;
	size_t limit = 0;
	int status = limit_read(ctl, &limit);
	if (status == EXIT_OK)
		status = ctl_request_json(ctl, &request);
	if (status != EXIT_OK)
		return status;
	output_list_init(&list, &ctl->output, ctl->in->command->columns);
	status = pages_take(ctl, request, &list, limit);
	output_list_close(&list);
	json_decref(request);
	return status;
}
