/* SPDX-License-Identifier: ISC
 *
 * Partners that were there before the register, with their agreements (EXI-2).
 *
 * CTest labels: foundation
 */
#include "pidc/v1/member.pb-c.h"
#include "pidc/v1/partner.pb-c.h"
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

static Pidc__V1__RecordLegacyRequest legacy;
static Pidc__V1__Partner partner;
static Pidc__V1__LegacyInstrument instrument;
static Pidc__V1__DataScope scope;
static Pidc__V1__Action actions[7];
static Pidc__Store__V1__PartnerFacts partner_facts;

static void partner_set(void)
{
	pidc__v1__record_legacy_request__init(&legacy);
	pidc__v1__partner__init(&partner);
	pidc__v1__legacy_instrument__init(&instrument);
	pidc__v1__data_scope__init(&scope);
	pidc__store__v1__partner_facts__init(&partner_facts);
	partner.org = story_text(&s, "iom");
	partner.name = story_text(&s, "International Organisation for Migration");
	partner.aliases = story_list(&s, &partner.n_aliases, "IOM", NULL);
	partner.partner_class = story_text(&s, "INTERNATIONAL_BODY");
	partner.is_observer = 1;
	instrument.title = story_text(&s, "Exchange of letters");
	scope.purposes = story_list(&s, &scope.n_purposes, "ME", NULL);
	actions[0] = PIDC__V1__ACTION__ACTION_READ;
	scope.actions = actions;
	scope.n_actions = 1;
	scope.granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	scope.classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	instrument.scope = &scope;
	partner.instrument = &instrument;
	legacy.partner = &partner;
	partner_facts.class_known = 1;
	partner_facts.known_purposes = story_list(&s, &partner_facts.n_known_purposes, "ME", NULL);
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	partner_set();
	in = (struct rule_input){.actor = story_actor(&s, "sec", ORG(SECRETARIAT),
						      PIDC__V1__ROLE__ROLE_SEC_HOS,
						      PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT),
				 .request = &legacy.base,
				 .facts = &partner_facts.base,
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

static void admit_member(const char *org, Pidc__V1__Event *ret)
{
	static const Pidc__Store__V1__MemberFacts facts = PIDC__STORE__V1__MEMBER_FACTS__INIT;
	static Pidc__V1__AdmitMemberRequest admit = PIDC__V1__ADMIT_MEMBER_REQUEST__INIT;
	static Pidc__V1__Member member = PIDC__V1__MEMBER__INIT;
	static Pidc__V1__MembershipInstrument membership = PIDC__V1__MEMBERSHIP_INSTRUMENT__INIT;

	member.org = story_text(&s, org);
	member.name = story_text(&s, "Solomon Islands");
	member.alpha3 = story_text(&s, "SLB");
	member.numeric = story_text(&s, "090");
	member.region = PIDC__V1__REGION__REGION_MELANESIA;
	membership.title = story_text(&s, "Instrument of membership");
	membership.signed_on = story_time(&s, STORY_NOW - STORY_DAY);
	member.instrument = &membership;
	admit.member = &member;
	in.is_bootstrap = true;
	in.request = &admit.base;
	in.facts = &facts.base;
	story_expect_event(&in, rule_admit_member, ret, PIDC__V1__EVENT__BODY_MEMBER_ADMITTED);
}

static void EXI_2_partner_is_recognised(void **state)
{
	const Pidc__V1__Partner *made;
	Pidc__V1__Event event, other;

	(void)state;
	in.is_bootstrap = false;
	story_expect_event(&in, rule_record_legacy, &event,
			   PIDC__V1__EVENT__BODY_PARTNER_RECOGNISED);
	made = event.partner_recognised->partner;
	assert_int_equal(made->state, PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED);
	assert_string_equal(made->instrument->instrument_id, NEW_ID);
	assert_string_equal(made->org_id, event.entity_id);
	assert_int_equal(made->version, 1);
	assert_int_equal(event.n_concerns, 0);
	/* The same organisation gets the same id, member or partner. */
	partner.org = story_text(&s, "sb");
	story_expect_event(&in, rule_record_legacy, &event,
			   PIDC__V1__EVENT__BODY_PARTNER_RECOGNISED);
	admit_member("sb", &other);
	assert_string_equal(other.entity_id, event.entity_id);
}

static void partner_without_scope_opens_nothing(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	instrument.scope = NULL;
	story_expect_event(&in, rule_record_legacy, &event,
			   PIDC__V1__EVENT__BODY_PARTNER_RECOGNISED);
	assert_null(event.partner_recognised->partner->instrument->scope);
}

static void partner_is_recorded_by_the_head_of_secretariat(void **state)
{
	(void)state;
	in.is_bootstrap = false;
	in.actor = story_actor(&s, "sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_OFFICER, 0);
	story_expect_refused(&in, rule_record_legacy, REASON(E_ROLE), "");
}

static void partner_refusals(void **state)
{
	(void)state;
	partner_facts.exists = 1;
	story_expect_refused(&in, rule_record_legacy, REASON(E_EXISTS), "partner.org");
	partner_facts.exists = 0;
	partner.org = story_text(&s, "IOM");
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.org");
	partner.org = story_text(&s, "iom");
	partner_facts.class_known = 0;
	story_expect_refused(&in, rule_record_legacy, REASON(E_UNKNOWN_CODE),
			     "partner.partner_class");
	partner_facts.class_known = 1;
	partner.name = story_text(&s, " ");
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.name");
	partner.name = story_text(&s, "IOM");
	partner.represented_by = story_text(&s, "\x7f");
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.represented_by");
	partner.represented_by = story_text(&s, "");
	partner.instrument = NULL;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.instrument");
	legacy.partner = NULL;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner");
}

static void instrument_refusals(void **state)
{
	(void)state;
	instrument.signed_on = story_time(&s, STORY_NOW + 1);
	story_expect_refused(&in, rule_record_legacy, REASON(E_FUTURE_DATE),
			     "partner.instrument.signed_on");
	instrument.signed_on = story_time(&s, STORY_NOW);
	instrument.title = story_text(&s, "");
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.instrument.title");
	instrument.title = story_text(&s, "Letters");
	instrument.document_digest = (ProtobufCBinaryData){1, digest};
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.document_digest");
	instrument.document_digest.len = 0;
	instrument.term = story_range(&s, STORY_NOW, STORY_NOW);
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.instrument.term");
	instrument.term->from->nanos = 1;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD), "partner.instrument.term");
}

static void scope_refusals(void **state)
{
	(void)state;
	scope.purposes = story_list(&s, &scope.n_purposes, "ME", "NO_SUCH", NULL);
	story_expect_refused(&in, rule_record_legacy, REASON(E_UNKNOWN_CODE),
			     "partner.instrument.scope.purposes");
	scope.n_purposes = 65;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.scope.purposes");
	scope.n_purposes = 1;
	actions[0] = (Pidc__V1__Action)9;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.scope.actions");
	scope.n_actions = 7;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.scope.actions");
	scope.n_actions = 0;
	scope.granularity_ceiling = 0;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.scope.granularity_ceiling");
	scope.granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	scope.classification_ceiling = (Pidc__V1__Classification)6;
	story_expect_refused(&in, rule_record_legacy, REASON(E_FIELD),
			     "partner.instrument.scope.classification_ceiling");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EXI_2_partner_is_recognised),
		TEST(partner_without_scope_opens_nothing),
		TEST(partner_is_recorded_by_the_head_of_secretariat),
		TEST(partner_refusals),
		TEST(instrument_refusals),
		TEST(scope_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
