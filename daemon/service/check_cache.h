/* SPDX-License-Identifier: ISC
 *
 * Answers of checks in memory, without ever giving one that is older than its question;
 * and who callers are, in the same way.
 *
 * Every read batch first reads what has changed since anybody looked last (table
 * org_epoch, by ledger index) and tells it to the cache; only then are answers looked
 * up. An answer carries the size of the ledger that it was decided at, the stretch of
 * time in which it holds, and the parts of the register that it rests on: it is given
 * while none of them has changed since. The parts' latest changes are kept in a table
 * of fixed size; two parts that share a row only make a decision that was not needed.
 *
 * One cache for all connections of the read lane, behind one lock that is held for a
 * whole batch's look-ups and never while the database is asked.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECK_CACHE_REPLY_MAX 1024 /* longer answers have many obligations; they are rare */
#define CHECK_CACHE_KEY_MAX   2048 /* a request for some dozens of fields */
#define CHECK_CACHE_PARTS     4

struct check_cache;

/* NULL when memory is short. max_bytes bounds what entries take. */
struct check_cache *check_cache_new(size_t max_bytes) PIDC_MUSTCHECK;
void check_cache_free(struct check_cache *cache);

struct check_key {
	const uint8_t *request; /* as it came */
	size_t request_len;
	const char *org; /* of the caller */
	uint32_t capacity;
	bool sees_all;
};

/* What was decided, and while what. */
struct check_answer {
	uint64_t size; /* of the ledger that the facts were read from, at least */
	int64_t from_us, until_us;
	struct {
		const char *org;
		int32_t bucket;
	} parts[CHECK_CACHE_PARTS]; /* org NULL: none */
	const uint8_t *reply;
	size_t reply_len;
};

/* All functions below are for any thread. */

/* From which ledger index on changes are to be read. */
uint64_t check_cache_seen(struct check_cache *cache);

/* Begin to use answers as of this register: an epoch or a connection that is new to the
 * cache makes it forget everything, because another history may stand behind it. */
void check_cache_meet(struct check_cache *cache, const char *register_epoch, uint64_t connection);

/* Something changed at this index. */
void check_cache_change(struct check_cache *cache, const char *org, int32_t bucket, uint64_t index);
/* All changes of the first size entries have been told. */
void check_cache_advance(struct check_cache *cache, uint64_t size);

/* Look-ups and additions between these two. */
void check_cache_lock(struct check_cache *cache);
void check_cache_unlock(struct check_cache *cache);

/* The serialized answer, borrowed until the unlock; NULL when there is none that holds. */
const uint8_t *check_cache_find(struct check_cache *cache, const struct check_key *key,
				int64_t now_us, size_t *ret_len);
/* Keep an answer; not kept when it is too long, does not last, or memory is short. */
void check_cache_add(struct check_cache *cache, const struct check_key *key,
		     const struct check_answer *answer);
