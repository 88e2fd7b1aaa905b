/* SPDX-License-Identifier: ISC
 *
 * TLS: who is let in and who is not (spec T1 to T3, T5, T6, T9). Both ends are in this
 * process, connected by memory.
 */
#include "tests/lib/cert.h"
#include "wire/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define AGENT "spiffe://pidc.int/member/fj/agent/suva-1"

static char *dir;
static struct cert_ca *ca;
static struct cert_ca *other_ca;

static int group_setup(void **state)
{
	struct cert_spec server = {.dns = "localhost", .ip = "127.0.0.1", .is_server = true};
	struct cert_spec client = {.uris = {{AGENT, 0}}, .is_client = true};

	(void)state;
	dir = cert_dir_new();
	ca = cert_ca_new("test root");
	other_ca = cert_ca_new("test root");
	cert_ca_write(ca, cert_path(dir, "ca.crt"));
	cert_write(ca, &server, cert_path(dir, "server.crt"), cert_path(dir, "server.key"));
	cert_write(ca, &client, cert_path(dir, "client.crt"), cert_path(dir, "client.key"));
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	cert_ca_free(ca);
	cert_ca_free(other_ca);
	cert_dir_remove(dir);
	return 0;
}

/* --- both ends ------------------------------------------------------------ */

struct pair {
	struct tls_context *contexts[2];
	struct tls *ends[2]; /* 0 the server, 1 the client */
	struct pidc_error errors[2];
	int results[2];
};

static struct tls_options server_options(void)
{
	return (struct tls_options){
		.is_server = true,
		.cert_file = cert_path(dir, "server.crt"),
		.key_file = cert_path(dir, "server.key"),
		.ca_file = cert_path(dir, "ca.crt"),
		.require_client_cert = true,
		.trust_domain = "pidc.int",
	};
}

static struct tls_options client_options(void)
{
	return (struct tls_options){
		.cert_file = cert_path(dir, "client.crt"),
		.key_file = cert_path(dir, "client.key"),
		.ca_file = cert_path(dir, "ca.crt"),
		.server_name = "localhost",
	};
}

static void pair_open(struct pair *pair, const struct tls_options *server,
		      const struct tls_options *client)
{
	struct pidc_error err = {0};

	memset(pair, 0, sizeof(*pair));
	assert_int_equal(tls_context_new(server, &pair->contexts[0], &err), 0);
	assert_int_equal(tls_context_new(client, &pair->contexts[1], &err), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(tls_new(pair->contexts[i], &pair->ends[i], &err), 0);
}

static void pair_close(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		tls_free(pair->ends[i]);
		tls_context_unref(pair->contexts[i]);
	}
}

/* Move bytes until neither end has any, noting the first failure of each. */
static void pair_run(struct pair *pair)
{
	bool is_moving = true;

	while (is_moving) {
		is_moving = false;
		for (int i = 0; i < 2; i++) {
			uint8_t buf[64];
			size_t n = 0;
			const uint8_t *data;
			int rv = tls_read(pair->ends[i], buf, sizeof(buf), &n, &pair->errors[i]);

			if (rv < 0)
				pair->results[i] = rv;
			tls_output(pair->ends[i], &data, &n);
			if (n == 0)
				continue;
			is_moving = true;
			if (pair->results[1 - i] == 0)
				assert_int_equal(tls_feed(pair->ends[1 - i], data, n, NULL), 0);
			tls_output_drop(pair->ends[i], n);
		}
	}
}

static void expect_refused(const struct cert_spec *spec, struct cert_ca *issuer,
			   const char *server_says, const char *client_says)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	cert_write(issuer, spec, cert_path(dir, "bad.crt"), cert_path(dir, "bad.key"));
	client.cert_file = cert_path(dir, "bad.crt");
	client.key_file = cert_path(dir, "bad.key");
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_int_equal(pair.results[0], PIDC_ECRYPTO);
	assert_false(tls_is_open(pair.ends[0]));
	if (strstr(pair.errors[0].msg, server_says) == NULL)
		fail_msg("%s", pair.errors[0].msg);
	assert_true(pair.results[1] < 0); /* the alert has reached it */
	if (strstr(pair.errors[1].msg, client_says) == NULL)
		fail_msg("%s", pair.errors[1].msg);
	pair_close(&pair);
}

/* --- tests ---------------------------------------------------------------- */

static void test_accepts_agent(void **state)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;
	uint8_t buf[16];
	size_t n = 0;
	const uint8_t *data;

	(void)state;
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_true(tls_is_open(pair.ends[0]));
	assert_true(tls_is_open(pair.ends[1]));
	assert_string_equal(tls_get_peer(pair.ends[0])->spiffe_id, AGENT);
	assert_true(tls_get_peer(pair.ends[0])->not_after > 0);
	assert_true(tls_get_peer(pair.ends[1])->has_certificate);
	assert_int_equal(tls_get_peer(pair.ends[1])->not_after,
			 tls_context_not_after(pair.contexts[0]));
	assert_int_equal(tls_write(pair.ends[1], (const uint8_t *)"ahoy", 4, NULL), 0);
	tls_output(pair.ends[1], &data, &n);
	assert_int_equal(tls_feed(pair.ends[0], data, n, NULL), 0);
	tls_output_drop(pair.ends[1], n);
	assert_int_equal(tls_read(pair.ends[0], buf, sizeof(buf), &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(buf, "ahoy", 4);
	tls_shutdown(pair.ends[1]);
	pair_run(&pair);
	assert_int_equal(pair.results[0], PIDC_ECLOSED);
	pair_close(&pair);
}

static void test_accepts_address(void **state)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	client.server_name = "127.0.0.1";
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_true(tls_is_open(pair.ends[1]));
	pair_close(&pair);
}

static void test_client_rejects_other_server(void **state)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	client.server_name = "elsewhere.example";
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_int_equal(pair.results[1], PIDC_ECRYPTO);
	assert_false(tls_is_open(pair.ends[0]));
	pair_close(&pair);
}

static void test_t1_no_certificate(void **state)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	client.cert_file = NULL;
	client.key_file = NULL;
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_int_equal(pair.results[0], PIDC_EPROTO);
	assert_non_null(strstr(pair.errors[0].msg, "did not return a certificate"));
	/* OBJ-2.a */
	assert_non_null(strstr(pair.errors[1].msg, "certificate required"));
	pair_close(&pair);
}

static void test_no_certificate_where_none_is_required(void **state)
{
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	server.require_client_cert = false;
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_true(tls_is_open(pair.ends[0]));
	assert_false(tls_get_peer(pair.ends[0])->has_certificate);
	assert_string_equal(tls_get_peer(pair.ends[0])->spiffe_id, "");
	pair_close(&pair);
}

static void test_t2_unknown_authority(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}}, .is_client = true};

	(void)state;
	expect_refused(&spec, other_ca, "peer certificate", "");
	spec.is_self_signed = true;
	expect_refused(&spec, ca, "self-signed", "unknown ca");
}

static void test_t3_validity(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}}, .is_client = true};

	(void)state;
	spec.starts_in = -7200;
	spec.ends_in = -60;
	expect_refused(&spec, ca, "expired", "certificate expired");
	spec.starts_in = 3600;
	spec.ends_in = 7200;
	expect_refused(&spec, ca, "not yet valid", "bad certificate");
}

static void test_t5_leaf_rules(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}, {AGENT "-b", 0}}, .is_client = true};

	(void)state;
	expect_refused(&spec, ca, "exactly one URI", "bad certificate");
	spec = (struct cert_spec){.is_client = true};
	expect_refused(&spec, ca, "exactly one URI", "bad certificate");
	spec.dns = "suva-1.example";
	expect_refused(&spec, ca, "exactly one URI", "bad certificate");
	spec = (struct cert_spec){.uris = {{AGENT, 0}}, .is_server = true};
	expect_refused(&spec, ca, "purpose", "unsupported certificate");
	spec = (struct cert_spec){.uris = {{AGENT, 0}}};
	expect_refused(&spec, ca, "clientAuth", "bad certificate");
	spec = (struct cert_spec){.uris = {{AGENT, 0}}, .is_client = true, .is_ca = true};
	expect_refused(&spec, ca, "authority", "bad certificate");
	spec = (struct cert_spec){.uris = {{AGENT, 0}}, .is_client = true, .lacks_key_usage = true};
	expect_refused(&spec, ca, "digitalSignature", "bad certificate");
}

static void test_t5_strict_form(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}}, .is_client = true, .lacks_issuer_key = true};

	(void)state;
	expect_refused(&spec, ca, "Authority Key Identifier", "");
}

static void test_t5_dns_beside_one_uri(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}}, .dns = "a.example", .is_client = true};
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	cert_write(ca, &spec, cert_path(dir, "both.crt"), cert_path(dir, "both.key"));
	client.cert_file = cert_path(dir, "both.crt");
	client.key_file = cert_path(dir, "both.key");
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_true(tls_is_open(pair.ends[0]));
	pair_close(&pair);
}

static void test_t6_spiffe_in_certificate(void **state)
{
	static const char with_nul[] = "spiffe://pidc.int/member/fj\0/x";
	struct cert_spec spec = {.is_client = true};

	(void)state;
	spec.uris[0] = (struct cert_name){with_nul, sizeof(with_nul) - 1};
	expect_refused(&spec, ca, "fj\\x00/x", "bad certificate");
	spec.uris[0] = (struct cert_name){"spiffe://evil.int/member/fj", 0};
	expect_refused(&spec, ca, "trust domain", "bad certificate");
	spec.uris[0] = (struct cert_name){"https://pidc.int/member/fj", 0};
	expect_refused(&spec, ca, "scheme", "bad certificate");
}

static void test_t6_spiffe_ids(void **state)
{
	static const char *const good[] = {
		AGENT,
		"spiffe://pidc.int/member/fj",
		"spiffe://pidc.int/a/b/c/d/e",
		"spiffe://pidc.int/a_b/c.d-9",
		"spiffe://pidc.int/a/...",
	};
	static const char *const bad[] = {
		"",
		"spiffe://",
		"spiffe://pidc.int",
		"spiffe://pidc.int/",
		"spiffe://pidc.int/member",
		"spiffe://pidc.int/member/",
		"spiffe://pidc.int/member/fj/",
		"spiffe://pidc.int//fj",
		"spiffe://pidc.int/member//fj",
		"spiffe://pidc.int/a/b/c/d/e/f",
		"spiffe://PIDC.int/member/fj",
		"spiffe://pidc.int.evil/member/fj",
		"spiffe://pidc.in/member/fj",
		"spiffe://pidc.int/member/FJ",
		"spiffe://pidc.int/member/%2f",
		"spiffe://pidc.int/member/../x",
		"spiffe://pidc.int/member/./x",
		"spiffe://pidc.int/member/fj?x",
		"spiffe://pidc.int/member/fj#x",
		"spiffe://pidc.int:443/member/fj",
		"SPIFFE://pidc.int/member/fj",
	};
	char id[3000] = "spiffe://pidc.int/member/";
	size_t used = strlen(id);
	struct pidc_error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(tls_spiffe_check(good[i], strlen(good[i]), "pidc.int", &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(tls_spiffe_check(bad[i], strlen(bad[i]), "pidc.int", &err),
				 PIDC_EINVAL);
	memset(id + used, 'a', sizeof(id) - used);
	assert_int_equal(tls_spiffe_check(id, TLS_SPIFFE_ID_MAX, "pidc.int", &err), 0);
	assert_int_equal(tls_spiffe_check(id, TLS_SPIFFE_ID_MAX + 1, "pidc.int", &err),
			 PIDC_EINVAL);
	assert_int_equal(tls_spiffe_check(id, sizeof(id), "pidc.int", &err), PIDC_EINVAL);
}

static void test_t9_large_chain(void **state)
{
	struct cert_spec spec = {.uris = {{AGENT, 0}}, .is_client = true, .padding = 100000};
	struct tls_options server = server_options();
	struct tls_options client = client_options();
	struct pair pair;

	(void)state;
	cert_write(ca, &spec, cert_path(dir, "big.crt"), cert_path(dir, "big.key"));
	client.cert_file = cert_path(dir, "big.crt");
	client.key_file = cert_path(dir, "big.key");
	pair_open(&pair, &server, &client);
	pair_run(&pair);
	assert_int_equal(pair.results[0], PIDC_EPROTO);
	assert_non_null(strstr(pair.errors[0].msg, "excessive message size"));
	pair_close(&pair);
}

static void test_garbage(void **state)
{
	struct tls_options options = server_options();
	struct tls_context *context = NULL;
	struct tls *server = NULL;
	struct pidc_error err = {0};
	uint8_t buf[64];
	size_t n = 0;

	(void)state;
	assert_int_equal(tls_context_new(&options, &context, &err), 0);
	assert_int_equal(tls_new(context, &server, &err), 0);
	assert_int_equal(tls_feed(server, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18, &err), 0);
	assert_int_equal(tls_read(server, buf, sizeof(buf), &n, &err), PIDC_EPROTO);
	assert_int_equal(tls_read(server, buf, sizeof(buf), &n, &err), PIDC_EPROTO);
	assert_int_equal(tls_feed(server, buf, 1, &err), PIDC_EPROTO);
	assert_int_equal(tls_write(server, buf, 1, &err), PIDC_ECLOSED);
	tls_free(server);
	tls_context_unref(context);
}

static void test_context_files(void **state)
{
	struct tls_options options = server_options();
	struct tls_context *context = NULL;
	struct pidc_error err = {0};

	(void)state;
	options.key_file = cert_path(dir, "client.key"); /* not of this certificate */
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "client.key"));
	options.key_file = cert_path(dir, "absent.key");
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "absent.key"));
	options = server_options();
	options.cert_file = options.key_file;
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	options = server_options();
	options.ca_file = options.key_file;
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	options = server_options();
	options.trust_domain = NULL;
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	options = server_options();
	assert_int_equal(chmod(options.key_file, 0640), 0);
	assert_int_equal(tls_context_new(&options, &context, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "0600"));
	assert_int_equal(chmod(options.key_file, 0600), 0);
	assert_null(context);
	tls_context_unref(NULL);
	tls_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_agent),
		cmocka_unit_test(test_accepts_address),
		cmocka_unit_test(test_client_rejects_other_server),
		cmocka_unit_test(test_t1_no_certificate),
		cmocka_unit_test(test_no_certificate_where_none_is_required),
		cmocka_unit_test(test_t2_unknown_authority),
		cmocka_unit_test(test_t3_validity),
		cmocka_unit_test(test_t5_leaf_rules),
		cmocka_unit_test(test_t5_strict_form),
		cmocka_unit_test(test_t5_dns_beside_one_uri),
		cmocka_unit_test(test_t6_spiffe_in_certificate),
		cmocka_unit_test(test_t6_spiffe_ids),
		cmocka_unit_test(test_t9_large_chain),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_context_files),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
