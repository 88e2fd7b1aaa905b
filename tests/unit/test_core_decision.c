/* SPDX-License-Identifier: ISC
 *
 * The decision: worked cases W1 to W15.
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define CLASS(name)     PIDC__V1__CLASSIFICATION__CLASSIFICATION_##name
#define CAPACITY(name)  PIDC__V1__CAPACITY__CAPACITY_##name
#define STATE(name)     PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name

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

static void W1_PRI_9d_a_no_statement(void **state)
{
	(void)state;
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	story_expect_visible(&s, REASON(D_CONSENT));
}

static void W2_granted(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	struct decision decision;

	(void)state;
	story_record(&s, st);
	decision = story_decide(&s);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_PERMIT);
	assert_string_equal(decision.consent_id, st->consent_id);
	assert_string_equal(decision.statement_id, st->statement_id);
	assert_string_equal(decision.instrument_id, s.facts.instruments[0]->instrument_id);
	assert_int_equal(decision.visible, 0);
	assert_int_equal(decision.obligation_count, 0);
}

static void W3_PRI_9d_f_extra_field(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_ask_fields(&s, "count", "nationality");
	story_expect_deny(&s, REASON(D_FIELD));
	assert_string_equal(story_decide(&s).detail, "nationality");
	story_expect_visible(&s, REASON(D_CONSENT));
	story_ask_fields(&s, NULL, NULL);
	story_expect_deny(&s, REASON(D_FIELD)); /* none is not all */
}

static void W4_other_action(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.query.action = PIDC__V1__ACTION__ACTION_COPY;
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.query.action = PIDC__V1__ACTION__ACTION_UNSPECIFIED;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.query.action = (Pidc__V1__Action)99;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.query.action = PIDC__V1__ACTION__ACTION_DISCOVER; /* any action implies it */
	story_expect_permit(&s);
}

static void W5_PRI_9d_l_pinned_class(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data = story_data_all(&s);
	story_to_class(&s, st, "INTERNATIONAL_BODY", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED,
		       "iom");
	story_record(&s, st);
	story_expect_permit(&s);
	/* Another organisation of the class, not pinned. */
	s.query.recipient_org = story_text(&s, "unhcr");
	s.facts.recipient->org = s.query.recipient_org;
	s.facts.recipient->class_since = story_time(&s, STORY_NOW - 300 * STORY_DAY);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void L6_open_class_waits_for_later_joiners(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_to_class(&s, st, "INTERNATIONAL_BODY", PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN, NULL);
	story_record(&s, st);                          /* recorded a day ago */
	story_expect_deny(&s, REASON(D_DEFAULT_DENY)); /* when it joined is not known */
	s.facts.recipient->class_since = story_time(&s, STORY_NOW - 2 * STORY_DAY);
	story_expect_permit(&s); /* it was there at signing */
	s.facts.recipient->class_since = story_time(&s, STORY_NOW - STORY_DAY / 2);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.now_us = STORY_NOW - STORY_DAY / 2 + 14 * STORY_DAY - 1;
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.now_us++;
	story_expect_permit(&s);
	s.facts.recipient->partner_class = story_text(&s, "REGIONAL_ORG");
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void W6_PRI_9d_g_veto_wins(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record_broad(&s);
	veto->data = story_data_category(&s, "RAS", 0);
	story_record(&s, veto);
	story_expect_permit(&s); /* another category */
	s.subject->category = story_text(&s, "RAS");
	story_expect_deny(&s, REASON(D_VETO));
	story_expect_visible(&s, REASON(D_CONSENT));
}

/* "All partners" of a veto reaches whoever gives money (A10). */
static void veto_of_partners_reaches_member_donors(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a"), *veto = story_veto(&s, "veto");

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	story_recipient_is_member(&s, "nz", CAPACITY(FUNDER));
	s.facts.recipient->has_accepted_funding = 1;
	veto->recipient->capacity = CAPACITY(FUNDER);
	story_expect_permit(&s);
	story_record(&s, veto);
	story_expect_deny(&s, REASON(D_VETO));
	/* A permit of all partners does not. */
	s.facts.n_statements = 0;
	story_to_partners(&s, st);
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void W6_veto_ends_at_its_end(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record_broad(&s);
	veto->valid_from = story_time(&s, STORY_NOW + STORY_DAY);
	veto->valid_to = story_time(&s, STORY_NOW + 2 * STORY_DAY);
	story_record(&s, veto);
	story_expect_permit(&s);
	s.now_us = STORY_NOW + STORY_DAY;
	story_expect_deny(&s, REASON(D_VETO));
	s.now_us = STORY_NOW + 2 * STORY_DAY;
	story_expect_permit(&s);
}

static Pidc__V1__ConsentStatement *grant_k_with_embargo(Pidc__V1__GrantMode mode)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "k-only");

	st->data = story_data_contribution(&s, "k");
	story_condition(&s, st, CONDITION(EMBARGO_UNTIL))->until =
		story_time(&s, STORY_NOW + 16 * STORY_DAY); /* 1 July */
	st->mode = mode;
	return st;
}

static void W7_exclusive_embargo(void **state)
{
	(void)state;
	story_record_broad(&s);
	story_record(&s, grant_k_with_embargo(PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE));
	story_expect_condition(&s, "EMBARGO_UNTIL");
	story_expect_visible(&s, REASON(D_CONSENT));
	s.now_us = STORY_NOW + 16 * STORY_DAY - 1;
	story_expect_condition(&s, "EMBARGO_UNTIL");
	s.now_us++;
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).consent_id, story_id(&s, "k-only"));
}

static void exclusive_outlives_its_permit(void **state)
{
	Pidc__V1__ConsentStatement *broad = story_grant(&s, "broad");
	Pidc__V1__ConsentStatement *narrow = story_grant(&s, "narrow");

	(void)state;
	broad->data = story_data_all(&s);
	broad->valid_to = story_time(&s, STORY_NOW + 12 * STORY_MONTH);
	narrow->valid_to = story_time(&s, STORY_NOW + STORY_MONTH);
	narrow->mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	story_record(&s, broad);
	story_record(&s, narrow);
	story_expect_permit(&s);
	s.now_us = STORY_NOW + 2 * STORY_MONTH;
	story_expect_deny(&s, REASON(D_EXPIRED));
	story_ask_fields(&s, "month", NULL);
	story_expect_deny(&s, REASON(D_EXPIRED));
}

static void W8_add_is_one_more_way(void **state)
{
	(void)state;
	story_record_broad(&s);
	story_record(&s, grant_k_with_embargo(PIDC__V1__GRANT_MODE__GRANT_MODE_ADD));
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).consent_id, story_id(&s, "broad"));
}

static void W9_PRI_9d_c_k_revoked_narrow(void **state)
{
	(void)state;
	story_record_broad(&s);
	story_record(&s, story_grant(&s, "narrow"));
	story_expect_permit(&s);
	story_record(&s, story_change(&s, "narrow", KIND(REVOKE), 2));
	story_expect_deny(&s, REASON(D_REVOKED));
	story_expect_visible(&s, REASON(D_CONSENT));
	/* Outside the revoked scope the broad one stands. */
	s.subject->dataset_id = story_id(&s, "another");
	story_expect_permit(&s);
}

static void W9_later_grant_is_not_blocked(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(REVOKE), 2));
	story_expect_deny(&s, REASON(D_REVOKED));
	story_record(&s, story_grant(&s, "b"));
	story_expect_permit(&s);
}

static void W10_fall_back(void **state)
{
	Pidc__V1__ConsentStatement *revoke = story_change(&s, "narrow", KIND(REVOKE), 2);

	(void)state;
	revoke->fall_back = 1;
	story_record(&s, story_grant(&s, "narrow"));
	story_record(&s, revoke);
	story_expect_deny(&s, REASON(D_REVOKED)); /* nothing to fall back to */
	story_record_broad(&s);
	story_expect_permit(&s);
}

static void W11_PRI_9d_d_half_open(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->valid_from = story_time(&s, STORY_NOW + STORY_DAY);
	st->valid_to = story_time(&s, STORY_NOW + 2 * STORY_DAY);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_NOT_YET));
	s.now_us = STORY_NOW + STORY_DAY - 1;
	story_expect_deny(&s, REASON(D_NOT_YET));
	s.now_us = STORY_NOW + STORY_DAY;
	story_expect_permit(&s);
	s.now_us = STORY_NOW + 2 * STORY_DAY - 1;
	story_expect_permit(&s);
	s.now_us = STORY_NOW + 2 * STORY_DAY;
	story_expect_deny(&s, REASON(D_EXPIRED));
}

static void W12_only_for_funding(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Condition *condition = story_condition(&s, st, CONDITION(ONLY_FOR_FUNDING));

	(void)state;
	condition->values = story_list(&s, &condition->n_values, story_id(&s, "agreement"), NULL);
	story_record(&s, st);
	story_expect_condition(&s, "ONLY_FOR_FUNDING");
}

static void W13_red_by_name_and_approved(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	s.subject->classification = CLASS(RED);
	story_to_class(&s, st, "INTERNATIONAL_BODY", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED,
		       "iom");
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	s.facts.n_statements = 0;
	story_condition(&s, st, CONDITION(APPROVE_EACH));
	story_record(&s, st);
	story_expect_condition(&s, "APPROVE_EACH"); /* and there is no approval */
	s.facts.n_statements = 0;
	story_to_class(&s, st, "INTERNATIONAL_BODY", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED,
		       "iom");
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY)); /* two things are wrong with it */
}

static void W14_partner_suspended(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->partner_state = STATE(SUSPENDED);
	story_expect_deny(&s, REASON(D_PARTNER_STATE));
	story_expect_visible(&s, REASON(D_PARTNER_STATE));
}

static void W15_PRI_9d_n_other_capacity(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(MEMBER);
	story_record(&s, st);
	story_recipient_is_member(&s, "nz", CAPACITY(MEMBER));
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).instrument_id, "");
	s.query.capacity = CAPACITY(FUNDER);
	story_expect_deny(&s, REASON(D_FUNDING));
	s.facts.recipient->has_accepted_funding = 1;
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	story_ask_purpose(&s, "DONOR_REPORTING");
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.query.capacity = CAPACITY(UNSPECIFIED);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(W1_PRI_9d_a_no_statement),
		TEST(W2_granted),
		TEST(W3_PRI_9d_f_extra_field),
		TEST(W4_other_action),
		TEST(W5_PRI_9d_l_pinned_class),
		TEST(L6_open_class_waits_for_later_joiners),
		TEST(W6_PRI_9d_g_veto_wins),
		TEST(veto_of_partners_reaches_member_donors),
		TEST(W6_veto_ends_at_its_end),
		TEST(W7_exclusive_embargo),
		TEST(exclusive_outlives_its_permit),
		TEST(W8_add_is_one_more_way),
		TEST(W9_PRI_9d_c_k_revoked_narrow),
		TEST(W9_later_grant_is_not_blocked),
		TEST(W10_fall_back),
		TEST(W11_PRI_9d_d_half_open),
		TEST(W12_only_for_funding),
		TEST(W13_red_by_name_and_approved),
		TEST(W14_partner_suspended),
		TEST(W15_PRI_9d_n_other_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
