/* SPDX-License-Identifier: ISC
 *
 * Recalls and their answers.
 * CTest labels: sharing
 */
#include "core/text.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)  PIDC__V1__REASON__REASON_##name
#define CAUSE(name)   PIDC__V1__RECALL_CAUSE__RECALL_CAUSE_##name
#define OUTCOME(name) PIDC__V1__RECALL_OUTCOME__RECALL_OUTCOME_##name
#define STATE(name)   PIDC__V1__RECALL_STATE__RECALL_STATE_##name
#define ITEMS         3

static struct story s;
static struct rule_input in;

static Pidc__V1__DisclosedItemRef refs[ITEMS], *ref_list[ITEMS] = {&refs[0], &refs[1], &refs[2]};
static Pidc__Store__V1__RecallableItem recallable[ITEMS],
	*recallable_list[ITEMS] = {&recallable[0], &recallable[1], &recallable[2]};
static Pidc__V1__RecallDisclosuresRequest recall;
static Pidc__Store__V1__RecallFacts recall_facts;

static Pidc__Store__V1__RecallStateItem states[ITEMS],
	*state_list[ITEMS] = {&states[0], &states[1], &states[2]};
static Pidc__Store__V1__RecallStateFacts state_facts;
static Pidc__V1__AnswerRecallRequest answer;
static Pidc__V1__CloseRecallRequest closing;

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

static void recalls_setup(void)
{
	pidc__v1__recall_disclosures_request__init(&recall);
	pidc__store__v1__recall_facts__init(&recall_facts);
	pidc__store__v1__recall_state_facts__init(&state_facts);
	recall.recipient_org = state_facts.recipient_org = story_text(&s, "iom");
	recall.cause = CAUSE(OWNER_DECISION);
	recall.reason = story_text(&s, "no longer to be held");
	recall.items = ref_list;
	recall.n_items = recall_facts.n_items = state_facts.n_items = ITEMS;
	recall_facts.items = recallable_list;
	state_facts.owner_org = story_text(&s, "tv");
	state_facts.recall_id = story_id(&s, "recall");
	state_facts.version = 1;
	state_facts.items = state_list;
	for (size_t i = 0; i < ITEMS; i++) {
		pidc__v1__disclosed_item_ref__init(&refs[i]);
		pidc__store__v1__recallable_item__init(&recallable[i]);
		pidc__store__v1__recall_state_item__init(&states[i]);
		refs[i].release_index = recallable[i].release_index = states[i].release_index =
			7 + i / 2;
		refs[i].contribution_id = recallable[i].contribution_id =
			states[i].contribution_id =
				story_id(&s, arena_printf(s.arena, "c%zu", i % 2));
		states[i].state = STATE(OPEN);
	}
}

static void answers_setup(void)
{
	pidc__v1__answer_recall_request__init(&answer);
	pidc__v1__close_recall_request__init(&closing);
	answer.recall_id = closing.recall_id = state_facts.recall_id;
	answer.outcome = OUTCOME(DELETED);
	answer.every_open_item = 1;
	closing.every_answered_item = 1;
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
	recalls_setup();
	answers_setup();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

/* --- recalls -------------------------------------------------------------------- */

static void use_recall(void)
{
	act_as_owner();
	in.request = &recall.base;
	in.facts = &recall_facts.base;
}

static void L5_a_recall_names_releases_and_a_day(void **state)
{
	Pidc__V1__Event event;
	int64_t due_us = 0;

	(void)state;
	use_recall();
	story_expect_event(&in, rule_recall_disclosures, &event,
			   PIDC__V1__EVENT__BODY_DISCLOSURES_RECALLED);
	assert_int_equal(event.disclosures_recalled->n_items, ITEMS);
	assert_int_equal(event.disclosures_recalled->items[2]->release_index, 8);
	assert_true(time_from_proto(event.disclosures_recalled->due, &due_us));
	assert_int_equal(due_us, STORY_NOW + 30 * STORY_DAY);
	assert_string_equal(event.concerns[0], "tv");
	assert_string_equal(event.concerns[1], "iom");
	assert_string_equal(event.entity_id, in.new_id);
}

static void a_chain_is_recalled_by_the_thousand(void **state)
{
	enum { MANY = 1001 };
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;
	struct refusal refusal;

	(void)state;
	use_recall();
	recall.n_items = 0;
	recall.consent_id = story_id(&s, "chain");
	recall_facts.items = arena_calloc(s.arena, MANY, sizeof(void *));
	recall_facts.n_items = MANY;
	for (size_t i = 0; i < MANY; i++)
		recall_facts.items[i] = &recallable[0];
	assert_int_equal(rule_recall_disclosures(&in, &event, &refusal), 0);
	assert_int_equal(event.disclosures_recalled->n_items, 1000);
	recall_facts.n_items = 0;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_NOT_FOUND), "recipient_org");
}

/* For each cause: what makes it true. */
static void L5_the_cause_has_to_be_so(void **state)
{
	(void)state;
	use_recall();
	recall.n_items = 1;
	recall.cause = CAUSE(CONSENT_ENDED);
	recallable[0].consent_to = story_time(&s, STORY_NOW + 1);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall.cause = CAUSE(WITHDRAWN);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall.cause = CAUSE(CORRECTED);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall.cause = CAUSE(CLASSIFICATION_RAISED);
	recallable[0].classification = recallable[0].released_classification =
		PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall.cause = CAUSE(DATA_LIFE_OVER);
	recallable[0].dispose_by = story_time(&s, STORY_NOW + 1);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall.cause = CAUSE(PARTNERSHIP_ENDED);
	recall_facts.recipient_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
}

static void expect_recalled(Pidc__V1__RecallCause cause)
{
	Pidc__V1__Event event;

	recall.cause = cause;
	story_expect_event(&in, rule_recall_disclosures, &event,
			   PIDC__V1__EVENT__BODY_DISCLOSURES_RECALLED);
	assert_int_equal(event.disclosures_recalled->n_items, 1);
	assert_int_equal(event.disclosures_recalled->cause, cause);
}

static void L5_every_cause_recalls(void **state)
{
	(void)state;
	use_recall();
	recall.n_items = recall_facts.n_items = 1;
	recallable[0].consent_to = story_time(&s, STORY_NOW);
	expect_recalled(CAUSE(CONSENT_ENDED));
	recallable[0].consent_to = NULL;
	recallable[0].is_consent_revoked = 1;
	expect_recalled(CAUSE(CONSENT_ENDED));
	recallable[0].status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ERASED;
	expect_recalled(CAUSE(WITHDRAWN));
	recallable[0].is_replaced = 1;
	expect_recalled(CAUSE(CORRECTED));
	recallable[0].released_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	recallable[0].classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	expect_recalled(CAUSE(CLASSIFICATION_RAISED));
	recallable[0].dispose_by = story_time(&s, STORY_NOW);
	expect_recalled(CAUSE(DATA_LIFE_OVER));
	recall_facts.recipient_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_EXITING;
	expect_recalled(CAUSE(PARTNERSHIP_ENDED));
}

static void a_recall_comes_once_an_item_and_cause(void **state)
{
	(void)state;
	use_recall();
	recallable[1].is_recalled = 1;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_STATE), "items");
	recall_facts.n_items = 1; /* somebody else's release, or none */
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_NOT_FOUND), "items");
}

static void bad_recalls(void **state)
{
	(void)state;
	use_recall();
	recall.due = story_time(&s, STORY_NOW);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_BACKDATED), "due");
	recall.due = story_time(&s, STORY_NOW + 367 * STORY_DAY);
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "due");
	refs[1] = refs[0];
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "items");
	refs[0].contribution_id = story_text(&s, "x");
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD),
			     "items.contribution_id");
	recall.reason = story_text(&s, "x");
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "reason");
	recall.n_items = 1001;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_LIMIT), "items");
	recall.consent_id = story_id(&s, "chain");
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "items");
	recall.consent_id = story_text(&s, "");
	recall.n_items = 0;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_EMPTY_SELECTOR), "items");
	recall.recipient_org = story_text(&s, "");
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "recipient_org");
	recall.cause = 0;
	story_expect_refused(&in, rule_recall_disclosures, REASON(E_FIELD), "cause");
}

/* --- answers -------------------------------------------------------------------- */

static void use_answer(void)
{
	act_as_recipient();
	in.request = &answer.base;
	in.facts = &state_facts.base;
}

static void use_closing(void)
{
	act_as_owner();
	in.request = &closing.base;
	in.facts = &state_facts.base;
}

static void every_open_item_is_answered(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	use_answer();
	states[1].state = STATE(ANSWERED);
	states[1].outcome = OUTCOME(QUARANTINED); /* answered already: not meant */
	story_expect_event(&in, rule_answer_recall, &event, PIDC__V1__EVENT__BODY_RECALL_ANSWERED);
	assert_int_equal(event.recall_answered->n_items, 2);
	assert_string_equal(event.entity_id, state_facts.recall_id);
	assert_int_equal(event.entity_version, 2);
	assert_int_equal(event.n_concerns, 2);
}

/* Which answers can follow on which: QUARANTINED and CANNOT are not the last word. */
static void an_answer_that_is_final_stays(void **state)
{
	static const struct {
		Pidc__V1__RecallState state;
		Pidc__V1__RecallOutcome outcome;
		bool is_fit;
	} rows[] = {
		{STATE(OPEN), 0, true},
		{STATE(ANSWERED), OUTCOME(QUARANTINED), true},
		{STATE(ANSWERED), OUTCOME(CANNOT), true},
		{STATE(ANSWERED), OUTCOME(DELETED), false},
		{STATE(ANSWERED), OUTCOME(RETURNED), false},
		{STATE(CLOSED), OUTCOME(CANNOT), false},
	};

	(void)state;
	use_answer();
	answer.every_open_item = 0;
	answer.items = ref_list;
	answer.n_items = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		Pidc__V1__Event event;

		states[0].state = rows[i].state;
		states[0].outcome = rows[i].outcome;
		if (rows[i].is_fit)
			story_expect_event(&in, rule_answer_recall, &event,
					   PIDC__V1__EVENT__BODY_RECALL_ANSWERED);
		else
			story_expect_refused(&in, rule_answer_recall, REASON(E_STATE), "items");
	}
}

static void L3_only_the_recipient_answers(void **state)
{
	(void)state;
	use_answer();
	act_as_owner();
	story_expect_refused(&in, rule_answer_recall, REASON(E_NOT_FOUND), "recall_id");
}

static void bad_answers(void **state)
{
	(void)state;
	use_answer();
	for (size_t i = 0; i < ITEMS; i++)
		states[i].state = STATE(CLOSED);
	story_expect_refused(&in, rule_answer_recall, REASON(E_STATE), "every_open_item");
	answer.items = ref_list;
	answer.n_items = 1;
	story_expect_refused(&in, rule_answer_recall, REASON(E_FIELD), "every_open_item");
	answer.every_open_item = 0;
	refs[0].release_index = 99;
	story_expect_refused(&in, rule_answer_recall, REASON(E_NOT_FOUND), "items");
	answer.n_items = 1001;
	story_expect_refused(&in, rule_answer_recall, REASON(E_LIMIT), "items");
	answer.n_items = 0;
	story_expect_refused(&in, rule_answer_recall, REASON(E_EMPTY_SELECTOR), "items");
	answer.outcome = OUTCOME(CANNOT);
	story_expect_refused(&in, rule_answer_recall, REASON(E_FIELD), "reason");
	answer.outcome = 0;
	story_expect_refused(&in, rule_answer_recall, REASON(E_FIELD), "outcome");
}

static void the_owner_closes_what_cannot_be_done(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	use_closing();
	story_expect_refused(&in, rule_close_recall, REASON(E_STATE), "every_answered_item");
	states[0].state = states[1].state = STATE(ANSWERED);
	states[0].outcome = OUTCOME(CANNOT);
	states[1].outcome = OUTCOME(QUARANTINED);
	story_expect_event(&in, rule_close_recall, &event, PIDC__V1__EVENT__BODY_RECALL_CLOSED);
	assert_int_equal(event.recall_closed->n_items, 1);
	act_as_recipient();
	story_expect_refused(&in, rule_close_recall, REASON(E_NOT_FOUND), "recall_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(L5_a_recall_names_releases_and_a_day),
		TEST(a_chain_is_recalled_by_the_thousand),
		TEST(L5_the_cause_has_to_be_so),
		TEST(L5_every_cause_recalls),
		TEST(a_recall_comes_once_an_item_and_cause),
		TEST(bad_recalls),
		TEST(every_open_item_is_answered),
		TEST(an_answer_that_is_final_stays),
		TEST(L3_only_the_recipient_answers),
		TEST(bad_answers),
		TEST(the_owner_closes_what_cannot_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
