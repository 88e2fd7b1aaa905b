/* SPDX-License-Identifier: ISC */
#include "daemon/db/connection.h"

#include <stdlib.h>
#include <string.h>

static int resolve_columns(struct plan *plan, const PGresult *res, struct pidc_error *err)
{
	int n = PQnfields(res);

	if (n > DB_COLUMN_MAX)
		return pidc_fail(err, PIDC_EDB, "%s: too many columns", plan->statement->name);
	plan->ord_column = plan->page_key_column = -1;
	for (int i = 0; i < n; i++) {
		struct pidc_error inner = {0};
		int rc = column_resolve(PQfname(res, i), PQftype(res, i), plan->row,
					&plan->columns[i], &inner);

		if (rc < 0)
			return pidc_fail(err, rc, "%s: column %s", plan->statement->name,
					 inner.msg);
		if (plan->columns[i].kind == COLUMN_ORD)
			plan->ord_column = i;
		if (plan->columns[i].kind == COLUMN_PAGE_KEY)
			plan->page_key_column = i;
	}
	if (plan->row && (plan->ord_column >= 0) != plan->statement->is_many)
		return pidc_fail(err, PIDC_EDB, "%s: column ord belongs to many",
				 plan->statement->name);
	plan->column_count = (size_t)n;
	plan->is_checked = true;
	return 0;
}

static int check_columns(struct db *db, struct plan *plan, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (!plan->columns)
		plan->columns = arena_calloc(db->arena, DB_COLUMN_MAX, sizeof(*plan->columns));
	if (!plan->columns)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a plan");
	res = PQdescribePrepared(db->conn, plan->statement->name);
	rc = db_check_result(db, res, plan->statement->name, err);
	if (rc == 0)
		rc = resolve_columns(plan, res, err);
	PQclear(res);
	return rc;
}

int db_prepare_plan(struct db *db, struct plan *plan, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (db->is_lost)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "connection lost");
	if (plan->is_prepared && plan->is_checked)
		return 0;
	rc = db_settle(db, err);
	if (rc < 0)
		return rc;
	if (!plan->is_prepared) {
		res = PQprepare(db->conn, plan->statement->name, plan->sql, (int)plan->param_count,
				plan->types);
		rc = db_check_result(db, res, plan->statement->name, err);
		PQclear(res);
		if (rc < 0)
			return rc;
		plan->is_prepared = true;
	}
	return plan->is_checked ? 0 : check_columns(db, plan, err);
}

int db_prepare(struct db *db, enum db_statement_id id, struct plan **ret, struct pidc_error *err)
{
	int rc;

	if (!db->plans[id]) {
		rc = plan_make(&db_statements[id], db->arena, &db->plans[id], err);
		if (rc < 0)
			return rc;
	}
	rc = db_prepare_plan(db, db->plans[id], err);
	if (rc == 0 && ret)
		*ret = db->plans[id];
	return rc;
}

static void shrink(struct param_buf *buf)
{
	if (buf->cap <= DB_PARAMS_KEEP)
		return;
	free(buf->data);
	*buf = (struct param_buf){0};
}

struct values {
	const char *at[DB_PARAM_MAX];
	int lengths[DB_PARAM_MAX];
	int formats[DB_PARAM_MAX];
};

/* In the connection's buffer, until the next statement or shrink. */
static int bind(struct db *db, struct plan *plan, const struct plan_input *in,
		struct values *values, struct pidc_error *err)
{
	size_t offsets[DB_PARAM_MAX];
	int rc = db_prepare_plan(db, plan, err);

	if (rc == 0)
		rc = plan_bind(plan, in, &db->buf, offsets, values->lengths, err);
	for (size_t i = 0; rc == 0 && i < plan->param_count; i++) {
		values->at[i] = values->lengths[i] < 0 ? NULL : db->buf.data + offsets[i];
		values->formats[i] = 1;
	}
	return rc;
}

/* Run, and leave the rows in *ret. */
static int run(struct db *db, struct plan *plan, const struct plan_input *in, PGresult **ret,
	       struct pidc_error *err)
{
	struct values values;
	PGresult *res = NULL;
	int rc = bind(db, plan, in, &values, err);

	if (rc == 0)
		rc = db_settle(db, err);
	if (rc != 0)
		return rc;
	res = PQexecPrepared(db->conn, plan->statement->name, (int)plan->param_count, values.at,
			     values.lengths, values.formats, 1);
	shrink(&db->buf);
	rc = db_check_result(db, res, plan->statement->name, err);
	if (rc == 0 && PQnfields(res) != (int)plan->column_count)
		rc = pidc_fail(err, PIDC_EDB, "%s: its columns changed", plan->statement->name);
	if (rc != 0)
		PQclear(res);
	else
		*ret = res;
	return rc;
}

static int run_ahead(struct db *db, struct plan *plan, const struct plan_input *in,
		     struct pidc_error *err)
{
	struct values values;
	int rc = bind(db, plan, in, &values, err);

	if (rc == 0)
		rc = ahead_begin(db, err);
	if (rc != 0)
		return rc;
	rc = PQsendQueryPrepared(db->conn, plan->statement->name, (int)plan->param_count, values.at,
				 values.lengths, values.formats, 1);
	shrink(&db->buf);
	return ahead_sent(db, plan->statement->name, rc, err);
}

static int no_memory(struct pidc_error *err)
{
	return pidc_fail(err, PIDC_ENOMEM, "no memory for rows");
}

static int read_page_keys(const struct plan *plan, const PGresult *res, struct arena *arena,
			  const char ***ret, struct pidc_error *err)
{
	size_t n = (size_t)PQntuples(res);
	const char **keys = NULL;

	if (plan->page_key_column >= 0) {
		keys = arena_calloc(arena, n, sizeof(*keys));
		if (!keys)
			return no_memory(err);
		for (size_t i = 0; i < n; i++) {
			int len = PQgetlength(res, (int)i, plan->page_key_column);

			keys[i] = arena_strndup(
				arena, PQgetvalue(res, (int)i, plan->page_key_column), (size_t)len);
			if (!keys[i])
				return no_memory(err);
		}
	}
	*ret = keys;
	return 0;
}

static int read_rows(const struct plan *plan, const PGresult *res, struct arena *arena,
		     struct db_rows *ret, struct pidc_error *err)
{
	struct db_rows rows = {.count = plan->row ? (size_t)PQntuples(res) : 0};
	int rc = read_page_keys(plan, res, arena, &rows.page_keys, err);

	rows.rows = arena_calloc(arena, rows.count, sizeof(ProtobufCMessage *));
	if (!rows.rows)
		return no_memory(err);
	for (size_t i = 0; i < rows.count && rc == 0; i++) {
		rows.rows[i] = message_new(plan->row, arena);
		if (!rows.rows[i])
			return no_memory(err);
		rc = row_read(plan, res, (int)i, rows.rows[i], arena, err);
	}
	if (rc == 0)
		*ret = rows;
	return rc;
}

int plan_query(struct db *db, struct plan *plan, const struct plan_input *in, struct arena *arena,
	       struct db_rows *ret, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc;

	if (!ret && db_is_ahead(db))
		return run_ahead(db, plan, in, err);
	rc = run(db, plan, in, &res, err);
	if (rc != 0)
		return rc;
	if (ret)
		rc = read_rows(plan, res, arena, ret, err);
	PQclear(res);
	return rc;
}

/* Which target each row belongs to, and room in its repeated field: one pass
 * before the rows are read, so that no array grows twice. */
static int make_room(const struct plan *plan, const PGresult *res, size_t n,
		     ProtobufCMessage *const *targets, struct arena *arena, struct pidc_error *err)
{
	size_t *counts = arena_calloc(arena, n, sizeof(*counts)), ord = 1;

	if (!counts)
		return no_memory(err);
	for (int i = 0; i < PQntuples(res); i++) {
		int rc = plan->ord_column < 0 ? 0 : row_ord(plan, res, i, n, &ord, err);

		if (rc < 0)
			return rc;
		counts[ord - 1]++;
	}
	for (size_t i = 0; i < n && plan->out_field; i++) {
		size_t have = *field_count(targets[i], plan->out_field);
		void **member = field_member(targets[i], plan->out_field);
		void *array;

		if (!counts[i])
			continue;
		array = arena_calloc(arena, have + counts[i], sizeof(ProtobufCMessage *));
		if (!array)
			return no_memory(err);
		if (have)
			memcpy(array, *member, have * sizeof(ProtobufCMessage *));
		*member = array;
	}
	return 0;
}

static int merge_row(const struct plan *plan, const PGresult *res, int row,
		     ProtobufCMessage *target, struct arena *arena, struct pidc_error *err)
{
	if (plan->out_field) {
		ProtobufCMessage *message = message_new(plan->row, arena);
		ProtobufCMessage **array =
			*(ProtobufCMessage ***)field_member(target, plan->out_field);

		if (!message)
			return no_memory(err);
		array[(*field_count(target, plan->out_field))++] = message;
		target = message;
	}
	return row_read(plan, res, row, target, arena, err);
}

static int merge_rows(const struct plan *plan, const PGresult *res, size_t n,
		      ProtobufCMessage *const *targets, struct arena *arena, struct pidc_error *err)
{
	size_t ord = 1;
	int rc = make_room(plan, res, n, targets, arena, err);

	if (rc == 0 && plan->ord_column < 0 && !plan->out_field && PQntuples(res) > 1)
		rc = pidc_fail(err, PIDC_EINTEGRITY, "%s: more than one row",
			       plan->statement->name);
	for (int i = 0; i < PQntuples(res) && rc == 0; i++) {
		if (plan->ord_column >= 0)
			rc = row_ord(plan, res, i, n, &ord, err);
		if (rc == 0)
			rc = merge_row(plan, res, i, targets[ord - 1], arena, err);
	}
	return rc;
}

int plan_query_into(struct db *db, struct plan *plan, const struct plan_input *in,
		    struct arena *arena, ProtobufCMessage *const *targets, size_t *ret_count,
		    const char ***ret_page_keys, struct pidc_error *err)
{
	const char **keys = NULL;
	PGresult *res = NULL;
	int rc;

	if (!targets && !ret_count && !ret_page_keys && db_is_ahead(db))
		return run_ahead(db, plan, in, err);
	rc = run(db, plan, in, &res, err);
	if (rc != 0)
		return rc;
	if (targets && plan->row)
		rc = merge_rows(plan, res, in->n, targets, arena, err);
	if (rc == 0 && ret_page_keys)
		rc = read_page_keys(plan, res, arena, &keys, err);
	if (rc == 0 && ret_count)
		*ret_count = (size_t)PQntuples(res);
	if (rc == 0 && ret_page_keys)
		*ret_page_keys = keys;
	PQclear(res);
	return rc;
}

int db_query(struct db *db, enum db_statement_id id, const ProtobufCMessage *in,
	     const Pidc__Store__V1__Context *ctx, struct arena *arena, struct db_rows *ret,
	     struct pidc_error *err)
{
	struct plan_input input = {.in = &in, .ctxs = &ctx, .n = 1};
	struct plan *plan = NULL;
	int rc = db_prepare(db, id, &plan, err);

	return rc != 0 ? rc : plan_query(db, plan, &input, arena, ret, err);
}

int db_query_into(struct db *db, enum db_statement_id id, const ProtobufCMessage *in,
		  const Pidc__Store__V1__Context *ctx, struct arena *arena,
		  ProtobufCMessage *target, size_t *ret_count, const char ***ret_page_keys,
		  struct pidc_error *err)
{
	struct plan_input input = {.in = &in, .ctxs = &ctx, .n = 1};
	struct plan *plan = NULL;
	int rc = db_prepare(db, id, &plan, err);

	return rc != 0 ? rc
		       : plan_query_into(db, plan, &input, arena, &target, ret_count, ret_page_keys,
					 err);
}

int db_query_many(struct db *db, enum db_statement_id id, const ProtobufCMessage *const *in,
		  const Pidc__Store__V1__Context *const *ctxs, size_t n, struct arena *arena,
		  ProtobufCMessage *const *targets, struct pidc_error *err)
{
	struct plan_input input = {.in = in, .ctxs = ctxs, .n = n};
	struct plan *plan = NULL;
	int rc;

	if (!db_statements[id].is_many)
		return pidc_fail(err, PIDC_EDB, "%s is not for many", db_statements[id].name);
	if (n == 0)
		return 0;
	rc = db_prepare(db, id, &plan, err);
	return rc != 0 ? rc : plan_query_into(db, plan, &input, arena, targets, NULL, NULL, err);
}

int db_apply(struct db *db, const char *body_field, Pidc__Store__V1__ApplyEvent *const *events,
	     size_t n, struct arena *arena, struct pidc_error *err)
{
	const ProtobufCMessage *const *in = (const ProtobufCMessage *const *)(const void *)events;
	bool is_found = false;

	for (size_t id = 0; id < DB_STATEMENT_COUNT; id++) {
		const char *applies = db_statements[id].applies;
		int rc;

		if (!applies || strcmp(applies, body_field) != 0)
			continue;
		is_found = true;
		rc = db_query_many(db, (enum db_statement_id)id, in, NULL, n, arena, NULL, err);
		if (rc < 0)
			return rc;
	}
	return is_found ? 0
			: pidc_fail(err, PIDC_EINVAL, "nothing projects events of %s", body_field);
}
