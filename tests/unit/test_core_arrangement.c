/* SPDX-License-Identifier: ISC
 *
 * Members' instruments and own agreements, integration plans: every refusal.
 * CTest labels: process
 */
#include "core/arrangement.h"
#include "core/crypto.h"
#include "core/text.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)   PIDC__V1__REASON__REASON_##name
#define BODY(name)     PIDC__V1__EVENT__BODY_##name
#define ROLE(name)     PIDC__V1__ROLE__ROLE_##name
#define ORG(name)      PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name
#define MEMBER(name)   PIDC__V1__MEMBER_STATE__MEMBER_STATE_##name
#define VISIBLE(name)  PIDC__V1__BILATERAL_VISIBILITY__BILATERAL_VISIBILITY_##name

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__ArrangementFacts facts;
static Pidc__V1__Member member;
static Pidc__V1__BilateralNotice notice, asked;
static Pidc__V1__Partner partner;
static Pidc__V1__Event event;
static uint8_t digest[SHA256_LEN] = {1};

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__arrangement_facts__init(&facts);
	pidc__v1__member__init(&member);
	pidc__v1__bilateral_notice__init(&notice);
	pidc__v1__bilateral_notice__init(&asked);
	pidc__v1__partner__init(&partner);
	member.org = notice.member_org = story_text(&s, "tv");
	member.state = MEMBER(ACTIVE);
	member.version = notice.version = 3;
	notice.bilateral_id = story_id(&s, "notice");
	notice.state = PIDC__V1__BILATERAL_STATE__BILATERAL_STATE_FILED;
	notice.visibility = VISIBLE(MEMBERS);
	asked.counterparty = story_text(&s, "Example Republic");
	asked.title = story_text(&s, "Joint patrols");
	asked.visibility = VISIBLE(OWN);
	partner.org = story_text(&s, "iom");
	partner.state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED;
	facts.member = &member;
	facts.notice = &notice;
	facts.partner = &partner;
	facts.audience = story_list(&s, &facts.n_audience, "fj", "sec", "tv", NULL);
	in = (struct rule_input){
		.actor = story_actor(&s, "tv", ORG(MEMBER), ROLE(MEMBER_HEAD), CAPACITY(MEMBER)),
		.facts = &facts.base,
		.now_us = STORY_NOW,
		.new_id = story_id(&s, "new"),
		.origin = "test",
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

static void INT_2_an_instrument_follows_another(void **state)
{
	Pidc__V1__RecordInstrumentRequest request = PIDC__V1__RECORD_INSTRUMENT_REQUEST__INIT;
	Pidc__V1__MembershipInstrument instrument = PIDC__V1__MEMBERSHIP_INSTRUMENT__INIT;

	(void)state;
	in.request = &request.base;
	story_expect_refused(&in, rule_record_instrument, REASON(E_FIELD), "instrument");
	request.instrument = &instrument;
	story_expect_refused(&in, rule_record_instrument, REASON(E_FIELD), "instrument.title");
	instrument.title = story_text(&s, "Charter of 2026");
	story_expect_refused(&in, rule_record_instrument, REASON(E_FIELD), "instrument.signed_on");
	instrument.signed_on = story_time(&s, STORY_NOW + STORY_DAY);
	story_expect_refused(&in, rule_record_instrument, REASON(E_FUTURE_DATE),
			     "instrument.signed_on");
	instrument.signed_on = story_time(&s, STORY_NOW - STORY_DAY);
	story_expect_refused(&in, rule_record_instrument, REASON(E_FIELD),
			     "instrument.document_digest");
	instrument.document_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	story_expect_event(&in, rule_record_instrument, &event,
			   BODY(MEMBERSHIP_INSTRUMENT_RECORDED));
	assert_int_equal(event.entity_version, 4);
	/* INT-2.b: who has left signs nothing more; admission is the Board's. */
	member.state = MEMBER(LEFT);
	story_expect_refused(&in, rule_record_instrument, REASON(E_NOT_MEMBER_STATE), "");
	facts.member = NULL;
	story_expect_refused(&in, rule_record_instrument, REASON(E_NOT_MEMBER_STATE), "");
}

static void INT_2_a_membership_ends_once(void **state)
{
	Pidc__V1__EndMembershipRequest request = PIDC__V1__END_MEMBERSHIP_REQUEST__INIT;

	(void)state;
	in.request = &request.base;
	story_expect_refused(&in, rule_end_membership, REASON(E_VERSION), "expected_version");
	request.expected_version = 3;
	story_expect_refused(&in, rule_end_membership, REASON(E_FIELD), "reason");
	request.reason = story_text(&s, "our parliament decided so");
	story_expect_event(&in, rule_end_membership, &event, BODY(MEMBERSHIP_ENDED));
	assert_string_equal(event.membership_ended->org, "tv");
	member.state = MEMBER(LEFT);
	story_expect_refused(&in, rule_end_membership, REASON(E_NOT_MEMBER_STATE), "");
}

/* Who reads the entry is who the member lets. */
static void a_notice_is_seen_by_whom_it_says(void **state)
{
	Pidc__V1__FileBilateralRequest request = PIDC__V1__FILE_BILATERAL_REQUEST__INIT;

	(void)state;
	in.request = &request.base;
	story_expect_refused(&in, rule_file_bilateral, REASON(E_FIELD), "notice");
	request.notice = &asked;
	story_expect_event(&in, rule_file_bilateral, &event, BODY(BILATERAL_FILED));
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.bilateral_filed->notice->member_org, "tv");
	asked.visibility = VISIBLE(MEMBERS);
	story_expect_event(&in, rule_file_bilateral, &event, BODY(BILATERAL_FILED));
	assert_int_equal(event.n_concerns, 3);
	asked.visibility = VISIBLE(COMMUNITY);
	story_expect_event(&in, rule_file_bilateral, &event, BODY(BILATERAL_FILED));
	assert_int_equal(event.n_concerns, 0);
	asked.visibility = 0;
	story_expect_refused(&in, rule_file_bilateral, REASON(E_FIELD), "notice.visibility");
	asked.title = story_text(&s, "x");
	story_expect_refused(&in, rule_file_bilateral, REASON(E_FIELD), "notice.title");
	asked.counterparty = story_text(&s, "");
	story_expect_refused(&in, rule_file_bilateral, REASON(E_FIELD), "notice.counterparty");
}

static void EXI_1a_only_the_member_touches_it(void **state)
{
	Pidc__V1__FileBilateralRequest file = PIDC__V1__FILE_BILATERAL_REQUEST__INIT;
	Pidc__V1__WithdrawBilateralRequest request = PIDC__V1__WITHDRAW_BILATERAL_REQUEST__INIT;

	(void)state;
	file.notice = &asked;
	request.expected_version = 3;
	for (int i = 0; i < 3; i++) {
		static const Pidc__V1__Role roles[] = {ROLE(SEC_HOS), ROLE(BOARD_CHAIR),
						       ROLE(ARC_CHAIR)};

		in.actor = story_actor(&s, i == 0 ? "sec" : "fj",
				       i == 0 ? ORG(SECRETARIAT) : ORG(MEMBER), roles[i],
				       CAPACITY(SECRETARIAT));
		in.request = &request.base;
		story_expect_refused(&in, rule_withdraw_bilateral, REASON(E_OWNER_ONLY), "");
		in.request = &file.base;
		story_expect_refused(&in, rule_file_bilateral,
				     i == 0 ? REASON(E_OWNER_ONLY) : REASON(E_ROLE), "");
	}
}

static void a_notice_is_withdrawn_once(void **state)
{
	Pidc__V1__WithdrawBilateralRequest request = PIDC__V1__WITHDRAW_BILATERAL_REQUEST__INIT;

	(void)state;
	in.request = &request.base;
	story_expect_refused(&in, rule_withdraw_bilateral, REASON(E_VERSION), "expected_version");
	request.expected_version = 3;
	story_expect_event(&in, rule_withdraw_bilateral, &event, BODY(BILATERAL_WITHDRAWN));
	notice.state = PIDC__V1__BILATERAL_STATE__BILATERAL_STATE_WITHDRAWN;
	story_expect_refused(&in, rule_withdraw_bilateral, REASON(E_STATE), "bilateral_id");
	facts.notice = NULL;
	story_expect_refused(&in, rule_withdraw_bilateral, REASON(E_NOT_FOUND), "bilateral_id");
}

static void EXI_0d_a_plan_is_for_an_existing_partner(void **state)
{
	Pidc__V1__SetIntegrationPlanRequest request = PIDC__V1__SET_INTEGRATION_PLAN_REQUEST__INIT;
	Pidc__V1__IntegrationPlan plan = PIDC__V1__INTEGRATION_PLAN__INIT;
	int64_t due = 0, wanted = 0;

	(void)state;
	in.request = &request.base;
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_NOT_FOUND), "plan.org");
	request.plan = &plan;
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_FIELD), "plan.steps");
	plan.steps = story_list(&s, &plan.n_steps, "review of alignment", "new agreement", NULL);
	/* Twelve months after the policy came into force. */
	assert_int_equal(time_parse("2026-02-28T00:00:00Z", &due, NULL), 0);
	facts.policy_since = story_time(&s, due);
	story_expect_event(&in, rule_set_integration_plan, &event, BODY(INTEGRATION_PLAN_SET));
	assert_int_equal(time_parse("2027-02-28T00:00:00Z", &wanted, NULL), 0);
	assert_true(time_from_proto(event.integration_plan_set->plan->due, &due));
	assert_int_equal(due, wanted);
	plan.due = story_time(&s, STORY_NOW);
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_BACKDATED), "plan.due");
	plan.n_steps = 33;
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_FIELD), "plan.steps");
	request.expected_version = 1;
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_VERSION), "expected_version");
	partner.state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE;
	story_expect_refused(&in, rule_set_integration_plan, REASON(E_STATE), "plan.org");
}

/* OBJ-1.a, EXI-2.c */
static void OBJ_1a_existing_partners_come_before_the_policy(void **state)
{
	Pidc__V1__RecordLegacyRequest request = PIDC__V1__RECORD_LEGACY_REQUEST__INIT;
	Pidc__Store__V1__PartnerFacts legacy = PIDC__STORE__V1__PARTNER_FACTS__INIT;
	Pidc__V1__LegacyInstrument instrument = PIDC__V1__LEGACY_INSTRUMENT__INIT;

	(void)state;
	in.request = &request.base;
	in.facts = &legacy.base;
	in.actor = story_actor(&s, "sec", ORG(SECRETARIAT), ROLE(SEC_HOS), CAPACITY(SECRETARIAT));
	request.partner = &partner;
	partner.name = story_text(&s, "International Organisation for Migration");
	partner.instrument = &instrument;
	instrument.title = story_text(&s, "Exchange of letters");
	instrument.signed_on = story_time(&s, STORY_NOW - 9 * STORY_DAY);
	legacy.class_known = 1;
	story_expect_event(&in, rule_record_legacy, &event, BODY(PARTNER_RECOGNISED));
	legacy.policy_since = story_time(&s, STORY_NOW - 8 * STORY_DAY);
	story_expect_refused(&in, rule_record_legacy, REASON(E_STATE),
			     "partner.instrument.signed_on");
	in.is_bootstrap = true;
	story_expect_event(&in, rule_record_legacy, &event, BODY(PARTNER_RECOGNISED));
	instrument.signed_on = story_time(&s, STORY_NOW - 8 * STORY_DAY);
	story_expect_refused(&in, rule_record_legacy, REASON(E_STATE),
			     "partner.instrument.signed_on");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(INT_2_an_instrument_follows_another),
		TEST(INT_2_a_membership_ends_once),
		TEST(a_notice_is_seen_by_whom_it_says),
		TEST(EXI_1a_only_the_member_touches_it),
		TEST(a_notice_is_withdrawn_once),
		TEST(OBJ_1a_existing_partners_come_before_the_policy),
		TEST(EXI_0d_a_plan_is_for_an_existing_partner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
