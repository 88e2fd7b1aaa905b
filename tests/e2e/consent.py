#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Consents against a running daemon, from a stock client that signs for itself.
Wants the variables of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
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


class Scope(Consent):
    def test_PRI_9d_g_a_veto_below_forbids_the_whole(self):
        """What is forbidden for a part of a purpose is forbidden to whoever asks for all of it."""
        d = dataset(self.agent)
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        before = self.check(d)
        self.assertEqual(before.verdict, pb["consent"].VERDICT_PERMIT)
        self.record(self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]),
                                   purposes=["ME_ACTIVITY"]))
        self.assertEqual(self.owners_reason(d), "D_VETO")

    def test_PRI_9d_g_a_veto_on_one_contribution_meets_its_dataset(self):
        d = dataset(self.agent)
        one = submit(self.agent, d)
        other = submit(self.agent, d)
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        self.record(self.statement(S.STATEMENT_KIND_VETO,
                                   data=S.DataSelector(contribution_ids=[one])))
        self.assertEqual(self.owners_reason(d), "D_VETO")
        self.assertEqual(self.owners_reason("", contribution_id=one), "D_VETO")
        reply = self.check("", contribution_id=other)
        self.assertEqual(reply.verdict, pb["consent"].VERDICT_PERMIT)

    def test_STM_1_a_chain_of_somebody_else_is_no_chain(self):
        mine = self.statement(data=S.DataSelector(dataset_ids=[dataset(self.agent)]))
        self.record(mine)
        theirs = self.statement(owner_org="fj", consent_id=mine.consent_id,
                                data=S.DataSelector(all_of_owner=True))
        self.refusal("E_NOT_FOUND", lambda: self.record(theirs, self.fj))

    def test_a_consent_is_read_with_all_its_statements(self):
        st = self.statement(data=S.DataSelector(dataset_ids=[dataset(self.agent)]))
        self.record(st)
        self.end(st)
        for client in (self.officer, self.iom):
            consent = client.call("ConsentService", "GetConsent",
                                  consent_id=st.consent_id).consent
            self.assertEqual(consent.state, pb["consent"].CONSENT_STATE_REVOKED)
            self.assertEqual([S.ConsentStatement.FromString(s.signed.statement).kind
                              for s in consent.statements],
                             [S.STATEMENT_KIND_GRANT, S.STATEMENT_KIND_REVOKE])
            self.assertEqual(consent.statements[0].signed.statement, st.SerializeToString())
        self.refusal("E_NOT_FOUND", lambda: self.fj.call("ConsentService", "GetConsent",
                                                         consent_id=st.consent_id))


class FourEyes(Consent):
    """SD-6. Fiji is the recipient: between members no agreement has to keep confidences."""

    def grant(self, d, **more):
        return self.statement(
            data=S.DataSelector(dataset_ids=[d]), purposes=["OPS_BORDER"],
            recipient=S.RecipientSelector(orgs=["fj"], capacity=C.CAPACITY_MEMBER), **more)

    def fj_may(self, d):
        reply = self.check(d, self.fj, "OPS_BORDER")
        return reply.verdict == pb["consent"].VERDICT_PERMIT

    def approve(self, st, client, approval=None, request_id=None):
        return client.call("ConsentService", "ApproveStatement",
                           request_id=request_id or new_id(), statement_id=st.statement_id,
                           approval=approval or client.sign(st).signature)

    def pending(self, client):
        reply = client.call("ConsentService", "ListPendingStatements", page_size=500)
        return {p.statement_id: p for p in reply.statements}

    def test_SD_6_amber_waits_for_the_approver(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d)
        self.assertTrue(self.record(st).is_pending)
        self.assertFalse(self.fj_may(d))
        self.assertEqual(self.owners_reason(d, "OPS_BORDER", "fj", C.CAPACITY_MEMBER),
                         "D_DEFAULT_DENY")
        waiting = self.pending(self.head)[st.statement_id]
        self.assertEqual(waiting.signed.statement, st.SerializeToString())
        self.assertEqual(self.pending(self.fj), {})
        request_id = new_id()
        approval = self.head.sign(st).signature
        reply = self.approve(st, self.head, approval, request_id)
        self.assertEqual((reply.consent_id, reply.version), (st.consent_id, 1))
        self.assertTrue(self.fj_may(d))
        again = self.approve(st, self.head, approval, request_id)
        self.assertEqual(again.position.revision, reply.position.revision)
        self.refusal("E_NOT_FOUND", lambda: self.approve(st, self.head))
        self.assertNotIn(st.statement_id, self.pending(self.head))

    def test_SD_6_two_signatures_at_once(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d)
        self.assertFalse(self.record(st, approval=self.head.sign(st).signature).is_pending)
        self.assertTrue(self.fj_may(d))

    def test_SD_6_nobody_approves_what_it_signed(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d)
        self.record(st)
        e = self.refusal("E_SOD", lambda: self.approve(st, self.officer))
        self.assertIn("SD-6", str(e))
        self.refusal("E_SOD", lambda: self.record(
            self.grant(d), approval=None) and self.approve(st, self.officer))
        self.assertFalse(self.fj_may(d))

    def test_SD_7_only_the_owner_approves(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d)
        self.record(st)
        self.refusal("E_NOT_FOUND", lambda: self.approve(st, self.fj))
        self.refusal("E_OWNER_ONLY",
                     lambda: self.approve(st, self.head, self.fj.sign(st).signature))
        self.refusal("E_OWNER_ONLY",
                     lambda: self.approve(st, self.head, self.agent.sign(st).signature))
        other = self.grant(d)
        self.refusal("E_FIELD", lambda: self.approve(st, self.head,
                                                     self.head.sign(other).signature))
        self.assertFalse(self.fj_may(d))

    def test_SD_6_one_signature_reaches_green_whatever_comes_later(self):
        d = dataset(self.agent)
        st = self.grant(d)
        self.assertFalse(self.record(st).is_pending)
        self.assertTrue(self.fj_may(d))
        amber = submit(self.agent, d, classification=C.CLASSIFICATION_AMBER)
        reply = self.check("", self.officer, "OPS_BORDER", recipient_org="fj",
                           recipient_capacity=C.CAPACITY_MEMBER, contribution_id=amber)
        self.assertEqual(R.Reason.Name(reply.reason), "REASON_D_CLASSIFICATION")

    def test_SD_6_a_ceiling_below_amber_needs_no_second(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d, classification_ceiling=C.CLASSIFICATION_GREEN)
        self.assertFalse(self.record(st).is_pending)
        self.assertFalse(self.fj_may(d))

    def test_SD_6_a_refusal_needs_no_second(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.grant(d)
        self.record(st, approval=self.head.sign(st).signature)
        self.assertTrue(self.fj_may(d))
        self.end(st)
        self.assertFalse(self.fj_may(d))

    def test_SD_6_an_overtaken_statement_is_stale(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        first = self.grant(d)
        second = self.grant(d, consent_id=first.consent_id)
        self.record(first)
        self.record(second)
        self.approve(second, self.head)
        self.refusal("E_VERSION", lambda: self.approve(first, self.head))

    def test_PRI_9b_confidentiality_for_partners(self):
        """a: AMBER to a partner whose agreement has no confidentiality clause."""
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.statement(data=S.DataSelector(dataset_ids=[d]))
        self.record(st, approval=self.head.sign(st).signature)
        self.assertEqual(self.owners_reason(d), "D_MOU_SCOPE")


if __name__ == "__main__":
    unittest.main(verbosity=2)
