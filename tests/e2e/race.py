#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Ending a consent against fetches on many connections to two daemons (the guarantee of
revocation: "on any connection"), against the owner's answer about one release, and against
the end of an upload.

Each round makes a dataset and a grant, sets several connections to fetch without end,
holds up the database at one point (a lock that this test takes itself), ends what the
fetches rest on, lets go, and then asks the ledger: no release after the revision that
was returned may rest on it, and whatever starts afterwards is refused. No time is
asserted: the lock is let go when somebody is seen to wait for it.

Wants the variables of build/up/env. PIDC_SEED and PIDC_ROUNDS (of each kind) for longer
runs."""

import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemonlib import Daemon, sql, until  # noqa: E402
from pidclib import Client, Refused, pb  # noqa: E402
from race_world import DEADLINE, ENDS, World, c, rests_on_first, s, tv  # noqa: E402

CONNECTIONS = 5

# Where a batch is held up, and by which lock: before it begins, while it reads its facts,
# when it appends, when it projects, and between a release and its content.
HOLDS = {
    "head": "SELECT 1 FROM ledger_head FOR UPDATE",
    "facts": "LOCK TABLE consent_chain IN ACCESS EXCLUSIVE MODE",
    "append": "LOCK TABLE ledger_entry IN SHARE MODE",
    "apply": "LOCK TABLE disclosure, consent_statement IN SHARE MODE",
    "content": "LOCK TABLE contribution_content IN ACCESS EXCLUSIVE MODE",
}


class Hold:
    """A lock in a session of its own, until let go."""

    def __init__(self, point):
        self.session = subprocess.Popen(
            ["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAtX",
             "-v", "ON_ERROR_STOP=1"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.say("SET search_path = pidc; BEGIN; %s;" % HOLDS[point])
        self.say("SELECT 'backend ' || pg_backend_pid();")
        for line in iter(self.session.stdout.readline, ""):
            if line.startswith("backend "):
                self.pid = line.split()[1]
                return
        raise SystemExit("FAIL no lock")

    def say(self, text):
        self.session.stdin.write(text + "\n")
        self.session.stdin.flush()

    def until_somebody_waits(self):
        until(lambda: sql("SELECT count(*) FROM pg_stat_activity"
                          " WHERE %s = ANY (pg_blocking_pids(pid))" % self.pid) != "0",
              "somebody waits for the lock")

    def let_go(self):
        self.say("ROLLBACK;")
        self.session.stdin.close()
        self.session.wait(DEADLINE)


class Fetcher(threading.Thread):
    """Fetches all again and again on a connection of its own until it is refused. With
    after_return it starts when the ending has returned. What: contributions, a dataset or
    an approval; one that waits for its approval comes back until the ending has returned."""

    def __init__(self, address, what, after_return=None, until_return=None):
        super().__init__(daemon=True)
        self.what = what
        self.after_return = after_return
        self.until_return = until_return
        self.client = Client("iom-agent", address=address)
        self.revisions = []
        self.reason = None

    def run(self):
        if self.after_return:
            self.after_return.wait(DEADLINE)
        try:
            is_over = False
            while not is_over:
                is_over = self.until_return is None or self.until_return.wait(0.05)
                self.fetch()
        finally:
            self.client.close()

    def fetch(self):
        try:
            while True:
                for reply in self.client.stream(
                        "DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                        action=c.ACTION_READ, fields=["count"], chunk_items=1, timeout=DEADLINE,
                        **self.what):
                    self.revisions.append(reply.position.revision)
        except Refused as e:
            self.reason = e.reason


class Act(threading.Thread):
    """Something that happens once: its revision, or why it was refused."""

    def __init__(self, function):
        super().__init__(daemon=True)
        self.function = function
        self.revision = self.reason = None

    def run(self):
        try:
            self.revision = self.function()
        except Refused as e:
            self.reason = e.reason


def releases(world):
    """(index, item) of every release of the world's dataset, from the owner's ledger."""
    start = 0
    while True:
        reply = tv.call("LedgerService", "ListEntries", start=start, count=1000, is_concerned=True)
        for entry in reply.entries:
            event = pb["event"].Event.FromString(entry.payload)
            if event.WhichOneof("body") == "release_granted":
                for item in event.release_granted.items:
                    if item.dataset_id == world.dataset_id:
                        yield entry.index, item
        if not reply.entries or reply.next_start <= start:
            return
        start = reply.next_start


def fail(what, *seen):
    raise SystemExit("FAIL %s: %s" % (what, " ".join(map(str, seen))))


def collide(point, dice, acts, most_late):
    """Start all while the database is held up at that point, in an order of chance; at most
    so many of them when somebody waits already."""
    acts = dice.sample(acts, len(acts))
    late = dice.randint(0, most_late)
    hold = Hold(point)
    for act in acts[late:]:
        act.start()
    hold.until_somebody_waits()
    for act in acts[:late]:
        act.start()
    time.sleep(dice.random() * 0.05)  # how many more come to wait is up to chance
    hold.let_go()


def finish(where, returned, ending, threads):
    ending.join(DEADLINE)
    returned.set()
    for thread in threads:
        thread.join(DEADLINE)
    if any(t.is_alive() for t in (ending, *threads)):
        fail(where + ": somebody got no answer")
    broken = {"E_INTERNAL", "E_UNAVAILABLE", "E_OUTCOME_UNKNOWN", ""}
    found = [t.reason for t in (ending, *threads) if t.reason in broken]
    if found:
        fail(where + ": no answer", found)


def race_fetch(kind, point, dice, other):
    end, rests_on = ENDS[kind]
    world = World()
    returned = threading.Event()
    what = {"contribution_ids": world.ids}
    early = [Fetcher((None, other)[n % 2], what) for n in range(CONNECTIONS)]
    late = [Fetcher(address, what, returned) for address in (None, other)]
    for fetcher in early + late:
        fetcher.start()
    until(lambda: all(f.revisions or not f.is_alive() for f in early), "all are under way")
    ending = Act(lambda: end(world))
    collide(point, dice, [ending], 1)  # fetches wait
    where = "fetch, %s at %s" % (kind, point)
    finish(where, returned, ending, early + late)
    if any(f.reason != "D_CONSENT" for f in early + late):
        fail("%s: how fetches ended" % where, [f.reason for f in early + late])
    judge(where, world, rests_on, ending, early, late)


def race_approval(kind, point, dice, other):
    """The owner confirms one release, and ends at the same time what it rests on."""
    end, rests_on = ENDS[kind]
    world = World(s.CONDITION_KIND_APPROVE_EACH)
    waiting = world.ask()
    returned = threading.Event()
    what = {"approval_id": waiting.approval_id}
    early = [Fetcher((None, other)[n % 2], what, until_return=returned) for n in range(3)]
    late = [Fetcher(address, what, returned) for address in (None, other)]
    ending, answer = Act(lambda: end(world)), Act(lambda: world.confirm(waiting))
    for fetcher in late:
        fetcher.start()
    collide(point, dice, [ending, answer, *early], 3)
    where = "approval, %s at %s" % (kind, point)
    finish(where, returned, ending, [answer, *early, *late])
    judge(where, world, rests_on, ending, early, late)


def race_upload(kind, point, dice, other):
    """A file's last step, against the end of what would let it go at once. Of what an item
    comes to and its correction only one can be: neither is undone by the other."""
    end, rests_on = ENDS[kind]
    world = World()
    upload = world.upload()
    is_item = rests_on is rests_on_first
    returned = threading.Event()
    what = {"dataset_ids": [world.dataset_id]}
    early = [] if is_item else [Fetcher((None, other)[n % 2], what) for n in range(3)]
    ending = Act(lambda: end(world))
    done = Act(lambda: world.complete(upload, world.ids[0] if is_item else ""))
    for fetcher in early:
        fetcher.start()
    collide(point, dice, [ending, done], 1)
    where = "upload, %s at %s" % (kind, point)
    finish(where, returned, ending, [done, *early])
    if is_item and (ending.revision is None) == (done.revision is None):
        fail("%s: both or neither" % where, ending.reason, done.reason)
    if not is_item and done.revision is None:
        fail("%s: the upload" % where, done.reason)
    judge(where, world, rests_on, ending, early, [])


def judge(where, world, rests_on, ending, early, late):
    if ending.revision is None:
        if ending.reason is None or "upload" not in where:
            fail("%s: the end" % where, ending.reason)
        print("ok   %s: refused, the correction was first" % where, flush=True)
        return
    found = list(releases(world))
    after_it = [index for index, item in found
                if index > ending.revision and rests_on(world, item)]
    if after_it:
        fail("%s: releases after it" % where, after_it)
    if any(f.revisions for f in late):
        fail("%s: a fetch that started later got" % where, [f.revisions for f in late])
    received = sorted(r for f in early for r in f.revisions)
    if not set(received) <= {index for index, _ in found}:
        fail("%s: chunks that no entry tells of" % where, received)
    print("ok   %s, returned revision %d: %d releases before, none after" % (
        where, ending.revision, sum(index < ending.revision for index, _ in found)), flush=True)


# Each end against each of these, at so many of the points where somebody surely waits.
RACES = ((race_fetch, sorted(HOLDS), 2), (race_approval, ("append", "head"), 1),
         (race_upload, ("append", "head"), 1))


def main():
    seed = int(os.environ.get("PIDC_SEED", "0")) or random.randrange(1 << 32)
    rounds = int(os.environ.get("PIDC_ROUNDS", "1"))
    dice = random.Random(seed)
    print("PIDC_SEED=%d" % seed, flush=True)
    other = Daemon()
    try:
        for race, points, times in RACES:
            for kind in ENDS:
                for point in dice.sample(points, min(times * rounds, len(points))):
                    race(kind, point, dice, other.address)
    finally:
        other.close()


main()
