#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The story of ./dev demo on the build under test: seeds, contributions, consent,
# refusals, revocation, proofs, tampering, SIGKILL; told by a stock Python client.
# PRI-9d, SYS-1, SYS-3, SYS-4.
# CTest labels: foundation sharing ledger
# CTest timeout: 600
set -eu
state=$(mktemp -d /tmp/pidcd-story-XXXXXX)
chmod 755 "$state"
trap 'PIDC_STATE=$state/up PIDC_BUILD=$PIDC_BUILD_DIR "$PIDC_SOURCE_DIR/dev" down --erase; rm -rf "$state"' EXIT
PIDC_STATE=$state/up PIDC_BUILD=$PIDC_BUILD_DIR "$PIDC_SOURCE_DIR/dev" demo
