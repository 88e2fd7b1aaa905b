# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced by tests that need a register of their own: PIDC_STATE and PIDC_BUILD
# make ./dev keep it in a temporary folder, on the build under test, until the
# shell ends.
register_dir=$(mktemp -d /tmp/pidcd-test-XXXXXX)
chmod 755 "$register_dir"
export PIDC_STATE="$register_dir/up" PIDC_BUILD="$PIDC_BUILD_DIR"
trap '"$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$register_dir"' EXIT

# Start the daemon and export the variables of its env file.
register_up()
{
	"$PIDC_SOURCE_DIR/dev" up >/dev/null
	set -a
	# shellcheck disable=SC1091 # written by up
	. "$PIDC_STATE/env"
	set +a
}
