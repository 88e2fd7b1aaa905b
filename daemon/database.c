/* SPDX-License-Identifier: ISC */
#include "daemon/database.h"

static int open_checked(const void *ctx, struct db **ret, struct pidc_error *err)
{
	const struct database_options *options = ctx;
	struct db *db;
	int r = db_open(&options->db, options->want_write, &db, err);

	if (r < 0)
		return r;
	r = db_check_version(db, err);
	if (r < 0) {
		db_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

void database_driver(const struct database_options *options, struct lane_driver *ret)
{
	*ret = (struct lane_driver){
		.open = open_checked, .close = db_close, .is_alive = db_is_alive, .ctx = options};
}
