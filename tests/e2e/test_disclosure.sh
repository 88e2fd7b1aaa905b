#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What left, followed up: receipts, recalls, conditions that count, approvals; then every
# table against a replay of the ledger. PRI-9d, L3, L5, I11, I12.
# CTest labels: sharing
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/disclosure.py"
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/cells.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
