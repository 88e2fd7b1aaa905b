/* SPDX-License-Identifier: ISC
 *
 * Datasets and contributions: facts, replies, and the content that is stored beside
 * the event.
 */
#include "core/cell.h"
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

/* --- facts ---------------------------------------------------------------------- */

/* What replaces another changes what a second replacement of it would see. */
bool submission_is_alone(const ProtobufCMessage *request)
{
	return *((const Pidc__V1__SubmitContributionRequest *)request)->replaces_id != '\0';
}

/* The dataset; what is looked up besides is a call's own. */
const char *submission_key(const ProtobufCMessage *request)
{
	const Pidc__V1__SubmitContributionRequest *r =
		(const Pidc__V1__SubmitContributionRequest *)request;

	return submission_is_alone(request) || r->n_files > 0 ? "" : r->dataset_id;
}

static int holders_load(struct db *db, const char *contribution_id, struct arena *arena,
			Pidc__Store__V1__HolderFacts **ret, struct pidc_error *err)
{
	Pidc__Store__V1__HolderQuery query = PIDC__STORE__V1__HOLDER_QUERY__INIT;

	*ret = (Pidc__Store__V1__HolderFacts *)message_new(
		&pidc__store__v1__holder_facts__descriptor, arena);
	if (*ret == NULL)
		return PIDC_ENOMEM;
	query.contribution_id = (char *)(uintptr_t)contribution_id;
	return db_query_into(db, DB_FACTS_HOLDERS, &query.base, NULL, arena, &(*ret)->base, NULL,
			     NULL, err);
}

int facts_submit(struct db *db, struct command_call *call, struct arena *arena,
		 struct pidc_error *err)
{
	const Pidc__V1__SubmitContributionRequest *r =
		(const Pidc__V1__SubmitContributionRequest *)call->job->request;
	Pidc__Store__V1__DatasetFacts *facts = (Pidc__Store__V1__DatasetFacts *)call->facts;
	int rc = 0;

	if (*r->replaces_id != '\0')
		rc = db_query_into(db, DB_FACTS_REPLACED, &r->base, call->ctx, arena, call->facts,
				   NULL, NULL, err);
	/* Nothing of what is not the caller's. */
	if (rc == 0 && facts->replaced != NULL)
		rc = holders_load(db, r->replaces_id, arena, &facts->holders, err);
	if (rc == 0 && r->n_files > 0)
		rc = db_query_into(db, DB_FACTS_UPLOADS, &r->base, call->ctx, arena, call->facts,
				   NULL, NULL, err);
	return rc;
}

int facts_contribution(struct db *db, struct command_call *call, struct arena *arena,
		       struct pidc_error *err)
{
	Pidc__Store__V1__ContributionQuery query = PIDC__STORE__V1__CONTRIBUTION_QUERY__INIT;

	query.contribution_id =
		(char *)(uintptr_t)message_string(call->job->request, "contribution_id");
	return db_query_into(db, DB_FACTS_CONTRIBUTION, &query.base, call->ctx, arena, call->facts,
			     NULL, NULL, err);
}

/* Who has it, of what is there: the facts of the contribution are loaded. */
int facts_holders(struct db *db, struct command_call *call, struct arena *arena,
		  struct pidc_error *err)
{
	Pidc__Store__V1__ContributionFacts *facts =
		(Pidc__Store__V1__ContributionFacts *)call->facts;

	if (facts->contribution == NULL)
		return 0;
	return holders_load(db, facts->contribution->contribution_id, arena, &facts->holders, err);
}

int facts_withdraw(struct db *db, struct command_call *call, struct arena *arena,
		   struct pidc_error *err)
{
	int rc = facts_contribution(db, call, arena, err);

	return rc < 0 ? rc : facts_holders(db, call, arena, err);
}

int facts_reclassify(struct db *db, struct command_call *call, struct arena *arena,
		     struct pidc_error *err)
{
	const Pidc__V1__ReclassifyContributionRequest *r =
		(const Pidc__V1__ReclassifyContributionRequest *)call->job->request;
	Pidc__Store__V1__ContributionFacts *facts =
		(Pidc__Store__V1__ContributionFacts *)call->facts;
	int rc = facts_contribution(db, call, arena, err);

	if (rc == 0 && r->signed_ != NULL)
		rc = signer_facts(db, call, r->signed_, arena, &facts->signer, err);
	if (rc == 0 && r->signed_ != NULL && r->approval != NULL) {
		Pidc__V1__SignedStatement second = *r->signed_;

		second.signature = r->approval;
		rc = signer_facts(db, call, &second, arena, &facts->approver, err);
	}
	return rc;
}

/* --- replies -------------------------------------------------------------------- */

int reply_dataset(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	Pidc__V1__Dataset *dataset = call->event->dataset_defined->dataset;

	(void)arena;
	dataset->version = call->event->entity_version;
	dataset->index = call->index;
	((Pidc__V1__DefineDatasetResponse *)reply)->dataset = dataset;
	return 0;
}

/* The version that the record has now. */
int reply_version(const struct command_call *call, struct arena *arena, ProtobufCMessage *reply)
{
	(void)arena;
	message_set_uint32(reply, "version", call->event->entity_version);
	return 0;
}

int reply_contribution(const struct command_call *call, struct arena *arena,
		       ProtobufCMessage *message)
{
	Pidc__V1__SubmitContributionResponse *reply =
		(Pidc__V1__SubmitContributionResponse *)message;
	const Pidc__V1__Contribution *contribution =
		call->event->contribution_submitted->contribution;

	(void)arena;
	reply->contribution_id = contribution->contribution_id;
	reply->content_digest = contribution->content_digest;
	return 0;
}

/* --- content -------------------------------------------------------------------- */

/* Beside the columns: what the rows rest on, as the rule worked it out. */
static int cells_add(const struct command_call *call, struct arena *arena,
		     Pidc__Store__V1__ContentWrite *row)
{
	static char field[] = CELL_FIELD;
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)call->facts;
	struct cells ignored;
	int rc = cells_of_columns(facts->dataset, row->columns, row->n_columns, arena, &ignored,
				  &row->columns[row->n_columns]);

	row->fields[row->n_fields++] = field;
	row->n_columns++;
	return rc;
}

static int content_row(const struct command_call *call, struct arena *arena,
		       Pidc__Store__V1__ContentWrite **ret)
{
	const Pidc__V1__SubmitContributionRequest *request =
		(const Pidc__V1__SubmitContributionRequest *)call->job->request;
	const Pidc__V1__Contribution *contribution =
		call->event->contribution_submitted->contribution;
	Pidc__Store__V1__ContentWrite *row = (Pidc__Store__V1__ContentWrite *)message_new(
		&pidc__store__v1__content_write__descriptor, arena);

	if (row == NULL)
		return PIDC_ENOMEM;
	row->contribution_id = contribution->contribution_id;
	row->owner_org = contribution->owner_org;
	/* Content that lies elsewhere has columns in the ledger and none in the request. */
	row->fields = arena_calloc(arena, request->n_columns + 1, sizeof(char *));
	row->columns = arena_calloc(arena, request->n_columns + 1, sizeof(*row->columns));
	if (row->fields == NULL || row->columns == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < request->n_columns; i++) {
		row->fields[row->n_fields++] = contribution->columns[i]->field;
		row->columns[row->n_columns++] = request->columns[i];
	}
	row->files = request->files;
	row->n_files = request->n_files;
	*ret = row;
	return contribution->cell_digest.len == 0 ? 0 : cells_add(call, arena, row);
}

static bool has_files(const ProtobufCMessage *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (((const Pidc__Store__V1__ContentWrite *)rows[i])->n_files > 0)
			return true;
	}
	return false;
}

/* Content is written as its owner (row-level security): one statement for each
 * stretch of calls of the same owner. */
int store_content(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		  struct pidc_error *err)
{
	const ProtobufCMessage **rows = arena_calloc(arena, n, sizeof(*rows));
	size_t first = 0;
	int rc = rows == NULL ? PIDC_ENOMEM : 0;

	while (rc == 0 && first < n) {
		const char *owner = calls[first]->actor->org;
		size_t count = 0;

		while (rc == 0 && first + count < n &&
		       strcmp(calls[first + count]->actor->org, owner) == 0) {
			Pidc__Store__V1__ContentWrite *row = NULL;

			rc = content_row(calls[first + count], arena, &row);
			rows[count++] = (const ProtobufCMessage *)row;
		}
		if (rc == 0)
			rc = db_set_local(db, "pidc.org", owner, err);
		if (rc == 0)
			rc = db_query_many(db, DB_CONTENT_STORE, rows, NULL, count, arena, NULL,
					   err);
		if (rc == 0 && has_files(rows, count))
			rc = db_query_many(db, DB_CONTENT_STORE_FILES, rows, NULL, count, arena,
					   NULL, err);
		first += count;
	}
	return rc;
}

/* The content of what is erased; the function that deletes it is the only thing of the
 * database that may, and the commit fails when the ledger does not say why. */
int erase_content(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		  struct pidc_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		Pidc__Store__V1__ContributionQuery query =
			PIDC__STORE__V1__CONTRIBUTION_QUERY__INIT;

		query.contribution_id = calls[i]->event->contribution_erased->contribution_id;
		rc = db_query(db, DB_CONTENT_ERASE, &query.base, NULL, arena, NULL, err);
	}
	return rc;
}
