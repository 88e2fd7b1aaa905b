/* SPDX-License-Identifier: ISC
 *
 * What becomes of contributions, on a real PostgreSQL: each change is in the decisions at
 * once, erasure takes the content and nothing else.
 */
#include "core/leaf.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DATA(method) "/pidc.v1.DataService/" method

static struct caller head, officer, agent, iom, arc, hos;
static const char *dataset;

#define REPLY(message, name) ((const Pidc__V1__##name *)(message))

static const char *dataset_define(void)
{
	const ProtobufCMessage *reply = call_ok(
		&agent, DATA("DefineDataset"), &pidc__v1__define_dataset_response__descriptor,
		"+{\"dataset\":{\"category\":\"OVER\",\"title\":\"Overstays\","
		"\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"
		"\"CLASSIFICATION_CLEAR\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","
		"\"retentionMonths\":12,\"fields\":[{\"name\":\"month\","
		"\"type\":\"FIELD_TYPE_MONTH\"},{\"name\":\"count\","
		"\"type\":\"FIELD_TYPE_INTEGER\"}]}}");

	return REPLY(reply, DefineDatasetResponse)->dataset->dataset_id;
}

/* ContentColumn{field: "count", values: ["5"]} in base64. */
static const char *submit(const char *extra)
{
	const ProtobufCMessage *reply =
		call_ok(&agent, DATA("SubmitContribution"),
			&pidc__v1__submit_contribution_response__descriptor,
			arena_printf(world.arena,
				     "+{\"datasetId\":\"%s\",\"columns\":[\"CgVjb3VudBIBNQ==\"]%s}",
				     dataset, extra));

	return REPLY(reply, SubmitContributionResponse)->contribution_id;
}

static const Pidc__V1__Contribution *contribution(const char *id)
{
	return REPLY(call_ok(&head, DATA("GetContribution"),
			     &pidc__v1__get_contribution_response__descriptor,
			     arena_printf(world.arena, "{\"contributionId\":\"%s\"}", id)),
		     GetContributionResponse)
		->contribution;
}

/* May IOM have the count of it? The owner is told why not. */
static void expect_decision(const char *id, Pidc__V1__Reason reason)
{
	const Pidc__V1__CheckConsentResponse *reply = REPLY(
		call_ok(&head, "/pidc.v1.ConsentService/CheckConsent",
			&pidc__v1__check_consent_response__descriptor,
			arena_printf(world.arena,
				     "{\"ownerOrg\":\"tv\",\"recipientOrg\":\"iom\","
				     "\"recipientCapacity\":\"CAPACITY_PARTNER\",\"purpose\":"
				     "\"ME\",\"action\":\"ACTION_READ\",\"contributionId\":\"%s\","
				     "\"fields\":[\"count\"]}",
				     id)),
		CheckConsentResponse);

	assert_string_equal(reason_name(reply->reason), reason_name(reason));
}

static const char *about(const char *id, const char *rest)
{
	return arena_printf(world.arena, "+{\"contributionId\":\"%s\"%s}", id, rest);
}

static void grant_all_to_iom(void)
{
	Pidc__V1__ConsentStatement st = PIDC__V1__CONSENT_STATEMENT__INIT;
	Pidc__V1__DataSelector data = PIDC__V1__DATA_SELECTOR__INIT;
	Pidc__V1__RecipientSelector to = PIDC__V1__RECIPIENT_SELECTOR__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Pidc__V1__Action action = PIDC__V1__ACTION__ACTION_READ;
	char id[37], org[] = "iom", purpose[] = "ME", field[] = "count";
	char *orgs[] = {org}, *purposes[] = {purpose}, *fields[] = {field};
	char owner[] = "tv", origin[] = "pidc.test/register", datasets_id[37];
	char *datasets[] = {datasets_id};

	uuid_random(id);
	snprintf(datasets_id, sizeof(datasets_id), "%s", dataset);
	st.statement_id = st.consent_id = id;
	st.version = 1;
	st.owner_org = owner;
	st.kind = PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT;
	data.dataset_ids = datasets;
	data.n_dataset_ids = 1;
	to.orgs = orgs;
	to.n_orgs = 1;
	to.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	st.data = &data;
	st.recipient = &to;
	st.purposes = purposes;
	st.actions = &action;
	st.fields = fields;
	st.n_purposes = st.n_actions = st.n_fields = 1;
	until.seconds = (int64_t)time(NULL) + 86400;
	st.valid_to = &until;
	st.origin = origin;
	st.classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	(void)call_ok(&head, "/pidc.v1.ConsentService/RecordStatement",
		      &pidc__v1__record_statement_response__descriptor,
		      arena_printf(world.arena, "+{\"signed\":%s}", signed_json(&head, &st.base)));
}

static int setup(void **state)
{
	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&officer, "spiffe://pidc.int/member/tv/officer", "tv", "MEMBER_OFFICER");
	caller_init(&agent, "spiffe://pidc.int/member/tv/agent", "tv", "MEMBER_AGENT");
	caller_init(&iom, "spiffe://pidc.int/partner/iom/agent", "iom", "PARTNER_AGENT");
	caller_init(&arc, "spiffe://pidc.int/member/fj/arc", "fj", "ARC_MEMBER");
	caller_init(&hos, "spiffe://pidc.int/secretariat/hos/h1", "sec", "SEC_HOS");
	dataset = dataset_define();
	grant_all_to_iom();
	return 0;
}

static int teardown(void **state)
{
	struct caller *all[] = {&head, &officer, &agent, &iom, &arc, &hos};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		caller_close(all[i]);
	return register_teardown(state);
}

/* --- tests -------------------------------------------------------------------------- */

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

static void expect_columns_stored(const char *id, int count)
{
	assert_sql(arena_printf(world.arena,
				"SELECT count(*) = %d FROM contribution_content "
				"WHERE contribution_id = '%s'",
				count, id));
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
	assert_int_equal(listed("{\"status\":\"CONTRIBUTION_STATUS_ERASED\"}"), 1);
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
	assert_int_equal(register_verify(&auditor), 0);
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
		cmocka_unit_test(SYS_8_erasure_takes_the_content_and_leaves_the_leaf),
		cmocka_unit_test(S2_content_goes_only_with_its_entry),
		cmocka_unit_test(retention_is_listed_when_due),
		cmocka_unit_test(pages_do_not_move),
		cmocka_unit_test(I12_replay_gives_equal_tables),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
