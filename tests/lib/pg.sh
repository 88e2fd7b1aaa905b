# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A private PostgreSQL for ./dev and for tests in shell: its own cluster, a Unix
# socket and no port, fsync on. To be sourced, not run.
#
# The cluster lies in a folder of its own under /tmp and is linked from the
# state folder of whoever asked for it: PostgreSQL does not run as root, so the
# way to its files must be open to another user, which a checkout's need not
# be; and the path of a socket has a limit of 107 bytes.

pg_bin=${PIDC_PG_BIN:-/usr/lib/postgresql/15/bin}

# The user that owns the cluster: whoever calls, or postgres when that is root.
pg_as()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && exec runuser -u postgres -- "$@")
	else
		(cd / && exec "$@")
	fi
}

# pg_make LINK: a new cluster, LINK points to its folder. The sync of initdb is
# skipped because a cluster that a crash cut short is made again. PIDC_PG_WAL_MB is
# the size of a WAL segment (1: tests write little).
pg_make()
{
	pg_home=$(pg_as mktemp -d /tmp/pidcd-XXXXXX) || return 1
	ln -s "$pg_home" "$1" || return 1
	pg_as "$pg_bin/initdb" -D "$pg_home/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 \
		--no-sync --no-instructions "--wal-segsize=${PIDC_PG_WAL_MB:-1}" -k >/dev/null || return 1
	pg_as tee -a "$pg_home/data/postgresql.conf" >/dev/null <<-EOF
		listen_addresses = ''
		unix_socket_directories = '$pg_home'
		fsync = on
		synchronous_commit = on
		log_min_duration_statement = 500ms
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
	EOF
}

# The link itself may lie where the cluster's user cannot go: always resolved.
pg_ctl()
{
	pg_home=$(readlink "$1") || return 1
	shift
	pg_as "$pg_bin/pg_ctl" -D "$pg_home/data" -s "$@" </dev/null
}

pg_is_running()
{
	pg_ctl "$1" status >/dev/null 2>&1
}

# pg_start LINK: returns once it takes connections; host=$(readlink LINK). With
# PIDC_PG_PRELOAD a shared object is preloaded into the server (the bench's slow disk).
pg_start()
{
	pg_is_running "$1" ||
		LD_PRELOAD=${PIDC_PG_PRELOAD:-} pg_ctl "$1" -l "$(readlink "$1")/log" -w start >/dev/null
}

# pg_stop LINK [fast|immediate]: immediate is a crash.
pg_stop()
{
	! pg_is_running "$1" || pg_ctl "$1" -m "${2:-fast}" -w stop
}

# pg_erase LINK: stop it, and remove the cluster and the link.
pg_erase()
{
	[ -L "$1" ] || return 0
	pg_home=$(readlink "$1")
	pg_stop "$1" immediate || return 1
	case $pg_home in /tmp/pidcd-??????) rm -rf "$pg_home" ;; esac
	rm -f "$1"
}
