#!/bin/sh
# SPDX-License-Identifier: ISC
#
# interop.js against the server $1, with the packages that ./dev test installs.
set -eu
modules=$PIDC_SOURCE_DIR/build/node/node_modules
[ -d "$modules" ] || { echo "no $modules: ./dev test installs it"; exit 77; }
PIDC_NODE_MODULES=$modules exec node "$PIDC_SOURCE_DIR/tests/interop/interop.js" "$1"
