/* SPDX-License-Identifier: ISC */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE  ((size_t)256 * 1024)
#define CONNECT_MS 10000
/* Handshakes at the same time; pidcd takes some more. */
#define GREETING_MAX 32

/* One call at a time. */
struct stream {
	struct load_conn *conn;
	uint64_t started;
	int code;
};

struct load_conn {
	struct load *load;
	uv_poll_t poll;
	uv_timer_t timer;
	struct rpc_conn *rpc;
	struct stream *streams;
	int fd;
	bool is_open, is_over;
	bool has_handles;
};

static char read_buffer[256 * 1024];

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static void conn_break(struct load_conn *conn, const char *reason)
{
	if (conn->is_over)
		return;
	conn->is_over = true;
	if (!conn->load->is_stopping) {
		conn->load->broken++;
		snprintf(conn->load->reason, sizeof(conn->load->reason), "%s", reason);
	}
	uv_poll_stop(&conn->poll);
	uv_timer_stop(&conn->timer);
}

/* --- calls ----------------------------------------------------------------- */

static void stream_start(struct stream *stream)
{
	struct load_conn *conn = stream->conn;
	struct load *load = conn->load;
	const char *capacity = load->options.capacity;
	const struct rpc_metadata pair = {.name = "pidc-capacity",
					  .value = (const uint8_t *)capacity,
					  .value_len = capacity == NULL ? 0 : strlen(capacity)};
	const struct rpc_call_options options = {
		.path = load->options.path,
		.metadata = &pair,
		.metadata_count = capacity != NULL,
		.user = stream,
	};
	struct rpc_call *call;
	struct pidc_error err = {0};
	const uint8_t *data;
	size_t len;

	stream->started = uv_hrtime();
	stream->code = RPC_UNKNOWN;
	if (load->is_stopping)
		return;
	if (rpc_call_start(conn->rpc, &options, now_ms(), &call, &err) < 0) {
		conn_break(conn, err.msg);
		return;
	}
	load_next(load, &data, &len);
	if (rpc_call_send(call, data, len, NULL) == 0)
		rpc_call_half_close(call);
}

static void on_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	struct stream *stream = rpc_call_user(call);

	(void)data;
	if (stream->conn->load->is_counting)
		stream->conn->load->bytes += len;
}

static void on_status(struct rpc_call *call, const struct rpc_status *status)
{
	struct stream *stream = rpc_call_user(call);
	struct load *load = stream->conn->load;

	stream->code = (int)status->code;
	if (status->code != RPC_OK && load->reason[0] == '\0' && !load->is_stopping)
		snprintf(load->reason, sizeof(load->reason), "%s",
			 status->message == NULL ? "" : status->message);
}

static void on_closed(struct rpc_call *call, bool is_cancelled)
{
	struct stream *stream = rpc_call_user(call);
	struct load *load = stream->conn->load;

	(void)is_cancelled;
	load->all += stream->code == RPC_OK;
	if (load->is_counting && stream->code >= 0 && stream->code < LOAD_CODES) {
		load->codes[stream->code]++;
		histogram_add(&load->latency, (uv_hrtime() - stream->started) / 1000);
		if (load->options.max_calls != 0 && load->latency.total >= load->options.max_calls)
			uv_stop(&load->loop);
	}
	if (!stream->conn->is_over)
		stream_start(stream);
}

static int next_open(struct load *load, struct pidc_error *err);

/* One more connects for each that is there: a server turns away who comes in a crowd. */
static int on_open(struct rpc_conn *rpc, void *user)
{
	struct load_conn *conn = user;
	struct load *load = conn->load;
	struct pidc_error err = {0};

	(void)rpc;
	conn->is_open = true;
	if (load->opened < load->options.connections && next_open(load, &err) < 0) {
		load->broken++;
		snprintf(load->reason, sizeof(load->reason), "%s", err.msg);
	}
	return 0;
}

static const struct rpc_handlers handlers = {
	.on_open = on_open,
	.on_message = on_message,
	.on_status = on_status,
	.on_closed = on_closed,
};

/* --- bytes ----------------------------------------------------------------- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void wait_for(struct load_conn *conn, int events)
{
	if (!conn->is_over && uv_poll_start(&conn->poll, events, on_poll) < 0)
		conn_break(conn, "poll");
}

static void flush(struct load_conn *conn)
{
	struct pidc_error err = {0};
	const uint8_t *data;
	size_t len;

	while (!conn->is_over) {
		ssize_t n;

		if (rpc_conn_output(conn->rpc, now_ms(), &data, &len, &err) < 0) {
			conn_break(conn, err.msg);
			return;
		}
		if (len == 0)
			return;
		n = send(conn->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			wait_for(conn, UV_READABLE | UV_WRITABLE);
			return;
		}
		rpc_conn_output_drop(conn->rpc, (size_t)n, now_ms());
	}
}

static void timer_set(struct load_conn *conn);

static void on_timer(uv_timer_t *timer)
{
	struct load_conn *conn = timer->data;
	struct pidc_error err = {0};

	if (rpc_conn_tick(conn->rpc, now_ms(), &err) < 0)
		conn_break(conn, err.msg);
	flush(conn);
	timer_set(conn);
}

static void timer_set(struct load_conn *conn)
{
	uint64_t at = rpc_conn_next_tick(conn->rpc);
	uint64_t now = now_ms();

	if (!conn->is_over && at != UINT64_MAX)
		uv_timer_start(&conn->timer, on_timer, at > now ? at - now : 0, 0);
}

static void feed(struct load_conn *conn, size_t len)
{
	struct pidc_error err = {0};
	size_t at = 0;

	while (at < len && !conn->is_over) {
		size_t taken = 0;

		if (rpc_conn_feed(conn->rpc, (const uint8_t *)read_buffer + at, len - at, now_ms(),
				  &taken, &err) < 0) {
			conn_break(conn, err.msg);
			return;
		}
		at += taken;
		if (!rpc_conn_wants_read(conn->rpc))
			flush(conn);
	}
}

static void start_all(struct load_conn *conn)
{
	for (uint32_t i = 0; i < conn->load->options.streams && !conn->is_over; i++) {
		conn->streams[i].conn = conn;
		stream_start(&conn->streams[i]);
	}
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct load_conn *conn = poll->data;
	bool was_open = conn->is_open;
	ssize_t n;

	if (status < 0) {
		conn_break(conn, uv_strerror(status));
		return;
	}
	if (events & UV_WRITABLE)
		wait_for(conn, UV_READABLE);
	if (events & UV_READABLE) {
		n = recv(conn->fd, read_buffer, READ_SIZE, MSG_DONTWAIT);
		if (n == 0) {
			conn_break(conn, "closed by the server");
			return;
		}
		if (n > 0)
			feed(conn, (size_t)n);
	}
	if (!was_open && conn->is_open && !conn->load->options.is_idle)
		start_all(conn);
	flush(conn);
	timer_set(conn);
}

/* --- life ------------------------------------------------------------------ */

static int next_open(struct load *load, struct pidc_error *err)
{
	struct load_conn *conn = &load->conns[load->opened++];
	const struct rpc_options options = {
		.tls = load->tls,
		.handlers = &handlers,
		.user = conn,
		.authority = load->options.server,
		.user_agent = "pidc-load",
	};
	int rc = address_connect(load->host, load->port, CONNECT_MS, &conn->fd, err);

	conn->load = load;
	if (rc < 0)
		return rc;
	uv_poll_init(&load->loop, &conn->poll, conn->fd);
	uv_timer_init(&load->loop, &conn->timer);
	conn->poll.data = conn->timer.data = conn;
	conn->has_handles = true;
	conn->streams = calloc(load->options.streams, sizeof(*conn->streams));
	if (conn->streams == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	rc = rpc_conn_new(&options, now_ms(), &conn->rpc, err);
	if (rc == 0) {
		wait_for(conn, UV_READABLE);
		flush(conn);
	}
	return rc;
}

int load_conns_open(struct load *load, struct pidc_error *err)
{
	const uint32_t count = load->options.connections;
	int rc = address_split(load->options.server, load->host, &load->port, err);

	load->options.tls.server_name = load->host;
	if (rc == 0)
		rc = tls_context_new(&load->options.tls, &load->tls, err);
	load->options.tls.server_name = NULL;
	if (rc < 0)
		return rc;
	load->conns = calloc(count, sizeof(*load->conns));
	if (load->conns == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	while (rc == 0 && load->opened < count && load->opened < GREETING_MAX)
		rc = next_open(load, err);
	return rc;
}

void load_conns_close(struct load *load)
{
	for (uint32_t i = 0; load->conns != NULL && i < load->options.connections; i++) {
		struct load_conn *conn = &load->conns[i];

		conn->is_over = true;
		if (conn->has_handles) {
			uv_close((uv_handle_t *)&conn->poll, NULL);
			uv_close((uv_handle_t *)&conn->timer, NULL);
		}
	}
	uv_run(&load->loop, UV_RUN_DEFAULT);
	for (uint32_t i = 0; load->conns != NULL && i < load->options.connections; i++) {
		rpc_conn_free(load->conns[i].rpc);
		free(load->conns[i].streams);
		if (load->conns[i].has_handles)
			close(load->conns[i].fd);
	}
	free(load->conns);
	tls_context_unref(load->tls);
}
