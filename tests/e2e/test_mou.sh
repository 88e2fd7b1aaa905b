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
ctl()
{
	name=$1
	shift
	"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/$name.crt" --key "$PIDC_CERT_DIR/$name.key" "$@"
}
# The last of its texts is a draft again, complete; it was written by an officer.
ctl iom-officer mou list --org iom | grep -q SUPERSEDED
draft=$(ctl iom-officer mou list --org iom --state draft -o name)
ctl iom-officer mou show "$draft" | grep -q iom
ctl iom-officer mou check "$draft" >"$register_dir/check"
if grep -q E_MOU "$register_dir/check"; then
	exit 1
fi
status=0
ctl sec-hos mou vet "$draft" --digest 00 2>"$register_dir/vet" || status=$?
[ "$status" -eq 2 ]
# Whatever the tests did: every row is what the ledger says.
"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
	ledger verify --deep
