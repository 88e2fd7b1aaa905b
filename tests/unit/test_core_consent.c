/* SPDX-License-Identifier: ISC
 *
 * Recording a statement: who may, whose signature it is, when it is from and until.
 *
 * CTest labels: sharing
 */
#include "core/consent.h"
#include "core/message.h"
#include "core/text.h"
#include "tests/lib/consent_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define ORG(name)    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

static struct consent_case c;

static int setup(void **state)
{
	(void)state;
	consent_case_open(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	consent_case_close(&c);
	return 0;
}

static void grant_is_recorded(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	consent_case_expect_recorded(&c, story_grant(&c.s, "a"));
	story_expect_event(&c.in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[1], "iom");
}

static void veto_may_leave_purposes_open(void **state)
{
	Pidc__V1__ConsentStatement *st = story_veto(&c.s, "a");

	(void)state;
	consent_case_expect_recorded(&c, st);
	st->data = story_data_category(&c.s, "RAS", 0);
	consent_case_expect_recorded(&c, st);
	st->valid_to = story_time(&c.s, STORY_NOW + 1000 * STORY_MONTH / 10);
	consent_case_expect_recorded(&c, st);
}

static void partner_owns_and_consents_too(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->owner_org = story_text(&c.s, "iom");
	story_to_org(&c.s, st, "unhcr");
	c.in.actor = story_actor(&c.s, "iom", ORG(PARTNER), PIDC__V1__ROLE__ROLE_PARTNER_OFFICER,
				 PIDC__V1__CAPACITY__CAPACITY_PARTNER);
	c.facts.owner = story_org(&c.s, "iom", ORG(PARTNER), 1);
	c.signer.org = c.signer_facts.key_org = story_text(&c.s, "iom");
	c.signer_role = PIDC__V1__ROLE__ROLE_PARTNER_OFFICER;
	consent_case_sign(&c, st);
	{
		Pidc__V1__Event event;

		story_expect_event(&c.in, rule_record_statement, &event,
				   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
		assert_string_equal(event.concerns[0], "iom");
		assert_string_equal(event.concerns[1], "unhcr");
	}
}

static void A1_STM_1_a_nobody_consents_for_another(void **state)
{
	(void)state;
	c.in.actor = story_actor(&c.s, "fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
				 PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	consent_case_expect_refused(&c, story_grant(&c.s, "a"), REASON(E_OWNER_ONLY), "owner_org");
	c.in.actor = story_actor(&c.s, "sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_HOS,
				 PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT);
	consent_case_expect_refused(&c, story_grant(&c.s, "a"), REASON(E_OWNER_ONLY), "owner_org");
}

/* What a stranger gets does not depend on anything of the owner's. */
static void A1_a_stranger_learns_nothing(void **state)
{
	Pidc__V1__ConsentStatement *st = story_change(&c.s, "a", KIND(REVOKE), 9);

	(void)state;
	c.in.actor = story_actor(&c.s, "fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
				 PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "owner_org");
	consent_case_chain_has(&c, story_grant(&c.s, "a"));
	c.facts.statement_id_used = 1;
	c.facts.owner->is_active = 0;
	c.facts.signer = NULL;
	st->origin = story_text(&c.s, "elsewhere");
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "owner_org");
}

static void SD_7_the_key_is_the_owners(void **state)
{
	const Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	c.facts.signer = NULL;
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.facts.signer = &c.signer_facts;
	c.signer_facts.key_bound = 0;
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.signer_facts.key_bound = 1;
	c.signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED;
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	c.signer_facts.key_org = story_text(&c.s, "fj");
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.signer_facts.key_org = c.signer.org;
	c.signer_role = PIDC__V1__ROLE__ROLE_MEMBER_AGENT; /* an agent does not decide */
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.signer_role = PIDC__V1__ROLE__ROLE_MEMBER_HEAD;
	c.signer_facts.key_principal_id = story_text(&c.s, "spiffe://pidc.test/member/tv/head/h1");
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
	c.signer_facts.key_principal_id = c.signer.principal_id;
	consent_case_expect_recorded(&c, st);
	c.signer_facts.principal = NULL;
	consent_case_expect_refused(&c, st, REASON(E_OWNER_ONLY), "signed.signature");
}

static void PRI_9d_j_forged_signature(void **state)
{
	(void)state;
	consent_case_sign(&c, story_grant(&c.s, "a"));
	c.request.signed_->signature->value.data[20] ^= 1;
	story_expect_refused(&c.in, rule_record_statement, REASON(E_FIELD), "signed.signature");
	c.request.signed_->signature = NULL;
	story_expect_refused(&c.in, rule_record_statement, REASON(E_FIELD), "signed.signature");
	c.request.signed_ = NULL;
	story_expect_refused(&c.in, rule_record_statement, REASON(E_FIELD), "signed");
}

static void P4_malformed_statements(void **state)
{
	static const uint8_t unknown[] = {0xf8, 0x06, 0x01};              /* field 111 */
	static const uint8_t not_utf8[] = {0xa2, 0x01, 0x02, 0xff, 0xfe}; /* reason */
	ProtobufCBinaryData packed;
	uint8_t *data;

	(void)state;
	assert_int_equal(message_pack(&story_grant(&c.s, "a")->base, c.s.arena, &packed), 0);
	data = arena_alloc(c.s.arena, packed.len + 8);
	memcpy(data, packed.data, packed.len);
	consent_case_sign_bytes(&c, data, packed.len - 1);
	story_expect_refused(&c.in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	memcpy(data + packed.len, unknown, sizeof(unknown));
	consent_case_sign_bytes(&c, data, packed.len + 3);
	story_expect_refused(&c.in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	memcpy(data + packed.len, not_utf8, sizeof(not_utf8));
	consent_case_sign_bytes(&c, data, packed.len + 5);
	story_expect_refused(&c.in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	c.request.signed_->statement.len = 0;
	story_expect_refused(&c.in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
}

static void PRI_9d_i_backdated(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->valid_from = story_time(&c.s, STORY_NOW - 1);
	consent_case_expect_refused(&c, st, REASON(E_BACKDATED), "valid_from");
	st->valid_from = story_time(&c.s, STORY_NOW);
	consent_case_expect_recorded(&c, st);
}

static void grants_end_within_36_months(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");
	int64_t latest = 0;

	(void)state;
	st->valid_to = NULL;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "valid_to");
	st->valid_to = story_time(&c.s, STORY_NOW);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "valid_to");
	assert_true(time_add_months(STORY_NOW, 36, &latest));
	st->valid_to = story_time(&c.s, latest);
	consent_case_expect_recorded(&c, st);
	st->valid_to = story_time(&c.s, latest + 1);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "valid_to");
	/* Counted from its beginning, not from recording. */
	st->valid_from = story_time(&c.s, STORY_NOW + 1);
	consent_case_expect_recorded(&c, st);
	st->valid_to->nanos = 1;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "valid_to");
}

static void other_registers_and_states(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->origin = story_text(&c.s, "pidc.example/ledger2");
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "origin");
	st = story_grant(&c.s, "a");
	c.facts.owner->is_active = 0;
	consent_case_expect_refused(&c, st, REASON(E_NOT_MEMBER_STATE), "owner_org");
	c.facts.owner->is_active = 1;
	c.facts.statement_id_used = 1;
	consent_case_expect_refused(&c, st, REASON(E_EXISTS), "statement_id");
}

static void reading_gives_the_statement(void **state)
{
	Pidc__V1__ConsentStatement *st = NULL;
	struct refusal refusal;
	uint8_t spki[SHA256_LEN];

	(void)state;
	consent_case_sign(&c, story_grant(&c.s, "a"));
	assert_int_equal(consent_read(c.request.signed_, c.s.arena, &st, &refusal), 0);
	assert_string_equal(st->consent_id, story_id(&c.s, "a"));
	assert_int_equal(consent_verify(c.request.signed_, spki, &refusal), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grant_is_recorded),
		TEST(veto_may_leave_purposes_open),
		TEST(partner_owns_and_consents_too),
		TEST(A1_STM_1_a_nobody_consents_for_another),
		TEST(A1_a_stranger_learns_nothing),
		TEST(SD_7_the_key_is_the_owners),
		TEST(PRI_9d_j_forged_signature),
		TEST(P4_malformed_statements),
		TEST(PRI_9d_i_backdated),
		TEST(grants_end_within_36_months),
		TEST(other_registers_and_states),
		TEST(reading_gives_the_statement),
	};

	return cmocka_run_group_tests(tests, consent_case_key_open, consent_case_key_close);
}
