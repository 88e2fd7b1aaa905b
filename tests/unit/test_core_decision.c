/* SPDX-License-Identifier: ISC
 *
 * The decision: worked cases W1 to W15, the gates, what each side may see.
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
#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
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

static void expect_visible(Pidc__V1__Reason reason)
{
	assert_string_equal(reason_name(story_decide(&s).visible), reason_name(reason));
}

static void expect_condition(const char *name)
{
	struct decision decision = story_decide(&s);

	assert_string_equal(reason_name(decision.reason), "D_CONDITION");
	assert_string_equal(decision.detail, name);
}

/* GRANT of everything of tv to iom for ME, READ, recorded. */
static Pidc__V1__ConsentStatement *record_broad(void)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "broad");

	st->data = story_data_all(&s);
	story_set_fields(&s, st, "month", "count");
	story_record(&s, st);
	return st;
}

static void recipient_is_member(const char *org, Pidc__V1__Capacity capacity)
{
	s.query.recipient_org = story_text(&s, org);
	s.query.capacity = capacity;
	s.facts.recipient->org = s.query.recipient_org;
	s.facts.recipient->kind = ORG(MEMBER);
	s.facts.recipient->partner_state = 0;
	s.facts.recipient->partner_class = story_text(&s, "");
	s.facts.recipient->is_active_member = 1;
	s.facts.n_instruments = 0;
}

static void W1_PRI_9d_a_no_statement(void **state)
{
	(void)state;
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	expect_visible(REASON(D_CONSENT));
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
	expect_visible(REASON(D_CONSENT));
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
	record_broad();
	veto->data = story_data_category(&s, "RAS", 0);
	story_record(&s, veto);
	story_expect_permit(&s); /* another category */
	s.subject->category = story_text(&s, "RAS");
	story_expect_deny(&s, REASON(D_VETO));
	expect_visible(REASON(D_CONSENT));
}

/* "All partners" of a veto reaches whoever gives money (A10). */
static void veto_of_partners_reaches_member_donors(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a"), *veto = story_veto(&s, "veto");

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	recipient_is_member("nz", CAPACITY(FUNDER));
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
	record_broad();
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
	record_broad();
	story_record(&s, grant_k_with_embargo(PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE));
	expect_condition("EMBARGO_UNTIL");
	expect_visible(REASON(D_CONSENT));
	s.now_us = STORY_NOW + 16 * STORY_DAY - 1;
	expect_condition("EMBARGO_UNTIL");
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
	record_broad();
	story_record(&s, grant_k_with_embargo(PIDC__V1__GRANT_MODE__GRANT_MODE_ADD));
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).consent_id, story_id(&s, "broad"));
}

static void W9_PRI_9d_c_k_revoked_narrow(void **state)
{
	(void)state;
	record_broad();
	story_record(&s, story_grant(&s, "narrow"));
	story_expect_permit(&s);
	story_record(&s, story_change(&s, "narrow", KIND(REVOKE), 2));
	story_expect_deny(&s, REASON(D_REVOKED));
	expect_visible(REASON(D_CONSENT));
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
	record_broad();
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
	expect_condition("ONLY_FOR_FUNDING");
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
	expect_condition("APPROVE_EACH"); /* and there is no approval */
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
	expect_visible(REASON(D_PARTNER_STATE));
}

static void W15_PRI_9d_n_other_capacity(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(MEMBER);
	story_record(&s, st);
	recipient_is_member("nz", CAPACITY(MEMBER));
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

static void PRI_9d_b_C8_another_owners_statement(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->owner_org = story_text(&s, "fj");
	st->data = story_data_all(&s);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	story_record(&s, story_grant(&s, "b"));
	st = story_veto(&s, "veto");
	st->owner_org = story_text(&s, "fj");
	story_record(&s, st);
	story_expect_permit(&s);
}

static void PRI_9d_e_other_purpose(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_ask_purpose(&s, "RESEARCH_STAT");
	story_expect_deny(&s, REASON(D_PURPOSE));
}

static void purposes_cover_what_is_below(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.query.purpose = story_text(&s, "ME_FIELD");
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME_FIELD", "ME", NULL);
	story_expect_permit(&s);
	/* C10: a purpose that is in no list, whatever the path says. */
	s.facts.n_purpose_path = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME", NULL);
	story_expect_deny(&s, REASON(D_PURPOSE));
}

static void purposes_below_are_vetoed_for_the_whole(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	record_broad();
	story_set_purposes(&s, veto, "ME_FIELD");
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.purpose_descendants =
		story_list(&s, &s.facts.n_purpose_descendants, "ME_DESK", "ME_FIELD", NULL);
	story_expect_deny(&s, REASON(D_VETO));
}

static void veto_of_discover_closes_every_action(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	record_broad();
	story_set_action(&s, veto, PIDC__V1__ACTION__ACTION_COPY);
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.n_statements = 1;
	story_set_action(&s, veto, PIDC__V1__ACTION__ACTION_DISCOVER);
	story_record(&s, veto);
	story_expect_deny(&s, REASON(D_VETO));
}

static void suspend_and_resume(void **state)
{
	(void)state;
	record_broad();
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(SUSPEND), 2));
	story_expect_deny(&s, REASON(D_REVOKED)); /* closes the scope, as a revocation */
	story_record(&s, story_change(&s, "a", KIND(RESUME), 3));
	story_expect_permit(&s);
	assert_string_equal(story_decide(&s).consent_id, story_id(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(REVOKE), 4));
	story_record(&s, story_change(&s, "a", KIND(RESUME), 5)); /* too late: terminal */
	story_expect_deny(&s, REASON(D_REVOKED));
}

static void suspended_exclusive_still_excludes_newer(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	story_record(&s, st);
	story_record(&s, story_change(&s, "a", KIND(SUSPEND), 2));
	record_broad(); /* later than the suspension */
	story_expect_deny(&s, REASON(D_REVOKED));
}

/* Whatever stands behind a REVOKE, the scope that was revoked stays closed. */
static void nothing_leads_out_of_revoked(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	record_broad();
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_change(&s, "a", KIND(REVOKE), 2));
	st->data = story_data_dataset(&s, "another");
	st->version = 3;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_REVOKED));
	story_record(&s, story_change(&s, "a", (Pidc__V1__StatementKind)99, 4));
	story_expect_deny(&s, REASON(D_REVOKED));
}

static void new_version_replaces(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	st->version = 2;
	story_set_fields(&s, st, "month", NULL);
	st->statement_id = story_id(&s, "a/2");
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_FIELD));
	story_ask_fields(&s, "month", NULL);
	assert_string_equal(story_decide(&s).statement_id, st->statement_id);
}

static void C7_revoked_veto_stays_a_refusal(void **state)
{
	Pidc__V1__ConsentStatement *revoke = story_change(&s, "veto", KIND(REVOKE), 2);

	(void)state;
	record_broad();
	story_record(&s, story_veto(&s, "veto"));
	story_record(&s, revoke);
	story_expect_deny(&s, REASON(D_REVOKED));
	s.facts.n_statements = 2;
	revoke->fall_back = 1;
	story_record(&s, revoke);
	story_expect_permit(&s);
}

static void fields_by_schema_version(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->n_fields = 0;
	st->all_fields_of_schema_version = 1;
	story_record(&s, st);
	story_expect_permit(&s);
	story_ask_fields(&s, "nationality", NULL); /* came with schema 2 */
	story_expect_deny(&s, REASON(D_FIELD));
	s.subject->fields[2]->schema_version = 1;
	story_expect_permit(&s);
	story_ask_fields(&s, "no_such", NULL);
	story_expect_deny(&s, REASON(D_FIELD));
}

static void periods_are_covered_or_met(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");
	int64_t from = STORY_NOW - 5 * STORY_MONTH, to = STORY_NOW - 2 * STORY_MONTH;

	(void)state;
	st->data_period = story_range(&s, from, to);
	story_record(&s, st);
	story_expect_permit(&s);
	s.facts.n_statements = 0;
	st->data_period = story_range(&s, from + 1, to);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st->data_period = story_range(&s, from, to - 1);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	record_broad();
	veto->data_period = story_range(&s, to, to + STORY_DAY); /* touches, does not meet */
	story_record(&s, veto);
	story_expect_permit(&s);
	s.facts.n_statements = 1;
	veto->data_period = story_range(&s, to - 1, to + STORY_DAY);
	story_record(&s, veto);
	story_expect_deny(&s, REASON(D_VETO));
	/* A subject of no stated period is of any. */
	s.facts.n_statements = 1;
	veto->data_period = story_range(&s, 0, 1);
	story_record(&s, veto);
	s.subject->period = NULL;
	story_expect_deny(&s, REASON(D_VETO));
}

static void categories_have_a_ceiling(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data = story_data_category(&s, "OVER", GRAIN(DEIDENTIFIED));
	story_record(&s, st);
	story_expect_permit(&s);
	s.subject->granularity = GRAIN(CASE_LEVEL);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.subject->granularity = 0;
	story_expect_deny(&s, REASON(D_MOU_SCOPE));
	/* A member has no instrument that would ask first. */
	recipient_is_member("iom", CAPACITY(PARTNER));
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.subject->granularity = GRAIN(AGGREGATE);
	story_expect_permit(&s);
}

static void whole_datasets(void **state)
{
	Pidc__V1__ConsentStatement *veto = story_veto(&s, "veto");

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->contribution_id = story_text(&s, "");
	s.subject->period = NULL;
	s.subject->status = 0;
	story_expect_permit(&s);
	veto->data = story_data_contribution(&s, "k");
	story_record(&s, veto);
	story_expect_permit(&s); /* k is not said to be in it */
	s.subject->contribution_ids =
		story_list(&s, &s.subject->n_contribution_ids, story_id(&s, "k"), NULL);
	story_expect_deny(&s, REASON(D_VETO));
	/* A consent to one contribution is none to the whole. */
	s.facts.n_statements = 0;
	{
		Pidc__V1__ConsentStatement *one = story_grant(&s, "one");

		one->data = story_data_contribution(&s, "k");
		story_record(&s, one);
	}
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void conditions_decide(void **state)
{
	static const struct {
		Pidc__V1__ConditionKind kind;
		Pidc__V1__Granularity granularity;
		const char *fails; /* NULL: holds */
	} cases[] = {
		{CONDITION(AGGREGATE_ONLY), GRAIN(AGGREGATE), NULL},
		{CONDITION(AGGREGATE_ONLY), GRAIN(DEIDENTIFIED), "AGGREGATE_ONLY"},
		{CONDITION(DEIDENTIFIED_ONLY), GRAIN(DEIDENTIFIED), NULL},
		{CONDITION(DEIDENTIFIED_ONLY), GRAIN(CASE_LEVEL), "DEIDENTIFIED_ONLY"},
		{CONDITION(NO_ONWARD), GRAIN(AGGREGATE), NULL},
		{CONDITION(MIN_CELL), GRAIN(AGGREGATE), "MIN_CELL"},
		{CONDITION(MAX_RELEASES), GRAIN(AGGREGATE), "MAX_RELEASES"},
		{CONDITION(FREQUENCY), GRAIN(AGGREGATE), "FREQUENCY"},
		{CONDITION(ONLY_FOR_FUNDING), GRAIN(AGGREGATE), "ONLY_FOR_FUNDING"},
		{CONDITION(IN_COUNTRY), GRAIN(AGGREGATE), "IN_COUNTRY"},
		{CONDITION(WIND_DOWN), GRAIN(AGGREGATE), "WIND_DOWN"},
		{CONDITION(ONLY_UNDER), GRAIN(AGGREGATE), "ONLY_UNDER"},
		{CONDITION(EMBARGO_UNTIL), GRAIN(AGGREGATE), "EMBARGO_UNTIL"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

		story_condition(&s, st, cases[i].kind);
		s.subject->granularity = cases[i].granularity;
		s.facts.n_statements = 0;
		story_record(&s, st);
		if (cases[i].fails == NULL)
			story_expect_permit(&s);
		else
			expect_condition(cases[i].fails);
	}
}

static void C10_unknown_condition(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, (Pidc__V1__ConditionKind)77);
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.n_statements = 0;
	st->conditions[0]->kind = 0;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void C10_statement_that_does_not_parse(void **state)
{
	(void)state;
	record_broad();
	story_record(&s, story_grant(&s, "b"));
	s.facts.statements[1]->statement.len--;
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.statements[1]->statement.len++;
	story_expect_permit(&s);
	s.facts.statements[1]->recorded_at = NULL;
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void C10_unknown_kind_denies_its_scope(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "b");

	(void)state;
	record_broad();
	st->kind = (Pidc__V1__StatementKind)99;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.subject->dataset_id = story_id(&s, "another");
	story_expect_permit(&s);
	/* Of a chain that has terms, its own scope; of one that has none, everything. */
	story_record(&s, story_change(&s, "broad", (Pidc__V1__StatementKind)99, 2));
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
	s.facts.n_statements = 1;
	story_record(&s, story_change(&s, "none", KIND(CORRECT), 1));
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void malformed_selectors_permit_nothing(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data->all_of_owner = 1; /* two ways */
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->recipient->all_partners = 1;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->data = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	s.facts.n_statements = 0;
	st = story_grant(&s, "a");
	st->recipient = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
	/* A veto of nothing in particular is of everything. */
	s.facts.n_statements = 0;
	record_broad();
	st = story_veto(&s, "veto");
	st->data = NULL;
	st->recipient = NULL;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_VETO));
}

static void unreadable_validity_denies(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->valid_to->nanos = 1;
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_UNKNOWN_CONDITION));
}

static void obligations_are_handed_on(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	struct decision decision;

	(void)state;
	story_condition(&s, st, CONDITION(DATA_LIFE))->number = 90;
	story_condition(&s, st, CONDITION(AGGREGATE_ONLY));
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	story_record(&s, st);
	decision = story_decide(&s);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_PERMIT);
	assert_int_equal(decision.obligation_count, 2);
	assert_int_equal(decision.obligations[0]->number, 90);
	assert_int_equal(decision.obligations[1]->kind, CONDITION(ATTRIBUTION));
}

static const char *used(void)
{
	story_expect_permit(&s);
	return story_decide(&s).consent_id;
}

/* contribution > dataset > category > all; organisation > class > all; deeper
 * purpose; fewer actions; more obligations; lower id. */
static void the_most_specific_permit_is_used(void **state)
{
	Pidc__V1__ConsentStatement *st;

	(void)state;
	record_broad();
	st = story_grant(&s, "category");
	st->data = story_data_category(&s, "OVER", GRAIN(PERSONAL));
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "category"));
	st = story_grant(&s, "dataset");
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "dataset"));
	st = story_grant(&s, "class");
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "class"));
	st = story_grant(&s, "two-actions");
	st->actions = arena_calloc(s.arena, 2, sizeof(*st->actions));
	st->actions[0] = PIDC__V1__ACTION__ACTION_READ;
	st->actions[1] = PIDC__V1__ACTION__ACTION_COPY;
	st->n_actions = 2;
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "two-actions"));
	st = story_grant(&s, "one-action");
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "one-action"));
	st = story_grant(&s, "obliging");
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "obliging"));
	st = story_grant(&s, "k");
	st->data = story_data_contribution(&s, "k");
	story_to_partners(&s, st);
	story_record(&s, st);
	assert_string_equal(used(), story_id(&s, "k"));
}

static void deeper_purpose_then_lower_id(void **state)
{
	Pidc__V1__ConsentStatement *deep = story_grant(&s, "deep");
	const char *x = story_id(&s, "x"), *y = story_id(&s, "y");

	(void)state;
	story_ask_purpose(&s, "ME_FIELD");
	s.facts.purpose_path = story_list(&s, &s.facts.n_purpose_path, "ME_FIELD", "ME", NULL);
	story_record(&s, story_grant(&s, "x"));
	story_record(&s, story_grant(&s, "y"));
	assert_string_equal(used(), strcmp(x, y) < 0 ? x : y);
	story_set_purposes(&s, deep, "ME_FIELD");
	story_record(&s, deep);
	assert_string_equal(used(), deep->consent_id);
}

static void G2_owner_and_holds(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD;
	story_expect_deny(&s, REASON(D_HOLD));
	expect_visible(REASON(D_CONSENT));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_WITHDRAWN;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ERASED;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = 0;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	s.subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	s.facts.owner->is_active = 0;
	story_expect_deny(&s, REASON(D_OWNER_STATE));
	expect_visible(REASON(D_CONSENT));
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
	record_broad();
	s.facts.recipient->partner_state = STATE(EXITING);
	s.facts.recipient->has_board_approval = 1;
	story_expect_deny(&s, REASON(D_PARTNER_STATE)); /* since when is not known */
	s.facts.recipient->exiting_since = story_time(&s, STORY_NOW - STORY_DAY);
	story_expect_deny(&s, REASON(D_PARTNER_STATE)); /* signed before */
	expect_visible(REASON(D_PARTNER_STATE));
	s.facts.recipient->exiting_since = story_time(&s, STORY_NOW - STORY_DAY - 1);
	assert_string_equal(used(), story_id(&s, "a"));
	/* Not exiting: the condition is not met, the broad one is used. */
	s.facts.recipient->partner_state = STATE(ACTIVE);
	assert_string_equal(used(), story_id(&s, "broad"));
}

static void G4_board_approval(void **state)
{
	(void)state;
	story_record(&s, story_grant(&s, "a"));
	s.facts.recipient->partner_state = STATE(ACTIVE);
	story_expect_deny(&s, REASON(D_BOARD));
	expect_visible(REASON(D_BOARD));
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
	expect_visible(REASON(D_MOU));
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
	expect_visible(REASON(D_MOU_SCOPE));
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
	expect_condition("ONLY_UNDER");
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
	expect_visible(REASON(D_REVIEW)); /* consent lets it have the data */
	s.facts.n_statements = 0;
	story_expect_deny(&s, REASON(D_REVIEW));
	expect_visible(REASON(D_CONSENT)); /* else the class would show */
}

static void G7_funding(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->recipient->capacity = CAPACITY(FUNDER);
	story_record(&s, st);
	s.query.capacity = CAPACITY(FUNDER);
	story_expect_deny(&s, REASON(D_FUNDING));
	expect_visible(REASON(D_FUNDING));
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
	recipient_is_member("nz", CAPACITY(FUNDER));
	story_expect_deny(&s, REASON(D_FUNDING));
	expect_visible(REASON(D_FUNDING));
	s.facts.recipient->has_accepted_funding = 1;
	story_expect_permit(&s);
}

/* C10: named on both sides, an unknown action is still unknown. */
static void C10_unknown_action_on_both_sides(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	Pidc__V1__Action unknown[] = {(Pidc__V1__Action)40};

	(void)state;
	story_to_org(&s, st, "nz");
	st->recipient->capacity = CAPACITY(MEMBER);
	st->actions = unknown;
	st->n_actions = 1;
	story_record(&s, st);
	recipient_is_member("nz", CAPACITY(MEMBER)); /* no agreement stops it first */
	s.query.action = unknown[0];
	story_expect_deny(&s, REASON(D_DEFAULT_DENY));
}

static void G8_ceilings(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_record(&s, st);
	s.subject->classification = CLASS(AMBER);
	s.facts.instruments[0]->scope->classification_ceiling = CLASS(GREEN);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	expect_visible(REASON(D_CLASSIFICATION));
	s.facts.instruments[0]->scope->classification_ceiling = CLASS(AMBER);
	story_expect_permit(&s);
	s.facts.n_statements = 0;
	st->classification_ceiling = CLASS(GREEN); /* the consent's own */
	story_record(&s, st);
	story_expect_deny(&s, REASON(D_CLASSIFICATION));
	expect_visible(REASON(D_CONSENT));
}

/* I11, A3: whatever is unknown, forbidden, held or outside the ceilings looks the
 * same to a recipient, for each state that it may itself be in. */
static void I11_unknown_and_forbidden_look_alike(void **state)
{
	(void)state;
	for (unsigned own = 0; own < 8; own++) {
		Pidc__V1__Reason expected;

		s.facts.n_statements = 0;
		s.facts.recipient->partner_state = own & 1 ? STATE(SUSPENDED) : STATE(ACTIVE);
		s.facts.recipient->has_board_approval = !(own & 2);
		s.facts.n_instruments = own & 4 ? 0 : 1;
		expected = story_decide_about(&s, NULL, s.now_us).visible;
		for (unsigned subject = 0; subject < 64; subject++) {
			s.subject->classification = subject & 1 ? CLASS(RED) : CLASS(GREEN);
			s.subject->granularity = subject & 2 ? GRAIN(PERSONAL) : GRAIN(AGGREGATE);
			s.subject->status =
				subject & 4
					? PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD
					: PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
			s.facts.recipient->is_review_overdue = (subject & 8) != 0;
			s.facts.instruments[0]->scope->classification_ceiling =
				subject & 16 ? CLASS(GREEN) : CLASS(RED);
			s.facts.instruments[0]->scope->granularity_ceiling =
				subject & 32 ? GRAIN(AGGREGATE) : GRAIN(PERSONAL);
			assert_int_equal(story_decide(&s).verdict, PIDC__V1__VERDICT__VERDICT_DENY);
			assert_int_equal(story_decide(&s).visible, expected);
		}
	}
}

static void unknown_subject(void **state)
{
	struct decision decision;

	(void)state;
	record_broad();
	decision = story_decide_about(&s, NULL, s.now_us);
	assert_int_equal(decision.verdict, PIDC__V1__VERDICT__VERDICT_DENY);
	assert_int_equal(decision.reason, REASON(E_NOT_FOUND));
	assert_int_equal(decision.visible, REASON(D_CONSENT));
	assert_string_equal(decision.consent_id, "");
	/* Somebody else's subject is unknown for this owner. */
	s.subject->owner_org = story_text(&s, "fj");
	story_expect_deny(&s, REASON(E_NOT_FOUND));
}

static void denials_carry_no_ids(void **state)
{
	struct decision decision;

	(void)state;
	story_record(&s, story_grant(&s, "a"));
	story_record(&s, story_veto(&s, "veto"));
	decision = story_decide(&s);
	assert_string_equal(decision.consent_id, "");
	assert_string_equal(decision.statement_id, "");
	assert_string_equal(decision.instrument_id, "");
	assert_int_equal(decision.obligation_count, 0);
}

static void needs_memory(void **state)
{
	struct arena *arena = arena_new(0);
	struct decision_set *set = NULL;
	struct decision decision;
	size_t used_bytes;

	(void)state;
	record_broad();
	story_record(&s, grant_k_with_embargo(PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE));
	assert_int_equal(decision_compile(&s.facts, &s.query, arena, &set), 0);
	assert_int_equal(decision_evaluate(set, s.subject, s.now_us, arena, &decision), 0);
	used_bytes = arena_used(arena);
	arena_free(arena);
	for (size_t limit = 16; limit < used_bytes; limit += 16) {
		int rc;

		arena = arena_new(limit);
		rc = decision_compile(&s.facts, &s.query, arena, &set);
		if (rc == 0)
			rc = decision_evaluate(set, s.subject, s.now_us, arena, &decision);
		assert_int_equal(rc, PIDC_ENOMEM);
		arena_free(arena);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(PRI_9d_b_C8_another_owners_statement),
		TEST(PRI_9d_e_other_purpose),
		TEST(purposes_cover_what_is_below),
		TEST(purposes_below_are_vetoed_for_the_whole),
		TEST(veto_of_discover_closes_every_action),
		TEST(suspend_and_resume),
		TEST(suspended_exclusive_still_excludes_newer),
		TEST(nothing_leads_out_of_revoked),
		TEST(new_version_replaces),
		TEST(C7_revoked_veto_stays_a_refusal),
		TEST(fields_by_schema_version),
		TEST(periods_are_covered_or_met),
		TEST(categories_have_a_ceiling),
		TEST(whole_datasets),
		TEST(conditions_decide),
		TEST(C10_unknown_condition),
		TEST(C10_statement_that_does_not_parse),
		TEST(C10_unknown_kind_denies_its_scope),
		TEST(malformed_selectors_permit_nothing),
		TEST(unreadable_validity_denies),
		TEST(obligations_are_handed_on),
		TEST(the_most_specific_permit_is_used),
		TEST(deeper_purpose_then_lower_id),
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
		TEST(C10_unknown_action_on_both_sides),
		TEST(G8_ceilings),
		TEST(SD_6_one_signature_reaches_green),
		TEST(I11_unknown_and_forbidden_look_alike),
		TEST(unknown_subject),
		TEST(denials_carry_no_ids),
		TEST(needs_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
