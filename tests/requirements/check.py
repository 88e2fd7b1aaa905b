#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Count the requirement rows that have a negative test which ran and passed.

  check.py CTEST-LOG

A test is one for row PRO-4a when its function is called ...PRO_4a_b... or a line of its
file says PRO-4a.b, and ctest says that it passed. Fails when a row of rows.txt has none and
does not stand in missing.txt, and when that list has got longer: it may only shrink."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)


def rows():
    """{id: (title, ids that speak for it)}"""
    found = {}
    for line in open(os.path.join(HERE, "rows.txt"), encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            row, text = line.split(None, 1)
            title, _, others = text.strip().partition(" = ")
            found[row] = (title, others.split())
    return found


def missing():
    with open(os.path.join(HERE, "missing.txt"), encoding="utf-8") as lines:
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def passed(log):
    """Names of the tests that ctest says passed."""
    return re.findall(r"Test +#\d+: (\S+) \.* +Passed", open(log, encoding="utf-8").read())


def python_files(path, seen):
    """A script and what it imports of ours."""
    if path in seen or not os.path.exists(path):
        return
    seen.add(path)
    for module in re.findall(r"^\s*(?:from|import) (\w+)", open(path, encoding="utf-8").read(),
                             re.M):
        python_files(os.path.join(os.path.dirname(path), module + ".py"), seen)


def files_of(test):
    """The sources that a test of ctest runs."""
    if not test.startswith("e2e_"):
        return [path for path in (os.path.join(TESTS, folder, test + ".c")
                                  for folder in ("unit", "db")) if os.path.exists(path)]
    path = os.path.join(TESTS, "e2e", test[len("e2e_"):] + ".sh")
    if not os.path.exists(path):
        return []
    seen = set()
    for name in re.findall(r"tests/e2e/(\w+\.py)", open(path, encoding="utf-8").read()):
        python_files(os.path.join(TESTS, "e2e", name), seen)
    return [path] + sorted(seen)


def names_in(path):
    """Names of the functions that test, and all else that a line may say of a row."""
    text = open(path, encoding="utf-8").read()
    names = re.findall(r"^static void (\w+)\(void \*\*\w*\)|^ *def (test_\w+)\(", text, re.M)
    return [a or b for a, b in names], text


def covered(ids, log):
    found = set()
    for path in sorted({path for test in passed(log) for path in files_of(test)}):
        names, text = names_in(path)
        for row in ids:
            name = re.escape(row.replace("-", "_")) + r"_?[a-n](?![a-z0-9])"
            said = re.escape(row) + r"\.[a-n](?![a-z0-9])"
            if any(re.search(name, n) for n in names) or re.search(said, text):
                found.add(row)
    return found


def grown():
    """Rows that were put into missing.txt after its first commit; none without a history."""
    def git(*words):
        done = subprocess.run(("git", "-C", HERE) + words, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode().split("\n")
    first = git("log", "--diff-filter=A", "--format=%H", "-1", "--", "missing.txt")[0]
    lines = git("diff", first, "--", "missing.txt") if first else []
    return [x[1:] for x in lines if re.match(r"\+[A-Z]", x)]


def main():
    table, gaps = rows(), missing()
    own = {row for row, (_, others) in table.items() if not others}
    done = covered(own, sys.argv[1])
    done |= {row for row, (_, others) in table.items()
             if others and all(other in done for other in others)}
    for row in gaps:
        if row in done:
            print("requirements: %s has a negative test now: take it out of missing.txt" % row)
    wrong = ["%s was put into missing.txt, which may only shrink" % row for row in grown()]
    wrong += ["%s is no row of rows.txt" % row for row in gaps if row not in table]
    wrong += ["%s (%s) has no negative test that passed" % (row, table[row][0])
              for row in table if row not in done and row not in gaps]
    print("%d of %d requirement rows have a negative test that passed; without: %s" % (
        len(done), len(table), " ".join(r for r in table if r not in done) or "none"))
    for line in wrong:
        print("requirements: " + line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
