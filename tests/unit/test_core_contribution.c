/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define STATUS(name) PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_##name

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__ContributionFacts facts;
static Pidc__V1__Contribution contribution;
static Pidc__V1__Erasure erasure;
static Pidc__V1__WithdrawContributionRequest withdraw;
static Pidc__V1__HoldContributionRequest hold;
static Pidc__V1__ReleaseHoldRequest unhold;
static Pidc__V1__RequestErasureRequest ask;
static Pidc__V1__EraseContributionRequest erase;

static void requests_set(void)
{
	pidc__v1__withdraw_contribution_request__init(&withdraw);
	pidc__v1__hold_contribution_request__init(&hold);
	pidc__v1__release_hold_request__init(&unhold);
	pidc__v1__request_erasure_request__init(&ask);
	pidc__v1__erase_contribution_request__init(&erase);
	withdraw.contribution_id = hold.contribution_id = unhold.contribution_id =
		ask.contribution_id = erase.contribution_id = contribution.contribution_id;
	withdraw.reason = hold.reason = unhold.reason = story_text(&s, "counted twice");
	ask.legal_ground = story_text(&s, "Privacy Act, section 7");
	unhold.expected_version = ask.expected_version = 4;
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__contribution_facts__init(&facts);
	pidc__v1__contribution__init(&contribution);
	pidc__v1__erasure__init(&erasure);
	contribution.contribution_id = story_id(&s, "k");
	contribution.owner_org = story_text(&s, "tv");
	contribution.status = STATUS(ACCEPTED);
	contribution.version = 4;
	facts.contribution = &contribution;
	erasure.contribution_id = contribution.contribution_id;
	erasure.owner_org = contribution.owner_org;
	erasure.legal_ground = story_text(&s, "Privacy Act, section 7");
	requests_set();
	in = data_input(&s, &withdraw.base, &facts.base);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void act_as(const char *org, Pidc__V1__OrganisationKind kind, Pidc__V1__Role role)
{
	in.actor = story_actor(&s, org, kind, role, PIDC__V1__CAPACITY__CAPACITY_MEMBER);
}

/* Every verb from every status: what is not in the table is E_STATE. */
static void every_move_that_is_not_there_is_refused(void **state)
{
	static const struct verb {
		rule_fn *rule;
		const ProtobufCMessage *request;
		Pidc__V1__Event__BodyCase body;
		unsigned from; /* statuses, as bits */
	} verbs[] = {
		{rule_withdraw_contribution, &withdraw.base,
		 PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED,
		 1U << STATUS(ACCEPTED) | 1U << STATUS(HELD)},
		{rule_hold_contribution, &hold.base,
		 PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED, 1U << STATUS(ACCEPTED)},
		{rule_release_hold, &unhold.base, PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED,
		 1U << STATUS(HELD)},
		{rule_request_erasure, &ask.base, PIDC__V1__EVENT__BODY_ERASURE_REQUESTED,
		 1U << STATUS(ACCEPTED) | 1U << STATUS(WITHDRAWN) | 1U << STATUS(REPLACED)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		for (int status = 0; status <= STATUS(REPLACED) + 1; status++) {
			Pidc__V1__Event event;

			contribution.status = (Pidc__V1__ContributionStatus)status;
			in.request = verbs[i].request;
			if (verbs[i].from >> status & 1)
				story_expect_event(&in, verbs[i].rule, &event, verbs[i].body);
			else
				story_expect_refused(&in, verbs[i].rule, REASON(E_STATE),
						     "contribution_id");
		}
	}
}

static void expect_status(rule_fn *rule, const ProtobufCMessage *request,
			  Pidc__V1__ContributionStatus to)
{
	Pidc__V1__Event event;

	in.request = request;
	story_expect_event(&in, rule, &event, PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED);
	assert_int_equal(event.contribution_status_changed->status, to);
	assert_string_equal(event.contribution_status_changed->contribution_id,
			    contribution.contribution_id);
	assert_string_equal(event.entity_id, contribution.contribution_id);
	assert_int_equal(event.entity_version, 5);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
}

static void status_moves(void **state)
{
	(void)state;
	expect_status(rule_withdraw_contribution, &withdraw.base, STATUS(WITHDRAWN));
	expect_status(rule_hold_contribution, &hold.base, STATUS(HELD));
	contribution.status = STATUS(HELD);
	expect_status(rule_release_hold, &unhold.base, STATUS(ACCEPTED));
	expect_status(rule_withdraw_contribution, &withdraw.base, STATUS(WITHDRAWN));
}

/* What protects needs no version; what opens does. */
static void versions(void **state)
{
	(void)state;
	withdraw.expected_version = 3;
	story_expect_refused(&in, rule_withdraw_contribution, REASON(E_VERSION),
			     "expected_version");
	in.request = &hold.base;
	hold.expected_version = 5;
	story_expect_refused(&in, rule_hold_contribution, REASON(E_VERSION), "expected_version");
	contribution.status = STATUS(HELD);
	in.request = &unhold.base;
	unhold.expected_version = 0;
	story_expect_refused(&in, rule_release_hold, REASON(E_VERSION), "expected_version");
	contribution.status = STATUS(ACCEPTED);
	in.request = &ask.base;
	ask.expected_version = 0;
	story_expect_refused(&in, rule_request_erasure, REASON(E_VERSION), "expected_version");
}

static void a_reason_is_given(void **state)
{
	(void)state;
	withdraw.reason = story_text(&s, "");
	story_expect_refused(&in, rule_withdraw_contribution, REASON(E_FIELD), "reason");
	withdraw.reason = story_text(&s, "a\x1b[1mb");
	story_expect_refused(&in, rule_withdraw_contribution, REASON(E_FIELD), "reason");
	in.request = &ask.base;
	ask.legal_ground = story_text(&s, "no");
	story_expect_refused(&in, rule_request_erasure, REASON(E_FIELD), "legal_ground");
}

static void L8_others_contributions_do_not_exist(void **state)
{
	static rule_fn *const rules[] = {rule_withdraw_contribution, rule_hold_contribution,
					 rule_release_hold, rule_request_erasure};
	const ProtobufCMessage *const requests[] = {&withdraw.base, &hold.base, &unhold.base,
						    &ask.base};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		in.request = requests[i];
		act_as("fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_HEAD);
		facts.contribution = &contribution;
		story_expect_refused(&in, rules[i], REASON(E_NOT_FOUND), "contribution_id");
		facts.contribution = NULL;
		story_expect_refused(&in, rules[i], REASON(E_NOT_FOUND), "contribution_id");
		/* PRI-9a: the custodian learns nothing either. */
		act_as("sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_HOS);
		story_expect_refused(&in, rules[i], REASON(E_OWNER_ONLY), "");
		facts.contribution = &contribution;
		story_expect_refused(&in, rules[i], REASON(E_OWNER_ONLY), "");
	}
	act_as("tv", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_HEAD);
	in.request = &withdraw.base;
	withdraw.contribution_id = story_id(&s, "another");
	story_expect_refused(&in, rule_withdraw_contribution, REASON(E_NOT_FOUND),
			     "contribution_id");
}

static void erasure_is_asked_for_once(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	in.request = &ask.base;
	story_expect_event(&in, rule_request_erasure, &event,
			   PIDC__V1__EVENT__BODY_ERASURE_REQUESTED);
	assert_string_equal(event.erasure_requested->owner_org, "tv");
	assert_string_equal(event.erasure_requested->legal_ground, "Privacy Act, section 7");
	assert_int_equal(event.entity_version, 5);
	facts.erasure = &erasure;
	story_expect_refused(&in, rule_request_erasure, REASON(E_EXISTS), "contribution_id");
}

static void SYS_8_only_what_its_owner_asked_for_is_erased(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	in.request = &erase.base;
	act_as("fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_ARC_MEMBER);
	story_expect_refused(&in, rule_erase_contribution, REASON(E_OWNER_ONLY), "contribution_id");
	facts.contribution = NULL; /* nor is it told whether there is one */
	story_expect_refused(&in, rule_erase_contribution, REASON(E_OWNER_ONLY), "contribution_id");
	facts.contribution = &contribution;
	facts.erasure = &erasure;
	erasure.owner_org = story_text(&s, "to");
	story_expect_refused(&in, rule_erase_contribution, REASON(E_OWNER_ONLY), "contribution_id");
	erasure.owner_org = contribution.owner_org;
	erase.contribution_id = story_id(&s, "another");
	story_expect_refused(&in, rule_erase_contribution, REASON(E_OWNER_ONLY), "contribution_id");
	erase.contribution_id = contribution.contribution_id;
	story_expect_event(&in, rule_erase_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_ERASED);
	assert_string_equal(event.entity_id, contribution.contribution_id);
	assert_string_equal(event.contribution_erased->legal_ground, "Privacy Act, section 7");
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
}

static void erasing_takes_another_organisation_and_no_hold(void **state)
{
	(void)state;
	in.request = &erase.base;
	facts.erasure = &erasure;
	act_as("tv", ORG(MEMBER), PIDC__V1__ROLE__ROLE_ARC_CHAIR);
	story_expect_refused(&in, rule_erase_contribution, REASON(E_SOD), "contribution_id");
	act_as("fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_ARC_CHAIR);
	contribution.status = STATUS(HELD);
	story_expect_refused(&in, rule_erase_contribution, REASON(E_STATE), "contribution_id");
	contribution.status = STATUS(ERASED);
	story_expect_refused(&in, rule_erase_contribution, REASON(E_STATE), "contribution_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_move_that_is_not_there_is_refused),
		TEST(status_moves),
		TEST(versions),
		TEST(a_reason_is_given),
		TEST(L8_others_contributions_do_not_exist),
		TEST(erasure_is_asked_for_once),
		TEST(SYS_8_only_what_its_owner_asked_for_is_erased),
		TEST(erasing_takes_another_organisation_and_no_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
