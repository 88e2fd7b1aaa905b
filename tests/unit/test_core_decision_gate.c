/* SPDX-License-Identifier: ISC
 *
 * The decision: the gates G2 to G8 before any consent is asked for, and SD-6.
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define CLASS(name)     PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define GRAIN(name)     PIDC__V1__GRANULARITY__GRANULARITY_##name
#define CAPACITY(name)  PIDC__V1__CAPACITY__CAPACITY_##name
#define STATE(name)     PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define ORG(name)       PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

static struct story s;

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void G2_owner_and_holds(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD;
	story_expect_deny(&s, REASON(D_HOLD));
	story_expect_visible(&s, REASON(D_CONSENT));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_WITHDRAWN;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ERASED;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = 0;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	s.facts.owner->is_active = 0;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	story_expect_visible(&s, REASON(D_CONSENT));
	s.facts.owner = NULL;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
}

static void G3_partner_states(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->has_board_approval = 1;
	for (int i = 0; i <= (int)STATE(RECOGNISED) + 1; i++) {
		Pidc__V1__PartnershipState partner_state = (Pidc__V1__PartnershipState)i;

		s.facts.recipient->partner_state = partner_state;
		if (partner_state == STATE(ACTIVE) || partner_state == STATE(RECOGNISED))
			story_expect_permit(&s);
		else
			story_expect_deny(&s, REASON(D_PARTNER_STATE));
	}
	s.facts.recipient = NULL;
	story_expect_deny(&s, REASON(D_PARTNER_STATE));
}

static void G3_other_kinds_of_organisation(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->kind = ORG(WITNESS_ONLY);
	story_expect_deny(&s, REASON(D_PARTNER_STATE));
	s.facts.recipient->kind = ORG(MEDIATOR);
	story_expect_deny(&s, REASON(D_PARTNER_STATE));
	s.facts.recipient->kind = 0;
	story_expect_deny(&s, REASON(D_PARTNER_STATE));
	s.facts.recipient->kind = ORG(MEMBER);
	story_expect_deny(&s, REASON(D_PARTNER_STATE)); /* not an active one */
}

static void A30_secretariat_reads_for_analysis_only(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_to_org(&s, st, "sec");
	st->recipient->capacity = CAPACITY(SECRETARIAT);
	story_set_purposes(&s, st, "PIDC_ANALYSIS");
	story_record(&s, st);
	s.query.recipient_org = story_text(&s, "sec");
	s.facts.recipient->org = s.query.recipient_org;
	s.facts.recipient->kind = ORG(SECRETARIAT);
	s.query.capacity = CAPACITY(SECRETARIAT);
	story_expect_deny(&s, REASON(D_PURPOSE));
	story_ask_purpose(&s, "PIDC_ANALYSIS");
	story_expect_permit(&s);
	s.query.capacity = CAPACITY(OPERATOR);
	story_expect_deny(&s, REASON(D_PURPOSE));
}

static void G3_exiting_and_wind_down(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, CONDITION(WIND_DOWN));
	story_record(&s, st); /* a day ago */
	story_record_broad(&s);
	s.facts.recipient->partner_state = STATE(EXITING);
	s.facts.recipient->has_board_approval = 1;
	story_expect_deny(&s, REASON(D_PARTNER_STATE)); /* since when is not known */
	s.facts.recipient->exiting_since = story_time(&s, STORY_NOW - STORY_DAY);
	story_expect_deny(&s, REASON(D_PARTNER_STATE)); /* signed before */
	story_expect_visible(&s, REASON(D_PARTNER_STATE));
	s.facts.recipient->exiting_since = story_time(&s, STORY_NOW - STORY_DAY - 1);
	assert_string_equal(story_used(&s), story_id(&s, "a"));
	/* Not exiting: the condition is not met, the broad one is used. */
	s.facts.recipient->partner_state = STATE(ACTIVE);
	assert_string_equal(story_used(&s), story_id(&s, "broad"));
}

static void G4_board_approval(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->partner_state = STATE(ACTIVE);
	story_expect_deny(&s, REASON(D_BOARD));
	story_expect_visible(&s, REASON(D_BOARD));
	s.facts.recipient->has_board_approval = 1;
	story_expect_permit(&s);
}

static void G5_instrument_terms(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.instruments[0]->term = story_range(&s, STORY_NOW, STORY_NOW + STORY_DAY);
	story_expect_permit(&s);
	s.now_us = STORY_NOW + STORY_DAY;
	story_expect_deny(&s, REASON(D_MOU)); /* no tacit continuation */
	story_expect_visible(&s, REASON(D_MOU));
	s.now_us = STORY_NOW - 1;
	story_expect_deny(&s, REASON(D_MOU));
	s.facts.instruments[0]->term->from->nanos = 1;
	story_expect_deny(&s, REASON(D_MOU));
	s.facts.n_instruments = 0;
	story_expect_deny(&s, REASON(D_MOU));
}

static void EXI_2_b_outside_the_recorded_scope(void **state)
{
	Pidc__V1__DataScope *scope = s.facts.instruments[0]->scope;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	scope->purposes = story_list(&s, &scope->n_purposes, "RESEARCH_STAT", NULL);
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	story_expect_visible(&s, REASON(D_MOU_SCOPE));
	scope->purposes = story_list(&s, &scope->n_purposes, "ME", NULL);
	scope->granularity_ceiling = GRAIN(AGGREGATE);
	story_expect_permit(&s);
	s.subject->granularity = GRAIN(DEIDENTIFIED);
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	scope->granularity_ceiling = 0;
	s.subject->granularity = GRAIN(AGGREGATE);
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.facts.instruments[0]->scope = NULL;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
}

/* Two instruments that allow half each allow nothing. */
static void G5_instruments_do_not_add_up(void **state)
{
	Pidc__Store__V1__InstrumentFacts *a = s.facts.instruments[0];
	Pidc__Store__V1__InstrumentFacts *b = arena_memdup(s.arena, a, sizeof(*a));
	Pidc__V1__DataScope *scope = arena_memdup(s.arena, a->scope, sizeof(*a->scope));

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	b->instrument_id = story_id(&s, "second");
	b->scope = scope;
	s.facts.instruments[s.facts.n_instruments++] = b;
	a->scope->purposes = story_list(&s, &a->scope->n_purposes, "OTHER", NULL);
	scope->n_actions = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	scope->n_actions = 5;
	assert_string_equal(story_decide(&s).instrument_id, b->instrument_id);
}

static void only_under_names_the_instrument(void **state)
{
	Pidc__Store__V1__InstrumentFacts *a = s.facts.instruments[0];
	Pidc__Store__V1__InstrumentFacts *b = arena_memdup(s.arena, a, sizeof(*a));
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *only = story_condition(&s, st, CONDITION(ONLY_UNDER));

	(void)state;
	b->instrument_id = story_id(&s, "second");
	s.facts.instruments[s.facts.n_instruments++] = b;
	only->values = story_list(&s, &only->n_values, b->instrument_id, NULL);
	story_record(&s, st);
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).instrument_id, b->instrument_id);
	s.facts.n_statements = 0;
	only->values = story_list(&s, &only->n_values, a->instrument_id, NULL);
	story_record(&s, st);
	assert_string_equal(story_decide(&s).instrument_id, a->instrument_id);
	a->term = story_range(&s, 0, 1);
	story_expect_condition(&s, "ONLY_UNDER");
}

static void PRI_9b_a_amber_needs_confidentiality(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->classification = CLASS(AMBER);
	story_expect_permit(&s);
	s.facts.instruments[0]->has_confidentiality = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.subject->classification = CLASS(GREEN);
	story_expect_permit(&s);
	s.subject->classification = 0; /* unknown is not open */
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
}

static void G6_review_overdue(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->is_review_overdue = 1;
	story_expect_permit(&s);
	s.subject->classification = CLASS(AMBER);
	story_expect_deny(&s, REASON(D_REVIEW));
	story_expect_visible(&s, REASON(D_REVIEW)); /* consent lets it have the data */
	s.facts.n_statements = 0;
	story_expect_deny(&s, REASON(D_REVIEW));
	story_expect_visible(&s, REASON(D_CONSENT)); /* else the class would show */
}

static void G7_funding(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	s.query.capacity = CAPACITY(FUNDER);
	story_expect_deny(&s, REASON(D_FUNDING));
	story_expect_visible(&s, REASON(D_FUNDING));
	s.facts.recipient->has_accepted_funding = 1;
	story_expect_permit(&s);
	s.facts.recipient->has_accepted_funding = 0;
	s.query.capacity = CAPACITY(PARTNER);
	story_ask_purpose(&s, "DONOR_REPORTING");
	story_expect_deny(&s, REASON(D_FUNDING));
}

/* The rights of a member do not flow into the capacity of a funder (1.1). */
static void G7_members_fund_like_others(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	story_recipient_is_member(&s, "nz", CAPACITY(FUNDER));
	story_expect_deny(&s, REASON(D_FUNDING));
	story_expect_visible(&s, REASON(D_FUNDING));
	s.facts.recipient->has_accepted_funding = 1;
	story_expect_permit(&s);
}

static void G8_ceilings(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_record(&s, st);
	s.subject->classification = CLASS(AMBER);
	s.facts.instruments[0]->scope->classification_ceiling = CLASS(GREEN);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	story_expect_visible(&s, REASON(D_CLASSIFICATION));
	s.facts.instruments[0]->scope->classification_ceiling = CLASS(AMBER);
	story_expect_permit(&s);
	s.facts.n_statements = 0;
	st->classification_ceiling = CLASS(GREEN); /* the consent's own */
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	story_expect_visible(&s, REASON(D_CONSENT));
}

static void SD_6_one_signature_reaches_green(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_expect_permit(&s);
	s.facts.statements[0]->is_approved = false;
	story_expect_permit(&s);
	s.facts.instruments[0]->has_confidentiality = true;
	s.subject->classification = CLASS(AMBER);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	s.facts.statements[0]->is_approved = true;
	story_expect_permit(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(G2_owner_and_holds),
		TEST(G3_partner_states),
		TEST(G3_other_kinds_of_organisation),
		TEST(A30_secretariat_reads_for_analysis_only),
		TEST(G3_exiting_and_wind_down),
		TEST(G4_board_approval),
		TEST(G5_instrument_terms),
		TEST(EXI_2_b_outside_the_recorded_scope),
		TEST(G5_instruments_do_not_add_up),
		TEST(only_under_names_the_instrument),
		TEST(PRI_9b_a_amber_needs_confidentiality),
		TEST(G6_review_overdue),
		TEST(G7_funding),
		TEST(G7_members_fund_like_others),
		TEST(G8_ceilings),
		TEST(SD_6_one_signature_reaches_green),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
