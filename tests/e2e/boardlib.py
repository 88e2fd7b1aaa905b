# SPDX-License-Identifier: ISC
"""What tests do with the Board: a resolution from its proposal to its end, with ballots
that a stock client signs for itself."""

import time
import unittest

from pidclib import Client, Refused, after, new_id, pb

B = pb["board"]
BOARD = ("fj", "tv", "nz", "pf", "ws")
YES, NO, ABSTAIN = (B.BALLOT_CHOICE_YES, B.BALLOT_CHOICE_NO, B.BALLOT_CHOICE_ABSTAIN)


def seconds(n):
    return after(n / 86400)


class BoardCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.board = {org: Client(org + "-board") for org in BOARD}
        cls.hos = Client("sec-hos")
        cls.member = Client("ki-officer")
        cls.iom = Client("iom-officer")
        cls.origin = cls.hos.call("AdminService", "GetServerInfo").origin

    def refusal(self, reason, function):
        with self.assertRaises(Refused) as caught:
            function()
        self.assertEqual(caught.exception.reason, reason, caught.exception.message)
        return caught.exception

    def until(self, holds):
        """Wait until it holds, or fail."""
        deadline = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def step(self, client, method, resolution, **more):
        return client.call("BoardService", method, request_id=new_id(),
                           resolution_id=resolution.resolution_id, **more)

    def propose(self, client=None, kind=B.RESOLUTION_KIND_DIRECTION,
                mode=B.VOTING_MODE_CIRCULAR, **more):
        fields = dict(kind=kind, mode=mode, title="A plan", text="The plan is adopted.")
        fields.update(more)
        return (client or self.hos).call(
            "BoardService", "ProposeResolution", request_id=new_id(),
            resolution=B.Resolution(**fields)).resolution

    def open(self, resolution, client=None, closes=600, **more):
        return self.step(client or self.board["fj"], "OpenResolution", resolution,
                         closes_at=seconds(closes), **more)

    def opened(self, **more):
        resolution = self.propose(**more)
        self.step(self.board["tv"], "SecondResolution", resolution)
        self.open(resolution)
        return resolution

    def ballot(self, resolution, org, choice=YES, number=1, **more):
        fields = dict(resolution_id=resolution.resolution_id,
                      resolution_digest=resolution.resolution_digest, member_org=org,
                      choice=choice, number=number, origin=self.origin)
        fields.update(more)
        return B.BallotStatement(**fields)

    def vote(self, resolution, org, choice=YES, number=1, client=None, **more):
        client = client or self.board[org]
        return client.call("BoardService", "CastBallot", request_id=new_id(),
                           signed=client.sign(self.ballot(resolution, org, choice, number,
                                                          **more)))

    def get(self, resolution, client=None):
        return (client or self.member).call(
            "BoardService", "GetResolution", resolution_id=resolution.resolution_id).resolution

    def close(self, resolution, client=None):
        return self.step(client or self.hos, "CloseResolution", resolution)

    def voted(self, choice=YES, **more):
        """The resolution and its closing, every member having voted so."""
        resolution = self.opened(**more)
        for org in BOARD:
            self.vote(resolution, org, choice)
        return resolution, self.close(resolution)

    def carried(self, **more):
        resolution, closing = self.voted(**more)
        self.assertEqual(closing.state, B.RESOLUTION_STATE_CARRIED)
        return resolution
