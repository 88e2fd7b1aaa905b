/* SPDX-License-Identifier: ISC
 *
 * Receipts: the recipient says what arrived.
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

static struct story s;
static struct rule_input in;

static uint8_t digest_bytes[32];
static Pidc__V1__ChunkReceipt receipts[2], *receipt_list[2] = {&receipts[0], &receipts[1]};
static Pidc__Store__V1__ChunkFacts chunks[2], *chunk_list[2] = {&chunks[0], &chunks[1]};
static Pidc__V1__AcknowledgeDisclosureRequest receipt;
static Pidc__Store__V1__AcknowledgeFacts receipt_facts;

static void act_as_owner(void)
{
	in.actor = story_actor(&s, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER,
			       PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
			       PIDC__V1__CAPACITY__CAPACITY_MEMBER);
}

static void act_as_recipient(void)
{
	in.actor = story_actor(&s, "iom", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			       PIDC__V1__ROLE__ROLE_PARTNER_AGENT,
			       PIDC__V1__CAPACITY__CAPACITY_PARTNER);
}

static void receipts_setup(void)
{
	pidc__v1__acknowledge_disclosure_request__init(&receipt);
	pidc__store__v1__acknowledge_facts__init(&receipt_facts);
	receipt.disclosure_id = story_id(&s, "disclosure");
	receipt.chunks = receipt_list;
	receipt.n_chunks = 2;
	receipt_facts.owner_org = story_text(&s, "tv");
	receipt_facts.recipient_org = story_text(&s, "iom");
	receipt_facts.chunks = chunk_list;
	receipt_facts.n_chunks = 2;
	for (uint32_t i = 0; i < 2; i++) {
		pidc__v1__chunk_receipt__init(&receipts[i]);
		pidc__store__v1__chunk_facts__init(&chunks[i]);
		receipts[i].chunk = chunks[i].chunk = i;
		receipts[i].delivery_digest = chunks[i].delivery_digest =
			(ProtobufCBinaryData){sizeof(digest_bytes), digest_bytes};
	}
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	in = (struct rule_input){
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = "pidc.example/ledger1",
		.arena = s.arena,
	};
	receipts_setup();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void use_receipt(void)
{
	act_as_recipient();
	in.request = &receipt.base;
	in.facts = &receipt_facts.base;
}

static void a_receipt_concerns_both(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	use_receipt();
	chunks[1].delivery_digest.len = 0; /* not known: what the recipient says counts */
	story_expect_event(&in, rule_acknowledge_disclosure, &event,
			   PIDC__V1__EVENT__BODY_DISCLOSURE_ACKNOWLEDGED);
	assert_int_equal(event.disclosure_acknowledged->n_chunks, 2);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[0], "iom");
	assert_string_equal(event.concerns[1], "tv");
}

static void L3_only_the_recipient_acknowledges(void **state)
{
	(void)state;
	use_receipt();
	act_as_owner();
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_NOT_FOUND),
			     "disclosure_id");
	act_as_recipient();
	receipt_facts.recipient_org = story_text(&s, "");
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_NOT_FOUND),
			     "disclosure_id");
}

static void a_receipt_names_what_was_released(void **state)
{
	uint8_t other[32] = {1};

	(void)state;
	use_receipt();
	chunks[1].is_acknowledged = 1;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_STATE), "chunks.chunk");
	receipt_facts.n_chunks = 1;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_NOT_FOUND), "chunks.chunk");
	receipts[1].chunk = 0;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_FIELD), "chunks.chunk");
	receipts[0].delivery_digest.data = other;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_FIELD),
			     "chunks.delivery_digest");
	receipts[0].delivery_digest.len = 31;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_FIELD),
			     "chunks.delivery_digest");
	receipt.n_chunks = 0;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_FIELD), "chunks");
	receipt.n_chunks = 257;
	story_expect_refused(&in, rule_acknowledge_disclosure, REASON(E_FIELD), "chunks");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_receipt_concerns_both),
		TEST(L3_only_the_recipient_acknowledges),
		TEST(a_receipt_names_what_was_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
