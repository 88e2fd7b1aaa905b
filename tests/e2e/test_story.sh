#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The story of ./dev demo on the build under test: seeds, contributions, consent,
# refusals, revocation, proofs, tampering, SIGKILL; told by a stock Python client.
# Then, and again after a seeded random run (PIDC_SEED), the ledger is replayed into an
# empty database, where every table comes out equal.
# PRI-9d, SYS-1, SYS-3, SYS-4.
# CTest labels: foundation sharing ledger
# CTest timeout: 900
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
# shellcheck source=tests/lib/pg.sh
. "$PIDC_SOURCE_DIR/tests/lib/pg.sh"

# replay NAME: into a new database of this name.
replay()
{
	echo "replay into an empty database: $1"
	pg_as "$pg_bin/createdb" -h "$PIDC_PG" -U postgres "$1"
	"$PIDC_BUILD_DIR/tests/db/pidc-replay-empty" "host=$PIDC_PG dbname=pidc user=pidc_app" \
		"host=$PIDC_PG dbname=$1 user=postgres" "host=$PIDC_PG dbname=$1 user=pidc_app"
}

sql()
{
	pg_as psql -h "$PIDC_PG" -U postgres -d pidc -qAt -v ON_ERROR_STOP=1 -c "$1"
}

"$PIDC_SOURCE_DIR/dev" demo --keep
set -a
# shellcheck disable=SC1091 # written by demo
. "$PIDC_STATE/env"
set +a
replay after_story
/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/random_run.py" "${PIDC_SEED:-1}"
replay after_random_run
# It would be seen if it were not so.
sql "UPDATE pidc.dataset SET title = title || '!' WHERE index = (SELECT max(index) FROM pidc.dataset)"
status=0
replay after_tampering >"$register_dir/differing" || status=$?
differing=$(grep DIFFERENT "$register_dir/differing" | tr -s ' ')
if [ "$status" -ne 1 ] || [ "$differing" != "DIFFERENT dataset" ]; then
	cat "$register_dir/differing"
	echo "a changed row was not noticed: exit $status"
	exit 1
fi
