/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

#include <string.h>

#define MAX_REQUEST_HEADERS 48 /* own pairs and the protocol's */

/* --- starting -------------------------------------------------------------- */

static size_t request_headers(struct rpc_call *call, const struct rpc_call_options *options,
			      struct h2_header *headers, char timeout[GRPC_TIMEOUT_MAX])
{
	struct rpc_conn *conn = call->conn;
	size_t n = 0;

	headers[n++] = RPC_HEADER(":method", "POST");
	headers[n++] = RPC_HEADER(":scheme", "https");
	headers[n++] = rpc_header(":path", 5, options->path, strlen(options->path));
	headers[n++] = rpc_header(":authority", 10, conn->authority, strlen(conn->authority));
	headers[n++] = RPC_HEADER("te", "trailers");
	headers[n++] = RPC_HEADER("content-type", "application/grpc");
	if (conn->user_agent[0] != '\0')
		headers[n++] =
			rpc_header("user-agent", 10, conn->user_agent, strlen(conn->user_agent));
	headers[n++] = RPC_HEADER("grpc-accept-encoding", "identity,gzip");
	if (call->told_gzip)
		headers[n++] = RPC_HEADER("grpc-encoding", "gzip");
	if (options->timeout_ms != 0) {
		grpc_timeout_format(options->timeout_ms, timeout);
		headers[n] = rpc_header("grpc-timeout", 12, timeout, strlen(timeout));
		headers[n++].is_volatile = true;
	}
	for (size_t i = 0; i < call->initial.count; i++)
		headers[n++] = call->initial.list[i];
	return n;
}

static int add_all(struct rpc_call *call, const struct rpc_call_options *options)
{
	for (size_t i = 0; i < options->metadata_count; i++) {
		const struct rpc_metadata *pair = &options->metadata[i];
		int rv =
			rpc_call_add_metadata(call, true, pair->name, pair->value, pair->value_len);

		if (rv < 0)
			return rv;
	}
	return 0;
}

static int submit(struct rpc_call *call, const struct rpc_call_options *options)
{
	struct h2_header headers[MAX_REQUEST_HEADERS];
	char timeout[GRPC_TIMEOUT_MAX];
	size_t n;
	int rv = add_all(call, options);

	if (rv < 0)
		return rv;
	call->path = arena_strdup(call->arena, options->path);
	if (call->path == NULL)
		return PIDC_ENOMEM;
	call->user = options->user;
	call->wants_gzip = call->told_gzip = options->compress;
	n = request_headers(call, options, headers, timeout);
	rv = h2_request(call->conn->h2, headers, n, call, &call->id);
	if (rv == 0)
		call->tx = TX_OPEN;
	return rv;
}

static int check_conn(const struct rpc_conn *conn, struct pidc_error *err)
{
	if (conn->is_server || conn->phase != RPC_OPEN || conn->failed != 0 || conn->is_over ||
	    !h2_can_request(conn->h2))
		return pidc_fail(err, PIDC_EUNAVAILABLE, "connection takes no calls");
	if (conn->call_count >= h2_peer_max_streams(conn->h2) ||
	    conn->call_count >= conn->limits.max_calls)
		return pidc_fail(err, PIDC_ELIMIT, "too many calls on this connection");
	return 0;
}

int rpc_call_start(struct rpc_conn *conn, const struct rpc_call_options *options, uint64_t now,
		   struct rpc_call **ret, struct pidc_error *err)
{
	struct rpc_call *call;
	int rv = check_conn(conn, err);

	if (rv < 0)
		return rv;
	conn->now = now;
	call = call_new(conn);
	if (call == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "call: out of memory");
	rv = submit(call, options);
	if (rv < 0) {
		call->is_gone = true;
		call->is_notified = true; /* never heard of: freed by the step */
		call_step(call);
		return pidc_fail(err, rv, "call %s does not start", options->path);
	}
	if (options->timeout_ms != 0 && options->timeout_ms < RPC_NEVER - now)
		rpc_call_set_deadline(call, now + options->timeout_ms);
	*ret = call;
	return 0;
}

/* --- sending --------------------------------------------------------------- */

void rpc_call_half_close(struct rpc_call *call)
{
	if (call->conn->is_server || call->tx != TX_OPEN)
		return;
	call->tx = TX_ENDING;
	send_resume(call);
}

void rpc_call_cancel(struct rpc_call *call)
{
	call_fail(call, RPC_CANCELLED, "cancelled by the caller");
}

/* --- receiving ------------------------------------------------------------- */

void client_set_status(struct rpc_call *call, enum rpc_code code, const char *message)
{
	if (call->has_status)
		return;
	call->has_status = true;
	call->status = (struct rpc_status){.code = code, .message = message};
}

static void take_message(struct rpc_call *call, const struct h2_header *header)
{
	char *text = arena_strndup(call->arena, (const char *)header->value, header->value_len);

	if (text == NULL)
		return;
	text[grpc_percent_decode((uint8_t *)text, header->value_len)] = '\0';
	call->status.message = text;
}

static void take_details(struct rpc_call *call, const struct h2_header *header)
{
	uint8_t *data = arena_alloc(call->arena, header->value_len);
	size_t len = 0;

	/* Details that do not decode are as good as none. */
	if (data == NULL || grpc_base64_decode(header->value, header->value_len, data, &len) < 0)
		return;
	call->status.details = data;
	call->status.details_len = len;
}

static int parse_http_status(const struct h2_header *header)
{
	int value = 0;

	for (size_t i = 0; i < header->value_len && i < 3; i++)
		value = value * 10 + (header->value[i] - '0'); /* nghttp2 saw to the digits */
	return value;
}

void client_header(struct rpc_call *call, const struct h2_header *header)
{
	if (call->is_deaf)
		return;
	if (!metadata_count_header(call, header)) {
		call->fault = FAULT_TOO_LARGE;
		return;
	}
	if (RPC_IS_NAME(header, ":status")) {
		call->http_status = parse_http_status(header);
	} else if (RPC_IS_NAME(header, "content-type")) {
		call->has_type = grpc_is_content_type(header->value, header->value_len);
	} else if (RPC_IS_NAME(header, "grpc-encoding")) {
		call->body_gzip = RPC_IS_VALUE(header, "gzip");
		if (!call->body_gzip && !RPC_IS_VALUE(header, "identity"))
			call->fault = FAULT_ENCODING;
	} else if (RPC_IS_NAME(header, "grpc-status")) {
		call->status.code =
			(enum rpc_code)grpc_status_parse(header->value, header->value_len);
		call->has_code = true;
	} else if (RPC_IS_NAME(header, "grpc-message")) {
		take_message(call, header);
	} else if (RPC_IS_NAME(header, "grpc-status-details-bin")) {
		take_details(call, header);
	} else if (!metadata_is_hidden(header)) {
		metadata_receive(call, header);
	}
}

/* Why this block cannot be the answer of a gRPC server; NULL when it can. */
static const char *block_fault(const struct rpc_call *call, enum rpc_code *ret_code)
{
	*ret_code = RPC_INTERNAL;
	if (call->fault == FAULT_TOO_LARGE) {
		*ret_code = RPC_RESOURCE_EXHAUSTED;
		return "response headers are larger than the limit";
	}
	if (call->fault == FAULT_ENCODING)
		return "server uses an encoding that was not offered";
	if (call->fault == FAULT_METADATA)
		return "a -bin metadata value is not base64";
	if (call->fault == FAULT_MEMORY) {
		*ret_code = RPC_RESOURCE_EXHAUSTED;
		return "out of memory";
	}
	if (call->has_code || call->rx != RX_HEADERS)
		return NULL;
	if (call->http_status != 200) {
		*ret_code = (enum rpc_code)grpc_code_of_http(call->http_status);
		return "HTTP status of the response is not 200";
	}
	if (call->has_type)
		return NULL;
	*ret_code = RPC_UNKNOWN;
	return "content-type of the response is not gRPC";
}

void client_block_end(struct rpc_call *call, bool is_end)
{
	enum rpc_code code;
	const char *fault;

	if (call->is_deaf)
		return;
	if (call->rx == RX_HEADERS && call->http_status < 200 && !is_end) {
		call->metadata_count = 0; /* an interim answer (1xx) */
		return;
	}
	fault = block_fault(call, &code);
	if (fault != NULL) {
		call_fail(call, code, fault);
		return;
	}
	if (call->rx == RX_HEADERS)
		call->rx = RX_MESSAGES;
	if (!is_end)
		return;
	if (call->has_code)
		call->has_status = true;
	receive_end(call);
}
