/* SPDX-License-Identifier: ISC
 *
 * Settings: defaults, parsing, faults with their place, and that every key is
 * documented.
 */
#include "daemon/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_path(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/pidc-config-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void load_fails(const char *text, const char *message)
{
	struct config config;
	struct pidc_error err = {0};

	write_file(text);
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_load(&config, path, &err), PIDC_EINVAL);
	if (strstr(err.msg, message) == NULL)
		fail_msg("'%s' does not say '%s'", err.msg, message);
	config_close(&config);
}

static void test_defaults(void **state)
{
	struct config config;
	struct pidc_error err;

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	assert_string_equal(config.server_listen, "127.0.0.1:7443");
	assert_string_equal(config.server_trust_domain, "pidc.int");
	assert_true(config.server_require_client_cert);
	assert_int_equal(config.database_read_connections, 2);
	assert_int_equal(config.database_batch_max, 256);
	config_close(&config);
}

static void test_file_then_set(void **state)
{
	struct config config;
	struct pidc_error err = {0};

	(void)state;
	write_file("# a comment\n[server]\nlisten = [::1]:1\nreflection = no\n\n"
		   "[database]\nbatch_max = 17\nurl = host=/run dbname=a\n");
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_load(&config, path, &err), 0);
	assert_string_equal(config.server_listen, "[::1]:1");
	assert_false(config.server_reflection);
	assert_int_equal(config.database_batch_max, 17);
	assert_string_equal(config.database_url, "host=/run dbname=a");
	assert_int_equal(config_set(&config, "database.batch_max=18", &err), 0);
	assert_int_equal(config.database_batch_max, 18);
	assert_int_equal(config_set(&config, "database.url=a=b.c=d", &err), 0);
	assert_string_equal(config.database_url, "a=b.c=d");
	config_close(&config);
}

static void test_faults_name_their_line(void **state)
{
	char line[300];

	(void)state;
	load_fails("[server]\nlisten = a\nlisten = b\n", ":3: server.listen is given twice");
	load_fails("[server]\nlisten = a\n  b\n", ":3: server.listen is given twice");
	load_fails("[server]\n\nlisen = a\n", ":3: no setting 'server.lisen'");
	load_fails("[servers]\nlisten = a\n", ":2: no setting 'servers.listen'");
	load_fails("listen = a\n", ":1: no setting '.listen'");
	load_fails("[database]\nbatch_max = 0\n", ":2: database.batch_max: a number from 1");
	load_fails("[database]\nbatch_max = 12x\n", ":2: database.batch_max: a number");
	load_fails("[database]\nbatch_max = -1\n", ":2: database.batch_max: a number");
	load_fails("[database]\nbatch_max = 99999999999999999999999\n", ":2: database.batch_max");
	load_fails("[server]\nreflection = maybe\n", ":2: server.reflection: yes or no");
	load_fails("[server]\nwhat is this\n", ":2: ");
	load_fails("[server\nlisten = a\n", ":1: ");
	snprintf(line, sizeof(line), "[database]\nurl = %0250d\n", 0);
	load_fails(line, ":2: longer than");
}

static void test_set_faults(void **state)
{
	static const char *const bad[] = {
		"",           "server",     "server.listen",     "listen=a",
		"server.x=1", "x.listen=a", "server.max_calls=", "server.listen="};
	struct config config;
	struct pidc_error err;

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(config_set(&config, bad[i], &err), PIDC_EINVAL);
	config_close(&config);
}

static void test_missing_file(void **state)
{
	struct config config;
	struct pidc_error err;

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_load(&config, "/nonexistent/pidcd.conf", &err), PIDC_EIO);
	config_close(&config);
}

static void test_check_names_what_is_missing(void **state)
{
	struct config config;
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_check(&config, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "database.url"));
	assert_int_equal(config_set(&config, "database.url=host=/x", &err), 0);
	assert_int_equal(config_check(&config, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "server.cert"));
	assert_int_equal(config_set(&config, "log.level=loud", &err), 0);
	assert_int_equal(config_check(&config, &err), PIDC_EINVAL);
	assert_non_null(strstr(err.msg, "log.level"));
	config_close(&config);
}

/* What --dump prints is a file that gives the same settings; but for passwords. */
static void test_dump_loads(void **state)
{
	struct config config, again;
	struct pidc_error err;
	char *text, *second;
	size_t len;
	FILE *out;

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_set(&config, "server.max_calls=7", &err), 0);
	out = open_memstream(&text, &len);
	config_dump(&config, out);
	fclose(out);
	write_file(text);
	assert_int_equal(config_init(&again, &err), 0);
	/* Empty texts that must not be empty do not occur: all have defaults. */
	assert_int_equal(config_load(&again, path, &err), 0);
	assert_int_equal(again.server_max_calls, 7);
	assert_int_equal(config_set(&again, "database.url=password=hunter2", &err), 0);
	out = open_memstream(&second, &len);
	config_dump(&again, out);
	fclose(out);
	assert_null(strstr(second, "hunter2"));
	free(text);
	free(second);
	config_close(&config);
	config_close(&again);
}

static char *read_source(const char *name)
{
	char full[512];
	char *text = calloc(1, CONFIG_FILE_MAX);
	FILE *file;

	assert_non_null(getenv("PIDC_SOURCE_DIR"));
	snprintf(full, sizeof(full), "%s/%s", getenv("PIDC_SOURCE_DIR"), name);
	file = fopen(full, "r");
	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, CONFIG_FILE_MAX - 1, file) > 0);
	fclose(file);
	return text;
}

static const char *section_of(const char *text, const char *before, const char *section,
			      const char *after)
{
	char heading[64];
	const char *at;

	snprintf(heading, sizeof(heading), "%s%s%s\n", before, section, after);
	at = strstr(text, heading);
	if (at == NULL)
		fail_msg("no section '%s'", heading);
	return at;
}

static void test_every_key_is_documented(void **state)
{
	char *man = read_source("doc/pidcd.conf.5.scd");
	char *example = read_source("doc/examples/pidcd.conf");
	const struct config_setting *s;

	(void)state;
	for (size_t i = 0; (s = config_setting_at(i)) != NULL; i++) {
		char key[64];

		snprintf(key, sizeof(key), "\n*%s*\n", s->key);
		if (strstr(section_of(man, "# SECTION ", s->section, ""), key) == NULL)
			fail_msg("%s.%s is not in pidcd.conf(5)", s->section, s->key);
		snprintf(key, sizeof(key), "\n%s = ", s->key);
		if (strstr(section_of(example, "[", s->section, "]"), key) == NULL)
			fail_msg("%s.%s is not in the example", s->section, s->key);
	}
	free(man);
	free(example);
}

static void note_restart(const struct config_setting *setting, void *user)
{
	char *names = user;

	strcat(strcat(names, setting->key), " ");
}

static void test_renew_takes_what_is_live(void **state)
{
	struct config config, fresh;
	struct pidc_error err = {0};
	char names[128] = "";

	(void)state;
	assert_int_equal(config_init(&config, &err), 0);
	assert_int_equal(config_init(&fresh, &err), 0);
	assert_int_equal(config_set(&fresh, "log.level=debug", &err), 0);
	assert_int_equal(config_set(&fresh, "server.max_connections=7", &err), 0);
	assert_int_equal(config_set(&fresh, "server.require_client_cert=no", &err), 0);
	assert_int_equal(config_set(&fresh, "server.listen=[::]:1", &err), 0);
	assert_int_equal(config_set(&fresh, "database.batch_max=7", &err), 0);
	config_renew(&config, &fresh, note_restart, names);
	assert_string_equal(names, "listen batch_max ");
	assert_string_equal(config.log_level, "debug");
	assert_string_equal(fresh.log_level, "info");
	assert_int_equal(config.server_max_connections, 7);
	assert_false(config.server_require_client_cert);
	assert_string_equal(config.server_listen, "127.0.0.1:7443");
	assert_int_equal(config.database_batch_max, 256);
	config_close(&fresh);
	config_close(&config);
}

/* The example is a file that pidcd takes. */
static void test_example_loads(void **state)
{
	char full[512];
	struct config config;
	struct pidc_error err = {0};

	(void)state;
	snprintf(full, sizeof(full), "%s/doc/examples/pidcd.conf", getenv("PIDC_SOURCE_DIR"));
	assert_int_equal(config_init(&config, &err), 0);
	if (config_load(&config, full, &err) < 0)
		fail_msg("%s", err.msg);
	config_close(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_file_then_set),
		cmocka_unit_test(test_faults_name_their_line),
		cmocka_unit_test(test_set_faults),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_check_names_what_is_missing),
		cmocka_unit_test(test_dump_loads),
		cmocka_unit_test(test_every_key_is_documented),
		cmocka_unit_test(test_renew_takes_what_is_live),
		cmocka_unit_test(test_example_loads),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
