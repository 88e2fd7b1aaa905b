/* SPDX-License-Identifier: ISC */
#include "daemon/conn.h"

#include "daemon/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_of(const struct conn *conn)
{
	return uv_now(conn->listener->options.loop);
}

const uint8_t *conn_key(const struct conn *conn)
{
	const struct tls_peer *peer;

	if (conn->state != CONN_OPEN || !rpc_conn_is_open(conn->rpc))
		return NULL;
	peer = rpc_conn_peer(conn->rpc);
	return peer->has_certificate ? peer->spki_sha256 : NULL;
}

void conn_mark(struct conn *conn)
{
	struct listener *listener = conn->listener;

	if (conn->is_dirty || conn->state == CONN_CLOSED)
		return;
	conn->is_dirty = true;
	conn->dirty_next = listener->dirty;
	listener->dirty = conn;
}

static void fail(struct conn *conn, const char *reason)
{
	if (!conn->is_failed)
		snprintf(conn->reason, sizeof(conn->reason), "%s", reason);
	conn->is_failed = true;
	conn_mark(conn);
}

/* --- input ----------------------------------------------------------------- */

/* Unfinished requests of all connections share a budget: who goes over it loses its
 * newest one. */
static void count_held(struct conn *conn, size_t held)
{
	struct call_budget *budget = conn->listener->options.budget;

	if (budget == NULL)
		return;
	budget->bytes += held - conn->held;
	conn->held = held;
}

static void check_held(struct conn *conn)
{
	const struct call_budget *budget = conn->listener->options.budget;

	count_held(conn, rpc_conn_held(conn->rpc));
	if (budget != NULL && budget->max_bytes != 0 && budget->bytes > budget->max_bytes &&
	    conn->held > 0) {
		rpc_conn_shed(conn->rpc, "the server holds too many large requests; try again");
		count_held(conn, rpc_conn_held(conn->rpc));
	}
}

/* Feed until it is all taken or rpc_conn wants no more; returns what was taken. */
static size_t feed(struct conn *conn, const char *data, size_t len)
{
	size_t taken = 0;

	conn_mark(conn);
	while (taken < len && !conn->is_failed && rpc_conn_wants_read(conn->rpc)) {
		struct pidc_error err = {0};
		size_t n = 0;
		int r = rpc_conn_feed(conn->rpc, (const uint8_t *)data + taken, len - taken,
				      now_of(conn), &n, &err);

		taken += n;
		check_held(conn);
		if (r < 0)
			fail(conn, err.msg);
		else if (n == 0)
			break;
	}
	return conn->is_failed ? len : taken;
}

static bool keep_tail(struct conn *conn, const char *data, size_t len)
{
	char *tail = malloc(len);

	if (tail == NULL)
		return false;
	memcpy(tail, data, len);
	free(conn->tail);
	conn->tail = tail;
	conn->tail_len = len;
	return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *conn = handle->data;

	(void)suggested;
	*buf = uv_buf_init(conn->listener->read_buf, LISTENER_READ_SIZE);
}

static void read_stop(struct conn *conn)
{
	if (conn->is_reading)
		uv_read_stop((uv_stream_t *)&conn->tcp);
	conn->is_reading = false;
}

static void on_end(struct conn *conn, ssize_t result)
{
	read_stop(conn);
	conn->is_eof = true;
	if (conn->state == CONN_LINGERING) {
		conn_close(conn);
		return;
	}
	if (result != UV_EOF)
		fail(conn, uv_strerror((int)result));
	rpc_conn_eof(conn->rpc);
	fail(conn, "closed by peer");
}

static void on_read(uv_stream_t *stream, ssize_t result, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;
	size_t len = (size_t)result;
	size_t taken;

	if (result < 0) {
		on_end(conn, result);
		return;
	}
	if (result == 0 || conn->state != CONN_OPEN)
		return;
	taken = feed(conn, buf->base, len);
	if (taken == len)
		return;
	read_stop(conn);
	if (!keep_tail(conn, buf->base + taken, len - taken))
		fail(conn, "out of memory");
}

static void read_start(struct conn *conn)
{
	if (conn->is_reading || conn->is_eof)
		return;
	if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) < 0)
		fail(conn, "cannot read");
	else
		conn->is_reading = true;
}

/* Go on reading, or stop, as rpc_conn wants it; what was kept comes first. */
static void input_step(struct conn *conn)
{
	if (!rpc_conn_wants_read(conn->rpc)) {
		read_stop(conn);
		return;
	}
	if (conn->tail_len > 0) {
		char *tail = conn->tail;
		size_t len = conn->tail_len;
		size_t taken;

		conn->tail = NULL;
		conn->tail_len = 0;
		taken = feed(conn, tail, len);
		if (taken < len && !keep_tail(conn, tail + taken, len - taken))
			fail(conn, "out of memory");
		free(tail);
	}
	if (conn->tail_len == 0 && !conn->is_failed)
		read_start(conn);
}

/* --- output ---------------------------------------------------------------- */

static void on_written(uv_write_t *write, int status)
{
	struct conn *conn = write->data;

	conn->is_writing = false;
	if (conn->state != CONN_OPEN)
		return;
	if (status < 0) {
		rpc_conn_eof(conn->rpc);
		fail(conn, uv_strerror(status));
		conn->is_eof = true;
		return;
	}
	rpc_conn_output_drop(conn->rpc, conn->write_len, now_of(conn));
	conn_mark(conn);
}

/* rpc_conn's bytes are borrowed, so what the socket does not take at once is
 * copied; it is dropped from rpc_conn when it is written, so that the stall
 * timer and wants_read see the truth. */
static int write_later(struct conn *conn, const uint8_t *data, size_t len)
{
	uv_buf_t buf;

	if (len > conn->write_cap) {
		char *bigger = realloc(conn->write_buf, len);

		if (bigger == NULL)
			return PIDC_ENOMEM;
		conn->write_buf = bigger;
		conn->write_cap = len;
	}
	memcpy(conn->write_buf, data, len);
	conn->write_len = len;
	conn->write.data = conn;
	buf = uv_buf_init(conn->write_buf, (unsigned)len);
	if (uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &buf, 1, on_written) < 0)
		return PIDC_EIO;
	conn->is_writing = true;
	return 0;
}

/* Give the socket what it takes; false when there is no more to do now. */
static bool output_step(struct conn *conn)
{
	struct pidc_error err = {0};
	const uint8_t *data;
	size_t len;
	uv_buf_t buf;
	int n;

	if (rpc_conn_output(conn->rpc, now_of(conn), &data, &len, &err) < 0) {
		fail(conn, err.msg);
		return false;
	}
	if (len == 0)
		return false;
	buf = uv_buf_init((char *)data, (unsigned)len);
	n = uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1);
	if (n == UV_EAGAIN)
		n = 0;
	if (n < 0) {
		conn->is_eof = true;
		rpc_conn_eof(conn->rpc);
		fail(conn, uv_strerror(n));
		return false;
	}
	if ((size_t)n == len) {
		rpc_conn_output_drop(conn->rpc, len, now_of(conn));
		return true;
	}
	if (n > 0) {
		rpc_conn_output_drop(conn->rpc, (size_t)n, now_of(conn));
		if (rpc_conn_output(conn->rpc, now_of(conn), &data, &len, &err) < 0 || len == 0)
			return false;
	}
	if (write_later(conn, data, len) < 0) {
		conn->is_eof = true;
		fail(conn, "cannot write");
	}
	return false;
}

/* --- time ------------------------------------------------------------------ */

static void on_timer(uv_timer_t *timer)
{
	struct conn *conn = timer->data;
	struct pidc_error err = {0};

	conn->timer_at = UINT64_MAX;
	if (conn->state == CONN_LINGERING) {
		conn_close(conn);
		return;
	}
	if (rpc_conn_tick(conn->rpc, now_of(conn), &err) < 0)
		fail(conn, err.msg);
	check_held(conn);
	conn_mark(conn);
}

static void timer_step(struct conn *conn)
{
	uint64_t at = rpc_conn_next_tick(conn->rpc);
	uint64_t now = now_of(conn);

	if (at == conn->timer_at)
		return;
	conn->timer_at = at;
	if (at == UINT64_MAX)
		uv_timer_stop(&conn->timer);
	else
		uv_timer_start(&conn->timer, on_timer, at > now ? at - now : 0, 0);
}

/* --- ends ------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	if (--conn->handles > 0)
		return;
	listener_forget(conn->listener, conn);
	free(conn->tail);
	free(conn->write_buf);
	free(conn);
}

void conn_close(struct conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->state = CONN_CLOSED;
	count_held(conn, 0);
	rpc_conn_free(conn->rpc);
	conn->rpc = NULL;
	LOG(INFO, "conn", "closed", NUMBER("conn", conn->id), NUMBER("calls", conn->calls),
	    TEXT("reason", conn->reason[0] != '\0' ? conn->reason : "done"));
	uv_close((uv_handle_t *)&conn->tcp, on_closed);
	uv_close((uv_handle_t *)&conn->timer, on_closed);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	(void)shutdown;
	(void)status;
}

static void linger(struct conn *conn)
{
	conn->state = CONN_LINGERING;
	if (conn->is_eof ||
	    uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shutdown) < 0) {
		conn_close(conn);
		return;
	}
	read_start(conn);
	uv_timer_start(&conn->timer, on_timer, CONN_LINGER_MS, 0);
}

void conn_flush(struct conn *conn)
{
	if (conn->state != CONN_OPEN)
		return;
	if (!conn->is_failed)
		input_step(conn);
	while (!conn->is_writing && !conn->is_eof && output_step(conn))
		;
	if (conn->is_writing && !conn->is_eof && !conn->is_failed) {
		timer_step(conn);
		return;
	}
	/* A slow peer gets its last words within the time of a linger. */
	if (conn->is_failed || rpc_conn_is_done(conn->rpc))
		linger(conn);
	else
		timer_step(conn);
}

void conn_drain(struct conn *conn)
{
	if (conn->state != CONN_OPEN)
		return;
	rpc_conn_drain(conn->rpc, now_of(conn));
	conn_mark(conn);
}
