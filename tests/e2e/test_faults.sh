#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/faults.py on a register of its own.
# CTest labels: foundation
# CTest timeout: 300
set -eu
state=$(mktemp -d /tmp/pidcd-faults-XXXXXX)
chmod 755 "$state"
export PIDC_STATE="$state/up" PIDC_BUILD="$PIDC_BUILD_DIR"
trap '"$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$state"' EXIT
"$PIDC_SOURCE_DIR/dev" up >/dev/null
set -a
# shellcheck disable=SC1091 # written by up
. "$PIDC_STATE/env"
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/faults.py"
