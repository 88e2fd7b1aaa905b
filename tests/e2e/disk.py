#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A full disk under PostgreSQL (spec R1): under its tables, then under its WAL. Run by
test_disk.sh, which puts both on small disks; PIDC_PG_DATA is the cluster's folder."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from faultlib import FaultCase, postgres, verify_deep  # noqa: E402
from pidclib import Refused, column  # noqa: E402

ATTEMPTS = 400  # of 64 kB each: more than the slack that PostgreSQL keeps in its files


class Disk(FaultCase):
    def setUp(self):
        type(self).dataset = self.new_dataset()
        self.ballast = None
        self.acknowledged = [self.submit(self.tv).contribution_id for _ in range(3)]

    def tearDown(self):
        self.free()

    def fill(self, folder):
        """Leave no free block on the disk of this folder of the cluster."""
        disk = os.path.join(os.environ["PIDC_PG_DATA"], folder)
        self.ballast = os.path.join(disk, "ballast")
        with open(self.ballast, "wb", buffering=0) as f:
            with self.assertRaises(OSError):
                while True:
                    f.write(bytes(4096))

    def free(self):
        if self.ballast is not None and os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def submit_until_refused(self):
        """The refused submission, and its refusal."""
        columns = [column("count", range(10 ** 6, 10 ** 6 + 8000))]
        for _ in range(ATTEMPTS):
            fields = self.submission(columns=columns)
            try:
                reply = self.tv.call("DataService", "SubmitContribution", **fields)
                self.acknowledged.append(reply.contribution_id)
            except Refused as e:
                return fields, e
        self.fail("the disk does not fill up")

    def settle(self, refused):
        """With room again: the retry is done once, and all that was acknowledged is there."""
        reply = self.until_available(
            lambda: self.tv.call("DataService", "SubmitContribution", **refused))
        again = self.tv.call("DataService", "SubmitContribution", **refused)
        self.assertEqual(again.contribution_id, reply.contribution_id)
        self.assertEqual(sorted(self.until_available(self.contributions)),
                         sorted([*self.acknowledged, reply.contribution_id]))
        self.assertEqual(verify_deep(), 0)

    def test_R1_no_room_for_tables(self):
        self.fill("base")
        refused, e = self.submit_until_refused()
        self.assertEqual((e.code, e.reason), (grpc.StatusCode.UNAVAILABLE, "E_UNAVAILABLE"))
        # The refused batch is rolled back, and reads go on.
        self.assertEqual(sorted(self.contributions()), sorted(self.acknowledged))
        for wanted in self.acknowledged:
            reply = self.tv.call("DataService", "GetContribution", contribution_id=wanted)
            self.assertEqual(reply.contribution.contribution_id, wanted)
        self.free()
        self.settle(refused)

    def test_R1_no_room_for_the_log(self):
        self.fill("pg_wal")
        refused, e = self.submit_until_refused()
        self.assertEqual(e.code, grpc.StatusCode.UNAVAILABLE)
        self.assertIn(e.reason, ("E_UNAVAILABLE", "E_OUTCOME_UNKNOWN"))
        # PostgreSQL panics: it may be recovering, or may have given up.
        self.free()
        postgres("pg_start")
        self.settle(refused)


if __name__ == "__main__":
    unittest.main(verbosity=2)
