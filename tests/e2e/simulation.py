#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A random life of a register: random commands by random organisations, lawful and not,
against a running daemon. After every few of them the new entries of the ledger go through
tests/e2e/simulation_model.py, which knows the invariants and recomputes every decision
(I1, I2, I6 to I10, I14) from the payloads; at the end the daemon verifies itself (I12).

Wants the variables of build/up/env. PIDC_SEED and PIDC_STEPS for longer runs."""

import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, after, column, new_id  # noqa: E402
from simulation_model import C, D, S, Model, Violation, demand  # noqa: E402

EVERY = 20  # steps between checks
FIELDS = ("month", "count", "nationality")
PURPOSES = ("ME", "RESEARCH_STAT", "OPS_BORDER", "DONOR_REPORTING")
CATEGORIES = ("OVER", "RAS")
OWNERS = ("tv", "fj")
RECIPIENTS = ("iom", "unhcr", "nz")
# What a hostile or careless client may be told; anything else is a defect.
BROKEN = ("E_INTERNAL", "E_UNAVAILABLE", "E_OUTCOME_UNKNOWN", "")


class Tables:
    """Reads the tables behind the daemon's back, in one session."""

    def __init__(self):
        self.session = subprocess.Popen(
            ["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAtX",
             "-v", "ON_ERROR_STOP=1"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rows(self, query):
        self.session.stdin.write(query + ";\n\\echo end of rows\n")
        self.session.stdin.flush()
        for line in iter(self.session.stdout.readline, "end of rows\n"):
            if not line:
                raise SystemExit("FAIL psql ended")
            yield line.rstrip("\n").split("|")


class Life:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.model = Model()
        self.tables = Tables()
        self.clients = {}
        self.origin = self.client("tv-officer").call("AdminService", "GetServerInfo").origin
        self.data = []  # (owner, dataset)
        self.items = []  # (owner, dataset, contribution)
        self.consents = []  # [owner, consent, version]
        self.counts = {}
        self.last = None  # the last repeatable request

    def client(self, name, capacity=None):
        if (name, capacity) not in self.clients:
            self.clients[name, capacity] = Client(name, capacity=capacity)
        return self.clients[name, capacity]

    def pick(self, *choices):
        return self.dice.choice(choices)

    def some(self, choices):
        return self.dice.sample(choices, self.dice.randint(1, len(choices)))

    # ---- commands; each gives the reply or raises Refused

    def define(self):
        owner = self.pick(*OWNERS)
        reply = self.client(owner + "-agent").call(
            "DataService", "DefineDataset", request_id=new_id(), dataset=D.Dataset(
                category=self.pick(*CATEGORIES), title="Life",
                granularity=self.pick(C.GRANULARITY_AGGREGATE, C.GRANULARITY_AGGREGATE,
                                      C.GRANULARITY_DEIDENTIFIED),
                classification_default=self.pick(C.CLASSIFICATION_GREEN, C.CLASSIFICATION_CLEAR),
                legal_basis="Immigration Act", ethics_note="none", retention_months=12,
                fields=[D.DatasetField(name=f, type=D.FIELD_TYPE_TEXT) for f in FIELDS]))
        self.data.append((owner, reply.dataset.dataset_id))

    def period(self):
        start = self.dice.randint(0, 3)
        span = C.TimeRange(to=self.day(start + self.dice.randint(1, 3)))
        getattr(span, "from").CopyFrom(self.day(start))
        return span

    @staticmethod
    def day(n):
        stamp = C.TimeRange().to
        stamp.FromSeconds(1767225600 + n * 86400)
        return stamp

    def submit(self):
        owner, dataset = self.pick(*self.data)
        request = dict(request_id=new_id(), dataset_id=dataset, period=self.period(),
                       columns=[column(f, [self.dice.randint(1, 9)]) for f in FIELDS])
        self.last = (owner + "-agent", "DataService", "SubmitContribution", request)
        reply = self.client(owner + "-agent").call("DataService", "SubmitContribution", **request)
        self.items.append((owner, dataset, reply.contribution_id))

    def repeat(self):
        """The same request gets the first answer."""
        if self.last is None:
            return
        name, service, method, request = self.last
        size = self.size()
        first = self.client(name).call(service, method, **request)
        demand(first == self.client(name).call(service, method, **request), "SYS-3")
        demand(self.size() == size, "SYS-3 nothing is appended")

    def size(self):
        return self.client("tv-officer").call("LedgerService", "GetHead").size

    def terms(self, owner, kind):
        is_grant = kind == S.STATEMENT_KIND_GRANT
        st = S.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org=owner, kind=kind,
            purposes=self.some(PURPOSES[:2]) + self.some(PURPOSES[2:3]), origin=self.origin,
            actions=self.some([C.ACTION_DISCOVER, C.ACTION_READ, C.ACTION_READ]),
            mode=self.pick(*[S.GRANT_MODE_ADD] * 8, S.GRANT_MODE_EXCLUSIVE,
                           S.GRANT_MODE_UNSPECIFIED) if is_grant else 0,
            valid_to=after(self.pick(1, 90)) if is_grant or self.dice.random() < 0.3 else None)
        st.actions[:] = sorted(set(st.actions))
        if self.dice.random() < 0.2:
            st.valid_from.CopyFrom(after(0.5))
        if self.dice.random() < 0.3:
            st.data_period.CopyFrom(self.period())
        if is_grant and self.dice.random() < 0.3:
            st.conditions.add(kind=self.pick(S.CONDITION_KIND_NO_ONWARD,
                                             S.CONDITION_KIND_ATTRIBUTION,
                                             S.CONDITION_KIND_AGGREGATE_ONLY))
        st.fields[:] = self.some(FIELDS) if self.dice.random() < 0.6 else FIELDS
        self.select(st, owner)
        return st

    def select(self, st, owner):
        mine = [i for i in self.items if i[0] == owner]
        way = self.dice.randrange(1 if st.kind == S.STATEMENT_KIND_VETO else 4)
        if way == 0 and mine:
            st.data.contribution_ids[:] = sorted({i[2] for i in self.dice.choices(mine, k=2)})
        elif way == 1 and mine:
            st.data.dataset_ids.append(self.pick(*mine)[1])
        elif way == 2:
            st.data.category.category = self.pick(*CATEGORIES)
            st.data.category.granularity_ceiling = self.pick(C.GRANULARITY_AGGREGATE,
                                                             C.GRANULARITY_DEIDENTIFIED)
        else:
            st.data.all_of_owner = True
        to = self.pick(*RECIPIENTS)
        st.recipient.capacity = C.CAPACITY_MEMBER if to == "nz" else C.CAPACITY_PARTNER
        if st.kind == S.STATEMENT_KIND_VETO and self.dice.random() < 0.3:
            st.recipient.all_partners = True
            st.recipient.capacity = C.CAPACITY_PARTNER
        else:
            st.recipient.orgs.append(to)

    def record(self, owner, st, signer=None):
        signer = self.client(signer or owner + "-officer")
        return self.client(owner + "-officer").call(
            "ConsentService", "RecordStatement", request_id=new_id(), signed=signer.sign(st))

    def open_chain(self):
        owner = self.pick(*OWNERS)
        kind = self.pick(*[S.STATEMENT_KIND_GRANT] * 9, S.STATEMENT_KIND_VETO)
        st = self.terms(owner, kind)
        self.record(owner, st)
        self.consents.append([owner, st.consent_id, 1])

    def change_chain(self):
        if not self.consents:
            return
        consent = self.pick(*self.consents)
        owner, consent_id, version = consent
        kind = self.pick(S.STATEMENT_KIND_REVOKE, S.STATEMENT_KIND_SUSPEND,
                         S.STATEMENT_KIND_RESUME, S.STATEMENT_KIND_RESUME,
                         S.STATEMENT_KIND_GRANT)
        if kind == S.STATEMENT_KIND_GRANT:
            st = self.terms(owner, kind)
        else:
            st = S.ConsentStatement(statement_id=new_id(), owner_org=owner, kind=kind,
                                    reason="as the dice fell", origin=self.origin)
            if kind == S.STATEMENT_KIND_REVOKE:
                st.fall_back = self.dice.random() < 0.5
        st.consent_id = consent_id
        st.version = version + 1
        self.record(owner, st)
        consent[2] += 1

    def cheat(self):
        """Sign for another; sign as another; skip a version; take another's data."""
        owner, other = self.dice.sample(OWNERS, 2)
        st = self.terms(owner, S.STATEMENT_KIND_GRANT)
        way = self.dice.randrange(4)
        before = self.size()
        try:
            if way == 0:
                self.record(other, st)
            elif way == 1:
                self.record(owner, st, other + "-officer")
            elif way == 2:
                st.version = 7
                self.record(owner, st)
            else:
                mine = [i for i in self.items if i[0] == owner]
                self.client(other + "-agent").call(
                    "DataService", "SubmitContribution", request_id=new_id(),
                    dataset_id=mine[0][1] if mine else new_id(), period=self.period(),
                    columns=[column(f, [1]) for f in FIELDS])
        except Refused:
            demand(self.size() == before, "a refused change leaves nothing", way)
            raise
        raise Violation("nobody stopped a cheat: %d" % way)

    def handle(self):
        """The owner's other ways to stop a release."""
        owner, _, item = self.pick(*self.items)
        method, more = self.pick(
            ("HoldContribution", {}), ("ReleaseHold", {}), ("ReleaseHold", {}),
            ("WithdrawContribution", {}),
            ("ReclassifyContribution", {"classification": C.CLASSIFICATION_AMBER}))
        self.client(owner + "-officer").call(
            "DataService", method, request_id=new_id(), contribution_id=item,
            reason="as the dice fell", **more)

    def question(self, owner):
        """Anything; mostly something like what somebody was given."""
        to = self.pick(*RECIPIENTS)
        asked = {"owner": owner, "recipient": to,
                 "capacity": C.CAPACITY_MEMBER if to == "nz" else C.CAPACITY_PARTNER,
                 "purpose": self.pick(*PURPOSES), "action": C.ACTION_READ,
                 "fields": self.some(FIELDS)}
        grants = [c.terms for c in self.model.chains.values()
                  if c.owner == owner and c.state == "CURRENT" and c.terms.recipient.orgs]
        if grants and self.dice.random() < 0.8:
            st = self.pick(*grants)
            asked.update(recipient=st.recipient.orgs[0], capacity=st.recipient.capacity,
                         purpose=self.pick(*st.purposes), fields=self.some(list(st.fields)))
        if self.dice.random() < 0.05:
            asked["capacity"] = C.CAPACITY_FUNDER
        return asked

    def fetch(self):
        for _ in range(20):  # half of the time something that should be given
            owner, dataset, item = self.pick(*self.items)
            asked = self.question(owner)
            if self.dice.random() < 0.1 or self.model.permits(asked, item):
                break
        to = asked["recipient"]
        ids = sorted({item} | {i[2] for i in self.items if i[1] == dataset
                               and self.dice.random() < 0.2})
        client = self.client(to + "-officer", C.Capacity.Name(asked["capacity"])[9:])
        try:
            got = [i.contribution_id for reply in client.stream(
                "DisclosureService", "Fetch", owner_org=owner, purpose=asked["purpose"],
                action=asked["action"], fields=asked["fields"], contribution_ids=ids)
                for i in reply.items]
        except Refused as e:
            self.catch_up()
            demand(not all(self.model.permits(asked, i) for i in ids),
                   "a fetch was refused that nothing forbids", e.reason, asked, ids)
            raise
        demand(sorted(got) == ids, "a fetch gives what was asked for")

    # ---- checks

    def catch_up(self):
        """Give the model what the ledger has got since."""
        for index, tx_us, leaf, salt, payload, concerns in self.tables.rows(
                "SELECT index, (extract(epoch FROM tx_time) * 1000000)::bigint,"
                " encode(leaf, 'hex'), encode(salt, 'hex'), encode(payload, 'hex'),"
                " array_to_string(concerns, ',') FROM pidc.ledger_entry WHERE index >= %d"
                " ORDER BY index" % self.model.size):
            self.model.take(int(index), int(tx_us), bytes.fromhex(leaf), bytes.fromhex(salt),
                            bytes.fromhex(payload), concerns.split(",") if concerns else [])

    def check_tables(self):
        """I6, I7, I10: heads, chains and states that the tables keep."""
        model, rows = self.model, self.tables.rows
        ((size,),) = rows("SELECT size FROM pidc.ledger_head")
        demand(int(size) == model.size, "I6 size", size, model.size)
        heads = {org: (int(count), int(last)) for org, count, last in rows(
            "SELECT org, sequence, last_index FROM pidc.ledger_chain WHERE sequence > 0")}
        demand(heads == model.sequences, "I7 heads", heads, model.sequences)
        states = dict(rows("SELECT consent_id, state FROM pidc.consent_chain"))
        demand(states == {i: c.state for i, c in model.chains.items()}, "I10 consents", states)
        found = {i: (status, classification) for i, status, classification in rows(
            "SELECT contribution_id, status, classification FROM pidc.contribution")}
        expected = {i: (D.ContributionStatus.Name(k["status"])[20:],
                        C.Classification.Name(k["classification"])[15:])
                    for i, k in model.contributions.items()}
        demand(found == expected, "I10 contributions",
               set(found.items()) ^ set(expected.items()))

    def check(self):
        """And I9: the root over all that was read, though it was read long ago."""
        self.catch_up()
        head = self.client("tv-officer").call("LedgerService", "GetHead")
        demand(head.size == self.model.size, "I6 size", head.size, self.model.size)
        demand(head.root_hash == self.model.root(), "I6 root")
        self.check_tables()

    def step(self):
        action = self.pick(*[self.define] * 1, *[self.submit] * 3, *[self.open_chain] * 4,
                           *[self.change_chain] * 3, *[self.fetch] * 8, self.cheat, self.handle,
                           self.repeat)
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


def main():
    seed = int(os.environ.get("PIDC_SEED", "0")) or random.randrange(1 << 32)
    steps = int(os.environ.get("PIDC_STEPS", "300"))
    print("PIDC_SEED=%d" % seed, flush=True)
    life = Life(seed)
    try:
        for n in range(steps):
            life.step()
            if n % EVERY == 0:
                life.check()
        life.check()
    except Violation as e:
        raise SystemExit("FAIL after step %d: %s" % (n, e))
    for name, (done, refused) in sorted(life.counts.items()):
        print("     %-13s %4d done, %4d refused" % (name, done, refused))
    if not life.model.releases:
        raise SystemExit("FAIL nothing was ever released")
    print("ok   %d steps, %d entries, %d items released" % (
        steps, life.model.size, len(life.model.releases)))


main()
