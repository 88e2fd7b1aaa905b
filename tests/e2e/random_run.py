#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A seeded random run of commands by several agencies and partners: random_run.py
[SEED [COUNT]]. Refusals are part of it; what must not happen is an answer that says that
the register itself failed. Wants the variables of build/up/env."""

import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

OWNERS = ("tv", "fj", "ws")
PARTNERS = ("iom", "unhcr", "pifs")
FIELDS = ("month", "count", "nationality", "sex", "age")
ROLES = ("ROLE_MEMBER_OFFICER", "ROLE_MEMBER_AGENT", "ROLE_BOARD_MEMBER")
BROKEN = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE,
          grpc.StatusCode.DATA_LOSS, grpc.StatusCode.DEADLINE_EXCEEDED)
s, c, d = pb["statement"], pb["common"], pb["data"]


class Run:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.clients = {}
        self.datasets = {owner: [] for owner in OWNERS}  # [id, version, fields]
        self.chains = {owner: [] for owner in OWNERS}    # [consent_id, version]
        self.principals = {owner: [] for owner in OWNERS}
        self.last = None  # (client, service, method, fields) to send again
        self.origin = self.client("tv-officer").call("AdminService", "GetServerInfo").origin
        self.done = {}

    def client(self, name):
        if name not in self.clients:
            self.clients[name] = Client(name)
        return self.clients[name]

    def some(self, items):
        return self.random.choice(items)

    def part(self, items, least=1):
        return self.random.sample(items, self.random.randint(min(least, len(items)), len(items)))

    def send(self, name, service, method, **fields):
        fields.setdefault("request_id", new_id())
        if self.random.random() < 0.05:
            fields["validate_only"] = True
        self.last = (name, service, method, fields)
        reply = self.client(name).call(service, method, **fields)
        return None if fields.get("validate_only") else reply

    # --- commands; each says whether it changed something ---

    def define(self):
        owner = self.some(OWNERS)
        known = self.some(self.datasets[owner]) if self.datasets[owner] else None
        fields = self.part(FIELDS)
        dataset = dict(
            category="OVER", title="Dataset %d" % self.random.randint(0, 99), legal_basis="Act",
            ethics_note="none", retention_months=self.random.choice((0, 12, 60)), granularity=1,
            classification_default=self.random.choice((c.CLASSIFICATION_GREEN,
                                                       c.CLASSIFICATION_AMBER)),
            min_cell_default=self.random.choice((0, 5)))
        version = 0
        if known and self.random.random() < 0.3:
            dataset["dataset_id"], version, old = known
            fields = list(dict.fromkeys(old + fields))
        dataset["fields"] = [dict(name=f, type=d.FIELD_TYPE_INTEGER) for f in fields]
        reply = self.send(self.some(("%s-officer", "%s-head", "%s-agent")) % owner, "DataService",
                          "DefineDataset", dataset=dataset, expected_version=version)
        if reply is None:
            return False
        if version:
            known[1:] = [reply.dataset.version, fields]
        else:
            self.datasets[owner].append([reply.dataset.dataset_id, reply.dataset.version, fields])
        return True

    def close(self):
        owner = self.some(OWNERS)
        if len(self.datasets[owner]) < 4:
            return False
        known = self.some(self.datasets[owner])
        reply = self.send("%s-head" % owner, "DataService", "CloseDataset", dataset_id=known[0],
                          expected_version=known[1], reason="no longer collected")
        if reply is not None:
            self.datasets[owner].remove(known)
        return reply is not None

    def submit(self):
        owner = self.some(OWNERS)
        if not self.datasets[owner]:
            return False
        dataset_id, _, fields = self.some(self.datasets[owner])
        rows = self.random.randint(1, 4)
        columns = [column(f, [self.random.randint(0, 50) for _ in range(rows)])
                   for f in self.part(fields)]
        return self.send("%s-agent" % owner, "DataService", "SubmitContribution",
                         dataset_id=dataset_id, columns=columns) is not None

    def statement(self, owner, **more):
        return s.ConsentStatement(statement_id=new_id(), owner_org=owner, origin=self.origin,
                                  **more)

    def record(self, owner, statement):
        officer = self.client("%s-officer" % owner)
        return self.send(officer.name, "ConsentService", "RecordStatement",
                         signed=officer.sign(statement))

    def open_chain(self):
        owner = self.some(OWNERS)
        if not self.datasets[owner]:
            return False
        datasets = self.part(self.datasets[owner])
        is_veto = self.random.random() < 0.1
        statement = self.statement(
            owner, consent_id=new_id(), version=1,
            kind=s.STATEMENT_KIND_VETO if is_veto else s.STATEMENT_KIND_GRANT,
            data=s.DataSelector(dataset_ids=[x[0] for x in datasets]),
            recipient=s.RecipientSelector(orgs=self.part(PARTNERS, least=2),
                                          capacity=c.CAPACITY_PARTNER),
            purposes=["ME"], actions=[c.ACTION_READ],
            fields=sorted({f for x in datasets for f in x[2]}) if self.random.random() < 0.7
            else self.part(datasets[0][2]),
            valid_to=after(self.random.randint(1, 300)))
        reply = self.record(owner, statement)
        if reply is not None:
            self.chains[owner].append([statement.consent_id, 1])
        return reply is not None

    def go_on(self):
        owner = self.some(OWNERS)
        if not self.chains[owner]:
            return False
        chain = self.some(self.chains[owner])
        kind = self.some((s.STATEMENT_KIND_REVOKE, s.STATEMENT_KIND_SUSPEND,
                          s.STATEMENT_KIND_RESUME))
        reply = self.record(owner, self.statement(
            owner, consent_id=chain[0], version=chain[1] + 1, kind=kind, reason="as decided"))
        if reply is not None:
            chain[1] += 1
        return reply is not None

    def approve(self):
        owner = self.some(OWNERS)
        head = self.client("%s-head" % owner)
        pending = head.call("ConsentService", "ListPendingStatements").statements
        if not pending:
            return False
        row = self.some(list(pending))
        signed = head.sign(s.ConsentStatement.FromString(row.signed.statement))
        return self.send(head.name, "ConsentService", "ApproveStatement",
                         statement_id=row.statement_id,
                         approval=signed.signature) is not None

    def fetch(self):
        owner, partner = self.some(OWNERS), self.some(PARTNERS)
        if not self.datasets[owner]:
            return False
        dataset_id, _, fields = self.some(self.datasets[owner])
        chunks = list(self.client("%s-officer" % partner).stream(
            "DisclosureService", "Fetch", owner_org=owner, dataset_ids=[dataset_id],
            purpose="ME", action=c.ACTION_READ, fields=self.part(fields),
            chunk_items=self.random.randint(1, 5)))
        return len(chunks) > 0

    def register(self):
        owner = self.some(OWNERS)
        principal = "spiffe://pidc.int/member/%s/officer/r%d" % (owner,
                                                                 self.random.getrandbits(40))
        reply = self.send("%s-head" % owner, "IdentityService", "RegisterPrincipal",
                          principal_id=principal, org=owner, title="Somebody",
                          roles=[self.some(ROLES[:2])],
                          spki_sha256=self.random.randbytes(32), not_after=after(100))
        if reply is not None:
            self.principals[owner].append([principal])
        return reply is not None

    def change_principal(self):
        owner = self.some(OWNERS)
        if not self.principals[owner]:
            return False
        principal = self.some(self.principals[owner])
        head = "%s-head" % owner
        what = self.random.randrange(4)
        if what == 0:
            reply = self.send(head, "IdentityService", "GrantRole", principal_id=principal[0],
                              role=self.some(ROLES))
        elif what == 1:
            reply = self.send(head, "IdentityService", "RevokeRole", principal_id=principal[0],
                              role=self.some(ROLES), reason="moved on")
        elif what == 2 or len(principal) < 2:
            key = self.random.randbytes(32)
            reply = self.send(head, "IdentityService", "BindCertificate",
                              principal_id=principal[0], spki_sha256=key, not_after=after(100))
            if reply is not None:
                principal.append(key)
        else:
            reply = self.send(head, "IdentityService", "RevokeCertificate",
                              spki_sha256=principal.pop(), reason="lost")
        return reply is not None

    def again(self):
        """The last request once more, as it was: at most its first answer."""
        if self.last is None:
            return False
        name, service, method, fields = self.last
        self.client(name).call(service, method, **fields)
        return True

    def step(self):
        commands = (self.define, self.close, self.submit, self.submit, self.submit,
                    self.open_chain, self.open_chain, self.go_on, self.approve, self.approve,
                    self.fetch, self.fetch, self.register, self.change_principal,
                    self.change_principal, self.again)
        command = self.some(commands)
        counts = self.done.setdefault(command.__name__, [0, 0])
        try:
            counts[0] += command()
        except Refused as e:
            if e.code in BROKEN:
                raise
            counts[1] += 1


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    print("random run with seed %d, %d commands" % (seed, count), flush=True)
    run = Run(seed)
    for _ in range(count):
        run.step()
    for name, (done, refused) in sorted(run.done.items()):
        print("  %-17s %4d done, %4d refused" % (name, done, refused))
    idle = [name for name, (done, _) in run.done.items() if done == 0]
    if idle:
        print("never succeeded: %s" % ", ".join(idle))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
