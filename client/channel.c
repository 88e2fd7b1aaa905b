/* SPDX-License-Identifier: ISC */
#include "client/channel.h"

#include "client/address.h"
#include "wire/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define READ_SIZE ((size_t)64 * 1024)

struct channel {
	uv_loop_t loop;
	uv_tcp_t socket;
	uv_timer_t timer;
	bool has_socket;
	bool is_connected;
	bool is_eof;
	int failure; /* first PIDC_E* that ended the connection */
	struct pidc_error error;
	struct rpc_conn *conn;
	char *capacity;
	char trace_parent[56]; /* W3C Trace Context, or "" */
	uint64_t timeout_ms;
	char host[ADDRESS_HOST_MAX];
	char read_buffer[64 * 1024];
	const uint8_t *pending; /* read into read_buffer and not yet fed */
	size_t pending_len;
	uv_write_t write;
	uint8_t *written; /* bytes of the write in flight, or NULL */
	/* the call that runs */
	const struct channel_call *call;
	struct channel_status *status;
	struct rpc_call *rpc;
	bool is_over;
	bool has_ended_input;
	bool is_full;
	size_t outstanding;
	int given_up;
};

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static void channel_fail(struct channel *channel, int code, const char *text)
{
	if (channel->failure)
		return;
	channel->failure = pidc_fail(&channel->error, code, "%s", text);
}

/* --- the call ------------------------------------------------------------- */

static void on_message(struct rpc_call *rpc, const uint8_t *data, size_t len)
{
	struct channel *channel = rpc_call_user(rpc);
	if (channel->outstanding > 0)
		channel->outstanding--;
	int rc = channel->given_up ? 0 : channel->call->on_message(channel->call->user, data, len);
	if (rc < 0) {
		channel->given_up = rc;
		rpc_call_cancel(rpc);
	}
}

static void on_writable(struct rpc_call *rpc)
{
	struct channel *channel = rpc_call_user(rpc);
	channel->is_full = false;
}

static void on_status(struct rpc_call *rpc, const struct rpc_status *status)
{
	struct channel *channel = rpc_call_user(rpc);
	channel_status_decode((int)status->code, status->message, status->details,
			      status->details_len, channel->status);
}

static void on_closed(struct rpc_call *rpc, bool is_cancelled)
{
	struct channel *channel = rpc_call_user(rpc);
	(void)is_cancelled;
	channel->is_over = true;
	channel->rpc = NULL;
}

static const struct rpc_handlers handlers = {
	.on_message = on_message,
	.on_writable = on_writable,
	.on_status = on_status,
	.on_closed = on_closed,
};

/* Send what the window has room for. */
static void call_pump(struct channel *channel)
{
	const struct channel_call *call = channel->call;
	while (channel->rpc && !channel->has_ended_input && !channel->is_full &&
	       channel->outstanding < CHANNEL_WINDOW && !channel->given_up) {
		const uint8_t *data = NULL;
		size_t len = 0;
		int rc = call->next(call->user, &data, &len);
		if (rc > 0) {
			channel->outstanding++;
			rc = rpc_call_send(channel->rpc, data, len, &channel->is_full);
		} else if (rc == 0) {
			channel->has_ended_input = true;
			rpc_call_half_close(channel->rpc);
		}
		if (rc < 0 && rc != PIDC_ECLOSED) {
			channel->given_up = rc;
			rpc_call_cancel(channel->rpc);
		}
		if (rc == PIDC_ECLOSED)
			return; /* its status is on the way */
	}
}

/* --- the socket ------------------------------------------------------------ */

static void on_written(uv_write_t *request, int status)
{
	struct channel *channel = request->data;
	free(channel->written);
	channel->written = NULL;
	if (status < 0)
		channel_fail(channel, PIDC_EUNAVAILABLE, uv_strerror(status));
}

static void output_pump(struct channel *channel)
{
	const uint8_t *data = NULL;
	size_t len = 0;
	uint64_t now = now_ms();
	if (channel->written || !channel->conn || !channel->is_connected)
		return;
	int rc = rpc_conn_output(channel->conn, now, &data, &len, &channel->error);
	if (rc < 0 && !channel->failure)
		channel->failure = rc;
	if (rc < 0 || len == 0)
		return;
	channel->written = malloc(len);
	if (!channel->written) {
		channel_fail(channel, PIDC_ENOMEM, "no memory to send");
		return;
	}
	memcpy(channel->written, data, len);
	rpc_conn_output_drop(channel->conn, len, now);
	uv_buf_t buffer = uv_buf_init((char *)channel->written, (unsigned)len);
	channel->write.data = channel;
	rc = uv_write(&channel->write, (uv_stream_t *)&channel->socket, &buffer, 1, on_written);
	if (rc < 0) {
		free(channel->written);
		channel->written = NULL;
		channel_fail(channel, PIDC_EUNAVAILABLE, uv_strerror(rc));
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct channel *channel = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(channel->read_buffer, (unsigned)READ_SIZE);
}

/* Feed what was read, as far as the conn takes it now. */
static void input_pump(struct channel *channel)
{
	while (channel->pending_len > 0 && !channel->failure) {
		size_t taken = 0;
		int rc = rpc_conn_feed(channel->conn, channel->pending, channel->pending_len,
				       now_ms(), &taken, &channel->error);
		if (rc < 0)
			channel->failure = rc;
		if (rc < 0 || (taken == 0 && !rpc_conn_wants_read(channel->conn)))
			return;
		channel->pending += taken;
		channel->pending_len -= taken;
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct channel *channel = stream->data;
	const uint8_t *data = (const uint8_t *)buffer->base;
	if (n < 0) {
		channel->is_eof = true;
		rpc_conn_eof(channel->conn);
		channel_fail(channel, PIDC_EUNAVAILABLE, "the register closed the connection");
		return;
	}
	channel->pending = data;
	channel->pending_len = (size_t)n;
	input_pump(channel);
	/* The buffer is taken until the conn has eaten it all. */
	if (channel->pending_len > 0)
		(void)uv_read_stop(stream);
}

static void on_timer(uv_timer_t *timer)
{
	(void)timer; /* only wakes the loop; channel_turn looks at the clock */
}

/* One turn: due times, output, then wait for the socket or the next due time. */
static void channel_turn(struct channel *channel, uint64_t until)
{
	uint64_t now = now_ms();
	if (channel->is_connected && !channel->failure) {
		int rc = rpc_conn_tick(channel->conn, now, &channel->error);
		if (rc < 0)
			channel->failure = rc;
	}
	output_pump(channel);
	if (channel->pending_len > 0) {
		input_pump(channel);
		if (channel->pending_len == 0 && !channel->is_eof)
			(void)uv_read_start((uv_stream_t *)&channel->socket, on_alloc, on_read);
	}
	uint64_t next = channel->is_connected ? rpc_conn_next_tick(channel->conn) : until;
	if (until < next)
		next = until;
	uint64_t wait = next > now ? next - now : 0;
	if (wait > 1000)
		wait = 1000;
	if (channel->failure || channel->is_over)
		return;
	uv_update_time(&channel->loop);
	uv_timer_start(&channel->timer, on_timer, wait, 0);
	uv_run(&channel->loop, UV_RUN_ONCE);
}

/* --- life ------------------------------------------------------------------- */

static int conn_make(struct channel *channel, const struct channel_options *options,
		     struct pidc_error *err)
{
	struct tls_options tls_options = {
		.cert_file = options->cert_file,
		.key_file = options->key_file,
		.ca_file = options->ca_file,
		.server_name = channel->host,
	};
	struct tls_context *tls = NULL;
	int rc = tls_context_new(&tls_options, &tls, err);
	if (rc < 0)
		return rc;
	struct rpc_options rpc = {
		.tls = tls,
		.handlers = &handlers,
		.user = channel,
		.authority = options->server,
		.user_agent = "pidcctl/" PIDC_VERSION,
	};
	rc = rpc_conn_new(&rpc, now_ms(), &channel->conn, err);
	tls_context_unref(tls);
	return rc;
}

static int socket_connect(struct channel *channel, const char *port, struct pidc_error *err)
{
	uint64_t until = now_ms() + channel->timeout_ms;
	int fd = -1;
	int rc = address_connect(channel->host, port, channel->timeout_ms, &fd, err);
	if (rc < 0)
		return rc;
	rc = uv_tcp_open(&channel->socket, fd);
	if (rc == 0)
		rc = uv_read_start((uv_stream_t *)&channel->socket, on_alloc, on_read);
	if (rc < 0)
		return pidc_fail(err, PIDC_EIO, "socket: %s", uv_strerror(rc));
	(void)uv_tcp_nodelay(&channel->socket, 1);
	channel->is_connected = true;
	while (!channel->failure && !(channel->is_connected && rpc_conn_is_open(channel->conn)) &&
	       now_ms() < until)
		channel_turn(channel, until);
	if (!channel->failure && !rpc_conn_is_open(channel->conn))
		channel_fail(channel, PIDC_EUNAVAILABLE, "no answer in time");
	if (channel->failure)
		return pidc_fail(err, channel->failure, "%.200s", channel->error.msg);
	return 0;
}

int channel_open(const struct channel_options *options, struct channel **ret,
		 struct pidc_error *err)
{
	const char *port = NULL;
	struct channel *channel = calloc(1, sizeof(*channel));
	if (!channel)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a channel");
	int rc = uv_loop_init(&channel->loop);
	if (rc < 0) {
		free(channel);
		return pidc_fail(err, PIDC_EIO, "event loop: %s", uv_strerror(rc));
	}
	channel->timeout_ms = options->timeout_ms;
	(void)uv_timer_init(&channel->loop, &channel->timer);
	channel->has_socket = uv_tcp_init(&channel->loop, &channel->socket) == 0;
	channel->socket.data = channel;
	if (options->capacity)
		channel->capacity = strdup(options->capacity);
	if (options->trace_id && strlen(options->trace_id) == 32)
		(void)snprintf(channel->trace_parent, sizeof(channel->trace_parent), "00-%s-%s-01",
			       options->trace_id, options->trace_id + 16);
	rc = address_split(options->server, channel->host, &port, err);
	if (rc == 0)
		rc = conn_make(channel, options, err);
	if (rc == 0)
		rc = socket_connect(channel, port, err);
	if (rc < 0) {
		channel_close(channel);
		return rc;
	}
	*ret = channel;
	return 0;
}

void channel_close(struct channel *channel)
{
	if (!channel)
		return;
	if (channel->conn && channel->is_connected && !channel->failure) {
		rpc_conn_terminate(channel->conn, 0, NULL);
		output_pump(channel);
		while (channel->written)
			uv_run(&channel->loop, UV_RUN_ONCE);
	}
	if (channel->has_socket)
		uv_close((uv_handle_t *)&channel->socket, NULL);
	uv_close((uv_handle_t *)&channel->timer, NULL);
	uv_run(&channel->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&channel->loop);
	rpc_conn_free(channel->conn);
	free(channel->written);
	free(channel->capacity);
	free(channel);
}

static struct rpc_metadata metadata_of(const char *name, const char *value)
{
	return (struct rpc_metadata){
		.name = name, .value = (const uint8_t *)value, .value_len = strlen(value)};
}

int channel_run(struct channel *channel, const struct channel_call *call,
		struct channel_status *ret, struct pidc_error *err)
{
	struct rpc_metadata metadata[2];
	size_t metadata_count = 0;
	struct channel_status status = {.code = RPC_UNAVAILABLE, .retry_after_ms = -1};
	if (*channel->trace_parent)
		metadata[metadata_count++] = metadata_of("traceparent", channel->trace_parent);
	if (channel->capacity)
		metadata[metadata_count++] = metadata_of("pidc-capacity", channel->capacity);
	struct rpc_call_options options = {
		.path = call->path,
		.timeout_ms = call->is_stream ? 0 : channel->timeout_ms,
		.metadata = metadata,
		.metadata_count = metadata_count,
		.user = channel,
	};
	channel->call = call;
	channel->status = &status;
	channel->is_over = channel->has_ended_input = channel->is_full = false;
	channel->outstanding = 0;
	channel->given_up = 0;
	int rc = rpc_call_start(channel->conn, &options, now_ms(), &channel->rpc, err);
	if (rc < 0) {
		channel->status = NULL;
		return rc;
	}
	while (!channel->is_over && !channel->failure) {
		call_pump(channel);
		channel_turn(channel, UINT64_MAX);
		if (call->on_tick)
			call->on_tick(call->user);
	}
	if (!channel->is_over)
		rpc_conn_eof(channel->conn);
	if (!channel->is_over) {
		(void)snprintf(status.message, sizeof(status.message), "%s", channel->error.msg);
		channel->is_over = true;
	}
	channel->status = NULL; /* the call is over: nothing writes to it any more */
	if (channel->given_up)
		return pidc_fail(err, channel->given_up, "the call was given up here");
	*ret = status;
	return 0;
}
