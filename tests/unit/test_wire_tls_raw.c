/* SPDX-License-Identifier: ISC
 *
 * TLS against clients that are not ours (spec T4, T7): other versions and
 * protocols, sessions that nobody gave them, early data, renegotiation, storms of
 * key updates.
 */
#include "tests/lib/tls_raw.h"
#include "tests/lib/wire_pair.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALPN_H2            "\2h2"
#define RECORD_APPLICATION 23
#define RECORD_HANDSHAKE   22
#define MESSAGE_KEY_UPDATE 24

static int group_setup(void **state)
{
	struct cert_spec expired = {
		.uris = {{WIRE_AGENT, 0}}, .is_client = true, .starts_in = -7200, .ends_in = -60};

	(void)state;
	wire_certs_open();
	wire_certs_add("expired", &expired);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	wire_certs_close();
	return 0;
}

static void expect_alert(const struct tls_raw *raw, const char *alert)
{
	const char *said = ERR_reason_error_string(raw->alert);

	assert_true(raw->result < 0);
	assert_false(tls_is_open(raw->server));
	if (said == NULL || strstr(said, alert) == NULL)
		fail_msg("expected alert \"%s\", got \"%s\"", alert, said == NULL ? "" : said);
}

/* The full handshake took place: the server has seen the certificate. */
static void expect_full(const struct tls_raw *raw)
{
	if (raw->result < 0)
		fail_msg("%s", raw->error.msg);
	assert_true(tls_is_open(raw->server));
	assert_false(SSL_session_reused(raw->ssl));
	assert_string_equal(tls_get_peer(raw->server)->spiffe_id, WIRE_AGENT);
	assert_int_equal(raw->tickets, 0); /* and nothing to resume with */
}

/* --- versions and protocols -------------------------------------------------- */

static void expect_alpn(int max_version, const char *alpn, const char *alert)
{
	struct tls_raw raw;

	tls_raw_open(&raw, "client", alpn);
	SSL_set_max_proto_version(raw.ssl, max_version);
	tls_raw_run(&raw);
	if (alert != NULL)
		expect_alert(&raw, alert);
	else
		expect_full(&raw);
	tls_raw_close(&raw);
}

static void test_t7_versions_and_alpn(void **state)
{
	(void)state;
	expect_alpn(TLS1_3_VERSION, ALPN_H2, NULL);
	expect_alpn(TLS1_3_VERSION, "\10http/1.1\2h2", NULL);
	expect_alpn(TLS1_2_VERSION, ALPN_H2, "protocol version");
	expect_alpn(TLS1_3_VERSION, NULL, "no application protocol");
	expect_alpn(TLS1_3_VERSION, "\10http/1.1", "no application protocol");
}

/* --- sessions ---------------------------------------------------------------- */

/* A session that the client made up: it has a secret and allows early data. */
static SSL_SESSION *session_forge(SSL *ssl)
{
	static const uint8_t suite[] = {0x13, 0x01};
	uint8_t secret[32];
	SSL_SESSION *session = SSL_SESSION_new();

	memset(secret, 7, sizeof(secret));
	assert_int_equal(SSL_SESSION_set1_master_key(session, secret, sizeof(secret)), 1);
	assert_int_equal(SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, suite)), 1);
	assert_int_equal(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION), 1);
	assert_int_equal(SSL_SESSION_set_max_early_data(session, 1024), 1);
	assert_int_equal(SSL_SESSION_set1_alpn_selected(session, (const unsigned char *)"h2", 2),
			 1);
	return session;
}

/* What the callback offers: an identity of a likely length for a ticket. */
static SSL_SESSION *offered;
static unsigned char identity[64] = "ticket";

static int on_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *id_len,
		  SSL_SESSION **session)
{
	(void)ssl;
	(void)md;
	SSL_SESSION_up_ref(offered);
	*id = identity;
	*id_len = sizeof(identity);
	*session = offered;
	return 1;
}

static void offer(struct tls_raw *raw, const char *cert)
{
	tls_raw_open(raw, cert, ALPN_H2);
	offered = session_forge(raw->ssl);
	SSL_set_psk_use_session_callback(raw->ssl, on_psk);
}

static void test_t4_forged_psk_is_ignored(void **state)
{
	struct tls_raw raw;

	(void)state;
	offer(&raw, "client");
	tls_raw_run(&raw);
	expect_full(&raw);
	tls_raw_close(&raw);
	SSL_SESSION_free(offered);
}

static void test_t4_psk_does_not_stand_for_a_certificate(void **state)
{
	struct tls_raw raw;

	(void)state;
	offer(&raw, NULL);
	tls_raw_run(&raw);
	expect_alert(&raw, "certificate required");
	tls_raw_close(&raw);
	SSL_SESSION_free(offered);
	offer(&raw, "expired");
	tls_raw_run(&raw);
	expect_alert(&raw, "certificate expired");
	tls_raw_close(&raw);
	SSL_SESSION_free(offered);
}

/* --- a session of another server that does give tickets ---------------------- */

static SSL_SESSION *ticket;

static int on_foreign_ticket(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(ticket);
	ticket = session;
	return 1;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		   const unsigned char *in, unsigned int in_len, void *arg)
{
	(void)ssl;
	(void)in_len;
	(void)arg;
	*out = in + 1;
	*out_len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static SSL *foreign_server(SSL_CTX **ret_ctx)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	SSL_CTX_use_certificate_chain_file(ctx, wire_certs_path("server.crt"));
	SSL_CTX_use_PrivateKey_file(ctx, wire_certs_path("server.key"), SSL_FILETYPE_PEM);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_max_early_data(ctx, 1024);
	ssl = SSL_new(ctx);
	SSL_set_accept_state(ssl);
	*ret_ctx = ctx;
	return ssl;
}

/* Fill ticket by a handshake with a server that has our certificate and key. */
static void take_foreign_ticket(void)
{
	struct tls_raw raw;
	SSL_CTX *ctx = NULL;
	SSL *server = foreign_server(&ctx);
	char buf[16];

	tls_raw_open(&raw, "client", ALPN_H2);
	SSL_CTX_sess_set_new_cb(raw.ctx, on_foreign_ticket);
	BIO_up_ref(SSL_get_rbio(raw.ssl));
	BIO_up_ref(SSL_get_wbio(raw.ssl));
	SSL_set_bio(server, SSL_get_wbio(raw.ssl), SSL_get_rbio(raw.ssl));
	/* Three flights, then the tickets. */
	for (int i = 0; i < 4; i++) {
		SSL_do_handshake(raw.ssl);
		SSL_do_handshake(server);
		SSL_read(raw.ssl, buf, sizeof(buf));
		SSL_read(server, buf, sizeof(buf));
	}
	SSL_shutdown(raw.ssl); /* else its session is thought broken */
	ERR_clear_error();
	SSL_free(server);
	SSL_CTX_free(ctx);
	tls_raw_close(&raw);
	assert_non_null(ticket);
	assert_true(SSL_SESSION_is_resumable(ticket));
	assert_int_equal(SSL_SESSION_get_max_early_data(ticket), 1024);
}

static void test_t4_foreign_ticket_is_ignored(void **state)
{
	struct tls_raw raw;

	(void)state;
	take_foreign_ticket();
	tls_raw_open(&raw, "client", ALPN_H2);
	assert_int_equal(SSL_set_session(raw.ssl, ticket), 1);
	tls_raw_run(&raw);
	expect_full(&raw);
	tls_raw_close(&raw);
	tls_raw_open(&raw, "expired", ALPN_H2);
	assert_int_equal(SSL_set_session(raw.ssl, ticket), 1);
	tls_raw_run(&raw);
	expect_alert(&raw, "certificate expired");
	tls_raw_close(&raw);
	SSL_SESSION_free(ticket);
	ticket = NULL;
}

/* --- early data ---------------------------------------------------------------- */

static void test_t7_early_data_is_not_read(void **state)
{
	struct tls_raw raw;
	size_t n = 0;

	(void)state;
	offer(&raw, "client");
	assert_int_equal(SSL_write_early_data(raw.ssl, "PRI *", 5, &n), 1);
	tls_raw_run(&raw);
	expect_full(&raw);
	assert_int_equal(SSL_get_early_data_status(raw.ssl), SSL_EARLY_DATA_REJECTED);
	assert_int_equal(raw.plain_len, 0);
	assert_int_equal(SSL_write(raw.ssl, "after", 5), 5);
	tls_raw_run(&raw);
	assert_int_equal(raw.plain_len, 5);
	assert_memory_equal(raw.plain, "after", 5);
	tls_raw_close(&raw);
	SSL_SESSION_free(offered);
}

/* --- after the handshake --------------------------------------------------------- */

static void open_raw(struct tls_raw *raw)
{
	tls_raw_open(raw, "client", ALPN_H2);
	tls_raw_run(raw);
	expect_full(raw);
}

/* The forger's own keys are right: else the tests below would pass for that. */
static void test_forged_data_is_read(void **state)
{
	struct tls_raw raw;

	(void)state;
	open_raw(&raw);
	tls_raw_forge(&raw, RECORD_APPLICATION, "one", 3);
	tls_raw_forge(&raw, RECORD_APPLICATION, "two", 3);
	assert_int_equal(raw.result, 0);
	assert_int_equal(raw.plain_len, 6);
	assert_memory_equal(raw.plain, "onetwo", 6);
	tls_raw_close(&raw);
}

/* A handshake message that has no place after the handshake ends the connection:
 * a ClientHello (renegotiation), a Certificate that nobody asked for, an end of
 * early data, a ticket. */
static void test_t7_no_handshake_after_the_handshake(void **state)
{
	static const uint8_t types[] = {1, 2, 4, 5, 8, 11, 13, 15, 20};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		struct tls_raw raw;
		uint8_t message[4 + 64] = {types[i], 0, 0, 64, 3, 3};

		open_raw(&raw);
		tls_raw_forge(&raw, RECORD_HANDSHAKE, message, sizeof(message));
		tls_raw_run(&raw);
		assert_int_equal(raw.result, PIDC_EPROTO);
		assert_false(tls_is_open(raw.server));
		expect_alert(&raw, "unexpected message");
		tls_raw_close(&raw);
	}
}

static void update_keys(struct tls_raw *raw, int kind)
{
	assert_int_equal(SSL_key_update(raw->ssl, kind), 1);
	tls_raw_run(raw);
}

static void test_key_updates_are_answered(void **state)
{
	struct tls_raw raw;

	(void)state;
	open_raw(&raw);
	for (int i = 0; i < TLS_KEY_UPDATES_MAX; i++) {
		update_keys(&raw,
			    i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
		assert_int_equal(SSL_write(raw.ssl, "x", 1), 1);
		tls_raw_run(&raw);
		assert_int_equal(tls_write(raw.server, (const uint8_t *)"y", 1, NULL), 0);
		tls_raw_run(&raw);
	}
	assert_int_equal(raw.result, 0);
	assert_int_equal(raw.alert, 0);
	assert_int_equal(raw.plain_len, TLS_KEY_UPDATES_MAX);
	tls_raw_close(&raw);
}

static void test_storm_of_key_updates_ends_it(void **state)
{
	struct tls_raw raw;
	int n = 0;

	(void)state;
	open_raw(&raw);
	while (raw.result == 0 && n <= TLS_KEY_UPDATES_MAX) {
		update_keys(&raw, SSL_KEY_UPDATE_REQUESTED);
		n++;
	}
	assert_int_equal(raw.result, PIDC_EPROTO);
	assert_non_null(strstr(raw.error.msg, "key updates"));
	assert_int_equal(n, TLS_KEY_UPDATES_MAX + 1);
	tls_raw_close(&raw);
}

/* All of a storm in one slice: answers do not pile up either. */
static void test_storm_at_once(void **state)
{
	static const uint8_t bad[] = {MESSAGE_KEY_UPDATE, 0, 0, 1, 2};
	struct tls_raw raw;

	(void)state;
	open_raw(&raw);
	raw.max_output = 0;
	for (int i = 0; i < 400; i++) {
		assert_int_equal(SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(raw.ssl), 1);
	}
	tls_raw_run(&raw);
	assert_int_equal(raw.result, PIDC_EPROTO);
	assert_true(raw.max_output <= 64 * TLS_KEY_UPDATES_MAX);
	tls_raw_close(&raw);
	/* And one that asks for something else than there is. */
	open_raw(&raw);
	tls_raw_forge(&raw, RECORD_HANDSHAKE, bad, sizeof(bad));
	assert_int_equal(raw.result, PIDC_EPROTO);
	tls_raw_close(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_t7_versions_and_alpn),
		cmocka_unit_test(test_t4_forged_psk_is_ignored),
		cmocka_unit_test(test_t4_psk_does_not_stand_for_a_certificate),
		cmocka_unit_test(test_t4_foreign_ticket_is_ignored),
		cmocka_unit_test(test_t7_early_data_is_not_read),
		cmocka_unit_test(test_forged_data_is_read),
		cmocka_unit_test(test_t7_no_handshake_after_the_handshake),
		cmocka_unit_test(test_key_updates_are_answered),
		cmocka_unit_test(test_storm_of_key_updates_ends_it),
		cmocka_unit_test(test_storm_at_once),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
