/* SPDX-License-Identifier: ISC
 *
 * What the ledger does not keep row by row: chains of several entries a row, and the
 * lowest levels of the tree.
 */
#include "core/merkle.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Chain of an organisation that nobody is: rows of three, one and four entries. */
static const uint64_t indexes[] = {1, 3, 4, 6, 7, 8, 12, 20};
#define COUNT (sizeof(indexes) / sizeof(indexes[0]))

static Pidc__V1__Actor actor = PIDC__V1__ACTOR__INIT;
static Pidc__Store__V1__Context ctx = PIDC__STORE__V1__CONTEXT__INIT;

static int setup(void **state)
{
	static char zz[] = "zz";
	struct pidc_error err = {0};

	if (register_setup(state) < 0)
		return -1;
	actor.org = zz;
	ctx.actor = &actor;
	assert_good(db_exec(world.owner,
			    "INSERT INTO pidc.ledger_chain VALUES ('zz', '', 8, 21);"
			    "INSERT INTO pidc.ledger_concern VALUES ('zz', 1, '{1,3,4}'),"
			    " ('zz', 4, '{6}'), ('zz', 5, '{7,8,12,20}')",
			    &err),
		    &err);
	return 0;
}

static void a_start_finds_its_place_within_a_row(void **state)
{
	(void)state;
	for (uint64_t start = 0; start < 23; start++) {
		Pidc__V1__WatchRequest request = PIDC__V1__WATCH_REQUEST__INIT;
		Pidc__Store__V1__WatchPlace place = PIDC__STORE__V1__WATCH_PLACE__INIT;
		struct pidc_error err = {0};
		uint64_t expected = 0;

		while (expected < COUNT && indexes[expected] < start)
			expected++;
		request.start = start;
		assert_good(db_query_into(world.db, DB_WATCH_PLACE, &request.base, &ctx,
					  world.arena, &place.base, NULL, NULL, &err),
			    &err);
		assert_int_equal(place.after, expected);
	}
}

static void a_list_goes_on_within_a_row(void **state)
{
	(void)state;
	for (uint64_t after = 0; after <= COUNT; after++) {
		Pidc__Store__V1__WatchPlace place = PIDC__STORE__V1__WATCH_PLACE__INIT;
		Pidc__V1__WatchResponse reply = PIDC__V1__WATCH_RESPONSE__INIT;
		struct pidc_error err = {0};

		place.after = after;
		assert_good(db_query_into(world.db, DB_WATCH_LIST, &place.base, &ctx, world.arena,
					  &reply.base, NULL, NULL, &err),
			    &err);
		assert_int_equal(reply.n_entries, COUNT - after);
		for (size_t i = 0; i < reply.n_entries; i++) {
			assert_int_equal(reply.entries[i]->sequence, after + i + 1);
			assert_int_equal(reply.entries[i]->index, indexes[after + i]);
		}
	}
}

/* *ret_found: whether the register has it. */
static struct merkle_hash node_get(uint32_t level, uint64_t idx, bool *ret_found)
{
	Pidc__Store__V1__NodeRow row = PIDC__STORE__V1__NODE_ROW__INIT, *list = &row;
	Pidc__Store__V1__NodeRows ask = PIDC__STORE__V1__NODE_ROWS__INIT;
	Pidc__Store__V1__NodeRows got = PIDC__STORE__V1__NODE_ROWS__INIT;
	struct merkle_hash hash = {{0}};
	struct pidc_error err = {0};

	row.level = level;
	row.idx = idx;
	ask.nodes = &list;
	ask.n_nodes = 1;
	assert_good(db_query_into(world.db, DB_NODE_FETCH, &ask.base, NULL, world.arena, &got.base,
				  NULL, NULL, &err),
		    &err);
	*ret_found = got.n_nodes == 1;
	if (*ret_found) {
		assert_int_equal(got.nodes[0]->hash.len, SHA256_LEN);
		memcpy(hash.bytes, got.nodes[0]->hash.data, SHA256_LEN);
	}
	return hash;
}

static void every_subtree_is_that_of_its_halves(void **state)
{
	Pidc__Store__V1__Head *head;
	struct db_rows rows;
	struct pidc_error err = {0};

	(void)state;
	assert_good(db_query(world.db, DB_HEAD_GET, NULL, NULL, world.arena, &rows, &err), &err);
	head = (Pidc__Store__V1__Head *)rows.rows[0];
	assert_true(head->size > 16);
	for (uint32_t level = 1; level <= 4; level++) {
		/* The last one is not complete, whatever the size. */
		for (uint64_t idx = 0; idx <= head->size >> level; idx++) {
			bool is_found, has_left, has_right;
			struct merkle_hash found = node_get(level, idx, &is_found);
			struct merkle_hash left = node_get(level - 1, 2 * idx, &has_left);
			struct merkle_hash right = node_get(level - 1, 2 * idx + 1, &has_right);

			assert_int_equal(is_found, (idx + 1) << level <= head->size);
			if (!is_found)
				continue;
			assert_true(has_left && has_right);
			merkle_node_hash(&left, &right, &left);
			assert_memory_equal(found.bytes, left.bytes, SHA256_LEN);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_finds_its_place_within_a_row),
		cmocka_unit_test(a_list_goes_on_within_a_row),
		cmocka_unit_test(every_subtree_is_that_of_its_halves),
	};

	return cmocka_run_group_tests(tests, setup, register_teardown);
}
