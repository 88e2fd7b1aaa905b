#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pidcctl against a daemon: what it prints, what it writes and what it must not,
and the exit status of each outcome. Arguments: only these tests. Wants the variables
of build/up/env."""

import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import ctl_board  # noqa: E402
import ctl_consent  # noqa: E402
import ctl_contribution  # noqa: E402
import ctl_disclosure  # noqa: E402
import ctl_failure  # noqa: E402
import ctl_ledger  # noqa: E402
import ctl_policy  # noqa: E402
import ctl_terminal  # noqa: E402
import ctl_upload  # noqa: E402

NOUNS = (ctl_contribution, ctl_failure, ctl_consent, ctl_disclosure, ctl_ledger, ctl_upload, ctl_board, ctl_policy,
         ctl_terminal)


def main():
    failed = 0
    wanted = sys.argv[1:]
    tests = [pair for noun in NOUNS for pair in vars(noun).items()]
    for name, test in tests:
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        try:
            test()
            print("ok   %s" % name, flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("FAIL %s\n%s" % (name, traceback.format_exc()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
