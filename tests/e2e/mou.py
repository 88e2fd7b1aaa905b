#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Memoranda of understanding against a running daemon: their way to two signatures, and
what the decision about a release makes of them. Wants the variables of build/up/env. The
tests build on each other: one partner, one text after the other."""

import datetime
import hashlib
import time
import unittest

import sharinglib
from boardlib import B
from moulib import C, M, MouCase, P, scope
from pidclib import Client, new_id, pb


class Mou(MouCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        d = sharinglib.d
        cls.dataset = sharinglib.dataset("Overstays", [
            d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)])
        sharinglib.submit(cls.dataset, [("count", [1, 2])])
        sharinglib.grant(cls.dataset, ["count"])

    def reason(self):
        return pb["reason"].Reason.Name(self.iom.call(
            "ConsentService", "CheckConsent", owner_org="tv", dataset_id=self.dataset,
            purpose="ME", action=C.ACTION_READ, fields=["count"]).reason)

    def fetched(self):
        return sharinglib.fetch(self.iom, ["count"], dataset_ids=[self.dataset])

    def test_1_from_a_draft_to_two_signatures(self):
        self.refusal("E_NOT_FOUND", lambda: self.draft(org="nobody"))
        made = self.draft(without=(M.MOU_CLAUSE_KIND_AUTONOMY, M.MOU_CLAUSE_KIND_SUSTAINABILITY))
        mou_id = made.mou_id
        self.refusal("E_EXISTS", self.draft)
        check = self.iom.call("MouService", "CheckMou", mou_id=mou_id)
        # PRI-1a, PRI-7.a
        self.assertEqual([f.clause for f in check.findings], ["AUTONOMY", "SUSTAINABILITY"])
        refused = self.refusal("E_MOU_INCOMPLETE", lambda: self.vet(mou_id))
        self.assertEqual(refused.metadata["field"], "AUTONOMY")
        revised = self.mou(self.hos, "ReviseMou", mou_id=mou_id, expected_version=1,
                           terms=self.terms())
        # What anybody can compute.
        mou = self.read(mou_id, self.member)
        self.assertEqual(mou.digest, hashlib.sha256(
            b"pidc/mou/v1\0" + mou_id.encode() + b"\0" + mou.terms).digest())
        self.assertEqual(M.MouTerms.FromString(mou.terms), self.terms())
        self.assertEqual(revised.digest, mou.digest)
        # SD-5, DOC-8: not by the author, not on another text.
        self.refusal("E_SOD", lambda: self.vet(mou_id))
        self.mou(self.officer, "ReviseMou", mou_id=mou_id, expected_version=2, terms=self.terms())
        self.refusal("E_ROLE", lambda: self.vet(mou_id, self.officer))
        self.refusal("E_FIELD", lambda: self.vet(mou_id, digest=b"1" * 32))
        self.refusal("E_VERSION", lambda: self.vet(mou_id, expected_version=2))
        self.refusal("E_PREREQ_VET", lambda: self.approve(mou_id))
        self.vet(mou_id)
        self.refusal("E_STATE", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.hos))
        self.approve(mou_id)
        self.assertEqual(self.read(mou_id).state, M.MOU_STATE_BOARD_APPROVED)
        # PRO-3a.b, PRO-3a.c
        self.refusal("E_ROLE", lambda: self.sign(mou_id, M.MOU_PARTY_PARTNER, self.iom))
        self.refusal("E_ROLE", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.signatory))
        self.refusal("E_ROLE", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.board["fj"]))
        self.refusal("E_FIELD", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.hos,
                                                  digest=b"1" * 32))
        self.refusal("E_FIELD", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.hos,
                                                  origin="elsewhere"))
        statement = M.MouSignatureStatement(mou_id=mou_id, digest=self.read(mou_id).digest,
                                            party=M.MOU_PARTY_PIDC, origin=self.origin)
        self.refusal("E_OWNER_ONLY", lambda: self.mou(self.hos, "SignMou",
                                                      signed=self.officer.sign(statement)))
        self.sign(mou_id, M.MOU_PARTY_PARTNER, self.signatory)
        self.assertEqual(self.read(mou_id).standing, M.MOU_STANDING_PREPARED)
        self.refusal("E_EXISTS", lambda: self.sign(mou_id, M.MOU_PARTY_PARTNER, self.signatory))
        # Any change of the text, and nobody has signed or approved it.
        self.mou(self.officer, "ReviseMou", mou_id=mou_id,
                 expected_version=self.read(mou_id).version, terms=self.terms(term_months=36))
        changed = self.read(mou_id)
        self.assertEqual((changed.state, len(changed.signatures), changed.resolution_id,
                          changed.vetted_by), (M.MOU_STATE_DRAFT, 0, "", ""))
        self.refusal("E_STATE", lambda: self.sign(mou_id, M.MOU_PARTY_PIDC, self.hos))
        self.vet(mou_id)
        self.approve(mou_id)
        reply = self.sign_both(mou_id)
        self.assertEqual(reply.state, M.MOU_STATE_IN_FORCE)
        seen = self.read(mou_id, self.iom)
        self.assertEqual(seen.standing, M.MOU_STANDING_IN_FORCE)
        self.assertEqual([x.party for x in seen.signatures],
                         [M.MOU_PARTY_PARTNER, M.MOU_PARTY_PIDC])
        begin, end = seen.effective_from.ToDatetime(), seen.term_to.ToDatetime()
        self.assertEqual((begin.year + 3, begin.month), (end.year, end.month))
        self.assertEqual(seen.ends_at, seen.term_to)

    def test_2_who_reads_it(self):
        mou, = self.iom.call("MouService", "ListMous", page_size=10).mous
        self.assertEqual(mou.terms, b"")
        other = Client("unhcr-officer")
        self.assertEqual(len(other.call("MouService", "ListMous", page_size=10).mous), 0)
        self.refusal("E_NOT_FOUND", lambda: self.read(mou.mou_id, other))
        self.refusal("E_NOT_FOUND", lambda: other.call("MouService", "CheckMou",
                                                       mou_id=mou.mou_id))
        self.refusal("E_ROLE", lambda: self.draft(self.iom))

    def test_3_EXI_2_a_recorded_agreement_stays_until_it_is_replaced(self):
        legacy = self.hos.call("PartnerService", "GetPartner", org="iom").partner.instrument
        self.assertEqual(self.reason(), "REASON_UNSPECIFIED")
        self.in_force(scope=scope(), replaces_instrument_id=legacy.instrument_id)
        # TYP-3.a: a text without data gives none; the owner's consent changes nothing.
        self.assertEqual(self.reason(), "REASON_D_MOU_SCOPE")
        refused = self.refusal("D_MOU_SCOPE", self.fetched)
        self.assertEqual(refused.reason, "D_MOU_SCOPE")

    def test_4_the_next_version_begins_to_the_instant(self):
        at = datetime.datetime.utcnow() + datetime.timedelta(seconds=6)
        text = self.terms(scope=scope("ME"))
        text.not_before.FromDatetime(at)
        mou_id = self.in_force(text=text)
        standing = self.read(mou_id).standing
        self.assertIn(standing, (M.MOU_STANDING_AWAITED, M.MOU_STANDING_IN_FORCE))
        deadline = time.monotonic() + 60
        answers = [self.reason()]
        while answers[-1] != "REASON_UNSPECIFIED":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
            answers.append(self.reason())
        # Nobody wrote anything: the clock changed the answer, in memory too.
        self.assertGreaterEqual(datetime.datetime.utcnow(), at)
        self.assertTrue(self.fetched())
        older = [x for x in self.iom.call("MouService", "ListMous", page_size=10).mous
                 if x.mou_id != mou_id]
        self.assertEqual({x.standing for x in older}, {M.MOU_STANDING_SUPERSEDED})

    def test_5_the_next_version_ends_the_one_before_to_the_instant(self):
        self.assertEqual(self.reason(), "REASON_UNSPECIFIED")
        at = datetime.datetime.utcnow() + datetime.timedelta(seconds=6)
        text = self.terms(scope=scope("RESEARCH_STAT"))
        text.not_before.FromDatetime(at)
        self.in_force(text=text)
        deadline = time.monotonic() + 60
        while self.reason() == "REASON_UNSPECIFIED":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertGreaterEqual(datetime.datetime.utcnow(), at)
        self.assertEqual(self.reason(), "REASON_D_MOU_SCOPE")
        self.refusal("D_MOU_SCOPE", self.fetched)

    def test_6_rescind_and_it_stops(self):
        mou_id = self.in_force(scope=scope("ME"))
        self.assertEqual(self.reason(), "REASON_UNSPECIFIED")
        self.assertTrue(self.fetched())
        approval = self.read(mou_id).resolution_id
        digest = self.hos.call("BoardService", "GetResolution",
                               resolution_id=approval).resolution.resolution_digest
        self.carried(kind=B.RESOLUTION_KIND_RESCIND, subject_id=approval, subject_digest=digest)
        self.assertEqual(self.reason(), "REASON_D_MOU")
        self.refusal("D_MOU", self.fetched)
        self.assertEqual(self.read(mou_id).standing, M.MOU_STANDING_RESCINDED)
        self.refusal("E_MOU_NOT_IN_FORCE", lambda: self.mou(
            self.signatory, "TerminateMou", mou_id=mou_id,
            expected_version=self.read(mou_id).version, reason="no more use"))

    def test_7_notice(self):
        mou_id = self.in_force(scope=scope("ME"), term_months=2, notice_months=3)
        mou = self.read(mou_id)
        # Its notice is longer than its term: it expires from the first day on.
        self.assertEqual(mou.standing, M.MOU_STANDING_EXPIRING)
        end = dict(mou_id=mou_id, expected_version=mou.version, reason="no more use")
        self.refusal("E_ROLE", lambda: self.mou(self.iom, "TerminateMou", **end))
        reply = self.mou(self.signatory, "TerminateMou", **end)
        self.assertEqual(reply.terminates_at, mou.term_to)
        self.assertEqual(self.read(mou_id).state, M.MOU_STATE_NOTICE_GIVEN)
        self.assertEqual(self.reason(), "REASON_UNSPECIFIED")
        end["expected_version"] += 1
        self.refusal("E_STATE", lambda: self.mou(self.signatory, "TerminateMou", **end))
        # And PIDC gives notice by its Board.
        mou_id = self.in_force(scope=scope("ME"))
        mou = self.read(mou_id)
        self.refusal("E_STALE_APPROVAL", lambda: self.propose(
            kind=B.RESOLUTION_KIND_MOU_TERMINATION, subject_org="iom", subject_id=mou_id,
            subject_digest=b"1" * 32))
        _, closing = self.voted(kind=B.RESOLUTION_KIND_MOU_TERMINATION, subject_org="iom",
                                subject_id=mou_id, subject_digest=mou.digest)
        self.assertEqual(closing.effect, B.RESOLUTION_EFFECT_DONE)
        seen = self.read(mou_id)
        self.assertEqual(seen.state, M.MOU_STATE_NOTICE_GIVEN)
        self.assertLess(seen.ends_at.seconds, seen.term_to.seconds)
        self.assertEqual(seen.ends_at, seen.terminates_at)

    def test_8_a_stale_approval_does_nothing(self):
        mou_id = self.draft().mou_id
        self.vet(mou_id)
        mou = self.read(mou_id)
        resolution = self.opened(kind=B.RESOLUTION_KIND_MOU_APPROVAL, subject_org="iom",
                                 subject_id=mou_id, subject_digest=mou.digest)
        self.mou(self.officer, "ReviseMou", mou_id=mou_id, expected_version=mou.version,
                 terms=self.terms(notice_months=6))
        for org in self.board:
            self.vote(resolution, org)
        self.assertEqual(self.close(resolution).effect, B.RESOLUTION_EFFECT_STALE)
        self.assertEqual(self.read(mou_id).state, M.MOU_STATE_DRAFT)


if __name__ == "__main__":
    unittest.main(verbosity=1)
