/* SPDX-License-Identifier: ISC
 *
 * ECDSA P-256 signatures of statements, made with a key from a file and verified with the
 * certificate that comes along. All functions are safe in any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "pidc/v1/statement.pb-c.h"

#include <stdint.h>

struct signing_key;

/* PEM private key (P-256) and PEM certificate chain, leaf first; they must match. */
int signing_key_load(const char *key_file, const char *cert_file, struct signing_key **ret,
		     struct pidc_error *err) PIDC_MUSTCHECK;
void signing_key_free(struct signing_key *key);

/* Sign "pidc/statement/v1" || 0x00 || statement: *ret in the arena. */
int statement_sign(const struct signing_key *key, const uint8_t *statement, size_t len,
		   struct arena *arena, Pidc__V1__SignedStatement **ret,
		   struct pidc_error *err) PIDC_MUSTCHECK;

/* Verify the signature with the first certificate of its chain and give the
 * SHA-256 of that certificate's SubjectPublicKeyInfo. Whether this key is bound
 * to somebody is the rule's question; whether the certificate has expired since
 * is not asked (L35). PIDC_ECRYPTO with the reason when it does not verify. */
int statement_verify(const Pidc__V1__SignedStatement *statement, uint8_t ret_spki[SHA256_LEN],
		     struct pidc_error *err) PIDC_MUSTCHECK;
