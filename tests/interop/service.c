/* SPDX-License-Identifier: ISC */
#include "service.h"

#include "grpc/testing/messages.pb-c.h"
#include "wire/guard.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_ARENA_MAX ((size_t)4 * 1024 * 1024) /* one request, unpacked */

/* Every payload is zeros, of whatever length. */
static uint8_t zeros[INTEROP_SIZE_MAX];

static bool is_size(struct call *call, int32_t size)
{
	if (size >= 0 && (size_t)size <= INTEROP_SIZE_MAX)
		return true;
	call_finish(call, RPC_INVALID_ARGUMENT, "size of the response");
	return false;
}

/* True: the client wants this status, and has it. */
static bool echo_status(struct call *call, const Grpc__Testing__EchoStatus *status)
{
	if (status == NULL || status->code == 0)
		return false;
	call_finish(call, (enum rpc_code)status->code, status->message);
	return true;
}

/* True: the message came as the client says it should have, or it does not say. */
static bool is_expected(struct call *call, const Grpc__Testing__BoolValue *expect_compressed)
{
	if (expect_compressed == NULL ||
	    expect_compressed->value == rpc_call_was_compressed(call->rpc))
		return true;
	call_finish(call, RPC_INVALID_ARGUMENT,
		    expect_compressed->value ? "the message came uncompressed"
					     : "the message came compressed");
	return false;
}

static void echo(struct call *call, const char *name, bool is_initial)
{
	const struct rpc_metadata *pair = rpc_call_metadata(call->rpc, name);

	if (pair != NULL &&
	    rpc_call_add_metadata(call->rpc, is_initial, name, pair->value, pair->value_len) < 0)
		call_finish(call, RPC_INTERNAL, "metadata cannot be echoed");
}

static void echo_metadata(struct call *call)
{
	echo(call, "x-grpc-test-echo-initial", true);
	echo(call, "x-grpc-test-echo-trailing-bin", false);
}

/* --- unary ----------------------------------------------------------------- */

static void empty_message(struct call *call, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	if (call_send(call, zeros, 0, NULL) == 0)
		call_ok(call);
}

static void unary_message(struct call *call, const uint8_t *data, size_t len)
{
	Grpc__Testing__SimpleResponse reply = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
	Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;
	Grpc__Testing__SimpleRequest *request;
	ProtobufCMessage *message;

	if (call_unpack(call, &grpc__testing__simple_request__descriptor, data, len, &message) < 0)
		return;
	request = (Grpc__Testing__SimpleRequest *)message;
	if (!is_expected(call, request->expect_compressed) ||
	    echo_status(call, request->response_status) || !is_size(call, request->response_size))
		return;
	if (request->response_compressed != NULL && request->response_compressed->value)
		rpc_call_set_compression(call->rpc, true);
	payload.body.data = zeros;
	payload.body.len = (size_t)request->response_size;
	reply.payload = &payload;
	if (call_send_message(call, &reply.base, NULL) == 0)
		call_ok(call);
}

/* --- client stream --------------------------------------------------------- */

static void input_start(struct call *call)
{
	echo_metadata(call);
	call->state = arena_alloc(call->arena, sizeof(int32_t));
	if (call->state == NULL)
		call_abort(call, PIDC_ENOMEM, NULL);
}

static int unpack_alone(struct call *call, const ProtobufCMessageDescriptor *descriptor,
			const uint8_t *data, size_t len, struct arena **ret_arena,
			ProtobufCMessage **ret)
{
	struct arena *arena = arena_new(MESSAGE_ARENA_MAX);
	struct pidc_error err = {0};
	int r = arena == NULL ? PIDC_ENOMEM : guard_unpack(descriptor, data, len, arena, ret, &err);

	if (r < 0) {
		arena_free(arena);
		call_abort(call, r, err.msg);
		return r;
	}
	*ret_arena = arena;
	return 0;
}

static void input_message(struct call *call, const uint8_t *data, size_t len)
{
	Grpc__Testing__StreamingInputCallRequest *request;
	int32_t *sum = call->state;
	ProtobufCMessage *message;
	struct arena *arena;

	if (unpack_alone(call, &grpc__testing__streaming_input_call_request__descriptor, data, len,
			 &arena, &message) < 0)
		return;
	request = (Grpc__Testing__StreamingInputCallRequest *)message;
	if (is_expected(call, request->expect_compressed) && request->payload != NULL)
		*sum = (int32_t)((uint32_t)*sum + (uint32_t)request->payload->body.len);
	arena_free(arena);
}

static void input_end(struct call *call)
{
	Grpc__Testing__StreamingInputCallResponse reply =
		GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;
	const int32_t *sum = call->state;

	reply.aggregated_payload_size = *sum;
	if (call_send_message(call, &reply.base, NULL) == 0)
		call_ok(call);
}

/* --- answers in a stream --------------------------------------------------- */

struct answer {
	struct answer *next;
	int32_t size;
	uint32_t wait_ms;
	bool is_compressed;
};

/* Answers that are due, in order; one timer for their intervals. */
struct output {
	struct call *call;
	uv_timer_t timer;
	struct answer *first, *last;
	bool is_waiting; /* for the timer or for on_writable */
	bool has_waited; /* the interval of first is over */
	bool is_held;    /* half duplex: until the client is done */
	bool is_half_closed;
	bool is_paused;
	bool has_sent;
	bool names_gzip; /* some answer is to be compressed */
};

static void output_step(struct output *output);

static void on_timer(uv_timer_t *timer)
{
	struct output *output = timer->data;

	output->is_waiting = false;
	output->has_waited = true;
	output_step(output);
}

/* The headers name gzip for all answers; each then says for itself. */
static int set_compression(struct output *output, bool is_compressed)
{
	struct rpc_call *rpc = output->call->rpc;
	int r = 0;

	if (!output->has_sent) {
		rpc_call_set_compression(rpc, output->names_gzip);
		r = rpc_call_send_headers(rpc);
		output->has_sent = true;
	}
	rpc_call_set_compression(rpc, is_compressed);
	return r;
}

static void send_first(struct output *output)
{
	Grpc__Testing__StreamingOutputCallResponse reply =
		GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
	Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;
	struct answer *answer = output->first;
	int r;

	output->first = answer->next;
	if (output->first == NULL)
		output->last = NULL;
	output->has_waited = false;
	payload.body.data = zeros;
	payload.body.len = (size_t)answer->size;
	reply.payload = &payload;
	r = set_compression(output, answer->is_compressed);
	free(answer);
	if (r < 0)
		call_abort(output->call, r, "headers cannot be sent");
	else if (call_send_message(output->call, &reply.base, &output->is_waiting) < 0)
		return;
}

static void output_step(struct output *output)
{
	struct call *call = output->call;

	while (output->first != NULL && !output->is_waiting && !output->is_held &&
	       !call_is_over(call)) {
		if (output->first->wait_ms > 0 && !output->has_waited) {
			output->is_waiting = true;
			uv_timer_start(&output->timer, on_timer, output->first->wait_ms, 0);
			return;
		}
		send_first(output);
	}
	if (call_is_over(call) || output->first != NULL || output->is_waiting)
		return;
	if (output->is_paused) {
		output->is_paused = false;
		rpc_call_resume(call->rpc);
	} else if (output->is_half_closed) {
		call_ok(call);
	}
}

static void output_start(struct call *call)
{
	struct output *output = calloc(1, sizeof(*output));

	echo_metadata(call);
	if (output == NULL) {
		call_abort(call, PIDC_ENOMEM, NULL);
		return;
	}
	uv_timer_init(call->context, &output->timer);
	output->timer.data = output;
	output->call = call;
	call->state = output;
}

static void half_duplex_start(struct call *call)
{
	struct output *output;

	output_start(call);
	output = call->state;
	if (output != NULL)
		output->is_held = true;
}

static bool append(struct output *output, const Grpc__Testing__ResponseParameters *row)
{
	struct answer *answer;

	if (!is_size(output->call, row->size))
		return false;
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL) {
		call_abort(output->call, PIDC_ENOMEM, NULL);
		return false;
	}
	answer->size = row->size;
	answer->wait_ms = row->interval_us > 0 ? (uint32_t)row->interval_us / 1000 : 0;
	if (answer->wait_ms > INTEROP_INTERVAL_MAX)
		answer->wait_ms = INTEROP_INTERVAL_MAX;
	answer->is_compressed = row->compressed != NULL && row->compressed->value;
	output->names_gzip |= answer->is_compressed;
	if (output->last != NULL)
		output->last->next = answer;
	else
		output->first = answer;
	output->last = answer;
	return true;
}

static void output_message(struct call *call, const uint8_t *data, size_t len)
{
	Grpc__Testing__StreamingOutputCallRequest *request;
	struct output *output = call->state;
	ProtobufCMessage *message;
	struct arena *arena;
	bool is_fine;

	if (unpack_alone(call, &grpc__testing__streaming_output_call_request__descriptor, data, len,
			 &arena, &message) < 0)
		return;
	request = (Grpc__Testing__StreamingOutputCallRequest *)message;
	is_fine = !echo_status(call, request->response_status);
	for (size_t i = 0; i < request->n_response_parameters && is_fine; i++)
		is_fine = append(output, request->response_parameters[i]);
	arena_free(arena);
	if (!is_fine)
		return;
	/* One request is answered before the next is read. */
	if (call->method.kind->is_client_stream && !output->is_held && output->first != NULL) {
		output->is_paused = true;
		rpc_call_pause(call->rpc);
	}
	if (!call->method.kind->is_client_stream)
		output->is_half_closed = true;
	output_step(output);
}

static void output_end(struct call *call)
{
	struct output *output = call->state;

	output->is_half_closed = true;
	output->is_held = false;
	output_step(output);
}

static void output_writable(struct call *call)
{
	struct output *output = call->state;

	if (output == NULL || uv_is_active((uv_handle_t *)&output->timer))
		return;
	output->is_waiting = false;
	output_step(output);
}

static void on_output_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void output_free(struct call *call)
{
	struct output *output = call->state;

	if (output == NULL)
		return;
	while (output->first != NULL) {
		struct answer *answer = output->first;

		output->first = answer->next;
		free(answer);
	}
	uv_close((uv_handle_t *)&output->timer, on_output_closed);
}

/* --- methods --------------------------------------------------------------- */

static const struct call_kind empty_kind = {.on_start = echo_metadata, .on_message = empty_message};
static const struct call_kind unary_kind = {.on_start = echo_metadata, .on_message = unary_message};
static const struct call_kind input_kind = {
	.is_client_stream = true,
	.on_start = input_start,
	.on_message = input_message,
	.on_half_close = input_end,
};
static const struct call_kind output_kind = {
	.on_start = output_start,
	.on_message = output_message,
	.on_writable = output_writable,
	.on_free = output_free,
};
static const struct call_kind full_duplex_kind = {
	.is_client_stream = true,
	.on_start = output_start,
	.on_message = output_message,
	.on_half_close = output_end,
	.on_writable = output_writable,
	.on_free = output_free,
};
static const struct call_kind half_duplex_kind = {
	.is_client_stream = true,
	.on_start = half_duplex_start,
	.on_message = output_message,
	.on_half_close = output_end,
	.on_writable = output_writable,
	.on_free = output_free,
};

bool interop_find(void *context, const char *path, struct call_method *ret)
{
	static const struct {
		const char *path;
		const struct call_kind *kind;
	} methods[] = {
		{"/grpc.testing.TestService/EmptyCall", &empty_kind},
		{"/grpc.testing.TestService/UnaryCall", &unary_kind},
		{"/grpc.testing.TestService/StreamingInputCall", &input_kind},
		{"/grpc.testing.TestService/StreamingOutputCall", &output_kind},
		{"/grpc.testing.TestService/FullDuplexCall", &full_duplex_kind},
		{"/grpc.testing.TestService/HalfDuplexCall", &half_duplex_kind},
	};

	(void)context;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].path, path) != 0)
			continue;
		ret->kind = methods[i].kind;
		return true;
	}
	return false;
}
