/* SPDX-License-Identifier: ISC
 *
 * A receipt read again: what the files in the folder are now.
 */
#include "client/content.h"
#include "client/received.h"
#include "core/delivery.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

/* Chunks of one disclosure, and parts of one chunk: 256 items of 200 fields. */
#define CHUNKS_MAX 100000
#define PARTS_MAX  200

static bool digest_of_hex(const char *hex, uint8_t ret[SHA256_LEN])
{
	if (!hex || strlen(hex) != (size_t)2 * SHA256_LEN ||
	    strspn(hex, "0123456789abcdef") != (size_t)2 * SHA256_LEN)
		return false;
	for (size_t i = 0; i < SHA256_LEN; i++) {
		const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		ret[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

/* A column's digest as it was, or a file's as it is. */
static int part_add(struct delivery *delivery, const char *folder, const char *id,
		    const json_t *part, struct arena *arena, struct pidc_error *err)
{
	const char *field = json_string_value(json_object_get(part, "file"));
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	uint64_t size = 0;
	if (!digest)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the receipt");
	if (field) {
		char *path = text_is_field_name(field)
				     ? arena_printf(arena, "%s/%s.%s", folder, id, field)
				     : NULL;
		int rc = path ? content_file_digest(path, digest, &size, err)
			      : pidc_fail(err, PIDC_EINVAL, "the receipt is not one");
		if (rc < 0)
			return rc;
	} else if (!digest_of_hex(json_string_value(json_object_get(part, "digest")), digest)) {
		return pidc_fail(err, PIDC_EINVAL, "the receipt is not one");
	}
	delivery_add_column(delivery, digest);
	return 0;
}

static int line_digest(const char *folder, const json_t *line, struct arena *arena,
		       uint8_t ret[SHA256_LEN], struct pidc_error *err)
{
	const json_t *items = json_object_get(line, "items");
	struct delivery delivery;
	size_t i = 0;
	json_t *item = NULL;
	int rc = delivery_begin(&delivery, json_array_size(items), PARTS_MAX, arena);
	json_array_foreach(items, i, item)
	{
		const char *id = json_string_value(json_object_get(item, "contributionId"));
		const json_t *parts = json_object_get(item, "parts");
		if (rc == 0 && (!id || !text_is_uuid(id) || json_array_size(parts) > PARTS_MAX))
			rc = pidc_fail(err, PIDC_EINVAL, "the receipt is not one");
		if (rc == 0)
			delivery_add_item(&delivery, id);
		for (size_t k = 0; rc == 0 && k < json_array_size(parts); k++)
			rc = part_add(&delivery, folder, id, json_array_get(parts, k), arena, err);
	}
	if (rc == 0)
		delivery_finish(&delivery, ret);
	return rc;
}

static int receipt_make(const char *folder, const json_t *line, struct arena *arena,
			Pidc__V1__ChunkReceipt **ret, struct pidc_error *err)
{
	const json_t *chunk = json_object_get(line, "chunk");
	Pidc__V1__ChunkReceipt *receipt = arena_alloc(arena, sizeof(*receipt));
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	if (!receipt || !digest)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the receipt");
	if (!json_is_integer(chunk) || json_integer_value(chunk) < 0)
		return pidc_fail(err, PIDC_EINVAL, "the receipt is not one");
	pidc__v1__chunk_receipt__init(receipt);
	receipt->chunk = (uint32_t)json_integer_value(chunk);
	receipt->delivery_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	*ret = receipt;
	return line_digest(folder, line, arena, digest, err);
}

int received_receipts(const char *folder, const char *disclosure_id, struct arena *arena,
		      Pidc__V1__ChunkReceipt ***ret, size_t *ret_count, struct pidc_error *err)
{
	char *path = text_is_uuid(disclosure_id)
			     ? arena_printf(arena, "%s/%s.receipt", folder, disclosure_id)
			     : NULL;
	json_t *lines = NULL;
	char *text = NULL;
	size_t len = 0;
	if (!path)
		return pidc_fail(err, PIDC_EINVAL, "the id of the disclosure is not one");
	int rc = content_read(path, arena, &text, &len, err);
	if (rc == 0)
		rc = content_jsonl(text, &lines, err);
	if (rc < 0)
		return rc;
	size_t n = json_array_size(lines);
	Pidc__V1__ChunkReceipt **receipts = arena_calloc(arena, n + 1, sizeof(*receipts));
	if (!receipts || n > CHUNKS_MAX)
		rc = pidc_fail(err, PIDC_EINVAL, "the receipt is too long");
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = receipt_make(folder, json_array_get(lines, i), arena, &receipts[i], err);
	json_decref(lines);
	if (rc == 0) {
		*ret = receipts;
		*ret_count = n;
	}
	return rc;
}
