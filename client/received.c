/* SPDX-License-Identifier: ISC */
#include "client/received.h"

#include "core/delivery.h"
#include "core/message.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int received_init(struct received *received, const char *folder, bool is_forced,
		  struct pidc_error *err)
{
	*received = (struct received){.folder = -1, .is_forced = is_forced};
	if (!folder)
		return 0;
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return pidc_fail(err, PIDC_EINVAL, "cannot make the folder %.150s: %s", folder,
				 strerror(errno));
	received->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (received->folder < 0)
		return pidc_fail(err, PIDC_EINVAL, "%.150s: %s", folder, strerror(errno));
	return 0;
}

/* CONTRIBUTION.FIELD, and with ".part" until it is whole: both parts are checked. */
static void name_make(const struct received *received, const char *end, char ret[128])
{
	(void)snprintf(ret, 128, "%s.%s%s", received->contribution_id,
		       received->files[received->file].field, end);
}

void received_close(struct received *received)
{
	char part[128];
	if (received->out) {
		name_make(received, ".part", part);
		(void)fclose(received->out);
		(void)unlinkat(received->folder, part, 0);
	}
	if (received->receipt)
		(void)fclose(received->receipt);
	if (received->folder >= 0)
		(void)close(received->folder);
	sha256_drop(received->hash);
	json_decref(received->items);
	*received = (struct received){.folder = -1};
}

/* --- files -------------------------------------------------------------------------- */

/* Before its first byte: what would stand in the way is said early. */
static int file_open(struct received *received, struct pidc_error *err)
{
	char name[128];
	char part[128];
	name_make(received, "", name);
	name_make(received, ".part", part);
	if (!received->is_forced &&
	    faccessat(received->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return pidc_fail(err, PIDC_EINVAL, "%s is there already: --force writes over it",
				 name);
	int fd = openat(received->folder, part,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	received->out = fd < 0 ? NULL : fdopen(fd, "wb");
	received->hash = sha256_begin();
	received->offset = 0;
	if (received->out && received->hash)
		return 0;
	if (fd >= 0 && !received->out)
		(void)close(fd);
	return pidc_fail(err, PIDC_EIO, "%s cannot be written", part);
}

/* Whole, right, and on the disk: only then it has its name. A file that has come there
 * meanwhile is not written over either. */
static int file_finish(struct received *received, struct pidc_error *err)
{
	char name[128];
	char part[128];
	uint8_t digest[SHA256_LEN];
	name_make(received, "", name);
	name_make(received, ".part", part);
	sha256_end(received->hash, digest);
	received->hash = NULL;
	int rc = fflush(received->out) != 0 || fsync(fileno(received->out)) < 0 ? PIDC_EIO : 0;
	if (fclose(received->out) != 0)
		rc = PIDC_EIO;
	received->out = NULL;
	if (rc == 0 && memcmp(digest, received->files[received->file].sha256, SHA256_LEN) != 0)
		rc = PIDC_EINTEGRITY;
	if (rc == 0 && received->is_forced)
		rc = renameat(received->folder, part, received->folder, name) < 0 ? PIDC_EIO : 0;
	else if (rc == 0)
		rc = linkat(received->folder, part, received->folder, name, 0) < 0 ? PIDC_EIO : 0;
	(void)unlinkat(received->folder, part, 0);
	if (rc == PIDC_EINTEGRITY)
		return pidc_fail(err, rc, "%s has another SHA-256 than was announced", name);
	if (rc < 0)
		return pidc_fail(err, rc, "%s cannot be written", name);
	received->file++;
	return 0;
}

static int files_expect(struct received *received, const Pidc__V1__FetchedItem *item,
			struct pidc_error *err)
{
	if (received->folder < 0)
		return pidc_fail(err, PIDC_EINVAL, "there are files in it: give --directory DIR");
	if (received->file < received->file_count)
		return pidc_fail(err, PIDC_EINTEGRITY, "a file did not come to its end");
	if (!text_is_uuid(item->contribution_id) || item->n_files > RECEIVED_FILES_MAX)
		return pidc_fail(err, PIDC_EPROTO, "the register announced files wrongly");
	(void)snprintf(received->contribution_id, sizeof(received->contribution_id), "%s",
		       item->contribution_id);
	for (size_t i = 0; i < item->n_files; i++) {
		const Pidc__V1__FetchedFile *file = item->files[i];
		if (!text_is_field_name(file->field) || file->sha256.len != SHA256_LEN)
			return pidc_fail(err, PIDC_EPROTO, "the register announced files wrongly");
		(void)snprintf(received->files[i].field, sizeof(received->files[i].field), "%s",
			       file->field);
		memcpy(received->files[i].sha256, file->sha256.data, SHA256_LEN);
		received->files[i].size = file->size;
	}
	received->file = 0;
	received->file_count = item->n_files;
	return 0;
}

static int piece_take(struct received *received, const Pidc__V1__FilePiece *piece,
		      struct pidc_error *err)
{
	size_t at = received->file;
	if (at >= received->file_count ||
	    strcmp(piece->contribution_id, received->contribution_id) != 0 ||
	    strcmp(piece->field, received->files[at].field) != 0)
		return pidc_fail(err, PIDC_EPROTO, "a piece of a file that was not announced");
	if (!received->out) {
		int rc = file_open(received, err);
		if (rc < 0)
			return rc;
	}
	if (piece->offset != received->offset ||
	    piece->data.len > received->files[at].size - received->offset)
		return pidc_fail(err, PIDC_EPROTO, "a piece of a file at the wrong place");
	if (fwrite(piece->data.data, 1, piece->data.len, received->out) != piece->data.len)
		return pidc_fail(err, PIDC_EIO, "the file cannot be written");
	sha256_add(received->hash, piece->data.data, piece->data.len);
	received->offset += piece->data.len;
	return received->offset == received->files[at].size ? file_finish(received, err) : 0;
}

/* --- the receipt -------------------------------------------------------------------- */

/* One line a chunk: its items, each with its columns' digests and its files' names. */
static int receipt_add(struct received *received, const Pidc__V1__FetchResponse *answer,
		       struct pidc_error *err)
{
	char name[64];
	if (received->folder < 0)
		return 0;
	if (!text_is_uuid(answer->disclosure_id))
		return pidc_fail(err, PIDC_EPROTO, "the register named no disclosure");
	(void)snprintf(name, sizeof(name), "%s.receipt", answer->disclosure_id);
	if (!received->receipt) {
		int fd = openat(received->folder, name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		received->receipt = fd < 0 ? NULL : fdopen(fd, "w");
	}
	json_t *line = json_pack("{s:I, s:O}", "chunk", (json_int_t)answer->chunk, "items",
				 received->items);
	bool is_good = received->receipt && line &&
		       json_dumpf(line, received->receipt, JSON_COMPACT) == 0 &&
		       fputc('\n', received->receipt) != EOF && fflush(received->receipt) == 0;
	json_decref(line);
	received->chunk = answer->chunk;
	return is_good ? 0 : pidc_fail(err, PIDC_EIO, "%s cannot be written", name);
}

static const Pidc__V1__FetchedFile *file_find(const Pidc__V1__FetchedItem *item, const char *field)
{
	for (size_t i = 0; i < item->n_files; i++)
		if (strcmp(item->files[i]->field, field) == 0)
			return item->files[i];
	return NULL;
}

static json_t *hex_json(const uint8_t digest[SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1];
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return json_string(hex);
}

/* Columns and files stand in the order of the fields asked for. */
static int item_add(const Pidc__V1__FetchedItem *item, char *const *fields, size_t n_fields,
		    struct delivery *delivery, json_t *items, struct arena *arena)
{
	json_t *parts = json_array();
	json_t *made =
		json_pack("{s:s, s:o}", "contributionId", item->contribution_id, "parts", parts);
	size_t column = 0;
	if (!made || json_array_append_new(items, made) < 0)
		return PIDC_ENOMEM;
	delivery_add_item(delivery, item->contribution_id);
	for (size_t i = 0; i < n_fields; i++) {
		const Pidc__V1__FetchedFile *file = file_find(item, fields[i]);
		uint8_t *digest = arena_alloc(arena, SHA256_LEN);
		if (!digest)
			return PIDC_ENOMEM;
		if (file && file->sha256.len == SHA256_LEN) {
			memcpy(digest, file->sha256.data, SHA256_LEN);
			(void)json_array_append_new(parts, json_pack("{s:s}", "file", fields[i]));
			delivery_add_column(delivery, digest);
			continue;
		}
		const struct bytes name = column < item->n_columns
						  ? message_field(item->columns[column].data,
								  item->columns[column].len, 1)
						  : (struct bytes){NULL, 0};
		if (name.len != strlen(fields[i]) || memcmp(name.data, fields[i], name.len) != 0)
			continue;
		sha256(&(struct bytes){item->columns[column].data, item->columns[column].len}, 1,
		       digest);
		(void)json_array_append_new(parts, json_pack("{s:o}", "digest", hex_json(digest)));
		delivery_add_column(delivery, digest);
		column++;
	}
	return 0;
}

/* What arrived has the digest that the register says it has. */
static int items_take(struct received *received, const Pidc__V1__FetchResponse *answer,
		      char *const *fields, size_t n_fields, struct arena *arena,
		      struct pidc_error *err)
{
	uint8_t digest[SHA256_LEN];
	struct delivery delivery;
	int rc = delivery_begin(&delivery, answer->n_items, n_fields, arena);
	json_decref(received->items);
	received->items = json_array();
	for (size_t i = 0; rc == 0 && i < answer->n_items; i++)
		rc = item_add(answer->items[i], fields, n_fields, &delivery, received->items,
			      arena);
	if (rc < 0)
		return pidc_fail(err, rc, "no memory for the receipt");
	delivery_finish(&delivery, digest);
	if (answer->delivery_digest.len != SHA256_LEN ||
	    memcmp(answer->delivery_digest.data, digest, SHA256_LEN) != 0)
		return pidc_fail(err, PIDC_EINTEGRITY, "chunk %u is not what was released",
				 answer->chunk);
	for (size_t i = 0; rc == 0 && i < answer->n_items; i++)
		if (answer->items[i]->n_files > 0)
			rc = files_expect(received, answer->items[i], err);
	return rc < 0 ? rc : receipt_add(received, answer, err);
}

int received_chunk(struct received *received, const Pidc__V1__FetchResponse *answer,
		   char *const *fields, size_t n_fields, struct arena *arena,
		   struct pidc_error *err)
{
	if (!answer->piece)
		return items_take(received, answer, fields, n_fields, arena, err);
	/* The rest of a file under a release of its own: of the same item. */
	int rc = answer->chunk == received->chunk ? 0 : receipt_add(received, answer, err);
	return rc < 0 ? rc : piece_take(received, answer->piece, err);
}

int received_end(const struct received *received, struct pidc_error *err)
{
	return received->file < received->file_count
		       ? pidc_fail(err, PIDC_EINTEGRITY, "a file did not come to its end")
		       : 0;
}
