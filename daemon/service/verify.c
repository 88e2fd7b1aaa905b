/* SPDX-License-Identifier: ISC
 *
 * Deep verification: every entry is checked against its own hashes, the tree is
 * computed again, and all events are applied once more to empty copies of the tables,
 * which are then compared with the real ones. A few thousand entries a step.
 */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <stdlib.h>
#include <string.h>

#define STEP_ENTRIES 2000
#define FINDINGS_MAX 1000

enum verify_phase { PHASE_REPLAY, PHASE_COMPARE, PHASE_REPORT };

struct service_steps {
	struct arena *arena; /* lives as long as the stream: tables, findings */
	Pidc__Store__V1__TableRows *tables;
	Pidc__Store__V1__Findings *findings;
	struct merkle_range range;
	enum verify_phase phase;
	uint64_t total;
	size_t reported;
	uint8_t state_digest[SHA256_LEN];
};

int service_steps_start(struct db *db, struct service_job *job, struct service_steps **ret)
{
	struct service_steps *steps = calloc(1, sizeof(*steps));
	struct arena *arena = arena_new(0);
	struct pidc_error err = {0};
	Pidc__V1__Actor *actor = NULL;
	int rc = steps == NULL || arena == NULL ? PIDC_ENOMEM
						: actors_load(db, &job, 1, arena, &actor, &err);

	if (rc == 0 && actor == NULL)
		rc = PIDC_EREFUSED;
	if (rc == 0) {
		steps->arena = arena;
		steps->tables = (Pidc__Store__V1__TableRows *)message_new(
			&pidc__store__v1__table_rows__descriptor, arena);
		steps->findings = (Pidc__Store__V1__Findings *)message_new(
			&pidc__store__v1__findings__descriptor, arena);
		rc = steps->tables == NULL || steps->findings == NULL
			     ? PIDC_ENOMEM
			     : db_query_into(db, DB_REPLAY_BEGIN, NULL, NULL, arena,
					     &steps->tables->base, NULL, NULL, &err);
	}
	if (rc < 0) {
		arena_free(arena);
		free(steps);
		job->result = rc;
		if (rc != PIDC_EREFUSED)
			job_fail(job, rc, &err);
		return rc;
	}
	*ret = steps;
	return 0;
}

void service_steps_free(struct service_steps *steps)
{
	if (steps == NULL)
		return;
	arena_free(steps->arena);
	free(steps);
}

static int finding_add(struct service_steps *steps, uint64_t index, const char *table,
		       const char *column, const char *expected, const char *found)
{
	Pidc__Store__V1__Findings *list = steps->findings;
	Pidc__V1__VerifyFinding *finding = (Pidc__V1__VerifyFinding *)message_new(
		&pidc__v1__verify_finding__descriptor, steps->arena);
	Pidc__V1__VerifyFinding **grown;

	if (list->n_findings >= FINDINGS_MAX)
		return 0;
	grown = arena_calloc(steps->arena, list->n_findings + 1, sizeof(*grown));
	if (finding == NULL || grown == NULL)
		return PIDC_ENOMEM;
	if (list->n_findings > 0)
		memcpy(grown, list->findings, list->n_findings * sizeof(*grown));
	finding->index = index;
	finding->table = arena_strdup(steps->arena, table);
	finding->key = arena_printf(steps->arena, "index=%llu", (unsigned long long)index);
	finding->column = arena_strdup(steps->arena, column);
	finding->expected = arena_strdup(steps->arena, expected);
	finding->found = arena_strdup(steps->arena, found);
	grown[list->n_findings++] = finding;
	list->findings = grown;
	return finding->table == NULL || finding->key == NULL || finding->column == NULL ||
			       finding->expected == NULL || finding->found == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

/* --- replay ------------------------------------------------------------------------ */

struct stretch {
	Pidc__Store__V1__ApplyEvent *events[STEP_ENTRIES];
	size_t count;
};

static int stretch_apply(struct db *db, struct stretch *stretch, struct arena *arena,
			 struct pidc_error *err)
{
	const ProtobufCFieldDescriptor *body;
	int rc;

	if (stretch->count == 0)
		return 0;
	body = protobuf_c_message_descriptor_get_field(
		&pidc__v1__event__descriptor, (unsigned)stretch->events[0]->event->body_case);
	rc = db_apply(db, body == NULL ? "" : body->name, stretch->events, stretch->count, arena,
		      err);
	stretch->count = 0;
	return rc;
}

/* Apply statements work on sets: two events of one record in the same set would
 * have no order. */
static bool stretch_ends(const struct stretch *stretch, const Pidc__Store__V1__ApplyEvent *apply)
{
	const Pidc__V1__Event *event = apply->event;

	if (stretch->count > 0 &&
	    (stretch->events[0]->event->body_case != event->body_case ||
	     leaf_event_is_wide(stretch->events[0]) || leaf_event_is_wide(apply)))
		return true;
	for (size_t i = 0; i < stretch->count; i++) {
		if (strcmp(stretch->events[i]->event->entity_id, event->entity_id) == 0)
			return true;
	}
	return false;
}

static int entry_replay(struct service_steps *steps, struct db *db,
			const Pidc__Store__V1__EntryRow *row, struct stretch *stretch,
			struct arena *arena, struct pidc_error *err)
{
	Pidc__V1__Event *event = NULL;
	Pidc__Store__V1__ApplyEvent *apply = NULL;
	struct merkle_hash hash;
	struct pidc_error why = {0};
	int64_t us = 0;
	int rc = leaf_check(row, arena, &event, &why);

	merkle_leaf_hash(row->leaf.data, row->leaf.len, &hash);
	if (row->index != steps->range.size)
		return finding_add(steps, row->index, "ledger_entry", "index", "a gapless sequence",
				   "a gap");
	if (merkle_append(&steps->range, &hash, NULL, NULL) < 0)
		return PIDC_ELIMIT;
	if (rc == PIDC_EINTEGRITY)
		return finding_add(steps, row->index, "ledger_entry", "", "an intact entry",
				   why.msg);
	if (rc < 0)
		return rc;
	if (!time_from_proto(row->tx_time, &us))
		return PIDC_EINTEGRITY;
	rc = leaf_apply_event(event, row->index, us, arena, &apply, err);
	if (rc == 0 && stretch_ends(stretch, apply))
		rc = stretch_apply(db, stretch, arena, err);
	if (rc == 0)
		stretch->events[stretch->count++] = apply;
	return rc;
}

/* Apply entries from where the replay is, at most one step's worth; *ret_count is
 * how many there were. */
static int replay_some(struct service_steps *steps, struct db *db, struct arena *arena,
		       size_t *ret_count, struct pidc_error *err)
{
	Pidc__Store__V1__EntryRange range = PIDC__STORE__V1__ENTRY_RANGE__INIT;
	Pidc__Store__V1__EntryRows rows = PIDC__STORE__V1__ENTRY_ROWS__INIT;
	struct stretch *stretch = arena_alloc(arena, sizeof(*stretch));
	int rc;

	if (stretch == NULL)
		return PIDC_ENOMEM;
	range.start = steps->range.size;
	range.end = range.start + STEP_ENTRIES;
	rc = db_query_into(db, DB_ENTRY_RANGE, &range.base, NULL, arena, &rows.base, NULL, NULL,
			   err);
	for (size_t i = 0; rc == 0 && i < rows.n_entries; i++)
		rc = entry_replay(steps, db, rows.entries[i], stretch, arena, err);
	if (rc == 0)
		rc = stretch_apply(db, stretch, arena, err);
	*ret_count = rows.n_entries;
	return rc;
}

/* --- compare ------------------------------------------------------------------------- */

static int head_compare(struct service_steps *steps, struct db *db, struct arena *arena,
			struct pidc_error *err)
{
	struct db_rows rows;
	const Pidc__Store__V1__Head *head;
	struct merkle_range stored;
	struct merkle_hash expected;
	struct merkle_hash found;
	int rc = db_query(db, DB_HEAD_GET, NULL, NULL, arena, &rows, err);

	if (rc < 0)
		return rc;
	if (rows.count != 1)
		return finding_add(steps, steps->range.size, "ledger_head", "", "a row", "no row");
	head = (const Pidc__Store__V1__Head *)rows.rows[0];
	if (head->size != steps->range.size)
		return finding_add(steps, steps->range.size, "ledger_head", "size",
				   "the number of entries", "another size");
	if (merkle_range_load(head, &stored, err) < 0)
		return finding_add(steps, steps->range.size, "ledger_head", "frontier",
				   "32 bytes a level", err->msg);
	merkle_root(&steps->range, &expected);
	merkle_root(&stored, &found);
	if (memcmp(&expected, &found, sizeof(found)) != 0)
		return finding_add(steps, steps->range.size, "ledger_head", "frontier",
				   "the root of the entries", "another root");
	return 0;
}

static int tables_compare(struct service_steps *steps, struct db *db, struct arena *arena,
			  struct pidc_error *err)
{
	struct bytes *digests = arena_calloc(arena, steps->tables->n_tables, sizeof(*digests));
	int rc = digests == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < steps->tables->n_tables; i++) {
		Pidc__Store__V1__TableRow *table = steps->tables->tables[i];
		Pidc__Store__V1__TableDigest *digest = (Pidc__Store__V1__TableDigest *)message_new(
			&pidc__store__v1__table_digest__descriptor, arena);

		if (digest == NULL)
			return PIDC_ENOMEM;
		table->limit = FINDINGS_MAX;
		rc = db_query_into(db, DB_VERIFY_COMPARE, &table->base, NULL, steps->arena,
				   &steps->findings->base, NULL, NULL, err);
		if (rc == 0)
			rc = db_query_into(db, DB_VERIFY_DIGEST, &table->base, NULL, arena,
					   &digest->base, NULL, NULL, err);
		digests[i].data = digest->digest.data;
		digests[i].len = digest->digest.len;
	}
	if (rc == 0)
		sha256(digests, steps->tables->n_tables, steps->state_digest);
	return rc;
}

/* In one snapshot: what came meanwhile is replayed too, then all is compared. */
static int compare(struct service_steps *steps, struct db *db, struct arena *arena,
		   struct pidc_error *err)
{
	size_t count = 1;
	int rc = db_begin_snapshot(db, err);

	while (rc == 0 && count > 0)
		rc = replay_some(steps, db, arena, &count, err);
	if (rc == 0)
		rc = head_compare(steps, db, arena, err);
	if (rc == 0)
		rc = tables_compare(steps, db, arena, err);
	if (rc == 0)
		rc = db_commit(db, err);
	else
		db_rollback(db);
	return rc;
}

/* --- steps ------------------------------------------------------------------------------ */

static int report(struct service_steps *steps, Pidc__V1__VerifyDeepResponse *reply,
		  bool *ret_is_last)
{
	if (steps->reported < steps->findings->n_findings) {
		reply->finding = steps->findings->findings[steps->reported++];
		return 0;
	}
	reply->is_complete = true;
	reply->finding_count = steps->findings->n_findings;
	reply->state_digest.data = steps->state_digest;
	reply->state_digest.len = SHA256_LEN;
	*ret_is_last = true;
	return 0;
}

static int step(struct service_steps *steps, struct db *db, struct arena *arena,
		Pidc__V1__VerifyDeepResponse *reply, bool *ret_is_last, struct pidc_error *err)
{
	size_t count = 0;
	int rc = 0;

	switch (steps->phase) {
	case PHASE_REPLAY:
		rc = db_begin(db, err);
		if (rc == 0)
			rc = replay_some(steps, db, arena, &count, err);
		if (rc == 0)
			rc = db_commit(db, err);
		else
			db_rollback(db);
		if (count < STEP_ENTRIES)
			steps->phase = PHASE_COMPARE;
		break;
	case PHASE_COMPARE:
		rc = compare(steps, db, arena, err);
		steps->phase = PHASE_REPORT;
		break;
	case PHASE_REPORT:
		rc = report(steps, reply, ret_is_last);
		break;
	}
	return rc;
}

int service_steps_next(struct service_steps *steps, struct db *db, struct arena *arena,
		       struct service_job *job, bool *ret_is_last)
{
	Pidc__V1__VerifyDeepResponse *reply = (Pidc__V1__VerifyDeepResponse *)message_new(
		&pidc__v1__verify_deep_response__descriptor, arena);
	struct pidc_error err = {0};
	struct db_rows rows;
	int rc = reply == NULL ? PIDC_ENOMEM : 0;

	*ret_is_last = false;
	if (rc == 0)
		rc = db_query(db, DB_HEAD_GET, NULL, NULL, arena, &rows, &err);
	if (rc == 0 && rows.count == 1) {
		const Pidc__Store__V1__Head *head = (const Pidc__Store__V1__Head *)rows.rows[0];

		reply->position = position_of(head, arena);
		steps->total = head->size;
	}
	if (rc == 0)
		rc = step(steps, db, arena, reply, ret_is_last, &err);
	if (rc == 0) {
		reply->entries_done = steps->range.size;
		reply->entries_total = steps->total;
		job->arena = arena;
		rc = job_answer(job, &reply->base);
	}
	job->result = rc;
	if (rc < 0)
		job_fail(job, rc, &err);
	return rc;
}
