/* SPDX-License-Identifier: ISC
 *
 * Erasure, on a real PostgreSQL: it takes the content and nothing else.
 */
#include "core/leaf.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/db/data_register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint64_t index_of(const char *id)
{
	return contribution(id)->index;
}

/* The entry of the submission, checked as a member's agent would. */
static void expect_intact_entry(uint64_t index)
{
	Pidc__Store__V1__EntryRange range = PIDC__STORE__V1__ENTRY_RANGE__INIT;
	Pidc__Store__V1__EntryRows rows = PIDC__STORE__V1__ENTRY_ROWS__INIT;
	Pidc__V1__Event *event = NULL;
	struct pidc_error err = {0};

	range.start = index;
	range.end = index + 1;
	assert_good(db_query_into(world.db, DB_ENTRY_RANGE, &range.base, NULL, world.arena,
				  &rows.base, NULL, NULL, &err),
		    &err);
	assert_int_equal(rows.n_entries, 1);
	assert_good(leaf_check(rows.entries[0], world.arena, &event, &err), &err);
	assert_int_equal(event->body_case, PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	(void)call_ok(&head, "/pidc.v1.LedgerService/GetInclusionProof",
		      &pidc__v1__get_inclusion_proof_response__descriptor,
		      arena_printf(world.arena, "{\"index\":\"%llu\"}", (unsigned long long)index));
}

static void SYS_8_erasure_takes_the_content_and_leaves_the_leaf(void **state)
{
	const char *id = submit("");
	uint64_t index = index_of(id);

	(void)state;
	call_refused(&arc, DATA("EraseContribution"), PIDC__V1__REASON__REASON_E_OWNER_ONLY,
		     "contribution_id", about(id, ""));
	call_refused(&agent, DATA("RequestErasure"), PIDC__V1__REASON__REASON_E_ROLE, "",
		     about(id, ",\"legalGround\":\"Act 7\",\"expectedVersion\":1"));
	(void)call_ok(&head, DATA("RequestErasure"),
		      &pidc__v1__request_erasure_response__descriptor,
		      about(id, ",\"legalGround\":\"Act 7\",\"expectedVersion\":1"));
	call_refused(&head, DATA("EraseContribution"), PIDC__V1__REASON__REASON_E_ROLE, "",
		     about(id, ""));
	expect_columns_stored(id, 1);
	(void)call_ok(&arc, DATA("EraseContribution"),
		      &pidc__v1__erase_contribution_response__descriptor, about(id, ""));
	expect_columns_stored(id, 0);
	assert_int_equal(contribution(id)->status,
			 PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ERASED);
	assert_int_equal(contribution(id)->content_digest.len, SHA256_LEN);
	expect_decision(id, PIDC__V1__REASON__REASON_D_OWNER_STATE);
	expect_intact_entry(index);
	assert_int_equal(
		REPLY(call_ok(&arc, DATA("ListErasures"),
			      &pidc__v1__list_erasures_response__descriptor, "{\"pending\":true}"),
		      ListErasuresResponse)
			->n_erasures,
		0);
}

static void assert_denied(const char *sql)
{
	struct pidc_error err = {0};
	int rc;

	assert_int_equal(db_begin(world.db, &err), 0);
	rc = db_exec(world.db, sql, &err);
	if (rc == 0)
		rc = db_commit(world.db, &err);
	else
		db_rollback(world.db);
	if (rc == 0)
		fail_msg("the daemon's role may: %s", sql);
}

/* The second line: no entry, no deletion, whoever calls the function. */
static void S2_content_goes_only_with_its_entry(void **state)
{
	const char *id = submit("");

	(void)state;
	assert_denied("DELETE FROM contribution_content");
	assert_denied("UPDATE contribution_content SET content = ''");
	assert_denied(arena_printf(world.arena, "SELECT content_erase('%s')", id));
	assert_denied(arena_printf(world.arena,
				   "UPDATE contribution SET status = 'ERASED' WHERE "
				   "contribution_id = '%s'; SELECT content_erase('%s')",
				   id, id));
	assert_denied("ALTER TABLE contribution_content DISABLE TRIGGER ALL");
	expect_columns_stored(id, 1);
}

static void I12_replay_gives_equal_tables(void **state)
{
	struct caller auditor;

	(void)state;
	caller_init(&auditor, "spiffe://pidc.int/audit/auditor/a1", "sec", "AUDITOR");
	assert_verified(&auditor);
	caller_close(&auditor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(SYS_8_erasure_takes_the_content_and_leaves_the_leaf),
		cmocka_unit_test(S2_content_goes_only_with_its_entry),
		cmocka_unit_test(I12_replay_gives_equal_tables),
	};

	return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
