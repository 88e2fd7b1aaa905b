#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What left, followed up: receipts, filters, recalls, conditions that count, approvals.
Ends with 0 if all is as it should be."""

import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sharinglib import (Client, ORIGIN, after, c, check, d, dataset,  # noqa: E402
                        delivery_digest, disclosures, fetch, fj, grant, iom, new_id, pb, recalls,
                        refused, revoke, s, submit, tv, unhcr, x)


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
    # Text that is no key of the list: some page of it, and no error of the register.
    for name, rows in (("ListDisclosures", "disclosures"), ("ListRecalls", "items")):
        for token in ("6162", "2d31", "39" * 20, "3030" + "39" * 18):
            page = getattr(tv.call("DisclosureService", name, page_token=token), rows)
            check(f"S1 {name}: a page token is only text", len(page) <= 50)


MONTH = [d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH)]


def counting():
    dataset_id = dataset("Counted", MONTH)
    for _ in range(3):
        submit(dataset_id, [("month", ["2026-01"])])
    grant(dataset_id, ["month"], [s.Condition(kind=s.CONDITION_KIND_MAX_RELEASES, number=2)])
    check("one fetch is one release, however many chunks",
          len(fetch(iom, ["month"], dataset_ids=[dataset_id], chunk_items=1)) == 3)
    fetch(iom, ["month"], dataset_ids=[dataset_id])
    refused("PRI-9d: a third fetch under MAX_RELEASES(2)", "D_CONSENT",
            lambda: fetch(iom, ["month"], dataset_ids=[dataset_id]))
    reply = tv.call("ConsentService", "CheckConsent", owner_org="tv", recipient_org="iom",
                    recipient_capacity=c.CAPACITY_PARTNER, purpose="ME", action=c.ACTION_READ,
                    dataset_id=dataset_id, fields=["month"])
    check("the owner is told why", reply.detail == "MAX_RELEASES", reply)
    often = dataset("Seldom", MONTH)
    submit(often, [("month", ["2026-01"])])
    grant(often, ["month"], [s.Condition(kind=s.CONDITION_KIND_FREQUENCY, number=1, days=30)])
    fetch(iom, ["month"], dataset_ids=[often])
    refused("PRI-9d: a second fetch under FREQUENCY(1 in 30)", "D_CONSENT",
            lambda: fetch(iom, ["month"], dataset_ids=[often]))
    at_home = dataset("At home", MONTH)
    submit(at_home, [("month", ["2026-01"])])
    grant(at_home, ["month"], [s.Condition(kind=s.CONDITION_KIND_IN_COUNTRY, values=["FJ"])],
          orgs=("fj", "ck", "iom"), capacity=c.CAPACITY_MEMBER)
    fj_agent, ck_agent = Client("fj-agent"), Client("ck-agent")
    check("IN_COUNTRY: an agency of that country",
          len(fetch(fj_agent, ["month"], dataset_ids=[at_home])) == 1)
    refused("IN_COUNTRY: an agency of another", "D_CONSENT",
            lambda: fetch(ck_agent, ["month"], dataset_ids=[at_home]))


def approvals(client, **kw):
    return client.call("DisclosureService", "ListApprovals", page_size=500, **kw).approvals


def request_digest(a):
    def name(enum, value, prefix):
        return enum.Name(value)[len(prefix):]
    parts = [a.owner_org, a.recipient_org, name(c.Capacity, a.capacity, "CAPACITY_"), a.purpose,
             name(c.Action, a.action, "ACTION_"), str(len(a.fields)), *a.fields,
             str(len(a.contribution_ids)), *a.contribution_ids]
    return hashlib.sha256(b"pidc/approval/v1\0" + b"".join(
        p.encode() + b"\0" for p in parts)).digest()


def answer_statement(waiting, **kw):
    kw.setdefault("is_approved", True)
    if kw["is_approved"]:
        kw.setdefault("valid_to", after(10))
    kw.setdefault("owner_org", "tv")
    kw.setdefault("request_digest", waiting.request_digest)
    return x.ApprovalStatement(approval_id=waiting.approval_id, origin=ORIGIN, **kw)


def answer(client, statement, signer=None):
    return client.call("DisclosureService", "AnswerApproval", request_id=new_id(),
                       signed=(signer or client).sign(statement))


def approving():
    dataset_id = dataset("One by one", MONTH)
    ids = [submit(dataset_id, [("month", ["2026-0%d" % (n + 1)])]) for n in range(3)]
    grant(dataset_id, ["month"], [s.Condition(kind=s.CONDITION_KIND_APPROVE_EACH)])
    e = refused("a release waits for the owner", "D_CONDITION",
                lambda: fetch(iom, ["month"], dataset_ids=[dataset_id]))
    waiting = approvals(iom, state=x.APPROVAL_STATE_PENDING)[0]
    check("the answer names what waits", waiting.approval_id in e.message, e.message)
    refused("asked again, nothing new waits", "D_CONDITION",
            lambda: fetch(iom, ["month"], dataset_ids=[dataset_id]))
    check("one approval waits", len(approvals(tv)) == 1)
    check("the list is frozen", list(waiting.contribution_ids) == ids)
    check("the digest is that of the request", waiting.request_digest == request_digest(waiting))
    check("I11: nobody else sees it", not approvals(unhcr) and not approvals(fj))
    check("NEEDS_OWNER", iom.call(
        "ConsentService", "CheckConsent", owner_org="tv", purpose="ME", action=c.ACTION_READ,
        contribution_id=ids[0], fields=["month"]).verdict == pb["consent"].VERDICT_NEEDS_OWNER)
    refusals_of_answers(waiting)
    later = submit(dataset_id, [("month", ["2026-04"])])
    done = answer(tv, answer_statement(waiting))
    check("approved", done.state == x.APPROVAL_STATE_APPROVED)
    refused("answered twice", "E_STATE", lambda: answer(tv, answer_statement(waiting)))
    refused("another partner uses it", "E_NOT_FOUND", lambda: fetch(
        unhcr, ["month"], approval_id=waiting.approval_id))
    refused("the approval and ids of one's own", "E_FIELD", lambda: fetch(
        iom, ["month"], approval_id=waiting.approval_id, contribution_ids=[later]))
    chunks = fetch(iom, ["month"], approval_id=waiting.approval_id, chunk_items=2)
    got = [i.contribution_id for k in chunks for i in k.items]
    check("exactly the frozen list is sent", got == ids and len(chunks) == 2, got)
    refused("single use", "D_CONDITION", lambda: fetch(
        iom, ["month"], approval_id=waiting.approval_id))
    used = [a for a in approvals(tv) if a.approval_id == waiting.approval_id][0]
    check("used by that fetch", used.state == x.APPROVAL_STATE_USED
          and used.disclosure_id == chunks[0].disclosure_id)
    check("the release names it", all(r.approval_id == waiting.approval_id for r in disclosures(
        tv, disclosure_id=chunks[0].disclosure_id)))
    again = approvals(iom, state=x.APPROVAL_STATE_PENDING)[0]
    answer(tv, answer_statement(again, is_approved=False, reason="not this time"))
    refused("refused is not approved", "D_CONDITION", lambda: fetch(
        iom, ["month"], approval_id=again.approval_id))


def refusals_of_answers(waiting):
    agent = Client("tv-agent")
    refused("the recipient confirms for itself", "E_OWNER_ONLY",
            lambda: answer(iom, answer_statement(waiting)))
    refused("another member confirms", "E_OWNER_ONLY",
            lambda: answer(fj, answer_statement(waiting)))
    refused("another member's signature", "E_OWNER_ONLY",
            lambda: answer(tv, answer_statement(waiting), signer=fj))
    refused("an agent's signature", "E_OWNER_ONLY",
            lambda: answer(tv, answer_statement(waiting), signer=agent))
    refused("L9: another request than the signer saw", "E_FIELD",
            lambda: answer(tv, answer_statement(waiting, request_digest=bytes(32))))
    refused("no end", "E_FIELD",
            lambda: answer(tv, answer_statement(waiting, valid_to=None)))
    refused("too late an end", "E_FIELD",
            lambda: answer(tv, answer_statement(waiting, valid_to=after(91))))
    refused("refused without a reason", "E_FIELD",
            lambda: answer(tv, answer_statement(waiting, is_approved=False)))
    signed = tv.sign(answer_statement(waiting))
    refused("a signed approval is no consent", "E_MALFORMED", lambda: tv.call(
        "ConsentService", "RecordStatement", request_id=new_id(), signed=signed))
    signed.statement = signed.statement[:-1] + b"?"
    refused("a forged answer", "E_FIELD", lambda: tv.call(
        "DisclosureService", "AnswerApproval", request_id=new_id(), signed=signed))


def tampering():
    """Content changed behind the daemon's back does not leave."""
    dataset_id = dataset("Tampered", MONTH)
    contribution = submit(dataset_id, [("month", ["2026-01"])])
    grant(dataset_id, ["month"])
    psql("UPDATE pidc.contribution_content SET content = content || '\\x00' "
         "WHERE contribution_id = '%s'" % contribution)
    refused("SYS-1: changed content", "E_LEDGER_UNAVAILABLE",
            lambda: fetch(iom, ["month"], dataset_ids=[dataset_id]))
    seen = disclosures(tv, dataset_id=dataset_id)
    check("it is recorded, and noted as not sent",
          len(seen) == 1 and seen[0].delivery == x.DELIVERY_STATE_NOT_SENT)


def psql(sql):
    subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAt",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)


follow_up()
counting()
approving()
tampering()
