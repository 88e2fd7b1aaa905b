#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A partnership is suspended, resumed and ended, and what its partner may have changes with
it at once. On a register whose Board votes without notice."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from boardlib import B, BoardCase  # noqa: E402
from pidclib import Client, after, new_id, pb  # noqa: E402
from sharinglib import c, d, dataset, fetch, grant, submit, tv, x  # noqa: E402

P = pb["partnership"]
FIELDS = ["count", "month"]


class Standing(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signatory = Client("iom-signatory")
        cls.dataset_id = dataset("Standing", [
            d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH),
            d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)])
        cls.contribution_id = submit(cls.dataset_id, [("month", ["2026-01"]), ("count", [40])])
        cls.consent = grant(cls.dataset_id, FIELDS)

    def partnership(self, org="iom"):
        return self.hos.call("PartnerService", "GetPartnership", org=org).partnership

    def act(self, client, method, org="iom", **more):
        fields = dict(reason="their office was raided") if method != "CompleteExit" else {}
        fields.update(more)
        return client.call("PartnerService", method, request_id=new_id(), org=org,
                           expected_version=self.partnership(org).version, **fields)

    def check(self):
        return self.iom.call("ConsentService", "CheckConsent", owner_org="tv", purpose="ME",
                             action=c.ACTION_READ, contribution_id=self.contribution_id,
                             fields=FIELDS).verdict

    def explained(self, known_at=None):
        return tv.call("ConsentService", "ExplainDecision", owner_org="tv", recipient_org="iom",
                       recipient_capacity=c.CAPACITY_PARTNER, purpose="ME",
                       action=c.ACTION_READ, contribution_id=self.contribution_id,
                       fields=FIELDS, known_at=known_at).verdict

    def assert_open(self):
        self.assertEqual(self.check(), pb["consent"].VERDICT_PERMIT)
        chunks = fetch(self.iom, FIELDS, dataset_ids=[self.dataset_id])
        self.assertEqual(len(chunks), 1)
        return chunks[0]

    def assert_closed(self):
        self.assertEqual(self.check(), pb["consent"].VERDICT_DENY)
        self.refusal("D_PARTNER_STATE",
                     lambda: fetch(self.iom, FIELDS, dataset_ids=[self.dataset_id]))

    def suspend_in_emergency(self):
        first = self.act(self.board["fj"], "SuspendPartnership")
        self.assertEqual(first.state, P.PARTNERSHIP_STATE_RECOGNISED)
        self.assertFalse(first.HasField("lapses_at"))
        self.assert_open()
        self.assertEqual(self.act(self.board["fj"], "SuspendPartnership").state,
                         P.PARTNERSHIP_STATE_RECOGNISED)
        second = self.act(self.hos, "SuspendPartnership")
        self.assertEqual(second.state, P.PARTNERSHIP_STATE_SUSPENDED)
        return second

    def resolved(self, kind, org="iom"):
        return self.carried(kind=kind, subject_org=org)

    def test_1_suspended_and_resumed(self):
        self.assert_open()
        before = after(0)
        days = self.suspend_in_emergency().lapses_at.seconds - before.seconds
        self.assertIn(days // 86400, (29, 30))
        self.assert_closed()
        self.refusal("E_STATE", lambda: self.act(self.hos, "SuspendPartnership"))
        self.assertEqual(self.partnership().effective_state, P.PARTNERSHIP_STATE_SUSPENDED)
        # What was known before is what it was.
        self.assertEqual(self.explained(), pb["consent"].VERDICT_DENY)
        self.assertEqual(self.explained(known_at=before), pb["consent"].VERDICT_PERMIT)
        self.resolved(B.RESOLUTION_KIND_SUSPEND_PARTNERSHIP)
        self.assert_closed()
        # Confirmed, it cannot be confirmed again.
        self.refusal("E_STATE", lambda: self.propose(
            kind=B.RESOLUTION_KIND_SUSPEND_PARTNERSHIP, subject_org="iom"))
        self.resolved(B.RESOLUTION_KIND_RESUME_PARTNERSHIP)
        self.assertEqual(self.partnership().state, P.PARTNERSHIP_STATE_RECOGNISED)
        self.assert_open()

    def test_2_the_board_alone_ends(self):
        """PRO-7b.a, A15."""
        self.refusal("E_PREREQ_BOARD", lambda: self.act(self.hos, "BeginExit"))
        self.refusal("E_ROLE", lambda: self.act(self.iom, "BeginExit"))
        self.refusal("E_OWNER_ONLY", lambda: self.act(self.signatory, "BeginExit", org="unhcr"))
        resolution = self.propose(kind=B.RESOLUTION_KIND_END_PARTNERSHIP, subject_org="iom")
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.refusal("E_DEADLINE", lambda: self.open(resolution))
        self.refusal("E_FIELD", lambda: self.propose(kind=B.RESOLUTION_KIND_END_PARTNERSHIP))
        self.refusal("E_NOT_FOUND", lambda: self.propose(
            kind=B.RESOLUTION_KIND_END_PARTNERSHIP, subject_org="nobody"))

    def test_3_ended_wound_down_and_reopened(self):
        """PRO-7d."""
        chunk = self.assert_open()
        self.suspend_in_emergency()
        self.refusal("E_STATE", lambda: self.act(self.hos, "CompleteExit",
                                                 outcome="nothing was there"))
        self.resolved(B.RESOLUTION_KIND_END_PARTNERSHIP)
        self.assertEqual(self.partnership().state, P.PARTNERSHIP_STATE_EXITING)
        self.assert_closed()
        recall = tv.call("DisclosureService", "RecallDisclosures", request_id=new_id(),
                         recipient_org="iom", consent_id=self.consent.consent_id,
                         cause=x.RECALL_CAUSE_PARTNERSHIP_ENDED, reason="the partnership ends",
                         due=after(30))
        items = self.hos.call("PartnerService", "ListWindDownItems", org="iom").items
        self.assertEqual([(i.id, i.owner_org) for i in items], [(recall.recall_id, "tv")])
        self.assertEqual(len(Client("unhcr-officer").call(
            "PartnerService", "ListWindDownItems", org="iom").items), 0)
        complete = lambda: self.act(self.hos, "CompleteExit",
                                    outcome="all was handed over")
        self.refusal("E_STATE", complete)
        self.iom.call("DisclosureService", "AnswerRecall", request_id=new_id(),
                      recall_id=recall.recall_id, outcome=x.RECALL_OUTCOME_DELETED,
                      every_open_item=True)
        self.assertEqual(complete().state, P.PARTNERSHIP_STATE_ENDED)
        self.assert_closed()
        self.refusal("E_DEADLINE", lambda: self.act(self.hos, "ReopenPartnership"))
        self.assertEqual(self.act(self.hos, "ReopenPartnership",
                                  new_facts="another office").state,
                         P.PARTNERSHIP_STATE_PROSPECT)
        self.assert_closed()
        kinds = [e.kind for e in self.iom.call("PartnerService", "ListPartnershipEvents",
                                               org="iom", page_size=100).events]
        self.assertEqual(kinds[0], P.PARTNERSHIP_EVENT_KIND_RECORD_LEGACY)
        self.assertEqual(kinds[-3:], [P.PARTNERSHIP_EVENT_KIND_BEGIN_EXIT,
                                      P.PARTNERSHIP_EVENT_KIND_COMPLETE_EXIT,
                                      P.PARTNERSHIP_EVENT_KIND_REOPEN])
        self.assertTrue(chunk.items)


if __name__ == "__main__":
    unittest.main()
