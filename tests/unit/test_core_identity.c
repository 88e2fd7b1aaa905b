/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "pidc/v1/identity.pb-c.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define ROLE(name)   PIDC__V1__ROLE__ROLE_##name

#define TV_HEAD "spiffe://pidc.test/member/tv/head/h1"
#define TV_USER "spiffe://pidc.test/member/tv/officer/o1"

static struct story s;
static Pidc__Store__V1__PrincipalFacts facts;
static Pidc__V1__Principal principal;
static Pidc__V1__Role principal_role, asked_role;
static uint8_t spki[32];
static struct rule_input in;

static Pidc__V1__RegisterPrincipalRequest reg;
static Pidc__V1__BindCertificateRequest bind_request;
static Pidc__V1__RevokeCertificateRequest unbind_request;
static Pidc__V1__GrantRoleRequest grant;
static Pidc__V1__RevokeRoleRequest revoke;

static void actor_is(const char *org, Pidc__V1__OrganisationKind kind, Pidc__V1__Role role)
{
	in.actor = story_actor(&s, org, kind, role, PIDC__V1__CAPACITY__CAPACITY_MEMBER);
}

static void org_is(const char *org, Pidc__V1__OrganisationKind kind)
{
	facts.org = story_org(&s, org, kind, 1);
}

static void requests_set(void)
{
	pidc__v1__register_principal_request__init(&reg);
	reg.principal_id = story_text(&s, TV_USER);
	reg.org = story_text(&s, "tv");
	reg.title = story_text(&s, "Officer of Tuvalu");
	asked_role = ROLE(MEMBER_OFFICER);
	reg.roles = &asked_role;
	reg.n_roles = 1;
	reg.spki_sha256 = (ProtobufCBinaryData){32, spki};
	reg.not_after = story_time(&s, STORY_NOW + STORY_DAY);
	pidc__v1__bind_certificate_request__init(&bind_request);
	bind_request.principal_id = reg.principal_id;
	bind_request.spki_sha256 = reg.spki_sha256;
	bind_request.not_after = reg.not_after;
	pidc__v1__revoke_certificate_request__init(&unbind_request);
	unbind_request.spki_sha256 = reg.spki_sha256;
	unbind_request.reason = story_text(&s, "laptop lost");
	pidc__v1__grant_role_request__init(&grant);
	grant.principal_id = reg.principal_id;
	grant.role = ROLE(MEMBER_AGENT);
	pidc__v1__revoke_role_request__init(&revoke);
	revoke.principal_id = reg.principal_id;
	revoke.role = ROLE(MEMBER_OFFICER);
	revoke.reason = story_text(&s, "left the agency");
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__principal_facts__init(&facts);
	pidc__v1__principal__init(&principal);
	org_is("tv", ORG(MEMBER));
	in = (struct rule_input){.facts = &facts.base,
				 .now_us = STORY_NOW,
				 .new_id = "00000000-0000-4000-8000-000000000001",
				 .origin = "pidc.example/ledger1",
				 .arena = s.arena};
	actor_is("tv", ORG(MEMBER), ROLE(MEMBER_HEAD));
	requests_set();
	in.request = &reg.base;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

/* The principal of the requests exists, with one active key. */
static void principal_exists(void)
{
	principal_role = ROLE(MEMBER_OFFICER);
	principal.principal_id = reg.principal_id;
	principal.org = facts.org->org;
	principal.roles = &principal_role;
	principal.n_roles = 1;
	facts.exists = 1;
	facts.principal = &principal;
}

static void key_is_bound(Pidc__V1__BindingState state)
{
	facts.key_bound = 1;
	facts.key_principal_id = reg.principal_id;
	facts.key_org = facts.org->org;
	facts.key_state = state;
}

static void head_registers_own_people(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	story_expect_event(&in, rule_register_principal, &event,
			   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
	assert_string_equal(event.principal_registered->principal_id, TV_USER);
	assert_int_equal(event.principal_registered->n_roles, 1);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	assert_int_equal(event.entity_version, 1);
}

static void SD_12_who_registers_whom(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	actor_is("fj", ORG(MEMBER), ROLE(MEMBER_HEAD));
	story_expect_refused(&in, rule_register_principal, REASON(E_OWNER_ONLY), "");
	actor_is("sec", ORG(SECRETARIAT), ROLE(SEC_HOS));
	story_expect_refused(&in, rule_register_principal, REASON(E_OWNER_ONLY), "");
	actor_is("tv", ORG(MEMBER), ROLE(MEMBER_OFFICER));
	story_expect_refused(&in, rule_register_principal, REASON(E_ROLE), "");
	/* Partners: the Head of Secretariat. */
	reg.principal_id = story_text(&s, "spiffe://pidc.test/partner/iom/agent/a1");
	reg.org = story_text(&s, "iom");
	asked_role = ROLE(PARTNER_AGENT);
	org_is("iom", ORG(PARTNER));
	actor_is("iom", ORG(PARTNER), ROLE(PARTNER_OFFICER));
	story_expect_refused(&in, rule_register_principal, REASON(E_ROLE), "");
	actor_is("tv", ORG(MEMBER), ROLE(MEMBER_HEAD));
	story_expect_refused(&in, rule_register_principal, REASON(E_OWNER_ONLY), "");
	actor_is("sec", ORG(SECRETARIAT), ROLE(SEC_HOS));
	story_expect_event(&in, rule_register_principal, &event,
			   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
	actor_is("sec", ORG(SECRETARIAT), ROLE(SEC_OFFICER));
	story_expect_refused(&in, rule_register_principal, REASON(E_ROLE), "");
	in.is_bootstrap = true;
	story_expect_event(&in, rule_register_principal, &event,
			   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
}

static void unknown_organisation(void **state)
{
	(void)state;
	facts.org = NULL;
	story_expect_refused(&in, rule_register_principal, REASON(E_NOT_FOUND), "org");
	org_is("fj", ORG(MEMBER)); /* facts of another one */
	story_expect_refused(&in, rule_register_principal, REASON(E_NOT_FOUND), "org");
}

static void T6_spiffe_ids(void **state)
{
	static const char *const bad[] = {
		"",
		"spiffe://pidc.test",
		"spiffe://pidc.test/",
		"spiffe://pidc.test/member",
		"spiffe:///member/tv/x",
		"SPIFFE://pidc.test/member/tv/officer/o1",
		"https://pidc.test/member/tv/officer/o1",
		"spiffe://pidc.test/member/tv/officer/O1",
		"spiffe://Pidc.test/member/tv/officer/o1",
		"spiffe://pidc.test/member/tv/officer/o1/",
		"spiffe://pidc.test/member/tv//o1",
		"spiffe://pidc.test/member/tv/./o1",
		"spiffe://pidc.test/member/tv/../fj",
		"spiffe://pidc.test/member/tv/a/b/c/d",
		"spiffe://pidc.test/member/tv/a%2fb",
		"spiffe://pidc.test/member/tv/a b",
		"spiffe://pidc.test/member/tv", /* nobody in particular */
		"spiffe://pidc.test/member/fj/officer/o1",
		"spiffe://pidc.test/member/tvx/officer/o1",
		"spiffe://pidc.test/partner/tv/officer/o1",
		"spiffe://pidc.test/svc/pidcd/o1",
	};
	char *longest = arena_alloc(s.arena, 257);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		reg.principal_id = story_text(&s, bad[i]);
		story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "principal_id");
	}
	memset(longest, 'a', 256);
	memcpy(longest, "spiffe://pidc.test/member/tv/", 29);
	reg.principal_id = longest;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "principal_id");
	longest[255] = '\0';
	{
		Pidc__V1__Event event;

		story_expect_event(&in, rule_register_principal, &event,
				   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
	}
}

static void paths_of_the_secretariat(void **state)
{
	static const char *const good[] = {"spiffe://p/secretariat/hos/h1",
					   "spiffe://p/audit/auditor/a1",
					   "spiffe://p/svc/operator/o1"};
	Pidc__V1__Event event;

	(void)state;
	org_is("sec", ORG(SECRETARIAT));
	reg.org = story_text(&s, "sec");
	asked_role = ROLE(OPERATOR);
	in.is_bootstrap = true;
	for (size_t i = 0; i < 3; i++) {
		reg.principal_id = story_text(&s, good[i]);
		story_expect_event(&in, rule_register_principal, &event,
				   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
	}
	reg.principal_id = story_text(&s, "spiffe://p/member/sec/x");
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "principal_id");
}

/* Every role with every kind of organisation. */
static void PRI_1b_roles_fit_organisations(void **state)
{
	static const struct {
		Pidc__V1__Role role;
		const char *kinds; /* M, P, S, W, D */
		bool is_seat;
	} roles[] = {
		{ROLE(MEMBER_HEAD), "M", false},
		{ROLE(MEMBER_OFFICER), "M", false},
		{ROLE(MEMBER_CONTACT_POINT), "M", false},
		{ROLE(MEMBER_AGENT), "M", false},
		{ROLE(BOARD_MEMBER), "M", true},
		{ROLE(BOARD_CHAIR), "M", true},
		{ROLE(ARC_MEMBER), "M", true},
		{ROLE(ARC_CHAIR), "M", true},
		{ROLE(SEC_OFFICER), "S", false},
		{ROLE(SEC_HOS), "S", false},
		{ROLE(PARTNER_OFFICER), "P", false},
		{ROLE(PARTNER_AGENT), "P", false},
		{ROLE(PARTNER_SIGNATORY), "P", false},
		{ROLE(OBSERVER_DELEGATE), "P", false},
		{ROLE(MEDIATOR), "D", false},
		{ROLE(AUDITOR), "S", false},
		{ROLE(OPERATOR), "S", false},
		{ROLE(WITNESS), "MW", false},
	};
	static const struct {
		char letter;
		Pidc__V1__OrganisationKind kind;
		const char *path;
	} orgs[] = {
		{'M', ORG(MEMBER), "member/xx"},        {'P', ORG(PARTNER), "partner/xx"},
		{'S', ORG(SECRETARIAT), "secretariat"}, {'W', ORG(WITNESS_ONLY), "witness/xx"},
		{'D', ORG(MEDIATOR), "mediator/xx"},
	};

	(void)state;
	in.is_bootstrap = true;
	reg.org = story_text(&s, "xx");
	assert_int_equal(sizeof(roles) / sizeof(roles[0]), pidc__v1__role__descriptor.n_values - 1);
	for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
		for (size_t o = 0; o < 5; o++) {
			Pidc__V1__Event event;

			org_is("xx", orgs[o].kind);
			asked_role = roles[r].role;
			reg.principal_id = arena_printf(s.arena, "spiffe://p/%s/x/a", orgs[o].path);
			if (strchr(roles[r].kinds, orgs[o].letter) != NULL)
				story_expect_event(&in, rule_register_principal, &event,
						   PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED);
			else
				story_expect_refused(&in, rule_register_principal,
						     roles[r].is_seat ? REASON(E_NOT_MEMBER_STATE)
								      : REASON(E_FIELD),
						     "roles");
		}
	/* An organisation of a kind that is not known. */
	org_is("xx", (Pidc__V1__OrganisationKind)77);
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "principal_id");
}

static void PRI_1b_seats_are_given_by_resolution(void **state)
{
	(void)state;
	asked_role = ROLE(BOARD_MEMBER);
	story_expect_refused(&in, rule_register_principal, REASON(E_PREREQ_BOARD), "roles");
	in.is_bootstrap = true;
	facts.org->is_active = 0;
	story_expect_refused(&in, rule_register_principal, REASON(E_NOT_MEMBER_STATE), "roles");
}

static void role_lists(void **state)
{
	Pidc__V1__Role roles[19];

	(void)state;
	for (size_t i = 0; i < 19; i++)
		roles[i] = ROLE(MEMBER_OFFICER);
	reg.roles = roles;
	reg.n_roles = 2;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "roles");
	reg.n_roles = 19;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "roles");
	reg.n_roles = 0;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "roles");
	reg.n_roles = 1;
	roles[0] = (Pidc__V1__Role)99;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "roles");
	roles[0] = 0;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "roles");
}

static void keys_and_texts(void **state)
{
	(void)state;
	reg.spki_sha256.len = 31;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "spki_sha256");
	reg.spki_sha256.len = 32;
	reg.not_after = NULL;
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "not_after");
	reg.not_after = story_time(&s, STORY_NOW);
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "not_after");
	reg.not_after = story_time(&s, STORY_NOW + 1);
	reg.title = story_text(&s, "");
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "title");
	reg.title = story_text(&s, " \t");
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "title");
	reg.title = story_text(&s, "a\x1b[0m");
	story_expect_refused(&in, rule_register_principal, REASON(E_FIELD), "title");
	reg.title = story_text(&s, "Officer");
	key_is_bound(PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED);
	story_expect_refused(&in, rule_register_principal, REASON(E_EXISTS), "spki_sha256");
	facts.key_bound = 0;
	facts.exists = 1;
	story_expect_refused(&in, rule_register_principal, REASON(E_EXISTS), "principal_id");
}

static void bind_one_more(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	in.request = &bind_request.base;
	principal_exists();
	story_expect_event(&in, rule_bind_certificate, &event,
			   PIDC__V1__EVENT__BODY_CERTIFICATE_BOUND);
	assert_string_equal(event.certificate_bound->principal_id, TV_USER);
	assert_string_equal(event.concerns[0], "tv");
	key_is_bound(PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE); /* to this very one */
	story_expect_refused(&in, rule_bind_certificate, REASON(E_EXISTS), "spki_sha256");
}

static void L8_principals_of_others_do_not_exist(void **state)
{
	(void)state;
	principal_exists();
	actor_is("fj", ORG(MEMBER), ROLE(MEMBER_HEAD));
	in.request = &bind_request.base;
	story_expect_refused(&in, rule_bind_certificate, REASON(E_NOT_FOUND), "principal_id");
	in.request = &grant.base;
	story_expect_refused(&in, rule_grant_role, REASON(E_NOT_FOUND), "principal_id");
	in.request = &revoke.base;
	story_expect_refused(&in, rule_revoke_role, REASON(E_NOT_FOUND), "principal_id");
	facts.exists = 0;
	facts.principal = NULL;
	story_expect_refused(&in, rule_revoke_role, REASON(E_NOT_FOUND), "principal_id");
	/* The Head of Secretariat sees them, and may not touch a member's. */
	principal_exists();
	actor_is("sec", ORG(SECRETARIAT), ROLE(SEC_HOS));
	in.request = &bind_request.base;
	story_expect_refused(&in, rule_bind_certificate, REASON(E_OWNER_ONLY), "");
}

static void revoke_a_certificate(void **state)
{
	static const struct {
		const char *org;
		Pidc__V1__OrganisationKind kind;
		Pidc__V1__Role role;
		bool may;
	} actors[] = {
		{"tv", ORG(MEMBER), ROLE(MEMBER_HEAD), true},
		{"tv", ORG(MEMBER), ROLE(MEMBER_OFFICER), false},
		{"fj", ORG(MEMBER), ROLE(MEMBER_HEAD), false},
		{"sec", ORG(SECRETARIAT), ROLE(SEC_HOS), true},
		{"sec", ORG(SECRETARIAT), ROLE(OPERATOR), true},
		{"sec", ORG(SECRETARIAT), ROLE(AUDITOR), false},
	};
	Pidc__V1__Event event;

	(void)state;
	in.request = &unbind_request.base;
	key_is_bound(PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE);
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
		actor_is(actors[i].org, actors[i].kind, actors[i].role);
		if (!actors[i].may) {
			story_expect_refused(&in, rule_revoke_certificate, REASON(E_NOT_FOUND),
					     "spki_sha256");
			continue;
		}
		story_expect_event(&in, rule_revoke_certificate, &event,
				   PIDC__V1__EVENT__BODY_CERTIFICATE_REVOKED);
		assert_string_equal(event.certificate_revoked->principal_id, TV_USER);
		assert_string_equal(event.concerns[0], "tv");
	}
}

static void revoke_a_certificate_refuses(void **state)
{
	(void)state;
	in.request = &unbind_request.base;
	story_expect_refused(&in, rule_revoke_certificate, REASON(E_NOT_FOUND), "spki_sha256");
	key_is_bound(PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED);
	story_expect_refused(&in, rule_revoke_certificate, REASON(E_STATE), "spki_sha256");
	unbind_request.reason = story_text(&s, "x");
	story_expect_refused(&in, rule_revoke_certificate, REASON(E_FIELD), "reason");
	unbind_request.reason = story_text(&s, "lost");
	unbind_request.spki_sha256.len = 0;
	story_expect_refused(&in, rule_revoke_certificate, REASON(E_FIELD), "spki_sha256");
}

static void roles_come_and_go(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	principal_exists();
	in.request = &grant.base;
	story_expect_event(&in, rule_grant_role, &event, PIDC__V1__EVENT__BODY_ROLE_GRANTED);
	assert_int_equal(event.role_granted->role, ROLE(MEMBER_AGENT));
	grant.role = ROLE(MEMBER_OFFICER);
	story_expect_refused(&in, rule_grant_role, REASON(E_EXISTS), "role");
	in.request = &revoke.base;
	story_expect_event(&in, rule_revoke_role, &event, PIDC__V1__EVENT__BODY_ROLE_REVOKED);
	revoke.role = ROLE(MEMBER_AGENT);
	story_expect_refused(&in, rule_revoke_role, REASON(E_STATE), "role");
	revoke.reason = story_text(&s, "");
	story_expect_refused(&in, rule_revoke_role, REASON(E_FIELD), "reason");
}

static void PRI_1b_a_board_role_for_a_partner(void **state)
{
	(void)state;
	org_is("iom", ORG(PARTNER));
	principal_exists();
	actor_is("sec", ORG(SECRETARIAT), ROLE(SEC_HOS));
	in.request = &grant.base;
	grant.role = ROLE(BOARD_MEMBER);
	story_expect_refused(&in, rule_grant_role, REASON(E_NOT_MEMBER_STATE), "role");
	in.is_bootstrap = true;
	story_expect_refused(&in, rule_grant_role, REASON(E_NOT_MEMBER_STATE), "role");
	grant.role = (Pidc__V1__Role)50;
	story_expect_refused(&in, rule_grant_role, REASON(E_FIELD), "role");
}

static void SD_12_nobody_gives_a_role_to_themselves(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	principal_exists();
	principal.principal_id = in.actor->principal_id;
	grant.principal_id = in.actor->principal_id;
	in.request = &grant.base;
	story_expect_refused(&in, rule_grant_role, REASON(E_SOD), "principal_id");
	in.is_bootstrap = true;
	story_expect_event(&in, rule_grant_role, &event, PIDC__V1__EVENT__BODY_ROLE_GRANTED);
}

static void register_organisation(void **state)
{
	Pidc__V1__RegisterOrganisationRequest request =
		PIDC__V1__REGISTER_ORGANISATION_REQUEST__INIT;
	Pidc__Store__V1__OrganisationFacts org_facts = PIDC__STORE__V1__ORGANISATION_FACTS__INIT;
	Pidc__V1__Organisation asked = PIDC__V1__ORGANISATION__INIT;
	Pidc__V1__Event event;

	(void)state;
	in.request = &request.base;
	in.facts = &org_facts.base;
	asked.org = story_text(&s, "sec");
	asked.kind = ORG(SECRETARIAT);
	asked.name = story_text(&s, "PIDC Secretariat");
	request.organisation = &asked;
	story_expect_refused(&in, rule_register_organisation, REASON(E_STATE), "");
	in.is_bootstrap = true;
	story_expect_event(&in, rule_register_organisation, &event,
			   PIDC__V1__EVENT__BODY_ORGANISATION_REGISTERED);
	assert_string_equal(event.organisation_registered->organisation->org_id, event.entity_id);
	assert_int_equal(event.n_concerns, 0);
	org_facts.exists = 1;
	story_expect_refused(&in, rule_register_organisation, REASON(E_EXISTS), "organisation.org");
	asked.kind = ORG(MEMBER);
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation.kind");
	asked.kind = ORG(PARTNER);
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation.kind");
	asked.kind = (Pidc__V1__OrganisationKind)99;
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation.kind");
	asked.org = story_text(&s, "Sec");
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation.org");
	asked.org = story_text(&s, "sec");
	asked.kind = ORG(SECRETARIAT);
	asked.name = story_text(&s, "");
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation.name");
	request.organisation = NULL;
	story_expect_refused(&in, rule_register_organisation, REASON(E_FIELD), "organisation");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(head_registers_own_people),
		TEST(SD_12_who_registers_whom),
		TEST(unknown_organisation),
		TEST(T6_spiffe_ids),
		TEST(paths_of_the_secretariat),
		TEST(PRI_1b_roles_fit_organisations),
		TEST(PRI_1b_seats_are_given_by_resolution),
		TEST(role_lists),
		TEST(keys_and_texts),
		TEST(bind_one_more),
		TEST(L8_principals_of_others_do_not_exist),
		TEST(revoke_a_certificate),
		TEST(revoke_a_certificate_refuses),
		TEST(roles_come_and_go),
		TEST(PRI_1b_a_board_role_for_a_partner),
		TEST(SD_12_nobody_gives_a_role_to_themselves),
		TEST(register_organisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
