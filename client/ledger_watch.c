/* SPDX-License-Identifier: ISC
 *
 * pidcctl ledger watch: lines as entries come, until it is interrupted.
 */
#include "client/ctl.h"
#include "core/text.h"
#include "pidc/v1/event.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "wire/guard.h"
#include "wire/json.h"

#include <string.h>

struct watch {
	struct ctl *ctl;
	const uint8_t *request;
	size_t request_len;
	bool is_sent;
};

static int watch_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	struct watch *watch = user;
	*ret_data = watch->request;
	*ret_len = watch->request_len;
	return watch->is_sent ? 0 : (watch->is_sent = true);
}

static json_t *message_json(const ProtobufCMessage *message, struct arena *arena)
{
	char *text = NULL;
	if (json_print(message, true, arena, &text, NULL) < 0)
		return NULL;
	return json_loads(text, 0, NULL);
}

/* The entry as the register sent it, and its event readable beside it. */
static void entry_json(const Pidc__V1__LedgerEntry *entry, const Pidc__V1__Event *event,
		       struct arena *arena)
{
	json_t *line = message_json(&entry->base, arena);
	json_t *inner = event ? message_json(&event->base, arena) : NULL;
	if (line && inner)
		(void)json_object_set(line, "event", inner);
	output_json_line(line, stdout);
	json_decref(inner);
	json_decref(line);
}

static void entry_line(const Pidc__V1__LedgerEntry *entry, const Pidc__V1__Event *event)
{
	const ProtobufCFieldDescriptor *body = NULL;
	char text[28] = "";
	int64_t us = 0;
	if (event)
		body = protobuf_c_message_descriptor_get_field(event->base.descriptor,
							       (unsigned)event->body_case);
	if (entry->tx_time && time_from_proto(entry->tx_time, &us))
		time_format(us, text);
	printf("%llu %.10s %.8sZ %s ", (unsigned long long)entry->index, text,
	       strlen(text) > 19 ? text + 11 : "", body ? body->name : "?");
	if (event && event->actor)
		escape_print(stdout, event->actor->principal_id);
	(void)fputc('\n', stdout);
}

/* What the clock has done, which no entry says. */
static void timed_print(const struct watch *watch, const Pidc__V1__TimedEvent *timed,
			struct arena *arena)
{
	const ProtobufCEnumValue *kind = protobuf_c_enum_descriptor_get_value(
		&pidc__v1__timed_event_kind__descriptor, (int)timed->kind);
	char text[28] = "";
	int64_t us = 0;
	if (output_is_json(&watch->ctl->output)) {
		json_t *line = json_pack("{s:o?}", "timed", message_json(&timed->base, arena));
		output_json_line(line, stdout);
		json_decref(line);
		return;
	}
	if (timed->at && time_from_proto(timed->at, &us))
		time_format(us, text);
	printf("- %.10s %.8sZ %s ", text, strlen(text) > 19 ? text + 11 : "",
	       kind ? kind->name + strlen("TIMED_EVENT_KIND_") : "?");
	escape_print(stdout, timed->entity_id);
	(void)fputc('\n', stdout);
}

static int watch_message(void *user, const uint8_t *data, size_t len)
{
	struct watch *watch = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(CTL_MEMORY_MAX);
	int rc = arena ? guard_unpack(watch->ctl->in->command->response, data, len, arena, &message,
				      NULL)
		       : PIDC_ENOMEM;
	const Pidc__V1__WatchResponse *answer = (const Pidc__V1__WatchResponse *)message;
	for (size_t i = 0; rc == 0 && i < answer->n_entries; i++) {
		const Pidc__V1__LedgerEntry *entry = answer->entries[i];
		ProtobufCMessage *event = NULL;
		if (entry->payload.len > 0 &&
		    guard_unpack(&pidc__v1__event__descriptor, entry->payload.data,
				 entry->payload.len, arena, &event, NULL) < 0)
			event = NULL;
		if (output_is_json(&watch->ctl->output))
			entry_json(entry, (const Pidc__V1__Event *)event, arena);
		else
			entry_line(entry, (const Pidc__V1__Event *)event);
	}
	for (size_t i = 0; rc == 0 && i < answer->n_timed; i++)
		timed_print(watch, answer->timed[i], arena);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = PIDC_EIO;
	arena_free(arena);
	return rc;
}

int ctl_ledger_watch(struct ctl *ctl)
{
	struct watch watch = {.ctl = ctl};
	ProtobufCMessage *request = NULL;
	int status = ctl_request(ctl, &request);
	if (status != EXIT_OK)
		return status;
	watch.request = ctl_pack(ctl, request, &watch.request_len);
	if (!watch.request)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	struct channel_call call = {.path = ctl->in->command->path,
				    .is_stream = true,
				    .next = watch_next,
				    .on_message = watch_message,
				    .user = &watch};
	return ctl_stream(ctl, &call);
}
