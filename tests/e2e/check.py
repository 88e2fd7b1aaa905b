#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Checks are answered from memory, and no answer is ever older than its question
(spec 3.5): while statements are recorded, everybody asks all the time; each answer
must be that of a decision made between question and answer. Wants the variables of
build/up/env."""

import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, after, column, new_id, pb  # noqa: E402

C = pb["common"]
S = pb["statement"]
PERMIT = pb["consent"].VERDICT_PERMIT
DENY = pb["consent"].VERDICT_DENY
CHANGES = 120
ASKERS = 3
SEED = int(os.environ.get("PIDC_SEED", "1"))


def question(**subject):
    return dict(owner_org="tv", purpose="ME", action=C.ACTION_READ, fields=["count"], **subject)


class Asker(threading.Thread):
    """Asks about all subjects, again and again; keeps when and what."""

    def __init__(self, subjects, seed):
        super().__init__()
        self.subjects = subjects
        self.random = random.Random(seed)
        self.client = Client("iom-officer")
        self.answers = []
        self.is_over = False

    def run(self):
        while not self.is_over:
            name = self.random.choice(list(self.subjects))
            asked = time.monotonic()
            verdict = self.client.call("ConsentService", "CheckConsent",
                                       **question(**self.subjects[name])).verdict
            self.answers.append((name, asked, time.monotonic(), verdict))


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.officer = Client("tv-officer")
        cls.iom = Client("iom-officer")
        cls.origin = cls.officer.call("AdminService", "GetServerInfo").origin
        cls.dataset = cls.officer.call(
            "DataService", "DefineDataset", request_id=new_id(), dataset=pb["data"].Dataset(
                category="OVER", title="Overstays", granularity=C.GRANULARITY_AGGREGATE,
                classification_default=C.CLASSIFICATION_GREEN, legal_basis="Act",
                ethics_note="none", retention_months=12,
                fields=[pb["data"].DatasetField(name="count", type=pb["data"].FIELD_TYPE_INTEGER)])
        ).dataset.dataset_id

    def submit(self, **more):
        return self.officer.call(
            "DataService", "SubmitContribution", request_id=new_id(), dataset_id=self.dataset,
            columns=[column("count", [5])], **more).contribution_id

    def record(self, **fields):
        statement = S.ConsentStatement(statement_id=new_id(), owner_org="tv", origin=self.origin,
                                       **fields)
        self.officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                          signed=self.officer.sign(statement))
        return statement

    def open(self, kind=S.STATEMENT_KIND_GRANT, **data):
        more = {}
        if kind == S.STATEMENT_KIND_GRANT:
            more = dict(valid_to=after(90), mode=S.GRANT_MODE_ADD)
        return self.record(
            kind=kind, consent_id=new_id(), version=1, data=S.DataSelector(**data),
            recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER),
            purposes=["ME"], actions=[C.ACTION_READ], fields=["count"], **more).consent_id

    def check(self, **subject):
        return self.iom.call("ConsentService", "CheckConsent", **question(**subject)).verdict

    def explain(self, **subject):
        return self.iom.call("ConsentService", "ExplainDecision", **question(**subject)).verdict

    def test_CON_1_no_answer_is_older_than_its_question(self):
        subjects = {n: {"contribution_id": self.submit()} for n in range(8)}
        askers = [Asker(subjects, SEED + n) for n in range(ASKERS)]
        chains = {}  # subject -> (consent_id, version, is_current)
        changes = {n: [(0.0, 0.0, DENY)] for n in subjects}
        chooser = random.Random(SEED)
        for asker in askers:
            asker.start()
        try:
            for _ in range(CHANGES):
                name = chooser.choice(list(subjects))
                sent = time.monotonic()
                verdict = self.change(name, subjects[name]["contribution_id"], chains, chooser)
                changes[name].append((sent, time.monotonic(), verdict))
                self.assertEqual(self.check(**subjects[name]), verdict)
        finally:
            for asker in askers:
                asker.is_over = True
            for asker in askers:
                asker.join()
        answers = [a for asker in askers for a in asker.answers]
        self.assertGreater(len(answers), CHANGES)
        for answer in answers:
            self.judge(changes[answer[0]], answer)

    def change(self, name, contribution, chains, chooser):
        """One statement about this contribution; what is true once it is recorded."""
        chain = chains.get(name)
        if chain is None:
            chains[name] = [self.open(contribution_ids=[contribution]), 1, True]
            return PERMIT
        kind = S.STATEMENT_KIND_RESUME
        if chain[2]:
            kind = chooser.choice((S.STATEMENT_KIND_REVOKE, S.STATEMENT_KIND_SUSPEND))
        chain[1] += 1
        self.record(kind=kind, consent_id=chain[0], version=chain[1], reason="as it is")
        chain[2] = kind == S.STATEMENT_KIND_RESUME
        if kind == S.STATEMENT_KIND_REVOKE:
            del chains[name]
        return PERMIT if chain[2] else DENY

    def judge(self, changes, answer):
        """Right at some moment between question and answer."""
        _, asked, answered, verdict = answer
        possible = set()
        for i, (sent, _, then) in enumerate(changes):
            until = changes[i + 1][1] if i + 1 < len(changes) else float("inf")
            if sent <= answered and asked <= until:
                possible.add(then)
        self.assertIn(verdict, possible)

    def both(self, verdict, **subject):
        """Twice, so that the second answer comes from memory; and decided anew."""
        for _ in range(2):
            self.assertEqual(self.check(**subject), verdict)
        self.assertEqual(self.explain(**subject), verdict)

    def test_PRI_9d_what_is_said_of_a_part_reaches_the_whole(self):
        one, other = self.submit(), self.submit()
        whole = dict(dataset_id=self.dataset)
        self.both(DENY, **whole)
        grant = self.open(dataset_ids=[self.dataset])
        self.both(PERMIT, **whole)
        self.both(PERMIT, contribution_id=one)
        veto = self.open(S.STATEMENT_KIND_VETO, contribution_ids=[one])
        self.both(DENY, **whole)
        self.both(DENY, contribution_id=one)
        self.both(PERMIT, contribution_id=other)
        self.record(kind=S.STATEMENT_KIND_REVOKE, consent_id=veto, version=2, fall_back=True,
                    reason="a mistake")
        self.both(PERMIT, **whole)
        self.both(PERMIT, contribution_id=one)
        self.open(S.STATEMENT_KIND_VETO, all_of_owner=True)
        self.both(DENY, **whole)
        self.both(DENY, contribution_id=other)
        del grant

    def test_SD_3_a_correction_ends_what_it_replaces(self):
        one = self.submit()
        self.open(contribution_ids=[one])
        before = self.check(contribution_id=one)
        self.both(before, contribution_id=one)
        self.submit(replaces_id=one)
        self.both(DENY, contribution_id=one)

    def test_a_revoked_certificate_is_refused_with_the_next_call(self):
        """Who calls is never taken from memory."""
        with self.assertRaises(Exception) as caught:
            Client("unbound").call("ConsentService", "CheckConsent",
                                   **question(dataset_id=self.dataset))
        self.assertEqual(caught.exception.reason, "E_CERT_UNBOUND")


if __name__ == "__main__":
    unittest.main()
