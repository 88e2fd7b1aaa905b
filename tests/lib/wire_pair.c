/* SPDX-License-Identifier: ISC */
#include "tests/lib/wire_pair.h"

#include "tests/lib/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *dir;

void wire_certs_open(void)
{
	struct cert_ca *ca = cert_ca_new("test root");
	struct cert_spec server = {.dns = "localhost", .is_server = true};
	struct cert_spec client = {.uris = {{WIRE_AGENT, 0}}, .is_client = true};

	dir = cert_dir_new();
	cert_ca_write(ca, cert_path(dir, "ca.crt"));
	cert_write(ca, &server, cert_path(dir, "server.crt"), cert_path(dir, "server.key"));
	cert_write(ca, &client, cert_path(dir, "client.crt"), cert_path(dir, "client.key"));
	cert_ca_free(ca);
}

void wire_certs_close(void)
{
	cert_dir_remove(dir);
	dir = NULL;
}

struct tls_context *wire_context_new(bool is_server)
{
	struct tls_options options = {
		.is_server = is_server,
		.cert_file = cert_path(dir, is_server ? "server.crt" : "client.crt"),
		.key_file = cert_path(dir, is_server ? "server.key" : "client.key"),
		.ca_file = cert_path(dir, "ca.crt"),
		.require_client_cert = is_server,
		.trust_domain = "pidc.int",
		.server_name = "localhost",
	};
	struct tls_context *context = NULL;
	struct pidc_error err = {0};

	if (tls_context_new(&options, &context, &err) < 0)
		fail_msg("%s", err.msg);
	return context;
}

/* --- two of ours ------------------------------------------------------------- */

static struct rpc_conn *new_conn(bool is_server, const struct rpc_handlers *handlers,
				 const struct rpc_limits *limits, void *user, uint64_t now)
{
	struct rpc_options options = {
		.tls = wire_context_new(is_server),
		.is_server = is_server,
		.limits = limits,
		.handlers = handlers,
		.user = user,
		.authority = "localhost",
		.user_agent = "pidc-test/1",
	};
	struct rpc_conn *conn = NULL;
	struct pidc_error err = {0};

	if (rpc_conn_new(&options, now, &conn, &err) < 0)
		fail_msg("%s", err.msg);
	tls_context_unref(options.tls);
	return conn;
}

void wire_pair_open(struct wire_pair *pair, const struct wire_pair_options *options)
{
	memset(pair, 0, sizeof(*pair));
	pair->now = 1000;
	pair->seed = options->seed + 1;
	pair->max_slice = options->max_slice == 0 ? 5000 : options->max_slice;
	for (int i = 0; i < 2; i++)
		pair->ends[i] = new_conn(i == WIRE_SERVER, options->handlers[i], options->limits[i],
					 options->users[i], pair->now);
	wire_pair_run(pair);
	assert_true(rpc_conn_is_open(pair->ends[0]));
	assert_true(rpc_conn_is_open(pair->ends[1]));
}

void wire_pair_close(struct wire_pair *pair)
{
	for (int i = 0; i < 2; i++)
		rpc_conn_free(pair->ends[i]);
}

static void note(struct wire_pair *pair, int end, int rv, const struct pidc_error *err)
{
	if (rv < 0 && pair->results[end] == 0) {
		pair->results[end] = rv;
		pair->errors[end] = *err;
	}
}

/* A slice from one end to the other; false when nothing moved. */
static bool move_slice(struct wire_pair *pair, int from)
{
	int to = 1 - from;
	const uint8_t *data;
	size_t len = 0;
	size_t taken = 0;
	struct pidc_error err = {0};

	if (pair->is_cut[from])
		return false;
	note(pair, from, rpc_conn_output(pair->ends[from], pair->now, &data, &len, &err), &err);
	if (len == 0)
		return false;
	if (len > pair->max_slice)
		len = pair->max_slice;
	len = 1 + (size_t)rand_r(&pair->seed) % len;
	if (pair->results[to] < 0) {
		taken = len; /* the socket is closing: nobody reads */
	} else {
		int rv;

		if (!rpc_conn_wants_read(pair->ends[to]))
			return false;
		rv = rpc_conn_feed(pair->ends[to], data, len, pair->now, &taken, &err);
		note(pair, to, rv, &err);
		if (rv < 0)
			taken = len;
	}
	rpc_conn_output_drop(pair->ends[from], taken, pair->now);
	pair->moved[from] += taken;
	return true;
}

static bool tick(struct wire_pair *pair, int end)
{
	struct pidc_error err = {0};

	if (rpc_conn_next_tick(pair->ends[end]) > pair->now)
		return false;
	note(pair, end, rpc_conn_tick(pair->ends[end], pair->now, &err), &err);
	return true;
}

void wire_pair_run(struct wire_pair *pair)
{
	bool is_moving = true;

	while (is_moving) {
		is_moving = false;
		for (int i = 0; i < 2; i++) {
			is_moving |= tick(pair, i);
			is_moving |= move_slice(pair, i);
		}
	}
}

void wire_pair_pass(struct wire_pair *pair, uint64_t ms)
{
	uint64_t end = pair->now + ms;

	for (;;) {
		uint64_t due = end;

		wire_pair_run(pair);
		for (int i = 0; i < 2; i++) {
			uint64_t next = rpc_conn_next_tick(pair->ends[i]);

			if (next > pair->now && next < due)
				due = next;
		}
		if (pair->now == end)
			return;
		pair->now = due;
	}
}

/* --- raw frames --------------------------------------------------------------- */

void wire_raw_open(struct wire_raw *raw, const struct rpc_handlers *handlers,
		   const struct rpc_limits *limits, void *user)
{
	struct tls_context *context = wire_context_new(false);

	memset(raw, 0, sizeof(*raw));
	raw->now = 1000;
	raw->server = new_conn(true, handlers, limits, user, raw->now);
	assert_int_equal(tls_new(context, &raw->tls, NULL), 0);
	tls_context_unref(context);
	wire_raw_run(raw);
	assert_true(tls_is_open(raw->tls));
}

void wire_raw_close(struct wire_raw *raw)
{
	rpc_conn_free(raw->server);
	tls_free(raw->tls);
	free(raw->got);
}

static void feed_server(struct wire_raw *raw, const uint8_t *data, size_t len)
{
	while (len > 0 && raw->result == 0) {
		size_t taken = 0;
		struct pidc_error err = {0};
		int rv = rpc_conn_feed(raw->server, data, len, raw->now, &taken, &err);

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
			feed_server(raw, data, n);
			tls_output_drop(raw->tls, n);
		}
		if (rpc_conn_next_tick(raw->server) <= raw->now) {
			int rv = rpc_conn_tick(raw->server, raw->now, &err);

			if (rv < 0 && raw->result == 0) {
				raw->result = rv;
				raw->error = err;
			}
		}
		n = 0;
		if (!raw->is_deaf)
			(void)!rpc_conn_output(raw->server, raw->now, &data, &n, &err);
		if (n > 0) {
			is_moving = true;
			if (tls_feed(raw->tls, data, n, NULL) < 0)
				raw->is_deaf = true; /* our TLS has ended */
			rpc_conn_output_drop(raw->server, n, raw->now);
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
	size_t at = 0;

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
