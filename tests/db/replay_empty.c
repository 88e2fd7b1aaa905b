/* SPDX-License-Identifier: ISC
 *
 * pidc-replay-empty REGISTER OWNER EMPTY: replays the ledger of REGISTER into an empty
 * database and compares every table with it (SYS-1). All three are connection
 * strings; OWNER and EMPTY reach the same database, as its owner, who migrates it, and
 * as the daemon's role, who may do what an apply statement needs and no more.
 *
 * Other than deep verification, which replays in sets into temporary copies, this
 * applies one event after the other to the real tables of a new register. Exit 0 if
 * all are equal, 1 if not, 2 if it cannot tell.
 */
#include "core/leaf.h"
#include "core/text.h"
#include "daemon/db/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_ENTRIES 500
#define EXIT_DIFFER  1
#define EXIT_TROUBLE 2

static void die(const char *what, const struct pidc_error *err)
{
	fprintf(stderr, "pidc-replay-empty: %s: %s\n", what, err->msg);
	exit(EXIT_TROUBLE);
}

static void must(int rc, const char *what, const struct pidc_error *err)
{
	if (rc < 0)
		die(what, err);
}

static struct db *open_db(const char *url)
{
	struct db_options options = {.url = url, .application_name = "replay-empty"};
	struct pidc_error err = {0};
	struct db *db = NULL;

	must(db_open(&options, true, &db, &err), url, &err);
	return db;
}

/* --- replay ------------------------------------------------------------------ */

static void apply(struct db *to, const Pidc__Store__V1__EntryRow *row, struct arena *arena)
{
	struct pidc_error err = {0};
	Pidc__V1__Event *event = NULL;
	Pidc__Store__V1__ApplyEvent *apply = NULL;
	const ProtobufCFieldDescriptor *body;
	char what[64];
	int64_t us = 0;

	snprintf(what, sizeof(what), "entry %" PRIu64, row->index);
	must(leaf_check(row, arena, &event, &err), what, &err);
	if (!time_from_proto(row->tx_time, &us))
		die(what, &(struct pidc_error){.msg = "no time"});
	must(leaf_apply_event(event, row->index, us, arena, &apply, &err), what, &err);
	body = protobuf_c_message_descriptor_get_field(&pidc__v1__event__descriptor,
						       (unsigned)event->body_case);
	if (body == NULL)
		die(what, &(struct pidc_error){.msg = "an event without body"});
	must(db_apply(to, body->name, &apply, 1, arena, &err), what, &err);
}

/* Entries [start, start + STEP_ENTRIES), in one transaction; how many there were. */
static size_t replay_some(struct db *from, struct db *to, uint64_t start)
{
	struct arena *arena = arena_new(0);
	Pidc__Store__V1__EntryRange range = PIDC__STORE__V1__ENTRY_RANGE__INIT;
	Pidc__Store__V1__EntryRows rows = PIDC__STORE__V1__ENTRY_ROWS__INIT;
	struct pidc_error err = {.msg = "out of memory"};
	size_t count;

	if (arena == NULL)
		die("replay", &err);
	range.start = start;
	range.end = start + STEP_ENTRIES;
	must(db_query_into(from, DB_ENTRY_RANGE, &range.base, NULL, arena, &rows.base, NULL, NULL,
			   &err),
	     "ledger_entry", &err);
	must(db_begin(to, &err), "begin", &err);
	for (size_t i = 0; i < rows.n_entries; i++)
		apply(to, rows.entries[i], arena);
	must(db_commit(to, &err), "commit", &err);
	count = rows.n_entries;
	arena_free(arena);
	return count;
}

/* --- compare ----------------------------------------------------------------- */

static PGresult *fetch(struct db *db, const char *sql)
{
	struct pidc_error err = {0};
	PGresult *res = NULL;

	must(db_fetch(db, sql, 0, NULL, &res, &err), sql, &err);
	return res;
}

/* Name and digest of each table, by name. */
static PGresult *digests(struct db *db)
{
	return fetch(db, "SELECT t, pidc.table_digest(t)"
			 " FROM pidc.projected_tables() AS t ORDER BY t");
}

static int compare(struct db *from, struct db *to)
{
	PGresult *a = digests(from), *b = digests(to);
	int differing = PQntuples(a) == PQntuples(b) ? 0 : 1;

	for (int i = 0; i < PQntuples(a) && i < PQntuples(b); i++) {
		bool is_equal = strcmp(PQgetvalue(a, i, 0), PQgetvalue(b, i, 0)) == 0 &&
				strcmp(PQgetvalue(a, i, 1), PQgetvalue(b, i, 1)) == 0;

		printf("%-9s %s\n", is_equal ? "equal" : "DIFFERENT", PQgetvalue(a, i, 0));
		differing += !is_equal;
	}
	PQclear(a);
	PQclear(b);
	return differing;
}

int main(int argc, char **argv)
{
	struct pidc_error err = {0};
	struct db *from, *to;
	uint64_t size = 0;
	size_t count;
	int differing;

	if (argc != 4) {
		fputs("usage: pidc-replay-empty REGISTER OWNER EMPTY\n", stderr);
		return EXIT_TROUBLE;
	}
	must(db_migrate(argv[2], NULL, &err), argv[2], &err);
	from = open_db(argv[1]);
	to = open_db(argv[3]);
	do {
		count = replay_some(from, to, size);
		size += count;
	} while (count > 0);
	printf("%" PRIu64 " entries replayed\n", size);
	differing = size == 0 ? 1 : compare(from, to);
	db_close(from);
	db_close(to);
	return differing == 0 ? EXIT_SUCCESS : EXIT_DIFFER;
}
