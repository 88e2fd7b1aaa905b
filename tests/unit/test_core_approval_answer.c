/* SPDX-License-Identifier: ISC
 *
 * The owner's signed answer to a release that waits for it.
 * CTest labels: sharing
 */
#include "core/approval.h"
#include "core/message.h"
#include "core/signature.h"
#include "tests/lib/cert.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define STATE(name)  PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_##name
#define BODY         PIDC__V1__EVENT__BODY_APPROVAL_ANSWERED

static char *dir;
static struct signing_key *key;
static struct story s;
static struct rule_input in;
static uint8_t digest[SHA256_LEN] = {7};
static Pidc__V1__Role role;
static Pidc__V1__Principal person;
static Pidc__Store__V1__PrincipalFacts signer;
static Pidc__V1__Approval waiting;
static Pidc__Store__V1__ApprovalFacts facts;
static Pidc__V1__ApprovalStatement said;
static Pidc__V1__AnswerApprovalRequest request;

static int group_setup(void **state)
{
	struct cert_spec spec = {.uris = {{"spiffe://pidc.test/member/tv/officer/o", 0}},
				 .is_client = true};
	struct cert_ca *ca = cert_ca_new("test root");

	(void)state;
	dir = cert_dir_new();
	cert_write(ca, &spec, cert_path(dir, "a.crt"), cert_path(dir, "a.key"));
	cert_ca_free(ca);
	return signing_key_load(cert_path(dir, "a.key"), cert_path(dir, "a.crt"), &key, NULL);
}

static int group_teardown(void **state)
{
	(void)state;
	signing_key_free(key);
	cert_dir_remove(dir);
	return 0;
}

static void signer_set(void)
{
	pidc__v1__principal__init(&person);
	pidc__store__v1__principal_facts__init(&signer);
	role = PIDC__V1__ROLE__ROLE_MEMBER_OFFICER;
	person.principal_id = story_text(&s, "spiffe://pidc.test/member/tv/officer/o");
	person.org = story_text(&s, "tv");
	person.roles = &role;
	person.n_roles = 1;
	signer.exists = signer.key_bound = 1;
	signer.principal = &person;
	signer.key_principal_id = person.principal_id;
	signer.key_org = person.org;
	signer.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	facts.signer = &signer;
}

/* Tuvalu's officer confirms, for ten days. */
static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__approval_facts__init(&facts);
	pidc__v1__approval__init(&waiting);
	pidc__v1__approval_statement__init(&said);
	pidc__v1__answer_approval_request__init(&request);
	signer_set();
	facts.owner = story_org(&s, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER, 1);
	facts.approval = &waiting;
	waiting.approval_id = said.approval_id = story_id(&s, "approval");
	waiting.owner_org = said.owner_org = story_text(&s, "tv");
	waiting.recipient_org = story_text(&s, "iom");
	waiting.request_digest = said.request_digest =
		(ProtobufCBinaryData){sizeof(digest), digest};
	waiting.state = STATE(PENDING);
	said.is_approved = 1;
	said.valid_to = story_time(&s, STORY_NOW + 10 * STORY_DAY);
	said.origin = story_text(&s, "pidc.example/ledger1");
	in = (struct rule_input){
		.actor = story_actor(
			&s, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER,
			PIDC__V1__ROLE__ROLE_MEMBER_OFFICER, PIDC__V1__CAPACITY__CAPACITY_MEMBER),
		.request = &request.base,
		.facts = &facts.base,
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = "pidc.example/ledger1",
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

static void sign(void)
{
	ProtobufCBinaryData packed;

	assert_int_equal(message_pack(&said.base, s.arena, &packed), 0);
	assert_int_equal(
		statement_sign(key, packed.data, packed.len, s.arena, &request.signed_, NULL), 0);
}

static void expect_refused(Pidc__V1__Reason reason, const char *field)
{
	sign();
	story_expect_refused(&in, rule_answer_approval, reason, field);
}

static void the_owner_confirms(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	sign();
	story_expect_event(&in, rule_answer_approval, &event, BODY);
	assert_true(event.approval_answered->is_approved);
	assert_string_equal(event.approval_answered->recipient_org, "iom");
	assert_string_equal(event.approval_answered->signer_id, person.principal_id);
	assert_ptr_equal(event.approval_answered->signed_, request.signed_);
	assert_string_equal(event.entity_id, waiting.approval_id);
	assert_int_equal(event.entity_version, 2);
	assert_int_equal(event.n_concerns, 2);
}

static void the_owner_refuses(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	said.is_approved = 0;
	said.valid_to = NULL;
	expect_refused(REASON(E_FIELD), "reason");
	said.reason = story_text(&s, "not this time");
	sign();
	story_expect_event(&in, rule_answer_approval, &event, BODY);
	assert_false(event.approval_answered->is_approved);
	said.valid_to = story_time(&s, STORY_NOW + STORY_DAY);
	expect_refused(REASON(E_FIELD), "valid_to");
}

static void SD_7_nobody_confirms_for_another(void **state)
{
	(void)state;
	said.owner_org = story_text(&s, "fj");
	expect_refused(REASON(E_OWNER_ONLY), "owner_org");
	said.owner_org = waiting.owner_org;
	signer.key_org = story_text(&s, "fj");
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	signer_set();
	role = PIDC__V1__ROLE__ROLE_MEMBER_AGENT;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	signer_set();
	signer.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
	facts.signer = NULL;
	expect_refused(REASON(E_OWNER_ONLY), "signed.signature");
}

static void I14_a_forged_answer(void **state)
{
	(void)state;
	sign();
	request.signed_->statement.data[request.signed_->statement.len - 1] ^= 1;
	story_expect_refused(&in, rule_answer_approval, REASON(E_FIELD), "signed.signature");
}

static void L9_the_signer_saw_another_request(void **state)
{
	uint8_t other[SHA256_LEN] = {8};

	(void)state;
	said.request_digest.data = other;
	expect_refused(REASON(E_FIELD), "request_digest");
	said.request_digest.len = 0;
	expect_refused(REASON(E_FIELD), "request_digest");
}

static void it_is_answered_once_and_by_its_owner(void **state)
{
	(void)state;
	for (int i = STATE(APPROVED); i <= STATE(EXPIRED); i++) {
		waiting.state = (Pidc__V1__ApprovalState)i;
		expect_refused(REASON(E_STATE), "approval_id");
	}
	waiting.owner_org = story_text(&s, "fj");
	expect_refused(REASON(E_NOT_FOUND), "approval_id");
	facts.approval = NULL;
	expect_refused(REASON(E_NOT_FOUND), "approval_id");
}

static void it_lasts_for_a_while(void **state)
{
	(void)state;
	said.valid_to = NULL;
	expect_refused(REASON(E_FIELD), "valid_to");
	said.valid_to = story_time(&s, STORY_NOW);
	expect_refused(REASON(E_BACKDATED), "valid_to");
	said.valid_to = story_time(&s, STORY_NOW + 91 * STORY_DAY);
	expect_refused(REASON(E_FIELD), "valid_to");
}

static void bad_answers(void **state)
{
	Pidc__V1__ConsentStatement *consent = story_grant(&s, "a");
	ProtobufCBinaryData packed;

	(void)state;
	said.origin = story_text(&s, "another.example/ledger");
	expect_refused(REASON(E_FIELD), "origin");
	said.origin = story_text(&s, "pidc.example/ledger1");
	facts.owner->is_active = 0;
	expect_refused(REASON(E_NOT_MEMBER_STATE), "owner_org");
	said.approval_id = story_text(&s, "x");
	expect_refused(REASON(E_FIELD), "approval_id");
	/* One kind of signed statement is not taken for another. */
	assert_int_equal(message_pack(&consent->base, s.arena, &packed), 0);
	assert_int_equal(
		statement_sign(key, packed.data, packed.len, s.arena, &request.signed_, NULL), 0);
	story_expect_refused(&in, rule_answer_approval, REASON(E_MALFORMED), "signed.statement");
	request.signed_->statement.len = 8 * 1024 + 1;
	story_expect_refused(&in, rule_answer_approval, REASON(E_LIMIT), "signed.statement");
	request.signed_ = NULL;
	story_expect_refused(&in, rule_answer_approval, REASON(E_FIELD), "signed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_owner_confirms),
		TEST(the_owner_refuses),
		TEST(SD_7_nobody_confirms_for_another),
		TEST(I14_a_forged_answer),
		TEST(L9_the_signer_saw_another_request),
		TEST(it_is_answered_once_and_by_its_owner),
		TEST(it_lasts_for_a_while),
		TEST(bad_answers),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
