/* SPDX-License-Identifier: ISC
 *
 * Members and code lists.
 *
 * CTest labels: foundation
 */
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

#define NEW_ID "00000000-0000-4000-8000-000000000001"

static struct story s;
static struct rule_input in;
static uint8_t digest[32];

static Pidc__V1__AdmitMemberRequest admit;
static Pidc__V1__Member member;
static Pidc__V1__MembershipInstrument membership;
static Pidc__Store__V1__MemberFacts member_facts;

static void member_set(void)
{
	pidc__v1__admit_member_request__init(&admit);
	pidc__v1__member__init(&member);
	pidc__v1__membership_instrument__init(&membership);
	pidc__store__v1__member_facts__init(&member_facts);
	member.org = story_text(&s, "sb");
	member.name = story_text(&s, "Solomon Islands");
	member.alpha3 = story_text(&s, "SLB");
	member.numeric = story_text(&s, "090");
	member.region = PIDC__V1__REGION__REGION_MELANESIA;
	membership.title = story_text(&s, "Instrument of membership");
	membership.signed_on = story_time(&s, STORY_NOW - STORY_DAY);
	member.instrument = &membership;
	admit.member = &member;
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	member_set();
	in = (struct rule_input){.actor = story_actor(&s, "sec", ORG(SECRETARIAT),
						      PIDC__V1__ROLE__ROLE_SEC_HOS,
						      PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT),
				 .request = &admit.base,
				 .facts = &member_facts.base,
				 .now_us = STORY_NOW,
				 .new_id = NEW_ID,
				 .origin = "pidc.example/ledger1",
				 .is_bootstrap = true,
				 .arena = s.arena};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void member_is_admitted(void **state)
{
	const Pidc__V1__Member *made;
	Pidc__V1__Event event;

	(void)state;
	/* What the register sets is set, whatever the request says. */
	member.state = PIDC__V1__MEMBER_STATE__MEMBER_STATE_LEFT;
	member.version = 77;
	member.index = 78;
	member.org_id = story_text(&s, "mine");
	story_expect_event(&in, rule_admit_member, &event, PIDC__V1__EVENT__BODY_MEMBER_ADMITTED);
	made = event.member_admitted->member;
	assert_int_equal(made->state, PIDC__V1__MEMBER_STATE__MEMBER_STATE_ACTIVE);
	assert_int_equal(made->version, 1);
	assert_int_equal(made->index, 0);
	assert_string_equal(made->org_id, event.entity_id);
	assert_string_equal(made->numeric, "090"); /* not 90 */
	assert_int_equal(event.n_concerns, 0);
	assert_int_equal(event.entity_version, 1);
}

static void PRI_1c_admission_is_the_boards(void **state)
{
	(void)state;
	in.is_bootstrap = false;
	story_expect_refused(&in, rule_admit_member, REASON(E_PREREQ_BOARD), "");
}

static void PRI_1c_a_only_the_regions_of_the_pacific(void **state)
{
	(void)state;
	member.region = 0;
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.region");
	member.region = (Pidc__V1__Region)6;
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.region");
}

static void member_codes(void **state)
{
	static const struct {
		const char *org, *alpha3, *numeric, *field;
	} cases[] = {
		{"SB", "SLB", "090", "member.org"},      {"sbx", "SLB", "090", "member.org"},
		{"s", "SLB", "090", "member.org"},       {"", "SLB", "090", "member.org"},
		{"sb", "slb", "090", "member.alpha3"},   {"sb", "SL", "090", "member.alpha3"},
		{"sb", "SLBX", "090", "member.alpha3"},  {"sb", "SLB", "90", "member.numeric"},
		{"sb", "SLB", "0900", "member.numeric"}, {"sb", "SLB", "09a", "member.numeric"},
		{"sb", "SLB", "", "member.numeric"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		member.org = story_text(&s, cases[i].org);
		member.alpha3 = story_text(&s, cases[i].alpha3);
		member.numeric = story_text(&s, cases[i].numeric);
		story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), cases[i].field);
	}
}

static void INT_2_a_member_has_an_instrument(void **state)
{
	(void)state;
	member.instrument = NULL;
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.instrument");
	member.instrument = &membership;
	membership.title = story_text(&s, "");
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.instrument.title");
	membership.title = story_text(&s, "Instrument");
	membership.signed_on = story_time(&s, STORY_NOW + 1);
	story_expect_refused(&in, rule_admit_member, REASON(E_FUTURE_DATE),
			     "member.instrument.signed_on");
	membership.signed_on = NULL;
	membership.document_digest = (ProtobufCBinaryData){31, digest};
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD),
			     "member.instrument.document_digest");
	membership.document_digest.len = 32;
	{
		Pidc__V1__Event event;

		story_expect_event(&in, rule_admit_member, &event,
				   PIDC__V1__EVENT__BODY_MEMBER_ADMITTED);
	}
}

static void member_refusals(void **state)
{
	(void)state;
	member_facts.exists = 1; /* as member or as anything else (PRI-1c.b) */
	story_expect_refused(&in, rule_admit_member, REASON(E_EXISTS), "member.org");
	member.name = story_text(&s, "");
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.name");
	member.name = story_text(&s, "Solomon Islands");
	member.aliases = story_list(&s, &member.n_aliases, "", NULL);
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.aliases");
	member.n_aliases = 17;
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member.aliases");
	admit.member = NULL;
	story_expect_refused(&in, rule_admit_member, REASON(E_FIELD), "member");
}

static void code_lists_grow_by_resolution(void **state)
{
	Pidc__V1__AddCodeRequest request = PIDC__V1__ADD_CODE_REQUEST__INIT;
	Pidc__Store__V1__CodeFacts facts = PIDC__STORE__V1__CODE_FACTS__INIT;
	Pidc__V1__CodeEntry entry = PIDC__V1__CODE_ENTRY__INIT;
	Pidc__V1__Event event;

	(void)state;
	in.request = &request.base;
	in.facts = &facts.base;
	entry.list = story_text(&s, "purpose");
	entry.code = story_text(&s, "ME_FIELD");
	entry.parent = story_text(&s, "ME");
	entry.title_en = story_text(&s, "Monitoring in the field");
	entry.title_fr = story_text(&s, "Suivi sur le terrain");
	request.entry = &entry;
	facts.parent_exists = 1;
	story_expect_event(&in, rule_add_code, &event, PIDC__V1__EVENT__BODY_CODE_ADDED);
	assert_string_equal(event.code_added->entry->code, "ME_FIELD");
	in.is_bootstrap = false; /* PRO-1c.a */
	story_expect_refused(&in, rule_add_code, REASON(E_PREREQ_BOARD), "");
	in.is_bootstrap = true;
	facts.parent_exists = 0;
	story_expect_refused(&in, rule_add_code, REASON(E_UNKNOWN_CODE), "entry.parent");
	facts.exists = 1;
	story_expect_refused(&in, rule_add_code, REASON(E_EXISTS), "entry.code");
	entry.title_fr = story_text(&s, "");
	story_expect_refused(&in, rule_add_code, REASON(E_FIELD), "entry.title_fr");
	entry.title_en = story_text(&s, "");
	story_expect_refused(&in, rule_add_code, REASON(E_FIELD), "entry.title_en");
	entry.code = story_text(&s, "me");
	story_expect_refused(&in, rule_add_code, REASON(E_FIELD), "entry.code");
	entry.list = story_text(&s, "colours");
	story_expect_refused(&in, rule_add_code, REASON(E_FIELD), "entry.list");
	request.entry = NULL;
	story_expect_refused(&in, rule_add_code, REASON(E_FIELD), "entry");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(member_is_admitted),
		TEST(PRI_1c_admission_is_the_boards),
		TEST(PRI_1c_a_only_the_regions_of_the_pacific),
		TEST(member_codes),
		TEST(INT_2_a_member_has_an_instrument),
		TEST(member_refusals),
		TEST(code_lists_grow_by_resolution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
