/* SPDX-License-Identifier: ISC */
#include "core/crypto.h"
#include "daemon/db/connection.h"
#include "daemon/db/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX_LEN (2 * SHA256_LEN + 1)

/* Any number that nobody else uses for a lock: "pidc" in ASCII. */
#define LOCK_SQL "SELECT pg_advisory_lock(1885955171)"

static const char meta_sql[] =
	"CREATE SCHEMA IF NOT EXISTS pidc_meta;"
	"CREATE TABLE IF NOT EXISTS pidc_meta.schema_version ("
	" version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
	" applied_at timestamptz NOT NULL DEFAULT now());"
	"GRANT USAGE ON SCHEMA pidc_meta TO PUBLIC;"
	"GRANT SELECT ON pidc_meta.schema_version TO PUBLIC";

static void checksum(const struct db_migration *migration, char ret[HEX_LEN])
{
	struct bytes piece = {migration->sql, strlen(migration->sql)};
	uint8_t hash[SHA256_LEN];

	sha256(&piece, 1, hash);
	for (size_t i = 0; i < SHA256_LEN; i++)
		snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

static int check_applied(const PGresult *res, int row, struct pidc_error *err)
{
	const struct db_migration *migration = &db_migrations[row];
	char hex[HEX_LEN];

	if (strtoul(PQgetvalue(res, row, 0), NULL, 10) != migration->version)
		return pidc_fail(err, PIDC_EINTEGRITY, "migration %u is missing in the database",
				 migration->version);
	checksum(migration, hex);
	if (strcmp(PQgetvalue(res, row, 1), hex) != 0)
		return pidc_fail(err, PIDC_EINTEGRITY,
				 "migration %04u_%s was changed after it was applied",
				 migration->version, migration->name);
	return 0;
}

/* How many of our migrations the database has; they must be ours. */
static int count_applied(struct db *db, size_t *ret, struct pidc_error *err)
{
	PGresult *res = NULL;
	int rc = db_fetch(db,
			  "SELECT version, sha256 FROM pidc_meta.schema_version ORDER BY version",
			  0, NULL, &res, err);
	size_t n;

	if (rc < 0)
		return rc;
	n = (size_t)PQntuples(res);
	if (n > db_migration_count)
		rc = pidc_fail(err, PIDC_EINTEGRITY,
			       "the database has version %zu, this program knows %zu", n,
			       db_migration_count);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = check_applied(res, (int)i, err);
	PQclear(res);
	if (rc == 0)
		*ret = n;
	return rc;
}

static int record(struct db *db, const struct db_migration *migration, struct pidc_error *err)
{
	char version[16], hex[HEX_LEN];
	const char *values[] = {version, migration->name, hex};
	PGresult *res = NULL;
	int rc;

	snprintf(version, sizeof(version), "%u", migration->version);
	checksum(migration, hex);
	rc = db_fetch(db,
		      "INSERT INTO pidc_meta.schema_version (version, name, sha256)"
		      " VALUES ($1, $2, $3)",
		      3, values, &res, err);
	if (rc == 0)
		PQclear(res);
	return rc;
}

static int apply(struct db *db, const struct db_migration *migration, struct pidc_error *err)
{
	int rc = db_begin(db, err);

	if (rc == 0)
		rc = db_exec(db, migration->sql, err);
	if (rc == 0)
		rc = record(db, migration, err);
	if (rc == 0)
		rc = db_commit(db, err);
	if (rc < 0)
		db_rollback(db);
	return rc;
}

/* With the lock, in the session of the owner; closing it gives the lock back. */
static int migrate(struct db *db, unsigned *ret_applied, struct pidc_error *err)
{
	size_t done = 0;
	unsigned applied = 0;
	int rc = db_exec(db, LOCK_SQL, err);

	if (rc == 0)
		rc = db_exec(db, meta_sql, err);
	if (rc == 0)
		rc = count_applied(db, &done, err);
	for (; rc == 0 && done < db_migration_count; done++) {
		rc = apply(db, &db_migrations[done], err);
		if (rc == 0)
			rc = db_exec(db, "RESET ALL", err);
		applied += rc == 0;
	}
	if (rc == 0 && ret_applied)
		*ret_applied = applied;
	return rc;
}

int db_migrate(const char *owner_url, unsigned *ret_applied, struct pidc_error *err)
{
	const struct db_options options = {
		.url = owner_url,
		.application_name = "pidcd:migrate",
	};
	struct db *db;
	int rc = db_open(&options, true, &db, err);

	if (rc < 0)
		return rc;
	rc = migrate(db, ret_applied, err);
	db_close(db);
	return rc;
}

int db_check_version(struct db *db, struct pidc_error *err)
{
	size_t have;
	int rc = count_applied(db, &have, err);

	if (rc == PIDC_EDB)
		return pidc_fail(err, rc, "the database has no schema of pidcd; migrate it");
	if (rc == 0 && have < db_migration_count)
		return pidc_fail(err, PIDC_EDB,
				 "the database has version %zu, this program needs %zu; migrate it",
				 have, db_migration_count);
	return rc;
}
