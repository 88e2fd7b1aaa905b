/* SPDX-License-Identifier: ISC */
#include "tests/lib/tls_raw.h"

#include "tests/lib/wire_pair.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY_LEN    16
#define IV_LEN     12
#define TAG_LEN    16
#define HEADER_LEN 5

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct tls_raw *raw = SSL_get_app_data(ssl);

	(void)session;
	raw->tickets++;
	return 0;
}

/* "LABEL client-random secret", in hex. */
static void on_key(const SSL *ssl, const char *line)
{
	static const char label[] = "CLIENT_TRAFFIC_SECRET_0 ";
	struct tls_raw *raw = SSL_get_app_data(ssl);
	const char *hex = strrchr(line, ' ');
	size_t len = 0;

	if (strncmp(line, label, sizeof(label) - 1) == 0 && hex != NULL)
		assert_int_equal(OPENSSL_hexstr2buf_ex(raw->secret, sizeof(raw->secret), &len,
						       hex + 1, '\0'),
				 1);
}

static void client_open(struct tls_raw *raw, const char *cert, const char *alpn)
{
	char file[64];

	raw->ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(raw->ctx);
	/* The suite whose secrets fit raw->secret; tls_raw_forge knows no other. */
	assert_int_equal(SSL_CTX_set_ciphersuites(raw->ctx, "TLS_AES_128_GCM_SHA256"), 1);
	/* Stored, sessions would end with the context. */
	SSL_CTX_set_session_cache_mode(raw->ctx,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(raw->ctx, on_ticket);
	SSL_CTX_set_keylog_callback(raw->ctx, on_key);
	if (cert != NULL) {
		snprintf(file, sizeof(file), "%s.crt", cert);
		SSL_CTX_use_certificate_chain_file(raw->ctx, wire_certs_path(file));
		snprintf(file, sizeof(file), "%s.key", cert);
		SSL_CTX_use_PrivateKey_file(raw->ctx, wire_certs_path(file), SSL_FILETYPE_PEM);
	}
	if (alpn != NULL)
		SSL_CTX_set_alpn_protos(raw->ctx, (const unsigned char *)alpn,
					(unsigned)strlen(alpn));
	raw->ssl = SSL_new(raw->ctx);
	assert_non_null(raw->ssl);
	SSL_set_app_data(raw->ssl, raw);
	SSL_set_connect_state(raw->ssl);
	SSL_set_bio(raw->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

void tls_raw_open(struct tls_raw *raw, const char *cert, const char *alpn)
{
	memset(raw, 0, sizeof(*raw));
	raw->context = wire_context_new(true);
	if (tls_new(raw->context, &raw->server, &raw->error) < 0)
		fail_msg("%s", raw->error.msg);
	client_open(raw, cert, alpn);
}

void tls_raw_close(struct tls_raw *raw)
{
	SSL_free(raw->ssl);
	SSL_CTX_free(raw->ctx);
	tls_free(raw->server);
	tls_context_unref(raw->context);
}

static void client_step(struct tls_raw *raw)
{
	char buf[256];
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(raw->ssl);
	if (r == 1)
		r = SSL_read(raw->ssl, buf, sizeof(buf));
	if (r <= 0 && SSL_get_error(raw->ssl, r) == SSL_ERROR_SSL && raw->alert == 0)
		raw->alert = ERR_peek_error();
	ERR_clear_error();
}

/* Feed what the client wrote; the server reads until it has no more. */
static void server_step(struct tls_raw *raw, const void *data, size_t len)
{
	size_t n;

	if (raw->result < 0)
		return;
	assert_int_equal(tls_feed(raw->server, data, len, NULL), 0);
	do {
		n = 0;
		raw->result = tls_read(raw->server, raw->plain + raw->plain_len,
				       sizeof(raw->plain) - raw->plain_len, &n, &raw->error);
		raw->plain_len += n;
		assert_true(raw->plain_len < sizeof(raw->plain));
	} while (raw->result == 0 && n > 0);
}

static bool server_output(struct tls_raw *raw)
{
	const uint8_t *data;
	size_t n;

	tls_output(raw->server, &data, &n);
	if (n == 0)
		return false;
	if (n > raw->max_output)
		raw->max_output = n;
	BIO_write(SSL_get_rbio(raw->ssl), data, (int)n);
	tls_output_drop(raw->server, n);
	return true;
}

void tls_raw_run(struct tls_raw *raw)
{
	bool is_moving;

	do {
		char buf[16384];
		int n;

		client_step(raw);
		n = BIO_read(SSL_get_wbio(raw->ssl), buf, sizeof(buf));
		is_moving = n > 0;
		if (is_moving)
			server_step(raw, buf, (size_t)n);
		is_moving |= server_output(raw);
	} while (is_moving);
}

/* --- forged records: RFC 8446, 5.2 and 7.1 ---------------------------------- */

/* HKDF-Expand-Label(secret, name, "", len) */
static void expand(const uint8_t secret[32], const char *name, uint8_t *ret, size_t len)
{
	uint8_t info[64];
	size_t n = (size_t)snprintf((char *)info, sizeof(info), "%c%c%ctls13 %s", 0, (char)len,
				    (char)(6 + strlen(name)), name) +
		   1; /* and the empty context's length, the NUL */
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, 32),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, n),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	assert_int_equal(EVP_KDF_derive(ctx, ret, len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static size_t seal(const struct tls_raw *raw, uint8_t *record, const uint8_t *inner, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[KEY_LEN], iv[IV_LEN];
	size_t body = len + TAG_LEN;
	int n;

	memcpy(record, (uint8_t[]){23, 3, 3, (uint8_t)(body >> 8), (uint8_t)body}, HEADER_LEN);
	expand(raw->secret, "key", key, sizeof(key));
	expand(raw->secret, "iv", iv, sizeof(iv));
	for (size_t i = 0; i < 8; i++)
		iv[IV_LEN - 1 - i] ^= (uint8_t)(raw->forged >> (8 * i));
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, record, HEADER_LEN), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, record + HEADER_LEN, &n, inner, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, record + HEADER_LEN + n, &n), 1);
	assert_int_equal(
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, record + HEADER_LEN + len),
		1);
	EVP_CIPHER_CTX_free(ctx);
	return HEADER_LEN + body;
}

void tls_raw_forge(struct tls_raw *raw, uint8_t type, const void *data, size_t len)
{
	uint8_t inner[1024];
	uint8_t record[HEADER_LEN + sizeof(inner) + TAG_LEN];
	size_t n;

	assert_true(len < sizeof(inner));
	memcpy(inner, data, len);
	inner[len] = type;
	n = seal(raw, record, inner, len + 1);
	raw->forged++;
	server_step(raw, record, n);
	server_output(raw);
}
