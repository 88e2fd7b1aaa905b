#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""From a name to a screened prospect against a running daemon, from a stock client.
Wants the variables of build/up/env."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, new_id, pb  # noqa: E402

P = pb["partner"]
M = pb["partnership"]
C = pb["common"]


def dossier(**more):
    fields = dict(
        alignment=[P.AlignmentScore(criterion=c, score=c - 1, text="as their charter says")
                   for c in range(1, 6)],
        cultural_note="works through village councils",
        strategic=P.StrategicTerms(shared_goals=["safe migration", "fair work"],
                                   objectives=["capacity"], term_months=36),
        operational=P.OperationalTerms(activities=[
            P.PlannedActivity(title="Training", contribution=P.CONTRIBUTION_KIND_EXPERTISE),
            P.PlannedActivity(title="Readers", contribution=P.CONTRIBUTION_KIND_RESOURCES)]),
        themes=["CAPACITY", "TRAFFICKING"],
        documents=[P.DossierDocument(title="Charter", digest=hashlib.sha256(b"x").digest())])
    fields.update(more)
    return P.Dossier(**fields)


class Partnership(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hos = Client("sec-hos")
        cls.officer = Client("sec-officer")
        cls.tv = Client("tv-officer")
        cls.fj = Client("fj-officer")
        cls.iom = Client("iom-officer")
        cls.iom_agent = Client("iom-agent")

    def refused(self, reason, function):
        with self.assertRaises(Refused) as caught:
            function()
        self.assertEqual(caught.exception.reason, reason)

    def call(self, client, method, **fields):
        return client.call("PartnerService", method, request_id=new_id(), **fields)

    def create(self, org, client=None, **more):
        fields = dict(org=org, name="Fund " + org, partner_class="NGO")
        fields.update(more)
        return self.call(client or self.hos, "CreateProspect", prospect=P.Prospect(**fields))

    def submit(self, org, version, client=None, **more):
        return self.call(client or self.hos, "SubmitDossier", org=org, expected_version=version,
                         dossier=dossier(**more))

    def screen(self, org, version, client=None, outcome=P.SCREENING_OUTCOME_PASSED):
        return self.call(client or self.officer, "ScreenProspect", org=org,
                         expected_version=version, outcome=outcome, reason="fits what we do")

    def get(self, org, client=None):
        return (client or self.hos).call("PartnerService", "GetPartnership",
                                         org=org).partnership

    def nominations(self, client):
        return client.call("PartnerService", "ListNominations", page_size=500).nominations

    def test_from_a_name_to_a_screened_prospect(self):
        nomination_id = self.call(
            self.tv, "NominatePartner",
            nomination=P.Nomination(name="Example Development Fund", partner_class="NGO",
                                    reason="they train border officers")).nomination_id
        self.create("edf", name="Example Development Fund", aliases=["EDF"],
                    registration_number="R-77", nomination_id=nomination_id)
        mine, = [n for n in self.nominations(self.tv) if n.nomination_id == nomination_id]
        self.assertEqual((mine.state, mine.org, mine.nominated_by),
                         (P.NOMINATION_STATE_TAKEN_UP, "edf", "tv"))
        reply = self.submit("edf", 1)
        # What anybody can compute.
        self.assertEqual(reply.digest, hashlib.sha256(
            b"pidc/dossier/v1\0" + dossier().SerializeToString()).digest())
        self.assertEqual(reply.version, 2)
        self.assertEqual(self.screen("edf", 2).state, M.PARTNERSHIP_STATE_SCREENED)

        seen = self.get("edf")
        self.assertEqual(seen.state, M.PARTNERSHIP_STATE_SCREENED)
        self.assertEqual(seen.effective_state, M.PARTNERSHIP_STATE_SCREENED)
        self.assertEqual(seen.term, P.PARTNERSHIP_TERM_UNSPECIFIED)
        self.assertEqual(seen.origin, P.PARTNERSHIP_ORIGIN_NEW)
        self.assertEqual((seen.registration_number, seen.nomination_id, seen.version),
                         ("R-77", nomination_id, 3))
        self.assertEqual(list(seen.types),
                         [P.PARTNERSHIP_TYPE_STRATEGIC, P.PARTNERSHIP_TYPE_OPERATIONAL])
        self.assertEqual(seen.screening.dossier_digest, seen.dossier.digest)
        self.assertIn("/officer/", seen.screening.screened_by)
        # Every word of the dossier comes back as it was submitted.
        submitted = P.Dossier()
        submitted.CopyFrom(seen.dossier)
        for field in ("dossier_id", "author", "digest", "submitted_at"):
            submitted.ClearField(field)
        self.assertEqual(submitted, dossier())

        events = self.iom.call("PartnerService", "ListPartnershipEvents", org="edf").events
        kind, state = M.PartnershipEventKind.Value, M.PartnershipState.Value
        self.assertEqual(
            [(e.kind, getattr(e, "from"), e.to, e.version) for e in events],
            [(kind("PARTNERSHIP_EVENT_KIND_CREATE_PROSPECT"), 0,
              state("PARTNERSHIP_STATE_PROSPECT"), 1),
             (kind("PARTNERSHIP_EVENT_KIND_SUBMIT_DOSSIER"), 1, 1, 2),
             (kind("PARTNERSHIP_EVENT_KIND_PASS_SCREENING"), 1, 2, 3)])
        self.assertEqual(sorted(e.index for e in events), [e.index for e in events])

    def test_3_7_dossiers_are_for_those_who_assess(self):
        self.create("aud")
        self.submit("aud", 1)
        for client in (self.tv, self.iom):
            seen = self.get("aud", client)
            self.assertEqual(seen.state, M.PARTNERSHIP_STATE_PROSPECT)
            self.assertFalse(seen.HasField("dossier") or seen.HasField("screening"))
            size = client.call("LedgerService", "GetHead").size
            entry, = client.call("LedgerService", "ListEntries", start=seen.index,
                                 count=1).entries
            self.assertLess(seen.index, size)
            self.assertEqual(entry.payload, b"")
        self.assertTrue(self.get("aud", self.officer).HasField("dossier"))

    def test_INT_1a_PRO_1a_a_only_the_secretariat_creates(self):
        for client in (self.iom_agent, self.iom, self.tv):
            self.refused("E_ROLE", lambda: self.create("xx", client))
        self.refused("E_NOT_FOUND", lambda: self.get("xx"))

    def test_T1_no_duplicates(self):
        self.create("dup", aliases=["Doubles"], registration_number="R-1")
        self.refused("E_EXISTS", lambda: self.create("dup"))
        self.refused("E_EXISTS", lambda: self.create("dup2", name="FUND DUP"))
        self.refused("E_EXISTS", lambda: self.create("dup2", aliases=["doubles"]))
        self.refused("E_EXISTS", lambda: self.create("dup2", registration_number="R-1"))
        self.create("dup2")
        self.refused("E_UNKNOWN_CODE", lambda: self.create("dup3", partner_class="GUILD"))

    def test_INT_4a_INT_5a_STM_2a_incomplete_dossiers(self):
        self.create("inc", partner_class="PRIVATE_SECTOR")
        self.refused("E_FIELD", lambda: self.submit("inc", 1))
        self.submit("inc", 1, necessity="nobody else makes the readers")
        more = dict(necessity="nobody else makes the readers")
        self.refused("E_FIELD", lambda: self.submit("inc", 2, cultural_note="", **more))
        self.refused("E_FIELD", lambda: self.submit(
            "inc", 2, alignment=dossier().alignment[:4], **more))
        self.refused("E_UNKNOWN_CODE", lambda: self.submit("inc", 2, themes=["WEATHER"], **more))
        self.refused("E_VERSION", lambda: self.submit("inc", 1, **more))
        self.assertEqual(self.get("inc").version, 2)

    def test_SD_1_authors_do_not_screen(self):
        self.create("sod")
        self.refused("E_FIELD", lambda: self.screen("sod", 1))
        self.submit("sod", 1, self.officer)
        self.refused("E_SOD", lambda: self.screen("sod", 2))
        self.refused("E_ROLE", lambda: self.screen("sod", 2, self.hos))
        # A new version by somebody else is another text.
        self.submit("sod", 2)
        self.assertEqual(self.screen("sod", 3, outcome=P.SCREENING_OUTCOME_RETURNED).state,
                         M.PARTNERSHIP_STATE_PROSPECT)
        self.assertEqual(self.screen("sod", 4).state, M.PARTNERSHIP_STATE_SCREENED)
        self.refused("E_STATE", lambda: self.screen("sod", 5))

    def test_withdrawn_is_an_end(self):
        self.create("end")
        withdraw = dict(org="end", expected_version=1, reason="lost interest")
        self.refused("E_OWNER_ONLY", lambda: self.call(self.iom, "WithdrawPartnership", **withdraw))
        self.refused("E_ROLE", lambda: self.call(self.officer, "WithdrawPartnership", **withdraw))
        self.call(self.hos, "WithdrawPartnership", **withdraw)
        self.assertEqual(self.get("end").state, M.PARTNERSHIP_STATE_WITHDRAWN)
        self.refused("E_STATE", lambda: self.submit("end", 2))
        self.refused("E_STATE", lambda: self.call(self.hos, "WithdrawPartnership", org="end",
                                                  expected_version=2, reason="again"))
        # And an agreement from before the policy is no prospect.
        self.refused("E_STATE", lambda: self.call(
            self.hos, "WithdrawPartnership", org="iom",
            expected_version=self.get("iom").version, reason="no more"))

    def test_nominations_are_declined_once(self):
        nomination_id = self.call(
            self.iom, "NominatePartner",
            nomination=P.Nomination(name="Reef Analytics Ltd", partner_class="PRIVATE_SECTOR",
                                    reason="they count ships")).nomination_id
        self.assertNotIn(nomination_id, [n.nomination_id for n in self.nominations(self.fj)])
        self.assertIn(nomination_id, [n.nomination_id for n in self.nominations(self.officer)])
        decline = dict(nomination_id=nomination_id, reason="not now")
        self.refused("E_ROLE", lambda: self.call(self.iom, "DeclineNomination",
                                                 expected_version=1, **decline))
        self.refused("E_VERSION", lambda: self.call(self.hos, "DeclineNomination",
                                                    expected_version=2, **decline))
        self.call(self.hos, "DeclineNomination", expected_version=1, **decline)
        mine, = [n for n in self.nominations(self.iom) if n.nomination_id == nomination_id]
        self.assertEqual((mine.state, mine.answer), (P.NOMINATION_STATE_DECLINED, "not now"))
        self.refused("E_STATE", lambda: self.call(self.hos, "DeclineNomination",
                                                  expected_version=2, **decline))
        self.refused("E_STATE", lambda: self.create("reef", nomination_id=nomination_id))

    def test_BKG_3_prospects_are_not_in_the_register(self):
        self.create("notyet")
        register = [e.org for e in self.tv.call("PartnerService", "ListRegister",
                                                page_size=500).entries]
        self.assertIn("iom", register)
        self.assertNotIn("notyet", register)
        listed = self.tv.call("PartnerService", "ListPartnerships", page_size=500).partnerships
        states = {p.org: p for p in listed}
        self.assertEqual(states["notyet"].origin, P.PARTNERSHIP_ORIGIN_NEW)
        self.assertEqual(states["iom"].origin, P.PARTNERSHIP_ORIGIN_LEGACY)
        self.assertEqual(states["iom"].effective_state, M.PARTNERSHIP_STATE_RECOGNISED)
        event, = self.tv.call("PartnerService", "ListPartnershipEvents", org="iom").events
        self.assertEqual(event.kind, M.PARTNERSHIP_EVENT_KIND_RECORD_LEGACY)

    def test_G3_a_prospect_gets_nothing(self):
        D = pb["data"]
        agent = Client("tv-agent")
        dataset_id = agent.call(
            "DataService", "DefineDataset", request_id=new_id(),
            dataset=D.Dataset(category="OVER", title="Overstays",
                              granularity=C.GRANULARITY_AGGREGATE,
                              classification_default=C.CLASSIFICATION_GREEN, legal_basis="Act",
                              ethics_note="none", retention_months=12,
                              fields=[D.DatasetField(name="count", type=D.FIELD_TYPE_INTEGER)])
        ).dataset.dataset_id
        self.create("gate")

        def reason():
            return pb["reason"].Reason.Name(self.tv.call(
                "ConsentService", "CheckConsent", owner_org="tv", recipient_org="gate",
                recipient_capacity=C.CAPACITY_PARTNER, dataset_id=dataset_id, purpose="ME",
                action=C.ACTION_READ, fields=["count"]).reason)

        self.assertEqual(reason(), "REASON_D_PARTNER_STATE")
        self.submit("gate", 1)
        self.screen("gate", 2)
        self.assertEqual(reason(), "REASON_D_PARTNER_STATE")
        self.call(self.hos, "WithdrawPartnership", org="gate", expected_version=3,
                  reason="lost interest")
        self.assertEqual(reason(), "REASON_D_PARTNER_STATE")


if __name__ == "__main__":
    unittest.main()
