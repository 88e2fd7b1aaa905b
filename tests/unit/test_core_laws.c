/* SPDX-License-Identifier: ISC
 *
 * The laws of the consent rule about statements (C1 to C4, C7 to C9), on generated
 * cases: what has to hold between two answers, whatever the answers are. PIDC_SEED
 * and PIDC_CASES as in test_core_naive.c.
 *
 * CTest labels: sharing
 */
#include "tests/lib/naive_law.h"

#include "core/message.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KIND(name) PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

static bool is_grant(size_t k)
{
	return law_statement(k) != NULL && law_statement(k)->kind == KIND(GRANT);
}

static bool is_exclusive(size_t k)
{
	return law_statement(k)->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
}

static void C1_no_permits_deny(void **state)
{
	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		law_draw(i);
		for (size_t k = law_case.statement_count; k-- > 0;)
			if (is_grant(k))
				case_remove(&law_case, k);
		case_pack(&law_case);
		LAW("C1", !law_is_permitted());
	}
}

static void C2_a_veto_never_opens(void **state)
{
	size_t closed = 0;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		bool before;

		law_draw(i);
		before = law_is_permitted();
		if (law_case.statement_count == CASE_STATEMENTS_MAX)
			continue;
		law_record(case_terms(&law_case, true, law_case.now_us));
		LAW("C2", before || !law_is_permitted());
		closed += before && !law_is_permitted();
	}
	assert_true(closed > 0);
}

static void C2_ending_a_chain_never_opens(void **state)
{
	size_t closed = 0, k;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		bool before;

		law_draw(i);
		if (!law_pick(KIND(GRANT), &k))
			continue;
		before = law_is_permitted();
		law_record(law_change(k, i % 2 != 0 ? KIND(REVOKE) : KIND(SUSPEND)));
		LAW("C2", before || !law_is_permitted());
		closed += before && !law_is_permitted();
	}
	assert_true(closed > 0);
}

/* Of an exclusive grant the exclusion stays when its permit has run out. */
static void C3_fewer_permits_never_open(void **state)
{
	size_t closed = 0, k;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		bool before;

		law_draw(i);
		if (!law_pick(KIND(GRANT), &k))
			continue;
		before = law_is_permitted();
		law_statement(k)->valid_to = time_to_proto(law_case.arena, law_case.now_us);
		if (!is_exclusive(k) && law_statement(k)->version == 1)
			case_remove(&law_case, k);
		case_pack(&law_case);
		LAW("C3", before || !law_is_permitted());
		closed += before && !law_is_permitted();
	}
	assert_true(closed > 0);
}

static void C4_order_of_rows_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		struct decision a, b;

		law_draw(i);
		a = case_decide(&law_case);
		for (size_t n = law_case.facts.n_statements; n > 1; n--) {
			size_t k = case_below(&law_case, (unsigned)n);
			Pidc__Store__V1__StatementRow **rows = law_case.facts.statements;
			Pidc__Store__V1__StatementRow *row = rows[k];

			rows[k] = rows[n - 1];
			rows[n - 1] = row;
		}
		b = case_decide(&law_case);
		LAW("C4", a.verdict == b.verdict && a.reason == b.reason &&
				  a.visible == b.visible && strcmp(a.detail, b.detail) == 0 &&
				  strcmp(a.statement_id, b.statement_id) == 0);
	}
}

/* Whether the terms and the question have anything in common: a veto with the same
 * terms, all alone, is the reason. */
static bool overlaps(size_t k)
{
	struct naive_case before = law_case;
	Pidc__V1__ConsentStatement veto = *law_statement(k);
	Pidc__V1__Reason reason;

	veto.kind = KIND(VETO);
	veto.valid_from = NULL;
	veto.valid_to = NULL;
	law_case.statements[0] = (struct case_statement){
		.statement = &veto, .consent_id = veto.consent_id, .index = 1};
	law_case.statement_count = 1;
	case_pack(&law_case);
	reason = case_decide(&law_case).reason;
	law_case = before;
	case_pack(&law_case);
	return reason == PIDC__V1__REASON__REASON_D_VETO;
}

/* What is not recorded by now is not there to be revoked. */
static void forget_later(void)
{
	while (law_case.statement_count > 0 &&
	       law_case.statements[law_case.statement_count - 1].recorded_us > law_case.now_us)
		case_remove(&law_case, law_case.statement_count - 1);
}

/* Row k has the terms that stand of a chain that the statement ends. */
static bool is_named(const Pidc__V1__ConsentStatement *st, size_t k)
{
	const char *consent_id = law_case.statements[k].consent_id;
	bool is_named = false;

	if (law_statement(k) == NULL || law_statement(k)->data == NULL)
		return false;
	for (size_t i = 0; i < st->n_chains; i++)
		is_named |= strcmp(st->chains[i]->consent_id, consent_id) == 0;
	for (size_t i = k + 1; i < law_case.statement_count; i++)
		if (law_statement(i) != NULL && law_statement(i)->data != NULL &&
		    strcmp(law_case.statements[i].consent_id, consent_id) == 0)
			return false;
	return is_named;
}

static void C7_a_revocation_is_a_refusal(void **state)
{
	size_t tried = 0, k;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		law_draw(i);
		if (!law_pick(i % 4 != 0 ? KIND(GRANT) : KIND(VETO), &k) || !overlaps(k))
			continue;
		law_record(law_change(k, KIND(REVOKE)));
		LAW("C7", !law_is_permitted());
		tried++;
	}
	assert_true(tried > law_count / 100);
}

/* So is one statement on many chains, for the scope of each. */
static void C7_revoke_all_closes_every_chain(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		Pidc__V1__ConsentStatement *st;
		bool meets = false;

		law_draw(i);
		forget_later();
		st = case_revoke_all(&law_case);
		if (st == NULL)
			continue;
		st->kind = i % 2 != 0 ? KIND(REVOKE) : KIND(SUSPEND);
		st->fall_back = false;
		for (size_t k = 0; k < law_case.statement_count; k++)
			meets |= is_named(st, k) && overlaps(k);
		if (!meets)
			continue;
		law_record(st);
		LAW("C7", !law_is_permitted());
		tried++;
	}
	assert_true(tried > law_count / 100);
}

/* Somewhere between the rows, whose places and instants stay as they are. */
static void add_foreign_row(const Pidc__V1__ConsentStatement *st)
{
	struct naive_case *c = &law_case;
	Pidc__Store__V1__StatementRow *row = (Pidc__Store__V1__StatementRow *)message_new(
		&pidc__store__v1__statement_row__descriptor, c->arena);

	assert_non_null(row);
	row->index = case_below(c, 200);
	row->recorded_at = time_to_proto(c->arena, c->now_us);
	assert_int_equal(message_pack(&st->base, c->arena, &row->statement), 0);
	c->facts.statements[c->facts.n_statements++] = row;
}

static void C8_other_owners_do_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		struct decision before, after;
		Pidc__V1__ConsentStatement *st;

		law_draw(i);
		if (law_case.facts.n_statements == CASE_STATEMENTS_MAX)
			continue;
		before = case_decide(&law_case);
		st = case_terms(&law_case, i % 2 != 0, law_case.now_us);
		st->owner_org = arena_strdup(law_case.arena, "fj");
		add_foreign_row(st);
		after = case_decide(&law_case);
		LAW("C8", before.verdict == after.verdict && before.reason == after.reason &&
				  strcmp(before.consent_id, after.consent_id) == 0);
	}
}

/* What was decided with the statements of a revision is decided so for ever, when
 * the later ones are left out: nothing else of the facts moves with them. */
static void C9_known_then_is_decided_as_then(void **state)
{
	(void)state;
	for (size_t i = 0; i < law_count; i++) {
		struct naive_case all;
		struct decision then, later;

		law_draw(i);
		all = law_case;
		law_case.statement_count =
			case_below(&law_case, (unsigned)law_case.statement_count + 1);
		case_pack(&law_case);
		then = case_decide(&law_case);
		all.facts.n_statements = law_case.facts.n_statements;
		later = case_decide(&all);
		LAW("C9", then.verdict == later.verdict && then.reason == later.reason &&
				  strcmp(then.consent_id, later.consent_id) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C1_no_permits_deny),
		cmocka_unit_test(C2_a_veto_never_opens),
		cmocka_unit_test(C2_ending_a_chain_never_opens),
		cmocka_unit_test(C3_fewer_permits_never_open),
		cmocka_unit_test(C4_order_of_rows_does_not_matter),
		cmocka_unit_test(C7_a_revocation_is_a_refusal),
		cmocka_unit_test(C7_revoke_all_closes_every_chain),
		cmocka_unit_test(C8_other_owners_do_not_matter),
		cmocka_unit_test(C9_known_then_is_decided_as_then),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
