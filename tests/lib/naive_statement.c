/* SPDX-License-Identifier: ISC */
#include "tests/lib/naive_statement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How long after joining a class an OPEN consent to the class waits (3.4). */
#define COOLING_OFF_US (INT64_C(14) * 24 * 3600 * 1000000)

/* ---- recipients */

static bool is_named(const Pidc__Store__V1__RecipientFacts *who,
		     const Pidc__V1__RecipientSelector *to)
{
	return naive_has(to->orgs, to->n_orgs, who->org) ||
	       naive_has(to->pinned_orgs, to->n_pinned_orgs, who->org);
}

static bool is_open_class(const Pidc__Store__V1__RecipientFacts *who,
			  const Pidc__V1__RecipientSelector *to)
{
	return to->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN &&
	       to->org_class[0] != '\0' && strcmp(to->org_class, who->partner_class) == 0;
}

/* Whom a permit is for: whoever was pinned at signing; of an OPEN class also who
 * was in it then, and who joined later when the cooling-off is over (L6). */
static bool is_permitted(const struct naive_question *question,
			 const Pidc__V1__RecipientSelector *to, int64_t recorded_us)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;
	int64_t since;

	if (to->capacity != question->query->capacity)
		return false;
	if (is_named(who, to))
		return true;
	if (to->all_partners)
		return who->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER;
	if (!is_open_class(who, to) || who->class_since == NULL)
		return false;
	since = naive_instant(who->class_since, 0);
	return since <= recorded_us || question->now_us >= since + COOLING_OFF_US;
}

/* Whom an exclusion is for: a class's joiners at once, and all partners means all
 * who give money too, whatever kind they are. */
static bool is_denied(const struct naive_question *question, const Pidc__V1__RecipientSelector *to)
{
	const Pidc__Store__V1__RecipientFacts *who = question->facts->recipient;

	if (to->capacity != question->query->capacity)
		return false;
	if (to->all_partners)
		return who->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER ||
		       to->capacity == PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	return is_named(who, to) || is_open_class(who, to);
}

/* ---- chains */

static struct naive_chain *chain_of(struct naive_chains *chains, const char *consent_id)
{
	struct naive_chain *chain;

	for (size_t i = 0; i < chains->count; i++)
		if (strcmp(chains->chains[i].consent_id, consent_id) == 0)
			return &chains->chains[i];
	chain = &chains->chains[chains->count++];
	*chain = (struct naive_chain){.consent_id = consent_id};
	return chain;
}

/* What the terms say, whenever they were recorded. */
static void chain_read_terms(const struct naive_question *question, struct naive_chains *chains,
			     struct naive_chain *chain, const Pidc__V1__ConsentStatement *st)
{
	chain->terms = st;
	chain->from_us = naive_instant(st->valid_from, chain->recorded_us);
	chain->to_us = naive_instant(st->valid_to, INT64_MAX);
	chain->is_permitted = is_permitted(question, st->recipient, chain->recorded_us);
	chain->is_denied = is_denied(question, st->recipient);
	naive_take_sets(question, chains, chain);
}

static void chain_set_terms(const struct naive_question *question, struct naive_chains *chains,
			    struct naive_chain *chain, const Pidc__V1__ConsentStatement *st,
			    const Pidc__Store__V1__StatementRow *row)
{
	chain->terms_index = row->index;
	chain->is_approved = row->is_approved;
	chain->recorded_us = naive_instant(row->recorded_at, 0);
	chain_read_terms(question, chains, chain, st);
}

/* Other words for a grant that is there, in its place: it gets no later and no second
 * person has signed. */
static void chain_correct(const struct naive_question *question, struct naive_chains *chains,
			  struct naive_chain *chain, const Pidc__V1__ConsentStatement *st)
{
	if (chain->terms == NULL ||
	    chain->terms->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO)
		chain->is_unknown = true;
	else
		chain_read_terms(question, chains, chain, st);
}

/* One more statement of the chain, in the order of the ledger. Nothing leads out of a
 * revocation, nor out of what nobody understands. */
static void chain_add(const struct naive_question *question, struct naive_chains *chains,
		      const Pidc__V1__ConsentStatement *st,
		      const Pidc__Store__V1__StatementRow *row)
{
	struct naive_chain *chain =
		chain_of(chains, st->n_chains > 0 ? row->consent_id : st->consent_id);

	if (chain->is_revoked || chain->is_unknown)
		return;
	switch (st->kind) {
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT:
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO:
		chain_set_terms(question, chains, chain, st, row);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE:
		chain->is_revoked = true;
		chain->is_suspended = false;
		chain->is_fall_back = st->fall_back;
		chain->ended_index = row->index;
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND:
		chain->is_suspended = true;
		chain->ended_index = row->index;
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_RESUME:
		chain->is_suspended = false;
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_CORRECT:
		chain_correct(question, chains, chain, st);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REFUSE:
		break;
	default:
		chain->is_unknown = true;
		break;
	}
}

/* A statement speaks of its own chain, whatever the row says; or (RevokeAll) of those that
 * it lists, each of which has a row. */
static bool speaks_of(const Pidc__V1__ConsentStatement *st, const char *consent_id)
{
	if (st->n_chains == 0)
		return true;
	for (size_t i = 0; i < st->n_chains; i++)
		if (strcmp(st->chains[i]->consent_id, consent_id) == 0)
			return true;
	return false;
}

/* What was not recorded yet is not known (C9); what another owner says does not
 * matter (C8). In the order of the ledger, whatever the order of the rows (C4); rows of
 * one entry are of different chains. */
static void read_chains(const struct naive_question *question, struct naive_chains *chains)
{
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;
	bool is_read[NAIVE_ROWS_MAX] = {false};

	for (size_t n = 0; n < facts->n_statements; n++) {
		const Pidc__Store__V1__StatementRow *row;
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < facts->n_statements; i++)
			if (!is_read[i] &&
			    (next == SIZE_MAX ||
			     facts->statements[i]->index < facts->statements[next]->index))
				next = i;
		is_read[next] = true;
		row = facts->statements[next];
		if (chains->statements[next] != NULL &&
		    strcmp(chains->statements[next]->owner_org, facts->owner->org) == 0 &&
		    naive_instant(row->recorded_at, 0) <= question->now_us)
			chain_add(question, chains, chains->statements[next], row);
	}
}

void naive_chains_open(const struct naive_question *question, struct naive_chains *ret)
{
	const Pidc__Store__V1__DecisionFacts *facts = question->facts;

	*ret = (struct naive_chains){0};
	assert(facts->n_statements <= NAIVE_ROWS_MAX);
	for (size_t i = 0; i < facts->n_statements; i++) {
		const ProtobufCBinaryData *bytes = &facts->statements[i]->statement;

		ret->statements[i] = pidc__v1__consent_statement__unpack(question->allocator,
									 bytes->len, bytes->data);
		ret->has_garbage |=
			ret->statements[i] == NULL ||
			!speaks_of(ret->statements[i], facts->statements[i]->consent_id);
	}
	naive_fill_universe(question, ret);
	naive_ask_sets(question, ret);
	read_chains(question, ret);
}

void naive_chains_close(const struct naive_question *question, struct naive_chains *chains)
{
	for (size_t i = 0; i < NAIVE_ROWS_MAX; i++)
		if (chains->statements[i] != NULL)
			pidc__v1__consent_statement__free_unpacked(chains->statements[i],
								   question->allocator);
}
