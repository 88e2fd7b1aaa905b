/* SPDX-License-Identifier: ISC */
#include "daemon/setup.h"

#include "core/crypto.h"
#include "daemon/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_THREADS 4 /* step streams, listening, name look-ups: none waits for a lane */

static const char *const applications[SETUP_DATABASES] = {"pidcd:write", "pidcd:read", "pidcd:bulk",
							  "pidcd:listen"};

void setup_databases(const struct config *config, struct database_options ret[SETUP_DATABASES])
{
	for (size_t i = 0; i < SETUP_DATABASES; i++)
		ret[i] = (struct database_options){
			.db = {.url = config->database_url,
			       .application_name = applications[i],
			       .statement_timeout_ms =
				       (unsigned)config->database_statement_timeout_ms,
			       .lock_timeout_ms = (unsigned)config->database_lock_timeout_ms},
			.want_write = i == LANE_WRITE || i == SETUP_LISTEN,
		};
}

int setup_check_schema(const struct database_options *database, struct pidc_error *err)
{
	struct pidc_error why = {0};
	struct db *db;
	int r = db_open(&database->db, false, &db, &why);

	if (r < 0) {
		LOG(WARNING, "server", "no-database", TEXT("reason", why.msg));
		return 0;
	}
	r = db_check_version(db, &why);
	db_close(db);
	if (r == 0 || r == PIDC_EUNAVAILABLE)
		return 0;
	return pidc_fail(err, r, "%s", why.msg);
}

void setup_threads(const struct config *config)
{
	char text[24];

	snprintf(text, sizeof(text), "%u",
		 (unsigned)(1 + config->database_read_connections +
			    config->database_bulk_connections + SPARE_THREADS));
	setenv("UV_THREADPOOL_SIZE", text, 1);
}

void setup_service(const struct config *config, char ret_instance_id[37])
{
	struct service_info info = {
		.origin = config->ledger_origin,
		.max_clock_step_us = (int64_t)config->ledger_max_clock_step_ms * 1000,
		.max_refusals = config->ledger_refusals_per_hour,
		.check_bytes = config->server_check_memory_bytes,
	};

	uuid_random(info.instance_id);
	memcpy(ret_instance_id, info.instance_id, sizeof(info.instance_id));
	service_init(&info);
}
