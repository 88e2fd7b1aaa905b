/* SPDX-License-Identifier: ISC
 *
 * TLS 1.3 over memory BIOs, server and client side, and what a connection has
 * learnt of its peer. The only file of wire/ that includes OpenSSL's TLS is
 * tls.c. Sans-I/O: no sockets, no clock; bytes in, bytes out.
 *
 * A tls_context is made from files once and shared by connections (it is
 * reference-counted inside, so a reloaded context can replace it while old
 * connections live on). One thread at a time.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_context;
struct tls;

#define TLS_SPIFFE_ID_MAX 255 /* SPIFFE: an id is at most this many bytes */
/* Key updates that a peer may ask for on one connection: stacks do it every 2^24
 * records or more, and a connection lives a day. Each costs us key derivations for
 * 27 bytes of theirs. */
#define TLS_KEY_UPDATES_MAX 64

struct tls_options {
	bool is_server;
	const char *cert_file; /* PEM: leaf, then intermediates */
	const char *key_file;  /* PEM, mode 0600 or 0400; never logged */
	const char *ca_file;   /* PEM: roots that the peer must chain to */
	/* Server: demand a client certificate and a SPIFFE id (see tls_peer).
	 * False only for benchmark and interop listeners. */
	bool require_client_cert;
	/* Peer ids must be in this trust domain, e.g. "pidc.int"; lower case. */
	const char *trust_domain;
	/* Client: DNS name or IP address that the server's certificate must
	 * carry; also sent as SNI when it is a name. */
	const char *server_name;
};

/* What the handshake proved. All zero where the peer gave no certificate. */
struct tls_peer {
	bool has_certificate;
	char spiffe_id[TLS_SPIFFE_ID_MAX + 1]; /* "" when server side does not require one */
	uint8_t spki_sha256[32];               /* of the leaf's SubjectPublicKeyInfo, DER */
	int64_t not_after;                     /* unix seconds */
};

/* Load certificate, key and roots; check that key and certificate match and
 * that every file parses. On success *ret is the caller's (tls_context_unref).
 * PIDC_EINVAL names the file that is at fault, PIDC_ECRYPTO what OpenSSL said. */
int tls_context_new(const struct tls_options *options, struct tls_context **ret,
		    struct pidc_error *err) PIDC_MUSTCHECK;
void tls_context_unref(struct tls_context *context);

/* Not-after of the context's own certificate, unix seconds. */
int64_t tls_context_not_after(const struct tls_context *context);

/* A connection of this context; takes a reference to it. NULL context is a bug. */
int tls_new(struct tls_context *context, struct tls **ret, struct pidc_error *err) PIDC_MUSTCHECK;
void tls_free(struct tls *tls);

/* Bytes from the network. All len bytes are taken. */
int tls_feed(struct tls *tls, const uint8_t *data, size_t len,
	     struct pidc_error *err) PIDC_MUSTCHECK;

/* Drive the handshake and decrypt: up to cap plain bytes into buf. *ret_len 0
 * means "nothing now". PIDC_ECLOSED after close_notify, PIDC_EPROTO or
 * PIDC_ECRYPTO on failure, with the reason in err; an alert may be waiting in
 * tls_output then, and should be sent before the socket is closed. Handshake
 * completion checks ALPN "h2" and, where required, the peer's SPIFFE id. */
int tls_read(struct tls *tls, uint8_t *buf, size_t cap, size_t *ret_len,
	     struct pidc_error *err) PIDC_MUSTCHECK;

/* Encrypt plain bytes; all of len is taken. Only once tls_is_open. */
int tls_write(struct tls *tls, const uint8_t *data, size_t len,
	      struct pidc_error *err) PIDC_MUSTCHECK;

/* The handshake is complete and the peer accepted. */
bool tls_is_open(const struct tls *tls);

/* Queue close_notify. */
void tls_shutdown(struct tls *tls);

/* Encrypted bytes that wait for the network: borrowed until the next call on
 * tls. tls_output_drop removes the first n of them once the network took them. */
void tls_output(struct tls *tls, const uint8_t **ret_data, size_t *ret_len);
void tls_output_drop(struct tls *tls, size_t n);

/* Borrowed; filled when tls_is_open. */
const struct tls_peer *tls_get_peer(const struct tls *tls);

/* Check one SPIFFE id by the rule of the README ("Identity"): scheme spiffe,
 * trust domain, 2 to 5 segments of [a-z0-9._-], no dot segments, at most 255
 * bytes. data need not be NUL-terminated. 0 or PIDC_EINVAL with the reason. */
int tls_spiffe_check(const char *data, size_t len, const char *trust_domain,
		     struct pidc_error *err) PIDC_MUSTCHECK;

/* What one's own certificate says: the first of the file. Nothing is checked; "" where
 * there is not exactly one URI. PIDC_EINVAL or PIDC_ECRYPTO. */
int tls_certificate_describe(const char *cert_file, struct tls_peer *ret,
			     struct pidc_error *err) PIDC_MUSTCHECK;
