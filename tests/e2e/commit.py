#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The connection to the database is lost exactly at COMMIT: a second daemon on the
register of build/up/env reaches PostgreSQL by a proxy that cuts there. Wants the
variables of build/up/env and PIDC_STATE."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from daemonlib import Daemon  # noqa: E402
from faultlib import FaultCase, verify_deep  # noqa: E402
from pgproxy import Cut, Proxy  # noqa: E402
from pidclib import Client, Refused, after, new_id, pb  # noqa: E402

WRITE_LANE = "pidcd:write"


class Commit(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory(prefix="pidc-proxy-", dir="/tmp")
        cls.proxy = Proxy(cls.folder.name, os.environ["PIDC_PG"], WRITE_LANE)
        cls.daemon = Daemon("database.url=host=%s dbname=pidc user=pidc_app" % cls.folder.name)
        cls.cut_tv = Client("tv-agent", cls.daemon.address)

    @classmethod
    def tearDownClass(cls):
        status = cls.daemon.stop()
        cls.daemon.close()
        cls.folder.cleanup()
        assert status == 0, "the second daemon ended with %d" % status

    def setUp(self):
        self.proxy.arm()
        self.until_available(lambda: self.submit(self.cut_tv))
        type(self).dataset = self.new_dataset()

    def expect_unknown(self, e):
        self.assertEqual((e.code, e.reason), (grpc.StatusCode.UNAVAILABLE, "E_OUTCOME_UNKNOWN"))
        self.assertIn("outcome unknown, retry with the same request_id", e.message)

    def lose_one(self, cut):
        request_id = new_id()
        before = self.size()
        self.proxy.arm(cut)
        self.expect_unknown(self.refusal(lambda: self.submit(self.cut_tv, request_id)))
        self.assertEqual(self.proxy.cuts, 1)
        return request_id, before

    def settle(self, request_id, before):
        """The retry has one effect in all, and its answer is the answer from now on."""
        reply = self.until_available(lambda: self.submit(self.cut_tv, request_id))
        self.assertEqual(self.size(), before + 1)
        for client in (self.cut_tv, self.tv):
            again = self.submit(client, request_id)
            self.assertEqual((again.contribution_id, again.position.revision),
                             (reply.contribution_id, reply.position.revision))
        self.assertEqual(self.contributions(), [reply.contribution_id])

    def test_S3_cut_before_commit(self):
        request_id, before = self.lose_one(Cut.BEFORE)
        self.assertEqual(self.contributions(), [])
        self.settle(request_id, before)

    def test_S3_cut_after_commit(self):
        request_id, before = self.lose_one(Cut.AFTER)
        self.assertEqual(self.size(), before + 1)
        self.assertEqual(len(self.contributions()), 1)
        self.settle(request_id, before)

    def test_SYS_3_another_request_does_not_take_its_place(self):
        request_id, _ = self.lose_one(Cut.AFTER)
        e = self.refusal(lambda: self.until_available(
            lambda: self.submit(self.cut_tv, request_id, columns=[])))
        self.assertEqual(e.reason, "E_IDEMPOTENCY_MISMATCH")

    def test_reads_go_on(self):
        for cut in (Cut.BEFORE, Cut.AFTER):
            self.lose_one(cut)
            reply = self.cut_tv.call("DataService", "GetDataset", dataset_id=self.dataset)
            self.assertEqual(reply.dataset.dataset_id, self.dataset)
            self.assertEqual(self.cut_tv.call("LedgerService", "GetHead").size, self.size())

    def test_G5_cancelled_during_commit(self):
        """Whoever goes away while the register commits is as good as never answered."""
        request, reply = self.cut_tv._types("DataService", "SubmitContribution")
        method = self.cut_tv.channel.unary_unary(
            "/pidc.v1.DataService/SubmitContribution",
            request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
        request_id, before = new_id(), self.size()
        self.proxy.arm(Cut.HOLD)
        call = method.future(request(**self.submission(request_id)), timeout=60)
        self.assertTrue(self.proxy.held.wait(60))
        call.cancel()
        # The daemon has heard of it once it answers what came after.
        self.cut_tv.call("IdentityService", "WhoAmI")
        self.assertEqual(self.contributions(), [])
        self.proxy.released.set()
        self.settle(request_id, before)

    def test_a_batch_is_lost_together_and_done_once(self):
        request = self.cut_tv._types("DataService", "SubmitContribution")
        method = self.cut_tv.channel.unary_unary(
            "/pidc.v1.DataService/SubmitContribution",
            request_serializer=request[0].SerializeToString,
            response_deserializer=request[1].FromString)
        wanted = [request[0](**self.submission()) for _ in range(60)]
        before = self.size()
        for cut in (Cut.BEFORE, Cut.AFTER):
            self.proxy.arm(cut)
            for call in [method.future(w, timeout=20) for w in wanted]:
                error = call.exception()
                if error is not None:
                    self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
            self.assertEqual(self.proxy.cuts, 1)
        ids = [self.until_available(lambda w=w: method_call(method, w)).contribution_id
               for w in wanted]
        self.assertEqual(len(set(ids)), 60)
        self.assertEqual(sorted(self.contributions()), sorted(ids))
        self.assertEqual(self.size(), before + 60)

    def test_a_stream_that_is_cut_again_and_again(self):
        left = {new_id(): None for _ in range(300)}
        done, turns = {}, 0
        message = pb["data"].SubmitContributionRequest
        while left:
            turns += 1
            self.assertLess(turns, 50, "no progress")
            self.proxy.arm((Cut.BEFORE, Cut.AFTER, None)[turns % 3])
            wanted = [message(**self.submission(r)) for r in left]
            answers = self.until_available(lambda w=wanted: list(self.cut_tv.bidi(
                "DataService", "SubmitContributions",
                (pb["data"].SubmitContributionsRequest(submission=s) for s in w))))
            self.assertEqual(len(answers), len(wanted))
            for answer in answers:
                if answer.accepted.contribution_id:
                    self.assertNotIn(answer.request_id, done)
                    done[answer.request_id] = answer.accepted.contribution_id
                    del left[answer.request_id]
                else:
                    self.assertIn(answer.refused_reason, ("E_OUTCOME_UNKNOWN", "E_UNAVAILABLE"))
        self.assertEqual(sorted(self.contributions()), sorted(done.values()))

    def test_nothing_leaves_before_its_release_is_committed(self):
        self.submit(self.tv)
        s = pb["statement"]
        statement = s.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv",
            kind=s.STATEMENT_KIND_GRANT, data=s.DataSelector(dataset_ids=[self.dataset]),
            recipient=s.RecipientSelector(orgs=["iom"], capacity=pb["common"].CAPACITY_PARTNER),
            purposes=["ME"], actions=[pb["common"].ACTION_READ], fields=["count"],
            valid_to=after(180),
            origin=self.tv.call("AdminService", "GetServerInfo").origin)
        officer = Client("tv-officer")
        officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                     signed=officer.sign(statement))
        iom = Client("iom-officer", self.daemon.address)
        for cut in (Cut.BEFORE, Cut.AFTER):
            fetch = iom.stream("DisclosureService", "Fetch", owner_org="tv",
                               dataset_ids=[self.dataset], purpose="ME",
                               action=pb["common"].ACTION_READ, fields=["count"])
            self.proxy.arm(cut)
            e = self.refusal(lambda f=fetch: list(f))
            self.assertEqual(self.proxy.cuts, 1)
            self.assertEqual(e.code, grpc.StatusCode.UNAVAILABLE)
            self.until_available(lambda: self.submit(self.cut_tv))
        chunks = list(Client("iom-officer").stream(
            "DisclosureService", "Fetch", owner_org="tv", dataset_ids=[self.dataset],
            purpose="ME", action=pb["common"].ACTION_READ, fields=["count"]))
        self.assertEqual(sum(len(chunk.items) for chunk in chunks), 3)

    def test_zz_the_ledger_stands(self):
        self.assertEqual(verify_deep(), 0)


def method_call(method, request):
    try:
        return method(request, timeout=20)
    except grpc.RpcError as e:
        raise Refused(e) from None


if __name__ == "__main__":
    unittest.main(verbosity=2)
