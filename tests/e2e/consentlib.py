# SPDX-License-Identifier: ISC
"""What the tests of consents do again and again, by a stock client that signs for itself.
Wants the variables of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

C = pb["common"]
S = pb["statement"]
R = pb["reason"]


def dataset(client, classification=C.CLASSIFICATION_GREEN, category="OVER"):
    reply = client.call(
        "DataService", "DefineDataset", request_id=new_id(),
        dataset=pb["data"].Dataset(
            category=category, title="Overstays", granularity=C.GRANULARITY_AGGREGATE,
            classification_default=classification, legal_basis="Act", ethics_note="none",
            retention_months=12,
            fields=[pb["data"].DatasetField(name=n, type=pb["data"].FIELD_TYPE_INTEGER)
                    for n in ("month", "count")]))
    return reply.dataset.dataset_id


def submit(client, dataset_id, **more):
    fields = dict(request_id=new_id(), dataset_id=dataset_id,
                  columns=[column("month", [1]), column("count", [5])])
    fields.update(more)
    return client.call("DataService", "SubmitContribution", **fields).contribution_id


class Consent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Client("tv-agent")
        cls.officer = Client("tv-officer")
        cls.head = Client("tv-head")
        cls.fj = Client("fj-officer")
        cls.iom = Client("iom-officer")
        cls.origin = cls.agent.call("AdminService", "GetServerInfo").origin

    def refusal(self, reason, function):
        with self.assertRaises(Refused) as caught:
            function()
        self.assertEqual(caught.exception.reason, reason)
        return caught.exception

    def statement(self, kind=S.STATEMENT_KIND_GRANT, **more):
        fields = dict(statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv",
                      kind=kind, origin=self.origin)
        if kind in (S.STATEMENT_KIND_GRANT, S.STATEMENT_KIND_VETO):
            fields.update(recipient=S.RecipientSelector(orgs=["iom"],
                                                        capacity=C.CAPACITY_PARTNER),
                          purposes=["ME"], actions=[C.ACTION_READ], fields=["month", "count"])
        if kind == S.STATEMENT_KIND_GRANT:
            fields.update(valid_to=after(90), mode=S.GRANT_MODE_ADD)
        fields.update(more)
        return S.ConsentStatement(**fields)

    def record(self, statement, client=None, **more):
        client = client or self.officer
        return client.call("ConsentService", "RecordStatement", request_id=new_id(),
                           signed=client.sign(statement), **more)

    def end(self, statement, kind=S.STATEMENT_KIND_REVOKE, version=2, **more):
        return self.record(S.ConsentStatement(
            statement_id=new_id(), consent_id=statement.consent_id, version=version,
            owner_org="tv", kind=kind, origin=self.origin, reason="no more", **more))

    def check(self, dataset_id, client=None, purpose="ME", **more):
        fields = dict(owner_org="tv", dataset_id=dataset_id, purpose=purpose,
                      action=C.ACTION_READ, fields=["count"])
        fields.update(more)
        return (client or self.iom).call("ConsentService", "CheckConsent", **fields)

    def owners_reason(self, dataset_id, purpose="ME", recipient="iom",
                      capacity=C.CAPACITY_PARTNER, **more):
        reply = self.check(dataset_id, self.officer, purpose, recipient_org=recipient,
                           recipient_capacity=capacity, **more)
        return R.Reason.Name(reply.reason)[len("REASON_"):]
