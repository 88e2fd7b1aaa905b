#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Consents against a running daemon, from a stock client that signs for itself.
Wants the variables of build/up/env."""

import hashlib
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


class Corrections(Consent):
    """CORRECT narrows a grant in its place; it never opens and never makes right."""

    def correct(self, st, version=2, **more):
        fields = {f.name: v for f, v in st.ListFields()}
        fields.update(statement_id=new_id(), version=version, kind=S.STATEMENT_KIND_CORRECT,
                      reason="as it was meant")
        fields.update(more)
        return S.ConsentStatement(**fields)

    def granted(self, d, **more):
        st = self.statement(data=S.DataSelector(dataset_ids=[d]), **more)
        self.record(st)
        return st

    def test_a_correction_narrows(self):
        d = dataset(self.agent)
        st = self.granted(d)
        self.record(self.correct(st, fields=["month"]))
        self.assertEqual(self.owners_reason(d), "D_FIELD")
        self.assertEqual(self.owners_reason(d, fields=["month"]), "UNSPECIFIED")
        self.record(self.correct(st, version=3, fields=["month"], conditions=[
            S.Condition(kind=S.CONDITION_KIND_ATTRIBUTION)]))
        reply = self.check(d, fields=["month"])
        self.assertEqual([c.kind for c in reply.obligations], [S.CONDITION_KIND_ATTRIBUTION])

    def test_what_a_correction_takes_away_is_not_answered_from_memory(self):
        d, gone = dataset(self.agent), dataset(self.agent)
        st = self.statement(data=S.DataSelector(dataset_ids=[d, gone]))
        self.record(st)
        for _ in range(2):
            self.assertEqual(self.check(gone).verdict, pb["consent"].VERDICT_PERMIT)
        self.record(self.correct(st, data=S.DataSelector(dataset_ids=[d])))
        self.assertEqual(self.check(gone).verdict, pb["consent"].VERDICT_DENY)
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_what_is_wider_is_another_grant(self):
        d = dataset(self.agent)
        st = self.granted(d, fields=["count"], conditions=[
            S.Condition(kind=S.CONDITION_KIND_ATTRIBUTION)],
            classification_ceiling=C.CLASSIFICATION_CLEAR)
        other = dataset(self.agent)
        for field, more in (
                ("data", dict(data=S.DataSelector(dataset_ids=[d, other]))),
                ("data", dict(data=S.DataSelector(all_of_owner=True))),
                ("recipient", dict(recipient=S.RecipientSelector(
                    orgs=["iom", "unhcr"], capacity=C.CAPACITY_PARTNER))),
                ("recipient", dict(recipient=S.RecipientSelector(
                    orgs=["iom"], capacity=C.CAPACITY_FUNDER))),
                ("purposes", dict(purposes=["ME", "OPS_BORDER"])),
                ("actions", dict(actions=[C.ACTION_READ, C.ACTION_COPY])),
                ("fields", dict(fields=["count", "month"])),
                ("fields", dict(fields=[], all_fields_of_schema_version=1)),
                ("conditions", dict(conditions=[])),
                ("classification_ceiling",
                 dict(classification_ceiling=C.CLASSIFICATION_GREEN)),
                ("valid_to", dict(valid_to=after(120))),
                ("mode", dict(mode=S.GRANT_MODE_EXCLUSIVE))):
            with self.subTest(field=field, **{k: str(v) for k, v in more.items()}):
                e = self.refusal("E_FIELD", lambda more=more: self.record(
                    self.correct(st, **more)))
                self.assertEqual(e.metadata.get("field"), field)

    def test_only_grants_are_corrected(self):
        d = dataset(self.agent)
        veto = self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]))
        self.record(veto)
        self.refusal("E_STATE", lambda: self.record(self.correct(veto, valid_to=after(30))))
        exclusive = self.granted(d, mode=S.GRANT_MODE_EXCLUSIVE)
        self.refusal("E_FIELD", lambda: self.record(self.correct(exclusive, fields=["count"])))

    def test_C7_a_correction_does_not_outlive_a_revocation(self):
        """The revocation of another grant closed this scope; correcting does not open it."""
        d = dataset(self.agent)
        broad = self.granted(d)
        narrow = self.granted(d, fields=["count"])
        self.end(narrow)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.record(self.correct(broad, fields=["count"]))
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.refusal("E_STATE", lambda: self.record(self.correct(narrow, version=3)))

    def test_C7_what_was_corrected_to_a_part_is_revoked_there(self):
        """A grant of everything, corrected to one dataset or to one contribution: what it
        is corrected to is found again, to permit and to refuse."""
        for part in ("dataset_ids", "contribution_ids"):
            with self.subTest(part=part):
                d = dataset(self.agent)
                one = submit(self.agent, d)
                ask = lambda: self.owners_reason("", contribution_id=one)
                narrow = S.DataSelector(**{part: [d if part == "dataset_ids" else one]})
                wide = self.statement(data=S.DataSelector(all_of_owner=True))
                self.record(wide)
                self.record(self.correct(wide, data=narrow))
                self.assertEqual(ask(), "UNSPECIFIED")
                self.end(wide, S.STATEMENT_KIND_SUSPEND, version=3)
                older = self.statement(data=S.DataSelector(dataset_ids=[d]))
                self.record(older)
                self.assertEqual(ask(), "UNSPECIFIED")
                self.end(wide, version=4)
                self.assertEqual(ask(), "D_REVOKED")

    def test_SD_6_a_correction_keeps_the_approval(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.statement(
            data=S.DataSelector(dataset_ids=[d]), purposes=["OPS_BORDER"],
            recipient=S.RecipientSelector(orgs=["fj"], capacity=C.CAPACITY_MEMBER))
        self.record(st, approval=self.head.sign(st).signature)
        self.assertFalse(self.record(self.correct(st, fields=["count"])).is_pending)
        self.assertEqual(self.check(d, self.fj, "OPS_BORDER").verdict,
                         pb["consent"].VERDICT_PERMIT)


class RevokeAll(Consent):
    """Ending many grants at once; only the preview's, and all of it."""

    def preview(self, kind=S.STATEMENT_KIND_REVOKE, client=None, **chosen):
        return (client or self.officer).call(
            "ConsentService", "PreviewRevokeAll", kind=kind,
            filter=pb["consent"].RevokeAllFilter(**chosen))

    def order(self, preview, kind=S.STATEMENT_KIND_REVOKE, **more):
        fields = dict(statement_id=new_id(), owner_org="tv", kind=kind, origin=self.origin,
                      chains=preview.chains, reason="all of it")
        fields.update(more)
        return S.ConsentStatement(**fields)

    def revoke_all(self, preview, statement, client=None, digest=None, **chosen):
        client = client or self.officer
        return client.call("ConsentService", "RevokeAll", request_id=new_id(),
                           filter=pb["consent"].RevokeAllFilter(**chosen),
                           preview_digest=digest or preview.digest,
                           signed=client.sign(statement))

    def granted(self, count, d=None):
        d = d or dataset(self.agent)
        chains = []
        for _ in range(count):
            st = self.statement(data=S.DataSelector(dataset_ids=[d]))
            self.record(st)
            chains.append(st.consent_id)
        return d, sorted(chains)

    def test_all_of_a_dataset_end_with_one_statement(self):
        d, chains = self.granted(3)
        other, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        self.assertEqual([c.consent_id for c in shown.chains], chains)
        text = b"".join(b"%s\0%d\0" % (c.consent_id.encode(), c.version) for c in shown.chains)
        self.assertEqual(shown.digest, hashlib.sha256(b"pidc/revoke-all/v1\0" + text).digest())
        self.assertEqual(len(shown.consents), 3)
        reply = self.revoke_all(shown, self.order(shown), dataset_id=d)
        self.assertEqual(reply.ended, 3)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.assertEqual(self.check(other).verdict, pb["consent"].VERDICT_PERMIT)
        consent = self.officer.call("ConsentService", "GetConsent", consent_id=chains[0]).consent
        self.assertEqual((consent.state, consent.version),
                         (pb["consent"].CONSENT_STATE_REVOKED, 2))
        self.assertEqual(list(self.preview(dataset_id=d).chains), [])

    def test_pausing_is_the_reversible_first_step(self):
        d, chains = self.granted(2)
        kind = S.STATEMENT_KIND_SUSPEND
        shown = self.preview(kind, dataset_id=d)
        self.revoke_all(shown, self.order(shown, kind), dataset_id=d)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.assertEqual(list(self.preview(kind, dataset_id=d).chains), [])
        self.record(S.ConsentStatement(
            statement_id=new_id(), consent_id=chains[0], version=3, owner_org="tv",
            kind=S.STATEMENT_KIND_RESUME, origin=self.origin))
        self.assertEqual(self.owners_reason(d), "D_REVOKED")  # the other one still closes it
        self.record(S.ConsentStatement(
            statement_id=new_id(), consent_id=chains[1], version=3, owner_org="tv",
            kind=S.STATEMENT_KIND_RESUME, origin=self.origin))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_what_was_not_shown_is_not_ended(self):
        d, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        self.granted(1, d)
        self.refusal("E_STATE", lambda: self.revoke_all(shown, self.order(shown), dataset_id=d))
        shown = self.preview(dataset_id=d)
        part = self.order(shown, chains=shown.chains[:1])
        self.refusal("E_FIELD", lambda: self.revoke_all(shown, part, dataset_id=d))
        swapped = self.order(shown, chains=list(shown.chains)[::-1])
        self.refusal("E_FIELD", lambda: self.revoke_all(shown, swapped, dataset_id=d))
        self.refusal("E_STATE", lambda: self.revoke_all(shown, self.order(shown), dataset_id=d,
                                                        digest=bytes(32)))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_bad_orders_end_nothing(self):
        d, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        act = lambda st, client=None: self.revoke_all(shown, st, client, dataset_id=d)
        self.refusal("E_OWNER_ONLY", lambda: act(self.order(shown, owner_org="fj")))
        self.refusal("E_OWNER_ONLY", lambda: act(self.order(shown), self.fj))
        self.refusal("E_FIELD", lambda: act(self.order(shown, origin="elsewhere")))
        self.refusal("E_FIELD", lambda: act(self.order(shown, kind=S.STATEMENT_KIND_RESUME)))
        self.refusal("E_FIELD", lambda: act(self.order(shown, version=1)))
        self.refusal("E_EMPTY_SELECTOR", lambda: self.revoke_all(shown, self.order(shown)))
        self.refusal("E_FIELD", lambda: self.record(self.order(shown)))
        self.refusal("E_FIELD", lambda: self.record(self.statement(
            data=S.DataSelector(dataset_ids=[d]), chains=shown.chains, consent_id="", version=0)))
        self.refusal("E_FIELD", lambda: self.preview(S.STATEMENT_KIND_GRANT, dataset_id=d))
        self.assertEqual(list(self.preview().chains), [])
        self.assertEqual(list(self.preview(client=self.fj, dataset_id=d).chains), [])
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)


class Requests(Consent):
    """Asking and answering; silence is no."""

    STATE = pb["sharing_request"]

    def ask(self, d, client=None, **more):
        m = pb["sharing_request"]
        fields = dict(
            owner_org="tv", data=S.DataSelector(dataset_ids=[d]), purposes=["ME"],
            actions=[C.ACTION_READ], fields=["count"], justification="yearly report",
            notices=[m.Notice(language="en", text="What is shared, and why")],
            answer_by=after(14))
        fields.update(more)
        return (client or self.iom).call("ConsentService", "RequestSharing", request_id=new_id(),
                                         request=m.SharingRequest(**fields)).request

    def state(self, request, client=None):
        reply = (client or self.officer).call("ConsentService", "GetSharingRequest",
                                              consent_request_id=request.consent_request_id)
        return self.STATE.SharingRequestState.Name(reply.request.state)[
            len("SHARING_REQUEST_STATE_"):]

    def answer(self, request, d, **more):
        fields = dict(data=S.DataSelector(dataset_ids=[d]), fields=["count"],
                      consent_request_id=request.consent_request_id,
                      notice_digest=request.notice_digest)
        fields.update(more)
        return self.statement(**fields)

    def refuse(self, request, **more):
        return self.statement(S.STATEMENT_KIND_REFUSE, reason="not now",
                              consent_request_id=request.consent_request_id, **more)

    def test_a_request_is_asked_shown_and_granted(self):
        d = dataset(self.agent)
        request = self.ask(d)
        digest = hashlib.sha256(b"pidc/notice/v1\0en\0What is shared, and why\0").digest()
        self.assertEqual((request.asker_org, request.capacity, request.notice_digest),
                         ("iom", C.CAPACITY_PARTNER, digest))
        waiting = self.officer.call("ConsentService", "ListSharingRequests", page_size=500,
                                    state=self.STATE.SHARING_REQUEST_STATE_OPEN).requests
        mine = [r for r in waiting if r.consent_request_id == request.consent_request_id][0]
        self.assertEqual(list(mine.data.dataset_ids), [d])
        shown = self.officer.call("ConsentService", "GetSharingRequest",
                                  consent_request_id=request.consent_request_id).request
        self.assertEqual(shown.notices[0].text, "What is shared, and why")
        self.assertEqual(self.owners_reason(d), "D_DEFAULT_DENY")
        st = self.answer(request, d)
        self.record(st)
        self.assertEqual(self.state(request, self.iom), "GRANTED")
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)
        self.refusal("E_STATE", lambda: self.record(self.answer(request, d)))

    def test_less_than_asked_is_partly_granted(self):
        d = dataset(self.agent)
        request = self.ask(d, fields=["count", "month"])
        self.record(self.answer(request, d, fields=["count"]))
        self.assertEqual(self.state(request), "PARTLY_GRANTED")

    def test_a_condition_that_was_not_offered_is_partly_granted(self):
        d = dataset(self.agent)
        condition = S.Condition(kind=S.CONDITION_KIND_ATTRIBUTION)
        for offered, state in (([], "PARTLY_GRANTED"),
                               ([S.CONDITION_KIND_ATTRIBUTION], "GRANTED")):
            request = self.ask(d, offered_conditions=offered)
            self.record(self.answer(request, d, conditions=[condition]))
            self.assertEqual(self.state(request), state)

    def test_a_refusal_opens_and_closes_nothing(self):
        d = dataset(self.agent)
        request = self.ask(d)
        self.record(self.refuse(request))
        self.assertEqual(self.state(request, self.iom), "REFUSED")
        self.assertEqual(self.owners_reason(d), "D_DEFAULT_DENY")
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_who_refuses_what_stands_has_to_know_it(self):
        d = dataset(self.agent)
        self.record(self.statement(data=S.DataSelector(dataset_ids=[d])))
        request = self.ask(d)
        self.refusal("E_STATE", lambda: self.record(self.refuse(request)))
        self.record(self.refuse(request, ack_existing=True))
        self.assertEqual(self.state(request), "REFUSED")
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_withdrawn_is_not_answered(self):
        d = dataset(self.agent)
        request = self.ask(d)
        withdraw = lambda client, version: client.call(
            "ConsentService", "WithdrawSharingRequest", request_id=new_id(),
            consent_request_id=request.consent_request_id, expected_version=version)
        self.refusal("E_NOT_FOUND", lambda: withdraw(self.officer, 1))
        self.refusal("E_VERSION", lambda: withdraw(self.iom, 2))
        withdraw(self.iom, 1)
        self.assertEqual(self.state(request), "WITHDRAWN")
        self.refusal("E_STATE", lambda: self.record(self.answer(request, d)))
        self.refusal("E_STATE", lambda: withdraw(self.iom, 2))

    def test_only_the_two_parties_see_it(self):
        request = self.ask(dataset(self.agent))
        self.refusal("E_NOT_FOUND", lambda: self.state(request, self.fj))
        self.refusal("E_NOT_FOUND", lambda: self.record(self.statement(
            owner_org="fj", data=S.DataSelector(all_of_owner=True),
            consent_request_id=request.consent_request_id,
            notice_digest=request.notice_digest), self.fj))

    def test_the_answer_is_to_what_was_shown_and_to_who_asked(self):
        d = dataset(self.agent)
        request = self.ask(d)
        self.refusal("E_FIELD", lambda: self.record(self.answer(request, d, notice_digest=b"")))
        self.refusal("E_FIELD", lambda: self.record(self.answer(request, d,
                                                                notice_digest=bytes(32))))
        other = S.RecipientSelector(orgs=["unhcr"], capacity=C.CAPACITY_PARTNER)
        self.refusal("E_FIELD", lambda: self.record(self.answer(request, d, recipient=other)))
        self.refusal("E_FIELD", lambda: self.record(self.statement(
            S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]),
            consent_request_id=request.consent_request_id)))
        self.refusal("E_NOT_FOUND", lambda: self.record(self.answer(
            request, d, consent_request_id=new_id())))
        self.assertEqual(self.state(request), "OPEN")

    def test_bad_requests_change_nothing(self):
        d = dataset(self.agent)
        size = lambda: self.agent.call("LedgerService", "GetHead").size
        before = size()
        notice = self.STATE.Notice
        for reason, more in (
                ("E_EMPTY_SELECTOR", dict(data=None)),
                ("E_EMPTY_SELECTOR", dict(purposes=[])),
                ("E_EMPTY_SELECTOR", dict(actions=[])),
                ("E_EMPTY_SELECTOR", dict(fields=[])),
                ("E_FIELD", dict(data=S.DataSelector(dataset_ids=[d], all_of_owner=True))),
                ("E_UNKNOWN_CODE", dict(purposes=["NO_SUCH"])),
                ("E_FIELD", dict(fields=["Not a name"])),
                ("E_FIELD", dict(actions=[99])),
                ("E_FIELD", dict(offered_conditions=[99])),
                ("E_FIELD", dict(notices=[])),
                ("E_FIELD", dict(notices=[notice(language="english", text="text")])),
                ("E_FIELD", dict(notices=[notice(language="en", text="one of")] * 2)),
                ("E_FIELD", dict(justification="")),
                ("E_FIELD", dict(answer_by=None)),
                ("E_FIELD", dict(answer_by=after(500))),
                ("E_BACKDATED", dict(answer_by=after(-1))),
                ("E_FIELD", dict(owner_org="iom")),
                ("E_NOT_FOUND", dict(owner_org="zz")),
        ):
            with self.subTest(reason=reason, **{k: str(v) for k, v in more.items()}):
                self.refusal(reason, lambda more=more: self.ask(d, **more))
        self.assertEqual(size(), before)

    def test_I11_asking_for_what_does_not_exist_looks_alike(self):
        known = self.ask(dataset(self.agent))
        unknown = self.ask(new_id())
        self.assertEqual(known.state, unknown.state)


class Timed(Consent):
    """L14: what the clock does is told too, once, in order."""

    def soon(self, seconds):
        stamp = self.officer.call("AdminService", "GetServerInfo").now
        stamp.FromMicroseconds(stamp.ToMicroseconds() + int(seconds * 1e6))
        return stamp

    def told(self, name, start, timed_after, wanted):
        """Messages until all wanted timed events were told: their kinds, by entity."""
        client = Client(name)
        self.addCleanup(client.close)
        found = []
        for message in client.stream("LedgerService", "Watch", start=start, heartbeat_s=5,
                                     timed_after=timed_after, timeout=90):
            found += [(t.at.ToMicroseconds(), t.kind, t.entity_id) for t in message.timed
                      if t.entity_id in wanted]
            if {f[2] for f in found} >= set(wanted):
                return found, message.timed_until
        return found, None

    def test_an_expiry_and_a_lapse_are_told_to_both_sides(self):
        d = dataset(self.agent)
        begun = self.soon(0)
        ahead = self.statement(data=S.DataSelector(dataset_ids=[d]), valid_from=self.soon(1),
                               valid_to=self.soon(2))
        self.record(ahead)
        request = pb["sharing_request"].SharingRequest(
            owner_org="tv", data=S.DataSelector(dataset_ids=[d]), purposes=["ME"],
            actions=[C.ACTION_READ], fields=["count"], justification="yearly report",
            notices=[pb["sharing_request"].Notice(language="en", text="what and why")],
            answer_by=self.soon(2))
        asked = self.iom.call("ConsentService", "RequestSharing", request_id=new_id(),
                              request=request).request
        size = self.agent.call("LedgerService", "GetHead").size
        ledger = pb["ledger"]
        for name in ("tv-agent", "iom-agent"):
            found, until = self.told(name, size, begun, [ahead.consent_id,
                                                         asked.consent_request_id])
            kinds = {(kind, entity) for _, kind, entity in found}
            self.assertIn((ledger.TIMED_EVENT_KIND_SHARING_REQUEST_LAPSED,
                           asked.consent_request_id), kinds)
            self.assertIn((ledger.TIMED_EVENT_KIND_CONSENT_BEGAN, ahead.consent_id), kinds)
            self.assertEqual(found, sorted(found, key=lambda f: f[0]))
        again, _ = self.told(name, size, begun, [asked.consent_request_id])
        self.assertEqual(len(again), len(set(again)))
        stranger = Client("fj-agent").stream("LedgerService", "Watch", start=size, heartbeat_s=5,
                                             timed_after=begun)
        first = next(stranger)
        self.assertEqual([t for t in first.timed if t.entity_id == ahead.consent_id], [])

    def test_bad_instants_are_refused(self):
        bad = type(self.soon(0))(seconds=1 << 50)
        self.refusal("E_FIELD", lambda: next(self.agent.stream(
            "LedgerService", "Watch", start=0, timed_after=bad)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
