#!/bin/sh
# SPDX-License-Identifier: ISC
#
# From a name to a screened prospect; then every table against a replay of the ledger.
# INT-1, INT-4, INT-5, STM-2, TYP-1, PRO-1, SD-1, G3.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/partnership.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
