#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Consents against a running daemon: their reach, and four eyes."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from consentlib import C, R, S, Consent, dataset, submit  # noqa: E402
from pidclib import new_id, pb  # noqa: E402


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
