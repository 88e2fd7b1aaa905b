/* SPDX-License-Identifier: ISC
 *
 * Inside of a db, for the files of this folder and their tests.
 */
#pragma once

#include "daemon/db/db.h"
#include "daemon/db/plan.h"

#include <libpq-fe.h>

/* Bytes of parameters on their way to the server. Errors stick in is_short. */
struct param_buf {
	char *data;
	size_t len;
	size_t cap;
	bool is_short; /* out of memory or over DB_PARAMS_MAX */
};

/* Statements sent without an answer; a write batch of one kind has some twenty. */
#define DB_AHEAD_MAX 64

struct db {
	PGconn *conn;
	uint64_t serial;
	struct arena *arena; /* plans; lives as long as the connection */
	struct plan *plans[DB_STATEMENT_COUNT];
	struct param_buf buf;
	bool is_writer;
	bool is_snapshot; /* in a read-only transaction of ours */
	bool is_lost;
	/* Between sending COMMIT and its answer, see on_notice. */
	bool is_committing;
	bool is_warned;
	/* See db_send_ahead: their names, in order. */
	bool is_ahead;
	size_t ahead_count;
	const char *ahead[DB_AHEAD_MAX];
};

/* Statements whose rows nobody wants may be sent ahead now. */
bool db_is_ahead(const struct db *db);
/* Before and after PQsend*: what is its name (static), is_sent what libpq said. */
int ahead_begin(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;
int ahead_sent(struct db *db, const char *what, int is_sent, struct pidc_error *err) PIDC_MUSTCHECK;
/* Wait for all that was sent ahead: 0, or the error of the first that failed. Does nothing
 * when nothing was. Before anything that wants an answer of its own. */
int db_settle(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;

/* 0 when res is good, else the classified error. Does not clear res. what names
 * the statement for the text. */
int db_check_result(struct db *db, const PGresult *res, const char *what,
		    struct pidc_error *err) PIDC_MUSTCHECK;

/* Run text SQL with text parameters; *ret is the caller's to PQclear. */
int db_fetch(struct db *db, const char *sql, int nparams, const char *const *values, PGresult **ret,
	     struct pidc_error *err) PIDC_MUSTCHECK;

/* Prepare a plan on this connection and check its columns; does nothing when done before. */
int db_prepare_plan(struct db *db, struct plan *plan, struct pidc_error *err) PIDC_MUSTCHECK;

/* The same for a compiled-in statement. *ret (may be NULL) is borrowed. */
int db_prepare(struct db *db, enum db_statement_id id, struct plan **ret,
	       struct pidc_error *err) PIDC_MUSTCHECK;

/* db_query_many for any plan, also for one that is not many (then n is 1), and
 * db_query for any plan. */
int plan_query(struct db *db, struct plan *plan, const struct plan_input *in, struct arena *arena,
	       struct db_rows *ret, struct pidc_error *err) PIDC_MUSTCHECK;
int plan_query_into(struct db *db, struct plan *plan, const struct plan_input *in,
		    struct arena *arena, ProtobufCMessage *const *targets, size_t *ret_count,
		    const char ***ret_page_keys, struct pidc_error *err) PIDC_MUSTCHECK;
