#!/bin/sh
# SPDX-License-Identifier: ISC
#
# @grpc/grpc-js against the daemon: tests/e2e/client.js on a register of its own.
# CTest labels: foundation
# CTest timeout: 300
set -eu
modules=$PIDC_SOURCE_DIR/build/node/node_modules
[ -d "$modules" ] || { echo "no $modules: ./dev test installs it"; exit 77; }
state=$(mktemp -d /tmp/pidcd-node-XXXXXX)
chmod 755 "$state"
export PIDC_STATE="$state/up" PIDC_BUILD="$PIDC_BUILD_DIR"
trap '"$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$state"' EXIT
"$PIDC_SOURCE_DIR/dev" up >/dev/null
set -a
# shellcheck disable=SC1091 # written by up
. "$PIDC_STATE/env"
PIDC_NODE_MODULES=$modules node "$PIDC_SOURCE_DIR/tests/e2e/client.js"
