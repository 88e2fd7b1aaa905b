#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Policies against a running daemon, from a stock client: drafted, consulted on, adopted
by the Board, vetted, in force, reviewed. Wants the variables of build/up/env."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from boardlib import NO, B, BoardCase  # noqa: E402
from pidclib import Client, after, new_id, pb  # noqa: E402

P = pb["policy"]
FIRST, SECOND = (hashlib.sha256(text).digest() for text in (b"first edition", b"second edition"))


class Policies(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = Client("sec-officer")

    def call(self, client, method, **fields):
        return client.call("PolicyService", method, request_id=new_id(), **fields)

    def create(self, code, client=None, document=None, **more):
        fields = dict(title="Edition", review_months=36, text_digest=FIRST)
        fields.update(more)
        return self.call(client or self.officer, "CreatePolicyVersion",
                         document=P.PolicyDocument(code=code, title="A policy",
                                                   **(document or {})),
                         version=P.PolicyVersion(**fields))

    def on(self, version, method, client=None, **fields):
        return self.call(client or self.hos, method, version_id=version.version_id, **fields)

    def policy(self, code):
        return self.member.call("PolicyService", "GetPolicy", code=code).document

    def versions(self, code):
        return list(self.member.call("PolicyService", "ListPolicyVersions", code=code).versions)

    def adoption(self, version, digest=None, **more):
        return dict(kind=B.RESOLUTION_KIND_POLICY_ADOPTION, subject_id=version.version_id,
                    subject_digest=digest or version.digest, **more)

    def adopted(self, code):
        version = self.create(code)
        self.on(version, "SubmitPolicyVersion")
        self.carried(**self.adoption(version))
        return version

    def in_force(self, code):
        version = self.adopted(code)
        self.on(version, "VetPolicyVersion", text_digest=FIRST)
        self.on(version, "PublishPolicyVersion", text_digest=FIRST)
        return version

    def test_DOC_a_policy_comes_into_force(self):
        version = self.create("ONE")
        self.assertFalse(self.policy("ONE").HasField("in_force"))
        # DOC-1.a, DOC-3.a, DOC-8.a: nothing without the Board
        self.refusal("E_PREREQ_BOARD", lambda: self.on(version, "PublishPolicyVersion",
                                                       text_digest=FIRST))
        self.refusal("E_PREREQ_BOARD", lambda: self.on(version, "VetPolicyVersion",
                                                       text_digest=FIRST))
        self.refusal("E_STATE", lambda: self.propose(**self.adoption(version)))
        self.on(version, "SubmitPolicyVersion")
        self.refusal("E_STALE_APPROVAL", lambda: self.propose(**self.adoption(version, b"0" * 32)))
        resolution, closing = self.voted(**self.adoption(version))
        self.assertEqual(closing.effect, B.RESOLUTION_EFFECT_DONE)
        adopted = self.versions("ONE")[0]
        self.assertEqual(adopted.state, P.POLICY_STATE_ADOPTED)
        self.assertEqual(adopted.adopted_on, self.get(resolution).closed_at)
        # DOC-8.b, d: an officer does not vet, nothing unvetted is published
        self.refusal("E_ROLE", lambda: self.on(version, "VetPolicyVersion", self.officer,
                                               text_digest=FIRST))
        self.refusal("E_PREREQ_VET", lambda: self.on(version, "PublishPolicyVersion",
                                                     text_digest=FIRST))
        # DOC-1.b: not another byte
        self.refusal("E_STALE_APPROVAL", lambda: self.on(version, "VetPolicyVersion",
                                                         text_digest=SECOND))
        self.on(version, "VetPolicyVersion", text_digest=FIRST)
        self.refusal("E_STALE_APPROVAL", lambda: self.on(version, "PublishPolicyVersion",
                                                         text_digest=SECOND))
        self.on(version, "PublishPolicyVersion", text_digest=FIRST)
        policy = self.policy("ONE")
        self.assertEqual(policy.in_force.version_id, version.version_id)
        self.assertEqual(policy.last_reviewed_at, policy.in_force.adopted_on)
        self.assertEqual(policy.next_review_due.ToDatetime().year,
                         policy.last_reviewed_at.ToDatetime().year + 3)
        self.assertEqual(policy.review_state, P.POLICY_REVIEW_STATE_CURRENT)
        items = self.member.call("PolicyService", "ListPolicyHistory", code="ONE").items
        self.assertEqual([x.step for x in items],
                         [P.POLICY_STEP_CREATE, P.POLICY_STEP_SUBMIT, P.POLICY_STEP_ADOPT,
                          P.POLICY_STEP_VET, P.POLICY_STEP_PUBLISH])
        # DOC-5, DOC-7: who, with which title
        titles = {x.step: x.title for x in items}
        self.assertNotEqual(titles[P.POLICY_STEP_VET], titles[P.POLICY_STEP_CREATE])
        self.assertTrue(all(titles[s] for s in (P.POLICY_STEP_VET, P.POLICY_STEP_CREATE)))

    def test_A31_nothing_but_nominations_before_the_policy(self):
        A = pb["partner"]
        prospect = lambda: self.hos.call(
            "PartnerService", "CreateProspect", request_id=new_id(),
            prospect=A.Prospect(org="pf" + new_id()[:8], name="Fund " + new_id(),
                                partner_class="NGO"))
        legacy = lambda: self.hos.call(
            "PartnerService", "RecordLegacy", request_id=new_id(), partner=A.Partner(
                org="lg" + new_id()[:8], name="Old friend", partner_class="NGO",
                instrument=A.LegacyInstrument(title="Letters", signed_on=after(-900))))
        legacy()
        version = self.adopted("PARTNERSHIP")
        self.refusal("E_STATE", prospect)
        self.member.call("PartnerService", "NominatePartner", request_id=new_id(),
                         nomination=A.Nomination(name="Somebody", partner_class="NGO",
                                                 reason="they train officers"))
        self.on(version, "VetPolicyVersion", text_digest=FIRST)
        self.on(version, "PublishPolicyVersion", text_digest=FIRST)
        prospect()
        self.refusal("E_STATE", legacy)  # OBJ-1.a

    def test_DOC_8_c_its_author_does_not_vet_it(self):
        version = self.create("OWN", self.hos)
        self.on(version, "SubmitPolicyVersion")
        self.carried(**self.adoption(version))
        self.refusal("E_SOD", lambda: self.on(version, "VetPolicyVersion", text_digest=FIRST))

    def test_a_lost_vote_makes_it_a_draft_again(self):
        version = self.create("LOST")
        self.on(version, "SubmitPolicyVersion")
        _, closing = self.voted(NO, **self.adoption(version))
        self.assertEqual(closing.state, B.RESOLUTION_STATE_NOT_CARRIED)
        self.assertEqual(self.versions("LOST")[0].state, P.POLICY_STATE_DRAFT)

    def test_DOC_1_b_what_changes_while_the_Board_votes_is_not_adopted(self):
        version = self.create("MOVED")
        self.on(version, "SubmitPolicyVersion")
        resolution = self.opened(**self.adoption(version))
        self.on(version, "RevisePolicyVersion", self.officer,
                revised=P.PolicyVersion(title="Edition", review_months=48, text_digest=FIRST))
        for org in ("fj", "tv", "nz", "pf", "ws"):
            self.vote(resolution, org)
        closing = self.close(resolution)
        self.assertEqual((closing.state, closing.effect),
                         (B.RESOLUTION_STATE_CARRIED, B.RESOLUTION_EFFECT_STALE))
        self.assertEqual(self.versions("MOVED")[0].state, P.POLICY_STATE_DRAFT)
        self.refusal("E_PREREQ_BOARD", lambda: self.on(version, "VetPolicyVersion",
                                                       text_digest=FIRST))

    def test_a_rescinded_adoption_is_none(self):
        version = self.create("GONE")
        self.on(version, "SubmitPolicyVersion")
        first = self.carried(**self.adoption(version))
        self.carried(kind=B.RESOLUTION_KIND_RESCIND, subject_id=first.resolution_id,
                     subject_digest=first.resolution_digest)
        self.refusal("E_PREREQ_BOARD", lambda: self.on(version, "VetPolicyVersion",
                                                       text_digest=FIRST))
        self.on(version, "ReturnPolicyVersion", reason="rescinded")
        self.assertEqual(self.versions("GONE")[0].state, P.POLICY_STATE_DRAFT)

    def test_DOC_what_nobody_writes(self):
        # DOC-1.c, DOC-2.a, DOC-3.b, DOC-4.a
        self.refusal("E_FIELD", lambda: self.create("BAD", adopted_on=after(0)))
        self.refusal("E_FIELD", lambda: self.create("BAD", document=dict(owner_org="iom")))
        self.refusal("E_FIELD", lambda: self.create("BAD", review_months=0))
        self.refusal("E_FIELD", lambda: self.create("BAD",
                                                    document=dict(next_review_due=after(9))))
        self.refusal("E_ROLE", lambda: self.create("BAD", self.member))
        self.create("TWICE")
        self.refusal("E_STATE", lambda: self.create("TWICE"))

    def test_REV_2_amendments_are_consulted_on(self):
        first = self.in_force("AMEND")
        second = self.create("AMEND", text_digest=SECOND, title="Second edition")
        self.refusal("E_PREREQ_CONSULT", lambda: self.on(second, "SubmitPolicyVersion"))
        self.refusal("E_FIELD", lambda: self.on(second, "OpenPolicyConsultation",
                                                closes_at=after(29)))
        self.on(second, "OpenPolicyConsultation", closes_at=after(31))
        given = self.call(self.member, "GivePolicyInput", version_id=second.version_id,
                          text="say who pays").input_id
        self.call(self.iom, "GivePolicyInput", version_id=second.version_id, text="say when")
        self.refusal("E_ROLE", lambda: self.call(self.officer, "GivePolicyInput",
                                                 version_id=second.version_id, text="mine"))
        self.refusal("E_DEADLINE", lambda: self.on(
            second, "ClosePolicyConsultation",
            responses=[P.PolicyResponse(input_id=given, response="taken up")]))
        inputs = self.member.call("PolicyService", "ListPolicyInputs",
                                  version_id=second.version_id).inputs
        self.assertEqual(sorted(x.org for x in inputs), ["iom", "ki"])
        self.refusal("E_STATE", lambda: self.on(second, "SubmitPolicyVersion"))
        self.assertEqual(self.policy("AMEND").in_force.version_id, first.version_id)

    def test_DOC_6_a_review_is_the_Boards(self):
        version = self.in_force("REVIEWED")
        conclude = dict(outcome=P.POLICY_REVIEW_OUTCOME_UNCHANGED, comment="nothing to change")
        self.refusal("E_PREREQ_BOARD", lambda: self.on(version, "ConcludePolicyReview",
                                                       **conclude))
        other = self.carried()
        self.refusal("E_PREREQ_BOARD", lambda: self.on(
            version, "ConcludePolicyReview", resolution_id=other.resolution_id, **conclude))
        resolution = self.carried(kind=B.RESOLUTION_KIND_POLICY_REVIEW,
                                  subject_id=version.version_id,
                                  subject_digest=self.policy("REVIEWED").in_force.digest)
        unused = self.get(resolution)
        self.assertEqual(unused.lapses_at.ToDatetime().year,
                         unused.closed_at.ToDatetime().year + 1)
        self.assertFalse(unused.is_lapsed)
        done = self.on(version, "ConcludePolicyReview", resolution_id=resolution.resolution_id,
                       **conclude)
        self.refusal("E_STATE", lambda: self.on(
            version, "ConcludePolicyReview", resolution_id=resolution.resolution_id, **conclude))
        policy = self.policy("REVIEWED")
        self.assertEqual(policy.next_review_due, done.next_review_due)
        self.assertGreater(policy.last_reviewed_at.ToDatetime(),
                           policy.in_force.adopted_on.ToDatetime())
        last = self.member.call("PolicyService", "ListPolicyHistory", code="REVIEWED").items[-1]
        self.assertEqual((last.step, last.comment, last.resolution_id),
                         (P.POLICY_STEP_REVIEW, "nothing to change", resolution.resolution_id))


if __name__ == "__main__":
    unittest.main(verbosity=1)
