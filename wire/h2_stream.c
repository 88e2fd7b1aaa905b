/* SPDX-License-Identifier: ISC */
#include "wire/h2_internal.h"

#include <string.h>

/* What a request and a message need in frames (HEADERS, DATA, WINDOW_UPDATE, PING),
 * and some more. */
#define REQUEST_CREDIT 8
#define MESSAGE_CREDIT 2
#define MAX_HEADERS    96

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
