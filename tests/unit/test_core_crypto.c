/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "core/crypto.h"
#include "core/signature.h"
#include "core/text.h"
#include "tests/lib/cert.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *dir;
static struct cert_ca *ca;

static int setup(void **state)
{
	struct cert_spec spec = {.uris = {{"spiffe://pidc.test/member/tv/officer/o1", 0}},
				 .is_client = true};

	(void)state;
	dir = cert_dir_new();
	ca = cert_ca_new("test root");
	cert_write(ca, &spec, cert_path(dir, "tv.crt"), cert_path(dir, "tv.key"));
	cert_write(ca, &spec, cert_path(dir, "other.crt"), cert_path(dir, "other.key"));
	cert_ca_write(ca, cert_path(dir, "ca.crt"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cert_ca_free(ca);
	cert_dir_remove(dir);
	return 0;
}

static void expect_hex(const uint8_t *data, size_t len, const char *hex)
{
	char text[129];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	assert_string_equal(text, hex);
}

static void sha256_vectors(void **state)
{
	uint8_t hash[SHA256_LEN];
	const struct bytes pieces[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};

	(void)state;
	sha256(pieces, 3, hash);
	expect_hex(hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(NULL, 0, hash);
	expect_hex(hash, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, cases 2 and 6. */
static void hmac_vectors(void **state)
{
	uint8_t mac[SHA256_LEN], key[131];
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";

	(void)state;
	hmac_sha256((const uint8_t *)"Jefe", 4, "what do ya want for nothing?", 28, mac);
	expect_hex(mac, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256(key, sizeof(key), text, strlen(text), mac);
	expect_hex(mac, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha256(NULL, 0, "", 0, mac);
	expect_hex(mac, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void uuid_bytes(void **state)
{
	static const char *const others[] = {"",
					     "1b4e28ba2fa111d2883f0016d3cca427",
					     "1b4e28ba-2fa1-11d2-883f-0016d3cca42",
					     "1b4e28ba-2fa1-11d2-883f-0016d3cca4270",
					     "1b4e28ba-2fa1-11d2-883f-0016d3cca42g",
					     "1b4e28ba-2fa1-11d2-883f+0016d3cca427",
					     "1b4e28b-a2fa1-11d2-883f-0016d3cca427"};
	static const uint8_t expected[UUID_LEN] = {0x1b, 0x4e, 0x28, 0xba, 0x2f, 0xa1, 0x11, 0xd2,
						   0x88, 0x3f, 0x00, 0x16, 0xd3, 0xcc, 0xa4, 0x27};
	uint8_t id[UUID_LEN] = {0};

	(void)state;
	assert_true(uuid_parse("1b4e28ba-2fa1-11d2-883f-0016d3cca427", id));
	assert_memory_equal(id, expected, UUID_LEN);
	memset(id, 0, sizeof(id));
	assert_true(uuid_parse("1B4E28BA-2FA1-11D2-883F-0016D3CCA427", id));
	assert_memory_equal(id, expected, UUID_LEN);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(uuid_parse(others[i], id));
}

static void uuids(void **state)
{
	char a[37], b[37];

	(void)state;
	uuid_random(a);
	uuid_random(b);
	assert_true(text_is_uuid(a));
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
	assert_string_not_equal(a, b);
	/* SHA-256("org" 00 "tv") cut, version 8: for ever the same. */
	uuid_ordered(INT64_C(1767571200123456), 7, a);
	assert_true(text_is_uuid(a));
	assert_memory_equal(a, "019b8b74-187b-7007-", 19);
	uuid_ordered(INT64_C(1767571200123456), 7, b);
	assert_string_not_equal(a, b);
	uuid_ordered(INT64_C(1767571200123456), 8, b);
	assert_true(strcmp(a, b) < 0);
	uuid_named("org", "tv", a);
	assert_true(text_is_uuid(a));
	assert_int_equal(a[14], '8');
	uuid_named("org", "tv", b);
	assert_string_equal(a, b);
	assert_string_equal(a, "bf7f45d9-4163-83eb-a886-b7c25058530d");
	uuid_named("or", "gtv", b);
	assert_string_not_equal(a, b);
}

static struct signing_key *load(const char *name)
{
	struct signing_key *key = NULL;
	struct pidc_error err = {0};
	char crt[32], pem[32];

	snprintf(crt, sizeof(crt), "%.20s.crt", name);
	snprintf(pem, sizeof(pem), "%.20s.key", name);
	if (signing_key_load(cert_path(dir, pem), cert_path(dir, crt), &key, &err) != 0)
		fail_msg("%s", err.msg);
	return key;
}

static const uint8_t message[] = "Tuvalu shares OVER with IOM";

static Pidc__V1__SignedStatement *sign(struct arena *arena)
{
	struct signing_key *key = load("tv");
	Pidc__V1__SignedStatement *made = NULL;

	assert_int_equal(statement_sign(key, message, sizeof(message), arena, &made, NULL), 0);
	signing_key_free(key);
	return made;
}

static void signature_verifies(void **state)
{
	struct arena *arena = arena_new(0);
	uint8_t spki[SHA256_LEN], again[SHA256_LEN];
	Pidc__V1__SignedStatement *made = sign(arena);

	(void)state;
	assert_string_equal(made->signature->algorithm, "ecdsa-p256-sha256");
	assert_int_equal(statement_verify(made, spki, NULL), 0);
	/* Another signature by the same key names the same key. */
	made = sign(arena);
	assert_int_equal(statement_verify(made, again, NULL), 0);
	assert_memory_equal(spki, again, SHA256_LEN);
	arena_free(arena);
}

/* The digest is that of the SubjectPublicKeyInfo as OpenSSL writes it. */
static void spki_is_of_the_certificate(void **state)
{
	struct arena *arena = arena_new(0);
	uint8_t spki[SHA256_LEN], expected[SHA256_LEN];
	FILE *f = fopen(cert_path(dir, "tv.crt"), "re");
	X509 *certificate = PEM_read_X509(f, NULL, NULL, NULL);
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);

	(void)state;
	assert_int_equal(statement_verify(sign(arena), spki, NULL), 0);
	sha256(&(struct bytes){der, (size_t)len}, 1, expected);
	assert_memory_equal(spki, expected, SHA256_LEN);
	OPENSSL_free(der);
	X509_free(certificate);
	fclose(f);
	arena_free(arena);
}

static void expect_not_verified(const Pidc__V1__SignedStatement *made)
{
	uint8_t spki[SHA256_LEN] = {7};
	struct pidc_error err = {0};

	assert_int_equal(statement_verify(made, spki, &err), PIDC_ECRYPTO);
	assert_true(err.msg[0] != '\0');
	assert_int_equal(spki[0], 7); /* written only on success */
}

/* One bit anywhere in statement or signature. */
static void PRI_9d_j_every_flipped_bit_is_seen(void **state)
{
	struct arena *arena = arena_new(0);
	Pidc__V1__SignedStatement *made = sign(arena);
	ProtobufCBinaryData *parts[] = {&made->statement, &made->signature->value};
	uint8_t spki[SHA256_LEN];

	(void)state;
	for (size_t p = 0; p < 2; p++)
		for (size_t bit = 0; bit < parts[p]->len * 8; bit++) {
			parts[p]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect_not_verified(made);
			parts[p]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	assert_int_equal(statement_verify(made, spki, NULL), 0);
	arena_free(arena);
}

static void signature_by_another_key(void **state)
{
	struct arena *arena = arena_new(0);
	Pidc__V1__SignedStatement *made = sign(arena), *other = NULL;
	struct signing_key *key = load("other");
	ProtobufCBinaryData value = made->signature->value;

	(void)state;
	assert_int_equal(statement_sign(key, message, sizeof(message), arena, &other, NULL), 0);
	made->signature->value = other->signature->value;
	expect_not_verified(made);
	/* Nor with the other's certificate under our signature. */
	other->signature->value = value;
	expect_not_verified(other);
	signing_key_free(key);
	arena_free(arena);
}

/* What is signed has a prefix: a signature over the bare bytes is worth nothing. */
static void prefix_separates_domains(void **state)
{
	struct arena *arena = arena_new(0);
	Pidc__V1__SignedStatement *made = sign(arena);
	FILE *f = fopen(cert_path(dir, "tv.key"), "re");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 128;
	uint8_t value[128];

	(void)state;
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, value, &len, message, sizeof(message)), 1);
	made->signature->value = (ProtobufCBinaryData){len, value};
	expect_not_verified(made);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	fclose(f);
	arena_free(arena);
}

static void malformed_signatures(void **state)
{
	struct arena *arena = arena_new(0);
	Pidc__V1__SignedStatement *made = sign(arena);
	Pidc__V1__Signature good = *made->signature;
	ProtobufCBinaryData five[5], huge, certificate = good.certificate_chain[0];
	ProtobufCBinaryData statement = made->statement;

	(void)state;
	made->signature = NULL;
	expect_not_verified(made);
	made->signature = &good;
	made->statement.len = 0;
	expect_not_verified(made);
	made->statement = (ProtobufCBinaryData){65537, arena_alloc(arena, 65537)};
	expect_not_verified(made);
	made->statement = statement;
	good.algorithm = (char *)"ed25519";
	expect_not_verified(made);
	good.algorithm = (char *)"ecdsa-p256-sha256";
	good.n_certificate_chain = 0;
	expect_not_verified(made);
	for (size_t i = 0; i < 5; i++)
		five[i] = certificate;
	good.certificate_chain = five;
	good.n_certificate_chain = 5;
	expect_not_verified(made);
	good.n_certificate_chain = 1;
	huge = (ProtobufCBinaryData){8193, arena_alloc(arena, 8193)};
	five[0] = huge;
	expect_not_verified(made);
	five[0] = (ProtobufCBinaryData){0, NULL};
	expect_not_verified(made);
	five[0] = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
	expect_not_verified(made);
	/* A byte behind the certificate. */
	five[0].data = arena_alloc(arena, certificate.len + 1);
	five[0].len = certificate.len + 1;
	memcpy(five[0].data, certificate.data, certificate.len);
	expect_not_verified(made);
	five[0].len = certificate.len;
	assert_int_equal(statement_verify(made, (uint8_t[SHA256_LEN]){0}, NULL), 0);
	good.value.len = 129;
	expect_not_verified(made);
	arena_free(arena);
}

static void sign_refuses(void **state)
{
	struct arena *arena = arena_new(256);
	struct signing_key *key = load("tv");
	Pidc__V1__SignedStatement *made = NULL;
	uint8_t *large = calloc(1, 65537);

	(void)state;
	assert_int_equal(statement_sign(key, message, 0, arena, &made, NULL), PIDC_EINVAL);
	assert_int_equal(statement_sign(key, large, 65537, arena, &made, NULL), PIDC_EINVAL);
	assert_int_equal(statement_sign(key, message, sizeof(message), arena, &made, NULL),
			 PIDC_ENOMEM);
	assert_null(made);
	free(large);
	signing_key_free(key);
	signing_key_free(NULL);
	arena_free(arena);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void write_key(const char *path, EVP_PKEY *key)
{
	FILE *f = fopen(path, "we");

	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
}

static void key_load_refuses(void **state)
{
	struct signing_key *key = NULL;
	struct pidc_error err = {0};
	const char *crt = cert_path(dir, "tv.crt"), *pem = cert_path(dir, "tv.key");

	(void)state;
	assert_int_equal(signing_key_load(cert_path(dir, "none.key"), crt, &key, &err), PIDC_EIO);
	assert_int_equal(signing_key_load(pem, cert_path(dir, "none.crt"), &key, &err), PIDC_EIO);
	assert_int_equal(signing_key_load(crt, crt, &key, &err), PIDC_ECRYPTO);
	assert_int_equal(signing_key_load(pem, pem, &key, &err), PIDC_ECRYPTO);
	assert_int_equal(signing_key_load(cert_path(dir, "other.key"), crt, &key, &err),
			 PIDC_ECRYPTO);
	assert_non_null(strstr(err.msg, "private key"));
	write_text(cert_path(dir, "bad.crt"), "-----BEGIN CERTIFICATE-----\nMIIB\n"
					      "-----END CERTIFICATE-----\n");
	assert_int_equal(signing_key_load(pem, cert_path(dir, "bad.crt"), &key, &err),
			 PIDC_ECRYPTO);
	write_key(cert_path(dir, "p384.key"), EVP_EC_gen("P-384"));
	assert_int_equal(signing_key_load(cert_path(dir, "p384.key"), crt, &key, &err),
			 PIDC_ECRYPTO);
	assert_non_null(strstr(err.msg, "P-256"));
	write_key(cert_path(dir, "ed.key"), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	assert_int_equal(signing_key_load(cert_path(dir, "ed.key"), crt, &key, &err), PIDC_ECRYPTO);
	assert_null(key);
}

/* A chain file: leaf, then the authority; both travel. */
static void chain_travels(void **state)
{
	struct arena *arena = arena_new(0);
	struct signing_key *key = NULL;
	Pidc__V1__SignedStatement *made = NULL;
	FILE *out = fopen(cert_path(dir, "chain.crt"), "we");
	const char *parts[] = {cert_path(dir, "tv.crt"), cert_path(dir, "ca.crt")};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		FILE *in = fopen(parts[i], "re");
		int c;

		while ((c = fgetc(in)) != EOF)
			fputc(c, out);
		fclose(in);
	}
	fclose(out);
	assert_int_equal(
		signing_key_load(cert_path(dir, "tv.key"), cert_path(dir, "chain.crt"), &key, NULL),
		0);
	assert_int_equal(statement_sign(key, message, sizeof(message), arena, &made, NULL), 0);
	assert_int_equal(made->signature->n_certificate_chain, 2);
	assert_int_equal(statement_verify(made, (uint8_t[SHA256_LEN]){0}, NULL), 0);
	signing_key_free(key);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_vectors),
		cmocka_unit_test(hmac_vectors),
		cmocka_unit_test(uuids),
		cmocka_unit_test(uuid_bytes),
		cmocka_unit_test(signature_verifies),
		cmocka_unit_test(spki_is_of_the_certificate),
		cmocka_unit_test(PRI_9d_j_every_flipped_bit_is_seen),
		cmocka_unit_test(signature_by_another_key),
		cmocka_unit_test(prefix_separates_domains),
		cmocka_unit_test(malformed_signatures),
		cmocka_unit_test(sign_refuses),
		cmocka_unit_test(key_load_refuses),
		cmocka_unit_test(chain_travels),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
