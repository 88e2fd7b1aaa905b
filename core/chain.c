/* SPDX-License-Identifier: ISC */
#include "core/chain.h"
#include "core/message.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

struct parsed {
	const Pidc__V1__ConsentStatement *statement;
	const char *consent_id;
	uint32_t version;
	int64_t recorded_us;
	uint64_t index;
	bool is_approved;
};

int statement_parse(const ProtobufCBinaryData *data, struct arena *arena,
		    Pidc__V1__ConsentStatement **ret, struct pidc_error *err)
{
	ProtobufCMessage *message = NULL;
	int rc;

	if (data->len == 0 || data->len > STATEMENT_BYTES_MAX)
		return pidc_fail(err, PIDC_EINVAL, "a statement has 1 to %zu bytes",
				 STATEMENT_BYTES_MAX);
	rc = message_unpack(&pidc__v1__consent_statement__descriptor, data->data, data->len,
			    STATEMENT_ELEMENTS_MAX, arena, &message, err);
	if (rc == 0)
		*ret = (Pidc__V1__ConsentStatement *)message;
	return rc;
}

bool statement_is_grant(const Pidc__V1__ConsentStatement *st)
{
	return st->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT ||
	       st->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_CORRECT;
}

void range_read(const Pidc__V1__TimeRange *range, int64_t *ret_from_us, int64_t *ret_to_us)
{
	*ret_from_us = INT64_MIN;
	*ret_to_us = INT64_MAX;
	if (range == NULL)
		return;
	if (range->from != NULL && !time_from_proto(range->from, ret_from_us))
		*ret_from_us = INT64_MIN;
	if (range->to != NULL && !time_from_proto(range->to, ret_to_us))
		*ret_to_us = INT64_MAX;
}

/* By chain, then by order of recording. */
static int parsed_compare(const void *a, const void *b)
{
	const struct parsed *x = a, *y = b;
	int by_chain = strcmp(x->consent_id, y->consent_id);

	if (by_chain != 0)
		return by_chain;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return strcmp(x->statement->statement_id, y->statement->statement_id);
}

/* A statement with an instant that we cannot read was never recorded by us; it
 * only denies. */
static void chain_set_validity(struct chain *chain)
{
	const Pidc__V1__ConsentStatement *terms = chain->terms;

	chain->from_us = INT64_MIN; /* absent: from recording, which is past */
	chain->to_us = INT64_MAX;
	if (terms->valid_from != NULL && !time_from_proto(terms->valid_from, &chain->from_us))
		chain->state = CHAIN_UNKNOWN;
	if (terms->valid_to != NULL && !time_from_proto(terms->valid_to, &chain->to_us))
		chain->state = CHAIN_UNKNOWN;
}

static void chain_set_terms(struct chain *chain, const struct parsed *next)
{
	chain->terms = next->statement;
	chain->terms_recorded_us = next->recorded_us;
	chain->terms_index = next->index;
	chain->is_approved = next->is_approved;
	if (chain->state == CHAIN_EMPTY)
		chain->state = CHAIN_CURRENT;
	chain_set_validity(chain);
}

/* In the place of the grant that it corrects: recorded then, approved as then. */
static void chain_correct(struct chain *chain, const struct parsed *next)
{
	if (chain->terms == NULL || !statement_is_grant(chain->terms)) {
		chain->state = CHAIN_UNKNOWN;
		return;
	}
	chain->terms = next->statement;
	chain_set_validity(chain);
}

static void chain_end(struct chain *chain, enum chain_state state, const struct parsed *next)
{
	if (chain->state != CHAIN_CURRENT && chain->state != CHAIN_SUSPENDED)
		return;
	chain->state = state;
	chain->ended_index = next->index;
	chain->is_fall_back = next->statement->fall_back;
}

static void chain_step(struct chain *chain, const struct parsed *next)
{
	chain->version = next->version;
	if (chain->state == CHAIN_REVOKED || chain->state == CHAIN_UNKNOWN)
		return; /* nothing leads out of these */
	switch (next->statement->kind) {
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT:
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO:
		chain_set_terms(chain, next);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE:
		chain_end(chain, CHAIN_REVOKED, next);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND:
		chain_end(chain, CHAIN_SUSPENDED, next);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_RESUME:
		if (chain->state == CHAIN_SUSPENDED)
			chain->state = CHAIN_CURRENT;
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_CORRECT:
		chain_correct(chain, next);
		break;
	case PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REFUSE:
		break; /* the answer to a request: opens nothing, closes nothing */
	default:
		/* Its own selectors say what it denies, else the chain's. */
		if (next->statement->data != NULL && next->statement->recipient != NULL)
			chain->terms = next->statement;
		chain->state = CHAIN_UNKNOWN;
		break;
	}
}

/* Which chain the row is of: the statement's, or one of those that it names. False when
 * the statement does not speak of the row's chain. */
static bool parsed_set_chain(struct parsed *parsed, const Pidc__V1__ConsentStatement *statement,
			     const char *row_chain)
{
	parsed->consent_id = statement->consent_id;
	parsed->version = statement->version;
	if (statement->n_chains == 0)
		return true;
	for (size_t i = 0; i < statement->n_chains; i++) {
		if (strcmp(statement->chains[i]->consent_id, row_chain) != 0)
			continue;
		parsed->consent_id = row_chain;
		parsed->version = statement->chains[i]->version;
		return true;
	}
	return false;
}

/* Parse what is the owner's. *ret has room for count. */
static int rows_parse(Pidc__Store__V1__StatementRow *const *rows, size_t count, const char *owner,
		      struct arena *arena, struct parsed *ret, size_t *ret_count,
		      size_t *ret_broken)
{
	*ret_count = 0;
	*ret_broken = 0;
	for (size_t i = 0; i < count; i++) {
		Pidc__V1__ConsentStatement *statement = NULL;
		struct parsed *parsed = &ret[*ret_count];
		int rc = statement_parse(&rows[i]->statement, arena, &statement, NULL);

		if (rc == PIDC_ENOMEM)
			return rc;
		if (rc < 0 || statement == NULL || rows[i]->recorded_at == NULL ||
		    !time_from_proto(rows[i]->recorded_at, &parsed->recorded_us) ||
		    !parsed_set_chain(parsed, statement, rows[i]->consent_id)) {
			++*ret_broken;
			continue;
		}
		if (strcmp(statement->owner_org, owner) != 0)
			continue;
		parsed->statement = statement;
		parsed->index = rows[i]->index;
		parsed->is_approved = rows[i]->is_approved;
		++*ret_count;
	}
	return 0;
}

int chain_set_build(Pidc__Store__V1__StatementRow *const *rows, size_t count, const char *owner,
		    struct arena *arena, struct chain_set *ret)
{
	struct parsed *parsed = arena_calloc(arena, count, sizeof(*parsed));
	struct chain *chains = arena_calloc(arena, count, sizeof(*chains));
	struct chain *chain = NULL;
	size_t parsed_count, broken, chain_count = 0;
	int rc;

	if (parsed == NULL || chains == NULL)
		return PIDC_ENOMEM;
	rc = rows_parse(rows, count, owner, arena, parsed, &parsed_count, &broken);
	if (rc < 0)
		return rc;
	qsort(parsed, parsed_count, sizeof(*parsed), parsed_compare);
	for (size_t i = 0; i < parsed_count; i++) {
		if (chain == NULL || strcmp(chain->consent_id, parsed[i].consent_id) != 0) {
			chain = &chains[chain_count++];
			chain->consent_id = parsed[i].consent_id;
		}
		chain_step(chain, &parsed[i]);
	}
	*ret = (struct chain_set){.chains = chains, .count = chain_count, .broken_count = broken};
	return 0;
}
