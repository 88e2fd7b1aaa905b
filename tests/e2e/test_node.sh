#!/bin/sh
# SPDX-License-Identifier: ISC
#
# @grpc/grpc-js against the daemon: tests/e2e/client.js on a register of its own.
# CTest labels: foundation
# CTest timeout: 300
set -eu
modules=$PIDC_SOURCE_DIR/build/node/node_modules
[ -d "$modules" ] || { echo "no $modules: ./dev test installs it"; exit 77; }
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
PIDC_NODE_MODULES=$modules node "$PIDC_SOURCE_DIR/tests/e2e/client.js"
