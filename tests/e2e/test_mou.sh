#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/mou.py on a register of its own, whose Board votes without notice.
# PRO-3a, PRO-3b, PRO-3c, STM-5, PRI-7, TYP-3, EXI-2, SD-5.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
board_without_notice
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/mou.py"
# Whatever the tests did: every row is what the ledger says.
"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
	ledger verify --deep
