#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/notices.py on a register of its own; then every table against the ledger.
# CTest labels: sharing
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/notices.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
