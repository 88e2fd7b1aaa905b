/* SPDX-License-Identifier: ISC */
#include "core/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

/* Fetched once: an implicit fetch at each hash costs more than a small hash. */
static void sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256_md == NULL)
		abort();
}

void sha256(const struct bytes *pieces, size_t n, uint8_t ret[SHA256_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	pthread_once(&sha256_once, sha256_fetch);
	if (ctx == NULL || EVP_DigestInit_ex2(ctx, sha256_md, NULL) != 1)
		abort();
	for (size_t i = 0; i < n; i++)
		if (pieces[i].len != 0 && EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len) != 1)
			abort();
	if (EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
}

/* An EVP_MD_CTX under a name that needs no header of OpenSSL. */
struct sha256_hash *sha256_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	pthread_once(&sha256_once, sha256_fetch);
	if (ctx != NULL && EVP_DigestInit_ex2(ctx, sha256_md, NULL) != 1)
		abort();
	return (struct sha256_hash *)ctx;
}

void sha256_add(struct sha256_hash *hash, const void *data, size_t len)
{
	if (len != 0 && EVP_DigestUpdate((EVP_MD_CTX *)hash, data, len) != 1)
		abort();
}

void sha256_end(struct sha256_hash *hash, uint8_t ret[SHA256_LEN])
{
	if (EVP_DigestFinal_ex((EVP_MD_CTX *)hash, ret, NULL) != 1)
		abort();
	sha256_drop(hash);
}

void sha256_drop(struct sha256_hash *hash)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)hash);
}

void hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t len,
		 uint8_t ret[SHA256_LEN])
{
	unsigned int ret_len = 0;

	pthread_once(&sha256_once, sha256_fetch);
	if (key_len > INT32_MAX ||
	    HMAC(sha256_md, key_len != 0 ? key : (const uint8_t *)"", (int)key_len, data, len, ret,
		 &ret_len) == NULL ||
	    ret_len != SHA256_LEN)
		abort();
}

void random_bytes(void *buf, size_t len)
{
	if (len > INT32_MAX || (len != 0 && RAND_bytes(buf, (int)len) != 1))
		abort();
}

/* The newest reason in OpenSSL's queue, which is then emptied. */
