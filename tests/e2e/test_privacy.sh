#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/privacy.py on a register of its own. I11, L8.
# CTest labels: sharing
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/privacy.py"
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/privacy_beside.py"
