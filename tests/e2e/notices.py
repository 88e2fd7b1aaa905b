#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Who is told of what others did: holders of data that was corrected or withdrawn, owners
whose grants select a class that somebody joins. Wants the variables of build/up/env."""

import datetime
import unittest

from sharinglib import (Client, ORIGIN, after, c, d, dataset, fetch, fj, grant, iom, new_id, pb, s,
                        submit, tv, tv_agent, unhcr)

N = pb["notice"]
FIELDS = ["text"]
hos = Client("sec-hos")


def head():
    return fj.call("LedgerService", "GetHead").size


def read(client, start, body):
    """Events of a kind that the client can read from there on."""
    found = []
    for entry in client.call("LedgerService", "ListEntries", start=start, count=1000).entries:
        if not entry.payload:
            continue
        event = pb["event"].Event.FromString(entry.payload)
        if event.WhichOneof("body") == body:
            found.append((event, getattr(event, body)))
    return found


class Holders(unittest.TestCase):
    """Spec 3.4: the recipients of what was replaced are told."""

    def setUp(self):
        self.dataset = dataset("Held", [d.DatasetField(name="text", type=d.FIELD_TYPE_TEXT)])
        self.item = submit(self.dataset, [("text", ["1"])])
        self.kept = submit(self.dataset, [("text", ["2"])])
        grant(self.dataset, FIELDS, [], orgs=("iom", "unhcr", "oco"))
        for client in (iom, unhcr):
            fetch(client, FIELDS, contribution_ids=[self.item])
        self.start = head()

    def assert_told(self, change, clients=(iom, unhcr)):
        for client in clients:
            (event, notice), = read(client, self.start, "holder_notified")
            org = client.name.split("-")[0]
            self.assertEqual((notice.contribution_id, notice.dataset_id, notice.owner_org,
                              notice.recipient_org, notice.change),
                             (self.item, self.dataset, "tv", org, change))
            self.assertEqual(sorted(event.concerns), sorted([org, "tv"]))
        told = {n.recipient_org for _, n in read(tv, self.start, "holder_notified")}
        self.assertEqual(told, {client.name.split("-")[0] for client in clients})
        self.assertEqual(read(fj, self.start, "holder_notified"), [])

    def test_of_a_correction(self):
        submit(self.dataset, [("text", ["3"])], replaces_id=self.item)
        self.assert_told(N.HOLDING_CHANGE_CORRECTED)
        listed = iom.call("DisclosureService", "ListDisclosures", contribution_id=self.item)
        self.assertEqual([i.change for x in listed.disclosures for i in x.items],
                         [N.HOLDING_CHANGE_CORRECTED])

    def test_of_a_withdrawal(self):
        tv.call("DataService", "WithdrawContribution", request_id=new_id(), reason="wrong table",
                contribution_id=self.item)
        self.assert_told(N.HOLDING_CHANGE_WITHDRAWN)
        for client in (iom, unhcr):
            (event, _), = read(client, self.start, "holder_notified")
            self.assertNotIn("wrong table", str(event))

    def test_watch_shows_it(self):
        tv.call("DataService", "WithdrawContribution", request_id=new_id(), reason="wrong table",
                contribution_id=self.item)
        watch = iom.stream("LedgerService", "Watch", start=self.start)
        event = pb["event"].Event.FromString(next(watch).entries[0].payload)
        self.assertEqual(event.holder_notified.contribution_id, self.item)

    def test_not_who_gave_it_back(self):
        recall = tv.call("DisclosureService", "RecallDisclosures", request_id=new_id(),
                         recipient_org="iom", reason="back please", contribution_id=self.item,
                         cause=pb["disclosure"].RECALL_CAUSE_OWNER_DECISION)
        iom.call("DisclosureService", "AnswerRecall", request_id=new_id(), every_open_item=True,
                 recall_id=recall.recall_id, outcome=pb["disclosure"].RECALL_OUTCOME_DELETED)
        self.start = head()
        submit(self.dataset, [("text", ["3"])], replaces_id=self.item)
        self.assertEqual(read(iom, self.start, "holder_notified"), [])
        self.assert_told(N.HOLDING_CHANGE_CORRECTED, [unhcr])

    def test_nobody_of_what_nobody_has_nor_of_a_rehearsal(self):
        tv.call("DataService", "WithdrawContribution", request_id=new_id(), reason="wrong table",
                contribution_id=self.kept)
        tv.call("DataService", "WithdrawContribution", request_id=new_id(), reason="wrong table",
                contribution_id=self.item, validate_only=True)
        self.assertEqual(read(tv, self.start, "holder_notified"), [])
        self.assertEqual(head(), self.start + 1)

    def test_a_repeated_request_tells_once(self):
        request = new_id()
        for _ in range(2):
            tv.call("DataService", "WithdrawContribution", request_id=request, reason="wrong",
                    contribution_id=self.item)
        self.assert_told(N.HOLDING_CHANGE_WITHDRAWN)


class Classes(unittest.TestCase):
    """L6: later joiners of an OPEN class wait, and the owner is told."""

    def give(self, client, owner, org_class, mode=s.CLASS_MODE_OPEN):
        st = s.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org=owner, origin=ORIGIN,
            kind=s.STATEMENT_KIND_GRANT, data=s.DataSelector(all_of_owner=True),
            recipient=s.RecipientSelector(org_class=org_class, class_mode=mode,
                                          capacity=c.CAPACITY_PARTNER),
            purposes=["ME"], actions=[c.ACTION_READ], fields=["text"], valid_to=after(90),
            mode=s.GRANT_MODE_ADD, classification_ceiling=c.CLASSIFICATION_GREEN)
        if mode == s.CLASS_MODE_PINNED:
            st.recipient.pinned_orgs.append("iom")
        client.call("ConsentService", "RecordStatement", request_id=new_id(),
                    signed=client.sign(st))
        return st.consent_id

    def join(self, org_class):
        P = pb["partner"]
        self.org = org = "joiner-" + new_id()[:8]
        start = head()
        hos.call("PartnerService", "RecordLegacy", request_id=new_id(), partner=P.Partner(
            org=org, name="Joiner " + org, partner_class=org_class,
            instrument=P.LegacyInstrument(title="Agreement", scope=c.DataScope(
                purposes=["ME"], actions=[c.ACTION_READ],
                granularity_ceiling=c.GRANULARITY_AGGREGATE,
                classification_ceiling=c.CLASSIFICATION_AMBER))))
        return start

    def test_L6_each_owner_is_told_of_its_own_grants(self):
        mine = [self.give(tv, "tv", "CIVIL_SOCIETY") for _ in range(2)]
        other = self.give(fj, "fj", "CIVIL_SOCIETY")
        start = self.join("CIVIL_SOCIETY")
        for client, owner, grants, others in ((tv, "tv", mine, [other]), (fj, "fj", [other], mine)):
            (event, joined), = read(client, start, "class_joined")
            self.assertEqual(list(event.concerns), [owner])
            self.assertEqual((joined.org, joined.org_class, joined.owner_org,
                              joined.cooling_off_days),
                             (self.org, "CIVIL_SOCIETY", owner, 14))
            self.assertLessEqual(set(grants), set(joined.consent_ids))
            self.assertFalse(set(others) & set(joined.consent_ids))
        self.assertEqual(read(iom, start, "class_joined"), [])

    def test_L6_the_cooling_off_begins(self):
        item = dataset("Waiting", [d.DatasetField(name="text", type=d.FIELD_TYPE_TEXT)])
        self.give(tv, "tv", "PRIVATE_SECTOR")
        self.join("PRIVATE_SECTOR")

        def verdict(days):
            at = datetime.datetime.utcnow() + datetime.timedelta(days=days)
            stamp = s.ConsentStatement().valid_to
            stamp.FromDatetime(at)
            return tv.call("ConsentService", "ExplainDecision", owner_org="tv",
                           recipient_org=self.org, recipient_capacity=c.CAPACITY_PARTNER,
                           purpose="ME", action=c.ACTION_READ, dataset_id=item, fields=["text"],
                           valid_at=stamp).verdict
        self.assertEqual(verdict(13), pb["consent"].VERDICT_DENY)
        self.assertEqual(verdict(15), pb["consent"].VERDICT_PERMIT)

    def test_L6_pinned_and_ended_grants_tell_nothing(self):
        self.give(tv, "tv", "INTERNATIONAL_BODY", s.CLASS_MODE_PINNED)
        ended = self.give(tv, "tv", "INTERNATIONAL_BODY")
        tv.call("ConsentService", "RecordStatement", request_id=new_id(), signed=tv.sign(
            s.ConsentStatement(statement_id=new_id(), consent_id=ended, version=2, owner_org="tv",
                               kind=s.STATEMENT_KIND_REVOKE, reason="enough", origin=ORIGIN)))
        start = self.join("INTERNATIONAL_BODY")
        self.assertEqual(read(tv, start, "class_joined"), [])
        self.assertEqual(head(), start + 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
