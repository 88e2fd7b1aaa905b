/* SPDX-License-Identifier: ISC */
#include "daemon/service/past.h"

#include <string.h>

static bool is_listed(char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], s) == 0)
			return true;
	}
	return false;
}

/* The id was made for this call, and this is its first entry: nothing was ever written about
 * it. */
static bool is_fresh(const struct command_call *call)
{
	return call->event->entity_version == 1 &&
	       strcmp(call->event->entity_id, call->new_id) == 0;
}

static int load_entities(struct db *db, struct command_call *const *calls, size_t n,
			 struct arena *arena, struct past *past, struct pidc_error *err)
{
	Pidc__Store__V1__EntityList ids = PIDC__STORE__V1__ENTITY_LIST__INIT;

	past->entities = (Pidc__Store__V1__EntityRows *)message_new(
		&pidc__store__v1__entity_rows__descriptor, arena);
	ids.entity_ids = arena_calloc(arena, n, sizeof(char *));
	if (past->entities == NULL || ids.entity_ids == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!is_fresh(calls[i]))
			ids.entity_ids[ids.n_entity_ids++] = calls[i]->event->entity_id;
	}
	if (ids.n_entity_ids == 0)
		return 0;
	return db_query_into(db, DB_ENTITY_LAST, &ids.base, NULL, arena, &past->entities->base,
			     NULL, NULL, err);
}

static bool is_known(const Pidc__Store__V1__ChainRows *rows, const char *org)
{
	for (size_t i = 0; i < rows->n_chains; i++) {
		if (strcmp(rows->chains[i]->org, org) == 0)
			return true;
	}
	return false;
}

static void unknown_add(const Pidc__Store__V1__ChainRows *rows, char *org,
			Pidc__Store__V1__OrgList *ret)
{
	if (!is_listed(ret->orgs, ret->n_orgs, org) && !is_known(rows, org))
		ret->orgs[ret->n_orgs++] = org;
}

/* Adds to rows those that there are. */
static int rows_load(struct db *db, const Pidc__Store__V1__OrgList *orgs, struct arena *arena,
		     Pidc__Store__V1__ChainRows *rows, struct pidc_error *err)
{
	if (orgs->n_orgs == 0)
		return 0;
	return db_query_into(db, DB_CHAIN_LIST, &orgs->base, NULL, arena, &rows->base, NULL, NULL,
			     err);
}

int past_begin(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
	       Pidc__Store__V1__ChainRows **ret, struct pidc_error *err)
{
	Pidc__Store__V1__ChainRows *rows = (Pidc__Store__V1__ChainRows *)message_new(
		&pidc__store__v1__chain_rows__descriptor, arena);
	Pidc__Store__V1__OrgList orgs = PIDC__STORE__V1__ORG_LIST__INIT;

	orgs.orgs = arena_calloc(arena, n, sizeof(char *));
	if (rows == NULL || orgs.orgs == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!calls[i]->is_done)
			unknown_add(rows, calls[i]->actor->org, &orgs);
	}
	*ret = rows;
	return rows_load(db, &orgs, arena, rows, err);
}

/* Organisations get their chain with the first entry that concerns them. */
static int rows_create(struct db *db, const Pidc__Store__V1__OrgList *orgs, struct arena *arena,
		       Pidc__Store__V1__ChainRows *rows, struct pidc_error *err)
{
	Pidc__Store__V1__OrgList unknown = PIDC__STORE__V1__ORG_LIST__INIT;
	int rc;

	unknown.orgs = arena_calloc(arena, orgs->n_orgs, sizeof(char *));
	if (unknown.orgs == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < orgs->n_orgs; i++)
		unknown_add(rows, orgs->orgs[i], &unknown);
	if (unknown.n_orgs == 0)
		return 0;
	rc = db_query(db, DB_CHAIN_CREATE, &unknown.base, NULL, arena, NULL, err);
	return rc < 0 ? rc : rows_load(db, &unknown, arena, rows, err);
}

static int orgs_list(const Pidc__Store__V1__ChainRows *rows, struct command_call *const *calls,
		     size_t n, struct arena *arena, Pidc__Store__V1__OrgList *ret)
{
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		room += calls[i]->event->n_concerns;
	ret->orgs = arena_calloc(arena, room, sizeof(char *));
	if (ret->orgs == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < calls[i]->event->n_concerns; j++)
			unknown_add(rows, calls[i]->event->concerns[j], ret);
	}
	return 0;
}

static int chains_make(struct past *past, struct arena *arena)
{
	past->chain_count = past->rows->n_chains;
	past->chains = arena_calloc(arena, past->chain_count, sizeof(*past->chains));
	if (past->chains == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < past->chain_count; i++) {
		Pidc__Store__V1__ChainRow *row = past->rows->chains[i];

		past->chains[i].row = row;
		leaf_member_tag(row->tag_key.data, row->tag_key.len, service_config->origin,
				past->chains[i].tag);
	}
	return 0;
}

static int load_chains(struct db *db, struct command_call *const *calls, size_t n,
		       struct arena *arena, struct past *past, struct pidc_error *err)
{
	Pidc__Store__V1__OrgList orgs = PIDC__STORE__V1__ORG_LIST__INIT;
	int rc = orgs_list(past->rows, calls, n, arena, &orgs);

	if (rc == 0)
		rc = rows_load(db, &orgs, arena, past->rows, err);
	if (rc == 0)
		rc = rows_create(db, &orgs, arena, past->rows, err);
	return rc < 0 ? rc : chains_make(past, arena);
}

int past_load(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
	      struct past *past, struct pidc_error *err)
{
	int rc = load_entities(db, calls, n, arena, past, err);

	return rc < 0 ? rc : load_chains(db, calls, n, arena, past, err);
}

/* Ids that tell the time differ in their last characters. */
uint64_t past_leaf(const struct past *past, struct command_call *const *calls, size_t at)
{
	const char *id = calls[at]->event->entity_id;
	size_t len = strlen(id);
	const char *tail = len < 4 ? id : id + len - 4;

	if (is_fresh(calls[at]))
		return 0;
	for (size_t i = at; i-- > 0;) {
		const char *other = calls[i]->event->entity_id;
		size_t other_len = strlen(other);

		if (other_len == len &&
		    memcmp(other + (tail - id), tail, len - (size_t)(tail - id)) == 0 &&
		    memcmp(other, id, len) == 0)
			return calls[i]->index + 1;
	}
	for (size_t i = 0; i < past->entities->n_entities; i++) {
		if (strcmp(past->entities->entities[i]->entity_id, id) == 0)
			return past->entities->entities[i]->last_index;
	}
	return 0;
}

struct past_chain *past_chain(const struct past *past, const char *org)
{
	for (size_t i = 0; i < past->chain_count; i++) {
		if (strcmp(past->chains[i].row->org, org) == 0)
			return &past->chains[i];
	}
	return NULL;
}
