/* SPDX-License-Identifier: ISC
 *
 * The files of a fetch, in pieces. A long file must not outrun a revocation: after some
 * bytes the rest is released anew.
 */
#include "core/text.h"
#include "daemon/service/fetch.h"

#include <stdio.h>
#include <string.h>

/* Parts that begin within this much make one piece: at least one, and below 256 KiB. */
#define PIECE_SPAN ((uint64_t)128 << 10)

/* What may leave under one decision; also in disclosure.proto. */
#define RELEASE_BYTES_MAX ((uint64_t)4 << 20)

bool service_fetch_has_piece(const struct service_fetch *fetch)
{
	return fetch->file < fetch->file_count && !fetch->is_resuming;
}

int fetch_release_note(struct service_fetch *fetch, const Pidc__V1__FetchResponse *reply,
		       const char *recipient)
{
	if (reply->position == NULL || reply->position->tx_time == NULL ||
	    !time_from_proto(reply->position->tx_time, &fetch->tx_us))
		return PIDC_EINTEGRITY;
	fetch->revision = reply->position->revision;
	fetch->released_chunk = reply->chunk;
	fetch->sent_bytes = 0;
	snprintf(fetch->register_epoch, sizeof(fetch->register_epoch), "%s",
		 reply->position->register_epoch);
	snprintf(fetch->recipient, sizeof(fetch->recipient), "%s", recipient);
	return 0;
}

int fetch_content_begin(const struct service_fetch *fetch, struct db *db, struct arena *arena,
			struct pidc_error *err)
{
	char *index = arena_printf(arena, "%llu", (unsigned long long)fetch->revision);
	int rc = index == NULL ? PIDC_ENOMEM : db_begin_snapshot(db, err);

	if (rc == 0)
		rc = db_set_local(db, "pidc.org", fetch->recipient, err);
	if (rc == 0)
		rc = db_set_local(db, "pidc.release", index, err);
	return rc;
}

static int file_announce(Pidc__V1__FetchedItem *item, Pidc__Store__V1__ReleasedFileRow *row,
			 struct arena *arena)
{
	Pidc__V1__FetchedFile *file =
		(Pidc__V1__FetchedFile *)message_new(&pidc__v1__fetched_file__descriptor, arena);

	if (file == NULL)
		return PIDC_ENOMEM;
	file->field = row->field;
	file->sha256 = row->sha256;
	file->size = row->size;
	item->files[item->n_files++] = file;
	return 0;
}

int fetch_files_open(struct service_fetch *fetch, struct db *db, struct arena *arena,
		     Pidc__V1__FetchResponse *reply, struct pidc_error *err)
{
	Pidc__Store__V1__ContentQuery query = PIDC__STORE__V1__CONTENT_QUERY__INIT;
	Pidc__Store__V1__ReleasedFileRows rows = PIDC__STORE__V1__RELEASED_FILE_ROWS__INIT;
	Pidc__V1__FetchedItem *item = reply->n_items > 0 ? reply->items[0] : NULL;
	int rc;

	fetch->file_count = fetch->file = 0;
	fetch->offset = 0;
	/* A chunk of several has none, unless a consent came when it was cut already. */
	if (item == NULL || (reply->n_items > 1 && !fetch->has_denied))
		return 0;
	query.release_index = fetch->revision;
	rc = db_query_into(db, DB_CONTENT_FILES, &query.base, NULL, arena, &rows.base, NULL, NULL,
			   err);
	if (rc == 0 && rows.n_files > 0 && reply->n_items > 1)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "permitted meanwhile: ask again");
	if (rc == 0 && rows.n_files > FETCH_FILES_MAX)
		return PIDC_EINTEGRITY;
	item->files = arena_calloc(arena, rows.n_files, sizeof(*item->files));
	if (rc == 0 && item->files == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < rows.n_files; i++) {
		struct fetch_file *file = &fetch->files[fetch->file_count++];

		snprintf(file->field, sizeof(file->field), "%s", rows.files[i]->field);
		snprintf(file->upload_id, sizeof(file->upload_id), "%s", rows.files[i]->upload_id);
		file->size = rows.files[i]->size;
		rc = file_announce(item, rows.files[i], arena);
	}
	snprintf(fetch->contribution_id, sizeof(fetch->contribution_id), "%s",
		 item->contribution_id);
	return rc;
}

/* --- pieces ------------------------------------------------------------------------- */

static int parts_read(const struct service_fetch *fetch, struct db *db, struct arena *arena,
		      Pidc__Store__V1__UploadPartRows *rows, struct pidc_error *err)
{
	Pidc__Store__V1__UploadRange range = PIDC__STORE__V1__UPLOAD_RANGE__INIT;
	int rc = fetch_content_begin(fetch, db, arena, err);

	range.upload_id = (char *)(uintptr_t)fetch->files[fetch->file].upload_id;
	range.start = fetch->offset;
	range.end = fetch->offset + PIECE_SPAN;
	if (rc == 0)
		rc = db_query_into(db, DB_UPLOAD_PARTS, &range.base, NULL, arena, &rows->base, NULL,
				   NULL, err);
	if (rc == 0)
		rc = db_commit(db, err);
	else
		db_rollback(db);
	return rc;
}

static int piece_make(const struct service_fetch *fetch,
		      const Pidc__Store__V1__UploadPartRows *rows, struct arena *arena,
		      Pidc__V1__FetchResponse *reply)
{
	Pidc__V1__FilePiece *piece =
		(Pidc__V1__FilePiece *)message_new(&pidc__v1__file_piece__descriptor, arena);
	size_t len = 0;

	for (size_t i = 0; i < rows->n_parts; i++)
		len += rows->parts[i]->data.len;
	if (piece == NULL)
		return PIDC_ENOMEM;
	piece->contribution_id = (char *)(uintptr_t)fetch->contribution_id;
	piece->field = (char *)(uintptr_t)fetch->files[fetch->file].field;
	piece->offset = fetch->offset;
	piece->data.data = arena_alloc(arena, len);
	if (piece->data.data == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < rows->n_parts; i++) {
		const ProtobufCBinaryData *data = &rows->parts[i]->data;

		memcpy(piece->data.data + piece->data.len, data->data, data->len);
		piece->data.len += data->len;
	}
	reply->piece = piece;
	return 0;
}

static void advance(struct service_fetch *fetch, size_t len)
{
	fetch->offset += len;
	fetch->sent_bytes += len;
	if (fetch->offset >= fetch->files[fetch->file].size) {
		fetch->file++;
		fetch->offset = 0;
	}
	fetch->is_resuming =
		fetch->file < fetch->file_count && fetch->sent_bytes >= RELEASE_BYTES_MAX;
}

int fetch_piece_read(struct service_fetch *fetch, struct db *db, struct arena *arena,
		     Pidc__V1__FetchResponse *reply, struct pidc_error *err)
{
	Pidc__Store__V1__UploadPartRows rows = PIDC__STORE__V1__UPLOAD_PART_ROWS__INIT;
	int rc;

	if (reply->position == NULL)
		reply->position =
			position_new(fetch->revision, fetch->tx_us, fetch->register_epoch, arena);
	if (reply->position == NULL)
		return PIDC_ENOMEM;
	reply->disclosure_id = fetch->disclosure_id;
	reply->chunk = fetch->released_chunk;
	rc = parts_read(fetch, db, arena, &rows, err);
	if (rc < 0)
		return rc;
	/* Erased meanwhile, or broken. */
	if (rows.n_parts == 0 || rows.parts[0]->offset != fetch->offset)
		return pidc_fail(err, PIDC_EINTEGRITY, "a file of contribution %s is not there",
				 fetch->contribution_id);
	rc = piece_make(fetch, &rows, arena, reply);
	if (rc == 0)
		advance(fetch, reply->piece->data.len);
	return rc;
}
