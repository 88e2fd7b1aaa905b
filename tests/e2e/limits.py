#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What clients may open, and that SIGHUP changes it. Wants the variables of build/up/env."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from daemonlib import Daemon, until  # noqa: E402
from pidclib import Client, Refused  # noqa: E402


class Limits(unittest.TestCase):
    def start(self, *settings):
        """A daemon whose settings, all in its file, can be changed."""
        self.file = tempfile.NamedTemporaryFile("w+", prefix="pidcd-", suffix=".conf")
        self.addCleanup(self.file.close)
        self.write(*settings)
        self.daemon = Daemon(config=self.file.name)
        self.addCleanup(self.daemon.close)
        self.daemon.wait_log("start-recorded")

    def write(self, *settings):
        with open(os.environ["PIDC_CONFIG"]) as f:
            text = f.read() + "\n[log]\n"
        for setting in settings:
            section, rest = setting.split(".", 1)
            text = text.replace("[%s]\n" % section, "[%s]\n%s\n" % (section, rest))
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.flush()

    def client(self, name="tv-agent"):
        client = Client(name, address=self.daemon.address)
        self.addCleanup(client.close)
        return client

    def ask(self, client):
        return client.call("IdentityService", "WhoAmI")

    def is_served(self, client):
        try:
            return self.ask(client)
        except Refused as e:
            self.assertEqual(e.code, grpc.StatusCode.UNAVAILABLE)
            return None

    def test_connections_with_one_certificate(self):
        self.start("server.max_connections_per_certificate = 2")
        first, second, third = self.client(), self.client(), self.client()
        self.ask(first)
        self.ask(second)
        self.assertIsNone(self.is_served(third))
        self.ask(self.client("tv-officer"))
        self.daemon.wait_log("listener refused reason=certificate")
        first.close()
        until(lambda: self.is_served(self.client()), "one that was closed makes room")

    def test_connections_from_one_address(self):
        self.start("server.max_connections_per_address = 2")
        self.ask(self.client("tv-agent"))
        self.ask(self.client("fj-agent"))
        self.assertIsNone(self.is_served(self.client("ws-agent")))
        self.daemon.wait_log("listener refused reason=address")

    def test_hangup_takes_over_what_is_live(self):
        self.start("server.max_connections = 1", "database.batch_max = 10")
        first = self.client("tv-agent")
        self.ask(first)
        self.assertIsNone(self.is_served(self.client("fj-agent")))
        self.write("server.max_connections = 10", "database.batch_max = 11", "log.level = debug")
        self.daemon.hangup()
        until(lambda: self.is_served(self.client("fj-agent")), "the new limit holds")
        self.daemon.wait_log("needs-restart section=database key=batch_max")
        self.ask(first)
        self.daemon.wait_log("call done")

    def test_hangup_with_a_fault_changes_nothing(self):
        self.start("server.max_connections = 10")
        self.write("server.max_connections = none")
        self.daemon.hangup()
        self.daemon.wait_log("reload-failed .*max_connections")
        self.ask(self.client())


if __name__ == "__main__":
    unittest.main(verbosity=2)
