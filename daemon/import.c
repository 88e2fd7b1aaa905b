/* SPDX-License-Identifier: ISC */
#include "daemon/import.h"

#include "core/crypto.h"
#include "daemon/database.h"
#include "daemon/service/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT_LINE_MAX  ((size_t)1024 * 1024)      /* as large as a message of a client */
#define IMPORT_ARENA_MAX ((size_t)16 * 1024 * 1024) /* JSON, request and reply of one line */

struct import {
	struct db *db;
	struct arena *arena;
	const char *file;
	unsigned long line;
	unsigned long done;
};

static int import_line(struct import *import, const char *text, struct pidc_error *err)
{
	struct service_job job = {0};
	struct pidc_error why = {0};
	int r;

	arena_reset(import->arena);
	r = service_import_line(import->db, text, import->arena, &job, &why);
	if (r == 0)
		r = job.result;
	else if (r != PIDC_EREFUSED || job.refusal.reason == 0)
		return pidc_fail(err, r, "%s:%lu: %s", import->file, import->line, why.msg);
	/* Whoever imports has the host, and may read what the database says. */
	if (r != 0 && job.failure_text != NULL)
		return pidc_fail(err, r, "%s:%lu: %s", import->file, import->line,
				 job.failure_text);
	if (r != 0)
		return pidc_fail(err, r, "%s:%lu: %s: %s", import->file, import->line,
				 reason_name(job.refusal.reason),
				 job.refusal.detail[0] != '\0'
					 ? job.refusal.detail
					 : reason_lookup(job.refusal.reason)->en);
	import->done++;
	return 0;
}

/* Without its end of line; empty lines are skipped. */
static int import_text(struct import *import, char *text, size_t len, struct pidc_error *err)
{
	import->line++;
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (len == 0)
		return 0;
	if (len > IMPORT_LINE_MAX || strlen(text) != len)
		return pidc_fail(err, PIDC_EINVAL, "%s:%lu: not a line of at most %zu bytes",
				 import->file, import->line, IMPORT_LINE_MAX);
	return import_line(import, text, err);
}

static int import_file(struct import *import, const char *path, struct pidc_error *err)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;
	int r = 0;

	if (file == NULL)
		return pidc_fail(err, PIDC_EIO, "%s: %s", path, strerror(errno));
	import->file = path;
	import->line = import->done = 0;
	while (r == 0 && (len = getline(&text, &cap, file)) >= 0)
		r = import_text(import, text, (size_t)len, err);
	if (r == 0 && ferror(file))
		r = pidc_fail(err, PIDC_EIO, "%s: %s", path, strerror(errno));
	free(text);
	fclose(file);
	printf("%s: %lu requests%s\n", path, import->done, r == 0 ? "" : ", then stopped");
	return r;
}

static int open_database(const struct config *config, struct db **ret, struct pidc_error *err)
{
	struct database_options options = {
		.db = {.url = config->database_url, .application_name = "pidcd:import"},
		.want_write = true,
	};
	struct lane_driver driver;

	database_driver(&options, &driver);
	return driver.open(driver.ctx, ret, err);
}

int import_files(const struct config *config, char *const *files, size_t n, struct pidc_error *err)
{
	struct service_info info = {
		.origin = config->ledger_origin,
		.max_clock_step_us = (int64_t)config->ledger_max_clock_step_ms * 1000,
	};
	struct import import = {0};
	uint64_t analyzed;
	int r;

	uuid_random(info.instance_id);
	service_init(&info);
	import.arena = arena_new(IMPORT_ARENA_MAX);
	if (import.arena == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	r = open_database(config, &import.db, err);
	for (size_t i = 0; i < n && r == 0; i++)
		r = import_file(&import, files[i], err);
	if (r == 0)
		r = service_analyze(import.db, true, &analyzed, err);
	if (import.db != NULL)
		db_close(import.db);
	arena_free(import.arena);
	return r;
}
