#!/bin/sh
# SPDX-License-Identifier: ISC
#
# doc/own-agent.md says how an agency writes its own agent; here its blocks are run, as they
# stand, against a register of their own. PRI-9d.
# CTest labels: sharing ledger
# CTest timeout: 300
set -eu
# shellcheck source=tests/e2e/register.sh
. "$PIDC_SOURCE_DIR/tests/e2e/register.sh"
register_up
guide=$PIDC_SOURCE_DIR/doc/own-agent.md
export WORK="$register_dir/work"
for language in sh python; do
	/usr/bin/python3 "$PIDC_SOURCE_DIR/tests/e2e/own_agent.py" "$guide" $language \
		>"$register_dir/guide.$language"
done
cd "$PIDC_SOURCE_DIR"
sh -eu "$register_dir/guide.sh"
/usr/bin/python3 "$register_dir/guide.python"
