/* SPDX-License-Identifier: ISC
 *
 * What becomes of contributions, on a real PostgreSQL: each change is in the decisions at
 * once.
 */
#include "pidc/v1/consent.pb-c.h"
#include "tests/db/data_register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void withdrawn_is_released_no_more(void **state)
{
	const char *id = submit("");

	(void)state;
	expect_decision(id, 0);
	call_refused(&iom, DATA("WithdrawContribution"), PIDC__V1__REASON__REASON_E_NOT_FOUND,
		     "contribution_id", about(id, ",\"reason\":\"not ours\""));
	(void)call_ok(&agent, DATA("WithdrawContribution"),
		      &pidc__v1__withdraw_contribution_response__descriptor,
		      about(id, ",\"reason\":\"counted twice\""));
	expect_decision(id, PIDC__V1__REASON__REASON_D_OWNER_STATE);
	assert_int_equal(contribution(id)->version, 2);
	call_refused(&agent, DATA("WithdrawContribution"), PIDC__V1__REASON__REASON_E_STATE,
		     "contribution_id", about(id, ",\"reason\":\"once more\""));
}

static void PRI_8_a_held_is_released_again_only_by_a_decision(void **state)
{
	const char *id = submit("");

	(void)state;
	(void)call_ok(&agent, DATA("HoldContribution"),
		      &pidc__v1__hold_contribution_response__descriptor,
		      about(id, ",\"reason\":\"under review\""));
	expect_decision(id, PIDC__V1__REASON__REASON_D_HOLD);
	call_refused(&agent, DATA("ReleaseHold"), PIDC__V1__REASON__REASON_E_ROLE, "",
		     about(id, ",\"reason\":\"reviewed\",\"expectedVersion\":2"));
	/* Nor does it leave as its own correction. */
	call_refused(&agent, DATA("SubmitContribution"), PIDC__V1__REASON__REASON_E_STATE,
		     "replaces_id",
		     arena_printf(world.arena,
				  "+{\"datasetId\":\"%s\",\"columns\":[\"CgVjb3VudBIBNQ==\"],"
				  "\"replacesId\":\"%s\"}",
				  dataset, id));
	(void)call_ok(&officer, DATA("ReleaseHold"), &pidc__v1__release_hold_response__descriptor,
		      about(id, ",\"reason\":\"reviewed\",\"expectedVersion\":2"));
	expect_decision(id, 0);
}

static void a_correction_takes_its_place(void **state)
{
	const char *first = submit("");
	const char *extra = arena_printf(world.arena, ",\"replacesId\":\"%s\"", first);
	struct service_job *jobs[2];
	const char *second;

	(void)state;
	/* Two corrections of one in the same batch: the first one counts. */
	for (size_t i = 0; i < 2; i++)
		jobs[i] = job_new(&agent, DATA("SubmitContribution"),
				  arena_printf(world.arena,
					       "+{\"datasetId\":\"%s\",\"columns\":"
					       "[\"CgVjb3VudBIBNQ==\"]%s}",
					       dataset, extra));
	service_run_write(world.db, jobs, 2);
	assert_ok(jobs[0]);
	assert_refused(jobs[1], PIDC__V1__REASON__REASON_E_STATE, "replaces_id");
	second = contribution(first)->replaced_by_id;
	assert_int_equal(contribution(first)->status,
			 PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_REPLACED);
	assert_string_equal(contribution(second)->replaces_id, first);
	assert_int_equal(contribution(second)->seq, contribution(first)->seq + 1);
	expect_decision(first, PIDC__V1__REASON__REASON_D_OWNER_STATE);
	expect_decision(second, 0);
}

static const char *reclassify(const char *id, const char *to, const char *rest)
{
	return about(id, arena_printf(world.arena,
				      ",\"classification\":\"CLASSIFICATION_%s\","
				      "\"reason\":\"published\"%s",
				      to, rest));
}

static void PRI_9b_raised_counts_at_once_lowered_is_signed(void **state)
{
	const char *id = submit("");
	Pidc__V1__Reclassification said = PIDC__V1__RECLASSIFICATION__INIT;
	char owner[] = "tv", origin[] = "pidc.test/register", reason[] = "published";
	const char *statement;

	(void)state;
	call_refused(&hos, DATA("ReclassifyContribution"), PIDC__V1__REASON__REASON_E_OWNER_ONLY,
		     "", reclassify(id, "CLEAR", ""));
	(void)call_ok(&agent, DATA("ReclassifyContribution"),
		      &pidc__v1__reclassify_contribution_response__descriptor,
		      reclassify(id, "RED", ""));
	/* IOM's agreement has no clause of confidentiality (PRI-9b.a). */
	expect_decision(id, PIDC__V1__REASON__REASON_D_MOU_SCOPE);
	call_refused(&head, DATA("ReclassifyContribution"), PIDC__V1__REASON__REASON_E_FIELD,
		     "signed", reclassify(id, "GREEN", ""));
	said.origin = origin;
	said.owner_org = owner;
	said.contribution_id = (char *)(uintptr_t)id;
	said.version = 2;
	said.from = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	said.to = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	said.reason = reason;
	statement = arena_printf(world.arena, ",\"expectedVersion\":2,\"signed\":%s",
				 signed_json(&head, &said.base));
	call_refused(&agent, DATA("ReclassifyContribution"), PIDC__V1__REASON__REASON_E_SOD,
		     "approval", reclassify(id, "GREEN", statement));
	statement = arena_printf(world.arena, "%s,\"approval\":%s", statement,
				 strstr(signed_json(&officer, &said.base), "\"signature\":") + 12);
	((char *)(uintptr_t)statement)[strlen(statement) - 1] = '\0'; /* the outer brace */
	(void)call_ok(&agent, DATA("ReclassifyContribution"),
		      &pidc__v1__reclassify_contribution_response__descriptor,
		      reclassify(id, "GREEN", statement));
	expect_decision(id, 0);
	/* Good for that version only. */
	(void)call_ok(&agent, DATA("ReclassifyContribution"),
		      &pidc__v1__reclassify_contribution_response__descriptor,
		      reclassify(id, "RED", ""));
	call_refused(&agent, DATA("ReclassifyContribution"), PIDC__V1__REASON__REASON_E_VERSION,
		     "expected_version", reclassify(id, "GREEN", statement));
}

static void content_that_stays_home_is_known_by_digest(void **state)
{
	const ProtobufCMessage *reply = call_ok(
		&agent, DATA("SubmitContribution"),
		&pidc__v1__submit_contribution_response__descriptor,
		arena_printf(world.arena,
			     "+{\"datasetId\":\"%s\",\"contentKind\":\"CONTENT_KIND_HASH_ONLY\","
			     "\"fields\":[\"count\"],\"rowCount\":3,\"contentDigest\":"
			     "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}",
			     dataset));
	const char *id = REPLY(reply, SubmitContributionResponse)->contribution_id;

	(void)state;
	expect_decision(id, 0);
	assert_int_equal(contribution(id)->content_kind,
			 PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY);
	assert_int_equal(contribution(id)->row_count, 3);
	expect_columns_stored(id, 0);
}

static size_t listed(const char *json)
{
	return REPLY(call_ok(&head, DATA("ListContributions"),
			     &pidc__v1__list_contributions_response__descriptor, json),
		     ListContributionsResponse)
		->n_contributions;
}

static void retention_is_listed_when_due(void **state)
{
	const char *id = submit("");
	struct pidc_error err = {0};

	(void)state;
	assert_non_null(contribution(id)->retain_until);
	assert_int_equal(listed("{\"retentionDue\":true}"), 0);
	assert_good(db_exec(world.owner,
			    arena_printf(world.arena,
					 "UPDATE pidc.contribution SET recorded_at = recorded_at - "
					 "interval '13 months' WHERE contribution_id = '%s'",
					 id),
			    &err),
		    &err);
	assert_int_equal(listed("{\"retentionDue\":true}"), 1);
	assert_good(db_exec(world.owner,
			    arena_printf(world.arena,
					 "UPDATE pidc.contribution SET recorded_at = recorded_at + "
					 "interval '13 months' WHERE contribution_id = '%s'",
					 id),
			    &err),
		    &err);
	assert_int_equal(listed("{\"status\":\"CONTRIBUTION_STATUS_REPLACED\"}"), 1);
}

/* A change between two pages neither repeats a contribution nor hides one. */
static void pages_do_not_move(void **state)
{
	const char *first = submit("");
	size_t all = listed("{\"pageSize\":500}"), seen = 0;
	const char *token = "";

	(void)state;
	for (int page = 0; page < 100 && token != NULL; page++) {
		const Pidc__V1__ListContributionsResponse *reply =
			REPLY(call_ok(&head, DATA("ListContributions"),
				      &pidc__v1__list_contributions_response__descriptor,
				      arena_printf(world.arena,
						   "{\"pageSize\":2,\"pageToken\":\"%s\"}", token)),
			      ListContributionsResponse);

		seen += reply->n_contributions;
		token = *reply->next_page_token == '\0' ? NULL : reply->next_page_token;
		if (page == 0)
			(void)call_ok(&agent, DATA("HoldContribution"),
				      &pidc__v1__hold_contribution_response__descriptor,
				      about(first, ",\"reason\":\"meanwhile\""));
	}
	assert_int_equal(seen, all);
	/* As the first page it would send a client round and round. */
	call_refused(&head, DATA("ListContributions"), PIDC__V1__REASON__REASON_E_FIELD,
		     "page_token", "{\"pageSize\":2,\"pageToken\":\"zz\"}");
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
		cmocka_unit_test(withdrawn_is_released_no_more),
		cmocka_unit_test(PRI_8_a_held_is_released_again_only_by_a_decision),
		cmocka_unit_test(a_correction_takes_its_place),
		cmocka_unit_test(PRI_9b_raised_counts_at_once_lowered_is_signed),
		cmocka_unit_test(content_that_stays_home_is_known_by_digest),
		cmocka_unit_test(retention_is_listed_when_due),
		cmocka_unit_test(pages_do_not_move),
		cmocka_unit_test(I12_replay_gives_equal_tables),
	};

	return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
