#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/arrangement.py on a register of its own, whose Board votes without notice.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
board_without_notice
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/arrangement.py"
# Whatever the tests did: every row is what the ledger says.
"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
	ledger verify --deep
