/* SPDX-License-Identifier: ISC */
#include "daemon/method.h"

#include "daemon/health.h"
#include "daemon/reflection.h"
#include "daemon/work.h"

static void unary_done(struct work *work)
{
	struct call *call = work->call;

	if (work->job.result != 0) {
		work_refuse(work);
		return;
	}
	if (call_send(call, work->job.reply, work->job.reply_len, NULL) == 0)
		call_ok(call);
}

static void unary_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct service_method *method = call->method.data;
	struct work *work = arena_alloc(call->arena, sizeof(*work));
	ProtobufCMessage *request;

	if (work == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return;
	}
	if (work_prepare(work, call) < 0 ||
	    call_unpack(call, service_method_request(method), data, len, &request) < 0)
		return;
	work->job.method = method;
	work->job.request_bytes = data;
	work->job.request_len = len;
	work->job.request = request;
	work->done = unary_done;
	call->state = work;
	if (work_submit(work, service_method_lane(method)) < 0)
		work_refuse(work);
}

static void unary_gone(struct call *call)
{
	if (call->state != NULL)
		work_cancel(call->state);
}

const struct call_kind method_unary = {
	.on_message = unary_message,
	.on_gone = unary_gone,
};

bool method_find(void *context, const char *path, struct call_method *ret)
{
	struct backend *backend = context;
	const struct service_method *method;

	if (health_find(backend->health, path, ret) ||
	    (backend->reflection != NULL && reflection_find(backend->reflection, path, ret)))
		return true;
	method = service_method_find(path);
	if (method == NULL)
		return false;
	ret->data = method;
	switch (service_method_stream(method)) {
	case STREAM_NONE:
		ret->kind = &method_unary;
		break;
	case STREAM_ITEMS:
		ret->kind = &method_items;
		break;
	case STREAM_FETCH:
		ret->kind = &method_fetch;
		break;
	case STREAM_STEPS:
		ret->kind = &method_steps;
		break;
	case STREAM_WATCH:
		ret->kind = &method_watch;
		break;
	}
	return true;
}
