/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define CAPACITY(name)  PIDC__V1__CAPACITY__CAPACITY_##name

static struct story s;
static Pidc__Store__V1__ReleaseRequest request;
static struct rule_input in;

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__release_request__init(&request);
	request.disclosure_id = story_id(&s, "disclosure");
	request.chunk = 2;
	request.query = &s.query;
	in = (struct rule_input){
		.actor = story_actor(&s, "iom",
				     PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
				     PIDC__V1__ROLE__ROLE_PARTNER_AGENT, CAPACITY(PARTNER)),
		.request = &request.base,
		.facts = &s.facts.base,
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

static Pidc__Store__V1__Subject *add_subject(const char *name)
{
	Pidc__Store__V1__Subject *subject = arena_memdup(s.arena, s.subject, sizeof(*s.subject));

	subject->contribution_id = story_id(&s, name);
	s.facts.subjects[s.facts.n_subjects++] = subject;
	return subject;
}

static void ask_for(const char *a, const char *b)
{
	s.query.contribution_ids = story_list(&s, &s.query.n_contribution_ids, story_id(&s, a),
					      b != NULL ? story_id(&s, b) : NULL, NULL);
}

static void granted_item_by_item(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a"), *st_k = story_grant(&s, "k-only");
	Pidc__V1__ReleaseGranted *granted;
	Pidc__V1__Event event;

	(void)state;
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	story_condition(&s, st_k, CONDITION(ATTRIBUTION));
	story_condition(&s, st_k, CONDITION(DATA_LIFE))->number = 30;
	st_k->data = story_data_contribution(&s, "k");
	story_record(&s, st);
	story_record(&s, st_k);
	add_subject("k2");
	ask_for("k2", "k"); /* not in the order of the facts */
	story_ask_fields(&s, "count", "month");
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	granted = event.release_granted;
	assert_string_equal(event.entity_id, request.disclosure_id);
	assert_int_equal(event.entity_version, 3);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[0], "iom");
	assert_string_equal(event.concerns[1], "tv");
	assert_string_equal(granted->owner_org, "tv");
	assert_string_equal(granted->recipient_org, "iom");
	assert_int_equal(granted->capacity, CAPACITY(PARTNER));
	assert_string_equal(granted->purpose, "ME");
	assert_int_equal(granted->action, PIDC__V1__ACTION__ACTION_READ);
	assert_int_equal(granted->chunk, 2);
	assert_string_equal(granted->instrument_id, s.facts.instruments[0]->instrument_id);
	assert_int_equal(granted->n_items, 2);
	assert_string_equal(granted->items[0]->contribution_id, story_id(&s, "k2"));
	assert_string_equal(granted->items[0]->consent_id, st->consent_id);
	assert_string_equal(granted->items[1]->consent_id, st_k->consent_id);
	assert_string_equal(granted->items[1]->statement_id, st_k->statement_id);
	/* Exactly the requested columns, in the contribution's order. */
	assert_int_equal(granted->items[0]->n_columns, 2);
	assert_string_equal(granted->items[0]->columns[0]->field, "month");
	assert_string_equal(granted->items[0]->columns[1]->field, "count");
	assert_int_equal(granted->items[0]->columns[0]->digest.len, 32);
	/* Obligations of all items, each once. */
	assert_int_equal(granted->n_obligations, 2);
	assert_int_equal(granted->obligations[0]->kind, CONDITION(ATTRIBUTION));
	assert_int_equal(granted->obligations[1]->number, 30);
}

/* Its digest and place tell of every field: all of it, or nothing. */
static void content_elsewhere_is_released_whole_or_not(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->content_kind = PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY;
	s.subject->n_columns = 2; /* month and count */
	story_ask_fields(&s, "count", NULL);
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_int_equal(event.release_granted->n_items, 0);
	story_ask_fields(&s, "count", "month");
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_int_equal(event.release_granted->n_items, 1);
}

/* The full reason is in the event, what the recipient may know in the refusal. */
static void expect_refused(Pidc__V1__Reason full, Pidc__V1__Reason visible)
{
	struct refusal refusal;
	Pidc__V1__Event event;

	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.body_case, PIDC__V1__EVENT__BODY_RELEASE_REFUSED);
	assert_string_equal(reason_name(event.release_refused->reason), reason_name(full));
	assert_string_equal(reason_name(refusal.reason), reason_name(visible));
	assert_string_equal(refusal.field, "");
	assert_string_equal(refusal.detail, "");
	assert_string_equal(event.entity_id, request.disclosure_id);
	assert_int_equal(event.release_refused->n_fields, s.query.n_fields);
}

static void PRI_9d_a_refused_without_consent(void **state)
{
	(void)state;
	expect_refused(REASON(D_DEFAULT_DENY), REASON(D_CONSENT));
}

static void PRI_9d_c_refused_after_revocation(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE, 2));
	expect_refused(REASON(D_REVOKED), REASON(D_CONSENT));
}

static void one_forbidden_item_refuses_the_chunk(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	veto->data = story_data_contribution(&s, "k2");
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, veto);
	add_subject("k2");
	ask_for("k", "k2");
	expect_refused(REASON(D_VETO), REASON(D_CONSENT));
}

static void I11_A3_unknown_item_is_refused_alike(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	ask_for("k", "no-such");
	expect_refused(REASON(E_NOT_FOUND), REASON(D_CONSENT));
	s.facts.n_subjects = 0;
	ask_for("k", NULL);
	expect_refused(REASON(E_NOT_FOUND), REASON(D_CONSENT));
}

static void W14_own_state_is_told(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->partner_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_SUSPENDED;
	expect_refused(REASON(D_PARTNER_STATE), REASON(D_PARTNER_STATE));
}

static void unknown_owner_has_no_chain(void **state)
{
	struct refusal refusal;
	Pidc__V1__Event event;

	(void)state;
	s.query.owner_org = story_text(&s, "xx");
	s.facts.owner = NULL;
	s.facts.n_subjects = 0;
	expect_refused(REASON(E_NOT_FOUND), REASON(D_CONSENT));
	assert_int_equal(story_run(&in, rule_release, &event, &refusal), 0);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "iom");
}

/* A contribution without any of the columns has nothing to send. */
static void nothing_to_send_is_not_recorded(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	add_subject("k2")->n_columns = 1; /* month only */
	ask_for("k", "k2");
	story_expect_event(&in, rule_release, &event, PIDC__V1__EVENT__BODY_RELEASE_GRANTED);
	assert_int_equal(event.release_granted->n_items, 1);
	assert_string_equal(event.release_granted->items[0]->contribution_id, story_id(&s, "k"));
}

static void L3_everybody_asks_for_itself(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	in.actor = story_actor(&s, "unhcr", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			       PIDC__V1__ROLE__ROLE_PARTNER_AGENT, CAPACITY(PARTNER));
	story_expect_refused(&in, rule_release, REASON(E_CAPACITY), "");
	in.actor = story_actor(&s, "iom", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			       PIDC__V1__ROLE__ROLE_PARTNER_AGENT, CAPACITY(FUNDER));
	story_expect_refused(&in, rule_release, REASON(E_CAPACITY), "");
	s.query.capacity = 0;
	in.actor = story_actor(&s, "iom", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER,
			       PIDC__V1__ROLE__ROLE_PARTNER_AGENT, 0);
	story_expect_refused(&in, rule_release, REASON(E_CAPACITY), "");
}

static void discover_sends_nothing(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_set_action(&s, st, PIDC__V1__ACTION__ACTION_DISCOVER);
	story_record(&s, st);
	s.query.action = PIDC__V1__ACTION__ACTION_DISCOVER;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "action");
	s.query.action = 0;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "action");
	s.query.action = (Pidc__V1__Action)77;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "action");
}

static void bad_requests(void **state)
{
	char **many = arena_calloc(s.arena, 257, sizeof(*many));

	(void)state;
	story_ask_fields(&s, NULL, NULL);
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "fields");
	story_ask_fields(&s, "count", "count");
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "fields");
	story_ask_fields(&s, "Count", NULL);
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "fields");
	for (size_t i = 0; i < 257; i++)
		many[i] = arena_printf(s.arena, "f%zu", i);
	s.query.fields = many;
	s.query.n_fields = 201;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "fields");
	story_ask_fields(&s, "count", NULL);
	s.query.n_contribution_ids = 0;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "contribution_ids");
	ask_for("k", "k");
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "contribution_ids");
	s.query.contribution_ids = many;
	s.query.n_contribution_ids = 257;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "contribution_ids");
	s.query.n_contribution_ids = 1;
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "contribution_ids");
	ask_for("k", NULL);
	s.query.owner_org = story_text(&s, "Tuvalu!");
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "owner_org");
	s.query.owner_org = story_text(&s, "tv");
	s.query.purpose = story_text(&s, "");
	story_expect_refused(&in, rule_release, REASON(E_FIELD), "purpose");
	request.query = NULL;
	story_expect_refused(&in, rule_release, REASON(E_INTERNAL), "");
	request.query = &s.query;
	request.disclosure_id = story_text(&s, "");
	story_expect_refused(&in, rule_release, REASON(E_INTERNAL), "");
}

/* The largest chunk there is. */
static void full_chunk(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	char **ids = arena_calloc(s.arena, 256, sizeof(*ids));
	struct refusal refusal;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	story_condition(&s, st, CONDITION(NO_ONWARD));
	story_record(&s, st);
	s.facts.subjects = arena_calloc(s.arena, 256, sizeof(void *));
	s.facts.n_subjects = 0;
	for (size_t i = 0; i < 256; i++)
		ids[i] = add_subject(arena_printf(s.arena, "n%zu", i))->contribution_id;
	s.query.contribution_ids = ids;
	s.query.n_contribution_ids = 256;
	assert_int_equal(rule_release(&in, &event, &refusal), 0);
	assert_int_equal(event.release_granted->n_items, 256);
	assert_int_equal(event.release_granted->n_obligations, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(granted_item_by_item),
		TEST(content_elsewhere_is_released_whole_or_not),
		TEST(PRI_9d_a_refused_without_consent),
		TEST(PRI_9d_c_refused_after_revocation),
		TEST(one_forbidden_item_refuses_the_chunk),
		TEST(I11_A3_unknown_item_is_refused_alike),
		TEST(W14_own_state_is_told),
		TEST(unknown_owner_has_no_chain),
		TEST(nothing_to_send_is_not_recorded),
		TEST(L3_everybody_asks_for_itself),
		TEST(discover_sends_nothing),
		TEST(bad_requests),
		TEST(full_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
