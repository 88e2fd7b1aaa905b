/* SPDX-License-Identifier: ISC */
#include "tests/lib/naive_law.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Of each law, unless PIDC_CASES says otherwise. */
#define CASES 4000

struct naive_case law_case;
size_t law_count;

static uint64_t seed;

int law_setup(void **state)
{
	(void)state;
	law_count = case_count_wanted(CASES);
	seed = case_seed_wanted(7);
	case_open(&law_case);
	return 0;
}

int law_teardown(void **state)
{
	(void)state;
	case_close(&law_case);
	return 0;
}

static void open_gates(struct naive_case *c)
{
	Pidc__Store__V1__RecipientFacts *who = c->facts.recipient;

	c->facts.owner->is_active = true;
	who->is_active_member = true;
	who->has_accepted_funding = true;
	who->lapses_at = NULL;
	who->has_board_approval = true;
	who->is_review_overdue = false;
	if (who->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER)
		who->partner_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE;
	if (c->subject.contribution_id[0] != '\0')
		c->subject.status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	for (size_t i = 0; i < c->facts.n_instruments; i++) {
		Pidc__Store__V1__InstrumentFacts *instrument = c->facts.instruments[i];

		instrument->term = NULL;
		instrument->has_confidentiality = true;
		instrument->scope->granularity_ceiling =
			PIDC__V1__GRANULARITY__GRANULARITY_PERSONAL;
		instrument->scope->classification_ceiling =
			PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	}
}

void law_draw(size_t i)
{
	case_draw(&law_case, seed + i);
	open_gates(&law_case);
}

bool law_is_permitted(void)
{
	return case_decide(&law_case).verdict == PIDC__V1__VERDICT__VERDICT_PERMIT;
}

Pidc__V1__ConsentStatement *law_statement(size_t k)
{
	return law_case.statements[k].statement;
}

static bool is_known(size_t k)
{
	return law_case.statements[k].recorded_us <= law_case.now_us;
}

bool law_is_last(size_t k)
{
	for (size_t i = k + 1; i < law_case.statement_count && is_known(i); i++)
		if (law_statement(i) != NULL && strcmp(law_case.statements[i].consent_id,
						       law_case.statements[k].consent_id) == 0)
			return false;
	return is_known(k);
}

bool law_pick(Pidc__V1__StatementKind kind, size_t *ret_k)
{
	size_t k;

	if (law_case.statement_count == 0 || law_case.statement_count == CASE_STATEMENTS_MAX)
		return false;
	k = case_below(&law_case, (unsigned)law_case.statement_count);
	if (law_statement(k) == NULL || law_statement(k)->kind != kind || !law_is_last(k))
		return false;
	*ret_k = k;
	return true;
}

void law_record(Pidc__V1__ConsentStatement *st)
{
	struct naive_case *c = &law_case;
	size_t known = 0;

	while (known < c->statement_count && is_known(known))
		known++;
	c->statement_count = known;
	if (known > 0 && c->statements[known - 1].recorded_us >= c->now_us)
		c->now_us = c->statements[known - 1].recorded_us + 1;
	case_insert(c, known, st, c->now_us);
	case_pack(c);
}

Pidc__V1__ConsentStatement *law_change(size_t k, Pidc__V1__StatementKind kind)
{
	Pidc__V1__ConsentStatement *st = (Pidc__V1__ConsentStatement *)message_new(
		&pidc__v1__consent_statement__descriptor, law_case.arena);

	assert_non_null(st);
	st->kind = kind;
	st->statement_id = law_statement(k)->statement_id;
	st->consent_id = law_statement(k)->consent_id;
	st->owner_org = law_statement(k)->owner_org;
	st->version = law_statement(k)->version + 1;
	return st;
}

void law_broken(const char *law)
{
	fprintf(stderr, "%s does not hold:\n", law);
	case_print(&law_case);
	fail();
}
