/* SPDX-License-Identifier: ISC
 *
 * What tls_context.c (files and settings) and tls.c (one connection) share.
 */
#pragma once

#include "wire/tls.h"

#include <openssl/ssl.h>

struct tls_context {
	unsigned refs;
	SSL_CTX *ctx;
	BIO_METHOD *bio_method; /* must outlive every SSL made from ctx */
	bool is_server;
	char *trust_domain;
	char *server_name;
	int64_t not_after;
};

struct tls_context *tls_context_ref(struct tls_context *context);

/* tls.c: the BIO of its connections; certificate verification callback; observer
 * of handshake messages, which counts key updates. */
BIO_METHOD *tls_bio_method_new(void) PIDC_MUSTCHECK;
int tls_verify_peer(X509_STORE_CTX *store, void *arg);
void tls_on_message(int is_sent, int version, int type, const void *data, size_t len, SSL *ssl,
		    void *arg);

/* Fill err with what OpenSSL's queue says about "what"; returns code. */
int tls_fail_openssl(struct pidc_error *err, int code, const char *what);
