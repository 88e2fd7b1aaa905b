/* SPDX-License-Identifier: ISC
 *
 * Where a chunk of a fetch ends. Its recipient sees the cuts, so that they come from the
 * sizes of what it may have and of nothing else (I11): candidates are decided first, only
 * to know how far that goes, and the first that is denied ends the chunk, whatever its
 * size. The decision that counts is made anew when the chunk is released.
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

/* How many of the next n, which are permitted, make a chunk by their sizes. One with
 * files is a chunk by itself: then nothing else may join. */
static int permitted_cut(const struct service_fetch *fetch, struct db *db, size_t n,
			 struct arena *arena, size_t *ret, bool *ret_has_files,
			 struct pidc_error *err)
{
	Pidc__Store__V1__SizeQuery query = PIDC__STORE__V1__SIZE_QUERY__INIT;
	Pidc__Store__V1__SizeRows rows = PIDC__STORE__V1__SIZE_ROWS__INIT;
	uint64_t bytes = 0;
	size_t count = 0;
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
	*ret_has_files = rows.file_bytes[0] > 0;
	while (count < n && (count == 0 || !*ret_has_files)) {
		bytes += rows.column_bytes[count];
		if (count > 0 && (bytes > CHUNK_BYTES_MAX || rows.file_bytes[count] > 0))
			break;
		count++;
	}
	*ret = count;
	return 0;
}

static int chunk_cut(struct service_fetch *fetch, struct db *db, size_t n, struct arena *arena,
		     struct pidc_error *err)
{
	size_t permitted = 0, count = 0;
	bool has_files = false;
	int rc = candidates_decide(fetch, db, n, arena, &permitted, err);

	if (rc == 0 && permitted > 0)
		rc = permitted_cut(fetch, db, permitted, arena, &count, &has_files, err);
	if (rc < 0)
		return rc;
	/* What is denied has no size: the chunk that it is in is refused. */
	fetch->has_denied = count == permitted && permitted < n && !has_files;
	fetch->chunk_count = fetch->has_denied ? count + 1 : count;
	return 0;
}

int fetch_chunk_plan(struct service_fetch *fetch, struct db *db, struct pidc_error *err)
{
	size_t left = fetch->id_count - fetch->next;
	size_t n = left < fetch->chunk_items ? left : fetch->chunk_items;
	struct arena *arena;
	int rc;

	fetch->chunk_count = n;
	fetch->has_denied = false;
	/* One is a chunk whatever its size. */
	if (n <= 1)
		return 0;
	arena = arena_new(0);
	rc = arena == NULL ? PIDC_ENOMEM : chunk_cut(fetch, db, n, arena, err);
	arena_free(arena);
	return rc;
}
