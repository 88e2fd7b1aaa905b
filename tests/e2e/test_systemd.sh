#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The installed units: systemd understands them, the sandbox is as tight as it
# was found to be, and an operator's edits outlive an upgrade.
# CTest labels: foundation
set -u

# Exposure times ten, as systemd-analyze wants it: 1.1 and nothing to spare,
# so that any directive that is lost fails the test.
threshold=11
# shellcheck source=tests/e2e/check.sh
. "$PIDC_SOURCE_DIR/tests/e2e/check.sh"

install_system()
{
	DESTDIR=$tmp/root cmake --install "$PIDC_BUILD_DIR" --component system >"$tmp/log" 2>&1 ||
		{ cat "$tmp/log" >&2; fail "cmake --install"; exit 1; }
}

# Units name the final paths; to be verified they need something to execute.
test_units_verify()
{
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$service")
	case $program in */sbin/pidcd) ;; *) fail "ExecStart is '$program'" ;; esac
	mkdir "$tmp/units"
	cp /bin/true "$tmp/units/pidcd"
	sed "s|$program|$tmp/units/pidcd|" "$service" >"$tmp/units/pidcd.service"
	cp "${service%.service}.socket" "$tmp/units"
	out=$(systemd-analyze verify --man=no "$tmp/units/pidcd.service" "$tmp/units/pidcd.socket" 2>&1) ||
		fail "verify: $out"
	[ -z "$out" ] || fail "verify: $out"
	sed 's/^Type=notify/Typ=notify/' "$service" >"$tmp/units/pidcd.service"
	systemd-analyze verify --man=no "$tmp/units/pidcd.service" 2>&1 | grep -q Typ ||
		fail "verify would not see a wrong key"
}

security()
{
	systemd-analyze security --offline=true --threshold=$threshold "$1" 2>&1
}

test_sandbox()
{
	out=$(security "$service") || fail "exposure: $out"
	for directive in CapabilityBoundingSet SystemCallFilter=@system RestrictNamespaces PrivateUsers \
		ProtectProc PrivateDevices ProtectClock ProtectSystem NoNewPrivileges; do
		mkdir -p "$tmp/weak"
		grep -v "^$directive" "$service" >"$tmp/weak/pidcd.service"
		security "$tmp/weak/pidcd.service" >/dev/null && fail "the sandbox does not miss $directive"
	done
	# Not in systemd's score, and as much part of it.
	for line in MemoryDenyWriteExecute=yes NoExecPaths=/ LimitCORE=0 Type=notify WatchdogSec=30s; do
		grep -qxF "$line" "$service" || fail "no $line"
	done
	grep -q '^LoadCredential=server.key:' "$service" || fail "the key is not a credential"
}

test_user_and_folders()
{
	prefix=${service%/lib/systemd/system/pidcd.service}
	mkdir -p "$tmp/root/etc"
	systemd-sysusers --root="$tmp/root" "$prefix/lib/sysusers.d/pidcd.conf" >/dev/null 2>&1 ||
		fail "sysusers"
	grep -q '^pidcd:.*nologin$' "$tmp/root/etc/passwd" || fail "no user pidcd without a shell"
	[ "$(id -u)" -eq 0 ] || return
	systemd-tmpfiles --root="$tmp/root" --create "$prefix/lib/tmpfiles.d/pidcd.conf" 2>"$tmp/log" ||
		fail "tmpfiles: $(cat "$tmp/log")"
	[ "$(stat -c '%a %u' "$etc/tls")" = '700 0' ] || fail "tls/: $(stat -c '%a %u' "$etc/tls")"
	[ "$(stat -c %a "$etc/pidcd.conf")" = 640 ] || fail "pidcd.conf: $(stat -c %a "$etc/pidcd.conf")"
}

test_upgrade_keeps_settings()
{
	echo '# mine' >"$etc/pidcd.conf"
	install_system
	grep -qx '# mine' "$etc/pidcd.conf" || fail "an upgrade replaced pidcd.conf"
}

install_system
service=$(find "$tmp/root" -name pidcd.service)
etc=$(dirname "$(find "$tmp/root" -path '*/pidcd/pidcd.conf')")
[ -n "$service" ] || fail "no unit installed"
test_units_verify
test_sandbox
test_user_and_folders
test_upgrade_keeps_settings
exit $failed
