#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/data.py on a register of its own.
# CTest labels: sharing
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/data.py"
