/* SPDX-License-Identifier: ISC */
#include "wire/h2_internal.h"

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
#define FRAME_BURST 2000
#define FRAME_RATE  100
/* Bytes of TLS for each useful byte, after a grace that covers handshakes and
 * short connections: catches frames that nghttp2 skips without telling, key
 * updates, tiny TLS records. */
#define WASTE_GRACE 131072
#define WASTE_RATIO 22

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

int h2_fail(struct h2 *h2, int code, uint32_t h2_code, const char *why)
{
	h2->failed = code;
	pidc_fail(&h2->reason, code, "HTTP/2: %s", why);
	h2_end(h2, h2_code, why);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* --- session --------------------------------------------------------------- */

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

	if (h2_events_new(&callbacks) == 0 && make_options(&option) == 0) {
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
