/* SPDX-License-Identifier: ISC */
#include "tests/lib/wire_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *dir;
static struct cert_ca *ca;

void wire_certs_open(void)
{
	struct cert_spec server = {.dns = "localhost", .is_server = true};
	struct cert_spec client = {.uris = {{WIRE_AGENT, 0}}, .is_client = true};

	dir = cert_dir_new();
	ca = cert_ca_new("test root");
	cert_ca_write(ca, cert_path(dir, "ca.crt"));
	wire_certs_add("server", &server);
	wire_certs_add("client", &client);
}

void wire_certs_add(const char *name, const struct cert_spec *spec)
{
	char cert[64], key[64];

	snprintf(cert, sizeof(cert), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	cert_write(ca, spec, cert_path(dir, cert), cert_path(dir, key));
}

const char *wire_certs_path(const char *file)
{
	return cert_path(dir, file);
}

void wire_certs_close(void)
{
	cert_ca_free(ca);
	cert_dir_remove(dir);
	ca = NULL;
	dir = NULL;
}

static int context_new(bool is_server, struct tls_context **ret, struct pidc_error *err)
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

	return tls_context_new(&options, ret, err);
}

struct tls_context *wire_context_new(bool is_server)
{
	struct tls_context *context = NULL;
	struct pidc_error err = {0};

	if (context_new(is_server, &context, &err) < 0)
		fail_msg("%s", err.msg);
	return context;
}

struct tls_context *wire_context_try(bool is_server)
{
	struct tls_context *context = NULL;

	return context_new(is_server, &context, NULL) < 0 ? NULL : context;
}

/* --- two of ours ------------------------------------------------------------- */

struct rpc_conn *wire_conn_new(bool is_server, const struct rpc_handlers *handlers,
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
		pair->ends[i] = wire_conn_new(i == WIRE_SERVER, options->handlers[i],
					      options->limits[i], options->users[i], pair->now);
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
