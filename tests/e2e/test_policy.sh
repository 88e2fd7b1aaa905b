#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/policy.py on a register of its own, whose Board votes without notice.
# DOC-1 to DOC-8, REV-1, REV-2.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
# shellcheck source=tests/lib/pg.sh
. "$PIDC_SOURCE_DIR/tests/lib/pg.sh"
register_up
board_without_notice
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/policy.py"
# DOC-5.a: the table itself refuses to change what happened, whoever writes into it.
if pg_as psql -h "$PIDC_PG" -U postgres -d pidc -qAt -v ON_ERROR_STOP=1 \
	-c "UPDATE pidc.policy_history SET comment = 'another'" >"$register_dir/history" 2>&1; then
	echo "the history was changed"
	exit 1
fi
grep -q "does not change" "$register_dir/history"
deep()
{
	"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
		ledger verify --deep
}
# Whatever the tests did: every row is what the ledger says.
deep
# And who takes the trigger away is found out.
pg_as psql -h "$PIDC_PG" -U postgres -d pidc -qAt -v ON_ERROR_STOP=1 \
	-c "ALTER TABLE pidc.policy_history DISABLE TRIGGER USER" \
	-c "UPDATE pidc.policy_history SET title = 'Minister' WHERE step = 'VET'"
status=0
deep >"$register_dir/deep" 2>&1 || status=$?
[ "$status" -eq 9 ]
grep -q policy_history "$register_dir/deep"
