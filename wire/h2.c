/* SPDX-License-Identifier: ISC */
#include "wire/h2.h"

#include "wire/h2_budget.h"
#include "wire/h2_mem.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

/* Resets by the peer: a client that gives up on a screenful of calls at once is
 * fine, one that lives on resetting is not (CVE-2023-44487). */
#define RESET_BURST 200
#define RESET_RATE  20
/* CONTINUATION frames after one HEADERS: 16 KiB of headers need one. */
#define MAX_CONTINUATIONS 8
/* Answers to PING and SETTINGS that wait because the peer does not read. */
#define MAX_OUTBOUND_ACK 256
/* Entries of one SETTINGS frame; HTTP/2 defines six, extensions a few more. */
#define MAX_SETTINGS 16
/* Both HPACK tables: the default of the protocol. */
#define HPACK_TABLE 4096
/* Frames that carry no work. A request earns more than it needs (HEADERS, DATA,
 * WINDOW_UPDATE, PING), so only frames without requests run dry. */
#define FRAME_BURST    2000
#define FRAME_RATE     100
#define REQUEST_CREDIT 8
#define MESSAGE_CREDIT 2
/* DATA frames of at least this size are work, not noise. */
#define DATA_FREE 256
/* Bytes of TLS for each useful byte, after a grace that covers handshakes and
 * short connections: catches frames that nghttp2 skips without telling, key
 * updates, tiny TLS records. */
#define WASTE_GRACE 131072
#define WASTE_RATIO 22
/* Pings faster than allowed without calls in between, before GOAWAY. */
#define MAX_PING_STRIKES 2
/* Fits a TLS record with its frame header. */
#define MAX_PAYLOAD (16384 - 9)
#define MAX_HEADERS 96

struct h2 {
	nghttp2_session *session;
	struct h2_mem mem;
	const struct h2_handlers *handlers;
	void *user;
	bool is_server;
	bool is_established;
	bool is_acknowledged;
	bool is_ending;
	bool is_ended;
	int failed; /* PIDC_E*: why h2_recv must stop */
	struct pidc_error reason;
	uint64_t now;
	struct h2_bucket frames;
	struct h2_bucket faults;
	uint64_t bytes_in;
	uint64_t bytes_useful;
	uint32_t stream_window;
	uint64_t min_ping_interval;
	uint64_t last_ping;
	unsigned ping_strikes;
	bool has_ping;
};

/* --- ending ---------------------------------------------------------------- */

void h2_end(struct h2 *h2, uint32_t code, const char *debug)
{
	const char *text = debug == NULL ? "" : debug;

	if (h2->is_ending)
		return;
	h2->is_ending = true;
	if (nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE,
				  nghttp2_session_get_last_proc_stream_id(h2->session), code,
				  (const uint8_t *)text, strlen(text)) != 0)
		h2->is_ended = true; /* it cannot be said: just close */
}

/* From inside a callback: say goodbye and stop reading. */
static int h2_fail(struct h2 *h2, int code, uint32_t h2_code, const char *why)
{
	h2->failed = code;
	pidc_fail(&h2->reason, code, "HTTP/2: %s", why);
	h2_end(h2, h2_code, why);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

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

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buf, size_t cap,
		       uint32_t *data_flags, nghttp2_data_source *source, void *user)
{
	struct h2 *h2 = user;
	enum h2_pull pull = H2_PULL_WAIT;
	size_t n = h2->handlers->on_pull(source->ptr, buf, cap, &pull);

	(void)session;
	(void)id;
	switch (pull) {
	case H2_PULL_MORE:
		return (ssize_t)n;
	case H2_PULL_WAIT:
		return NGHTTP2_ERR_DEFERRED;
	case H2_PULL_END:
		*data_flags = NGHTTP2_DATA_FLAG_EOF;
		return (ssize_t)n;
	case H2_PULL_TRAILERS:
		*data_flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		return (ssize_t)n;
	case H2_PULL_FAIL:
		break;
	}
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
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

/* --- session --------------------------------------------------------------- */

static int make_callbacks(nghttp2_session_callbacks **ret)
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

static int make_options(nghttp2_option **ret)
{
	nghttp2_option *option;

	if (nghttp2_option_new(&option) != 0)
		return PIDC_ENOMEM;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_server_fallback_rfc7540_priorities(option, 0);
	nghttp2_option_set_max_deflate_dynamic_table_size(option, HPACK_TABLE);
	nghttp2_option_set_max_outbound_ack(option, MAX_OUTBOUND_ACK);
	nghttp2_option_set_max_settings(option, MAX_SETTINGS);
	nghttp2_option_set_max_continuations(option, MAX_CONTINUATIONS);
	nghttp2_option_set_stream_reset_rate_limit(option, RESET_BURST, RESET_RATE);
	*ret = option;
	return 0;
}

static int make_session(struct h2 *h2)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	nghttp2_mem mem = {.mem_user_data = &h2->mem,
			   .malloc = h2_mem_malloc,
			   .free = h2_mem_free,
			   .calloc = h2_mem_calloc,
			   .realloc = h2_mem_realloc};
	int rv = PIDC_ENOMEM;

	if (make_callbacks(&callbacks) == 0 && make_options(&option) == 0) {
		if (h2->is_server)
			rv = nghttp2_session_server_new3(&h2->session, callbacks, h2, option, &mem);
		else
			rv = nghttp2_session_client_new3(&h2->session, callbacks, h2, option, &mem);
	}
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return rv == 0 ? 0 : PIDC_ENOMEM;
}

static int submit_settings(struct h2 *h2, const struct h2_options *options)
{
	nghttp2_settings_entry entries[8];
	size_t n = 0;

	entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, HPACK_TABLE};
	if (options->is_server) {
		entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
							options->max_streams};
		entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1};
	} else {
		entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
	}
	entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
						options->stream_window};
	entries[n++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
						options->max_header_list};
	if (nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, entries, n) != 0 ||
	    nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0,
						  (int32_t)options->conn_window) != 0)
		return PIDC_ENOMEM;
	return 0;
}

int h2_new(const struct h2_options *options, uint64_t now, struct h2 **ret, struct pidc_error *err)
{
	struct h2 *h2 = calloc(1, sizeof(*h2));

	if (h2 == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "HTTP/2 session: out of memory");
	h2->is_server = options->is_server;
	h2->handlers = options->handlers;
	h2->user = options->user;
	h2->now = now;
	h2->stream_window = options->stream_window;
	h2->min_ping_interval = options->min_ping_interval_ms;
	h2_bucket_init(&h2->frames, FRAME_BURST, FRAME_RATE, now);
	h2_bucket_init(&h2->faults, RESET_BURST, RESET_RATE, now);
	if (make_session(h2) < 0 || submit_settings(h2, options) < 0) {
		h2_free(h2);
		return pidc_fail(err, PIDC_ENOMEM, "HTTP/2 session: out of memory");
	}
	*ret = h2;
	return 0;
}

void h2_free(struct h2 *h2)
{
	if (h2 == NULL)
		return;
	h2_mem_close(&h2->mem); /* the session holds nothing but memory */
	free(h2);
}

void h2_trim(struct h2 *h2)
{
	h2_mem_trim(&h2->mem);
}

/* --- bytes ----------------------------------------------------------------- */

static int report(struct h2 *h2, int code, struct pidc_error *err)
{
	if (h2->reason.msg[0] == '\0')
		pidc_fail(&h2->reason, code, "HTTP/2: protocol error");
	h2->failed = h2->reason.code = code;
	if (err != NULL)
		*err = h2->reason;
	return code;
}

static int fail_nghttp2(struct h2 *h2, int error, struct pidc_error *err)
{
	int code = PIDC_EPROTO;
	uint32_t h2_code = H2_PROTOCOL_ERROR;

	if (h2->failed != 0) /* a callback said why */
		return report(h2, h2->failed, err);
	if (error == NGHTTP2_ERR_NOMEM) {
		code = PIDC_ENOMEM;
		h2->is_ending = h2->is_ended = true; /* its state is anyone's guess now */
	} else if (error == NGHTTP2_ERR_FLOODED || error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
		code = PIDC_ELIMIT;
		h2_code = H2_ENHANCE_YOUR_CALM;
	}
	pidc_fail(&h2->reason, code, "HTTP/2: %s", nghttp2_strerror(error));
	h2_end(h2, h2_code, NULL);
	return report(h2, code, err);
}

int h2_recv(struct h2 *h2, const uint8_t *data, size_t len, uint64_t now, struct pidc_error *err)
{
	ssize_t n;

	h2->now = now;
	if (h2->failed != 0)
		return report(h2, h2->failed, err);
	n = nghttp2_session_mem_recv(h2->session, data, len);
	if (n < 0)
		return fail_nghttp2(h2, (int)n, err);
	return 0;
}

int h2_failure(struct h2 *h2, struct pidc_error *err)
{
	return h2->failed == 0 ? 0 : report(h2, h2->failed, err);
}

int h2_count_input(struct h2 *h2, size_t len, struct pidc_error *err)
{
	h2->bytes_in += len;
	if (h2->bytes_in <= WASTE_GRACE + WASTE_RATIO * h2->bytes_useful)
		return 0;
	h2_fail(h2, PIDC_ELIMIT, H2_ENHANCE_YOUR_CALM, "too_many_bytes_without_use");
	return report(h2, PIDC_ELIMIT, err);
}

int h2_send(struct h2 *h2, uint64_t now, const uint8_t **ret_data, size_t *ret_len,
	    struct pidc_error *err)
{
	ssize_t n;

	h2->now = now;
	if (h2->is_ended) {
		*ret_len = 0;
		return 0;
	}
	n = nghttp2_session_mem_send(h2->session, ret_data);
	if (n < 0) {
		h2->is_ended = true;
		return fail_nghttp2(h2, (int)n, err);
	}
	*ret_len = (size_t)n;
	return 0;
}

bool h2_is_over(const struct h2 *h2)
{
	return h2->is_ended || (nghttp2_session_want_read(h2->session) == 0 &&
				nghttp2_session_want_write(h2->session) == 0);
}

bool h2_is_established(const struct h2 *h2)
{
	return h2->is_established;
}

bool h2_is_acknowledged(const struct h2 *h2)
{
	return h2->is_acknowledged;
}

bool h2_can_request(const struct h2 *h2)
{
	return !h2->is_ending && nghttp2_session_check_request_allowed(h2->session) != 0;
}

uint32_t h2_peer_max_streams(const struct h2 *h2)
{
	return nghttp2_session_get_remote_settings(h2->session,
						   NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

/* --- streams --------------------------------------------------------------- */

static size_t make_nva(const struct h2_header *headers, size_t n, nghttp2_nv *nva)
{
	for (size_t i = 0; i < n && i < MAX_HEADERS; i++)
		nva[i] = (nghttp2_nv){
			.name = (uint8_t *)(uintptr_t)headers[i].name,
			.namelen = headers[i].name_len,
			.value = (uint8_t *)(uintptr_t)headers[i].value,
			.valuelen = headers[i].value_len,
			.flags = headers[i].is_volatile ? NGHTTP2_NV_FLAG_NO_INDEX
							: NGHTTP2_NV_FLAG_NONE,
		};
	return n < MAX_HEADERS ? n : MAX_HEADERS;
}

int h2_request(struct h2 *h2, const struct h2_header *headers, size_t n, void *stream,
	       int32_t *ret_id)
{
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_read};
	nghttp2_nv nva[MAX_HEADERS];
	int32_t id;

	n = make_nva(headers, n, nva);
	id = nghttp2_submit_request(h2->session, NULL, nva, n, &provider, stream);
	if (id < 0)
		return id == NGHTTP2_ERR_NOMEM ? PIDC_ENOMEM : PIDC_EUNAVAILABLE;
	*ret_id = id;
	return 0;
}

int h2_respond(struct h2 *h2, int32_t id, const struct h2_header *headers, size_t n, void *stream,
	       bool has_body)
{
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_read};
	nghttp2_nv nva[MAX_HEADERS];

	n = make_nva(headers, n, nva);
	if (nghttp2_submit_response(h2->session, id, nva, n, has_body ? &provider : NULL) != 0)
		return PIDC_ENOMEM;
	return 0;
}

int h2_trailers(struct h2 *h2, int32_t id, const struct h2_header *headers, size_t n)
{
	nghttp2_nv nva[MAX_HEADERS];

	n = make_nva(headers, n, nva);
	return nghttp2_submit_trailer(h2->session, id, nva, n) == 0 ? 0 : PIDC_ENOMEM;
}

/* The next four can fail for want of memory only, or because the stream is gone
 * already: then on_close tells, and there is nothing more to do here. */

void h2_resume(struct h2 *h2, int32_t id)
{
	(void)nghttp2_session_resume_data(h2->session, id);
}

void h2_reset(struct h2 *h2, int32_t id, enum h2_code code)
{
	/* The peer did not know: what is in flight is ours to bear. */
	h2->bytes_useful += h2->stream_window;
	(void)nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, id, code);
}

void h2_consume_stream(struct h2 *h2, int32_t id, size_t n)
{
	if (n != 0)
		(void)nghttp2_session_consume_stream(h2->session, id, n);
}

void h2_consume_conn(struct h2 *h2, size_t n)
{
	if (n != 0)
		(void)nghttp2_session_consume_connection(h2->session, n);
}

void h2_credit_request(struct h2 *h2)
{
	h2_bucket_credit(&h2->frames, REQUEST_CREDIT);
}

void h2_credit_message(struct h2 *h2)
{
	h2_bucket_credit(&h2->frames, MESSAGE_CREDIT);
}

/* --- connection ------------------------------------------------------------ */

int h2_ping(struct h2 *h2, uint64_t payload)
{
	uint8_t opaque[8];

	memcpy(opaque, &payload, sizeof(opaque));
	return nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, opaque) == 0 ? 0 : PIDC_ENOMEM;
}

int h2_notice(struct h2 *h2)
{
	return nghttp2_submit_shutdown_notice(h2->session) == 0 ? 0 : PIDC_ENOMEM;
}

int h2_goaway(struct h2 *h2)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(h2->session);

	if (nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL,
				  0) != 0)
		return PIDC_ENOMEM;
	return 0;
}
