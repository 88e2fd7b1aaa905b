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
};

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
