#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Ending a consent against fetches on many connections to two daemons (the guarantee of
revocation: "on any connection").

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
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

d, c, s = pb["data"], pb["common"], pb["statement"]
CONNECTIONS = 5
CONTRIBUTIONS = 6
DEADLINE = 30

# Where a batch is held up, and by which lock: before it begins, while it reads its facts,
# when it appends, when it projects, and between a release and its content.
HOLDS = {
    "head": "SELECT 1 FROM ledger_head FOR UPDATE",
    "facts": "LOCK TABLE consent_chain IN ACCESS EXCLUSIVE MODE",
    "append": "LOCK TABLE ledger_entry IN SHARE MODE",
    "apply": "LOCK TABLE disclosure, consent_statement IN SHARE MODE",
    "content": "LOCK TABLE contribution_content IN ACCESS EXCLUSIVE MODE",
}

tv_agent, tv = Client("tv-agent"), Client("tv-officer")
ORIGIN = tv.call("AdminService", "GetServerInfo").origin


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


class World:
    """One dataset, its contributions, and the consent that lets IOM fetch it."""

    def __init__(self):
        self.dataset_id = tv_agent.call(
            "DataService", "DefineDataset", request_id=new_id(), dataset=d.Dataset(
                category="OVER", title="Race", granularity=c.GRANULARITY_AGGREGATE,
                classification_default=c.CLASSIFICATION_GREEN, legal_basis="Immigration Act",
                ethics_note="none", retention_months=12,
                fields=[d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)]),
        ).dataset.dataset_id
        self.ids = [tv_agent.call(
            "DataService", "SubmitContribution", request_id=new_id(), dataset_id=self.dataset_id,
            columns=[column("count", [n + 1])]).contribution_id for n in range(CONTRIBUTIONS)]
        self.grant = self.terms(s.STATEMENT_KIND_GRANT)
        self.record(self.grant)

    def terms(self, kind):
        return s.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv", kind=kind,
            data=s.DataSelector(dataset_ids=[self.dataset_id]),
            recipient=s.RecipientSelector(orgs=["iom"], capacity=c.CAPACITY_PARTNER),
            purposes=["ME"], actions=[c.ACTION_READ], fields=["count"],
            mode=s.GRANT_MODE_ADD if kind == s.STATEMENT_KIND_GRANT else 0,
            valid_to=after(90) if kind == s.STATEMENT_KIND_GRANT else None, origin=ORIGIN)

    def change(self, kind):
        return s.ConsentStatement(
            statement_id=new_id(), consent_id=self.grant.consent_id, version=2, owner_org="tv",
            kind=kind, reason="race", origin=ORIGIN)

    @staticmethod
    def record(statement):
        return tv.call("ConsentService", "RecordStatement", timeout=DEADLINE, request_id=new_id(),
                       signed=tv.sign(statement)).position.revision

    def data(self, method, **kw):
        return tv.call("DataService", method, timeout=DEADLINE, request_id=new_id(),
                       contribution_id=self.ids[0], reason="race", **kw).position.revision


# Name: what ends it, and which items of a release rest on what was ended.
def rests_on_chain(world, item):
    return item.consent_id == world.grant.consent_id


def rests_on_first(world, item):
    return item.contribution_id == world.ids[0]


ENDS = {
    "revoke": (lambda w: w.record(w.change(s.STATEMENT_KIND_REVOKE)), rests_on_chain),
    "suspend": (lambda w: w.record(w.change(s.STATEMENT_KIND_SUSPEND)), rests_on_chain),
    # The phantom: a row that was not there when the release read its facts.
    "veto": (lambda w: w.record(w.terms(s.STATEMENT_KIND_VETO)),
             lambda w, item: item.dataset_id == w.dataset_id),
    "hold": (lambda w: w.data("HoldContribution"), rests_on_first),
    "withdraw": (lambda w: w.data("WithdrawContribution"), rests_on_first),
    # One signature reaches GREEN at most, so the grant does not cover it any more.
    "reclassify": (lambda w: w.data("ReclassifyContribution",
                                    classification=c.CLASSIFICATION_AMBER), rests_on_first),
}


class Fetcher(threading.Thread):
    """Fetches all again and again on a connection of its own until it is refused. With
    after_return it starts when the ending has returned."""

    def __init__(self, world, address, after_return=None):
        super().__init__(daemon=True)
        self.world = world
        self.after_return = after_return
        self.client = Client("iom-agent", address=address)
        self.revisions = []
        self.reason = None

    def run(self):
        if self.after_return:
            self.after_return.wait(DEADLINE)
        try:
            while True:
                for reply in self.client.stream(
                        "DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                        action=c.ACTION_READ, fields=["count"], chunk_items=1,
                        contribution_ids=self.world.ids, timeout=DEADLINE):
                    self.revisions.append(reply.position.revision)
        except Refused as e:
            self.reason = e.reason
        finally:
            self.client.close()


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


def race(kind, point, dice, other):
    end, rests_on = ENDS[kind]
    world = World()
    returned = threading.Event()
    early = [Fetcher(world, (None, other)[n % 2]) for n in range(CONNECTIONS)]
    late = [Fetcher(world, address, returned) for address in (None, other)]
    for fetcher in early + late:
        fetcher.start()
    until(lambda: all(f.revisions or not f.is_alive() for f in early), "all are under way")
    hold = Hold(point)
    answer = []
    ender = threading.Thread(target=lambda: answer.append(end(world)), daemon=True)
    if dice.random() < 0.5:
        hold.until_somebody_waits()
        ender.start()
    else:
        ender.start()
        hold.until_somebody_waits()
    time.sleep(dice.random() * 0.05)  # how many more come to wait is up to chance
    hold.let_go()
    ender.join(DEADLINE)
    if not answer:
        fail("%s at %s: no answer" % (kind, point))
    revision = answer[0]
    returned.set()
    for fetcher in early + late:
        fetcher.join(DEADLINE)
    judge(kind, point, world, rests_on, revision, early, late)


def judge(kind, point, world, rests_on, revision, early, late):
    where = "%s at %s, returned revision %d" % (kind, point, revision)
    found = list(releases(world))
    after_it = [index for index, item in found if index > revision and rests_on(world, item)]
    if after_it:
        fail("%s: releases after it" % where, after_it)
    if any(f.is_alive() or f.reason != "D_CONSENT" for f in early + late):
        fail("%s: how fetches ended" % where, [f.reason for f in early + late])
    if any(f.revisions for f in late):
        fail("%s: a fetch that started later got" % where, [f.revisions for f in late])
    received = sorted(r for f in early for r in f.revisions)
    if not set(received) <= {index for index, _ in found}:
        fail("%s: chunks that no entry tells of" % where, received)
    print("ok   %s: %d releases before, none after" % (
        where, sum(index < revision for index, _ in found)), flush=True)


def main():
    seed = int(os.environ.get("PIDC_SEED", "0")) or random.randrange(1 << 32)
    rounds = int(os.environ.get("PIDC_ROUNDS", "2"))
    dice = random.Random(seed)
    print("PIDC_SEED=%d" % seed, flush=True)
    other = Daemon()
    try:
        for kind in ENDS:
            for point in dice.sample(sorted(HOLDS), min(rounds, len(HOLDS))):
                race(kind, point, dice, other.address)
    finally:
        other.close()


main()
