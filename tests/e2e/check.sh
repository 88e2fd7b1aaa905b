# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced by tests that check many things and go on: a folder of their own, and
# fail, which counts. End with: exit $failed
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# fail WHAT...: say so and remember it.
fail()
{
	echo "FAIL: $*" >&2
	# shellcheck disable=SC2034 # for the test's last line
	failed=1
}
