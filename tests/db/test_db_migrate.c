/* SPDX-License-Identifier: ISC
 *
 * Migrations: once, also when several try at once, and never over an edited one.
 */
#include "daemon/db/connection.h"
#include "daemon/db/migration.h"
#include "tests/lib/check.h"
#include "tests/lib/pg.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIGRATORS 3

static struct pg *pg;
static struct db *owner;

struct migrator {
	pthread_t thread;
	char url[192];
	unsigned applied;
	int rc;
	struct pidc_error err;
};

static void open_owner(const char *database)
{
	const struct db_options options = {.url = pg_url(pg, "postgres", database)};
	struct pidc_error err = {0};

	db_close(owner);
	owner = NULL;
	assert_good(db_open(&options, true, &owner, &err), &err);
}

static int setup(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	open_owner("postgres");
	assert_good(db_exec(owner, "CREATE DATABASE one", &err), &err);
	assert_good(db_exec(owner, "CREATE DATABASE two", &err), &err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(owner);
	pg_stop(pg);
	return 0;
}

static void *migrate(void *user)
{
	struct migrator *m = user;

	m->rc = db_migrate(m->url, &m->applied, &m->err);
	return NULL;
}

static void test_concurrent_migrators_apply_once(void **state)
{
	struct migrator migrators[MIGRATORS] = {0};
	unsigned applied = 0;

	(void)state;
	for (size_t i = 0; i < MIGRATORS; i++) {
		snprintf(migrators[i].url, sizeof(migrators[i].url), "%s",
			 pg_url(pg, "postgres", "one"));
		assert_int_equal(pthread_create(&migrators[i].thread, NULL, migrate, &migrators[i]),
				 0);
	}
	for (size_t i = 0; i < MIGRATORS; i++)
		pthread_join(migrators[i].thread, NULL);
	for (size_t i = 0; i < MIGRATORS; i++) {
		assert_good(migrators[i].rc, &migrators[i].err);
		applied += migrators[i].applied;
	}
	assert_int_equal(applied, db_migration_count);
}

static void test_the_second_time_does_nothing(void **state)
{
	struct pidc_error err = {0};
	unsigned applied = 99;

	(void)state;
	assert_good(db_migrate(pg_url(pg, "postgres", "two"), &applied, &err), &err);
	assert_int_equal(applied, db_migration_count);
	assert_good(db_migrate(pg_url(pg, "postgres", "two"), &applied, &err), &err);
	assert_int_equal(applied, 0);
	open_owner("two");
	assert_good(db_check_version(owner, &err), &err);
}

static void test_a_database_without_schema_is_refused(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	open_owner("postgres");
	assert_int_equal(db_check_version(owner, &err), PIDC_EDB);
	assert_non_null(strstr(err.msg, "migrate"));
}

static void test_an_edited_migration_is_refused(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	open_owner("one");
	assert_good(db_exec(owner,
			    "UPDATE pidc_meta.schema_version SET sha256 = repeat('0', 64)"
			    " WHERE version = 1",
			    &err),
		    &err);
	assert_int_equal(db_migrate(pg_url(pg, "postgres", "one"), NULL, &err), PIDC_EINTEGRITY);
	assert_int_equal(db_check_version(owner, &err), PIDC_EINTEGRITY);
}

static void test_a_newer_database_is_refused(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	open_owner("two");
	assert_good(db_exec(owner,
			    "INSERT INTO pidc_meta.schema_version (version, name, sha256)"
			    " VALUES (9999, 'later', '')",
			    &err),
		    &err);
	assert_int_equal(db_migrate(pg_url(pg, "postgres", "two"), NULL, &err), PIDC_EINTEGRITY);
	assert_int_equal(db_check_version(owner, &err), PIDC_EINTEGRITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_concurrent_migrators_apply_once),
		cmocka_unit_test(test_the_second_time_does_nothing),
		cmocka_unit_test(test_a_database_without_schema_is_refused),
		cmocka_unit_test(test_an_edited_migration_is_refused),
		cmocka_unit_test(test_a_newer_database_is_refused),
	};

	return cmocka_run_group_tests_name("db migrate", tests, setup, teardown);
}
