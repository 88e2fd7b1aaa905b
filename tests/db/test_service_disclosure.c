/* SPDX-License-Identifier: ISC
 *
 * Releases on a real PostgreSQL: what several fetches in one batch see of each other, and
 * who may read what lies beside the content.
 */
#include "core/text.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/db/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DATA(method)       "/pidc.v1.DataService/" method
#define DISCLOSURE(method) "/pidc.v1.DisclosureService/" method
#define CONDITION(name)    PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define TIMED(name)        PIDC__V1__TIMED_EVENT_KIND__TIMED_EVENT_KIND_##name
#define DAY_US             (INT64_C(86400) * 1000000)
#define FETCHES            3

static struct caller head, officer, iom;

static int setup(void **state)
{
	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&officer, "spiffe://pidc.int/member/tv/officer", "tv", "MEMBER_OFFICER");
	caller_init(&iom, "spiffe://pidc.int/partner/iom/agent", "iom", "PARTNER_AGENT");
	return 0;
}

static int teardown(void **state)
{
	struct caller *all[] = {&head, &officer, &iom};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		caller_close(all[i]);
	return register_teardown(state);
}

/* A dataset of counts, with one contribution. Nothing tells its two rows apart, so both
 * rest on 2 persons. */
static const char *dataset_new(const char **ret_contribution)
{
	const Pidc__V1__DefineDatasetResponse *made =
		(const Pidc__V1__DefineDatasetResponse *)call_ok(
			&officer, DATA("DefineDataset"),
			&pidc__v1__define_dataset_response__descriptor,
			"+{\"dataset\":{\"category\":\"OVER\",\"title\":\"Counts\","
			"\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"
			"\"CLASSIFICATION_GREEN\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","
			"\"fields\":[{\"name\":\"count\",\"type\":\"FIELD_TYPE_INTEGER\","
			"\"isCount\":true}]}}");
	/* ContentColumn{field: "count", values: ["2", "9"]} */
	const Pidc__V1__SubmitContributionResponse *submitted =
		(const Pidc__V1__SubmitContributionResponse *)call_ok(
			&officer, DATA("SubmitContribution"),
			&pidc__v1__submit_contribution_response__descriptor,
			arena_printf(
				world.arena,
				"+{\"datasetId\":\"%s\",\"columns\":[\"CgVjb3VudBIBMhIBOQ==\"]}",
				made->dataset->dataset_id));

	*ret_contribution = submitted->contribution_id;
	return made->dataset->dataset_id;
}

static char *id_new(void)
{
	char *id = arena_alloc(world.arena, 37);

	uuid_random(id);
	return id;
}

/* Tuvalu lets IOM read the counts for monitoring, under one condition. */
static void grant(const char *dataset, Pidc__V1__ConditionKind kind, uint32_t number)
{
	Pidc__V1__Condition condition = PIDC__V1__CONDITION__INIT, *conditions[] = {&condition};
	Pidc__V1__ConsentStatement st = PIDC__V1__CONSENT_STATEMENT__INIT;
	Pidc__V1__RecipientSelector recipient = PIDC__V1__RECIPIENT_SELECTOR__INIT;
	Pidc__V1__DataSelector data = PIDC__V1__DATA_SELECTOR__INIT;
	Pidc__V1__Action action = PIDC__V1__ACTION__ACTION_READ;
	char *datasets[] = {(char *)(uintptr_t)dataset};
	char org[] = "iom", purpose[] = "ME", field[] = "count", owner[] = "tv";
	char *orgs[] = {org}, *purposes[] = {purpose}, *fields[] = {field};

	condition.kind = kind;
	condition.number = number;
	data.dataset_ids = datasets;
	recipient.orgs = orgs;
	recipient.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	st.statement_id = id_new();
	st.consent_id = id_new();
	st.version = 1;
	st.owner_org = owner;
	st.kind = PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT;
	st.data = &data;
	st.recipient = &recipient;
	st.purposes = purposes;
	st.actions = &action;
	st.fields = fields;
	st.conditions = conditions;
	data.n_dataset_ids = recipient.n_orgs = st.n_purposes = st.n_actions = st.n_fields =
		st.n_conditions = 1;
	st.valid_to =
		time_to_proto(world.arena, ((int64_t)time(NULL) + INT64_C(86400) * 30) * 1000000);
	st.origin = arena_strdup(world.arena, "pidc.test/register");
	(void)call_ok(
		&officer, "/pidc.v1.ConsentService/RecordStatement",
		&pidc__v1__record_statement_response__descriptor,
		arena_printf(world.arena, "+{\"signed\":%s}", signed_json(&officer, &st.base)));
}

/* The write half of the first chunk of a fetch. */
static struct service_job *release_new(const char *selector)
{
	struct service_job *plan = job_new(
		&iom, DISCLOSURE("Fetch"),
		arena_printf(
			world.arena,
			"{\"ownerOrg\":\"tv\",%s,\"purpose\":\"ME\",\"action\":\"ACTION_READ\","
			"\"fields\":[\"count\"]}",
			selector));
	struct service_job *release = arena_alloc(world.arena, sizeof(*release));
	struct service_fetch *fetch = NULL;

	if (service_fetch_plan(world.db, plan, &fetch) < 0)
		assert_ok(plan);
	assert_true(service_fetch_has_next(fetch));
	assert_int_equal(service_fetch_release(fetch, world.arena, release), 0);
	return release;
}

/* Several fetches of the same, decided in one batch: how many are granted. */
static size_t batch_run(const char *selector)
{
	struct service_job *jobs[FETCHES];
	size_t granted = 0;

	for (size_t i = 0; i < FETCHES; i++)
		jobs[i] = release_new(selector);
	service_run_write(world.db, jobs, FETCHES);
	for (size_t i = 0; i < FETCHES; i++)
		granted += jobs[i]->result == 0;
	return granted;
}

static void PRI_9d_fetches_in_one_batch_count_each_other(void **state)
{
	const char *contribution;
	const char *dataset = dataset_new(&contribution);

	(void)state;
	grant(dataset, CONDITION(MAX_RELEASES), 2);
	assert_int_equal(batch_run(arena_printf(world.arena, "\"datasetIds\":[\"%s\"]", dataset)),
			 2);
}

static const Pidc__V1__Approval *approval_waiting(const char *contribution)
{
	const Pidc__V1__ListApprovalsResponse *list =
		(const Pidc__V1__ListApprovalsResponse *)call_ok(
			&officer, DISCLOSURE("ListApprovals"),
			&pidc__v1__list_approvals_response__descriptor,
			"{\"state\":\"APPROVAL_STATE_PENDING\"}");

	assert_int_equal(list->n_approvals, 1);
	assert_string_equal(list->approvals[0]->contribution_ids[0], contribution);
	return list->approvals[0];
}

static void one_approval_is_one_fetch_even_in_one_batch(void **state)
{
	Pidc__V1__ApprovalStatement answer = PIDC__V1__APPROVAL_STATEMENT__INIT;
	const Pidc__V1__Approval *waiting;
	const char *contribution;
	const char *dataset = dataset_new(&contribution);

	(void)state;
	grant(dataset, CONDITION(APPROVE_EACH), 0);
	/* Asked three times in one batch, one approval waits. */
	assert_int_equal(batch_run(arena_printf(world.arena, "\"datasetIds\":[\"%s\"]", dataset)),
			 0);
	waiting = approval_waiting(contribution);
	answer.approval_id = waiting->approval_id;
	answer.owner_org = waiting->owner_org;
	answer.request_digest = waiting->request_digest;
	answer.is_approved = 1;
	answer.valid_to =
		time_to_proto(world.arena, ((int64_t)time(NULL) + INT64_C(86400)) * 1000000);
	answer.origin = arena_strdup(world.arena, "pidc.test/register");
	(void)call_ok(
		&officer, DISCLOSURE("AnswerApproval"),
		&pidc__v1__answer_approval_response__descriptor,
		arena_printf(world.arena, "+{\"signed\":%s}", signed_json(&officer, &answer.base)));
	assert_int_equal(
		batch_run(arena_printf(world.arena, "\"approvalId\":\"%s\"", waiting->approval_id)),
		1);
}

/* Runs as the daemon's role with these settings; the count is of rows seen. */
static void cells_seen(const char *org, const char *release, const char *contribution, int count)
{
	struct pidc_error err = {0};
	char *sql = arena_printf(world.arena,
				 "DO $$ BEGIN IF (SELECT count(*) FROM contribution_content WHERE "
				 "field = '#cells' AND contribution_id = '%s') <> %d "
				 "THEN RAISE 'row-level security'; END IF; END $$",
				 contribution, count);

	assert_good(db_begin(world.db, &err), &err);
	assert_good(db_set_local(world.db, "pidc.org", org, &err), &err);
	assert_good(db_set_local(world.db, "pidc.release", release, &err), &err);
	assert_good(db_exec(world.db, sql, &err), &err);
	assert_good(db_commit(world.db, &err), &err);
}

static const char *released_index(const struct service_job *release)
{
	const Pidc__V1__FetchResponse *reply;

	assert_ok(release);
	reply = pidc__v1__fetch_response__unpack(arena_protobuf(world.arena), release->reply_len,
						 release->reply);
	assert_non_null(reply);
	return arena_printf(world.arena, "%llu", (unsigned long long)reply->position->revision);
}

/* Floors tell of small cells: they are read for a release with a minimum, no other. */
static void G11_floors_are_read_for_a_minimum_only(void **state)
{
	const char *contribution, *other;
	const char *dataset = dataset_new(&contribution), *second = dataset_new(&other);
	struct service_job *with, *without;

	(void)state;
	grant(dataset, CONDITION(MIN_CELL), 2);
	grant(second, CONDITION(ATTRIBUTION), 0);
	with = release_new(arena_printf(world.arena, "\"datasetIds\":[\"%s\"]", dataset));
	without = release_new(arena_printf(world.arena, "\"datasetIds\":[\"%s\"]", second));
	service_run_write(world.db, &with, 1);
	service_run_write(world.db, &without, 1);
	cells_seen("tv", "", contribution, 1);
	cells_seen("fj", "", contribution, 0);
	cells_seen("iom", "", contribution, 0);
	cells_seen("iom", released_index(with), contribution, 1);
	cells_seen("unhcr", released_index(with), contribution, 0);
	cells_seen("iom", released_index(with), other, 0);
	cells_seen("iom", released_index(without), other, 0);
}

/* How often the clock does this to a record of org from the days after to the days until
 * from now; each time at an instant of that stretch, in order. */
static size_t timed_count(const char *org, Pidc__V1__TimedEventKind kind, int after, int until)
{
	Pidc__Store__V1__WatchPlace place = PIDC__STORE__V1__WATCH_PLACE__INIT;
	Pidc__Store__V1__Context ctx = PIDC__STORE__V1__CONTEXT__INIT;
	Pidc__V1__WatchResponse reply = PIDC__V1__WATCH_RESPONSE__INIT;
	Pidc__V1__Actor actor = PIDC__V1__ACTOR__INIT;
	int64_t now_us = (int64_t)time(NULL) * 1000000, last_us = 0, at_us = 0;
	struct pidc_error err = {0};
	size_t count = 0;

	actor.org = (char *)(uintptr_t)org;
	ctx.actor = &actor;
	place.timed_after = time_to_proto(world.arena, now_us + after * DAY_US);
	place.timed_until = time_to_proto(world.arena, now_us + until * DAY_US);
	assert_good(db_query_into(world.db, DB_WATCH_TIMED, &place.base, &ctx, world.arena,
				  &reply.base, NULL, NULL, &err),
		    &err);
	for (size_t i = 0; i < reply.n_timed; i++) {
		assert_true(time_from_proto(reply.timed[i]->at, &at_us));
		assert_true(at_us >= last_us && at_us > now_us + after * DAY_US);
		assert_true(at_us <= now_us + until * DAY_US);
		last_us = at_us;
		count += reply.timed[i]->kind == kind;
	}
	return count;
}

/* Of one dataset under one condition: what the clock does on the fourth day. */
static void timed_release(Pidc__V1__ConditionKind condition, Pidc__V1__TimedEventKind kind)
{
	const char *contribution;
	const char *dataset = dataset_new(&contribution);
	struct service_job *release;

	grant(dataset, condition, 3);
	release = release_new(arena_printf(world.arena, "\"datasetIds\":[\"%s\"]", dataset));
	service_run_write(world.db, &release, 1);
	assert_ok(release);
	assert_int_equal(timed_count("tv", kind, 0, 2), 0);
	assert_int_equal(timed_count("tv", kind, 2, 4), 1);
	assert_int_equal(timed_count("iom", kind, 2, 4), 1);
	assert_int_equal(timed_count("fj", kind, 2, 4), 0);
	assert_int_equal(timed_count("tv", kind, 4, 40), 0);
}

static void L14_an_overdue_receipt_is_told(void **state)
{
	(void)state;
	timed_release(CONDITION(ACK_WITHIN), TIMED(RECEIPT_OVERDUE));
}

static void L14_the_end_of_a_data_life_is_told(void **state)
{
	(void)state;
	timed_release(CONDITION(DATA_LIFE), TIMED(DATA_LIFE_ENDED));
}

/* Grants here have 30 days: half of it is left after 15. */
static void L14_a_consent_that_is_about_to_expire_is_told(void **state)
{
	const char *contribution;
	size_t before = timed_count("iom", TIMED(CONSENT_EXPIRING), 14, 16);

	(void)state;
	grant(dataset_new(&contribution), CONDITION(ATTRIBUTION), 0);
	assert_int_equal(timed_count("iom", TIMED(CONSENT_EXPIRING), 14, 16), before + 1);
	assert_int_equal(timed_count("tv", TIMED(CONSENT_EXPIRING), 14, 16), before + 1);
	assert_int_equal(timed_count("tv", TIMED(CONSENT_EXPIRING), 0, 14), 0);
	assert_int_equal(timed_count("tv", TIMED(CONSENT_EXPIRING), 16, 60), 0);
	assert_int_equal(timed_count("fj", TIMED(CONSENT_EXPIRING), 0, 60), 0);
}

static void S2_what_followed_is_not_rewritten(void **state)
{
	static const char *const statements[] = {
		"UPDATE disclosure_receipt SET delivery_digest = ''",
		"DELETE FROM disclosure_receipt",
		"UPDATE recall SET due = now()",
		"UPDATE recall_item SET recall_id = recall_id",
		"DELETE FROM recall_item",
		"UPDATE approval SET contribution_ids = '{}'",
		"DELETE FROM approval",
		"UPDATE contribution_cells SET lowest = 99",
		"DELETE FROM consent_use",
		"UPDATE disclosure_obligation SET due_at = now()",
		"DELETE FROM holder_notice",
		"UPDATE class_join SET effective_at = now()",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct pidc_error err = {0};

		assert_good(db_begin(world.db, &err), &err);
		if (db_exec(world.db, statements[i], &err) == 0)
			fail_msg("the daemon's role may: %s", statements[i]);
		db_rollback(world.db);
	}
}

static void I12_replay_gives_equal_tables(void **state)
{
	(void)state;
	assert_verified(&head);
	assert_sql("SELECT count(*) > 0 FROM consent_use");
	assert_sql(
		"SELECT NOT EXISTS (SELECT FROM projected_tables() t WHERE t = 'delivery_note')");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(PRI_9d_fetches_in_one_batch_count_each_other),
		cmocka_unit_test(one_approval_is_one_fetch_even_in_one_batch),
		cmocka_unit_test(G11_floors_are_read_for_a_minimum_only),
		cmocka_unit_test(L14_an_overdue_receipt_is_told),
		cmocka_unit_test(L14_the_end_of_a_data_life_is_told),
		cmocka_unit_test(L14_a_consent_that_is_about_to_expire_is_told),
		cmocka_unit_test(S2_what_followed_is_not_rewritten),
		cmocka_unit_test(I12_replay_gives_equal_tables),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
