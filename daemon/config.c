/* SPDX-License-Identifier: ISC */
#include "daemon/config.h"

#include "daemon/log.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(field) offsetof(struct config, field)
#define TEXT_MAX  160 /* fits a line of the file with its key */

static const struct config_setting settings[] = {
	{"server", "listen", CONFIG_TEXT, AT(server_listen), "127.0.0.1:7443", 1, TEXT_MAX, 0,
	 "address and port; not looked at when systemd hands over a socket"},
	{"server", "cert", CONFIG_TEXT, AT(server_cert), "", 0, TEXT_MAX, CONFIG_LIVE,
	 "PEM file: certificate, then its issuing authority"},
	{"server", "key", CONFIG_TEXT, AT(server_key), "", 0, TEXT_MAX, CONFIG_LIVE,
	 "PEM file: private key of the certificate"},
	{"server", "ca", CONFIG_TEXT, AT(server_ca), "", 0, TEXT_MAX, CONFIG_LIVE,
	 "PEM file: roots of the certificates of clients"},
	{"server", "trust_domain", CONFIG_TEXT, AT(server_trust_domain), "pidc.int", 1, 128,
	 CONFIG_LIVE, "SPIFFE trust domain of clients"},
	{"server", "require_client_cert", CONFIG_FLAG, AT(server_require_client_cert), "yes", 0, 0,
	 CONFIG_LIVE,
	 "no: for benchmarks only; calls without a certificate are refused one by one"},
	{"server", "reflection", CONFIG_FLAG, AT(server_reflection), "yes", 0, 0, 0,
	 "serve grpc.reflection, which shows the vocabulary"},
	{"server", "max_connections", CONFIG_NUMBER, AT(server_max_connections), "1000", 1, 60000,
	 CONFIG_LIVE, "connections at once; more are closed at once (about 60 kB each)"},
	{"server", "max_connections_per_address", CONFIG_NUMBER,
	 AT(server_max_connections_per_address), "200", 1, 60000, CONFIG_LIVE,
	 "of these, from one address (IPv6: one /64)"},
	{"server", "max_connections_per_certificate", CONFIG_NUMBER,
	 AT(server_max_connections_per_certificate), "64", 1, 60000, CONFIG_LIVE,
	 "of these, with one certificate"},
	{"server", "max_calls", CONFIG_NUMBER, AT(server_max_calls), "128", 1, 10000, CONFIG_LIVE,
	 "calls at once on one connection"},
	{"server", "max_open_calls", CONFIG_NUMBER, AT(server_max_open_calls), "10000", 1, 1000000,
	 CONFIG_LIVE, "calls at once on all connections; more are refused with E_LIMIT"},
	{"server", "max_request_bytes", CONFIG_NUMBER, AT(server_max_request_bytes), "268435456",
	 4194304, 1099511627776, CONFIG_LIVE,
	 "of requests in memory at once; more are refused with E_LIMIT"},
	{"server", "check_memory_bytes", CONFIG_NUMBER, AT(server_check_memory_bytes), "67108864",
	 1048576, 1099511627776, 0,
	 "answers of checks that are kept; some 200,000 of ordinary length fit 64 MiB"},
	{"server", "drain_timeout_ms", CONFIG_NUMBER, AT(server_drain_timeout_ms), "30000", 0,
	 600000, CONFIG_LIVE, "after SIGTERM, calls that run longer are cancelled"},
	{"database", "url", CONFIG_TEXT, AT(database_url), "", 0, TEXT_MAX, CONFIG_SECRET,
	 "PostgreSQL, as libpq writes it"},
	{"database", "owner_url", CONFIG_TEXT, AT(database_owner_url), "", 0, TEXT_MAX,
	 CONFIG_SECRET, "the same for the owner of the schema; for --migrate only"},
	{"database", "read_connections", CONFIG_NUMBER, AT(database_read_connections), "2", 1, 32,
	 0, "connections that answer checks, gets and lists"},
	{"database", "bulk_connections", CONFIG_NUMBER, AT(database_bulk_connections), "2", 1, 32,
	 0, "connections that read content and long lists"},
	{"database", "batch_max", CONFIG_NUMBER, AT(database_batch_max), "256", 1, 1024, 0,
	 "calls that share one transaction at most"},
	{"database", "queue_max", CONFIG_NUMBER, AT(database_queue_max), "8192", 1, 1000000, 0,
	 "calls that may wait in a lane; more are refused with E_LIMIT"},
	{"database", "statement_timeout_ms", CONFIG_NUMBER, AT(database_statement_timeout_ms),
	 "20000", 0, 3600000, 0, "a statement that runs longer is cancelled; 0 for never"},
	{"database", "lock_timeout_ms", CONFIG_NUMBER, AT(database_lock_timeout_ms), "10000", 0,
	 3600000, 0, "a statement that waits longer for a lock fails; 0 for never"},
	{"ledger", "origin", CONFIG_TEXT, AT(ledger_origin), "pidc.int/pidcd/dev", 1, 128, 0,
	 "name of the ledger, in every checkpoint; never change it"},
	{"ledger", "max_clock_step_ms", CONFIG_NUMBER, AT(ledger_max_clock_step_ms), "60000", 1,
	 86400000, 0, "a larger leap of the clock stops writes"},
	{"ledger", "refusals_per_hour", CONFIG_NUMBER, AT(ledger_refusals_per_hour), "100", 1,
	 1000000, 0, "refused releases of one principal that are entries; more are counted"},
	{"log", "level", CONFIG_TEXT, AT(log_level), "info", 1, 16, CONFIG_LIVE,
	 "error, warning, info or debug"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

const struct config_setting *config_setting_at(size_t i)
{
	return i < SETTING_COUNT ? &settings[i] : NULL;
}

static void *place(const struct config *config, const struct config_setting *setting)
{
	return (char *)config + setting->offset;
}

static int store_number(struct config *config, const struct config_setting *s, const char *value,
			struct pidc_error *err)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || number < s->min ||
	    number > s->max)
		return pidc_fail(err, PIDC_EINVAL, "%s.%s: a number from %llu to %llu is needed",
				 s->section, s->key, (unsigned long long)s->min,
				 (unsigned long long)s->max);
	*(uint64_t *)place(config, s) = number;
	return 0;
}

static int store_flag(struct config *config, const struct config_setting *s, const char *value,
		      struct pidc_error *err)
{
	bool *flag = place(config, s);

	if (strcmp(value, "yes") == 0)
		*flag = true;
	else if (strcmp(value, "no") == 0)
		*flag = false;
	else
		return pidc_fail(err, PIDC_EINVAL, "%s.%s: yes or no is needed", s->section,
				 s->key);
	return 0;
}

static int store_text(struct config *config, const struct config_setting *s, const char *value,
		      struct pidc_error *err)
{
	char **text = place(config, s);
	size_t len = strlen(value);
	char *copy;

	if (len < s->min || len > s->max)
		return pidc_fail(err, PIDC_EINVAL, "%s.%s: %llu to %llu bytes are needed",
				 s->section, s->key, (unsigned long long)s->min,
				 (unsigned long long)s->max);
	copy = strdup(value);
	if (copy == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	free(*text);
	*text = copy;
	return 0;
}

static int store(struct config *config, const struct config_setting *s, const char *value,
		 struct pidc_error *err)
{
	switch (s->kind) {
	case CONFIG_NUMBER:
		return store_number(config, s, value, err);
	case CONFIG_FLAG:
		return store_flag(config, s, value, err);
	case CONFIG_TEXT:
		break;
	}
	return store_text(config, s, value, err);
}

int config_init(struct config *config, struct pidc_error *err)
{
	*config = (struct config){0};
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		int r = store(config, &settings[i], settings[i].initial, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void config_close(struct config *config)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char **text = place(config, &settings[i]);

		if (settings[i].kind != CONFIG_TEXT)
			continue;
		free(*text);
		*text = NULL;
	}
}

static size_t size_of(enum config_kind kind)
{
	return kind == CONFIG_NUMBER ? sizeof(uint64_t)
	       : kind == CONFIG_FLAG ? sizeof(bool)
				     : sizeof(char *);
}

static bool is_equal(const struct config_setting *s, const void *a, const void *b)
{
	if (s->kind == CONFIG_TEXT)
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	return memcmp(a, b, size_of(s->kind)) == 0;
}

void config_renew(struct config *config, struct config *fresh,
		  void (*of_restart)(const struct config_setting *setting, void *user), void *user)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct config_setting *s = &settings[i];
		void *mine = place(config, s), *theirs = place(fresh, s);
		char kept[sizeof(uint64_t)];

		if (is_equal(s, mine, theirs))
			continue;
		if ((s->flags & CONFIG_LIVE) == 0) {
			if (of_restart != NULL)
				of_restart(s, user);
			continue;
		}
		memcpy(kept, mine, size_of(s->kind));
		memcpy(mine, theirs, size_of(s->kind));
		memcpy(theirs, kept, size_of(s->kind));
	}
}

static const struct config_setting *find(const char *section, size_t section_len, const char *key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct config_setting *s = &settings[i];

		if (strlen(s->section) == section_len &&
		    memcmp(s->section, section, section_len) == 0 && strcmp(s->key, key) == 0)
			return s;
	}
	return NULL;
}

int config_set(struct config *config, const char *assignment, struct pidc_error *err)
{
	const char *dot = strchr(assignment, '.');
	const char *equals = strchr(assignment, '=');
	const struct config_setting *s;
	char key[64];

	if (dot == NULL || equals == NULL || dot > equals)
		return pidc_fail(err, PIDC_EINVAL, "'%.80s': section.key=value is needed",
				 assignment);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - dot - 1), dot + 1);
	s = find(assignment, (size_t)(dot - assignment), key);
	if (s == NULL)
		return pidc_fail(err, PIDC_EINVAL, "no setting '%.*s'",
				 (int)(equals - assignment < 80 ? equals - assignment : 80),
				 assignment);
	return store(config, s, equals + 1, err);
}

/* --- the file -------------------------------------------------------------- */

struct reader {
	struct config *config;
	bool is_seen[SETTING_COUNT];
	struct pidc_error *err;
	bool is_failed;
};

static int on_line(void *user, const char *section, const char *key, const char *value)
{
	struct reader *reader = user;
	const struct config_setting *s = find(section, strlen(section), key);

	if (reader->is_failed)
		return 0;
	reader->is_failed = true;
	if (s == NULL) {
		pidc_fail(reader->err, PIDC_EINVAL, "no setting '%.40s.%.40s'", section, key);
		return 0;
	}
	if (reader->is_seen[s - settings]) {
		pidc_fail(reader->err, PIDC_EINVAL, "%s.%s is given twice", section, key);
		return 0;
	}
	reader->is_seen[s - settings] = true;
	if (store(reader->config, s, value, reader->err) < 0)
		return 0;
	reader->is_failed = false;
	return 1;
}

static int read_file(const char *path, char **ret, struct pidc_error *err)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;

	if (file == NULL)
		return pidc_fail(err, PIDC_EIO, "%s: %s", path, strerror(errno));
	text = malloc(CONFIG_FILE_MAX + 1);
	len = text == NULL ? 0 : fread(text, 1, CONFIG_FILE_MAX + 1, file);
	fclose(file);
	if (text == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	if (len > CONFIG_FILE_MAX || memchr(text, '\0', len) != NULL) {
		free(text);
		return pidc_fail(err, PIDC_EINVAL, "%s: not a settings file (at most %zu bytes)",
				 path, CONFIG_FILE_MAX);
	}
	text[len] = '\0';
	*ret = text;
	return 0;
}

static unsigned long_line(const char *text)
{
	for (unsigned line = 1; *text != '\0'; line++) {
		size_t len = strcspn(text, "\n");

		if (len > CONFIG_LINE_MAX)
			return line;
		text += len + (text[len] == '\n');
	}
	return 0;
}

int config_load(struct config *config, const char *path, struct pidc_error *err)
{
	struct pidc_error why = {.msg = "neither a section, a comment nor key = value"};
	struct reader reader = {.config = config, .err = &why};
	char *text = NULL;
	unsigned line;
	int r = read_file(path, &text, err);

	if (r < 0)
		return r;
	line = long_line(text);
	if (line > 0) {
		free(text);
		return pidc_fail(err, PIDC_EINVAL, "%s:%u: longer than %d bytes", path, line,
				 CONFIG_LINE_MAX);
	}
	r = ini_parse_string(text, on_line, &reader);
	free(text);
	if (r != 0)
		return pidc_fail(err, PIDC_EINVAL, "%s:%d: %s", path, r, why.msg);
	return 0;
}

/* --- checks and prints ----------------------------------------------------- */

static int check_file(const char *name, const char *path, struct pidc_error *err)
{
	if (*path == '\0')
		return pidc_fail(err, PIDC_EINVAL, "%s is not set", name);
	if (access(path, R_OK) < 0)
		return pidc_fail(err, PIDC_EINVAL, "%s: %s: %s", name, path, strerror(errno));
	return 0;
}

int config_check(const struct config *config, struct pidc_error *err)
{
	enum log_level level;
	int r;

	if (log_level_parse(config->log_level, &level) < 0)
		return pidc_fail(err, PIDC_EINVAL, "log.level: error, warning, info or debug");
	if (*config->database_url == '\0')
		return pidc_fail(err, PIDC_EINVAL, "database.url is not set");
	r = check_file("server.cert", config->server_cert, err);
	if (r == 0)
		r = check_file("server.key", config->server_key, err);
	if (r == 0)
		r = check_file("server.ca", config->server_ca, err);
	return r;
}

static bool has_secret(const char *text)
{
	return strstr(text, "password") != NULL || strchr(text, '@') != NULL;
}

void config_dump(const struct config *config, FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct config_setting *s = &settings[i];
		const void *at = place(config, s);

		if (strcmp(section, s->section) != 0)
			fprintf(out, "%s[%s]\n", *section == '\0' ? "" : "\n", s->section);
		section = s->section;
		if (s->kind == CONFIG_NUMBER)
			fprintf(out, "%s = %llu\n", s->key,
				(unsigned long long)*(const uint64_t *)at);
		else if (s->kind == CONFIG_FLAG)
			fprintf(out, "%s = %s\n", s->key, *(const bool *)at ? "yes" : "no");
		else if ((s->flags & CONFIG_SECRET) != 0 && has_secret(*(char *const *)at))
			fprintf(out, "# %s is set, and not shown: it holds a password\n", s->key);
		else
			fprintf(out, "%s = %s\n", s->key, *(char *const *)at);
	}
}

void config_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct config_setting *s = &settings[i];

		fprintf(out, "  %s.%s (%s)\n        %s\n", s->section, s->key,
			*s->initial == '\0' ? "none" : s->initial, s->help);
	}
}
