#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Suspension, exit and reopening of a partnership; then every table against a replay of the
# ledger. G3, PRO-7b, PRO-7d, A15.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
board_without_notice
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/standing.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
