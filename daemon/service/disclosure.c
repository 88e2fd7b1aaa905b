/* SPDX-License-Identifier: ISC
 *
 * Disclosures: the content of a released chunk on its way out, and what a list says of
 * each beside its row.
 */
#include "core/delivery.h"
#include "daemon/service/internal.h"

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

static int content_read(struct db *db, struct arena *arena, const char *recipient,
			Pidc__V1__FetchResponse *reply, Pidc__Store__V1__CellRows *cells,
			struct pidc_error *err)
{
	Pidc__Store__V1__ContentQuery query = PIDC__STORE__V1__CONTENT_QUERY__INIT;
	char *index = arena_printf(arena, "%llu", (unsigned long long)reply->position->revision);
	int rc = index == NULL ? PIDC_ENOMEM : db_begin_snapshot(db, err);

	query.release_index = reply->position->revision;
	if (rc == 0)
		rc = db_set_local(db, "pidc.org", recipient, err);
	if (rc == 0)
		rc = db_set_local(db, "pidc.release", index, err);
	if (rc == 0)
		rc = db_query_into(db, DB_CONTENT_READ, &query.base, NULL, arena, &reply->base,
				   NULL, NULL, err);
	if (rc == 0)
		rc = db_query_into(db, DB_CONTENT_CELLS, &query.base, NULL, arena, &cells->base,
				   NULL, NULL, err);
	if (rc == 0)
		rc = db_commit(db, err);
	else
		db_rollback(db);
	return rc;
}

static int columns_digest(const Pidc__V1__FetchedItem *item, struct delivery *delivery,
			  struct arena *arena)
{
	delivery_add_item(delivery, item->contribution_id);
	for (size_t i = 0; i < item->n_columns; i++) {
		uint8_t *digest = arena_alloc(arena, SHA256_LEN);

		if (digest == NULL)
			return PIDC_ENOMEM;
		sha256(&(struct bytes){item->columns[i].data, item->columns[i].len}, 1, digest);
		delivery_add_column(delivery, digest);
	}
	return 0;
}

/* What is about to be sent has to be what was released: stored content that somebody
 * changed does not leave. */
static int delivery_check(Pidc__V1__FetchResponse *reply, struct arena *arena,
			  struct pidc_error *err)
{
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	struct delivery delivery;
	size_t columns = 0;
	int rc;

	for (size_t i = 0; i < reply->n_items; i++)
		columns =
			reply->items[i]->n_columns > columns ? reply->items[i]->n_columns : columns;
	rc = delivery_begin(&delivery, reply->n_items, columns, arena);
	for (size_t i = 0; rc == 0 && i < reply->n_items; i++)
		rc = columns_digest(reply->items[i], &delivery, arena);
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

int service_fetch_content(struct service_fetch *fetch, struct db *db, struct service_job *next)
{
	const Pidc__Store__V1__ReleaseRequest *release =
		(const Pidc__Store__V1__ReleaseRequest *)next->request;
	struct pidc_error err = {0};
	Pidc__Store__V1__CellRows cells = PIDC__STORE__V1__CELL_ROWS__INIT;
	Pidc__V1__FetchResponse *reply = pidc__v1__fetch_response__unpack(
		arena_protobuf(next->arena), next->reply_len, next->reply);
	int rc = reply == NULL ? PIDC_ENOMEM : 0;

	(void)fetch;
	if (rc == 0)
		rc = content_read(db, next->arena, release->query->recipient_org, reply, &cells,
				  &err);
	if (rc == 0)
		rc = rows_suppress(reply, &cells, next->arena, &err);
	if (rc == 0)
		rc = delivery_check(reply, next->arena, &err);
	if (rc == 0)
		rc = job_answer(next, &reply->base);
	next->result = rc;
	if (rc < 0)
		job_fail(next, rc, &err);
	else
		delivery_note(db, reply, next->arena);
	return rc;
}
