/* SPDX-License-Identifier: ISC
 *
 * Where a chunk of a fetch ends. Its recipient sees the cuts, so that they come from the
 * sizes of what it may have and of nothing else (I11): candidates are decided first, only
 * to know how far that goes, and the first that is denied ends the chunk, whatever its
 * size. The decision that counts is made anew when the chunk is released, so candidates
 * of several chunks are looked at together.
 */
#include "core/decision.h"
#include "core/text.h"
#include "daemon/service/fetch.h"

#include <string.h>

/* Columns of one chunk: below what a message of gRPC has by default (4 MiB), with room
 * for one more contribution, which can have 1 MiB. */
#define CHUNK_BYTES_MAX ((uint64_t)1 << 20)

static const Pidc__Store__V1__Subject *subject_find(const Pidc__Store__V1__DecisionFacts *facts,
						    const char *id)
{
	for (size_t i = 0; i < facts->n_subjects; i++) {
		if (strcmp(facts->subjects[i]->contribution_id, id) == 0)
			return facts->subjects[i];
	}
	return NULL;
}

/* How many of the candidates come before the first that is denied. */
static int permitted_count(const Pidc__Store__V1__DecisionFacts *facts,
			   const Pidc__Store__V1__DecisionQuery *query, int64_t now_us,
			   struct arena *arena, size_t *ret)
{
	struct decision_set *set;
	int rc = decision_compile(facts, query, arena, &set);
	size_t n = 0;

	while (rc == 0 && n < query->n_contribution_ids) {
		const Pidc__Store__V1__Subject *subject =
			subject_find(facts, query->contribution_ids[n]);
		struct decision decision;

		rc = decision_evaluate(set, subject, now_us, arena, &decision);
		if (rc < 0 || subject == NULL ||
		    decision.verdict == PIDC__V1__VERDICT__VERDICT_DENY)
			break;
		decision_hold(set, subject);
		n++;
	}
	*ret = n;
	return rc;
}

static int candidates_decide(const struct service_fetch *fetch, struct db *db, size_t n,
			     struct arena *arena, size_t *ret, struct pidc_error *err)
{
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	Pidc__Store__V1__DecisionFacts facts = PIDC__STORE__V1__DECISION_FACTS__INIT;
	Pidc__V1__Actor actor = PIDC__V1__ACTOR__INIT;
	Pidc__Store__V1__Context *ctx = NULL;
	int64_t now_us = 0;
	int rc;

	fetch_query_fill(fetch, &query);
	query.disclosure_id = (char *)(uintptr_t)fetch->disclosure_id;
	query.contribution_ids = fetch->ids + fetch->next;
	query.n_contribution_ids = n;
	actor.org = query.recipient_org;
	actor.capacity = query.capacity;
	rc = fetch_context(fetch, db, &actor, arena, &ctx, err);
	if (rc == 0)
		rc = decision_load(db, &query, ctx, arena, &facts, err);
	if (rc == 0 && !time_from_proto(ctx->now, &now_us))
		rc = PIDC_EINTEGRITY;
	return rc < 0 ? rc : permitted_count(&facts, &query, now_us, arena, ret);
}

/* The sizes of the next n, which are permitted. */
static int sizes_load(struct service_fetch *fetch, struct db *db, size_t n, struct arena *arena,
		      struct pidc_error *err)
{
	Pidc__Store__V1__SizeQuery query = PIDC__STORE__V1__SIZE_QUERY__INIT;
	Pidc__Store__V1__SizeRows rows = PIDC__STORE__V1__SIZE_ROWS__INIT;
	int rc;

	query.owner_org = fetch->request->owner_org;
	query.contribution_ids = fetch->ids + fetch->next;
	query.n_contribution_ids = n;
	query.fields = fetch->request->fields;
	query.n_fields = fetch->request->n_fields;
	rc = db_query_into(db, DB_FETCH_SIZES, &query.base, NULL, arena, &rows.base, NULL, NULL,
			   err);
	if (rc == 0 && (rows.n_column_bytes != n || rows.n_file_bytes != n))
		rc = PIDC_EINTEGRITY;
	if (rc < 0)
		return rc;
	memcpy(fetch->window.columns, rows.column_bytes, n * sizeof(rows.column_bytes[0]));
	memcpy(fetch->window.files, rows.file_bytes, n * sizeof(rows.file_bytes[0]));
	return 0;
}

int fetch_window_load(struct service_fetch *fetch, struct db *db, struct pidc_error *err)
{
	struct fetch_window *window = &fetch->window;
	size_t left = fetch->id_count - fetch->next;
	size_t need = left < fetch->chunk_items ? left : fetch->chunk_items;
	size_t n = left < FETCH_WINDOW_MAX ? left : FETCH_WINDOW_MAX;
	size_t permitted = 0;
	struct arena *arena;
	int rc;

	/* One is a chunk whatever its size. */
	if (need <= 1 || window->from + window->count >= fetch->next + need)
		return 0;
	arena = arena_new(0);
	rc = arena == NULL ? PIDC_ENOMEM : candidates_decide(fetch, db, n, arena, &permitted, err);
	if (rc == 0 && permitted > 0)
		rc = sizes_load(fetch, db, permitted, arena, err);
	arena_free(arena);
	window->from = fetch->next;
	window->permitted = rc == 0 ? permitted : 0;
	/* Nothing is said of what is behind the first that is denied. */
	window->count = rc < 0 ? 0 : permitted < n ? permitted + 1 : n;
	return rc;
}

struct fetch_cut fetch_chunk_cut(const struct service_fetch *fetch)
{
	const struct fetch_window *window = &fetch->window;
	size_t at = fetch->next - window->from, count = 0;
	size_t left = fetch->id_count - fetch->next;
	size_t most = left < fetch->chunk_items ? left : fetch->chunk_items;
	size_t end = at + most < window->permitted ? at + most : window->permitted;
	uint64_t bytes = 0;
	bool has_files, has_denied;

	if (at >= window->count)
		return (struct fetch_cut){.count = left < 1 ? left : 1};
	has_files = at < end && window->files[at] > 0;
	while (at + count < end && (count == 0 || !has_files)) {
		bytes += window->columns[at + count];
		if (count > 0 && (bytes > CHUNK_BYTES_MAX || window->files[at + count] > 0))
			break;
		count++;
	}
	/* What is denied has no size: the chunk that it is in is refused. */
	has_denied = at + count == window->permitted && count < most && !has_files &&
		     window->permitted < window->count;
	return (struct fetch_cut){.count = has_denied ? count + 1 : count,
				  .has_denied = has_denied,
				  .is_plain = !has_files && !has_denied && count > 0};
}
