/* SPDX-License-Identifier: ISC
 *
 * A *plan* is a statement compiled for one connection: SQL with $n, how each
 * parameter is found in the messages, and where each result column goes.
 */
#pragma once

#include "daemon/db/db.h"
#include "daemon/db/path.h"

#include <libpq-fe.h>

/* Our statements have under 40 of each; arrays of these sizes live on the stack. */
#define DB_PARAM_MAX  64
#define DB_COLUMN_MAX 96

/* Bytes of all parameters of one run. The server refuses values over 1 GiB;
 * the largest batch of ours is far below this. */
#define DB_PARAMS_MAX (256u << 20)

/* A buffer that grew beyond this is given back after its run, so that one large
 * upload does not keep its memory in every connection. */
#define DB_PARAMS_KEEP (4u << 20)

/* Types of the server, by their fixed object ids (pg_type.dat). */
enum db_type {
	DB_BOOL = 16,
	DB_BYTEA = 17,
	DB_NAME = 19,
	DB_INT8 = 20,
	DB_INT2 = 21,
	DB_INT4 = 23,
	DB_TEXT = 25,
	DB_FLOAT8 = 701,
	DB_VARCHAR = 1043,
	DB_TIMESTAMPTZ = 1184,
	DB_UUID = 2950,
};

enum param_source { PARAM_IN, PARAM_CTX, PARAM_ORD };

struct param {
	enum param_source source;
	bool is_array;
	Oid element; /* type of the value, or of the array's elements */
	struct path path;
};

enum column_kind { COLUMN_FIELD, COLUMN_ORD, COLUMN_PAGE_KEY, COLUMN_IGNORED };

struct column {
	enum column_kind kind;
	bool is_array;
	Oid element;
	struct path path;
};

struct plan {
	const struct db_statement *statement;
	const ProtobufCFieldDescriptor *out_field; /* or NULL */
	const ProtobufCMessageDescriptor *row;     /* what a row becomes; NULL: nothing */
	const char *sql;
	struct param *params;
	Oid *types; /* of the parameters, as PQprepare wants them */
	size_t param_count;
	struct column *columns;
	size_t column_count;
	int ord_column, page_key_column; /* or -1 */
	bool is_prepared, is_checked;
};

/* What a plan runs with. in and ctxs have n entries, or are NULL. */
struct plan_input {
	const ProtobufCMessage *const *in;
	const Pidc__Store__V1__Context *const *ctxs;
	size_t n;
};

/* Compile; memory from the arena, statement is borrowed. PIDC_EDB names what does not
 * resolve. */
int plan_make(const struct db_statement *statement, struct arena *arena, struct plan **ret,
	      struct pidc_error *err) PIDC_MUSTCHECK;

struct param_buf;

/* Append the parameters in binary form to buf (emptied first): parameter i is
 * at offsets[i], lengths[i] bytes, -1 for NULL. */
int plan_bind(const struct plan *plan, const struct plan_input *in, struct param_buf *buf,
	      size_t offsets[DB_PARAM_MAX], int lengths[DB_PARAM_MAX],
	      struct pidc_error *err) PIDC_MUSTCHECK;

/* Resolve a result column. PIDC_EDB when the message has no such field or the
 * types do not fit. */
int column_resolve(const char *name, Oid type, const ProtobufCMessageDescriptor *row,
		   struct column *ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* Set the fields of target from one row of a binary result. */
int row_read(const struct plan *plan, const PGresult *res, int row, ProtobufCMessage *target,
	     struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;
/* The ord of a row, 1 to n. */
int row_ord(const struct plan *plan, const PGresult *res, int row, size_t n, size_t *ret,
	    struct pidc_error *err) PIDC_MUSTCHECK;
