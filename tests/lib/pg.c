/* SPDX-License-Identifier: ISC */
#include "tests/lib/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INITDB   "/usr/lib/postgresql/15/bin/initdb"
#define POSTGRES "/usr/lib/postgresql/15/bin/postgres"

/* How long the server may take to answer: 3 ms a turn, one minute in all. */
#define READY_TURNS   20000
#define READY_TURN_NS 3000000

struct pg {
	char dir[64];
	char data[80];
	char url[192];
	const struct passwd *user; /* NULL: we are not root */
	pid_t pid;
};

/* In the child: become the server's user, die with the test. */
static void become(const struct pg *pg)
{
	char log[96];
	int fd;

	snprintf(log, sizeof(log), "%s/log", pg->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	setsid();
	if (pg->user && (initgroups(pg->user->pw_name, pg->user->pw_gid) < 0 ||
			 setgid(pg->user->pw_gid) < 0 || setuid(pg->user->pw_uid) < 0))
		_exit(126);
	/* After setuid, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (chdir(pg->dir) < 0)
		_exit(126);
}

static pid_t spawn(const struct pg *pg, const char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		become(pg);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int make_dir(struct pg *pg)
{
	strcpy(pg->dir, "/tmp/pidc-pg-XXXXXX");
	if (!mkdtemp(pg->dir))
		return -1;
	snprintf(pg->data, sizeof(pg->data), "%s/data", pg->dir);
	if (geteuid() == 0) {
		pg->user = getpwnam("postgres");
		if (!pg->user || chown(pg->dir, pg->user->pw_uid, pg->user->pw_gid) < 0)
			return -1;
	}
	return 0;
}

static int make_cluster(const struct pg *pg)
{
	const char *argv[] = {INITDB,
			      "-D",
			      pg->data,
			      "-A",
			      "trust",
			      "-U",
			      "postgres",
			      "-E",
			      "UTF8",
			      "--locale=C.UTF-8",
			      "--no-sync",
			      "--no-instructions",
			      "--wal-segsize=1",
			      NULL};

	return wait_for(spawn(pg, argv)) == 0 ? 0 : -1;
}

static int start_server(struct pg *pg)
{
	const char *argv[] = {
		POSTGRES, "-D", pg->data, "-k", pg->dir, "-c", "listen_addresses=", NULL};
	const struct timespec turn = {.tv_nsec = READY_TURN_NS};

	pg->pid = spawn(pg, argv);
	for (int i = 0; pg->pid > 0 && i < READY_TURNS; i++) {
		if (PQping(pg_url(pg, "postgres", "postgres")) == PQPING_OK)
			return 0;
		if (waitpid(pg->pid, NULL, WNOHANG) != 0) {
			pg->pid = 0;
			return -1;
		}
		nanosleep(&turn, NULL);
	}
	return -1;
}

int pg_start(struct pg **ret, struct pidc_error *err)
{
	struct pg *pg = calloc(1, sizeof(*pg));
	const char *what = NULL;

	if (!pg)
		return pidc_fail(err, PIDC_ENOMEM, "no memory");
	if (make_dir(pg) < 0)
		what = "no directory for it";
	else if (make_cluster(pg) < 0)
		what = "initdb failed";
	else if (start_server(pg) < 0)
		what = "the server did not start";
	if (what) {
		pidc_fail(err, PIDC_EIO, "PostgreSQL: %s (%s)", what, strerror(errno));
		pg_stop(pg);
		return PIDC_EIO;
	}
	*ret = pg;
	return 0;
}

void pg_stop(struct pg *pg)
{
	const char *argv[] = {"/bin/rm", "-rf", NULL, NULL};
	pid_t pid;

	if (!pg)
		return;
	if (pg->pid > 0) {
		kill(pg->pid, SIGQUIT);
		wait_for(pg->pid);
	}
	argv[2] = pg->dir;
	pid = pg->data[0] ? fork() : -1;
	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	wait_for(pid);
	free(pg);
}

const char *pg_url(struct pg *pg, const char *role, const char *database)
{
	snprintf(pg->url, sizeof(pg->url), "host=%s user=%s dbname=%s", pg->dir, role, database);
	return pg->url;
}
