/* SPDX-License-Identifier: ISC
 *
 * A fetch between its steps; private to fetch.c (release), fetch_plan.c (the list),
 * fetch_chunk.c (where a chunk ends), disclosure.c (what a chunk begins with) and
 * fetch_file.c (the files that follow). One step at a time, in whichever worker.
 */
#pragma once

#include "daemon/service/internal.h"

/* As many as a contribution can have. */
#define FETCH_FILES_MAX 16
/* Contributions of a chunk. */
#define FETCH_ITEMS_MAX 256
/* Looked at together, so that not every chunk asks; at least those of one chunk. */
#define FETCH_WINDOW_MAX ((size_t)2 * FETCH_ITEMS_MAX)

struct fetch_file {
	char field[64];
	char upload_id[37];
	uint64_t size;
};

/* What is known of ids before they are cut into chunks. */
struct fetch_window {
	size_t from, count; /* of ids */
	size_t permitted;   /* all of them, or all but the last, which was denied */
	uint64_t columns[FETCH_WINDOW_MAX], files[FETCH_WINDOW_MAX]; /* bytes of these */
};

struct service_fetch {
	const struct service_job *job; /* of the whole call */
	const Pidc__V1__FetchRequest *request;
	char disclosure_id[37];
	char **ids; /* contributions still to come, in order */
	size_t id_count;
	size_t next;
	uint32_t chunk;
	uint32_t chunk_items;
	struct fetch_window window;
	/* Of the chunk that was released last. */
	bool has_denied; /* its last was not permitted when the chunk was cut */
	bool is_plain;   /* all of it was, and it is known to have no files */

	/* Files of the chunk that are on their way, file by file. */
	char contribution_id[37];
	struct fetch_file files[FETCH_FILES_MAX];
	size_t file_count;
	size_t file;
	uint64_t offset;
	uint64_t sent_bytes; /* under the present release */
	bool is_resuming;    /* the rest waits for a release of its own */
	/* Of the present release. */
	uint64_t revision;
	int64_t tx_us;
	uint32_t released_chunk;
	char register_epoch[37];
	/* Who asks, as when it was planned. */
	char recipient[64];
	Pidc__V1__Capacity capacity;
};

/* What is asked, but for the subjects; borrows from fetch and its request. */
void fetch_query_fill(const struct service_fetch *fetch, Pidc__Store__V1__DecisionQuery *query);

/* Context of a decision that is made only to plan. */
int fetch_context(const struct service_fetch *fetch, struct db *db, Pidc__V1__Actor *actor,
		  struct arena *arena, Pidc__Store__V1__Context **ret,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* Who asks, and the list of ids. PIDC_EREFUSED with the job's refusal set. */
int fetch_plan(struct service_fetch *fetch, struct db *db, struct service_job *job,
	       struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;

/* Look at what comes next, unless the next chunk's ids are known. On a bulk connection. */
int fetch_window_load(struct service_fetch *fetch, struct db *db,
		      struct pidc_error *err) PIDC_MUSTCHECK;

struct fetch_cut {
	size_t count; /* contributions */
	bool has_denied, is_plain;
};

/* The next chunk, whose columns fit a message. */
struct fetch_cut fetch_chunk_cut(const struct service_fetch *fetch);

/* Remember the release that reply is of, for the pieces that follow it. */
int fetch_release_note(struct service_fetch *fetch, const Pidc__V1__FetchResponse *reply,
		       const char *recipient) PIDC_MUSTCHECK;

/* Inside the transaction that reads the chunk: which files the release has; announced in
 * the reply's only item. */
int fetch_files_open(struct service_fetch *fetch, struct db *db, struct arena *arena,
		     Pidc__V1__FetchResponse *reply, struct pidc_error *err) PIDC_MUSTCHECK;

/* The next piece, in *reply. */
int fetch_piece_read(struct service_fetch *fetch, struct db *db, struct arena *arena,
		     Pidc__V1__FetchResponse *reply, struct pidc_error *err) PIDC_MUSTCHECK;

/* A transaction that sees the content of the present release, and nothing else. */
int fetch_content_begin(const struct service_fetch *fetch, struct db *db, struct arena *arena,
			struct pidc_error *err) PIDC_MUSTCHECK;
