#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What left, followed up, by a stock client: receipts, filters, recalls, conditions that
count, approvals. Wants the variables of build/up/env. Ends with 0 if all is as it should
be."""

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


def dataset(title, fields, granularity=c.GRANULARITY_AGGREGATE):
    made = tv_agent.call("DataService", "DefineDataset", request_id=new_id(), dataset=d.Dataset(
        category="OVER", title=title, granularity=granularity, legal_basis="Immigration Act",
        ethics_note="none", classification_default=c.CLASSIFICATION_GREEN, retention_months=12,
        fields=fields))
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


def follow_up():
    dataset_id = dataset("Receipts", [d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH),
                                      d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)])
    ids = [submit(dataset_id, [("month", ["2026-01"]), ("count", [40 + n])]) for n in range(3)]
    consent = grant(dataset_id, ["month", "count"], [
        s.Condition(kind=s.CONDITION_KIND_ACK_WITHIN, number=7),
        s.Condition(kind=s.CONDITION_KIND_DATA_LIFE, number=30),
        s.Condition(kind=s.CONDITION_KIND_NOTIFY_EACH)])
    chunks = fetch(iom, ["count", "month"], dataset_ids=[dataset_id], chunk_items=2)
    check("two chunks", len(chunks) == 2)
    check("the digest is that of what arrived",
          all(k.delivery_digest == delivery_digest(k) for k in chunks))
    receipts(dataset_id, chunks)
    filters(dataset_id, ids, consent, chunks)
    recall(dataset_id, ids, consent, chunks)


def receipts(dataset_id, chunks):
    def acknowledge(client, chunk, digest, **kw):
        return client.call("DisclosureService", "AcknowledgeDisclosure", request_id=new_id(),
                           disclosure_id=chunks[0].disclosure_id, chunks=[x.ChunkReceipt(
                               chunk=chunk, delivery_digest=digest)], **kw)
    refused("L3: another partner acknowledges", "E_NOT_FOUND",
            lambda: acknowledge(unhcr, 0, chunks[0].delivery_digest))
    refused("a receipt with another digest", "E_FIELD",
            lambda: acknowledge(iom, 0, chunks[1].delivery_digest))
    refused("a receipt of a chunk that never was", "E_NOT_FOUND",
            lambda: acknowledge(iom, 7, chunks[0].delivery_digest))
    acknowledge(iom, 0, chunks[0].delivery_digest)
    refused("a second receipt", "E_STATE",
            lambda: acknowledge(iom, 0, chunks[0].delivery_digest))
    first, second = disclosures(tv, dataset_id=dataset_id)
    check("the receipt is seen by the owner", first.HasField("acknowledged_at")
          and first.delivery == x.DELIVERY_STATE_ACKNOWLEDGED)
    check("what has none is noted as sent", not second.HasField("acknowledged_at")
          and second.delivery == x.DELIVERY_STATE_SENT and not second.is_overdue, second)
    days = (second.acknowledge_by.seconds - second.released_at.seconds) // 86400
    check("ACK_WITHIN gives a day", days == 7, days)
    days = (second.dispose_by.seconds - second.released_at.seconds) // 86400
    check("DATA_LIFE gives a day", days == 30, days)
    check("obligations are on the record", {o.kind for o in second.obligations} == {
        s.CONDITION_KIND_ACK_WITHIN, s.CONDITION_KIND_DATA_LIFE, s.CONDITION_KIND_NOTIFY_EACH})


def filters(dataset_id, ids, consent, chunks):
    def count(**kw):
        return len(disclosures(tv, **kw))
    one = chunks[1].items[0].contribution_id
    check("filter by dataset", count(dataset_id=dataset_id) == 2)
    check("filter by contribution", count(contribution_id=one) == 1)
    check("filter by consent", count(consent_id=consent.consent_id) == 2)
    check("filter by disclosure", count(disclosure_id=chunks[0].disclosure_id) == 2)
    check("filter by recipient", count(dataset_id=dataset_id, recipient_org="unhcr") == 0)
    check("filter by receipt", count(dataset_id=dataset_id, unacknowledged=True) == 1)
    check("filter by overdue", count(dataset_id=dataset_id, overdue=True) == 0)
    check("filter by obligation", count(
        dataset_id=dataset_id, obligation=s.CONDITION_KIND_NOTIFY_EACH) == 2)
    check("filter by delivery", count(
        dataset_id=dataset_id, delivery=x.DELIVERY_STATE_SENT) == 1)
    check("filter by period", count(dataset_id=dataset_id, released=c.TimeRange(
        to=chunks[1].position.tx_time)) == 1)
    check("I11: nobody else sees it", not disclosures(fj, dataset_id=dataset_id))
    reply = tv.call("DisclosureService", "ListDisclosures", dataset_id=dataset_id)
    entry = reply.disclosures[0]
    proof = tv.call("LedgerService", "GetInclusionProof", index=entry.index,
                    tree_size=reply.position.revision + 1)
    check("the list leads to proofs", proof.leaf_hash == entry.leaf_hash)
    check("the items name the fields", list(entry.items[0].fields) == ["count", "month"])
    check("and the contributions", {i.contribution_id for e in reply.disclosures
                                    for i in e.items} == set(ids))


def recall(dataset_id, ids, consent, chunks):
    def ask(client=tv, **kw):
        kw.setdefault("recipient_org", "iom")
        kw.setdefault("reason", "the consent has ended")
        return client.call("DisclosureService", "RecallDisclosures", request_id=new_id(), **kw)

    def answer(client, recall_id, outcome, **kw):
        return client.call("DisclosureService", "AnswerRecall", request_id=new_id(),
                           recall_id=recall_id, outcome=outcome, **kw)
    refused("L5: recall for a cause that is not so", "E_NOT_FOUND", lambda: ask(
        consent_id=consent.consent_id, cause=x.RECALL_CAUSE_CONSENT_ENDED))
    revoke(consent)
    refused("another member recalls Tuvalu's data", "E_NOT_FOUND", lambda: ask(
        fj, consent_id=consent.consent_id, cause=x.RECALL_CAUSE_CONSENT_ENDED))
    dry = ask(consent_id=consent.consent_id, cause=x.RECALL_CAUSE_CONSENT_ENDED,
              validate_only=True)
    check("a dry run counts", dry.item_count == 3 and not recalls(tv))
    made = ask(consent_id=consent.consent_id, cause=x.RECALL_CAUSE_CONSENT_ENDED)
    check("all that rests on the chain is recalled", made.item_count == 3 and not made.has_more)
    refused("again for the same cause", "E_NOT_FOUND", lambda: ask(
        consent_id=consent.consent_id, cause=x.RECALL_CAUSE_CONSENT_ENDED))
    ref = x.DisclosedItemRef(release_index=chunks[0].position.revision, contribution_id=ids[0])
    other = ask(items=[ref], cause=x.RECALL_CAUSE_OWNER_DECISION)
    check("one item, for another cause", other.item_count == 1)
    items = recalls(iom, recall_id=made.recall_id)
    check("the recipient sees it", len(items) == 3 and all(
        i.state == x.RECALL_STATE_OPEN and i.owner_org == "tv" for i in items))
    check("I11: nobody else does", not recalls(unhcr) and not recalls(fj))
    refused("the owner answers itself", "E_NOT_FOUND", lambda: answer(
        tv, made.recall_id, x.RECALL_OUTCOME_DELETED, every_open_item=True))
    refused("CANNOT without a reason", "E_FIELD", lambda: answer(
        iom, made.recall_id, x.RECALL_OUTCOME_CANNOT, items=[ref]))
    answer(iom, made.recall_id, x.RECALL_OUTCOME_CANNOT, items=[ref], reason="printed already")
    check("the rest is answered in one", answer(
        iom, made.recall_id, x.RECALL_OUTCOME_DELETED, every_open_item=True).item_count == 2)
    refused("nothing is open", "E_STATE", lambda: answer(
        iom, made.recall_id, x.RECALL_OUTCOME_DELETED, every_open_item=True))
    agent = Client("iom-agent")
    refused("an agent closes", "E_ROLE", lambda: agent.call(
        "DisclosureService", "CloseRecall", request_id=new_id(), recall_id=made.recall_id,
        every_answered_item=True))
    refused("the recipient closes", "E_NOT_FOUND", lambda: iom.call(
        "DisclosureService", "CloseRecall", request_id=new_id(), recall_id=made.recall_id,
        every_answered_item=True))
    tv.call("DisclosureService", "CloseRecall", request_id=new_id(), recall_id=made.recall_id,
            every_answered_item=True)
    states = sorted(i.state for i in recalls(tv, recall_id=made.recall_id))
    check("answered and closed", states == [x.RECALL_STATE_ANSWERED, x.RECALL_STATE_ANSWERED,
                                            x.RECALL_STATE_CLOSED], states)
    check("filter by state", len(recalls(tv, state=x.RECALL_STATE_OPEN)) == 1)
    pages, token = [], ""
    while True:
        page = tv.call("DisclosureService", "ListRecalls", page_size=1, page_token=token)
        pages += page.items
        token = page.next_page_token
        if not token:
            break
    check("pages hold everything once", len(pages) == 4 and len(
        {(i.recall_id, i.release_index, i.contribution_id) for i in pages}) == 4)


follow_up()
