#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What is asked for beside something that is permitted (I11): the chunks, the bytes, the
answer, the entries that the recipient can read and how far the ledger grows are the same
whether the rest is forbidden, large, empty or not there at all. Wants the variables of
build/up/env."""

import unittest

from sharinglib import (Client, Refused, c, d, dataset, fetch, fj, grant, iom, new_id, pb, submit,
                        unhcr)

FIELDS = ["one", "two", "three"]
LARGE = ["x" * 200] * 1000  # three columns of 200 kB: not two of them fit a chunk
tv = Client("tv-officer")


def define(title):
    return dataset(title, [d.DatasetField(name=f, type=d.FIELD_TYPE_TEXT) for f in FIELDS])


def put(dataset_id, values=("1",)):
    return submit(dataset_id, [(f, values) for f in FIELDS])


def head():
    return fj.call("LedgerService", "GetHead").size


def entries(client, start):
    """What the client can read from there on, less what is random by nature."""
    reply = client.call("LedgerService", "ListEntries", start=start, count=1000)
    found = []
    for entry in reply.entries:
        if not entry.payload:
            continue
        event = pb["event"].Event.FromString(entry.payload)
        body = getattr(event, event.WhichOneof("body"))
        if hasattr(body, "disclosure_id"):
            body.disclosure_id = ""
        event.entity_id = ""
        found.append(str(event))
    return found


def taken(client, **kw):
    """All of a fetch, in order: each chunk as it came, then how it ended."""
    seen = []
    try:
        for reply in client.stream("DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                                   action=c.ACTION_READ, fields=FIELDS, **kw):
            reply.ClearField("position")
            reply.disclosure_id = ""
            seen.append(reply.SerializeToString())
    except Refused as e:
        seen.append((e.code, e.reason, e.message, sorted(e.metadata.items())))
    return seen


class Beside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before, cls.after = define("Before"), define("After")
        cls.items = [put(cls.before), put(cls.after), put(cls.before, LARGE), put(cls.after, LARGE),
                     put(cls.before)]
        for one in (cls.before, cls.after):
            grant(one, FIELDS, [], orgs=("iom", "unhcr"))
        small, large, many = define("Small"), define("Large"), define("Many")
        held, gone, raised = define("Held"), define("Gone"), define("Raised")
        cls.refused = {"small": put(small), "large": put(large, LARGE), "many": put(many),
                       "held": put(held), "gone": put(gone), "raised": put(raised),
                       "missing": new_id()}
        put(large, LARGE)
        for _ in range(5):
            put(many)
        for method, name in (("HoldContribution", "held"), ("WithdrawContribution", "gone")):
            tv.call("DataService", method, request_id=new_id(), reason="test",
                    contribution_id=cls.refused[name])
        tv.call("DataService", "ReclassifyContribution", request_id=new_id(), reason="test",
                contribution_id=cls.refused["raised"], classification=c.CLASSIFICATION_AMBER)
        cls.datasets = {"small": small, "large": large, "many": many, "held": held, "gone": gone,
                        "raised": raised, "empty": define("Empty"), "missing": new_id()}

    def assert_alike(self, function, values, reader=iom):
        """function(value) gives and leaves the same for all of them. Refusals beyond 100 an
        hour are no entries, so that the tests ask as different recipients."""
        first = None
        for name, value in values.items():
            start = head()
            found = function(value), entries(reader, start), head() - start
            found = repr(found).replace(value, "(what was asked for)")
            first = first or found
            self.assertEqual(found[:2000], first[:2000], name)
            self.assertEqual(found, first, name)

    def test_I11_a_dataset_beside_permitted_ones(self):
        orders = (lambda i: [self.before, i, self.after], lambda i: [i, i, self.before],
                  lambda i: [self.after, self.before, i])
        for order in orders:
            for n in (2, 64):
                self.assert_alike(
                    lambda i, o=order, n=n: taken(iom, dataset_ids=o(i), chunk_items=n),
                    self.datasets)

    def test_I11_a_contribution_beside_permitted_ones(self):
        orders = (lambda i: [self.items[0], self.items[2], i, self.items[3]],
                  lambda i: [self.items[2], i], lambda i: [i, self.items[0]])
        for order in orders:
            for n in (1, 2, 64):
                self.assert_alike(
                    lambda i, o=order, n=n: taken(unhcr, contribution_ids=o(i), chunk_items=n),
                    self.refused, unhcr)

    def test_I11_a_period_leaves_out_what_is_forbidden_as_what_is_not_there(self):
        period = pb["common"].TimeRange()
        getattr(period, "from").FromSeconds(0)
        self.assert_alike(
            lambda i: taken(unhcr, dataset_ids=[self.before, i], period=period), self.datasets,
            unhcr)

    def test_datasets_come_in_the_order_asked_for(self):
        for order in ([self.before, self.after], [self.after, self.before],
                      [self.after, self.before, self.after]):
            got = [i.dataset_id for r in fetch(iom, FIELDS, dataset_ids=order) for i in r.items]
            self.assertEqual(got, [order[0]] * got.count(order[0]) + [order[1]] * got.count(order[1]))
            self.assertEqual(len(got), len(self.items))

    def test_I11_the_recipient_does_not_read_why(self):
        """The full reason of a refusal is for the owner; the entry is of its chain alone."""
        for name in ("small", "held", "missing"):
            start = head()
            answer = taken(fj, contribution_ids=[self.refused[name]])
            self.assertEqual(answer[-1][1], "D_CONSENT")
            self.assertEqual(entries(fj, start), [])
            owner = [e for e in entries(tv, start) if "release_refused" in e]
            self.assertEqual(len(owner), 1)
            self.assertIn({"small": "D_DEFAULT_DENY", "held": "D_HOLD",
                           "missing": "E_NOT_FOUND"}[name], owner[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
