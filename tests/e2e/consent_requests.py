#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Requests for consent, their answers, and what the clock does."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from consentlib import C, S, Consent, dataset  # noqa: E402
from pidclib import Client, after, new_id, pb  # noqa: E402


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
