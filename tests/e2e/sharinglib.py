# SPDX-License-Identifier: ISC
"""What the tests of sharing do again and again, by a stock client. Wants the variables of
build/up/env."""

import hashlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

d, c, s, x = pb["data"], pb["common"], pb["statement"], pb["disclosure"]
tv_agent, tv, iom = Client("tv-agent"), Client("tv-officer"), Client("iom-officer")
fj, unhcr = Client("fj-officer"), Client("unhcr-officer")
ORIGIN = tv.call("AdminService", "GetServerInfo").origin


def check(what, is_true, seen=""):
    if not is_true:
        raise SystemExit("FAIL %s: %s" % (what, seen))
    print("ok   %s" % what, flush=True)


def refused(what, reason, function):
    try:
        seen = function()
    except Refused as e:
        check(what, e.reason == reason, "%s %s" % (e.reason, e.message))
        return e
    raise SystemExit("FAIL %s: not refused: %s" % (what, seen))


def dataset(title, fields, granularity=c.GRANULARITY_AGGREGATE, **kw):
    made = tv_agent.call("DataService", "DefineDataset", request_id=new_id(), dataset=d.Dataset(
        category="OVER", title=title, granularity=granularity, legal_basis="Immigration Act",
        ethics_note="none", classification_default=c.CLASSIFICATION_GREEN, retention_months=12,
        fields=fields, **kw))
    return made.dataset.dataset_id


def submit(dataset_id, columns, **kw):
    return tv_agent.call("DataService", "SubmitContribution", request_id=new_id(),
                         dataset_id=dataset_id, columns=[column(k, v) for k, v in columns],
                         **kw).contribution_id


def grant(dataset_id, fields, conditions=(), orgs=("iom",), capacity=c.CAPACITY_PARTNER):
    statement = s.ConsentStatement(
        statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv",
        kind=s.STATEMENT_KIND_GRANT, data=s.DataSelector(dataset_ids=[dataset_id]),
        recipient=s.RecipientSelector(orgs=list(orgs), capacity=capacity),
        purposes=["ME"], actions=[c.ACTION_READ], fields=fields, conditions=list(conditions),
        mode=s.GRANT_MODE_ADD, valid_to=after(90), origin=ORIGIN)
    tv.call("ConsentService", "RecordStatement", request_id=new_id(), signed=tv.sign(statement))
    return statement


def revoke(statement):
    tv.call("ConsentService", "RecordStatement", request_id=new_id(), signed=tv.sign(
        s.ConsentStatement(statement_id=new_id(), consent_id=statement.consent_id, version=2,
                           owner_org="tv", kind=s.STATEMENT_KIND_REVOKE, reason="enough",
                           origin=ORIGIN)))


def fetch(client, fields, **kw):
    return list(client.stream("DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                              action=c.ACTION_READ, fields=fields, **kw))


def disclosures(client, **kw):
    return client.call("DisclosureService", "ListDisclosures", page_size=500, **kw).disclosures


def recalls(client, **kw):
    return client.call("DisclosureService", "ListRecalls", page_size=500, **kw).items


def delivery_digest(chunk):
    h = hashlib.sha256(b"pidc/delivery/v1\0")
    for item in chunk.items:
        h.update(item.contribution_id.encode())
        for data in item.columns:
            h.update(hashlib.sha256(data).digest())
    return h.digest()
