/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

#include <stdio.h>
#include <string.h>

/* Clients cap trailers at 8 KiB (sum of names, values and 32 each); own pairs
 * have 6 KiB of it at most, what is left goes to details, then to the text. */
#define TRAILERS_MAX 8000
#define DETAILS_MAX  4096
#define MESSAGE_MAX  1024

#define ACCEPTED_ENCODINGS "identity,gzip"

/* --- request headers ------------------------------------------------------- */

static void note(struct rpc_call *call, enum rpc_fault fault)
{
	if (fault < call->fault)
		call->fault = fault;
}

static void take_path(struct rpc_call *call, const struct h2_header *header)
{
	const char *path =
		arena_strndup(call->arena, (const char *)header->value, header->value_len);

	if (path == NULL)
		note(call, FAULT_MEMORY);
	else
		call->path = path;
}

static void take_encoding(struct rpc_call *call, const struct h2_header *header)
{
	call->names_gzip = true;
	if (RPC_IS_VALUE(header, "gzip"))
		call->body_gzip = true;
	else if (!RPC_IS_VALUE(header, "identity"))
		note(call, FAULT_ENCODING);
}

static void take_timeout(struct rpc_call *call, const struct h2_header *header)
{
	if (grpc_timeout_parse(header->value, header->value_len, &call->timeout_ms) < 0)
		note(call, FAULT_TIMEOUT);
	else
		call->has_timeout = true;
}

void server_header(struct rpc_call *call, const struct h2_header *header)
{
	if (!metadata_count_header(call, header)) {
		note(call, FAULT_TOO_LARGE);
		return;
	}
	if (call->rx != RX_HEADERS) /* request trailers mean nothing in gRPC */
		return;
	if (RPC_IS_NAME(header, ":path")) {
		take_path(call, header);
	} else if (RPC_IS_NAME(header, ":method")) {
		if (!RPC_IS_VALUE(header, "POST"))
			note(call, FAULT_METHOD);
	} else if (RPC_IS_NAME(header, "content-type")) {
		call->has_type = grpc_is_content_type(header->value, header->value_len);
	} else if (RPC_IS_NAME(header, "grpc-timeout")) {
		take_timeout(call, header);
	} else if (RPC_IS_NAME(header, "grpc-encoding")) {
		take_encoding(call, header);
	} else if (RPC_IS_NAME(header, "grpc-accept-encoding")) {
		call->peer_gzip = grpc_list_has(header->value, header->value_len, "gzip");
	} else if (!metadata_is_hidden(header)) {
		metadata_receive(call, header);
	}
}

/* --- answers that are not the service's ------------------------------------ */

/* Plain HTTP, for what is not gRPC at all. */
static void answer_http(struct rpc_call *call, const char *status, bool is_method)
{
	struct h2_header headers[2] = {
		rpc_header(":status", 7, status, 3),
		RPC_HEADER("allow", "POST"),
	};

	call->tx = TX_ENDED;
	receive_drop(call);
	if (h2_respond(call->conn->h2, call->id, headers, is_method ? 2 : 1, NULL, false) < 0)
		h2_reset(call->conn->h2, call->id, H2_INTERNAL_ERROR);
}

static void answer_fault(struct rpc_call *call)
{
	struct rpc_status status = {.code = RPC_INTERNAL};

	switch (call->fault) {
	case FAULT_TOO_LARGE:
		answer_http(call, "431", false);
		return;
	case FAULT_METHOD:
		answer_http(call, "405", true);
		return;
	case FAULT_TYPE:
		answer_http(call, "415", false);
		return;
	case FAULT_MEMORY:
		status.code = RPC_RESOURCE_EXHAUSTED;
		status.message = "out of memory";
		break;
	case FAULT_ENCODING:
		status.code = RPC_UNIMPLEMENTED;
		status.message = "grpc-encoding is not supported";
		break;
	case FAULT_TIMEOUT:
		status.message = "grpc-timeout is malformed";
		break;
	default:
		status.message = "a -bin metadata value is not base64";
		break;
	}
	server_finish(call, &status);
}

static void begin_call(struct rpc_call *call)
{
	struct rpc_conn *conn = call->conn;
	uint64_t timeout = conn->limits.call_max_ms;
	uint64_t due;

	if (call->has_timeout && call->timeout_ms < timeout)
		timeout = call->timeout_ms;
	if (timeout == 0) {
		server_finish(call, &(struct rpc_status){.code = RPC_DEADLINE_EXCEEDED,
							 .message = "grpc-timeout is zero"});
		return;
	}
	call->deadline = conn->now + timeout;
	due = timeout < conn->limits.stall_ms ? timeout : conn->limits.stall_ms;
	if (conn->now + due < conn->next_scan)
		conn->next_scan = conn->now + due;
	call->is_notified = false;
	conn->handlers->on_call(call, conn->user);
}

void server_block_end(struct rpc_call *call, bool is_end)
{
	if (call->rx == RX_HEADERS) {
		call->rx = RX_MESSAGES;
		if (!call->has_type)
			note(call, FAULT_TYPE);
		if (call->fault != FAULT_NONE)
			answer_fault(call);
		else
			begin_call(call);
	} else if (call->fault == FAULT_TOO_LARGE && !call->is_deaf) {
		call_fail(call, RPC_RESOURCE_EXHAUSTED, "request trailers are too large");
	}
	if (is_end)
		receive_end(call);
}

/* --- response -------------------------------------------------------------- */

static size_t add_pairs(const struct rpc_pairs *pairs, struct h2_header *headers, size_t n)
{
	for (size_t i = 0; i < pairs->count; i++)
		headers[n++] = pairs->list[i];
	return n;
}

#define MAX_RESPONSE_HEADERS 72 /* two lists of own pairs and the protocol's */

static size_t initial_headers(struct rpc_call *call, struct h2_header *headers)
{
	size_t n = 0;

	headers[n++] = RPC_HEADER(":status", "200");
	headers[n++] = RPC_HEADER("content-type", "application/grpc");
	if (call->told_gzip)
		headers[n++] = RPC_HEADER("grpc-encoding", "gzip");
	if (call->names_gzip)
		headers[n++] = RPC_HEADER("grpc-accept-encoding", ACCEPTED_ENCODINGS);
	return add_pairs(&call->initial, headers, n);
}

int rpc_call_send_headers(struct rpc_call *call)
{
	struct h2_header headers[MAX_RESPONSE_HEADERS];
	size_t n;

	if (!call->conn->is_server || call->tx != TX_NONE || call->is_gone)
		return call->tx >= TX_ENDING || call->is_gone ? PIDC_ECLOSED : 0;
	call->told_gzip = call->wants_gzip && call->peer_gzip;
	n = initial_headers(call, headers);
	if (h2_respond(call->conn->h2, call->id, headers, n, call, true) < 0)
		return PIDC_ENOMEM;
	call->tx = TX_OPEN;
	return 0;
}

/* Status texts are kept encoded: the status is needed once, on the wire. */
static void keep_status(struct rpc_call *call, const struct rpc_status *status)
{
	size_t room = TRAILERS_MAX - call->trailing.size - call->initial.size;
	uint8_t *text;
	size_t len;

	call->has_status = true;
	call->status = (struct rpc_status){.code = status->code};
	len = grpc_base64_len(status->details_len);
	if (status->details != NULL && len <= DETAILS_MAX && len + 64 < room) {
		text = arena_alloc(call->arena, len);
		if (text != NULL) {
			call->status.details_len =
				grpc_base64_encode(status->details, status->details_len, text);
			call->status.details = text;
			room -= len + 64;
		}
	}
	if (status->message == NULL || status->message[0] == '\0')
		return;
	len = strlen(status->message) * 3;
	len = len < MESSAGE_MAX ? len : MESSAGE_MAX;
	if (len + 64 > room)
		len = room > 64 ? room - 64 : 0;
	text = arena_alloc(call->arena, len + 1);
	if (text == NULL)
		return; /* the code says enough */
	len = grpc_percent_encode(status->message, text, len);
	text[len] = '\0';
	call->status.message = (const char *)text;
}

static size_t status_headers(struct rpc_call *call, struct h2_header *headers, size_t n,
			     char code[4])
{
	int len = snprintf(code, 4, "%d", (int)call->status.code);

	headers[n++] = rpc_header("grpc-status", 11, code, (size_t)len);
	if (call->status.message != NULL) {
		headers[n] = rpc_header("grpc-message", 12, call->status.message,
					strlen(call->status.message));
		headers[n++].is_volatile = true;
	}
	if (call->status.details != NULL) {
		headers[n] =
			rpc_header("grpc-status-details-bin", 23,
				   (const char *)call->status.details, call->status.details_len);
		headers[n++].is_volatile = true;
	}
	return add_pairs(&call->trailing, headers, n);
}

int server_trailers(struct rpc_call *call)
{
	struct h2_header headers[MAX_RESPONSE_HEADERS];
	char code[4];
	size_t n = status_headers(call, headers, 0, code);

	return h2_trailers(call->conn->h2, call->id, headers, n);
}

static int trailers_only(struct rpc_call *call)
{
	struct h2_header headers[MAX_RESPONSE_HEADERS];
	char code[4];
	size_t n = initial_headers(call, headers);

	n = status_headers(call, headers, n, code);
	call->tx = TX_ENDED;
	return h2_respond(call->conn->h2, call->id, headers, n, NULL, false);
}

void server_finish(struct rpc_call *call, const struct rpc_status *status)
{
	if (call->tx >= TX_ENDING || call->is_gone)
		return;
	keep_status(call, status);
	receive_drop(call);
	if (call->tx == TX_NONE) {
		call->told_gzip = false;
		if (trailers_only(call) < 0)
			h2_reset(call->conn->h2, call->id, H2_INTERNAL_ERROR);
		return;
	}
	call->tx = TX_ENDING;
	send_resume(call);
}

void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status)
{
	if (!call->conn->is_server || call->is_cancelled)
		return;
	server_finish(call, status);
}
