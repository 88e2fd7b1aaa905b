#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/ctl.py, what an officer types, on a register of its own.
# CTest labels: foundation sharing
# CTest timeout: 900
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/ctl.py"
