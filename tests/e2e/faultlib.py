# SPDX-License-Identifier: ISC
"""What the tests of faults share: one dataset of Tuvalu's, submissions to it, and
the claim that nothing acknowledged is lost and nothing is there twice."""

import os
import subprocess
import time
import unittest

import grpc
from pidclib import SOURCE, Client, Refused, column, new_id

DATASET = dict(category="OVER", title="Overstays", granularity=1, classification_default=2,
               legal_basis="Act", ethics_note="none", retention_months=12,
               fields=[dict(name="count", type=2)])
RECOVERY_S = 60  # back-off of the lanes and a restart of PostgreSQL, on a busy machine


def postgres(action):
    """pg_stop, pg_start, ... of tests/lib/pg.sh for the register's private PostgreSQL."""
    subprocess.run(["sh", "-c", ". tests/lib/pg.sh && %s \"$PIDC_STATE/pg\"" % action],
                   cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)


def verify_deep():
    """pidcctl ledger verify --deep as the auditor: its exit code."""
    folder = os.environ["PIDC_CERT_DIR"]
    return subprocess.run(
        [os.environ["PIDC_PIDCCTL"], "--server", os.environ["PIDC_ADDRESS"], "--ca",
         os.environ["PIDC_CA"], "--cert", folder + "/auditor.crt", "--key",
         folder + "/auditor.key", "ledger", "verify", "--deep"],
        stdout=subprocess.DEVNULL, check=False).returncode


class FaultCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tv = Client("tv-agent")
        cls.dataset = cls.new_dataset()

    @classmethod
    def new_dataset(cls):
        return cls.tv.call("DataService", "DefineDataset", request_id=new_id(),
                           dataset=DATASET).dataset.dataset_id

    def refusal(self, function):
        with self.assertRaises(Refused) as caught:
            function()
        return caught.exception

    def submission(self, request_id=None, **more):
        fields = dict(request_id=request_id or new_id(), dataset_id=self.dataset,
                      columns=[column("count", [5])])
        fields.update(more)
        return fields

    def submit(self, client, request_id=None, **more):
        return client.call("DataService", "SubmitContribution",
                           **self.submission(request_id, **more))

    def size(self):
        return self.tv.call("LedgerService", "GetHead").size

    def contributions(self):
        """Ids of all contributions of the dataset, as the register tells them."""
        ids, token = [], ""
        while True:
            reply = self.tv.call("DataService", "ListContributions", dataset_id=self.dataset,
                                 page_size=500, page_token=token)
            ids += [c.contribution_id for c in reply.contributions]
            token = reply.next_page_token
            if not token:
                return ids

    def until_available(self, function):
        """Each lane comes back by itself, in its own time."""
        deadline = time.monotonic() + RECOVERY_S
        while True:
            try:
                return function()
            except Refused as e:
                if e.code != grpc.StatusCode.UNAVAILABLE:
                    raise
                self.assertLess(time.monotonic(), deadline, "the daemon does not recover")
                time.sleep(0.05)  # a poll with a deadline, not a wait for luck
