/* SPDX-License-Identifier: ISC
 *
 * PostgreSQL for lane workers: one db is one libpq connection, used blocking by
 * one thread at a time. Only daemon/db/ includes libpq.
 *
 * Words: a *statement* is one named query of sql/query or sql/apply, compiled in
 * by a generator (statements.h is generated: enum db_statement_id). Its header
 * comments name the message it takes its parameters from and the message its
 * rows become:
 *
 *   -- name: member_get
 *   -- in: pidc.v1.GetMemberRequest        (or "-" for none)
 *   -- out: pidc.v1.GetMemberResponse      (or "-"; "MESSAGE field" appends each
 *                                           row to that repeated message field)
 *
 * Parameters: `:path` names a field of the in message, `:ctx.path` one of
 * pidc.store.v1.Context. A path steps through singular messages with dots; one
 * repeated step makes the parameter an array (`:fields.name` is text[]);
 * after a repeated step `^` climbs back to the parent (`:fields.^.dataset_id`)
 * and `#` is the 1-based position. Casts are SQL's, but for `::uuid` and `::uuid[]` behind a
 * string: it is sent as the sixteen bytes, and an empty one as NULL.
 *
 * In a *many* run (db_query_many) the statement gets arrays: every parameter has
 * one element a message (a repeated step is flattened over all messages, `^` and `#`
 * staying with their element), and `:#` is the 1-based number of the message.
 * Whether a statement is for one message or for many is said by "-- many" in
 * its header; a many statement returns a column "ord" to say whose row it is.
 *
 * Types: string text, bytes bytea, bool bool, int32/sint32 int4, uint32/int64/uint64
 * int8 (a uint64 over 2^63-1 is refused), double float8, enum text (the value's name
 * without its prefix; ''/NULL is UNSPECIFIED), google.protobuf.Timestamp timestamptz
 * (microseconds; absent is NULL). Empty strings and empty bytes are sent as they are, not
 * as NULL; an absent message's fields are NULL. Result columns are named by the same
 * paths, quoted ("period.from"); an array column fills a repeated field, or, through a
 * repeated message, one element each ("fields.name" text[]). NULL leaves the default.
 * uuid columns become lower-case text. Two column names are special: "ord" (see above) and
 * "page_key" (text, see db_rows).
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "pidc/store/v1/store.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

struct db;

/* One row of the generated table. */
struct db_statement {
	const char *name;
	const char *file; /* e.g. "query/member.sql", for messages */
	const char *sql;
	const ProtobufCMessageDescriptor *in;  /* NULL: none */
	const ProtobufCMessageDescriptor *out; /* NULL: none */
	const char *out_field;                 /* repeated field to append to, or NULL */
	bool is_many;
	/* Apply statements: name of the Event.body field they project, else NULL. */
	const char *applies;
};

#include "statements.h" /* generated: enum db_statement_id { DB_MEMBER_GET, ..., DB_STATEMENT_COUNT } */

extern const struct db_statement db_statements[];

struct db_options {
	const char *url;               /* libpq connection string or URI */
	const char *application_name;  /* e.g. "pidcd:write" */
	unsigned statement_timeout_ms; /* 0: none */
	unsigned lock_timeout_ms;
};

/* Connect and prepare every statement the connection will run (lazily: at first
 * use). PIDC_EUNAVAILABLE when the server cannot be reached or is read-only when
 * want_write. Sets plan_cache_mode=force_generic_plan, time zone UTC. */
int db_open(const struct db_options *options, bool want_write, struct db **ret,
	    struct pidc_error *err) PIDC_MUSTCHECK;
void db_close(struct db *db);

/* False once the connection is lost, also while nobody used it; the owner opens a new one. */
bool db_is_alive(const struct db *db);

/* Counts the connections of this process from 1: a later one has a higher number. */
uint64_t db_serial(const struct db *db);

/* Rows of a statement without out_field: messages in the arena. */
struct db_rows {
	ProtobufCMessage **rows;
	size_t count;
	/* "page_key" of each row where the statement has that column, else NULL. */
	const char **page_keys;
};

/* Run a statement for one message. in and ctx may be NULL when it names none of
 * their fields. ret may be NULL. Errors: PIDC_EDB (the statement or its values are at
 * fault), PIDC_ECONFLICT, PIDC_EDEADLINE (timeout), PIDC_EUNAVAILABLE (connection lost,
 * read-only, disk or memory full: nothing happened), PIDC_EINTEGRITY (a value that
 * does not fit the message). After an error inside a transaction only
 * db_rollback works. */
int db_query(struct db *db, enum db_statement_id id, const ProtobufCMessage *in,
	     const Pidc__Store__V1__Context *ctx, struct arena *arena, struct db_rows *ret,
	     struct pidc_error *err) PIDC_MUSTCHECK;

/* Run a statement and merge its rows into *target (of the statement's out type):
 * with out_field each row is appended to that repeated field, without it the columns of
 * the (at most one) row set fields. *ret_count (may be NULL) is the number of rows;
 * *ret_page_keys (may be NULL) their page keys. */
int db_query_into(struct db *db, enum db_statement_id id, const ProtobufCMessage *in,
		  const Pidc__Store__V1__Context *ctx, struct arena *arena,
		  ProtobufCMessage *target, size_t *ret_count, const char ***ret_page_keys,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* Run a many statement for n messages. ctxs is NULL or has n entries. targets
 * is NULL or has n messages of the out type: a row with ord i merges into
 * targets[i - 1], as in db_query_into. n = 0 does nothing. */
int db_query_many(struct db *db, enum db_statement_id id, const ProtobufCMessage *const *in,
		  const Pidc__Store__V1__Context *const *ctxs, size_t n, struct arena *arena,
		  ProtobufCMessage *const *targets, struct pidc_error *err) PIDC_MUSTCHECK;

/* Apply events of one body type to the tables: runs, in file order, every
 * statement with `-- apply: BODY_FIELD` (in is pidc.store.v1.ApplyEvent, many).
 * body_field is e.g. "member_admitted". PIDC_EINVAL when there is none for it. */
int db_apply(struct db *db, const char *body_field, Pidc__Store__V1__ApplyEvent *const *events,
	     size_t n, struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;

int db_begin(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;
/* From here to the end of the transaction, a statement without ret, targets and counts is
 * sent and not waited for: 0 says that it is on its way, and its error is that of a later
 * statement that has rows, or of the commit. What follows sees its effect all the same. */
void db_send_ahead(struct db *db);
/* A read-only REPEATABLE READ transaction. */
int db_begin_snapshot(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;
/* PIDC_EUNCERTAIN: the connection was lost and the commit may have happened. */
int db_commit(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;
/* Never fails: a connection that cannot roll back is dropped. NULL is fine. */
void db_rollback(struct db *db);

/* Text statement without parameters or rows, for migrations and session set-up
 * only (SQL from files or constants, never with a value in it). */
int db_exec(struct db *db, const char *sql, struct pidc_error *err) PIDC_MUSTCHECK;

/* set_config(name, value, is_local = true): for row-level security. */
int db_set_local(struct db *db, const char *name, const char *value,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* --- migrations (daemon/db/migrate.c) ------------------------------------- */

/* Apply what is missing of sql/migration (compiled in) as the owner role, under an advisory
 * lock, one transaction a file, checksummed: a changed applied file is
 * refused (PIDC_EINTEGRITY). *ret_applied (may be NULL): how many were applied. */
int db_migrate(const char *owner_url, unsigned *ret_applied, struct pidc_error *err) PIDC_MUSTCHECK;

/* 0 when the database has exactly the version this binary expects. */
int db_check_version(struct db *db, struct pidc_error *err) PIDC_MUSTCHECK;
