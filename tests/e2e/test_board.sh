#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/e2e/board.py on a register of its own, whose Board votes without notice.
# CTest labels: process
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
# shellcheck source=tests/lib/pg.sh
. "$PIDC_SOURCE_DIR/tests/lib/pg.sh"
register_up
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/board.py" Assumed
board_without_notice
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/board.py" Resolutions
# The same by hand.
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/ctl_board.py"
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/board.py" Rules
# PRI-1b.b: a ballot without a seat of a member is refused by the table itself, whoever
# writes it.
if pg_as psql -h "$PIDC_PG" -U postgres -d pidc -qAt -v ON_ERROR_STOP=1 \
	>"$register_dir/ballot" 2>&1 <<END; then
INSERT INTO pidc.resolution_ballot
SELECT resolution_id, 'iom', 1, 'YES', '', 'CURRENT', '', '', '', 'iom-officer', now(), 0
FROM pidc.resolution LIMIT 1
END
	echo "a partner's ballot was let in"
	exit 1
fi
grep -q "without a seat of a member" "$register_dir/ballot"
# Whatever the tests did: every row is what the ledger says.
"$PIDC_PIDCCTL" --cert "$PIDC_CERT_DIR/auditor.crt" --key "$PIDC_CERT_DIR/auditor.key" \
	ledger verify --deep
