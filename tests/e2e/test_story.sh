#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The story of ./dev demo on the build under test: seeds, contributions, consent,
# refusals, revocation, proofs, tampering, SIGKILL; told by a stock Python client.
# PRI-9d, SYS-1, SYS-3, SYS-4.
# CTest labels: foundation sharing ledger
# CTest timeout: 600
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
"$PIDC_SOURCE_DIR/dev" demo
