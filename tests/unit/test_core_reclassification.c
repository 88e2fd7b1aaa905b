/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "core/message.h"
#include "core/signature.h"
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/cert.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define CLASS(name)  PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define STATUS(name) PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_##name

static char *dir;
static struct signing_key *keys[2];
static struct story s;
static struct rule_input in;
static Pidc__Store__V1__ContributionFacts facts;
static Pidc__V1__Contribution contribution;
static Pidc__V1__ReclassifyContributionRequest request;
static Pidc__V1__Reclassification said;
static Pidc__V1__Principal people[2];
static Pidc__Store__V1__PrincipalFacts people_facts[2];
static Pidc__V1__Role role;

static int group_setup(void **state)
{
	struct cert_spec spec = {.uris = {{"spiffe://pidc.test/member/tv/officer/o", 0}},
				 .is_client = true};
	struct cert_ca *ca = cert_ca_new("test root");

	(void)state;
	dir = cert_dir_new();
	cert_write(ca, &spec, cert_path(dir, "a.crt"), cert_path(dir, "a.key"));
	cert_write(ca, &spec, cert_path(dir, "b.crt"), cert_path(dir, "b.key"));
	cert_ca_free(ca);
	if (signing_key_load(cert_path(dir, "a.key"), cert_path(dir, "a.crt"), &keys[0], NULL) < 0)
		return -1;
	return signing_key_load(cert_path(dir, "b.key"), cert_path(dir, "b.crt"), &keys[1], NULL);
}

static int group_teardown(void **state)
{
	(void)state;
	signing_key_free(keys[0]);
	signing_key_free(keys[1]);
	cert_dir_remove(dir);
	return 0;
}

static void people_set(void)
{
	role = PIDC__V1__ROLE__ROLE_MEMBER_OFFICER;
	for (size_t i = 0; i < 2; i++) {
		pidc__v1__principal__init(&people[i]);
		pidc__store__v1__principal_facts__init(&people_facts[i]);
		people[i].principal_id = arena_printf(s.arena, "spiffe://pidc.test/%zu", i);
		people[i].org = story_text(&s, "tv");
		people[i].roles = &role;
		people[i].n_roles = 1;
		people_facts[i].exists = people_facts[i].key_bound = 1;
		people_facts[i].principal = &people[i];
		people_facts[i].key_principal_id = people[i].principal_id;
		people_facts[i].key_org = people[i].org;
		people_facts[i].key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	}
	facts.signer = &people_facts[0];
	facts.approver = &people_facts[1];
}

/* A contribution at GREEN of a CLEAR dataset, which its owner lowers to CLEAR. */
static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__contribution_facts__init(&facts);
	pidc__v1__contribution__init(&contribution);
	pidc__v1__reclassify_contribution_request__init(&request);
	pidc__v1__reclassification__init(&said);
	contribution.contribution_id = story_id(&s, "k");
	contribution.owner_org = story_text(&s, "tv");
	contribution.status = STATUS(ACCEPTED);
	contribution.classification = CLASS(GREEN);
	contribution.version = 4;
	facts.contribution = &contribution;
	facts.classification_default = CLASS(CLEAR);
	people_set();
	request.contribution_id = contribution.contribution_id;
	request.expected_version = 4;
	request.classification = CLASS(CLEAR);
	request.reason = story_text(&s, "published by the statistics office");
	in = data_input(&s, &request.base, &facts.base);
	said.origin = story_text(&s, in.origin);
	said.owner_org = contribution.owner_org;
	said.contribution_id = contribution.contribution_id;
	said.version = 4;
	said.from = CLASS(GREEN);
	said.to = CLASS(CLEAR);
	said.reason = request.reason;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void sign(void)
{
	ProtobufCBinaryData packed;

	assert_int_equal(message_pack(&said.base, s.arena, &packed), 0);
	assert_int_equal(
		statement_sign(keys[0], packed.data, packed.len, s.arena, &request.signed_, NULL),
		0);
}

static void approve(struct signing_key *key)
{
	Pidc__V1__SignedStatement *second = NULL;

	assert_int_equal(statement_sign(key, request.signed_->statement.data,
					request.signed_->statement.len, s.arena, &second, NULL),
			 0);
	request.approval = second->signature;
}

static void expect_refused(Pidc__V1__Reason reason, const char *field)
{
	story_expect_refused(&in, rule_reclassify_contribution, reason, field);
}

static const Pidc__V1__ContributionReclassified *expect_done(void)
{
	Pidc__V1__Event event;

	story_expect_event(&in, rule_reclassify_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_RECLASSIFIED);
	assert_string_equal(event.entity_id, contribution.contribution_id);
	assert_int_equal(event.entity_version, 5);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
	assert_int_equal(event.contribution_reclassified->classification, request.classification);
	return event.contribution_reclassified;
}

static void raised_at_any_time(void **state)
{
	(void)state;
	request.classification = CLASS(RED);
	(void)expect_done();
	request.expected_version = 0;
	contribution.status = STATUS(HELD);
	(void)expect_done();
	request.expected_version = 3;
	expect_refused(REASON(E_VERSION), "expected_version");
	request.expected_version = 4;
	sign();
	expect_refused(REASON(E_FIELD), "signed");
}

static void lowered_by_a_signature(void **state)
{
	const Pidc__V1__ContributionReclassified *made;

	(void)state;
	expect_refused(REASON(E_FIELD), "signed");
	sign();
	made = expect_done();
	assert_ptr_equal(made->signed_, request.signed_); /* unchanged */
	assert_string_equal(made->signer_id, people[0].principal_id);
	facts.classification_default = CLASS(GREEN);
	expect_refused(REASON(E_FIELD), "classification");
}

static void PRI_9d_j_a_forged_signature_lowers_nothing(void **state)
{
	(void)state;
	sign();
	request.signed_->signature->value.data[10] ^= 1;
	expect_refused(REASON(E_FIELD), "signed.signature");
	sign();
	people_facts[0].key_org = people[0].org = story_text(&s, "fj");
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	people_set();
	people_facts[0].key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	people_set();
	role = PIDC__V1__ROLE__ROLE_MEMBER_AGENT;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	people_set();
	facts.signer = NULL;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
}

/* Signed for one step of one version of one contribution in one register. */
static void what_is_signed_is_what_is_asked(void **state)
{
	(void)state;
	said.origin = story_text(&s, "pidc.example/other");
	sign();
	expect_refused(REASON(E_FIELD), "signed.statement.origin");
	said.origin = story_text(&s, in.origin);
	said.owner_org = story_text(&s, "fj");
	sign();
	expect_refused(REASON(E_OWNER_ONLY), "signed.statement.owner_org");
	said.owner_org = contribution.owner_org;
	said.contribution_id = story_id(&s, "another");
	sign();
	expect_refused(REASON(E_FIELD), "signed.statement");
	said.contribution_id = contribution.contribution_id;
	said.from = CLASS(AMBER);
	sign();
	expect_refused(REASON(E_FIELD), "signed.statement");
	said.from = CLASS(GREEN);
	said.to = CLASS(GREEN);
	sign();
	expect_refused(REASON(E_FIELD), "signed.statement");
	said.to = CLASS(CLEAR);
	said.reason = story_text(&s, "another reason");
	sign();
	expect_refused(REASON(E_FIELD), "signed.statement");
	said.reason = request.reason;
	said.version = 3; /* raised and lowered again since */
	sign();
	expect_refused(REASON(E_VERSION), "signed.statement.version");
}

static void statements_of_other_kinds_are_none(void **state)
{
	Pidc__V1__ConsentStatement *grant = story_grant(&s, "a");
	ProtobufCBinaryData packed, other;
	ProtobufCMessage *message = NULL;

	(void)state;
	assert_int_equal(message_pack(&grant->base, s.arena, &packed), 0);
	assert_int_equal(
		statement_sign(keys[0], packed.data, packed.len, s.arena, &request.signed_, NULL),
		0);
	expect_refused(REASON(E_MALFORMED), "signed.statement");
	assert_int_equal(message_pack(&said.base, s.arena, &other), 0);
	assert_int_equal(message_unpack(&pidc__v1__consent_statement__descriptor, other.data,
					other.len, 1000, s.arena, &message, NULL),
			 PIDC_EINVAL);
}

static void SD_6_lowering_what_is_amber_takes_two(void **state)
{
	const Pidc__V1__ContributionReclassified *made;

	(void)state;
	contribution.classification = said.from = CLASS(AMBER);
	sign();
	expect_refused(REASON(E_SOD), "approval");
	approve(keys[0]);
	facts.approver = facts.signer; /* the same person */
	expect_refused(REASON(E_SOD), "approval");
	approve(keys[1]);
	facts.approver = NULL;
	expect_refused(REASON(E_OWNER_ONLY), "approval");
	facts.approver = &people_facts[1];
	made = expect_done();
	assert_ptr_equal(made->approval, request.approval);
	assert_string_equal(made->approver_id, people[1].principal_id);
	request.approval->value.data[10] ^= 1;
	expect_refused(REASON(E_FIELD), "approval");
}

static void PRI_9a_a_the_Secretariat_reclassifies_nothing(void **state)
{
	(void)state;
	in.actor = story_actor(&s, "sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_HOS,
			       PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT);
	expect_refused(REASON(E_OWNER_ONLY), "");
	facts.contribution = NULL;
	expect_refused(REASON(E_OWNER_ONLY), "");
	in.actor = story_actor(&s, "fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_HEAD,
			       PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	expect_refused(REASON(E_NOT_FOUND), "contribution_id");
	facts.contribution = &contribution;
	expect_refused(REASON(E_NOT_FOUND), "contribution_id");
}

static void requests_without_sense(void **state)
{
	(void)state;
	request.classification = 0;
	expect_refused(REASON(E_FIELD), "classification");
	request.classification = (Pidc__V1__Classification)6;
	expect_refused(REASON(E_FIELD), "classification");
	request.classification = CLASS(GREEN);
	expect_refused(REASON(E_STATE), "classification");
	request.classification = CLASS(RED);
	request.reason = story_text(&s, "");
	expect_refused(REASON(E_FIELD), "reason");
	request.reason = said.reason;
	contribution.status = STATUS(WITHDRAWN);
	expect_refused(REASON(E_STATE), "contribution_id");
	contribution.status = STATUS(ERASED);
	expect_refused(REASON(E_STATE), "contribution_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(raised_at_any_time),
		TEST(lowered_by_a_signature),
		TEST(PRI_9d_j_a_forged_signature_lowers_nothing),
		TEST(what_is_signed_is_what_is_asked),
		TEST(statements_of_other_kinds_are_none),
		TEST(SD_6_lowering_what_is_amber_takes_two),
		TEST(PRI_9a_a_the_Secretariat_reclassifies_nothing),
		TEST(requests_without_sense),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
