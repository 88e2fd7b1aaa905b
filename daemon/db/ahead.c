/* SPDX-License-Identifier: ISC
 *
 * Statements that are sent ahead of the outcome of those before them: libpq's pipeline,
 * entered when there is something to send and left when somebody needs an answer.
 */
#include "daemon/db/connection.h"

void db_send_ahead(struct db *db)
{
	db->is_ahead = true;
}

bool db_is_ahead(const struct db *db)
{
	return db->is_ahead && !db->is_lost;
}

static int lost(struct db *db, const char *what, struct pidc_error *err)
{
	db->is_lost = true;
	return pidc_fail(err, PIDC_EUNAVAILABLE, "%s: connection lost", what);
}

/* One result and the NULL behind it, which ends what a statement answers. Only the first
 * error is wanted: the others are the server's way to say that it went no further. */
static int result_take(struct db *db, const char *what, bool is_wanted, struct pidc_error *err)
{
	PGresult *res = PQgetResult(db->conn);
	int rc;

	if (res == NULL)
		return lost(db, what, is_wanted ? err : NULL);
	rc = db_check_result(db, res, what, is_wanted ? err : NULL);
	PQclear(res);
	PQclear(PQgetResult(db->conn));
	return rc;
}

static int sync_take(struct db *db, struct pidc_error *err)
{
	PGresult *res = PQgetResult(db->conn);
	bool is_sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;

	PQclear(res);
	if (!is_sync || PQexitPipelineMode(db->conn) != 1)
		return lost(db, "pipeline", err);
	return 0;
}

int db_settle(struct db *db, struct pidc_error *err)
{
	size_t n = db->ahead_count;
	int rc = 0;

	if (PQpipelineStatus(db->conn) == PQ_PIPELINE_OFF)
		return 0;
	db->ahead_count = 0;
	if (db->is_lost || PQpipelineSync(db->conn) != 1)
		return lost(db, n == 0 ? "pipeline" : db->ahead[n - 1], err);
	for (size_t i = 0; i < n && !db->is_lost; i++) {
		int one = result_take(db, db->ahead[i], rc == 0, err);

		if (rc == 0)
			rc = one;
	}
	if (!db->is_lost && sync_take(db, rc == 0 ? err : NULL) < 0 && rc == 0)
		rc = PIDC_EUNAVAILABLE;
	return rc;
}

int ahead_begin(struct db *db, struct pidc_error *err)
{
	if (db->is_lost)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "connection lost");
	if (db->ahead_count == DB_AHEAD_MAX) {
		int rc = db_settle(db, err);

		if (rc < 0)
			return rc;
	}
	if (PQpipelineStatus(db->conn) == PQ_PIPELINE_OFF && PQenterPipelineMode(db->conn) != 1)
		return lost(db, "pipeline", err);
	return 0;
}

int ahead_sent(struct db *db, const char *what, int is_sent, struct pidc_error *err)
{
	/* The server begins with what it has while we prepare the next. */
	if (is_sent != 1 || PQflush(db->conn) < 0)
		return lost(db, what, err);
	db->ahead[db->ahead_count++] = what;
	return 0;
}
