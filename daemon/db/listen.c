/* SPDX-License-Identifier: ISC */
#include "daemon/db/listen.h"

#include "daemon/db/connection.h"

int db_listen(struct db *db, struct pidc_error *err)
{
	return db_exec(db, "LISTEN pidc_ledger", err);
}

int db_socket(const struct db *db)
{
	return PQsocket(db->conn);
}

int db_read_notices(struct db *db, void (*on_notice)(const char *text, void *user), void *user,
		    struct pidc_error *err)
{
	PGnotify *notice;
	int is_good = PQconsumeInput(db->conn);

	while ((notice = PQnotifies(db->conn)) != NULL) {
		on_notice(notice->extra, user);
		PQfreemem(notice);
	}
	if (is_good == 1 && PQstatus(db->conn) == CONNECTION_OK)
		return 0;
	db->is_lost = true;
	return pidc_fail(err, PIDC_EUNAVAILABLE, "listen: connection lost");
}
