#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Observers, integration plans, members' own agreements and instruments against a running
daemon, from a stock client. Wants the variables of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from boardlib import B, BoardCase  # noqa: E402
from pidclib import Client, after, column, new_id, pb  # noqa: E402

M, P, I = pb["member"], pb["partner"], pb["bilateral"]
O, C, D, S = pb["observer"], pb["common"], pb["data"], pb["statement"]
REGIONAL = {"picp", "oco", "ffa", "pifs", "pilon", "ppiu"}
INTERNATIONAL = {"iom", "unhcr", "unodc", "bali"}


class Arrangements(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tv, cls.fj = Client("tv-officer"), Client("fj-officer")

    def member_call(self, client, method, **fields):
        return client.call("MemberService", method, request_id=new_id(), **fields)

    def observers(self):
        return {x.org: x for x in self.member.call("PartnerService", "ListObservers",
                                                   page_size=100).observers}

    def test_EXI_0_a_to_c_who_was_there_before(self):
        partners = self.member.call("PartnerService", "ListPartners", page_size=100).partners
        classes = {x.org: x.partner_class for x in partners
                   if x.state == pb["partnership"].PARTNERSHIP_STATE_RECOGNISED}
        # EXI-0a.a, EXI-0b.a: six and four, ten in all
        self.assertEqual({o for o in classes if classes[o] == "REGIONAL_ORG"}, REGIONAL)
        self.assertEqual({o for o in classes if classes[o] == "INTERNATIONAL_BODY"}, INTERNATIONAL)
        # EXI-0c.a: nine, PICP once though it is printed twice, PPIU not
        listed = {o for o, x in self.observers().items() if not x.resolution_id}
        self.assertLessEqual(listed, REGIONAL | INTERNATIONAL - {"ppiu"})
        self.assertNotIn("ppiu", listed)
        self.refusal("E_ROLE", lambda: self.member.call(
            "PartnerService", "RecordLegacy", request_id=new_id(),
            partner=P.Partner(org="picp")))

    def test_the_Board_suspends_and_approves_an_observer(self):
        self.refusal("E_STATE", lambda: self.propose(
            kind=B.RESOLUTION_KIND_OBSERVER_SUSPENSION, subject_org="ppiu"))
        self.refusal("E_FIELD", lambda: self.propose(
            kind=B.RESOLUTION_KIND_OBSERVER_APPROVAL, subject_org="nz"))
        resolution, closing = self.voted(kind=B.RESOLUTION_KIND_OBSERVER_SUSPENSION,
                                         subject_org="unodc")
        self.assertEqual(closing.effect, B.RESOLUTION_EFFECT_DONE)
        seen = self.observers()["unodc"]
        self.assertEqual((seen.state, seen.resolution_id),
                         (O.OBSERVER_STATE_SUSPENDED, resolution.resolution_id))
        partner = self.member.call("PartnerService", "GetPartner", org="unodc").partner
        self.assertFalse(partner.is_observer)
        self.carried(kind=B.RESOLUTION_KIND_OBSERVER_APPROVAL, subject_org="unodc")
        seen = self.observers()["unodc"]
        self.assertEqual(seen.state, O.OBSERVER_STATE_APPROVED)
        self.assertEqual(seen.review_due.ToDatetime().year, seen.reviewed_at.ToDatetime().year + 3)
        self.assertFalse(seen.is_review_overdue)
        self.carried(kind=B.RESOLUTION_KIND_OBSERVER_END, subject_org="unodc")
        self.assertFalse(self.observers()["unodc"].HasField("review_due"))

    def plan(self, client, version=0, **fields):
        return client.call("PartnerService", "SetIntegrationPlan", request_id=new_id(),
                           expected_version=version, plan=O.IntegrationPlan(**fields))

    def test_EXI_0d_a_being_late_costs_nothing(self):
        """EXI-0d.a: an overdue plan leaves the partner RECOGNISED."""
        self.refusal("E_ROLE", lambda: self.plan(self.member, org="ffa", steps=["talk"]))
        self.refusal("E_NOT_FOUND", lambda: self.plan(self.hos, org="nobody", steps=["talk"]))
        self.plan(self.hos, org="ffa", steps=["review of alignment", "new agreement"])
        self.refusal("E_VERSION", lambda: self.plan(self.hos, org="ffa", steps=["talk"]))
        self.plan(self.hos, 1, org="ffa", steps=["talk first"], due=after(1 / 86400))
        plans = lambda **f: {x.org: x for x in self.member.call(
            "PartnerService", "ListIntegrationPlans", page_size=100, **f).plans}
        self.assertEqual(list(plans()["ffa"].steps), ["talk first"])
        self.until(lambda: "ffa" in plans(overdue_only=True))
        self.assertTrue(plans()["ffa"].is_overdue)
        self.assertEqual(self.member.call("PartnerService", "GetPartner", org="ffa").partner.state,
                         pb["partnership"].PARTNERSHIP_STATE_RECOGNISED)

    def file(self, client, visibility, **more):
        fields = dict(counterparty="Example Republic", title="Joint patrols",
                      visibility=visibility)
        fields.update(more)
        return self.member_call(client, "FileBilateral", notice=I.BilateralNotice(**fields))

    def notices(self, client):
        return {x.bilateral_id for x in client.call("MemberService", "ListBilaterals",
                                                    page_size=100).notices}

    def test_EXI_1_only_the_member_touches_its_own(self):
        own = self.file(self.tv, I.BILATERAL_VISIBILITY_OWN).bilateral_id
        members = self.file(self.tv, I.BILATERAL_VISIBILITY_MEMBERS).bilateral_id
        everybody = self.file(self.tv, I.BILATERAL_VISIBILITY_COMMUNITY).bilateral_id
        self.assertLessEqual({own, members, everybody}, self.notices(self.tv))
        self.assertEqual(self.notices(self.fj) & {own, members, everybody}, {members, everybody})
        self.assertEqual(self.notices(self.iom) & {own, members, everybody}, {everybody})
        # EXI-1.a: neither the Secretariat nor another member; what one does not see is not there
        withdraw = lambda client, which: self.member_call(
            client, "WithdrawBilateral", bilateral_id=which, expected_version=1)
        self.refusal("E_OWNER_ONLY", lambda: withdraw(self.hos, members))
        self.refusal("E_OWNER_ONLY", lambda: withdraw(self.fj, members))
        self.refusal("E_OWNER_ONLY", lambda: withdraw(self.iom, everybody))
        self.refusal("E_NOT_FOUND", lambda: withdraw(self.hos, own))
        self.refusal("E_OWNER_ONLY", lambda: self.file(self.hos, I.BILATERAL_VISIBILITY_OWN))
        self.refusal("E_OWNER_ONLY", lambda: self.file(self.iom, I.BILATERAL_VISIBILITY_OWN))
        # EXI-1.b: nor the Board, however it votes
        self.refusal("E_SOVEREIGN", lambda: self.propose(subject_id=members))
        withdraw(self.tv, members)
        self.refusal("E_STATE", lambda: self.member_call(
            self.tv, "WithdrawBilateral", bilateral_id=members, expected_version=2))

    def test_EXI_1_c_it_opens_nothing(self):
        """EXI-1.c: who has an agreement with a member alone is no partner of PIDC."""
        org = "bf" + new_id()[:8]
        self.hos.call("PartnerService", "CreateProspect", request_id=new_id(),
                      prospect=P.Prospect(org=org, name="Fund " + org, partner_class="NGO"))
        self.file(self.tv, I.BILATERAL_VISIBILITY_COMMUNITY, counterparty="Fund " + org)
        dataset, _ = self.shared("tv", self.tv)
        reply = self.check("tv", self.tv, dataset, org)
        self.assertEqual((reply.verdict, reply.reason),
                         (pb["consent"].VERDICT_DENY, pb["reason"].REASON_D_PARTNER_STATE))

    def check(self, owner, client, dataset, recipient):
        return client.call("ConsentService", "CheckConsent", owner_org=owner, dataset_id=dataset,
                           recipient_org=recipient, recipient_capacity=C.CAPACITY_PARTNER,
                           purpose="ME", action=C.ACTION_READ, fields=["count"])

    def shared(self, org, officer):
        """A dataset of the member with one contribution, granted to IOM."""
        agent = Client(org + "-agent")
        made = agent.call("DataService", "DefineDataset", request_id=new_id(), dataset=D.Dataset(
            category="OVER", title="Overstays", granularity=C.GRANULARITY_AGGREGATE,
            legal_basis="Immigration Act", ethics_note="none", retention_months=12,
            classification_default=C.CLASSIFICATION_GREEN,
            fields=[D.DatasetField(name="count", type=D.FIELD_TYPE_INTEGER)])).dataset.dataset_id
        statement = S.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org=org,
            kind=S.STATEMENT_KIND_GRANT, data=S.DataSelector(dataset_ids=[made]),
            recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER),
            purposes=["ME"], actions=[C.ACTION_READ], fields=["count"], mode=S.GRANT_MODE_ADD,
            valid_to=after(90), origin=self.origin)
        officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                     signed=officer.sign(statement))
        submit = lambda: agent.call("DataService", "SubmitContribution", request_id=new_id(),
                                    dataset_id=made, columns=[column("count", [7])])
        submit()
        return made, submit

    def test_INT_2_rights_end_with_the_instrument(self):
        head, officer = Client("nr-head"), Client("nr-officer")
        instrument = M.MembershipInstrument(title="Charter of 2026", signed_on=after(-1),
                                            document_digest=b"1" * 32)
        self.refusal("E_ROLE", lambda: self.member_call(officer, "RecordInstrument",
                                                        instrument=instrument))
        version = self.member_call(head, "RecordInstrument", instrument=instrument).version
        self.assertEqual(self.member.call("MemberService", "GetMember",
                                          org="nr").member.instrument.title, "Charter of 2026")
        dataset, submit = self.shared("nr", officer)
        permit, deny = pb["consent"].VERDICT_PERMIT, pb["consent"].VERDICT_DENY
        self.assertEqual(self.check("nr", self.iom, dataset, "iom").verdict, permit)
        self.refusal("E_ROLE", lambda: self.member_call(
            self.hos, "EndMembership", expected_version=version, reason="they pay late"))
        self.member_call(head, "EndMembership", expected_version=version, reason="so we decided")
        # at once, from memory or not; INT-2.b
        self.assertEqual(self.check("nr", self.iom, dataset, "iom").verdict, deny)
        self.refusal("E_NOT_MEMBER_STATE", submit)
        self.refusal("E_NOT_MEMBER_STATE", lambda: self.member_call(
            head, "RecordInstrument", instrument=instrument))
        # INT-2.a: no seat
        self.refusal("E_NOT_MEMBER_STATE", lambda: head.call(
            "IdentityService", "GrantRole", request_id=new_id(),
            principal_id=officer.call("IdentityService", "WhoAmI").actor.principal_id,
            role=C.ROLE_BOARD_MEMBER))


if __name__ == "__main__":
    unittest.main(verbosity=1)
