#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/simulation.py on a register of its own, then every table against a replay of
# the ledger. I1, I2, I6 to I14 (of each, that a planted defect is found), SD-6, SD-7, SYS-3.
# CTest labels: sharing ledger
# CTest timeout: 900
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/simulation.py"
"$PIDC_PIDCCTL" --server "$PIDC_ADDRESS" --ca "$PIDC_CA" --cert "$PIDC_CERT_DIR/auditor.crt" \
	--key "$PIDC_CERT_DIR/auditor.key" ledger verify --deep
