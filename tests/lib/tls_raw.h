/* SPDX-License-Identifier: ISC
 *
 * A TLS client that is not ours, joined by memory to a server of ours (struct
 * tls): OpenSSL set up as a test wants it, or records forged with its keys.
 * Wants wire_certs_open.
 */
#pragma once

#include "wire/tls.h"

#include <openssl/ssl.h>

struct tls_raw {
	struct tls_context *context;
	struct tls *server;
	SSL_CTX *ctx;
	SSL *ssl;
	int tickets;             /* that the server sent */
	int result;              /* first failure of the server */
	struct pidc_error error; /* and what it said */
	unsigned long alert;     /* OpenSSL's error of the client, 0 while fine */
	uint8_t plain[4096];     /* what the server has read */
	size_t plain_len;
	size_t max_output;  /* the most that waited in the server at once */
	uint8_t secret[32]; /* client_application_traffic_secret_0 */
	uint64_t forged;    /* records sent with it */
};

/* Both ends, no byte moved yet, so that a test can still change ssl. cert names
 * the client's files (wire_certs_add), NULL none; alpn in wire form, NULL none. */
void tls_raw_open(struct tls_raw *raw, const char *cert, const char *alpn);
void tls_raw_close(struct tls_raw *raw);

/* Handshake and move bytes until neither end has any. */
void tls_raw_run(struct tls_raw *raw);

/* One record of this inner type, made with the client's first application keys;
 * only once the handshake is over, and while the client itself has sent nothing
 * after it. */
void tls_raw_forge(struct tls_raw *raw, uint8_t type, const void *data, size_t len);
