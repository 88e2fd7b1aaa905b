#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/race.py on a register of its own, then every table against the ledger.
# PRI-9d, I2, L40.
# CTest labels: sharing
# CTest timeout: 900
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/race.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
