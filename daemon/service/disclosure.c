/* SPDX-License-Identifier: ISC
 *
 * Disclosures: the content of a released chunk on its way out, and what a list says of
 * each beside its row.
 */
#include "core/delivery.h"
#include "core/message.h"
#include "daemon/service/fetch.h"

#include <string.h>

/* All items of a chunk are released with the same fields; the row has them once. */
int query_disclosure_fields(const struct read_call *call, ProtobufCMessage *message,
			    struct pidc_error *err)
{
	Pidc__V1__ListDisclosuresResponse *reply = (Pidc__V1__ListDisclosuresResponse *)message;

	(void)call;
	(void)err;
	for (size_t i = 0; i < reply->n_disclosures; i++) {
		Pidc__V1__Disclosure *disclosure = reply->disclosures[i];

		for (size_t k = 0; k < disclosure->n_items; k++) {
			disclosure->items[k]->fields = disclosure->fields;
			disclosure->items[k]->n_fields = disclosure->n_fields;
		}
	}
	return 0;
}

/* --- delivery ------------------------------------------------------------------ */

static int content_read(struct service_fetch *fetch, struct db *db, struct arena *arena,
			Pidc__V1__FetchResponse *reply, Pidc__Store__V1__CellRows *cells,
			struct pidc_error *err)
{
	Pidc__Store__V1__ContentQuery query = PIDC__STORE__V1__CONTENT_QUERY__INIT;
	int rc = fetch_content_begin(fetch, db, arena, err);

	query.release_index = reply->position->revision;
	if (rc == 0)
		rc = db_query_into(db, DB_CONTENT_READ, &query.base, NULL, arena, &reply->base,
				   NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(db, DB_CONTENT_CELLS, &query.base, NULL, arena, &cells->base,
				   NULL, NULL, err);
	if (rc == 0)
		rc = fetch_files_open(fetch, db, arena, reply, err);
	if (rc == 0)
		rc = db_commit(db, err);
	else
		db_rollback(db);
	return rc;
}

static const Pidc__V1__FetchedFile *file_find(const Pidc__V1__FetchedItem *item, const char *field)
{
	for (size_t i = 0; i < item->n_files; i++) {
		if (strcmp(item->files[i]->field, field) == 0)
			return item->files[i];
	}
	return NULL;
}

static bool column_is(const ProtobufCBinaryData *column, const char *field)
{
	/* ContentColumn.field */
	const struct bytes name = message_field(column->data, column->len, 1);

	return name.len == strlen(field) && memcmp(name.data, field, name.len) == 0;
}

/* Columns and files stand in the order of the fields asked for. Only where some are
 * missing the columns have to be looked into, to the end of each, for whose they are. */
static int columns_digest(const Pidc__V1__FetchedItem *item, const Pidc__V1__FetchRequest *request,
			  struct delivery *delivery, struct arena *arena)
{
	bool is_whole = item->n_columns + item->n_files == request->n_fields;
	size_t column = 0;

	delivery_add_item(delivery, item->contribution_id);
	for (size_t i = 0; i < request->n_fields; i++) {
		const Pidc__V1__FetchedFile *file = file_find(item, request->fields[i]);
		uint8_t *digest;

		if (file != NULL && file->sha256.len == SHA256_LEN)
			delivery_add_column(delivery, file->sha256.data);
		if (file != NULL || column == item->n_columns ||
		    (!is_whole && !column_is(&item->columns[column], request->fields[i])))
			continue;
		digest = arena_alloc(arena, SHA256_LEN);
		if (digest == NULL)
			return PIDC_ENOMEM;
		sha256(&(struct bytes){item->columns[column].data, item->columns[column].len}, 1,
		       digest);
		delivery_add_column(delivery, digest);
		column++;
	}
	return 0;
}

/* What is about to be sent has to be what was released: stored content that somebody
 * changed does not leave. */
static int delivery_check(const Pidc__V1__FetchRequest *request, Pidc__V1__FetchResponse *reply,
			  struct arena *arena, struct pidc_error *err)
{
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	struct delivery delivery;
	int rc = delivery_begin(&delivery, reply->n_items, request->n_fields, arena);

	for (size_t i = 0; rc == 0 && i < reply->n_items; i++)
		rc = columns_digest(reply->items[i], request, &delivery, arena);
	if (rc < 0 || digest == NULL)
		return PIDC_ENOMEM;
	delivery_finish(&delivery, digest);
	if (reply->delivery_digest.len == 0)
		reply->delivery_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	else if (reply->delivery_digest.len != SHA256_LEN ||
		 memcmp(reply->delivery_digest.data, digest, SHA256_LEN) != 0)
		return pidc_fail(err, PIDC_EINTEGRITY,
				 "content of release %llu is not what was released",
				 (unsigned long long)reply->position->revision);
	return 0;
}

/* The register's own note that this chunk was sent. Whatever keeps it from being
 * written keeps nothing else: the chunk then counts as not noted. Nobody waits for the
 * disk. */
static void delivery_note(struct db *db, const Pidc__V1__FetchResponse *reply, struct arena *arena)
{
	Pidc__Store__V1__DeliveryNote note = PIDC__STORE__V1__DELIVERY_NOTE__INIT;
	struct pidc_error ignored = {0};
	int rc = db_begin(db, &ignored);

	note.release_index = reply->position->revision;
	note.delivery_digest = reply->delivery_digest;
	if (rc == 0)
		rc = db_set_local(db, "synchronous_commit", "off", &ignored);
	if (rc == 0)
		rc = db_query(db, DB_DELIVERY_NOTE, &note.base, NULL, arena, NULL, &ignored);
	if (rc == 0)
		rc = db_commit(db, &ignored);
	if (rc < 0)
		db_rollback(db);
}

/* What a release begins with: its columns, or the rest of a file. */
static int chunk_read(struct service_fetch *fetch, struct db *db, struct service_job *next,
		      Pidc__V1__FetchResponse **ret, struct pidc_error *err)
{
	const Pidc__Store__V1__ReleaseRequest *release =
		(const Pidc__Store__V1__ReleaseRequest *)next->request;
	Pidc__Store__V1__CellRows cells = PIDC__STORE__V1__CELL_ROWS__INIT;
	Pidc__V1__FetchResponse *reply = pidc__v1__fetch_response__unpack(
		arena_protobuf(next->arena), next->reply_len, next->reply);
	int rc = reply == NULL ? PIDC_ENOMEM
			       : fetch_release_note(fetch, reply, release->query->recipient_org);

	*ret = reply;
	if (rc == 0 && fetch->is_resuming) {
		fetch->is_resuming = false;
		return fetch_piece_read(fetch, db, next->arena, reply, err);
	}
	if (rc == 0)
		rc = content_read(fetch, db, next->arena, reply, &cells, err);
	if (rc == 0)
		rc = rows_suppress(reply, &cells, next->arena, err);
	return rc < 0 ? rc : delivery_check(fetch->request, reply, next->arena, err);
}

static int piece_read(struct service_fetch *fetch, struct db *db, struct arena *arena,
		      Pidc__V1__FetchResponse **ret, struct pidc_error *err)
{
	*ret = (Pidc__V1__FetchResponse *)message_new(&pidc__v1__fetch_response__descriptor, arena);
	return *ret == NULL ? PIDC_ENOMEM : fetch_piece_read(fetch, db, arena, *ret, err);
}

int service_fetch_content(struct service_fetch *fetch, struct db *db, struct service_job *next)
{
	struct pidc_error err = {0};
	Pidc__V1__FetchResponse *reply = NULL;
	bool is_piece = service_fetch_has_piece(fetch);
	int rc = is_piece ? piece_read(fetch, db, next->arena, &reply, &err)
			  : chunk_read(fetch, db, next, &reply, &err);

	if (rc == 0 && !service_fetch_has_piece(fetch) && !fetch->is_resuming)
		rc = fetch_window_load(fetch, db, &err);
	if (rc == 0)
		rc = job_answer(next, &reply->base);
	next->result = rc;
	if (rc < 0)
		job_fail(next, rc, &err);
	else if (!is_piece)
		delivery_note(db, reply, next->arena);
	return rc;
}
