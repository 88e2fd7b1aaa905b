/* SPDX-License-Identifier: ISC
 *
 * Hashes, HMAC, random bytes and ids. Only this and core/signature.c include OpenSSL in
 * core/. All functions are safe in any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

/* One piece of the input of a hash. */
struct bytes {
	const void *data;
	size_t len;
};

/* SHA-256 over the pieces one after the other. Cannot fail but by a bug of
 * ours or exhausted memory: then the process aborts, since a wrong hash is worse. */
void sha256(const struct bytes *pieces, size_t n, uint8_t ret[SHA256_LEN]);

/* The same over pieces that come one by one. add and end as sha256; end frees the hash,
 * as does drop, which gives nothing. begin gives NULL when memory is short. */
struct sha256_hash;
struct sha256_hash *sha256_begin(void);
void sha256_add(struct sha256_hash *hash, const void *data, size_t len);
void sha256_end(struct sha256_hash *hash, uint8_t ret[SHA256_LEN]);
void sha256_drop(struct sha256_hash *hash);

void hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t len,
		 uint8_t ret[SHA256_LEN]);

/* Unpredictable bytes; aborts when the system has none. */
void random_bytes(void *buf, size_t len);

/* Random (version 4) UUID, lower case, NUL-terminated. */
void uuid_random(char ret[37]);

/* UUID of version 7: the millisecond, a number of up to 4095 within it, 62 random bits.
 * Those of one time lie side by side in an index, however large it has grown. */
void uuid_ordered(int64_t unix_us, uint32_t count, char ret[37]);

/* Name-based UUID: SHA-256 of namespace text, 0x00 and name, cut to 128 bits,
 * marked version 8. The same input gives the same UUID for ever. */
void uuid_named(const char *namespace_text, const char *name, char ret[37]);

#define UUID_LEN 16

/* The bytes of a UUID as the functions above write it, in either case. False: it is none. */
bool uuid_parse(const char *text, uint8_t ret[UUID_LEN]);
