#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What an owner can always ask: why, who can see what, what if."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from consentlib import C, R, S, Consent, dataset, submit  # noqa: E402
from pidclib import Client, new_id, pb  # noqa: E402


class Questions(Consent):
    """What an owner can always ask: why, who can see what, what if."""

    PASS = pb["explain"].FINDING_RESULT_PASS
    FAIL = pb["explain"].FINDING_RESULT_FAIL
    NOT_SHOWN = pb["explain"].FINDING_RESULT_NOT_SHOWN

    def explain(self, client, d, **more):
        fields = dict(owner_org="tv", dataset_id=d, purpose="ME", action=C.ACTION_READ,
                      fields=["count"])
        if client is not self.iom:
            fields.update(recipient_org="iom", recipient_capacity=C.CAPACITY_PARTNER)
        fields.update(more)
        return client.call("ConsentService", "ExplainDecision", **fields)

    def matrix(self, **more):
        rows, token = [], ""
        while True:
            reply = self.officer.call("ConsentService", "GetMatrix", page_token=token, **more)
            rows += reply.rows
            token = reply.next_page_token
            if not token:
                return rows

    def test_explain_tells_the_owner_all_of_it(self):
        d = dataset(self.agent)
        st = self.statement(data=S.DataSelector(dataset_ids=[d]))
        self.record(st)
        told = self.explain(self.officer, d)
        self.assertEqual(told.verdict, pb["consent"].VERDICT_PERMIT)
        self.assertEqual({g.result for g in told.gates}, {self.PASS})
        self.assertEqual([g.gate for g in told.gates][0], "G1")
        board = [g.title for g in told.gates if g.gate == "G4"]
        self.assertEqual(board, ["no approval of the Board is needed: the partner is recognised"
                                 " for an agreement from before"])
        self.assertEqual([(p.consent_id, p.is_used) for p in told.permits],
                         [(st.consent_id, True)])
        veto = self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]))
        self.record(veto)
        told = self.explain(self.officer, d, fields=["count"])
        self.assertEqual(R.Reason.Name(told.reason), "REASON_D_VETO")
        self.assertEqual(list(told.permits[0].blocked_by), [veto.consent_id])
        self.assertFalse(told.permits[0].is_used)
        self.assertEqual([(x.consent_id, x.kind) for x in told.exclusions],
                         [(veto.consent_id, S.STATEMENT_KIND_VETO)])
        failed = [g for g in told.gates if g.result == self.FAIL]
        self.assertEqual([(g.gate, bool(g.clause)) for g in failed], [("G9", True)])

    def test_I11_explain_tells_the_recipient_of_itself_only(self):
        d = dataset(self.agent)
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        self.record(self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d])))
        answers = []
        for asked in (d, new_id()):
            told = self.explain(self.iom, asked)
            self.assertEqual(R.Reason.Name(told.reason), "REASON_D_CONSENT")
            self.assertEqual((list(told.permits), list(told.exclusions), told.detail), ([], [], ""))
            told.ClearField("position")
            answers.append(told.SerializeToString())
        self.assertEqual(answers[0], answers[1])
        self.assertIn(self.NOT_SHOWN, {g.result for g in told.gates})

    def test_explain_asks_for_others_only_as_owner_or_auditor(self):
        d = dataset(self.agent)
        self.refusal("E_OWNER_ONLY", lambda: self.explain(self.fj, d))
        told = self.explain(Client("auditor"), d)
        self.assertEqual(R.Reason.Name(told.reason), "REASON_D_DEFAULT_DENY")

    def test_C9_as_it_was_known(self):
        d = dataset(self.agent)
        before = self.officer.call("AdminService", "GetServerInfo").now
        st = self.statement(data=S.DataSelector(dataset_ids=[d]))
        tx = self.record(st).position.tx_time
        self.end(st)
        reasons = [R.Reason.Name(self.explain(self.officer, d, known_at=t).reason)
                   for t in (before, tx, None)]
        self.assertEqual(reasons, ["REASON_D_DEFAULT_DENY", "REASON_UNSPECIFIED",
                                   "REASON_D_REVOKED"])

    def test_C9_data_too_is_as_it_was_known(self):
        """Classification, status and corrections of a contribution at an earlier instant."""
        d = dataset(self.agent)
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        one = submit(self.agent, d)
        now = lambda: self.officer.call("AdminService", "GetServerInfo").now
        instants = [now()]
        self.officer.call("DataService", "ReclassifyContribution", request_id=new_id(),
                          contribution_id=one, expected_version=1, reason="names in it",
                          classification=C.CLASSIFICATION_AMBER)
        instants.append(now())
        submit(self.agent, d, replaces_id=one, classification=C.CLASSIFICATION_AMBER)
        instants.append(None)
        reasons = [R.Reason.Name(self.explain(self.officer, "", contribution_id=one,
                                              known_at=t).reason) for t in instants]
        self.assertEqual(reasons, ["REASON_UNSPECIFIED", "REASON_D_MOU_SCOPE",
                                   "REASON_D_OWNER_STATE"])

    def test_W11_half_open_at_any_instant(self):
        d = dataset(self.agent)
        st = self.statement(data=S.DataSelector(dataset_ids=[d]))
        st.valid_to.nanos = 0
        self.record(st)
        last = type(st.valid_to)(seconds=st.valid_to.seconds - 1, nanos=999999000)
        self.assertEqual(self.explain(self.officer, d, valid_at=last).verdict,
                         pb["consent"].VERDICT_PERMIT)
        told = self.explain(self.officer, d, valid_at=st.valid_to)
        self.assertEqual(R.Reason.Name(told.reason), "REASON_D_EXPIRED")

    def test_the_matrix_has_what_is_permitted_and_nothing_else(self):
        d = dataset(self.agent)
        one = submit(self.agent, d)
        self.assertEqual([r for r in self.matrix() if r.dataset_id == d], [])
        broad = self.statement(data=S.DataSelector(dataset_ids=[d]), fields=["count"])
        narrow = self.statement(
            data=S.DataSelector(contribution_ids=[one]), purposes=["OPS_BORDER"],
            recipient=S.RecipientSelector(orgs=["fj"], capacity=C.CAPACITY_MEMBER))
        for st in (broad, narrow):
            self.record(st)
        rows = {(r.recipient_org, r.purpose, r.contribution_id): r
                for r in self.matrix(page_size=3) if r.dataset_id == d}
        # The purpose below ME is covered too; the grant on the dataset covers its contribution.
        self.assertEqual(sorted(rows), [
            ("fj", "OPS_BORDER", one), ("fj", "OPS_COUNTER_SMUGGLING", one),
            ("iom", "ME", ""), ("iom", "ME", one),
            ("iom", "ME_ACTIVITY", ""), ("iom", "ME_ACTIVITY", one)])
        self.assertEqual(list(rows["iom", "ME", ""].fields), ["count"])
        self.assertEqual(rows["iom", "ME", ""].consent_id, broad.consent_id)
        self.assertTrue(rows["iom", "ME", ""].instrument_id)
        self.assertEqual(sorted(rows["fj", "OPS_BORDER", one].fields), ["count", "month"])
        self.assertEqual({r.recipient_org for r in self.matrix(recipient_org="fj")
                          if r.dataset_id == d}, {"fj"})
        self.end(broad)
        self.assertEqual({r.recipient_org for r in self.matrix() if r.dataset_id == d}, {"fj"})

    def test_the_matrix_shows_what_the_owner_has_to_confirm(self):
        d = dataset(self.agent)
        one = submit(self.agent, d)
        confirmed = S.Condition(kind=S.CONDITION_KIND_APPROVE_EACH)
        st = self.statement(data=S.DataSelector(contribution_ids=[one]), conditions=[confirmed])
        self.record(st)
        rows = [r for r in self.matrix(recipient_org="iom") if r.contribution_id == one]
        self.assertEqual({(r.consent_id, r.needs_owner) for r in rows}, {(st.consent_id, True)})

    def simulate(self, statement, client=None):
        reply = (client or self.officer).call("ConsentService", "SimulateStatement",
                                              statement=statement.SerializeToString())
        key = lambda r: (r.recipient_org, r.purpose, r.dataset_id, tuple(sorted(r.fields)))
        return (sorted(map(key, reply.opened)), sorted(map(key, reply.closed)), reply)

    def test_simulate_says_what_would_open_and_close(self):
        d = dataset(self.agent)
        submit(self.agent, d)
        size = self.agent.call("LedgerService", "GetHead").size
        st = self.statement(data=S.DataSelector(dataset_ids=[d]))
        both = ("count", "month")
        opened, closed, _ = self.simulate(st)
        self.assertEqual(opened, [("iom", "ME", d, both), ("iom", "ME_ACTIVITY", d, both)])
        self.assertEqual(closed, [])
        self.assertEqual(self.agent.call("LedgerService", "GetHead").size, size)
        self.record(st)
        self.assertEqual(self.simulate(self.statement(data=S.DataSelector(dataset_ids=[d])))[0],
                         [])
        veto = self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]),
                              purposes=["ME_ACTIVITY"], fields=["month"])
        opened, closed, _ = self.simulate(veto)
        self.assertEqual((opened, closed), ([], [("iom", "ME", d, ("month",)),
                                                 ("iom", "ME_ACTIVITY", d, ("month",))]))
        list(self.iom.stream("DisclosureService", "Fetch", owner_org="tv", dataset_ids=[d],
                             purpose="ME", action=C.ACTION_READ, fields=["count"]))
        end = S.ConsentStatement(statement_id=new_id(), consent_id=st.consent_id, version=2,
                                 owner_org="tv", kind=S.STATEMENT_KIND_REVOKE, origin=self.origin,
                                 reason="no more")
        opened, closed, reply = self.simulate(end)
        self.assertEqual([c[1] for c in closed], ["ME", "ME_ACTIVITY"])
        self.assertEqual(reply.released_items, 1)
        self.refusal("E_OWNER_ONLY", lambda: self.simulate(st, self.fj))


if __name__ == "__main__":
    unittest.main(verbosity=2)
