#!/bin/sh
# SPDX-License-Identifier: ISC
#
# cmake --install puts each thing where the file system hierarchy has it, and
# what it installs runs from there.
# CTest labels: foundation
set -u

# shellcheck source=tests/e2e/check.sh
. "$PIDC_SOURCE_DIR/tests/e2e/check.sh"

DESTDIR=$tmp cmake --install "$PIDC_BUILD_DIR" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$PIDC_BUILD_DIR/CMakeCache.txt")

for path in sbin/pidcd bin/pidcctl share/man/man8/pidcd.8 share/man/man5/pidcd.conf.5 \
	share/man/man1/pidcctl.1 share/man/man1/pidcctl-consent.1 lib/systemd/system/pidcd.service lib/systemd/system/pidcd.socket \
	lib/sysusers.d/pidcd.conf lib/tmpfiles.d/pidcd.conf share/doc/pidcd/operation.md; do
	[ -s "$tmp$prefix/$path" ] || fail "no $path"
done

# Statements, migrations and seeds of the schema are compiled in; headers and
# libraries are nobody's to build on; keys are never installed.
extra=$(find "$tmp$prefix" -name '*.sql' -o -name '*.h' -o -name '*.a' -o -name '*.key')
[ -z "$extra" ] || fail "installed, and should not be: $extra"

for program in sbin/pidcd bin/pidcctl; do
	for option in --version --help; do
		out=$("$tmp$prefix/$program" $option) || fail "$program $option: exit $?"
		[ -n "$out" ] || fail "$program $option prints nothing"
	done
done
"$tmp$prefix/sbin/pidcd" --no-such-option >/dev/null 2>&1
[ $? -eq 2 ] || fail "pidcd with a wrong option does not exit 2"
exit $failed
