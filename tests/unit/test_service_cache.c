/* SPDX-License-Identifier: ISC
 *
 * Answers in memory: given while nothing that they rest on has changed, and only to
 * the same question of the same caller.
 * CTest labels: sharing
 */
#include "daemon/db/db.h"
#include "daemon/service/check_cache.h"
#include "daemon/service/epoch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIB     ((size_t)1 << 20)
#define NOW     INT64_C(1000)
#define EPOCH_1 "11111111-1111-8111-8111-111111111111"

static struct check_key key_of(const char *request, const char *org)
{
	return (struct check_key){.request = (const uint8_t *)request,
				  .request_len = strlen(request),
				  .org = org,
				  .capacity = 2};
}

static void add(struct check_cache *cache, const char *request, uint64_t size, const char *reply)
{
	struct check_key key = key_of(request, "iom");
	const struct check_answer answer = {
		.size = size,
		.from_us = NOW,
		.until_us = NOW + 100,
		.parts = {{EPOCH_ALL, EPOCH_EVERYTHING}, {"tv", EPOCH_EVERYTHING}, {"tv", 7}},
		.reply = (const uint8_t *)reply,
		.reply_len = strlen(reply),
	};

	check_cache_lock(cache);
	check_cache_add(cache, &key, &answer);
	check_cache_unlock(cache);
}

static bool has_at(struct check_cache *cache, const struct check_key *key, int64_t now_us,
		   const char *reply)
{
	size_t len = 0;
	const uint8_t *found;
	bool is_same;

	check_cache_lock(cache);
	found = check_cache_find(cache, key, now_us, &len);
	is_same = found != NULL && len == strlen(reply) && memcmp(found, reply, len) == 0;
	assert_true(found == NULL || is_same);
	check_cache_unlock(cache);
	return is_same;
}

static bool has(struct check_cache *cache, const char *request, const char *reply)
{
	struct check_key key = key_of(request, "iom");

	return has_at(cache, &key, NOW, reply);
}

static struct check_cache *fresh(void)
{
	struct check_cache *cache = check_cache_new(MIB);

	assert_non_null(cache);
	check_cache_meet(cache, EPOCH_1, 1);
	check_cache_advance(cache, 10);
	return cache;
}

static void an_answer_is_given_again(void **state)
{
	struct check_cache *cache = fresh();

	(void)state;
	assert_false(has(cache, "q", "a"));
	add(cache, "q", 10, "a");
	assert_true(has(cache, "q", "a"));
	assert_false(has(cache, "other", "a"));
	add(cache, "q", 11, "b");
	assert_true(has(cache, "q", "b"));
	check_cache_free(cache);
}

static void another_caller_is_another_question(void **state)
{
	struct check_cache *cache = fresh();
	struct check_key key = key_of("q", "unhcr");

	(void)state;
	add(cache, "q", 10, "a");
	assert_false(has_at(cache, &key, NOW, "a"));
	key = key_of("q", "iom");
	key.capacity = 3;
	assert_false(has_at(cache, &key, NOW, "a"));
	key.capacity = 2;
	key.sees_all = true;
	assert_false(has_at(cache, &key, NOW, "a"));
	check_cache_free(cache);
}

/* Entry 10 is the eleventh: an answer of ten entries does not know of it. */
static void a_change_of_a_part_ends_it(void **state)
{
	static const struct {
		const char *org;
		int32_t bucket;
		bool ends;
	} cases[] = {
		{EPOCH_ALL, EPOCH_EVERYTHING, true},
		{"tv", EPOCH_EVERYTHING, true},
		{"tv", 7, true},
		{"tv", 8, false},
		{"fj", 7, false},
		{EPOCH_CALLERS, EPOCH_EVERYTHING, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_cache *cache = fresh();

		add(cache, "q", 10, "a");
		check_cache_change(cache, cases[i].org, cases[i].bucket, 9);
		assert_true(has(cache, "q", "a"));
		check_cache_change(cache, cases[i].org, cases[i].bucket, 10);
		assert_int_equal(has(cache, "q", "a"), !cases[i].ends);
		add(cache, "q", 11, "b");
		assert_true(has(cache, "q", "b"));
		check_cache_free(cache);
	}
}

static void an_answer_holds_in_its_stretch_of_time(void **state)
{
	struct check_cache *cache = fresh();
	struct check_key key = key_of("q", "iom");

	(void)state;
	add(cache, "q", 10, "a");
	assert_false(has_at(cache, &key, NOW - 1, "a"));
	assert_true(has_at(cache, &key, NOW + 99, "a"));
	assert_false(has_at(cache, &key, NOW + 100, "a"));
	check_cache_free(cache);
}

static void another_history_is_begun_from_nothing(void **state)
{
	struct check_cache *cache = fresh();

	(void)state;
	assert_int_equal(check_cache_seen(cache), 10);
	add(cache, "q", 10, "a");
	check_cache_meet(cache, EPOCH_1, 1);
	assert_true(has(cache, "q", "a"));
	check_cache_meet(cache, EPOCH_1, 2);
	assert_false(has(cache, "q", "a"));
	assert_int_equal(check_cache_seen(cache), 0);
	add(cache, "q", 10, "a");
	check_cache_meet(cache, "22222222-2222-8222-8222-222222222222", 2);
	assert_false(has(cache, "q", "a"));
	check_cache_free(cache);
}

static void memory_is_bounded(void **state)
{
	static char reply[CHECK_CACHE_REPLY_MAX + 2];
	struct check_cache *cache = check_cache_new(MIB / 4);
	size_t found = 0;

	(void)state;
	memset(reply, 'r', CHECK_CACHE_REPLY_MAX + 1);
	add(cache, "long", 10, reply);
	assert_false(has(cache, "long", reply));
	reply[CHECK_CACHE_REPLY_MAX] = '\0';
	for (int i = 0; i < 4000; i++) {
		char request[16];

		snprintf(request, sizeof(request), "q%d", i);
		add(cache, request, 10, reply);
	}
	for (int i = 0; i < 4000; i++) {
		char request[16];

		snprintf(request, sizeof(request), "q%d", i);
		found += has(cache, request, reply);
	}
	assert_in_range(found, 1, MIB / 4 / CHECK_CACHE_REPLY_MAX);
	check_cache_free(cache);
}

static void buckets_are_those_of_the_statements(void **state)
{
	(void)state;
	assert_int_equal(epoch_contribution("00000000-0000-4000-8000-0000000000a0"), 160);
	assert_int_equal(epoch_contribution("00000000-0000-4000-8000-00000000000F"), 15);
	assert_int_equal(epoch_dataset("00000000-0000-4000-8000-0000000000ff"), 511);
	assert_int_equal(epoch_whole("ff000000-0000-4000-8000-000000000000"), 512);
	assert_int_equal(epoch_contribution(""), 0);
	assert_int_equal(epoch_contribution("f"), 0);
}

/* Whether it writes to this table, which is more than to add to it. */
static bool writes(const char *sql, const char *verb, const char *table)
{
	char text[64];
	const char *at;

	snprintf(text, sizeof(text), "%s %s", verb, table);
	at = strstr(sql, text);
	return at != NULL && (at[strlen(text)] == ' ' || at[strlen(text)] == '\n');
}

/* Readers remember who callers are until one of these happens; each of them is of
 * REACH_CALLERS or REACH_ALL in epoch.c. Who adds an event here has to see to that. */
static void T8_only_these_events_change_who_callers_are(void **state)
{
	static const char *const known[] = {"principal_registered", "certificate_bound",
					    "certificate_revoked", "role_granted", "role_revoked"};
	static const char *const tables[] = {"principal", "cert_binding", "role_grant"};
	static const char *const verbs[] = {"INSERT INTO", "UPDATE", "DELETE FROM"};
	bool is_known;

	(void)state;
	for (size_t id = 0; id < DB_STATEMENT_COUNT; id++) {
		const struct db_statement *statement = &db_statements[id];
		/* Somebody's organisation is there before; nothing but adding is harmless. */
		bool matters = writes(statement->sql, "UPDATE", "org") ||
			       writes(statement->sql, "DELETE FROM", "org");

		for (size_t t = 0; t < 9; t++)
			matters = matters || writes(statement->sql, verbs[t % 3], tables[t / 3]);
		if (!matters)
			continue;
		is_known = false;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known = is_known || (statement->applies != NULL &&
						strcmp(statement->applies, known[i]) == 0);
		if (!is_known)
			fail_msg("%s changes who callers are", statement->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_given_again),
		cmocka_unit_test(another_caller_is_another_question),
		cmocka_unit_test(a_change_of_a_part_ends_it),
		cmocka_unit_test(an_answer_holds_in_its_stretch_of_time),
		cmocka_unit_test(another_history_is_begun_from_nothing),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(buckets_are_those_of_the_statements),
		cmocka_unit_test(T8_only_these_events_change_who_callers_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
