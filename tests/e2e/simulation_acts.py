# SPDX-License-Identifier: ISC
"""What the organisations of tests/e2e/simulation.py do, by chance: each act gives the reply
or raises Refused."""

import random
import time

from pidclib import Client, Refused, after, column, new_id
from simulation_consents import CATEGORIES, FIELDS, OWNERS, WHY, Consents
from simulation_fetches import Fetches
from simulation_model import C, D, S, Model, Violation, demand


class Acts(Consents, Fetches):
    def __init__(self, seed, address=None, clock=None):
        self.dice = random.Random(seed)
        self.address = address
        self.clock = clock  # of the register's database, or None
        self.model = Model()
        self.clients = {}
        self.origin = self.client("tv-officer").call("AdminService", "GetServerInfo").origin
        self.data = []  # (owner, dataset)
        self.items = []  # (owner, dataset, contribution)
        self.consents = []  # (owner, consent)
        self.last = None  # the last repeatable request

    def client(self, name, capacity=None):
        if (name, capacity) not in self.clients:
            self.clients[name, capacity] = Client(name, self.address, capacity)
        return self.clients[name, capacity]

    def pick(self, *choices):
        return self.dice.choice(choices)

    def some(self, choices):
        return self.dice.sample(choices, self.dice.randint(1, len(choices)))

    def now(self):
        """The register's clock, as far as anybody outside can tell."""
        ahead = self.clock.ahead_s if self.clock else 0
        return max(self.model.tx_time, int((time.time() + ahead) * 1000000))

    def later(self, days):
        stamp = after(0)
        stamp.FromMicroseconds(self.now() + int(days * 86400 * 1000000))
        return stamp

    # ---- data

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

    def correct_item(self):
        """The old one is released no more."""
        owner, dataset, old = self.pick(*self.items)
        k = self.model.contributions[old]
        reply = self.client(owner + "-agent").call(
            "DataService", "SubmitContribution", request_id=new_id(), dataset_id=dataset,
            period=self.period(), replaces_id=old, classification=k["classification"],
            columns=[column(f, [self.dice.randint(1, 9)]) for f in FIELDS])
        self.items.append((owner, dataset, reply.contribution_id))

    def lower(self):
        """Back from AMBER, by two; sometimes by one, which is not enough."""
        high = [i for i, k in self.model.contributions.items()
                if k["classification"] >= C.CLASSIFICATION_AMBER]
        if not high:
            return
        item = self.pick(*high)
        k = self.model.contributions[item]
        owner = self.model.datasets[k["dataset"]][0].owner_org
        said = D.Reclassification(origin=self.origin, owner_org=owner, contribution_id=item,
                                  version=k["version"], to=C.CLASSIFICATION_GREEN, reason=WHY)
        setattr(said, "from", k["classification"])
        officer, head = self.client(owner + "-officer"), self.client(owner + "-head")
        more = {} if self.dice.random() < 0.2 else {"approval": head.sign(said).signature}
        officer.call("DataService", "ReclassifyContribution", request_id=new_id(),
                     contribution_id=item, expected_version=k["version"], reason=WHY,
                     classification=C.CLASSIFICATION_GREEN, signed=officer.sign(said), **more)
        demand(more, "SD-6 lowered by one")

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
            reason=WHY, **more)
