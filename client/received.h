/* SPDX-License-Identifier: ISC
 *
 * What a fetch leaves in a folder: files, each whole and verified or not there, and the
 * receipt, from which the digests are computed again when it is acknowledged.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "pidc/v1/disclosure.pb-c.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Files of one contribution; as data.proto says. */
#define RECEIVED_FILES_MAX 16

struct received {
	int folder;     /* -1: there is none, so nothing with files can be received */
	bool is_forced; /* --force: over what is there */
	FILE *receipt;
	json_t *items; /* of the chunk that came last, for the chunk that goes on with it */
	uint32_t chunk;
	/* Files that are still to come. */
	char contribution_id[37];
	struct {
		char field[64];
		uint8_t sha256[SHA256_LEN];
		uint64_t size;
	} files[RECEIVED_FILES_MAX];
	size_t file_count;
	size_t file; /* the one that is coming */
	FILE *out;
	struct sha256_hash *hash;
	uint64_t offset;
};

/* folder NULL: none; else it is made. PIDC_EINVAL. */
int received_init(struct received *received, const char *folder, bool is_forced,
		  struct pidc_error *err) PIDC_MUSTCHECK;
/* An unfinished file is taken away. */
void received_close(struct received *received);

/* One message, as it came, checked: fields are those asked for. PIDC_EINTEGRITY: it is not
 * what was released. */
int received_chunk(struct received *received, const Pidc__V1__FetchResponse *answer,
		   char *const *fields, size_t n_fields, struct arena *arena,
		   struct pidc_error *err) PIDC_MUSTCHECK;
/* PIDC_EINTEGRITY when a file has not come to its end. */
int received_end(const struct received *received, struct pidc_error *err) PIDC_MUSTCHECK;

/* The chunks of a disclosure whose receipt stands in the folder, with their digests of
 * what is there now; in the arena. PIDC_EINVAL: no receipt, or a file is gone. */
int received_receipts(const char *folder, const char *disclosure_id, struct arena *arena,
		      Pidc__V1__ChunkReceipt ***ret, size_t *ret_count,
		      struct pidc_error *err) PIDC_MUSTCHECK;
