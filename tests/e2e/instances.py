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
from pidclib import Client, new_id  # noqa: E402
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
