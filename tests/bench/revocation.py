# SPDX-License-Identifier: ISC
"""Statements of an owner during a load, and whether anybody gets a stale answer."""

import threading
import time

import register


class Statements:
    """Grants and revocations of Tuvalu's officer, one call each."""

    def __init__(self):
        from pidclib import Client
        self.pb = register.messages()
        self.client = Client("tv-officer")
        self.origin = self.client.call("AdminService", "GetServerInfo").origin

    def record(self, **fields):
        from pidclib import new_id
        statement = self.pb["statement"].ConsentStatement(
            statement_id=new_id(), owner_org="tv", origin=self.origin, **fields)
        signed = self.client.sign(statement)
        before = time.monotonic()
        self.client.call("ConsentService", "RecordStatement", request_id=new_id(), signed=signed)
        return time.monotonic() - before

    def grant(self, **data):
        from pidclib import after, new_id
        s, c = self.pb["statement"], self.pb["common"]
        consent = new_id()
        self.record(consent_id=consent, version=1, kind=s.STATEMENT_KIND_GRANT,
                    data=s.DataSelector(**data), purposes=["ME"], actions=[c.ACTION_READ],
                    recipient=s.RecipientSelector(orgs=[register.RECIPIENT],
                                                  capacity=c.CAPACITY_PARTNER),
                    fields=register.FIELDS, valid_to=after(90), mode=s.GRANT_MODE_ADD)
        return consent

    def revoke(self, consent):
        return self.record(consent_id=consent, version=2, reason="bench",
                           kind=self.pb["statement"].STATEMENT_KIND_REVOKE)


class Revoker(threading.Thread):
    """Every 100 ms one statement on one contribution, granted and revoked in turn; behind
    each of them the recipient asks, on several connections, what it may: twice, so that
    the second answer is from memory. An answer that does not know of a statement whose
    call had returned is stale."""

    PERIOD = 0.1
    CONNECTIONS = 4

    def __init__(self):
        super().__init__(daemon=True)
        from pidclib import Client, new_id, column
        pb = register.messages()
        statements = Statements()
        dataset = statements.client.call(
            "DataService", "DefineDataset", request_id=new_id(),
            dataset=register.dataset_message(pb)).dataset.dataset_id
        self.contribution = statements.client.call(
            "DataService", "SubmitContribution", request_id=new_id(), dataset_id=dataset,
            columns=[column("month", ["2026-01"]), column("count", [7])]).contribution_id
        self.statements = statements
        self.askers = [Client(register.RECIPIENT + "-officer") for _ in range(self.CONNECTIONS)]
        self.action = pb["common"].ACTION_READ
        self.permit = pb["consent"].VERDICT_PERMIT
        self.is_over = threading.Event()
        self.changes = self.asked = self.stale = 0

    def ask(self, is_permitted):
        for asker in self.askers * 2:
            reply = asker.call("ConsentService", "CheckConsent", owner_org="tv", purpose="ME",
                               action=self.action, contribution_id=self.contribution,
                               fields=register.FIELDS)
            self.asked += 1
            self.stale += (reply.verdict == self.permit) != is_permitted

    def run(self):
        consent = None
        while not self.is_over.wait(self.PERIOD):
            if consent is None:
                consent = self.statements.grant(contribution_ids=[self.contribution])
            else:
                self.statements.revoke(consent)
                consent = None
            self.changes += 1
            self.ask(consent is not None)

    def stop(self):
        self.is_over.set()
        self.join()
        for client in self.askers + [self.statements.client]:
            client.close()
