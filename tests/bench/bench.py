#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""./dev bench: how fast the register is, as ratios to peers that are measured in the
same run, in turn. doc/benchmarks.md says how to read the table. Raw numbers go to
build/bench/results.json."""

import argparse
import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import release_rows  # noqa: E402
import rows  # noqa: E402
from world import OUT, World, say  # noqa: E402

ALL = dict(rows.ROWS, **release_rows.ROWS)

class Row:
    """One comparison: contestants in turn, several rounds, medians."""

    def __init__(self, options, name, title):
        self.name = name
        self.title = title
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.samples = {}
        self.verdicts = []

    def race(self, contestants, rounds=None):
        """{label: function that gives a sample (a dict)}; alternating."""
        for n in range(rounds or self.rounds):
            for label, function in contestants.items():
                sample = function()
                self.samples.setdefault(label, []).append(sample)
                say("%s round %d %-28s %s" % (self.name, n + 1, label, brief(sample)))

    def add(self, label, sample):
        self.samples.setdefault(label, []).append(sample)
        say("%s %-28s %s" % (self.name, label, brief(sample)))

    def median(self, label, key):
        values = [s[key] for s in self.samples[label] if s.get(key) is not None]
        return statistics.median(values) if values else None

    def goal(self, text, value, is_met):
        self.verdicts.append({"goal": text, "value": round(value, 3), "met": bool(is_met)})

    def result(self):
        return {"row": self.name, "title": self.title, "samples": self.samples,
                "medians": {label: {key: self.median(label, key)
                                    for key in sorted({k for s in samples for k in s})
                                    if isinstance(samples[0].get(key), (int, float))}
                            for label, samples in self.samples.items()},
                "goals": self.verdicts}


def brief(sample):
    names = (("rate", "%.0f/s"), ("p50_us", "p50 %.0f us"), ("p99_us", "p99 %.0f us"),
             ("cpu_us", "cpu %.2f us"), ("database_us", "db %.2f us"), ("mb_s", "%.1f MB/s"),
             ("mib", "%.2f MiB"), ("ratio", "x %.2f"))
    return ", ".join(form % sample[key] for key, form in names if sample.get(key) is not None)


def print_table(results):
    print("%-4s %-34s %11s %9s %9s %9s %9s" % (
        "row", "contestant", "calls/s", "p50 us", "p99 us", "cpu us", "db us"))
    for result in results:
        print("%-4s %s" % (result["row"], result["title"]))
        for label, medians in result["medians"].items():
            cells = [medians.get(k) for k in ("rate", "p50_us", "p99_us", "cpu_us", "database_us")]
            print("     %-34s %11s %9s %9s %9s %9s" % (
                (label,) + tuple("" if c is None else "%.0f" % c if c >= 100 else "%.2f" % c
                                 for c in cells)) + extra(medians))
        for goal in result["goals"]:
            print("     %-6s %s: %.2f" % ("met" if goal["met"] else "MISSED", goal["goal"],
                                          goal["value"]))


def extra(medians):
    return "".join("  %s %.2f" % (k, medians[k]) for k in ("mb_s", "mib", "kib", "ratio")
                   if medians.get(k) is not None)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("rows", nargs="*", help="P1 ... P9; all of them if none is named")
    parser.add_argument("--full", action="store_true", help="the sizes of doc/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keys", type=int, help="contributions and consents in the register")
    parser.add_argument("--keep", action="store_true", help="leave the register running")
    options = parser.parse_args()
    options.seconds = options.seconds or (5.0 if options.full else 2.0)
    options.keys = options.keys or (1000000 if options.full else 20000)
    wanted = [w.upper() for w in options.rows] or sorted(ALL)
    for name in wanted:
        if name not in ALL:
            parser.error("no row %s; there are %s" % (name, ", ".join(sorted(ALL))))
    keys = options.keys
    if "P6" in wanted:
        keys = max(keys, *release_rows.growth_sizes(options))
    world = World(keys)
    results = []
    try:
        world.up()
        for name in wanted:
            title, function = ALL[name]
            row = Row(options, name, title)
            say("%s: %s" % (name, title))
            function(world, row, options)
            world.stop()
            results.append(row.result())
    finally:
        if not options.keep:
            world.down()
    with open(os.path.join(OUT, "results.json"), "w", encoding="utf-8") as f:
        json.dump({"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                   "load_average": os.getloadavg(), "keys": options.keys, "full": options.full,
                   "results": results}, f, indent=1)
    print_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
