/* SPDX-License-Identifier: ISC */
#include "wire/h2_internal.h"

#include <string.h>

/* DATA frames of at least this size are work, not noise. */
#define DATA_FREE 256
/* Pings faster than allowed without calls in between, before GOAWAY. */
#define MAX_PING_STRIKES 2
/* Fits a TLS record with its frame header. */
#define MAX_PAYLOAD (16384 - 9)

/* --- callbacks: receiving -------------------------------------------------- */

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	struct h2 *h2 = user;

	(void)session;
	h2->bytes_useful += 9 + hd->length;
	if (hd->type == NGHTTP2_DATA && hd->length >= DATA_FREE)
		return 0;
	if (h2_bucket_take(&h2->frames, h2->now))
		return 0;
	return h2_fail(h2, PIDC_ELIMIT, H2_ENHANCE_YOUR_CALM, "too_many_frames");
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h2 = user;
	int32_t id = frame->hd.stream_id;
	void *stream = nghttp2_session_get_stream_user_data(session, id);
	void *kept;

	if (stream == NULL && !h2->is_server)
		return 0;
	kept = h2->handlers->on_block(h2->user, id, stream);
	if (kept == NULL) {
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	if (stream == NULL)
		nghttp2_session_set_stream_user_data(session, id, kept);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		     void *user)
{
	struct h2 *h2 = user;
	void *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)flags;
	if (stream != NULL)
		h2->handlers->on_header(stream, &(struct h2_header){.name = (const char *)name,
								    .name_len = name_len,
								    .value = value,
								    .value_len = value_len});
	return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
			 size_t len, void *user)
{
	struct h2 *h2 = user;
	void *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	if (stream != NULL)
		h2->handlers->on_data(stream, data, len);
	else
		nghttp2_session_consume(session, id, len);
	return 0;
}

static int on_ping(struct h2 *h2, const nghttp2_frame *frame)
{
	uint64_t payload;
	bool is_early = h2->has_ping && h2->now - h2->last_ping < h2->min_ping_interval;

	if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
		memcpy(&payload, frame->ping.opaque_data, sizeof(payload));
		h2->handlers->on_pong(h2->user, payload);
		return 0;
	}
	h2->has_ping = true;
	h2->last_ping = h2->now;
	if (!h2->is_server || !is_early || ++h2->ping_strikes <= MAX_PING_STRIKES)
		return 0;
	return h2_fail(h2, PIDC_ELIMIT, H2_ENHANCE_YOUR_CALM, "too_many_pings");
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h2 = user;
	bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	void *stream;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
		if (stream != NULL)
			h2->handlers->on_block_end(stream, is_end);
		return 0;
	case NGHTTP2_DATA:
		stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
		if (stream != NULL && is_end)
			h2->handlers->on_data_end(stream);
		return 0;
	case NGHTTP2_SETTINGS:
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
			h2->is_acknowledged = true;
		else
			h2->is_established = true;
		return 0;
	case NGHTTP2_PING:
		return on_ping(h2, frame);
	default:
		return 0;
	}
}

/* Text for the log: nghttp2's own words for what it objects to. */
static int on_error(nghttp2_session *session, int error, const char *text, size_t len, void *user)
{
	struct h2 *h2 = user;

	(void)session;
	(void)error;
	pidc_fail(&h2->reason, PIDC_EPROTO, "HTTP/2: %.*s", (int)len, text);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct h2 *h2 = user;
	void *stream = nghttp2_session_get_stream_user_data(session, id);

	if (stream != NULL)
		h2->handlers->on_close(stream, code);
	return 0;
}

/* --- callbacks: sending ---------------------------------------------------- */

static void count_fault(struct h2 *h2, uint32_t code)
{
	if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL || code == NGHTTP2_REFUSED_STREAM ||
	    h2_bucket_take(&h2->faults, h2->now))
		return;
	(void)h2_fail(h2, PIDC_ELIMIT, H2_ENHANCE_YOUR_CALM, "too_many_faults");
}

/* A response that is over before the request: tell the client to stop sending.
 * Only now, or the reset would overtake the trailers. */
static void stop_sender(struct h2 *h2, const nghttp2_frame *frame)
{
	int32_t id = frame->hd.stream_id;

	if (h2->is_server && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
	    nghttp2_session_get_stream_remote_close(h2->session, id) == 0)
		h2_reset(h2, id, H2_NO_ERROR);
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h2 = user;

	(void)session;
	switch (frame->hd.type) {
	case NGHTTP2_DATA:
	case NGHTTP2_HEADERS:
		if (frame->hd.type == NGHTTP2_DATA) /* for the WINDOW_UPDATE it brings */
			h2_bucket_credit(&h2->frames, 1);
		h2->ping_strikes = 0;
		h2->has_ping = false;
		stop_sender(h2, frame);
		return 0;
	case NGHTTP2_RST_STREAM:
		count_fault(h2, frame->rst_stream.error_code);
		return 0;
	case NGHTTP2_GOAWAY:
		if (h2->is_ending)
			h2->is_ended = true;
		else if (frame->goaway.error_code != NGHTTP2_NO_ERROR)
			h2->failed = PIDC_EPROTO; /* nghttp2 gave up by itself */
		return 0;
	default:
		return 0;
	}
}

static ssize_t on_read_length(nghttp2_session *session, uint8_t frame_type, int32_t id,
			      int32_t conn_window, int32_t stream_window, uint32_t max_frame,
			      void *user)
{
	int32_t n = MAX_PAYLOAD;

	(void)session;
	(void)frame_type;
	(void)id;
	(void)user;
	if (conn_window < n)
		n = conn_window;
	if (stream_window < n)
		n = stream_window;
	return max_frame < (uint32_t)n ? (ssize_t)max_frame : n;
}

int h2_events_new(nghttp2_session_callbacks **ret)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return PIDC_ENOMEM;
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_error_callback2(cb, on_error);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	nghttp2_session_callbacks_set_data_source_read_length_callback(cb, on_read_length);
	*ret = cb;
	return 0;
}
