/* SPDX-License-Identifier: ISC
 *
 * The laws of the decision about questions, instants and gates (C5, C6, C10, C11)
 * and about what a recipient may learn (I11), on generated cases. PIDC_SEED and
 * PIDC_CASES as in test_core_naive.c.
 *
 * CTest labels: sharing
 */
#include "tests/lib/naive_law.h"

#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define STATE(name)  PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define IS_AMBER(c)  ((c) >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER)

static void C5_fewer_fields_are_permitted_too(void **state)
{
	size_t several = 0;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		Pidc__Store__V1__DecisionQuery *query = &law_case.query;
		char *all[8];
		size_t count;

		law_draw(i);
		count = query->n_fields;
		if (!law_is_permitted() || count > 8)
			continue;
		several += count > 1;
		memcpy(all, query->fields, count * sizeof(all[0]));
		for (unsigned subset = 1; subset < 1U << count; subset++) {
			query->n_fields = 0;
			for (size_t k = 0; k < count; k++)
				if (subset >> k & 1)
					query->fields[query->n_fields++] = all[k];
			LAW("C5", law_is_permitted());
		}
	}
	assert_true(several > 0);
}

/* Whether no part of a chain of one statement is valid now. */
static bool is_idle(size_t k)
{
	const Pidc__V1__ConsentStatement *st = law_statement(k);
	int64_t from = law_case.statements[k].recorded_us, to = INT64_MAX;

	if (st == NULL || st->data == NULL || st->version != 1 || !law_is_last(k))
		return false;
	if (st->valid_from != NULL)
		assert_true(time_from_proto(st->valid_from, &from));
	if (st->valid_to != NULL && st->mode != PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE)
		assert_true(time_from_proto(st->valid_to, &to));
	return law_case.now_us < from || law_case.now_us >= to;
}

static void C6_only_valid_parts_matter(void **state)
{
	size_t removed = 0;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		bool before;

		law_draw(i);
		before = law_is_permitted();
		for (size_t k = law_case.statement_count; k-- > 0;) {
			if (!is_idle(k))
				continue;
			case_remove(&law_case, k);
			removed++;
		}
		case_pack(&law_case);
		LAW("C6", before == law_is_permitted());
	}
	assert_true(removed > law_count / 10);
}

/* The statement that the permit rests on. */
static Pidc__V1__ConsentStatement *used(const struct decision *decision)
{
	for (size_t k = law_case.statement_count; k-- > 0;)
		if (law_statement(k) != NULL && law_statement(k)->data != NULL && law_is_last(k) &&
		    strcmp(law_statement(k)->consent_id, decision->consent_id) == 0)
			return law_statement(k);
	return NULL;
}

/* Break one word of what was permitted; which: 0 to 3. */
static void break_word(Pidc__V1__ConsentStatement *st, size_t which)
{
	static Pidc__V1__Condition unknown = PIDC__V1__CONDITION__INIT;

	unknown.kind = (Pidc__V1__ConditionKind)200;
	switch (which) {
	case 0:
		st->conditions = arena_calloc(law_case.arena, 1, sizeof(*st->conditions));
		assert_non_null(st->conditions);
		st->conditions[0] = &unknown;
		st->n_conditions = 1;
		break;
	case 1:
		for (size_t i = 0; i < st->n_purposes; i++)
			st->purposes[i] = arena_strdup(law_case.arena, "NO_SUCH");
		break;
	case 2:
		for (size_t i = 0; i < st->n_actions; i++)
			st->actions[i] = (Pidc__V1__Action)40;
		law_case.query.action = (Pidc__V1__Action)40;
		break;
	default:
		st->recipient->n_orgs = 0;
		st->recipient->n_pinned_orgs = 0;
		st->recipient->all_partners = false;
		st->recipient->org_class = arena_strdup(law_case.arena, "NO_SUCH");
		break;
	}
}

static void C10_unknown_words_deny(void **state)
{
	size_t broken = 0;

	(void)state;
	for (size_t i = 0; i < 4 * law_count; i++) {
		struct decision before, after;
		Pidc__V1__ConsentStatement *st;

		law_draw(i / 4);
		before = case_decide(&law_case);
		if (before.verdict != PIDC__V1__VERDICT__VERDICT_PERMIT)
			continue;
		st = used(&before);
		if (st == NULL)
			continue;
		break_word(st, i % 4);
		case_pack(&law_case);
		after = case_decide(&law_case);
		LAW("C10", strcmp(after.consent_id, before.consent_id) != 0);
		broken++;
	}
	assert_true(broken > 0);
}

static void C10_an_unknown_purpose_is_covered_by_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		law_draw(i);
		law_case.query.purpose = arena_strdup(law_case.arena, "NO_SUCH");
		for (size_t k = 0; k < law_case.statement_count; k++)
			if (law_statement(k) != NULL && law_statement(k)->n_purposes > 0)
				law_statement(k)->purposes[0] = law_case.query.purpose;
		case_pack(&law_case);
		LAW("C10", !law_is_permitted());
	}
}

/* Each gate that shuts, shuts alone. */
static void shut(Pidc__V1__Reason reason)
{
	Pidc__Store__V1__DecisionFacts *facts = &law_case.facts;

	if (reason == REASON(D_OWNER_STATE))
		facts->owner->is_active = false;
	else if (reason == REASON(D_HOLD))
		law_case.subject.status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_HELD;
	else if (reason == REASON(D_PARTNER_STATE))
		facts->recipient->partner_state = STATE(SUSPENDED);
	else if (reason == REASON(D_BOARD))
		facts->recipient->has_board_approval = false;
	else if (reason == REASON(D_MOU))
		facts->n_instruments = 0;
	else if (reason == REASON(D_FUNDING))
		facts->recipient->has_accepted_funding = false;
	else if (reason == REASON(D_REVIEW))
		facts->recipient->is_review_overdue = true;
	for (size_t i = 0; i < facts->n_instruments; i++) {
		if (reason == REASON(D_MOU_SCOPE))
			facts->instruments[i]->has_confidentiality = false;
		if (reason == REASON(D_CLASSIFICATION))
			facts->instruments[i]->scope->classification_ceiling =
				PIDC__V1__CLASSIFICATION__CLASSIFICATION_CLEAR;
	}
}

/* Whether the gate is one for this question at all. */
static bool is_asked(Pidc__V1__Reason reason)
{
	Pidc__V1__Classification classification = law_case.subject.classification;
	const char *purpose = law_case.query.purpose;

	if (reason == REASON(D_FUNDING))
		return law_case.query.capacity == PIDC__V1__CAPACITY__CAPACITY_FUNDER ||
		       strcmp(purpose, "DONOR_REPORTING") == 0 ||
		       strcmp(purpose, "DONOR_AUDIT") == 0;
	if (reason == REASON(D_REVIEW) || reason == REASON(D_MOU_SCOPE))
		return IS_AMBER(classification);
	if (reason == REASON(D_CLASSIFICATION))
		return classification > PIDC__V1__CLASSIFICATION__CLASSIFICATION_CLEAR;
	return reason != REASON(D_HOLD) || law_case.subject.contribution_id[0] != '\0';
}

static void C11_every_gate_denies_alone(void **state)
{
	static const Pidc__V1__Reason reasons[] = {
		REASON(D_OWNER_STATE), REASON(D_HOLD),    REASON(D_PARTNER_STATE),
		REASON(D_BOARD),       REASON(D_MOU),     REASON(D_MOU_SCOPE),
		REASON(D_REVIEW),      REASON(D_FUNDING), REASON(D_CLASSIFICATION),
	};
	const size_t count = sizeof(reasons) / sizeof(reasons[0]);
	size_t shut_count[16] = {0};

	(void)state;
	for (size_t i = 0; i < count * law_count; i++) {
		Pidc__V1__Reason reason = reasons[i % count];
		struct decision decision;

		law_draw(i / count);
		if (law_case.facts.recipient->kind !=
			    PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER ||
		    !law_is_permitted() || !is_asked(reason))
			continue;
		shut(reason);
		decision = case_decide(&law_case);
		LAW("C11", decision.reason == reason);
		shut_count[i % count]++;
	}
	for (size_t i = 0; i < count; i++)
		assert_true(shut_count[i] > 0);
}

/* Whoever is let through passes every gate, all of them drawn. */
static void C11_a_permit_passes_every_gate(void **state)
{
	size_t permits = 0;

	(void)state;
	for (size_t i = 0; i < 4 * law_count; i++) {
		struct naive_answer naive;

		case_draw(&law_case, 90000 + i);
		if (!law_is_permitted())
			continue;
		case_decide_naive(&law_case, &naive);
		LAW("C11", naive.gate_reason == REASON(UNSPECIFIED));
		permits++;
	}
	assert_true(permits > 0);
}

/* I11: where consent does not let the recipient have it, what it sees is what it
 * would see of something that does not exist. */
static void I11_what_is_denied_looks_like_what_is_missing(void **state)
{
	size_t hidden = 0;

	(void)state;
	for (size_t i = 0; i < 4 * law_count; i++) {
		struct decision_set *set = NULL;
		struct decision real, missing;
		struct naive_answer naive;

		case_draw(&law_case, 50000 + i);
		case_decide_naive(&law_case, &naive);
		real = case_decide(&law_case);
		/* Who lacks the owner's word only, or has a consent for larger cells only, is
		 * told. */
		if (naive.consent_reason == REASON(UNSPECIFIED) || naive.is_waiting ||
		    naive.consent_reason == REASON(D_SMALL_CELL))
			continue;
		assert_int_equal(
			decision_compile(&law_case.facts, &law_case.query, law_case.arena, &set),
			0);
		assert_int_equal(
			decision_evaluate(set, NULL, law_case.now_us, law_case.arena, &missing), 0);
		LAW("I11", real.verdict == missing.verdict && real.visible == missing.visible);
		hidden += real.visible == REASON(D_CONSENT);
	}
	assert_true(hidden > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C5_fewer_fields_are_permitted_too),
		cmocka_unit_test(C6_only_valid_parts_matter),
		cmocka_unit_test(C10_unknown_words_deny),
		cmocka_unit_test(C10_an_unknown_purpose_is_covered_by_nothing),
		cmocka_unit_test(C11_every_gate_denies_alone),
		cmocka_unit_test(C11_a_permit_passes_every_gate),
		cmocka_unit_test(I11_what_is_denied_looks_like_what_is_missing),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
