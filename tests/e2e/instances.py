#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two daemons on one register: what one commits, the other hears. Wants the variables
of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from daemonlib import Daemon, sql, until  # noqa: E402
from pidclib import Client, Refused, column, new_id, pb  # noqa: E402
from faultlib import DATASET  # noqa: E402
from faults import spki  # noqa: E402

LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pidcd:listen'"


def revoke(member):
    Client(member + "-head").call("IdentityService", "RevokeCertificate", request_id=new_id(),
                                  spki_sha256=spki(member + "-agent"), reason="laptop stolen")


class Instances(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.other = Daemon()
        cls.other.wait_log("listen up")

    @classmethod
    def tearDownClass(cls):
        cls.other.close()

    def open_watch(self, member):
        """A stream that asks for nothing, so that nothing but the daemon can end it."""
        client = Client(member + "-agent", address=self.other.address)
        watch = client.channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=60)
        next(watch)
        return client, watch

    def assert_ends(self, watch):
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in watch:
                pass
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def test_each_start_is_an_entry(self):
        count = "SELECT count(DISTINCT instance_id) FROM pidc.instance_start"
        before = int(sql(count))
        daemon = Daemon()
        try:
            daemon.wait_log("start-recorded")
            self.assertEqual(int(sql(count)), before + 1)
            daemon.kill()
            daemon.start()
            until(lambda: int(sql(count)) == before + 2, "the second start is recorded")
        finally:
            daemon.close()

    def test_a_start_without_database_serves_when_it_can_record_it(self):
        sql("ALTER ROLE pidc_app CONNECTION LIMIT 0")
        daemon = Daemon()
        try:
            check = Client("tv-agent", address=daemon.address).channel.unary_unary(
                "/grpc.health.v1.Health/Check")
            self.assertEqual(check(b"", timeout=20), b"\x08\x02")
            sql("ALTER ROLE pidc_app CONNECTION LIMIT -1")
            daemon.wait_log("start-recorded")
            self.assertEqual(check(b"", timeout=20), b"\x08\x01")
        finally:
            sql("ALTER ROLE pidc_app CONNECTION LIMIT -1")
            daemon.close()

    def test_refusals_beyond_so_many_an_hour_are_one_entry(self):
        tv = Client("tv-agent")
        dataset = tv.call("DataService", "DefineDataset", request_id=new_id(),
                          dataset=DATASET).dataset.dataset_id
        tv.call("DataService", "SubmitContribution", request_id=new_id(), dataset_id=dataset,
                columns=[column("count", [5])])
        daemon = Daemon("ledger.refusals_per_hour=3")
        self.addCleanup(daemon.close)
        iom = Client("iom-officer", address=daemon.address)
        refusals = []
        before = self.refusals(tv)
        # An hour may end in between: then three more are entries.
        hour = sql("SELECT date_trunc('hour', now())")
        while len(refusals) < 8:
            with self.assertRaises(Refused) as caught:
                list(iom.stream("DisclosureService", "Fetch", owner_org="tv",
                                dataset_ids=[dataset], purpose="ME", action=2, fields=["count"]))
            e = caught.exception
            refusals.append((e.code, e.reason, e.message, e.metadata))
        for refusal in refusals:
            self.assertEqual(refusal, refusals[0], "all are told the same")
        if hour == sql("SELECT date_trunc('hour', now())"):
            self.assertEqual(self.refusals(tv) - before, 3)
            self.assertEqual(sql("SELECT sum(folded) FROM pidc.refusal_count"), "5")
        sql("UPDATE pidc.refusal_count SET hour = hour - interval '1 hour'")
        until(lambda: sql("SELECT coalesce(sum(folded), 0) FROM pidc.refusal_count") == "0",
              "the count becomes an entry")
        folded = self.events(tv, "refusals_folded")[-1]
        self.assertEqual((folded.org, folded.owner_org, folded.count), ("iom", "tv", 5))
        findings = [m.finding_count for m in Client("auditor").stream("LedgerService", "VerifyDeep")
                    if m.is_complete]
        self.assertEqual(findings, [0])

    def events(self, client, body):
        """All of a kind that concern the client's organisation."""
        found, start = [], 0
        while True:
            reply = client.call("LedgerService", "ListEntries", start=start, count=1000,
                                is_concerned=True)
            if not reply.entries:
                return found
            for entry in reply.entries:
                event = pb["event"].Event.FromString(entry.payload)
                if event.WhichOneof("body") == body:
                    found.append(getattr(event, body))
            start = reply.next_start

    def refusals(self, client):
        return len(self.events(client, "release_refused"))

    def test_SYS_2_a_revoked_key_is_cut_on_every_instance(self):
        held = self.open_watch("nr")
        spared = self.open_watch("ki")
        revoke("nr")
        self.assert_ends(held[1])
        self.assertEqual(spared[0].call("IdentityService", "WhoAmI").actor.org, "ki")

    def test_SYS_2_also_what_was_revoked_while_nobody_listened(self):
        held = self.open_watch("to")
        # So that the second daemon has no way to hear of it when it happens.
        sql("ALTER ROLE pidc_app CONNECTION LIMIT 0")
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pidcd:listen'")
        until(lambda: sql(LISTENING) == "0", "nobody listens")
        revoke("to")
        sql("ALTER ROLE pidc_app CONNECTION LIMIT -1")
        self.assert_ends(held[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
