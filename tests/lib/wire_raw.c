/* SPDX-License-Identifier: ISC */
#include "tests/lib/wire_raw.h"

#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void wire_raw_open(struct wire_raw *raw, const struct rpc_handlers *handlers,
		   const struct rpc_limits *limits, void *user)
{
	struct tls_context *context = wire_context_new(false);

	memset(raw, 0, sizeof(*raw));
	raw->now = 1000;
	raw->conn = wire_conn_new(true, handlers, limits, user, raw->now);
	assert_int_equal(tls_new(context, &raw->tls, NULL), 0);
	tls_context_unref(context);
	wire_raw_run(raw);
}

void wire_raw_serve(struct wire_raw *raw, const struct rpc_handlers *handlers, void *user)
{
	struct tls_context *context = wire_context_new(true);

	memset(raw, 0, sizeof(*raw));
	raw->now = 1000;
	raw->conn = wire_conn_new(false, handlers, NULL, user, raw->now);
	assert_int_equal(tls_new(context, &raw->tls, NULL), 0);
	tls_context_unref(context);
	wire_raw_run(raw);
	wire_raw_frame(raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	wire_raw_frame(raw, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
}

void wire_raw_close(struct wire_raw *raw)
{
	rpc_conn_free(raw->conn);
	tls_free(raw->tls);
	free(raw->got);
}

static void feed_conn(struct wire_raw *raw, const uint8_t *data, size_t len)
{
	while (len > 0 && raw->result == 0) {
		size_t taken = 0;
		struct pidc_error err = {0};
		int rv = rpc_conn_feed(raw->conn, data, len, raw->now, &taken, &err);

		if (rv < 0) {
			raw->result = rv;
			raw->error = err;
			return;
		}
		data += taken;
		len -= taken;
	}
}

static void keep_plain(struct wire_raw *raw)
{
	size_t n;

	do {
		uint8_t buf[4096];

		n = 0;
		if (tls_read(raw->tls, buf, sizeof(buf), &n, NULL) < 0 || n == 0)
			return;
		raw->got = realloc(raw->got, raw->got_len + n);
		assert_non_null(raw->got);
		memcpy(raw->got + raw->got_len, buf, n);
		raw->got_len += n;
	} while (n > 0);
}

void wire_raw_run(struct wire_raw *raw)
{
	struct pidc_error err = {0};

	for (;;) {
		const uint8_t *data;
		size_t n = 0;
		bool is_moving = false;

		keep_plain(raw);
		tls_output(raw->tls, &data, &n);
		if (n > 0) {
			is_moving = true;
			feed_conn(raw, data, n);
			tls_output_drop(raw->tls, n);
		}
		if (rpc_conn_next_tick(raw->conn) <= raw->now) {
			int rv = rpc_conn_tick(raw->conn, raw->now, &err);

			if (rv < 0 && raw->result == 0) {
				raw->result = rv;
				raw->error = err;
			}
		}
		n = 0;
		if (!raw->is_deaf)
			(void)!rpc_conn_output(raw->conn, raw->now, &data, &n, &err);
		if (n > 0) {
			is_moving = true;
			if (tls_feed(raw->tls, data, n, NULL) < 0)
				raw->is_deaf = true; /* our TLS has ended */
			rpc_conn_output_drop(raw->conn, n, raw->now);
		}
		if (!is_moving)
			return;
	}
}

void wire_raw_send(struct wire_raw *raw, const void *data, size_t len)
{
	assert_int_equal(tls_write(raw->tls, data, len, NULL), 0);
	wire_raw_run(raw);
}

void wire_raw_frame(struct wire_raw *raw, uint8_t type, uint8_t flags, uint32_t id,
		    const void *payload, size_t len)
{
	uint8_t *frame = malloc(len + 9);

	assert_non_null(frame);
	frame[0] = (uint8_t)(len >> 16);
	frame[1] = (uint8_t)(len >> 8);
	frame[2] = (uint8_t)len;
	frame[3] = type;
	frame[4] = flags;
	frame[5] = (uint8_t)(id >> 24);
	frame[6] = (uint8_t)(id >> 16);
	frame[7] = (uint8_t)(id >> 8);
	frame[8] = (uint8_t)id;
	if (len != 0)
		memcpy(frame + 9, payload, len);
	wire_raw_send(raw, frame, len + 9);
	free(frame);
}

void wire_raw_greet(struct wire_raw *raw)
{
	static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	wire_raw_send(raw, PREFACE, sizeof(PREFACE) - 1);
	wire_raw_frame(raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	wire_raw_frame(raw, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
}

static size_t hpack_text(uint8_t *buf, const char *text)
{
	size_t len = strlen(text);
	size_t n = 0;
	size_t rest = len;

	if (len < 127) {
		buf[n++] = (uint8_t)len;
	} else {
		buf[n++] = 127;
		for (rest -= 127; rest >= 128; rest /= 128)
			buf[n++] = (uint8_t)(rest % 128 | 128);
		buf[n++] = (uint8_t)rest;
	}
	memcpy(buf + n, text, len);
	return n + len;
}

size_t wire_hpack(uint8_t *buf, const char *name, const char *value)
{
	size_t n = 1;

	buf[0] = 0; /* literal without indexing, new name */
	n += hpack_text(buf + n, name);
	return n + hpack_text(buf + n, value);
}

void wire_raw_request(struct wire_raw *raw, uint32_t id, const char *path, uint8_t flags,
		      const void *extra, size_t extra_len)
{
	uint8_t *block = malloc(512 + extra_len);
	size_t n = 0;

	assert_non_null(block);
	n += wire_hpack(block + n, ":method", "POST");
	n += wire_hpack(block + n, ":scheme", "https");
	n += wire_hpack(block + n, ":path", path);
	n += wire_hpack(block + n, ":authority", "localhost");
	n += wire_hpack(block + n, "content-type", "application/grpc");
	if (extra_len != 0)
		memcpy(block + n, extra, extra_len);
	wire_raw_frame(raw, FRAME_HEADERS, flags | FLAG_END_HEADERS, id, block, n + extra_len);
	free(block);
}

static uint32_t read32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

const uint8_t *wire_raw_find(const struct wire_raw *raw, uint8_t type, size_t n, uint32_t *ret_id,
			     size_t *ret_len, uint8_t *ret_flags)
{
	size_t at = raw->got_len >= 24 && memcmp(raw->got, "PRI ", 4) == 0 ? 24 : 0;

	while (raw->got_len - at >= 9) {
		const uint8_t *frame = raw->got + at;
		size_t len = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];

		if (raw->got_len - at - 9 < len)
			break;
		if (frame[3] == type && n-- == 0) {
			*ret_id = read32(frame + 5);
			*ret_len = len;
			*ret_flags = frame[4];
			return frame + 9;
		}
		at += 9 + len;
	}
	return NULL;
}

size_t wire_raw_count(const struct wire_raw *raw, uint8_t type)
{
	uint32_t id;
	size_t len;
	uint8_t flags;
	size_t n = 0;

	while (wire_raw_find(raw, type, n, &id, &len, &flags) != NULL)
		n++;
	return n;
}

int64_t wire_raw_goaway(const struct wire_raw *raw, char debug[128])
{
	uint32_t id;
	size_t len;
	uint8_t flags;
	const uint8_t *payload;

	debug[0] = '\0';
	for (size_t n = 0;
	     (payload = wire_raw_find(raw, FRAME_GOAWAY, n, &id, &len, &flags)) != NULL; n++) {
		if (len < 8 || read32(payload + 4) == 0)
			continue;
		len = len - 8 < 127 ? len - 8 : 127;
		memcpy(debug, payload + 8, len);
		debug[len] = '\0';
		return read32(payload + 4);
	}
	return -1;
}

int64_t wire_raw_reset_code(const struct wire_raw *raw, uint32_t id)
{
	uint32_t frame_id;
	size_t len;
	uint8_t flags;
	const uint8_t *payload;

	for (size_t n = 0;
	     (payload = wire_raw_find(raw, FRAME_RST_STREAM, n, &frame_id, &len, &flags)) != NULL;
	     n++)
		if (frame_id == id)
			return read32(payload);
	return -1;
}

/* --- answers ------------------------------------------------------------------- */

static void note_header(struct wire_answer *answer, const nghttp2_nv *nv)
{
	char name[64];
	char value[512];

	snprintf(name, sizeof(name), "%.*s", (int)nv->namelen, (const char *)nv->name);
	snprintf(value, sizeof(value), "%.*s", (int)nv->valuelen, (const char *)nv->value);
	if (strcmp(name, ":status") == 0)
		answer->http_status = (int)strtol(value, NULL, 10);
	if (strcmp(name, "grpc-status") == 0)
		snprintf(answer->grpc_status, sizeof(answer->grpc_status), "%.7s", value);
	if (strcmp(name, "grpc-message") == 0)
		snprintf(answer->grpc_message, sizeof(answer->grpc_message), "%.255s", value);
	if (strcmp(name, "grpc-accept-encoding") == 0)
		snprintf(answer->accept_encoding, sizeof(answer->accept_encoding), "%.63s", value);
}

static void inflate_block(nghttp2_hd_inflater *inflater, const uint8_t *data, size_t len,
			  struct wire_answer *answer)
{
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, data, len, 1);

		assert_true(n >= 0);
		data += n;
		len -= (size_t)n;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 && answer != NULL)
			note_header(answer, &nv);
		if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0)
			break;
	}
	nghttp2_hd_inflate_end_headers(inflater);
}

void wire_raw_answer(const struct wire_raw *raw, uint32_t id, struct wire_answer *ret)
{
	nghttp2_hd_inflater *inflater;
	uint32_t frame_id;
	size_t len;
	uint8_t flags;
	const uint8_t *payload;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
	/* All blocks from the first one on: HPACK's table depends on each. */
	for (size_t n = 0;
	     (payload = wire_raw_find(raw, FRAME_HEADERS, n, &frame_id, &len, &flags)) != NULL;
	     n++) {
		inflate_block(inflater, payload, len, frame_id == id ? ret : NULL);
		if (frame_id == id && (flags & FLAG_END_STREAM) != 0)
			ret->is_ended = true;
	}
	nghttp2_hd_inflate_del(inflater);
}
