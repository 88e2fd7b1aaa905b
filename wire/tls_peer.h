/* SPDX-License-Identifier: ISC
 *
 * What a certificate says of its holder: the rules that a client certificate
 * must keep beside its chain, and the facts that a tls_peer carries. Private to
 * wire/tls.c and the tests.
 */
#pragma once

#include "wire/tls.h"

#include <openssl/types.h>

/* Key hash and expiry of any leaf. PIDC_ECRYPTO when it does not encode. */
int tls_peer_describe(X509 *leaf, struct tls_peer *ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* The rules of a client's leaf: not a CA, digitalSignature, clientAuth, exactly
 * one URI among its alternative names and that a SPIFFE id of trust_domain.
 * Fills ret->spiffe_id. PIDC_ECRYPTO with the reason. */
int tls_peer_check_client(X509 *leaf, const char *trust_domain, struct tls_peer *ret,
			  struct pidc_error *err) PIDC_MUSTCHECK;

/* When the certificate ends, unix seconds. */
int tls_peer_not_after(X509 *cert, int64_t *ret, struct pidc_error *err) PIDC_MUSTCHECK;
