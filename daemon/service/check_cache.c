/* SPDX-License-Identifier: ISC */
#include "daemon/service/check_cache.h"

#include "core/crypto.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_ROWS    ((size_t)1 << 17) /* 1 MiB: 170 organisations by 768 buckets */
#define WAYS          ((size_t)8)       /* so that few sets overflow before all are half full */
#define ENTRY_TYPICAL ((size_t)256)     /* an entry and its place in a set */

struct entry {
	uint64_t hash;
	uint64_t size;
	int64_t from_us, until_us;
	uint32_t parts[CHECK_CACHE_PARTS]; /* rows of the table of changes */
	uint32_t part_count;
	uint32_t capacity;
	uint32_t request_len, org_len, reply_len;
	bool sees_all;
	uint8_t data[]; /* request, org, reply */
};

struct check_cache {
	pthread_mutex_t mutex;
	uint64_t seed[2];
	uint64_t seen;
	uint64_t connection; /* the newest that was met */
	char register_epoch[40];
	uint64_t *changed; /* by row: index + 1 of the latest change, 0 for none */
	struct entry **sets;
	size_t set_mask;
	size_t bytes, max_bytes;
	unsigned victim;
};

/* --- hashes -------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product =
		(wide)(a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Seeded, so that nobody can aim at one set. */
static uint64_t hash_bytes(const struct check_cache *cache, uint64_t hash, const void *data,
			   size_t len)
{
	const uint8_t *at = data;

	for (; len >= 16; at += 16, len -= 16) {
		uint64_t words[2];

		memcpy(words, at, sizeof(words));
		hash = mix(words[0] ^ cache->seed[0], words[1] ^ hash);
	}
	if (len > 0) {
		uint64_t words[2] = {0, 0};

		memcpy(words, at, len);
		hash = mix(words[0] ^ cache->seed[0], words[1] ^ hash);
	}
	return mix(hash, cache->seed[1] ^ len);
}

static uint64_t key_hash(const struct check_cache *cache, const struct check_key *key)
{
	uint64_t hash = key->capacity * 2 + key->sees_all;

	hash = hash_bytes(cache, hash, key->org, strlen(key->org));
	return hash_bytes(cache, hash, key->request, key->request_len);
}

static uint32_t part_row(const struct check_cache *cache, const char *org, int32_t bucket)
{
	uint64_t hash = hash_bytes(cache, (uint64_t)(int64_t)bucket, org, strlen(org));

	return (uint32_t)(hash & (PARTS_ROWS - 1));
}

/* --- life ------------------------------------------------------------------------ */

struct check_cache *check_cache_new(size_t max_bytes)
{
	struct check_cache *cache = calloc(1, sizeof(*cache));
	size_t sets = 1;

	if (cache == NULL)
		return NULL;
	while (sets * 2 * WAYS * ENTRY_TYPICAL <= max_bytes)
		sets *= 2;
	pthread_mutex_init(&cache->mutex, NULL);
	random_bytes((uint8_t *)cache->seed, sizeof(cache->seed));
	cache->changed = calloc(PARTS_ROWS, sizeof(*cache->changed));
	cache->sets = calloc(sets * WAYS, sizeof(*cache->sets));
	cache->set_mask = sets - 1;
	cache->max_bytes = max_bytes;
	if (cache->changed == NULL || cache->sets == NULL) {
		check_cache_free(cache);
		return NULL;
	}
	return cache;
}

static void forget(struct check_cache *cache)
{
	for (size_t i = 0; i < (cache->set_mask + 1) * WAYS; i++) {
		free(cache->sets[i]);
		cache->sets[i] = NULL;
	}
	cache->bytes = 0;
}

void check_cache_free(struct check_cache *cache)
{
	if (cache == NULL)
		return;
	if (cache->sets != NULL)
		forget(cache);
	pthread_mutex_destroy(&cache->mutex);
	free(cache->sets);
	free(cache->changed);
	free(cache);
}

/* --- changes ----------------------------------------------------------------------- */

void check_cache_lock(struct check_cache *cache)
{
	pthread_mutex_lock(&cache->mutex);
}

void check_cache_unlock(struct check_cache *cache)
{
	pthread_mutex_unlock(&cache->mutex);
}

uint64_t check_cache_seen(struct check_cache *cache)
{
	uint64_t seen;

	check_cache_lock(cache);
	seen = cache->seen;
	check_cache_unlock(cache);
	return seen;
}

void check_cache_meet(struct check_cache *cache, const char *register_epoch, uint64_t connection)
{
	check_cache_lock(cache);
	if (connection > cache->connection || strcmp(cache->register_epoch, register_epoch) != 0) {
		forget(cache);
		cache->seen = 0;
		if (connection > cache->connection)
			cache->connection = connection;
		strncpy(cache->register_epoch, register_epoch, sizeof(cache->register_epoch) - 1);
	}
	check_cache_unlock(cache);
}

void check_cache_change(struct check_cache *cache, const char *org, int32_t bucket, uint64_t index)
{
	uint32_t row = part_row(cache, org, bucket);

	check_cache_lock(cache);
	if (cache->changed[row] < index + 1)
		cache->changed[row] = index + 1;
	check_cache_unlock(cache);
}

void check_cache_advance(struct check_cache *cache, uint64_t size)
{
	check_cache_lock(cache);
	if (cache->seen < size)
		cache->seen = size;
	check_cache_unlock(cache);
}

/* --- answers ----------------------------------------------------------------------- */

static bool entry_is_fresh(const struct check_cache *cache, const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->part_count; i++) {
		if (cache->changed[entry->parts[i]] > entry->size)
			return false;
	}
	return true;
}

static bool entry_is(const struct entry *entry, const struct check_key *key, uint64_t hash)
{
	return entry->hash == hash && entry->request_len == key->request_len &&
	       entry->capacity == key->capacity && entry->sees_all == key->sees_all &&
	       memcmp(entry->data, key->request, key->request_len) == 0 &&
	       entry->org_len == strlen(key->org) &&
	       memcmp(entry->data + entry->request_len, key->org, entry->org_len) == 0;
}

static struct entry **set_of(struct check_cache *cache, uint64_t hash)
{
	return &cache->sets[(hash >> 16 & cache->set_mask) * WAYS];
}

const uint8_t *check_cache_find(struct check_cache *cache, const struct check_key *key,
				int64_t now_us, size_t *ret_len)
{
	uint64_t hash = key_hash(cache, key);
	struct entry **set = set_of(cache, hash);

	for (size_t i = 0; i < WAYS; i++) {
		const struct entry *entry = set[i];

		if (entry == NULL || !entry_is(entry, key, hash))
			continue;
		if (now_us < entry->from_us || now_us >= entry->until_us ||
		    !entry_is_fresh(cache, entry))
			return NULL;
		*ret_len = entry->reply_len;
		return entry->data + entry->request_len + entry->org_len;
	}
	return NULL;
}

static size_t entry_bytes(const struct entry *entry)
{
	return sizeof(*entry) + entry->request_len + entry->org_len + entry->reply_len;
}

static void entry_drop(struct check_cache *cache, struct entry **at)
{
	if (*at == NULL)
		return;
	cache->bytes -= entry_bytes(*at);
	free(*at);
	*at = NULL;
}

/* The place of an older answer to the same, or an empty one, or one that has changed,
 * or any. */
static struct entry **place_of(struct check_cache *cache, const struct check_key *key,
			       uint64_t hash)
{
	struct entry **set = set_of(cache, hash);
	struct entry **best = &set[cache->victim++ % WAYS];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i] == NULL || !entry_is_fresh(cache, set[i]))
			best = &set[i];
	}
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i] != NULL && entry_is(set[i], key, hash))
			best = &set[i];
	}
	return best;
}

static struct entry *entry_new(const struct check_cache *cache, const struct check_key *key,
			       const struct check_answer *answer, uint64_t hash)
{
	size_t org_len = strlen(key->org);
	struct entry *entry =
		malloc(sizeof(*entry) + key->request_len + org_len + answer->reply_len);

	if (entry == NULL)
		return NULL;
	*entry = (struct entry){.hash = hash,
				.size = answer->size,
				.from_us = answer->from_us,
				.until_us = answer->until_us,
				.capacity = key->capacity,
				.sees_all = key->sees_all,
				.request_len = (uint32_t)key->request_len,
				.org_len = (uint32_t)org_len,
				.reply_len = (uint32_t)answer->reply_len};
	memcpy(entry->data, key->request, key->request_len);
	memcpy(entry->data + key->request_len, key->org, org_len);
	if (answer->reply_len > 0)
		memcpy(entry->data + key->request_len + org_len, answer->reply, answer->reply_len);
	for (size_t i = 0; i < CHECK_CACHE_PARTS; i++) {
		if (answer->parts[i].org != NULL)
			entry->parts[entry->part_count++] =
				part_row(cache, answer->parts[i].org, answer->parts[i].bucket);
	}
	return entry;
}

void check_cache_add(struct check_cache *cache, const struct check_key *key,
		     const struct check_answer *answer)
{
	uint64_t hash = key_hash(cache, key);
	struct entry **place;
	struct entry *entry;

	if (answer->reply_len > CHECK_CACHE_REPLY_MAX || key->request_len > CHECK_CACHE_KEY_MAX ||
	    answer->until_us <= answer->from_us)
		return;
	place = place_of(cache, key, hash);
	entry_drop(cache, place);
	entry = entry_new(cache, key, answer, hash);
	if (entry == NULL)
		return;
	if (cache->bytes + entry_bytes(entry) > cache->max_bytes) {
		free(entry);
		return;
	}
	cache->bytes += entry_bytes(entry);
	*place = entry;
}
