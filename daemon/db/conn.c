/* SPDX-License-Identifier: ISC */
#include "daemon/db/connection.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server that does not answer in this time counts as away (seconds, text as
 * libpq wants it); the connection string may say otherwise. */
#define CONNECT_TIMEOUT "5"

/* A peer that is gone without a word is noticed within a minute, also by who only
 * listens (seconds; the connection string may say otherwise). */
#define KEEPALIVE_IDLE     "30"
#define KEEPALIVE_INTERVAL "10"
#define KEEPALIVE_COUNT    "3"

static _Atomic uint64_t serials;

static bool is_class(const char *state, const char *prefix)
{
	return strncmp(state, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *state, const char *const *list)
{
	while (*list && strcmp(state, *list) != 0)
		list++;
	return *list != NULL;
}

/* SQLSTATE to our errors; state is "" when the server did not get to say one. */
static int classify(const char *state)
{
	static const char *const conflicts[] = {"23505", "23P01", "40001", "40P01", NULL};
	static const char *const deadlines[] = {"57014", "55P03", NULL};

	if (is_one_of(state, conflicts))
		return PIDC_ECONFLICT;
	if (is_one_of(state, deadlines))
		return PIDC_EDEADLINE;
	if (!*state || is_class(state, "08") || is_class(state, "57P") || is_class(state, "53") ||
	    is_class(state, "58") || strcmp(state, "25006") == 0)
		return PIDC_EUNAVAILABLE;
	return PIDC_EDB;
}

static const char *result_field(const PGresult *res, int field)
{
	const char *text = res ? PQresultErrorField(res, field) : NULL;

	return text ? text : "";
}

int db_check_result(struct db *db, const PGresult *res, const char *what, struct pidc_error *err)
{
	ExecStatusType status = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
	const char *state = result_field(res, PG_DIAG_SQLSTATE);
	int code;

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return 0;
	if (PQstatus(db->conn) == CONNECTION_BAD) {
		db->is_lost = true;
		return pidc_fail(err, PIDC_EUNAVAILABLE, "%s: connection lost", what);
	}
	code = classify(state);
	if (is_class(state, "08") || is_class(state, "57P"))
		db->is_lost = true;
	if (strcmp(state, "25006") == 0) {
		/* A snapshot that writes is our fault; otherwise the server has
		 * become a standby, and only a new connection finds the primary. */
		if (db->is_snapshot)
			code = PIDC_EDB;
		else
			db->is_lost = db->is_writer;
	}
	/* Only the primary message: details quote values of rows. */
	return pidc_fail(err, code, "%s: %s %s", what, *state ? state : "no answer",
			 result_field(res, PG_DIAG_MESSAGE_PRIMARY));
}

/* A WARNING in answer to COMMIT means that the wait for the standby was broken off:
 * committed here, perhaps not there. Its text depends on the server's language and its
 * SQLSTATE on the cause, so any warning counts. */
static void on_notice(void *user, const PGresult *res)
{
	struct db *db = user;

	if (db->is_committing &&
	    strcmp(result_field(res, PG_DIAG_SEVERITY_NONLOCALIZED), "WARNING") == 0)
		db->is_warned = true;
}

int db_fetch(struct db *db, const char *sql, int nparams, const char *const *values, PGresult **ret,
	     struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (db->is_lost)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "connection lost");
	rc = db_settle(db, err);
	if (rc < 0)
		return rc;
	res = PQexecParams(db->conn, sql, nparams, NULL, values, NULL, NULL, 0);
	rc = db_check_result(db, res, "session", err);
	if (rc != 0)
		PQclear(res);
	else
		*ret = res;
	return rc;
}

static int session_setup(struct db *db, const struct db_options *options, struct pidc_error *err)
{
	/* No just-in-time compilation: by the estimates of generic plans it would happen, and
	 * takes longer than our statements do. */
	static const char sql[] =
		"SELECT set_config('client_encoding', 'UTF8', false),"
		" set_config('TimeZone', 'UTC', false),"
		" set_config('plan_cache_mode', 'force_generic_plan', false),"
		" set_config('jit', 'off', false),"
		" set_config('default_transaction_isolation', 'read committed', false),"
		/* What writes looks up single rows: never by reading a table through because it
		 * was small when the plan was made. */
		" set_config('enable_seqscan', $3, false),"
		" set_config('statement_timeout', $1, false),"
		" set_config('lock_timeout', $2, false),"
		" current_setting('transaction_read_only')";
	char statement_ms[16], lock_ms[16];
	const char *values[] = {statement_ms, lock_ms, db->is_writer ? "off" : "on"};
	PGresult *res = NULL;
	int rc;

	snprintf(statement_ms, sizeof(statement_ms), "%u", options->statement_timeout_ms);
	snprintf(lock_ms, sizeof(lock_ms), "%u", options->lock_timeout_ms);
	rc = db_fetch(db, sql, 3, values, &res, err);
	if (rc != 0)
		return rc;
	if (db->is_writer && strcmp(PQgetvalue(res, 0, 8), "on") == 0)
		rc = pidc_fail(err, PIDC_EUNAVAILABLE, "the server is read-only");
	PQclear(res);
	return rc;
}

static int connect_to(struct db *db, const struct db_options *options, struct pidc_error *err)
{
	const char *keys[] = {"connect_timeout",
			      "keepalives_idle",
			      "keepalives_interval",
			      "keepalives_count",
			      "dbname",
			      "application_name",
			      NULL};
	const char *values[] = {CONNECT_TIMEOUT,
				KEEPALIVE_IDLE,
				KEEPALIVE_INTERVAL,
				KEEPALIVE_COUNT,
				options->url,
				options->application_name,
				NULL};

	db->conn = PQconnectdbParams(keys, values, 1);
	if (!db->conn)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a connection");
	PQsetNoticeReceiver(db->conn, on_notice, db);
	if (PQstatus(db->conn) != CONNECTION_OK) {
		const char *text = PQerrorMessage(db->conn);

		return pidc_fail(err, PIDC_EUNAVAILABLE, "%.*s", (int)strcspn(text, "\n"), text);
	}
	return 0;
}

int db_open(const struct db_options *options, bool want_write, struct db **ret,
	    struct pidc_error *err)
{
	struct db *db = calloc(1, sizeof(*db));
	int rc = PIDC_ENOMEM;

	if (!db)
		return pidc_fail(err, rc, "no memory for a connection");
	db->is_writer = want_write;
	db->serial = atomic_fetch_add(&serials, 1) + 1;
	db->arena = arena_new(0);
	if (!db->arena)
		rc = pidc_fail(err, rc, "no memory for a connection");
	else
		rc = connect_to(db, options, err);
	if (rc == 0)
		rc = session_setup(db, options, err);
	if (rc < 0) {
		db_close(db);
		return rc;
	}
	*ret = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	PQfinish(db->conn);
	arena_free(db->arena);
	free(db->buf.data);
	free(db);
}

uint64_t db_serial(const struct db *db)
{
	return db->serial;
}

static bool is_connected(const struct db *db)
{
	return !db->is_lost && PQstatus(db->conn) == CONNECTION_OK;
}

/* A server that is gone has said so, or closed its end: the first look takes its farewell,
 * the second finds nothing behind it. */
bool db_is_alive(const struct db *db)
{
	return is_connected(db) && PQconsumeInput(db->conn) == 1 && PQconsumeInput(db->conn) == 1 &&
	       is_connected(db);
}

static int exec_named(struct db *db, const char *sql, const char *what, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (db->is_lost)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "%s: connection lost", what);
	rc = db_settle(db, err);
	if (rc < 0)
		return rc;
	res = PQexec(db->conn, sql);
	rc = db_check_result(db, res, what, err);
	PQclear(res);
	return rc;
}

int db_exec(struct db *db, const char *sql, struct pidc_error *err)
{
	return exec_named(db, sql, "exec", err);
}

int db_set_local(struct db *db, const char *name, const char *value, struct pidc_error *err)
{
	static const char sql[] = "SELECT set_config($1, $2, true)";
	const char *values[] = {name, value};
	PGresult *res = NULL;
	int rc;

	if (db_is_ahead(db)) {
		rc = ahead_begin(db, err);
		return rc < 0 ? rc
			      : ahead_sent(db, "set_config",
					   PQsendQueryParams(db->conn, sql, 2, NULL, values, NULL,
							     NULL, 0),
					   err);
	}
	rc = db_fetch(db, sql, 2, values, &res, err);
	if (rc == 0)
		PQclear(res);
	return rc;
}

static int begin(struct db *db, const char *sql, struct pidc_error *err)
{
	if (!db->is_lost && PQtransactionStatus(db->conn) != PQTRANS_IDLE &&
	    PQstatus(db->conn) == CONNECTION_OK)
		return pidc_fail(err, PIDC_EDB, "begin: a transaction is open");
	return exec_named(db, sql, "begin", err);
}

int db_begin(struct db *db, struct pidc_error *err)
{
	return begin(db, "BEGIN", err);
}

int db_begin_snapshot(struct db *db, struct pidc_error *err)
{
	int rc = begin(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);

	db->is_snapshot = rc == 0;
	return rc;
}

/* What the answer to COMMIT means. */
static int commit_outcome(struct db *db, const PGresult *res, struct pidc_error *err)
{
	int rc = db_check_result(db, res, "commit", err);

	/* Once sent, only an answer says that it did not happen; who has only read
	 * has nothing to be uncertain of. */
	if (!db->is_snapshot && ((rc == 0 && db->is_warned) || rc == PIDC_EUNAVAILABLE)) {
		db->is_lost = true;
		return pidc_fail(err, PIDC_EUNCERTAIN, "commit: the outcome is not known");
	}
	if (rc == 0 && strcmp(PQcmdStatus((PGresult *)(uintptr_t)res), "COMMIT") != 0)
		return pidc_fail(err, PIDC_EDB, "commit: the transaction had failed");
	return rc;
}

int db_commit(struct db *db, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (!is_connected(db)) {
		db->is_lost = true;
		return pidc_fail(err, PIDC_EUNAVAILABLE, "commit: connection lost before");
	}
	rc = db_settle(db, err);
	db->is_ahead = false;
	if (rc < 0)
		return rc;
	if (PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return pidc_fail(err, PIDC_EDB, "commit: no transaction is open");
	db->is_warned = false;
	db->is_committing = true;
	res = PQexec(db->conn, "COMMIT");
	db->is_committing = false;
	rc = commit_outcome(db, res, err);
	db->is_snapshot = false;
	PQclear(res);
	return rc;
}

void db_rollback(struct db *db)
{
	if (!db || db->is_lost)
		return;
	db->is_ahead = false;
	db->is_snapshot = false;
	/* An error among what was sent ahead is no news: all of it is to go. */
	if (db_settle(db, NULL) < 0 && db->is_lost)
		return;
	if (PQtransactionStatus(db->conn) != PQTRANS_IDLE &&
	    exec_named(db, "ROLLBACK", "rollback", NULL) < 0)
		db->is_lost = true;
}
