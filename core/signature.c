/* SPDX-License-Identifier: ISC */
#include "core/signature.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_ALGORITHM "ecdsa-p256-sha256"

/* What statement.proto promises; a chain in the tests has two certificates. */
#define CHAIN_MAX       4
#define CERTIFICATE_MAX ((size_t)8 * 1024)
#define SIGNATURE_MAX   128
#define STATEMENT_MAX   ((size_t)64 * 1024)

static const uint8_t statement_prefix[] = "pidc/statement/v1"; /* with its NUL: the 0x00 */

static int openssl_fail(struct pidc_error *err, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return pidc_fail(err, PIDC_ECRYPTO, "%s: %s", what, reason != NULL ? reason : "not usable");
}

static bool key_is_p256(EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

struct signing_key {
	EVP_PKEY *key;
	uint8_t *certificates[CHAIN_MAX]; /* DER, OpenSSL's memory */
	size_t lengths[CHAIN_MAX];
	size_t count;
};

void signing_key_free(struct signing_key *key)
{
	if (key == NULL)
		return;
	for (size_t i = 0; i < key->count; i++)
		OPENSSL_free(key->certificates[i]);
	EVP_PKEY_free(key->key);
	free(key);
}

static int private_key_read(struct signing_key *key, const char *file, struct pidc_error *err)
{
	FILE *f = fopen(file, "re");

	if (f == NULL)
		return pidc_fail(err, PIDC_EIO, "cannot read the key %s: %s", file,
				 strerror(errno));
	/* An empty passphrase instead of a prompt on the terminal. */
	key->key = PEM_read_PrivateKey(f, NULL, NULL, (void *)"");
	fclose(f);
	if (key->key == NULL)
		return openssl_fail(err, file);
	if (!key_is_p256(key->key))
		return pidc_fail(err, PIDC_ECRYPTO, "%s: not an EC P-256 key", file);
	return 0;
}

/* Append one certificate; the first one must belong to the key. */
static int certificate_add(struct signing_key *key, X509 *certificate, const char *file,
			   struct pidc_error *err)
{
	uint8_t *der = NULL;
	int len;

	if (key->count == CHAIN_MAX)
		return pidc_fail(err, PIDC_ELIMIT, "%s: over %d certificates", file, CHAIN_MAX);
	if (key->count == 0 && X509_check_private_key(certificate, key->key) != 1) {
		ERR_clear_error();
		return pidc_fail(err, PIDC_ECRYPTO,
				 "%s: its first certificate is not of the private key", file);
	}
	len = i2d_X509(certificate, &der);
	if (len < 0)
		return openssl_fail(err, file);
	if ((size_t)len > CERTIFICATE_MAX) {
		OPENSSL_free(der);
		return pidc_fail(err, PIDC_ELIMIT, "%s: a certificate over %zu bytes", file,
				 CERTIFICATE_MAX);
	}
	key->certificates[key->count] = der;
	key->lengths[key->count++] = (size_t)len;
	return 0;
}

static int chain_read(struct signing_key *key, const char *file, struct pidc_error *err)
{
	FILE *f = fopen(file, "re");
	int rc = 0;

	if (f == NULL)
		return pidc_fail(err, PIDC_EIO, "cannot read the certificate %s: %s", file,
				 strerror(errno));
	while (rc == 0) {
		X509 *certificate = PEM_read_X509(f, NULL, NULL, NULL);

		if (certificate == NULL)
			break;
		rc = certificate_add(key, certificate, file, err);
		X509_free(certificate);
	}
	fclose(f);
	if (rc < 0)
		return rc;
	if (key->count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return openssl_fail(err, file);
	ERR_clear_error(); /* "no start line" is how the end of the file looks */
	return 0;
}

int signing_key_load(const char *key_file, const char *cert_file, struct signing_key **ret,
		     struct pidc_error *err)
{
	struct signing_key *key = calloc(1, sizeof(*key));
	int rc;

	if (key == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	ERR_clear_error();
	rc = private_key_read(key, key_file, err);
	if (rc == 0)
		rc = chain_read(key, cert_file, err);
	if (rc < 0) {
		signing_key_free(key);
		return rc;
	}
	*ret = key;
	return 0;
}

/* What is signed: prefix, 0x00, statement. NULL when memory is short. */
static uint8_t *signed_bytes(const uint8_t *statement, size_t len, size_t *ret_len)
{
	uint8_t *data = malloc(sizeof(statement_prefix) + len);

	if (data == NULL)
		return NULL;
	memcpy(data, statement_prefix, sizeof(statement_prefix));
	memcpy(data + sizeof(statement_prefix), statement, len);
	*ret_len = sizeof(statement_prefix) + len;
	return data;
}

static int signature_make(const struct signing_key *key, const uint8_t *statement, size_t len,
			  uint8_t value[SIGNATURE_MAX], size_t *ret_len, struct pidc_error *err)
{
	size_t data_len = 0, value_len = SIGNATURE_MAX;
	uint8_t *data = signed_bytes(statement, len, &data_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = 0;

	ERR_clear_error();
	if (data == NULL || ctx == NULL)
		rc = pidc_fail(err, PIDC_ENOMEM, "out of memory");
	else if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->key) != 1 ||
		 EVP_DigestSign(ctx, value, &value_len, data, data_len) != 1)
		rc = openssl_fail(err, "signing");
	else
		*ret_len = value_len;
	EVP_MD_CTX_free(ctx);
	free(data);
	return rc;
}

static bool bytes_copy(struct arena *arena, ProtobufCBinaryData *to, const void *data, size_t len)
{
	to->data = arena_memdup(arena, data, len);
	to->len = len;
	return to->data != NULL;
}

/* The message around statement and signature, or NULL when memory is short. */
static Pidc__V1__SignedStatement *signed_make(const struct signing_key *key,
					      const uint8_t *statement, size_t len,
					      const uint8_t *value, size_t value_len,
					      struct arena *arena)
{
	Pidc__V1__SignedStatement *made = arena_alloc(arena, sizeof(*made));
	Pidc__V1__Signature *signature = arena_alloc(arena, sizeof(*signature));
	ProtobufCBinaryData *chain = arena_calloc(arena, key->count, sizeof(*chain));

	if (made == NULL || signature == NULL || chain == NULL)
		return NULL;
	pidc__v1__signed_statement__init(made);
	pidc__v1__signature__init(signature);
	for (size_t i = 0; i < key->count; i++)
		if (!bytes_copy(arena, &chain[i], key->certificates[i], key->lengths[i]))
			return NULL;
	signature->algorithm = arena_strdup(arena, SIGNATURE_ALGORITHM);
	signature->certificate_chain = chain;
	signature->n_certificate_chain = key->count;
	made->signature = signature;
	if (signature->algorithm == NULL ||
	    !bytes_copy(arena, &signature->value, value, value_len) ||
	    !bytes_copy(arena, &made->statement, statement, len))
		return NULL;
	return made;
}

int statement_sign(const struct signing_key *key, const uint8_t *statement, size_t len,
		   struct arena *arena, Pidc__V1__SignedStatement **ret, struct pidc_error *err)
{
	uint8_t value[SIGNATURE_MAX];
	size_t value_len = 0;
	Pidc__V1__SignedStatement *made;
	int rc;

	if (len == 0 || len > STATEMENT_MAX)
		return pidc_fail(err, PIDC_EINVAL, "a statement has 1 to %zu bytes", STATEMENT_MAX);
	rc = signature_make(key, statement, len, value, &value_len, err);
	if (rc < 0)
		return rc;
	made = signed_make(key, statement, len, value, value_len, arena);
	if (made == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	*ret = made;
	return 0;
}

/* The sizes and the algorithm that statement.proto promises. */
static int signed_check(const Pidc__V1__SignedStatement *statement, struct pidc_error *err)
{
	const Pidc__V1__Signature *signature = statement->signature;

	if (statement->statement.len == 0 || statement->statement.len > STATEMENT_MAX)
		return pidc_fail(err, PIDC_ECRYPTO, "a statement has 1 to %zu bytes",
				 STATEMENT_MAX);
	if (signature == NULL || signature->value.len == 0)
		return pidc_fail(err, PIDC_ECRYPTO, "no signature");
	if (signature->value.len > SIGNATURE_MAX)
		return pidc_fail(err, PIDC_ECRYPTO, "a signature over %d bytes", SIGNATURE_MAX);
	if (strcmp(signature->algorithm, SIGNATURE_ALGORITHM) != 0)
		return pidc_fail(err, PIDC_ECRYPTO, "the algorithm is not " SIGNATURE_ALGORITHM);
	if (signature->n_certificate_chain == 0 || signature->n_certificate_chain > CHAIN_MAX)
		return pidc_fail(err, PIDC_ECRYPTO, "a chain has 1 to %d certificates", CHAIN_MAX);
	for (size_t i = 0; i < signature->n_certificate_chain; i++)
		if (signature->certificate_chain[i].len > CERTIFICATE_MAX)
			return pidc_fail(err, PIDC_ECRYPTO, "a certificate over %zu bytes",
					 CERTIFICATE_MAX);
	return 0;
}

static int signature_check(const Pidc__V1__SignedStatement *statement, EVP_PKEY *key,
			   struct pidc_error *err)
{
	const ProtobufCBinaryData *value = &statement->signature->value;
	size_t data_len = 0;
	uint8_t *data =
		signed_bytes(statement->statement.data, statement->statement.len, &data_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = 0;

	if (data == NULL || ctx == NULL)
		rc = pidc_fail(err, PIDC_ENOMEM, "out of memory");
	else if (EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
		 EVP_DigestVerify(ctx, value->data, value->len, data, data_len) != 1)
		rc = pidc_fail(err, PIDC_ECRYPTO, "the signature does not verify");
	EVP_MD_CTX_free(ctx);
	free(data);
	ERR_clear_error();
	return rc;
}

static int spki_digest(X509 *certificate, uint8_t ret[SHA256_LEN], struct pidc_error *err)
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	if (len < 0)
		return openssl_fail(err, "certificate");
	sha256(&(struct bytes){der, (size_t)len}, 1, ret);
	OPENSSL_free(der);
	return 0;
}

int statement_verify(const Pidc__V1__SignedStatement *statement, uint8_t ret_spki[SHA256_LEN],
		     struct pidc_error *err)
{
	const ProtobufCBinaryData *first;
	const uint8_t *der;
	X509 *certificate;
	EVP_PKEY *key;
	uint8_t spki[SHA256_LEN];
	int rc = signed_check(statement, err);

	if (rc < 0)
		return rc;
	ERR_clear_error();
	first = &statement->signature->certificate_chain[0];
	der = first->data;
	certificate = d2i_X509(NULL, &der, (long)first->len);
	if (certificate == NULL || der != first->data + first->len) {
		X509_free(certificate);
		ERR_clear_error();
		return pidc_fail(err, PIDC_ECRYPTO, "the first certificate is not one");
	}
	key = X509_get0_pubkey(certificate);
	if (key == NULL || !key_is_p256(key))
		rc = pidc_fail(err, PIDC_ECRYPTO, "the certificate's key is not EC P-256");
	if (rc == 0)
		rc = signature_check(statement, key, err);
	if (rc == 0)
		rc = spki_digest(certificate, spki, err);
	X509_free(certificate);
	ERR_clear_error();
	if (rc == 0)
		memcpy(ret_spki, spki, SHA256_LEN);
	return rc;
}
