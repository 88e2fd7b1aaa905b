#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A random life of a register: random commands by random organisations, lawful and not,
against a daemon whose clock leaps and steps back. After every step the new entries of the
ledger go through tests/e2e/simulation_model.py, which knows the invariants and recomputes
every decision from the payloads, and the tables are compared with it (I1, I2, I6 to I8,
I10, I13, I14); what is missing and what is another's look the same (I11); at the end all
entries are read once more (I9) and the daemon verifies itself (I12, in the script). Then
one defect for each invariant is planted, to see that it would have been found
(simulation_faults.py).

Wants the variables of build/up/env. PIDC_SEED and PIDC_STEPS for longer runs."""

import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemonlib import Daemon  # noqa: E402
from pidclib import Refused, new_id  # noqa: E402
from simulation_acts import Acts  # noqa: E402
from simulation_faults import plant_all  # noqa: E402
from simulation_model import Violation, demand  # noqa: E402
from simulation_tables import Clock, Tables, check_tables, read_ledger, take_entries  # noqa: E402

# What a hostile or careless client may be told; anything else is a defect.
BROKEN = ("E_INTERNAL", "E_UNAVAILABLE", "E_OUTCOME_UNKNOWN", "")
HOUR = 3600


class Life(Acts):
    def __init__(self, seed, tables, clock, address):
        super().__init__(seed, address, clock)
        self.tables = tables
        self.counts = {}

    def catch_up(self):
        """Give the model what the ledger has got since."""
        take_entries(self.model, read_ledger(self.tables, self.model.size))

    def check(self):
        self.catch_up()
        head = self.client("tv-officer").call("LedgerService", "GetHead")
        demand(head.size == self.model.size, "I6 size", head.size, self.model.size)
        demand(head.root_hash == self.model.root(), "I6 root")
        check_tables(self.model, self.tables)

    def check_hidden(self):
        """I11: what is another's, and what nobody has."""
        owner, _, item = self.pick(*self.items)
        stranger = self.client(self.pick(*{"tv", "fj", "ck"} - {owner}) + "-agent")
        seen = []
        for asked in (item, new_id()):
            try:
                stranger.call("DataService", "GetContribution", contribution_id=asked)
                seen.append("shown")
            except Refused as e:
                seen.append((e.code, e.reason, e.message.replace(asked, "")))
        demand(seen[0] == seen[1], "I11 missing and another's differ", seen)

    def step_clock(self):
        """Ahead by hours, or back by days: the register's time only goes on."""
        before = self.model.tx_time
        self.clock.step(self.pick(HOUR, 7 * HOUR, 20 * HOUR, -HOUR, -30 * HOUR))
        self.define()
        self.catch_up()
        demand(self.model.tx_time > before, "I8 the clock went back")

    def step(self):
        action = self.pick(
            self.define, *[self.submit] * 3, *[self.open_chain] * 5, *[self.change_chain] * 3,
            *[self.fetch] * 10, *[self.approve] * 2, *[self.answer] * 2,
            *[self.use_approval] * 2, self.correct_chain, self.correct_item, self.lower,
            *[self.recall] * 2, *[self.answer_recall] * 2, self.cheat, *[self.handle] * 2, self.repeat,
            *([self.revoke_all] if self.dice.random() < 0.5 else []), self.step_clock)
        if len(self.items) < 6:
            action = self.submit if self.data else self.define
        count = self.counts.setdefault(action.__name__, [0, 0])
        try:
            action()
            count[0] += 1
        except Refused as e:
            demand(e.reason not in BROKEN, "an answer that is none", action.__name__, e.code,
                   e.reason, e.message)
            count[1] += 1


def live(life, steps):
    """All steps, with all that has to hold after each."""
    for n in range(steps):
        try:
            life.step()
            life.check()
            if life.items:
                life.check_hidden()
        except Violation as e:
            raise SystemExit("FAIL after step %d: %s" % (n, e)) from None


def main():
    seed = int(os.environ.get("PIDC_SEED", "0")) or random.randrange(1 << 32)
    steps = int(os.environ.get("PIDC_STEPS", "300"))
    print("PIDC_SEED=%d" % seed, flush=True)
    tables = Tables()
    clock = Clock(tables)
    daemon = Daemon("ledger.max_clock_step_ms=86400000")
    try:
        life = Life(seed, tables, clock, daemon.address)
        live(life, steps)
        plant_all(life)
        life.check()
    finally:
        daemon.close()
        clock.close()
    for name, (done, refused) in sorted(life.counts.items()):
        print("     %-13s %4d done, %4d refused" % (name, done, refused))
    model = life.model
    if not model.releases:
        raise SystemExit("FAIL nothing was ever released")
    print("ok   %d steps, %d entries, %d items released, %d approvals, %d recalled" % (
        steps, model.size, len(model.releases), len(model.approvals), len(model.recalls)))


main()
