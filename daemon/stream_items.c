/* SPDX-License-Identifier: ISC
 *
 * STREAM_ITEMS: each message of the stream is one unary command; many are in a
 * lane at once, the answers go out in order. An item that is refused is answered
 * as refused, and the stream goes on; a malformed one ends the stream.
 */
#include "daemon/method.h"
#include "daemon/status.h"
#include "daemon/work.h"
#include "wire/guard.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_WINDOW 256 /* one full batch of the write lane */
#define ITEMS_ARENA_MAX \
	((size_t)1024 * 1024) /* an item is one submission; 256 of them must fit memory */

/* Fields of every reply of an items stream. */
enum reply_field { REPLY_REQUEST_ID = 1, REPLY_ACCEPTED = 2, REPLY_REASON = 3, REPLY_MESSAGE = 4 };

struct item {
	struct work work;
	struct arena *arena;
	size_t charged;
	struct item *next;
	const char *request_id;
	bool is_done;
};

struct items {
	struct item *first, *last;
	size_t count;
	bool is_half_closed;
	bool is_paused;
	bool is_full;
	bool is_flushing;
	bool is_short; /* requests of all calls take too much memory: one at a time */
};

static void item_free(struct item *item)
{
	if (item->charged > 0)
		call_discharge(item->work.call, item->charged);
	arena_free(item->arena);
	free(item);
}

static size_t window_of(const struct items *items)
{
	return items->is_short ? 1 : ITEMS_WINDOW;
}

/* --- answers --------------------------------------------------------------- */

static size_t put_varint(uint8_t *out, size_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		out[n++] = (uint8_t)(value | 0x80);
	out[n++] = (uint8_t)value;
	return n;
}

/* One length-delimited field; the accepted reply is already serialized. */
static size_t put_field(uint8_t *out, enum reply_field field, const void *data, size_t len)
{
	size_t n = 0;

	if (len == 0 && field != REPLY_ACCEPTED)
		return 0;
	out[n++] = (uint8_t)((unsigned)field << 3 | 2);
	n += put_varint(out + n, len);
	if (len > 0)
		memcpy(out + n, data, len);
	return n + len;
}

static int send_answer(struct call *call, struct item *item, bool *ret_full)
{
	const struct service_job *job = &item->work.job;
	const char *reason = reason_name(job->refusal.reason);
	struct rpc_status status = {.message = ""};
	size_t id_len = strlen(item->request_id);
	size_t text_len, len;
	uint8_t *out;
	int r;

	if (job->result != 0)
		status_of_refusal(&job->refusal, item->arena, &status);
	text_len = strlen(status.message);
	/* Each field has a tag and at most 10 bytes of length. */
	out = malloc(4 * 11 + id_len + strlen(reason) + text_len + job->reply_len);
	if (out == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return PIDC_ENOMEM;
	}
	len = put_field(out, REPLY_REQUEST_ID, item->request_id, id_len);
	if (job->result == 0) {
		len += put_field(out + len, REPLY_ACCEPTED, job->reply, job->reply_len);
	} else {
		len += put_field(out + len, REPLY_REASON, reason, strlen(reason));
		len += put_field(out + len, REPLY_MESSAGE, status.message, text_len);
	}
	r = call_send(call, out, len, ret_full);
	free(out);
	return r;
}

static struct item *pop(struct items *items)
{
	struct item *item = items->first;

	items->first = item->next;
	if (items->first == NULL)
		items->last = NULL;
	items->count--;
	return item;
}

static void send_done(struct call *call, struct items *items)
{
	while (items->first != NULL && items->first->is_done && !items->is_full) {
		struct item *item = pop(items);
		int r = send_answer(call, item, &items->is_full);

		item_free(item);
		if (r < 0)
			return;
	}
}

/* Answer what is done and in order; let the client go on when there is room. A
 * resumed call may hand out messages at once, which come back here. */
static void flush(struct call *call)
{
	struct items *items = call->state;

	if (items->is_flushing || call_is_over(call))
		return;
	items->is_flushing = true;
	send_done(call, items);
	while (items->is_paused && items->count <= window_of(items) / 2 && !call_is_over(call)) {
		items->is_paused = false;
		rpc_call_resume(call->rpc);
		send_done(call, items);
	}
	items->is_flushing = false;
	if (items->is_half_closed && items->first == NULL)
		call_ok(call);
}

static void drop_done(struct items *items)
{
	struct item **at = &items->first;

	items->last = NULL;
	while (*at != NULL) {
		struct item *item = *at;

		if (!item->is_done) {
			items->last = item;
			at = &item->next;
			continue;
		}
		*at = item->next;
		items->count--;
		item_free(item);
	}
}

static void item_done(struct work *work)
{
	struct item *item = (struct item *)work;
	struct call *call = work->call;

	item->is_done = true;
	if (call_is_over(call))
		drop_done(call->state);
	else
		flush(call);
}

/* --- requests -------------------------------------------------------------- */

/* The command inside the stream's message: its only field. NULL when absent. */
static const ProtobufCMessage *command_of(const ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field = &message->descriptor->fields[0];

	return *(ProtobufCMessage *const *)((const char *)message + field->offset);
}

static const char *request_id_of(const ProtobufCMessage *command)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(command->descriptor, "request_id");
	const char *id;

	if (field == NULL)
		return "";
	id = *(char *const *)((const char *)command + field->offset);
	return id != NULL ? id : "";
}

static int unpack(struct call *call, struct item *item, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct service_job *job = &item->work.job;
	struct pidc_error err = {0};
	ProtobufCMessage *message;
	uint8_t *bytes;
	int r = guard_unpack(service_method_request(method), data, len, item->arena, &message,
			     &err);

	if (r < 0) {
		call_abort(call, r, err.msg);
		return r;
	}
	job->request = command_of(message);
	if (job->request == NULL) {
		call_abort(call, PIDC_EPROTO, "a message of the stream is empty");
		return PIDC_EPROTO;
	}
	/* The digest is that of the command alone, as in a unary call. */
	job->request_len = protobuf_c_message_get_packed_size(job->request);
	bytes = arena_alloc(item->arena, job->request_len);
	if (bytes == NULL) {
		call_abort(call, PIDC_ELIMIT, "a message of the stream is too large");
		return PIDC_ELIMIT;
	}
	protobuf_c_message_pack(job->request, bytes);
	job->request_bytes = bytes;
	job->method = service_method_item(method);
	job->arena = item->arena;
	item->request_id = request_id_of(job->request);
	return 0;
}

static struct item *item_new(struct call *call, const uint8_t *data, size_t len)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return NULL;
	}
	item->arena = arena_new(ITEMS_ARENA_MAX);
	if (item->arena == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		free(item);
		return NULL;
	}
	/* The caller is the same for all; the first work has asked for it. */
	if (work_prepare(&item->work, call) < 0 || unpack(call, item, data, len) < 0) {
		item_free(item);
		return NULL;
	}
	item->work.done = item_done;
	return item;
}

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct items *items = call->state;
	struct item *item = item_new(call, data, len);

	if (item == NULL)
		return;
	/* One item of a stream always gets through, so that each goes on. */
	items->is_short = call_charge(call, len) < 0;
	item->charged = items->is_short ? 0 : len;
	if (items->last != NULL)
		items->last->next = item;
	else
		items->first = item;
	items->last = item;
	if (++items->count >= window_of(items) && !items->is_paused) {
		items->is_paused = true;
		rpc_call_pause(call->rpc);
	}
	if (work_submit(&item->work, service_method_lane(service_method_item(method))) < 0) {
		item->is_done = true;
		flush(call);
	}
}

static void on_start(struct call *call)
{
	call->state = arena_alloc(call->arena, sizeof(struct items));
	if (call->state == NULL)
		call_abort(call, PIDC_ENOMEM, NULL);
}

static void on_half_close(struct call *call)
{
	struct items *items = call->state;

	items->is_half_closed = true;
	flush(call);
}

static void on_writable(struct call *call)
{
	struct items *items = call->state;

	items->is_full = false;
	flush(call);
}

/* What waits is forgotten; what runs comes back to item_done. */
static void on_gone(struct call *call)
{
	struct items *items = call->state;

	if (items == NULL)
		return;
	for (struct item *item = items->first; item != NULL; item = item->next) {
		if (work_cancel(&item->work))
			item->is_done = true;
	}
	drop_done(items);
}

const struct call_kind method_items = {
	.is_client_stream = true,
	.on_start = on_start,
	.on_message = on_message,
	.on_half_close = on_half_close,
	.on_writable = on_writable,
	.on_gone = on_gone,
};
