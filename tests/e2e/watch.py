#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""LedgerService.Watch from a stock client: everything of one's own chain, in order and
without a gap, across a daemon that is killed. Wants the variables of build/up/env."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from daemonlib import Daemon  # noqa: E402
from faultlib import DATASET  # noqa: E402
from pidclib import Client, Refused, column, leaf_hash, new_id, pb  # noqa: E402


def define(client):
    return client.call("DataService", "DefineDataset", request_id=new_id(),
                       dataset=DATASET).dataset.dataset_id


class Watch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Writes go to the daemon of the register, the watch is at another one.
        cls.writer = Client("tv-agent")
        cls.dataset = define(cls.writer)
        cls.daemon = Daemon()
        cls.daemon.wait_log("listen up")

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def submit(self, n=1):
        for i in range(n):
            self.writer.call("DataService", "SubmitContribution", request_id=new_id(),
                             dataset_id=self.dataset, columns=[column("count", [i])])

    def watch(self, start, name="tv-agent", **fields):
        client = Client(name, address=self.daemon.address)
        self.addCleanup(client.close)
        return client.stream("LedgerService", "Watch", start=start, **fields)

    def chain(self):
        """The chain as it is told elsewhere."""
        found, start = [], 0
        while True:
            reply = self.writer.call("LedgerService", "ListEntries", start=start, count=1000,
                                     is_concerned=True)
            if not reply.entries:
                return found
            found += [e.index for e in reply.entries]
            start = reply.next_start

    def take(self, watch, last):
        """Entries up to the one of index last, and the message that brought it."""
        entries = []
        for message in watch:
            entries += message.entries
            if entries and entries[-1].index >= last:
                return entries, message
        self.fail("the watch ended")

    def assert_in_order(self, entries, first=1):
        self.assertEqual([e.sequence for e in entries],
                         list(range(first, first + len(entries))))

    def test_L14_everything_once_and_with_its_proof(self):
        self.submit(3)
        chain = self.chain()
        entries, message = self.take(self.watch(0), chain[-1])
        self.assertEqual([e.index for e in entries], chain)
        self.assert_in_order(entries)
        self.assertGreaterEqual(message.size, message.next_start)
        for e in entries:
            self.assertEqual(leaf_hash(e.leaf), e.leaf_hash)
            leaf = pb["event"].Leaf.FromString(e.leaf)
            self.assertEqual(leaf.index, e.index)
            self.assertEqual(leaf.payload_commit, hashlib.sha256(
                b"pidc/payload/v1\0" + e.salt + e.payload).digest())
            self.assertIn("tv", pb["event"].Event.FromString(e.payload).concerns)

    def test_L14_what_comes_is_told(self):
        watch = self.watch(self.writer.call("LedgerService", "GetHead").size)
        self.assertEqual(len(next(watch).entries), 0)
        seen = []
        for _ in range(5):
            self.submit()
            entries, _ = self.take(watch, self.chain()[-1])
            seen += entries
        self.assertEqual(len(seen), 5)
        self.assert_in_order(seen, seen[0].sequence)

    def test_L14_a_start_anywhere_finds_its_place(self):
        self.submit(3)
        chain = self.chain()
        for start in (1, chain[0], chain[0] + 1, chain[-2], chain[-2] + 1, chain[-1]):
            entries, _ = self.take(self.watch(start), chain[-1])
            self.assertEqual([e.index for e in entries], [i for i in chain if i >= start])
            self.assertEqual(entries[-1].sequence, len(chain))

    def test_L14_more_than_a_message_holds(self):
        def requests():
            for i in range(250):
                item = pb["data"].SubmitContributionRequest(
                    request_id=new_id(), dataset_id=self.dataset, columns=[column("count", [i])])
                yield pb["data"].SubmitContributionsRequest(submission=item)
        self.assertEqual(
            len(list(self.writer.bidi("DataService", "SubmitContributions", requests()))), 250)
        chain = self.chain()
        entries, _ = self.take(self.watch(0), chain[-1])
        self.assertEqual([e.index for e in entries], chain)
        self.assert_in_order(entries)

    def test_L14_resumed_across_a_crash_without_a_gap(self):
        watch = self.watch(0)
        before, message = self.take(watch, self.chain()[-1])
        self.daemon.kill()
        with self.assertRaises(Refused) as caught:
            list(watch)
        self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)
        self.submit(4)
        self.daemon.start()
        self.submit(1)
        chain = self.chain()
        after, _ = self.take(self.watch(message.next_start), chain[-1])
        self.assertEqual([e.index for e in before + after], chain)
        self.assert_in_order(before + after)

    def test_a_drain_ends_it_cleanly(self):
        watch = self.watch(0)
        next(watch)
        self.assertEqual(self.daemon.stop(), 0)
        with self.assertRaises(Refused) as caught:
            list(watch)
        self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)
        self.assertIn("next_start", caught.exception.message)
        self.daemon.start()

    def test_when_nothing_comes_its_heart_beats(self):
        watch = self.watch(self.writer.call("LedgerService", "GetHead").size, heartbeat_s=5)
        first, beat = next(watch), next(watch)
        self.assertEqual(len(beat.entries), 0)
        self.assertEqual(beat.size, first.size)
        self.assertEqual(beat.position.tx_time, first.position.tx_time)

    def test_others_are_not_watched(self):
        fiji = Client("fj-agent")
        define(fiji)
        self.submit()
        chain = self.chain()
        entries, _ = self.take(self.watch(0), chain[-1])
        self.assertEqual([e.index for e in entries], chain)
        for e in entries:
            self.assertNotEqual(pb["event"].Event.FromString(e.payload).actor.org, "fj")

    def test_refusals(self):
        for fields in (dict(heartbeat_s=4), dict(heartbeat_s=3601), dict(start=2 ** 63)):
            with self.assertRaises(Refused) as caught:
                list(self.watch(fields.pop("start", 0), **fields))
            self.assertEqual(caught.exception.reason, "E_FIELD")

    def test_a_connection_has_few_of_them(self):
        client = Client("tv-agent", address=self.daemon.address)
        self.addCleanup(client.close)
        open_ones = [client.stream("LedgerService", "Watch") for _ in range(4)]
        for watch in open_ones:
            next(watch)
        with self.assertRaises(Refused) as caught:
            next(client.stream("LedgerService", "Watch"))
        self.assertEqual(caught.exception.code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        for watch in open_ones:
            watch.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
