/* SPDX-License-Identifier: ISC
 *
 * Data as it was received: one line a row, exactly the fields that came.
 */
#include "client/ctl.h"
#include "client/received.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "wire/guard.h"
#include "wire/json.h"
#include "wire/rpc.h"

#include <string.h>

struct fetch {
	struct ctl *ctl;
	const uint8_t *request;
	size_t request_len;
	bool is_sent;
	bool has_header;
	const Pidc__V1__FetchRequest *asked;
	struct received received;
	struct pidc_error err; /* why we stopped it; no code: we did not */
};

static int fetch_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	struct fetch *fetch = user;
	*ret_data = fetch->request;
	*ret_len = fetch->request_len;
	return fetch->is_sent ? 0 : (fetch->is_sent = true);
}

static void row_csv(struct fetch *fetch, const Pidc__V1__FetchedItem *item,
		    Pidc__V1__ContentColumn **columns, size_t row)
{
	if (!fetch->has_header) {
		(void)fputs("contributionId", stdout);
		for (size_t i = 0; i < item->n_columns; i++) {
			(void)fputc(',', stdout);
			escape_csv(stdout, columns[i]->field);
		}
		(void)fputs("\r\n", stdout);
		fetch->has_header = true;
	}
	escape_csv(stdout, item->contribution_id);
	for (size_t i = 0; i < item->n_columns; i++) {
		(void)fputc(',', stdout);
		escape_csv(stdout, columns[i]->values[row]);
	}
	(void)fputs("\r\n", stdout);
}

static void row_json(const Pidc__V1__FetchedItem *item, Pidc__V1__ContentColumn **columns,
		     size_t row)
{
	json_t *values = json_object();
	for (size_t i = 0; i < item->n_columns; i++)
		(void)json_object_set_new(values, columns[i]->field,
					  json_string(columns[i]->values[row]));
	json_t *line = json_pack("{s:s, s:s, s:o}", "contributionId", item->contribution_id,
				 "datasetId", item->dataset_id, "values", values);
	(void)json_dumpf(line, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	json_decref(line);
}

/* Content that is not in the register: where it is, and what the right content is. */
static int elsewhere_print(const Pidc__V1__FetchedItem *item, struct arena *arena)
{
	char *text = NULL;
	int rc = json_print(&item->base, true, arena, &text, NULL);
	if (rc == 0)
		(void)fprintf(stdout, "%s\n", text);
	return rc;
}

static int item_print(struct fetch *fetch, const Pidc__V1__FetchedItem *item, struct arena *arena)
{
	Pidc__V1__ContentColumn **columns =
		arena_calloc(arena, item->n_columns + 1, sizeof(void *));
	if (!columns)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < item->n_columns; i++) {
		ProtobufCMessage *message = NULL;
		int rc = guard_unpack(&pidc__v1__content_column__descriptor, item->columns[i].data,
				      item->columns[i].len, arena, &message, NULL);
		if (rc < 0)
			return rc;
		columns[i] = (Pidc__V1__ContentColumn *)message;
		if (columns[i]->n_values != columns[0]->n_values)
			return PIDC_EPROTO;
	}
	if (item->content_kind == PIDC__V1__CONTENT_KIND__CONTENT_KIND_EXTERNAL_REF ||
	    item->content_kind == PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY)
		return elsewhere_print(item, arena);
	for (size_t row = 0; item->n_columns > 0 && row < columns[0]->n_values; row++) {
		if (fetch->ctl->output.format == OUTPUT_CSV)
			row_csv(fetch, item, columns, row);
		else
			row_json(item, columns, row);
	}
	return 0;
}

static int fetch_message(void *user, const uint8_t *data, size_t len)
{
	struct fetch *fetch = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(0);
	int rc = arena ? guard_unpack(fetch->ctl->in->command->response, data, len, arena, &message,
				      NULL)
		       : PIDC_ENOMEM;
	const Pidc__V1__FetchResponse *answer = (const Pidc__V1__FetchResponse *)message;
	if (rc == 0)
		rc = received_chunk(&fetch->received, answer, fetch->asked->fields,
				    fetch->asked->n_fields, arena, &fetch->err);
	for (size_t i = 0; rc == 0 && i < answer->n_items; i++)
		rc = item_print(fetch, answer->items[i], arena);
	if (rc == 0 && ferror(stdout))
		rc = PIDC_EIO;
	arena_free(arena);
	return rc;
}

static int fetch_run(struct fetch *fetch)
{
	struct channel_status status;
	struct channel_call call = {.path = fetch->ctl->in->command->path,
				    .is_stream = true,
				    .next = fetch_next,
				    .on_message = fetch_message,
				    .user = fetch};
	ctl_attempt(fetch->ctl, &call, &status);
	if (fetch->err.code)
		return ctl_error(fetch->ctl, &fetch->err);
	if (status.code != RPC_OK)
		return ctl_refused(fetch->ctl, &status);
	return received_end(&fetch->received, &fetch->err) < 0 ? ctl_error(fetch->ctl, &fetch->err)
							       : EXIT_OK;
}

int ctl_data_fetch(struct ctl *ctl)
{
	struct fetch fetch = {.ctl = ctl};
	ProtobufCMessage *request = NULL;
	int status = ctl_request(ctl, &request);
	if (status != EXIT_OK)
		return status;
	fetch.asked = (const Pidc__V1__FetchRequest *)request;
	fetch.request = ctl_pack(ctl, request, &fetch.request_len);
	if (!fetch.request)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	if (received_init(&fetch.received, invocation_flag(ctl->in, "directory", 0),
			  invocation_flag(ctl->in, "force", 0) != NULL, &fetch.err) < 0)
		return ctl_error(ctl, &fetch.err);
	status = fetch_run(&fetch);
	received_close(&fetch.received);
	return status;
}
