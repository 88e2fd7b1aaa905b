#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What is forbidden, what is missing and what is empty look the same (I11, L8): same
status, same details, same bytes, same effect on whatever the caller can count. Wants the
variables of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

D, C, S = pb["data"], pb["common"], pb["statement"]
FIELDS = ("month", "count", "nationality")

tv_agent, tv, fj = Client("tv-agent"), Client("tv-officer"), Client("fj-officer")
fj_agent, iom, unhcr = Client("fj-agent"), Client("iom-officer"), Client("unhcr-officer")
ORIGIN = tv.call("AdminService", "GetServerInfo").origin


def define(client, classification=C.CLASSIFICATION_GREEN):
    return client.call("DataService", "DefineDataset", request_id=new_id(), dataset=D.Dataset(
        category="OVER", title="Private", granularity=C.GRANULARITY_AGGREGATE,
        classification_default=classification, legal_basis="Immigration Act",
        ethics_note="none", retention_months=12,
        fields=[D.DatasetField(name=f, type=D.FIELD_TYPE_TEXT) for f in FIELDS]),
                       ).dataset.dataset_id


def submit(client, dataset, **kw):
    return client.call("DataService", "SubmitContribution", request_id=new_id(),
                       dataset_id=dataset, columns=[column(f, ["1"]) for f in FIELDS],
                       **kw).contribution_id


def statement(owner, **kw):
    return S.ConsentStatement(statement_id=new_id(), owner_org=owner, origin=ORIGIN, **kw)


def record(client, st):
    return client.call("ConsentService", "RecordStatement", request_id=new_id(),
                       signed=client.sign(st))


def grant(dataset):
    st = statement(
        "tv", consent_id=new_id(), version=1, kind=S.STATEMENT_KIND_GRANT, purposes=["ME"],
        data=S.DataSelector(dataset_ids=[dataset]), actions=[C.ACTION_READ], fields=["count"],
        recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER),
        mode=S.GRANT_MODE_ADD, valid_to=after(90))
    record(tv, st)
    return st.consent_id


def outcome(function):
    """Everything of an answer that the caller can compare; where in the ledger it was
    made is left out."""
    try:
        replies = function()
    except Refused as e:
        return e.code, e.reason, e.message, sorted(e.metadata.items())
    replies = replies if isinstance(replies, list) else [replies]
    for reply in replies:
        reply.ClearField("position")
    return [r.SerializeToString() for r in replies]


def fetch(client, **kw):
    kw.setdefault("fields", ["count"])
    return list(client.stream("DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                              action=C.ACTION_READ, **kw))


def check(client, **kw):
    kw.setdefault("fields", ["count"])
    return client.call("ConsentService", "CheckConsent", owner_org="tv", purpose="ME",
                       action=C.ACTION_READ, **kw)


def size():
    return fj.call("LedgerService", "GetHead").size


class Privacy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.full, cls.empty, cls.shared = define(tv_agent), define(tv_agent), define(tv_agent)
        cls.amber = define(tv_agent, C.CLASSIFICATION_AMBER)
        cls.item = submit(tv_agent, cls.full)
        cls.held, cls.gone = submit(tv_agent, cls.shared), submit(tv_agent, cls.shared)
        cls.given = submit(tv_agent, cls.shared)
        for method, item in (("HoldContribution", cls.held), ("WithdrawContribution", cls.gone)):
            tv.call("DataService", method, request_id=new_id(), contribution_id=item,
                    reason="test")
        cls.items = {"forbidden": cls.item, "held": cls.held, "withdrawn": cls.gone,
                     "amber": submit(tv_agent, cls.amber), "missing": new_id()}
        cls.consent = grant(cls.shared)

    def assert_alike(self, function, values):
        """function(value) has one outcome and one effect for all values; that the ledger
        grows is an effect. An id that the caller sent may come back to it."""
        seen = {}
        for name, value in values.items():
            before = size()
            found = outcome(lambda value=value: function(value)), size() - before
            seen[name] = repr(found).replace(str(value), "(what was asked for)")
        first = next(iter(seen.values()))
        for name, found in seen.items():
            self.assertEqual(found, first, name)

    def test_I11_check_and_fetch_of_datasets(self):
        datasets = {"forbidden": self.full, "empty": self.empty, "amber": self.amber,
                    "missing": new_id()}
        for client in (iom, unhcr, fj):
            self.assert_alike(lambda i, c=client: check(c, dataset_id=i), datasets)
            self.assert_alike(lambda i, c=client: fetch(c, dataset_ids=[i]), datasets)

    def test_I11_check_and_fetch_of_contributions(self):
        for client in (iom, unhcr, fj):
            self.assert_alike(lambda i, c=client: check(c, contribution_id=i), self.items)
            self.assert_alike(lambda i, c=client: fetch(c, contribution_ids=[i]), self.items)

    def test_I11_beside_what_is_given(self):
        self.assertEqual(len(fetch(iom, contribution_ids=[self.given])), 1)
        for one in (1, 2):
            self.assert_alike(
                lambda i, n=one: fetch(iom, contribution_ids=[self.given, i], chunk_items=n),
                self.items)

    def test_I11_columns(self):
        fields = {"forbidden": ["count", "nationality"], "missing": ["count", "no_such_field"]}
        self.assert_alike(lambda f: check(iom, contribution_id=self.given, fields=f), fields)
        self.assert_alike(lambda f: fetch(iom, contribution_ids=[self.given], fields=f), fields)
        got = fetch(iom, contribution_ids=[self.given])[0].items[0]
        self.assertEqual([D.ContentColumn.FromString(c).field for c in got.columns], ["count"])

    def test_I11_owners_and_recipients(self):
        """Another owner's name for the same id; an owner that does not exist."""
        def ask(owner):
            return iom.call("ConsentService", "CheckConsent", owner_org=owner, purpose="ME",
                            action=C.ACTION_READ, fields=["count"], contribution_id=self.item)
        def take(owner):
            return list(iom.stream("DisclosureService", "Fetch", owner_org=owner, purpose="ME",
                                   action=C.ACTION_READ, fields=["count"],
                                   contribution_ids=[self.item]))
        owners = {"owner": "tv", "other": "fj", "missing": "nobody"}
        self.assert_alike(ask, owners)
        self.assert_alike(take, owners)

    def test_I11_get(self):
        cases = [("DataService", "GetDataset", "dataset_id", self.full, (iom, fj)),
                 ("DataService", "GetContribution", "contribution_id", self.item, (iom, fj)),
                 ("ConsentService", "GetConsent", "consent_id", self.consent, (unhcr, fj))]
        for service, method, field, forbidden, clients in cases:
            for client in clients:
                self.assert_alike(
                    lambda i, c=client, s=service, m=method, f=field: c.call(s, m, **{f: i}),
                    {"forbidden": forbidden, "missing": new_id()})

    def test_I11_change(self):
        cases = [("HoldContribution", {"reason": "mine"}, self.item),
                 ("WithdrawContribution", {"reason": "mine"}, self.item),
                 ("ReleaseHold", {"reason": "mine"}, self.held)]
        for method, more, forbidden in cases:
            self.assert_alike(
                lambda i, m=method, k=more: fj.call("DataService", m, request_id=new_id(),
                                                    contribution_id=i, **k),
                {"forbidden": forbidden, "missing": new_id()})
        self.assert_alike(lambda i: submit(fj_agent, i),
                          {"forbidden": self.full, "missing": new_id()})

    def test_I11_statements_about_what_is_anothers(self):
        def revoke(consent):
            return record(fj, statement("fj", consent_id=consent, version=2,
                                        kind=S.STATEMENT_KIND_REVOKE, reason="mine"))

        def give(data):
            return record(fj, statement(
                "fj", consent_id=new_id(), version=1, kind=S.STATEMENT_KIND_GRANT, data=data,
                purposes=["ME"], actions=[C.ACTION_READ], fields=["count"],
                recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER),
                mode=S.GRANT_MODE_ADD, valid_to=after(90)))

        self.assert_alike(revoke, {"forbidden": self.consent, "missing": new_id()})
        self.assert_alike(lambda i: give(S.DataSelector(dataset_ids=[i])),
                          {"forbidden": self.full, "missing": new_id()})
        self.assert_alike(lambda i: give(S.DataSelector(contribution_ids=[i])),
                          {"forbidden": self.item, "missing": new_id()})

    # ---- lists

    def pages(self, client, service, method, field, **kw):
        """Rows, one a page, and the tokens between them."""
        rows, tokens, token = [], [], ""
        while True:
            reply = client.call(service, method, page_size=1, page_token=token, **kw)
            rows += getattr(reply, field)
            token = reply.next_page_token
            if not token:
                return rows, tokens
            tokens.append(token)
            self.assertLess(len(tokens), 10000)

    def test_I11_lists_count_and_page_own_rows_only(self):
        lists = [("DataService", "ListDatasets", "datasets", "owner_org"),
                 ("DataService", "ListContributions", "contributions", "owner_org"),
                 ("ConsentService", "ListConsents", "consents", "owner_org"),
                 ("DisclosureService", "ListDisclosures", "disclosures", "owner_org")]
        for service, method, field, owner in lists:
            before = self.pages(fj, service, method, field)
            # More of another's, on both sides of whatever is listed next.
            submit(tv_agent, define(tv_agent))
            grant(self.empty)
            fetch(iom, contribution_ids=[self.given])
            self.assertEqual(self.pages(fj, service, method, field), before, method)
            self.assertTrue(all(getattr(r, owner) == "fj" for r in before[0]), method)
            self.assertEqual(len(before[1]), max(0, len(before[0]) - 1), method)

    def test_I11_another_s_page_token_opens_nothing(self):
        mine, _ = self.pages(fj, "DataService", "ListDatasets", "datasets")
        _, tokens = self.pages(tv, "DataService", "ListDatasets", "datasets")
        for token in tokens:
            try:
                reply = fj.call("DataService", "ListDatasets", page_size=100, page_token=token)
            except Refused as e:
                self.assertEqual(e.reason, "E_FIELD")
                continue
            self.assertTrue(all(r in mine for r in reply.datasets))

    def test_I11_filters(self):
        """A filter by what is another's finds what a filter by nothing real finds."""
        self.assert_alike(
            lambda i: fj.call("DataService", "ListContributions", dataset_id=i),
            {"forbidden": self.full, "empty": self.empty, "missing": new_id()})

    def test_I11_the_ledger_shows_hashes_only(self):
        entries = fj.call("LedgerService", "ListEntries", start=0, count=1000).entries
        concerned = {e.index for e in fj.call("LedgerService", "ListEntries", start=0, count=1000,
                                              is_concerned=True).entries}
        hidden = [e for e in entries if not e.payload]
        self.assertTrue(hidden)
        for e in hidden:
            self.assertNotIn(e.index, concerned)
            self.assertEqual((e.leaf, e.salt, e.payload, len(e.leaf_hash)), (b"", b"", b"", 32))
        for e in entries:
            if e.payload:
                concerns = pb["event"].Event.FromString(e.payload).concerns
                self.assertTrue(not concerns or "fj" in concerns)


if __name__ == "__main__":
    unittest.main(verbosity=2)
