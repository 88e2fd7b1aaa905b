/* SPDX-License-Identifier: ISC
 *
 * Releases that wait for their owner (APPROVE_EACH).
 * CTest labels: sharing
 */
#include "core/approval.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define STATE(name)     PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_##name
#define ORIGIN          "pidc.example/ledger1"

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__ReleaseRequest release;
static Pidc__V1__Approval approval;

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__release_request__init(&release);
	release.disclosure_id = s.query.disclosure_id = story_id(&s, "disclosure");
	release.query = &s.query;
	in = (struct rule_input){
		.actor = story_actor(
			&s, "iom", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			PIDC__V1__ROLE__ROLE_PARTNER_AGENT, PIDC__V1__CAPACITY__CAPACITY_PARTNER),
		.request = &release.base,
		.facts = &s.facts.base,
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = ORIGIN,
		.arena = s.arena,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

/* The grant "a" with one condition more. */
static Pidc__V1__Condition *grant_with(Pidc__V1__ConditionKind kind, uint32_t number, uint32_t days)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *condition = story_condition(&s, st, kind);

	condition->number = number;
	condition->days = days;
	story_record(&s, st);
	return condition;
}

static void expect_condition(const char *name)
{
	struct decision decision = story_decide(&s);

	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(reason_name(decision.visible), "D_CONSENT");
	assert_string_equal(decision.detail, name);
}

/* --- approvals: the decision ------------------------------------------------------------ */

static void approve(void)
{
	pidc__v1__approval__init(&approval);
	approval.approval_id = s.query.approval_id = story_id(&s, "approval");
	approval.owner_org = s.query.owner_org;
	approval.recipient_org = s.query.recipient_org;
	approval.capacity = s.query.capacity;
	approval.purpose = s.query.purpose;
	approval.action = s.query.action;
	approval.fields = s.query.fields;
	approval.n_fields = s.query.n_fields;
	approval.contribution_ids = s.query.contribution_ids;
	approval.n_contribution_ids = s.query.n_contribution_ids;
	approval.state = STATE(APPROVED);
	approval.valid_to = story_time(&s, STORY_NOW + 1);
	s.facts.approval = &approval;
}

static void expect_waits(void)
{
	struct decision decision = story_decide(&s);

	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER);
	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(reason_name(decision.visible), "D_CONDITION");
	assert_string_equal(decision.detail, "APPROVE_EACH");
}

static void a_release_waits_for_the_owner(void **state)
{
	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	expect_waits();
	approve();
	story_expect_permit(&s);
	assert_true(story_decide(&s).is_approved);
}

/* Each part of what was approved, changed. */
static void an_approval_is_for_exactly_this(void **state)
{
	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	approve();
	approval.owner_org = story_text(&s, "fj");
	expect_waits();
	approve();
	approval.recipient_org = story_text(&s, "unhcr");
	expect_waits();
	approve();
	approval.capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	expect_waits();
	approve();
	approval.purpose = story_text(&s, "RESEARCH_STAT");
	expect_waits();
	approve();
	approval.action = PIDC__V1__ACTION__ACTION_COPY;
	expect_waits();
	approve();
	approval.fields = story_list(&s, &approval.n_fields, "month", NULL);
	expect_waits();
	approve();
	approval.n_contribution_ids = 0;
	expect_waits();
	approve();
	approval.approval_id = story_id(&s, "another");
	expect_waits();
	approve();
	approval.valid_to = story_time(&s, STORY_NOW);
	expect_waits();
	approve();
	approval.state = STATE(REFUSED);
	expect_waits();
	approve();
	approval.state = STATE(PENDING);
	expect_waits();
	approve();
	s.query.approval_id = story_text(&s, "");
	expect_waits();
}

static void an_approval_is_used_once(void **state)
{
	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	approve();
	approval.state = STATE(USED);
	approval.disclosure_id = story_id(&s, "earlier fetch");
	expect_waits();
	approval.disclosure_id = s.query.disclosure_id; /* further chunks of the same fetch */
	story_expect_permit(&s);
	approval.disclosure_id = s.query.disclosure_id = story_text(&s, "");
	expect_waits();
}

/* Only a request that lacks nothing else is told that it waits (I11). */
static void waiting_tells_nothing_to_others(void **state)
{
	struct decision decision;

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	story_ask_fields(&s, "count", "nationality");
	decision = story_decide(&s);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.visible), "D_CONSENT");
	story_ask_fields(&s, "count", NULL);
	s.facts.recipient->partner_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_SUSPENDED;
	decision = story_decide(&s);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_string_equal(reason_name(decision.visible), "D_PARTNER_STATE");
}

static void another_condition_comes_before_the_owner(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, CONDITION(APPROVE_EACH));
	story_condition(&s, st, CONDITION(MAX_RELEASES))->number = 1;
	story_record(&s, st);
	expect_condition("MAX_RELEASES");
}

static void a_permit_that_waits_for_nobody_is_used(void **state)
{
	Pidc__V1__ConsentStatement *free_grant = story_grant(&s, "b");

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	story_record(&s, free_grant);
	story_expect_permit(&s);
	assert_false(story_decide(&s).is_approved);
}

/* --- approvals: the release ------------------------------------------------------------- */

static void the_owner_is_asked_for_the_frozen_list(void **state)
{
	struct refusal refusal;
	Pidc__V1__Event event;
	uint8_t digest[32];

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_APPROVAL_REQUESTED);
	assert_string_equal(event.entity_id, in.new_id);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.approval_requested->approval->contribution_ids[0],
			    story_id(&s, "k"));
	assert_int_equal(approval_digest(&s.query, s.arena, digest), 0);
	assert_memory_equal(event.approval_requested->approval->request_digest.data, digest, 32);
	assert_string_equal(reason_name(refusal.reason), "D_CONDITION");
	assert_string_equal(refusal.field, "approval_id");
	assert_non_null(strstr(refusal.detail, in.new_id));
}

static void the_owner_is_asked_once(void **state)
{
	struct refusal refusal;
	Pidc__V1__Event event;

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	s.facts.pending_approval_id = story_id(&s, "pending");
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_RELEASE_REFUSED);
	assert_non_null(strstr(refusal.detail, story_id(&s, "pending")));
	s.facts.pending_approval_id = story_text(&s, "");
	s.facts.pending_approvals = APPROVALS_PENDING_MAX;
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_RELEASE_REFUSED);
	assert_string_equal(reason_name(refusal.reason), "D_CONDITION");
}

/* What is denied is not what waits: the owner is not asked, and nothing is told. */
static void one_denied_item_asks_nobody(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");
	Pidc__Store__V1__Subject *other = arena_memdup(s.arena, s.subject, sizeof(*s.subject));
	struct refusal refusal;
	Pidc__V1__Event event;

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	other->contribution_id = story_id(&s, "k2");
	s.facts.subjects[s.facts.n_subjects++] = other;
	veto->data = story_data_contribution(&s, "k2");
	story_record(&s, veto);
	s.query.contribution_ids = story_list(&s, &s.query.n_contribution_ids, story_id(&s, "k"),
					      story_id(&s, "k2"), NULL);
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_RELEASE_REFUSED);
	assert_int_equal(event.release_refused->reason, REASON(D_VETO));
	assert_string_equal(reason_name(refusal.reason), "D_CONSENT");
}

static void a_release_names_its_approval(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	grant_with(CONDITION(APPROVE_EACH), 0, 0);
	approve();
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_string_equal(event.release_granted->approval_id, approval.approval_id);
}

/* Every part that an owner should see changes the digest, and parts do not run together. */
static void the_digest_covers_every_part(void **state)
{
	uint8_t seen[10][32];
	size_t n = 0;

	(void)state;
#define NOTE() assert_int_equal(approval_digest(&s.query, s.arena, seen[n++]), 0)
	NOTE();
	s.query.owner_org = story_text(&s, "fj");
	NOTE();
	s.query.recipient_org = story_text(&s, "unhcr");
	NOTE();
	s.query.capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	NOTE();
	s.query.purpose = story_text(&s, "RESEARCH_STAT");
	NOTE();
	s.query.action = PIDC__V1__ACTION__ACTION_COPY;
	NOTE();
	story_ask_fields(&s, "a", "b");
	NOTE();
	story_ask_fields(&s, "a", NULL);
	s.query.contribution_ids = story_list(&s, &s.query.n_contribution_ids, "b", "c", NULL);
	NOTE();
	s.query.contribution_ids = story_list(&s, &s.query.n_contribution_ids, "bc", NULL);
	NOTE();
#undef NOTE
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], 32);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_release_waits_for_the_owner),
		TEST(an_approval_is_for_exactly_this),
		TEST(an_approval_is_used_once),
		TEST(waiting_tells_nothing_to_others),
		TEST(another_condition_comes_before_the_owner),
		TEST(a_permit_that_waits_for_nobody_is_used),
		TEST(the_owner_is_asked_for_the_frozen_list),
		TEST(the_owner_is_asked_once),
		TEST(one_denied_item_asks_nobody),
		TEST(a_release_names_its_approval),
		TEST(the_digest_covers_every_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
