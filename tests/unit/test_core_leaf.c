/* SPDX-License-Identifier: ISC
 *
 * CTest labels: ledger
 */
#include "core/leaf.h"
#include "core/message.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct made {
	struct story story;
	Pidc__V1__Event event;
	Pidc__V1__CertificateRevoked body;
	Pidc__V1__Concern concerns[2];
	const Pidc__V1__Concern *concern_list[2];
	uint8_t tags[2][SHA256_LEN];
	struct leaf_input in;
	Pidc__Store__V1__EntryRow row;
	struct merkle_hash hash;
};

static int setup(void **state)
{
	static struct made made;
	static const uint8_t key[32] = {1, 2, 3};

	memset(&made, 0, sizeof(made));
	story_open(&made.story);
	pidc__v1__event__init(&made.event);
	pidc__v1__certificate_revoked__init(&made.body);
	made.event.actor = story_actor(
		&made.story, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER,
		PIDC__V1__ROLE__ROLE_MEMBER_HEAD, PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	made.event.concerns = story_list(&made.story, &made.event.n_concerns, "tv", "iom", NULL);
	made.event.entity_id = story_id(&made.story, "entity");
	made.event.entity_version = 3;
	made.body.principal_id = story_text(&made.story, "spiffe://x/a/b");
	made.body.reason = story_text(&made.story, "lost");
	made.event.body_case = PIDC__V1__EVENT__BODY_CERTIFICATE_REVOKED;
	made.event.certificate_revoked = &made.body;
	for (size_t i = 0; i < 2; i++) {
		pidc__v1__concern__init(&made.concerns[i]);
		leaf_member_tag(key, sizeof(key), i == 0 ? "a" : "b", made.tags[i]);
		made.concerns[i].tag = (ProtobufCBinaryData){SHA256_LEN, made.tags[i]};
		made.concerns[i].sequence = 7 + i;
		made.concern_list[i] = &made.concerns[i];
	}
	made.in = (struct leaf_input){.index = 41,
				      .tx_time_us = STORY_NOW,
				      .prev_entity_leaf = 12,
				      .concerns = made.concern_list,
				      .concern_count = 2};
	memset(made.in.salt, 0x5a, LEAF_SALT_LEN);
	memset(made.in.policy_digest, 0x77, SHA256_LEN);
	pidc__store__v1__entry_row__init(&made.row);
	assert_int_equal(leaf_make(&made.event, &made.in, made.story.arena, &made.row, &made.hash),
			 0);
	*state = &made;
	return 0;
}

static int teardown(void **state)
{
	struct made *made = *state;

	story_close(&made->story);
	return 0;
}

static int check(struct made *made, struct pidc_error *err)
{
	Pidc__V1__Event *event = NULL;
	int rc = leaf_check(&made->row, made->story.arena, &event, err);

	assert_int_equal(rc == 0, event != NULL);
	return rc;
}

/* Byte by byte as spec'd: computed here by hand from the packed parts. */
static void leaf_has_the_bytes_of_the_format(void **state)
{
	struct made *made = *state;
	Pidc__V1__Leaf *leaf =
		pidc__v1__leaf__unpack(NULL, made->row.leaf.len, made->row.leaf.data);
	ProtobufCBinaryData actor;
	uint8_t expected[SHA256_LEN];
	const struct bytes payload[] = {{"pidc/payload/v1", 16},
					{made->in.salt, 32},
					{made->row.payload.data, made->row.payload.len}};
	const struct bytes node[] = {{"", 1}, {made->row.leaf.data, made->row.leaf.len}};

	sha256(payload, 3, expected);
	assert_memory_equal(leaf->payload_commit.data, expected, SHA256_LEN);
	assert_int_equal(message_pack(&made->event.actor->base, made->story.arena, &actor), 0);
	{
		const struct bytes pieces[] = {
			{"pidc/actor/v1", 14}, {made->in.salt, 32}, {actor.data, actor.len}};

		sha256(pieces, 3, expected);
	}
	assert_memory_equal(leaf->actor_commit.data, expected, SHA256_LEN);
	sha256(node, 2, expected);
	assert_memory_equal(made->hash.bytes, expected, SHA256_LEN);
	assert_memory_equal(made->row.leaf_hash.data, expected, SHA256_LEN);
	assert_int_equal(leaf->version, 1);
	assert_int_equal(leaf->index, 41);
	assert_int_equal(leaf->tx_time_us, STORY_NOW);
	assert_int_equal(leaf->entry_type, 16);
	assert_int_equal(leaf->entity_version, 3);
	assert_int_equal(leaf->prev_entity_leaf, 12);
	assert_int_equal(leaf->n_concerns, 2);
	assert_int_equal(leaf->concerns[1]->sequence, 8);
	assert_int_equal(leaf->policy_digest.data[31], 0x77);
	pidc__v1__leaf__free_unpacked(leaf, NULL);
}

static void tag_is_hmac_over_origin(void **state)
{
	static const uint8_t key[32] = {1, 2, 3};
	uint8_t tag[SHA256_LEN], expected[SHA256_LEN];

	(void)state;
	leaf_member_tag(key, sizeof(key), "pidc.example/ledger1", tag);
	hmac_sha256(key, sizeof(key), "pidc/tagpidc.example/ledger1", 28, expected);
	assert_memory_equal(tag, expected, SHA256_LEN);
}

static void good_entry_passes(void **state)
{
	struct made *made = *state;
	Pidc__V1__Event *event = NULL;
	struct pidc_error err = {0};

	assert_int_equal(leaf_check(&made->row, made->story.arena, &event, &err), 0);
	assert_string_equal(event->certificate_revoked->reason, "lost");
	assert_string_equal(event->actor->org, "tv");
}

static void expect_broken(struct made *made, const char *word)
{
	struct pidc_error err = {0};

	assert_int_equal(check(made, &err), PIDC_EINTEGRITY);
	if (strstr(err.msg, word) == NULL)
		fail_msg("\"%s\" does not name %s", err.msg, word);
}

/* L25, L26: each byte class tampered with is named. */
static void every_column_is_compared(void **state)
{
	struct made *made = *state;

	made->row.index++;
	expect_broken(made, "index");
	made->row.index--;
	made->row.tx_time->nanos += 1000;
	expect_broken(made, "tx_time");
	made->row.tx_time->nanos -= 1000;
	made->row.entry_type++;
	expect_broken(made, "entry_type");
	made->row.entry_type--;
	made->row.entity_version++;
	expect_broken(made, "entity_version");
	made->row.entity_version--;
	made->row.entity_id = story_id(&made->story, "other");
	expect_broken(made, "entity_id");
	made->row.entity_id = made->event.entity_id;
	made->row.n_concerns = 1;
	expect_broken(made, "concerns");
	made->row.n_concerns = 2;
	made->row.concerns = story_list(&made->story, &made->row.n_concerns, "iom", "tv", NULL);
	expect_broken(made, "concerns");
	made->row.concerns = made->event.concerns;
	made->row.salt.len = 31;
	expect_broken(made, "salt");
	made->row.salt.len = 32;
	made->row.tx_time = NULL;
	expect_broken(made, "tx_time");
}

static void every_flipped_bit_is_seen(void **state)
{
	struct made *made = *state;
	ProtobufCBinaryData *parts[] = {&made->row.leaf, &made->row.leaf_hash, &made->row.salt,
					&made->row.payload};

	for (size_t p = 0; p < 4; p++)
		for (size_t bit = 0; bit < parts[p]->len * 8; bit++) {
			parts[p]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(check(made, NULL), PIDC_EINTEGRITY);
			parts[p]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	assert_int_equal(check(made, NULL), 0);
}

/* A leaf and a payload that both hash well, but do not belong together. */
static void forged_leaf_is_compared_with_event(void **state)
{
	struct made *made = *state;
	struct arena *arena = made->story.arena;
	Pidc__Store__V1__EntryRow good = made->row;

	made->event.entity_version = 4;
	assert_int_equal(leaf_make(&made->event, &made->in, arena, &made->row, &made->hash), 0);
	made->row.payload = good.payload;
	expect_broken(made, "payload");
	made->row = good;
	made->event.entity_version = 3;
	assert_int_equal(check(made, NULL), 0);
}

static void make_needs_memory(void **state)
{
	struct made *made = *state;
	struct arena *arena = arena_new(0);
	size_t used;

	assert_int_equal(leaf_make(&made->event, &made->in, arena, &made->row, &made->hash), 0);
	used = arena_used(arena);
	arena_free(arena);
	for (size_t limit = 16; limit < used; limit += 16) {
		Pidc__Store__V1__EntryRow row = PIDC__STORE__V1__ENTRY_ROW__INIT;

		arena = arena_new(limit);
		assert_int_equal(leaf_make(&made->event, &made->in, arena, &row, &made->hash),
				 PIDC_ENOMEM);
		arena_free(arena);
	}
	assert_int_equal(
		leaf_make(&made->event, &made->in, made->story.arena, &made->row, &made->hash), 0);
}

static void apply_event_carries_the_statement(void **state)
{
	struct made *made = *state;
	struct story *story = &made->story;
	Pidc__V1__ConsentStatement *st = story_grant(story, "chain");
	Pidc__V1__ConsentRecorded recorded = PIDC__V1__CONSENT_RECORDED__INIT;
	Pidc__V1__SignedStatement signed_statement = PIDC__V1__SIGNED_STATEMENT__INIT;
	Pidc__Store__V1__ApplyEvent *apply = NULL;

	assert_int_equal(leaf_apply_event(&made->event, 5, STORY_NOW, story->arena, &apply, NULL),
			 0);
	assert_null(apply->statement);
	assert_int_equal(apply->index, 5);
	assert_ptr_equal(apply->event, &made->event);
	assert_int_equal(apply->tx_time->seconds, STORY_NOW / 1000000);

	made->event.body_case = PIDC__V1__EVENT__BODY_CONSENT_RECORDED;
	made->event.consent_recorded = &recorded;
	assert_int_equal(leaf_apply_event(&made->event, 5, STORY_NOW, story->arena, &apply, NULL),
			 PIDC_EINTEGRITY);
	recorded.signed_ = &signed_statement;
	assert_int_equal(leaf_apply_event(&made->event, 5, STORY_NOW, story->arena, &apply, NULL),
			 PIDC_EINTEGRITY);
	assert_int_equal(message_pack(&st->base, story->arena, &signed_statement.statement), 0);
	assert_int_equal(leaf_apply_event(&made->event, 5, STORY_NOW, story->arena, &apply, NULL),
			 0);
	assert_string_equal(apply->statement->consent_id, st->consent_id);
	signed_statement.statement.len--;
	assert_int_equal(leaf_apply_event(&made->event, 5, STORY_NOW, story->arena, &apply, NULL),
			 PIDC_EINTEGRITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaf_has_the_bytes_of_the_format),
		cmocka_unit_test(tag_is_hmac_over_origin),
		cmocka_unit_test(good_entry_passes),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(forged_leaf_is_compared_with_event),
		cmocka_unit_test(make_needs_memory),
		cmocka_unit_test(every_column_is_compared),
		cmocka_unit_test(apply_event_carries_the_statement),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
