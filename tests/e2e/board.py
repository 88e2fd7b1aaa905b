#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The Board's resolutions against a running daemon, from a stock client that signs for
itself. Wants the variables of build/up/env."""

import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from boardlib import ABSTAIN, B, BOARD, NO, YES, BoardCase as Board  # noqa: E402
from pidclib import Client, Refused, new_id, pb  # noqa: E402

C = pb["common"]


class Assumed(Board):
    def test_A5_a_circular_vote_needs_notice(self):
        resolution = self.propose()
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.refusal("E_DEADLINE", lambda: self.open(resolution))

    def test_rules_change_by_no_request(self):
        self.refusal("E_ROLE", lambda: self.hos.call(
            "BoardService", "RecordBoardRules", request_id=new_id(), rules=B.BoardRules()))


class Resolutions(Board):
    def test_a_resolution_is_carried(self):
        """From the proposal to the result, and what each sees of it."""
        resolution = self.propose(subject_org="iom")
        self.assertEqual(self.get(resolution).state, B.RESOLUTION_STATE_TABLED)
        self.step(self.board["tv"], "SecondResolution", resolution, expected_version=1)
        self.assertEqual(sorted({s.org for s in self.open(resolution).seats}), sorted(BOARD))
        for org, choice in zip(BOARD, (YES, YES, YES, NO, ABSTAIN)):
            self.vote(resolution, org, choice, reason="so it is")
        self.assertEqual(len(self.get(resolution).ballots), 0)
        self.assertEqual([x.member_org for x in self.get(resolution, self.board["nz"]).ballots],
                         ["nz"])
        reply = self.close(resolution)
        self.assertEqual(reply.state, B.RESOLUTION_STATE_CARRIED)
        self.assertEqual((reply.tally.members, reply.tally.quorum, reply.tally.yes,
                          reply.tally.no, reply.tally.abstain), (5, 3, 3, 1, 1))
        self.assertFalse(reply.tally.is_assumption)
        seen = self.get(resolution)
        self.assertEqual(len(seen.ballots), 5)
        for x in seen.ballots:
            self.assertEqual(B.BallotStatement.FromString(x.statement).choice, x.choice)
        told = self.get(resolution, self.iom)
        self.assertEqual(told.state, B.RESOLUTION_STATE_CARRIED)
        self.assertEqual((told.text, len(told.ballots), len(told.seats), told.HasField("tally")),
                         ("", 0, 0, False))
        self.refusal("E_NOT_FOUND", lambda: self.get(resolution, Client("oco-officer")))
        listed = self.member.call("BoardService", "ListResolutions", subject_org="iom",
                                  page_size=100).resolutions
        self.assertIn(resolution.resolution_id, [x.resolution_id for x in listed])

    def test_SD_3_the_seconder_is_another_member(self):
        resolution = self.propose(self.board["tv"])
        self.refusal("E_SOD", lambda: self.step(self.board["tv"], "SecondResolution",
                                                resolution))
        self.step(self.board["nz"], "SecondResolution", resolution)

    def test_PRO_0_a_nothing_happens_out_of_turn(self):
        resolution = self.propose()
        self.refusal("E_STATE", lambda: self.open(resolution))
        self.refusal("E_STATE", lambda: self.vote(resolution, "nz"))
        self.refusal("E_STATE", lambda: self.close(resolution))
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.refusal("E_STATE", lambda: self.step(self.board["nz"], "SecondResolution",
                                                  resolution))

    def test_SD_4_who_is_recused_does_not_vote(self):
        resolution = self.opened()
        self.vote(resolution, "nz", NO)
        self.step(self.board["nz"], "DeclareRecusal", resolution, reason="own project")
        self.refusal("E_RECUSED", lambda: self.vote(resolution, "nz", number=2))
        self.refusal("E_RECUSED", lambda: self.close(resolution, self.board["nz"]))
        self.step(self.board["fj"], "DeclareRecusal", resolution, org="pf", reason="ruled so")
        self.refusal("E_ROLE", lambda: self.step(self.board["ws"], "DeclareRecusal", resolution,
                                                 org="tv", reason="I say so"))
        for org in ("fj", "tv", "ws"):
            self.vote(resolution, org)
        reply = self.close(resolution)
        self.assertEqual((reply.tally.electors, reply.tally.noticed, reply.tally.no), (3, 1, 0))
        states = {x.member_org: x.state for x in self.get(resolution).ballots}
        self.assertEqual(states["nz"], B.BALLOT_STATE_VOID)

    def test_PRO_2a_e_a_donor_does_not_vote_on_its_own_money(self):
        """SD-14."""
        resolution = self.opened(kind=B.RESOLUTION_KIND_FUNDING_ACCEPTANCE, subject_org="nz",
                                 subject_id=new_id(), subject_digest=b"1" * 32)
        self.refusal("E_RECUSED", lambda: self.vote(resolution, "nz"))
        recusal = self.get(resolution).recusals[0]
        self.assertEqual((recusal.org, recusal.cause), ("nz", B.RECUSAL_CAUSE_SUBJECT))

    def test_PRO_4a_a_no_approval_without_due_diligence(self):
        resolution = self.propose(kind=B.RESOLUTION_KIND_PARTNERSHIP_APPROVAL, subject_org="iom",
                                  subject_id=new_id(), subject_digest=b"1" * 32)
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.refusal("E_PREREQ_DD", lambda: self.open(resolution))

    def test_a_later_ballot_replaces(self):
        resolution = self.opened()
        first = self.board["nz"].sign(self.ballot(resolution, "nz", NO))
        cast = lambda signed: self.board["nz"].call("BoardService", "CastBallot",
                                                    request_id=new_id(), signed=signed)
        cast(first)
        self.vote(resolution, "nz", YES, number=2)
        self.refusal("E_VERSION", lambda: cast(first))
        for org in ("fj", "tv", "pf", "ws"):
            self.vote(resolution, org, NO)
        reply = self.close(resolution)
        self.assertEqual((reply.state, reply.tally.yes, reply.tally.no),
                         (B.RESOLUTION_STATE_NOT_CARRIED, 1, 4))

    def test_PRI_1b_only_seats_of_members_vote(self):
        """BKG-2.a: IOM observes, and does not vote."""
        resolution = self.opened()
        self.refusal("E_NOT_ELECTOR", lambda: self.vote(resolution, "ki", client=self.member))
        self.refusal("E_NOT_ELECTOR", lambda: self.vote(resolution, "iom", client=self.iom))
        self.refusal("E_OWNER_ONLY", lambda: self.vote(resolution, "tv",
                                                       client=self.board["nz"]))
        self.refusal("E_OWNER_ONLY", lambda: self.vote(resolution, "nz",
                                                       client=Client("nz-officer")))
        self.refusal("E_FIELD", lambda: self.vote(resolution, "nz",
                                                  resolution_digest=b"0" * 32))
        signed = self.board["nz"].sign(self.ballot(resolution, "nz"))
        signed.signature.value = signed.signature.value[:-1] + bytes(
            [signed.signature.value[-1] ^ 1])
        self.refusal("E_FIELD", lambda: self.board["nz"].call(
            "BoardService", "CastBallot", request_id=new_id(), signed=signed))

    def test_the_clock_closes_a_vote(self):
        resolution = self.propose()
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.open(resolution, closes=2)
        self.vote(resolution, "fj")
        self.refusal("E_DEADLINE", lambda: self.close(resolution))
        deadline = time.monotonic() + 30
        while not self.get(resolution).is_voting_over:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.refusal("E_VOTE_CLOSED", lambda: self.vote(resolution, "tv"))
        self.assertEqual(self.close(resolution).state, B.RESOLUTION_STATE_INQUORATE)

    def test_in_session_who_is_present_is_named(self):
        resolution = self.propose(mode=B.VOTING_MODE_IN_SESSION)
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.refusal("E_FIELD", lambda: self.open(resolution))
        self.refusal("E_NOT_ELECTOR", lambda: self.open(resolution, present_orgs=["ki"]))
        self.open(resolution, present_orgs=["fj", "nz", "tv"])
        self.assertEqual(list(self.get(resolution).present_orgs), ["fj", "nz", "tv"])

    def test_a_resolution_is_rescinded_by_another(self):
        first = self.carried()
        self.carried(kind=B.RESOLUTION_KIND_RESCIND, subject_id=first.resolution_id,
                     subject_digest=b"0" * 32)
        self.assertEqual(self.get(first).state, B.RESOLUTION_STATE_CARRIED)
        second = self.carried(kind=B.RESOLUTION_KIND_RESCIND, subject_id=first.resolution_id,
                              subject_digest=first.resolution_digest)
        seen = self.get(first)
        self.assertEqual(seen.state, B.RESOLUTION_STATE_RESCINDED)
        self.assertEqual(seen.rescinded_by, second.resolution_id)
        self.refusal("E_NOT_FOUND", lambda: self.propose(
            kind=B.RESOLUTION_KIND_RESCIND, subject_id=new_id(), subject_digest=b"0" * 32))

    def test_STM_1_b_a_resolution_opens_no_data(self):
        self.carried(title="All members share", text="All members share everything with IOM.")
        reply = self.iom.call("ConsentService", "CheckConsent", owner_org="tv",
                              dataset_id=new_id(), purpose="ME", action=C.ACTION_READ,
                              fields=["count"])
        self.assertEqual(reply.verdict, pb["consent"].VERDICT_DENY)

    def test_withdrawn_and_deferred(self):
        resolution = self.propose()
        self.refusal("E_OWNER_ONLY", lambda: self.step(
            self.board["nz"], "WithdrawResolution", resolution, reason="not mine"))
        self.step(self.hos, "WithdrawResolution", resolution, reason="no longer needed")
        self.assertEqual(self.get(resolution).state, B.RESOLUTION_STATE_WITHDRAWN)
        resolution = self.opened()
        self.step(self.board["fj"], "DeferResolution", resolution, reason="more to know")
        self.assertEqual(self.get(resolution).state, B.RESOLUTION_STATE_DEFERRED)
        resolution = self.opened()
        self.vote(resolution, "nz")
        self.refusal("E_STATE", lambda: self.step(self.board["fj"], "DeferResolution",
                                                  resolution, reason="too late"))

    def test_concurrent_ballots_and_closings_give_one_result(self):
        resolution = self.opened()
        done, refused = [], []

        def run(function):
            try:
                done.append(function())
            except Refused as e:
                refused.append(e.reason)

        def together(functions):
            threads = [threading.Thread(target=run, args=(f,)) for f in functions]
            for t in threads:
                t.start()
            for t in threads:
                t.join()

        # Each ballot is sent by four clients at once: one of them counts.
        clients = [(org, Client(org + "-board")) for org in BOARD for _ in range(4)]
        together([lambda o=o, c=c: self.vote(resolution, o, client=c) for o, c in clients])
        self.assertEqual((len(done), refused), (5, ["E_VERSION"] * 15))
        done, refused = [], []
        closers = [Client("sec-hos") for _ in range(8)]
        together([lambda c=c: self.close(resolution, c) for c in closers])
        self.assertEqual((len(done), refused), (1, ["E_STATE"] * 7))
        self.assertEqual(self.get(resolution).tally.yes, 5)


class Rules(Board):
    def adopt(self, **changes):
        """Other rules, proposed and carried: the closing."""
        fields = dict(quorum_over_percent=50, ballots_min_percent=50, ballots_min=3,
                      electors_min=3, majority_over_percent=50)
        fields.update(changes)
        proposal = self.hos.call("BoardService", "ProposeBoardRules", request_id=new_id(),
                                 rules=B.BoardRules(**fields))
        return self.voted(kind=B.RESOLUTION_KIND_BOARD_RULES, subject_id=proposal.proposal_id,
                          subject_digest=proposal.digest)

    def rules(self):
        return self.member.call("BoardService", "GetBoardRules").rules

    def test_rules_change_by_a_carried_resolution_alone(self):
        before = self.rules()
        self.refusal("E_ROLE", lambda: self.member.call(
            "BoardService", "ProposeBoardRules", request_id=new_id(), rules=B.BoardRules()))
        self.refusal("E_FIELD", lambda: self.adopt(quorum_over_percent=30))
        self.refusal("E_NOT_FOUND", lambda: self.propose(
            kind=B.RESOLUTION_KIND_BOARD_RULES, subject_id=new_id(), subject_digest=b"1" * 32))
        self.assertEqual(self.rules(), before)
        running = self.opened()
        resolution, closing = self.adopt(
            decision_mode=B.DECISION_MODE_CONSENSUS_NO_OBJECTION)
        self.assertEqual(closing.effect, B.RESOLUTION_EFFECT_DONE)
        self.assertEqual(self.rules().version, before.version + 1)
        self.assertEqual(self.rules().instrument_digest, resolution.resolution_digest)
        # A vote that was open goes on by the rules of its opening.
        for org, choice in zip(BOARD, (YES, YES, YES, NO, NO)):
            self.vote(running, org, choice)
        self.assertEqual(self.close(running).state, B.RESOLUTION_STATE_CARRIED)
        # A34: from here on one objection is enough.
        objected = self.opened()
        for org, choice in zip(BOARD, (YES, YES, YES, YES, NO)):
            self.vote(objected, org, choice)
        self.assertEqual(self.close(objected).state, B.RESOLUTION_STATE_NOT_CARRIED)
        silent = self.opened()
        for org, choice in zip(BOARD, (YES, ABSTAIN, ABSTAIN, ABSTAIN, ABSTAIN)):
            self.vote(silent, org, choice)
        self.assertEqual(self.close(silent).state, B.RESOLUTION_STATE_CARRIED)
        self.assertEqual(self.get(silent).rules.decision_mode,
                         B.DECISION_MODE_CONSENSUS_NO_OBJECTION)


if __name__ == "__main__":
    unittest.main(verbosity=1)
