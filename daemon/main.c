/* SPDX-License-Identifier: ISC
 *
 * pidcd(8): arguments, settings, and which of its tasks to do.
 */
#include "daemon/config.h"
#include "daemon/db/db.h"
#include "daemon/import.h"
#include "daemon/log.h"
#include "daemon/server.h"

#include <argp.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

#define SETS_MAX 64 /* there are fewer settings */

/* A full batch takes and gives back some megabytes: as long as they are fewer than these,
 * they are not given to the system each time, only to be asked for again. */
#define KEEP_BYTES (8 << 20)

enum task { TASK_SERVE, TASK_CHECK, TASK_DUMP, TASK_MIGRATE, TASK_IMPORT };

struct arguments {
	const char *config_file;
	const char *sets[SETS_MAX];
	size_t set_count;
	enum task task;
	char **files;
	size_t file_count;
};

const char *argp_program_version = "pidcd " PIDC_VERSION;

static const struct argp_option options[] = {
	{"config", 'c', "FILE", 0, "settings (default /etc/pidcd/pidcd.conf)", 1},
	{"set", 's', "SECTION.KEY=VALUE", 0, "overrule a setting; may be repeated", 1},
	{"check", 'C', NULL, 0, "check the settings and exit", 2},
	{"dump", 'D', NULL, 0, "print the settings in force and exit", 2},
	{"migrate", 'M', NULL, 0, "bring the database up to this version and exit", 2},
	{"import", 'I', NULL, 0, "carry out the requests in FILE... and exit", 2},
	{0},
};

static void set_task(struct arguments *arguments, enum task task, struct argp_state *state)
{
	if (arguments->task != TASK_SERVE && arguments->task != task)
		argp_error(state, "--check, --dump, --migrate and --import exclude each other");
	arguments->task = task;
}

static error_t on_option(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'c':
		arguments->config_file = value;
		return 0;
	case 's':
		if (arguments->set_count == SETS_MAX)
			argp_error(state, "more than %d times --set", SETS_MAX);
		else
			arguments->sets[arguments->set_count++] = value;
		return 0;
	case 'C':
		set_task(arguments, TASK_CHECK, state);
		return 0;
	case 'D':
		set_task(arguments, TASK_DUMP, state);
		return 0;
	case 'M':
		set_task(arguments, TASK_MIGRATE, state);
		return 0;
	case 'I':
		set_task(arguments, TASK_IMPORT, state);
		return 0;
	case ARGP_KEY_ARGS:
		arguments->files = state->argv + state->next;
		arguments->file_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (arguments->task == TASK_IMPORT && arguments->file_count == 0)
			argp_error(state, "--import needs a FILE");
		if (arguments->task != TASK_IMPORT && arguments->file_count > 0)
			argp_error(state, "'%s': files are for --import", arguments->files[0]);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The settings stand behind the options in --help; argp frees the text. */
static char *on_help(int key, const char *text, void *input)
{
	char *help = NULL;
	size_t len = 0;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&help, &len);
	if (out == NULL)
		return NULL;
	fputs("Settings, with their defaults:\n", out);
	config_help(out);
	fclose(out);
	return help;
}

static int read_settings(void *user, struct config *ret, struct pidc_error *err)
{
	const struct arguments *arguments = user;
	int r = config_init(ret, err);

	if (r == 0)
		r = config_load(ret, arguments->config_file, err);
	for (size_t i = 0; i < arguments->set_count && r == 0; i++)
		r = config_set(ret, arguments->sets[i], err);
	return r;
}

static int migrate(const struct config *config, struct pidc_error *err)
{
	unsigned applied;
	int r;

	if (*config->database_owner_url == '\0')
		return pidc_fail(err, PIDC_EINVAL, "database.owner_url is not set");
	r = db_migrate(config->database_owner_url, &applied, err);
	if (r == 0)
		printf("%u migrations applied\n", applied);
	return r;
}

static int serve(struct config *config, struct arguments *arguments, struct pidc_error *err)
{
	struct server_options server = {
		.config = config, .reload = read_settings, .user = arguments};

	return server_run(&server, err);
}

static int run(struct config *config, struct arguments *arguments, struct pidc_error *err)
{
	switch (arguments->task) {
	case TASK_DUMP:
		config_dump(config, stdout);
		return 0;
	case TASK_CHECK:
		puts("settings are fine");
		return 0;
	case TASK_MIGRATE:
		return migrate(config, err);
	case TASK_IMPORT:
		return import_files(config, arguments->files, arguments->file_count, err);
	case TASK_SERVE:
		break;
	}
	return serve(config, arguments, err);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = on_option,
		.args_doc = "[FILE...]",
		.doc = "pidcd - register of partnerships and consent\v ",
		.help_filter = on_help,
	};
	struct arguments arguments = {.config_file = "/etc/pidcd/pidcd.conf"};
	struct pidc_error err = {0};
	struct config config;
	enum log_level level = LOG_LEVEL_INFO;
	int status = EXIT_USAGE;

	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (read_settings(&arguments, &config, &err) < 0)
		goto out;
	if ((arguments.task == TASK_SERVE || arguments.task == TASK_CHECK) &&
	    config_check(&config, &err) < 0)
		goto out;
	if (log_level_parse(config.log_level, &level) == 0)
		log_init(level);
	status = run(&config, &arguments, &err) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
out:
	if (status != EXIT_SUCCESS)
		fprintf(stderr, "pidcd: %s\n", err.msg);
	config_close(&config);
	return status;
}
