/* SPDX-License-Identifier: ISC
 *
 * The settings of pidcd: one table (config.c) gives their names, kinds, defaults,
 * bounds and help; parsing, --set, --dump and --help come from it, and a test
 * holds pidcd.conf(5) and the example against it.
 *
 * Order of use: config_init, config_load, config_set for each --set, config_check.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_FILE_MAX ((size_t)64 * 1024) /* a settings file is a page or two */
#define CONFIG_LINE_MAX 190                 /* inih cuts lines at 200 without a word */

struct config {
	char *server_listen;
	char *server_cert;
	char *server_key;
	char *server_ca;
	char *server_trust_domain;
	bool server_require_client_cert;
	bool server_reflection;
	uint64_t server_max_connections;
	uint64_t server_max_connections_per_address;
	uint64_t server_max_connections_per_certificate;
	uint64_t server_max_calls;
	uint64_t server_max_open_calls;
	uint64_t server_max_request_bytes;
	uint64_t server_check_memory_bytes;
	uint64_t server_drain_timeout_ms;
	char *database_url;
	char *database_owner_url;
	uint64_t database_read_connections;
	uint64_t database_bulk_connections;
	uint64_t database_batch_max;
	uint64_t database_queue_max;
	uint64_t database_statement_timeout_ms;
	uint64_t database_lock_timeout_ms;
	char *ledger_origin;
	uint64_t ledger_max_clock_step_ms;
	uint64_t ledger_refusals_per_hour;
	char *log_level;
};

enum config_kind { CONFIG_TEXT, CONFIG_NUMBER, CONFIG_FLAG };

enum config_flag {
	CONFIG_SECRET = 1, /* may hold a password: --dump hides it then */
	CONFIG_LIVE = 2,   /* taken over by SIGHUP; the others need a restart */
};

/* A row of the table. */
struct config_setting {
	const char *section;
	const char *key;
	enum config_kind kind;
	size_t offset;
	const char *initial;
	uint64_t min, max; /* of a number; text: of its length */
	unsigned flags;
	const char *help;
};

/* The rows one after the other; NULL past the last. */
const struct config_setting *config_setting_at(size_t i);

/* Defaults. PIDC_ENOMEM. config_close frees the texts, also after a failure. */
int config_init(struct config *config, struct pidc_error *err) PIDC_MUSTCHECK;
void config_close(struct config *config);

/* PIDC_EINVAL with file and line, PIDC_EIO when the file cannot be read. */
int config_load(struct config *config, const char *path, struct pidc_error *err) PIDC_MUSTCHECK;

/* "section.key=value". PIDC_EINVAL. */
int config_set(struct config *config, const char *assignment,
	       struct pidc_error *err) PIDC_MUSTCHECK;

/* What one setting alone cannot tell: required ones, files that must be readable. */
int config_check(const struct config *config, struct pidc_error *err) PIDC_MUSTCHECK;

/* Take over from fresh what is live and differs; fresh gets what was there. of_restart
 * (may be NULL) hears of each of the others that differs. */
void config_renew(struct config *config, struct config *fresh,
		  void (*of_restart)(const struct config_setting *setting, void *user), void *user);

void config_dump(const struct config *config, FILE *out);
void config_help(FILE *out);
