#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The story that ./dev demo tells: an agency shares what it decided to share.

Every line says who, as which certificate, did what, and the answer. Ends with 0 only
if every step gave the expected answer. Wants the variables of build/up/env."""

import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import (Client, Refused, after, column, leaf_hash, new_id, pb,  # noqa: E402
                     verify_consistency, verify_inclusion)

COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ
FAILED = []


def paint(code, text):
    return "\033[%sm%s\033[0m" % (code, text) if COLOURS else text


def chapter(number, title):
    print("\n" + paint("1", "%d. %s" % (number, title)), flush=True)


def tell(who, what, answer, is_expected=True):
    mark = paint("32", "ok  ") if is_expected else paint("31", "FAIL")
    print("  %s %-12s %s -> %s" % (mark, who, what, answer), flush=True)
    if not is_expected:
        FAILED.append(what)


def expect(who, what, is_true, answer):
    tell(who, what, answer, bool(is_true))


def refused(client, what, reason, function):
    """The step must be refused for this reason."""
    try:
        function()
    except Refused as e:
        tell(client.name, what, "refused: %s (%s)" % (e.reason or e.code.name, e.message),
             e.reason == reason)
        return
    tell(client.name, what, "was NOT refused, expected %s" % reason, False)


def listed(client, service, method, field, **kw):
    items, token = [], ""
    while True:
        reply = client.call(service, method, page_token=token, page_size=500, **kw)
        items += getattr(reply, field)
        token = reply.next_page_token
        if not token:
            return items


def pidcctl(*words, name="auditor"):
    folder = os.environ["PIDC_CERT_DIR"]
    return subprocess.run(
        [os.environ["PIDC_PIDCCTL"], "--server", os.environ["PIDC_ADDRESS"], "--ca",
         os.environ["PIDC_CA"], "--cert", "%s/%s.crt" % (folder, name), "--key",
         "%s/%s.key" % (folder, name)] + list(words),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)


def psql(sql):
    subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAt",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)


def submission(dataset, month, request_id=None):
    return pb["data"].SubmitContributionRequest(
        request_id=request_id or new_id(), dataset_id=dataset,
        columns=[column("month", ["2026-%02d" % (month % 12 + 1)] * 2),
                 column("nationality", ["FJ", "WS"]), column("count", [17 + month, 4])])


def as_dict(message):
    return {f.name: getattr(message, f.name) for f in message.DESCRIPTOR.fields
            if f.label == f.LABEL_REPEATED or not f.message_type}


def seed():
    before = auditor.call("LedgerService", "GetHead").size
    members = listed(auditor, "MemberService", "ListMembers", "members")
    partners = listed(auditor, "PartnerService", "ListPartners", "partners")
    observers = [p for p in partners if p.is_observer]
    recognised = [p for p in partners if p.state == pb["partnership"].PARTNERSHIP_STATE_RECOGNISED]
    expect("auditor", "list the members", len(members) == 21, "%d members" % len(members))
    expect("auditor", "list the partners",
           len(partners) == 10 and len(observers) == 9 and len(recognised) == 10,
           "%d partners, %d observers, %d recognised" % (len(partners), len(observers),
                                                        len(recognised)))
    seeds = os.path.join(os.path.dirname(__file__), "../../sql/seed")
    files = sorted(os.path.join(seeds, f) for f in os.listdir(seeds) if f.endswith(".jsonl"))
    run = subprocess.run([os.environ["PIDC_PIDCD"], "--config", os.environ["PIDC_CONFIG"],
                          "--import"] + files, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, check=False)
    size = auditor.call("LedgerService", "GetHead").size
    expect("operator", "import the seeds a second time", run.returncode == 0 and size == before,
           "ledger still has %d entries" % size)


def contribute():
    d = pb["data"]
    c = pb["common"]
    dataset = d.Dataset(
        category="OVER", title="Overstays by month", granularity=c.GRANULARITY_AGGREGATE,
        classification_default=c.CLASSIFICATION_GREEN, legal_basis="Immigration Act, s. 12",
        ethics_note="Aggregates only", retention_months=60,
        fields=[d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH),
                d.DatasetField(name="nationality", type=d.FIELD_TYPE_CODE),
                d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)])
    made = tv_agent.call("DataService", "DefineDataset", request_id=new_id(), dataset=dataset)
    dataset_id = made.dataset.dataset_id
    expect("tv-agent", "define the dataset \"Overstays by month\"", dataset_id,
           "%s at revision %d" % (dataset_id, made.position.revision))
    for month in range(3):
        request = submission(dataset_id, month)
        reply = tv_agent.call("DataService", "SubmitContribution", **as_dict(request))
        expect("tv-agent", "submit a contribution", reply.contribution_id,
               "%s at revision %d" % (reply.contribution_id, reply.position.revision))
    again = tv_agent.call("DataService", "SubmitContribution", **as_dict(request))
    expect("tv-agent", "submit the last one again, same request_id",
           again.contribution_id == reply.contribution_id
           and again.position.revision == reply.position.revision,
           "the first answer: %s at revision %d" % (again.contribution_id,
                                                    again.position.revision))
    with tempfile.NamedTemporaryFile("w+", suffix=".jsonl") as lines:
        for n in range(1000):
            lines.write(json.dumps({"month": n % 12, "requestId": new_id()}) + "\n")
        lines.flush()
        lines.seek(0)
        wanted = (d.SubmitContributionsRequest(
            submission=submission(dataset_id, row["month"], row["requestId"]))
                  for row in map(json.loads, lines))
        answers = list(tv_agent.bidi("DataService", "SubmitContributions", wanted))
    accepted = [a for a in answers if a.accepted.contribution_id]
    expect("tv-agent", "stream 1,000 contributions from a JSON-lines file", len(accepted) == 1000,
           "%d accepted" % len(accepted))
    return dataset_id


def grant_statement(origin, dataset_id, owner="tv"):
    s = pb["statement"]
    c = pb["common"]
    return s.ConsentStatement(
        statement_id=new_id(), consent_id=new_id(), version=1, owner_org=owner,
        kind=s.STATEMENT_KIND_GRANT, data=s.DataSelector(dataset_ids=[dataset_id]),
        recipient=s.RecipientSelector(orgs=["iom"], capacity=c.CAPACITY_PARTNER), purposes=["ME"],
        actions=[c.ACTION_READ], fields=["month", "count"], valid_to=after(180), origin=origin)


def fetch(client, dataset_id, fields=("month", "count"), purpose="ME", chunk_items=64):
    return client.stream("DisclosureService", "Fetch", owner_org="tv", dataset_ids=[dataset_id],
                         purpose=purpose, action=pb["common"].ACTION_READ, fields=list(fields),
                         chunk_items=chunk_items)


def share(dataset_id):
    origin = tv_officer.call("AdminService", "GetServerInfo").origin
    refused(iom, "fetch Tuvalu's overstays", "D_CONSENT", lambda: list(fetch(iom, dataset_id)))
    statement = grant_statement(origin, dataset_id)
    refused(fj_officer, "grant IOM access to Tuvalu's data", "E_OWNER_ONLY",
            lambda: fj_officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                                    signed=fj_officer.sign(statement)))
    reply = tv_officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                            signed=tv_officer.sign(statement))
    expect("tv-officer", "grant IOM: purpose ME, fields month and count, six months",
           reply.consent_id == statement.consent_id,
           "consent %s at revision %d" % (reply.consent_id, reply.position.revision))
    chunks = list(fetch(iom, dataset_id))
    items = [i for chunk in chunks for i in chunk.items]
    fields = {pb["data"].ContentColumn.FromString(c).field for i in items for c in i.columns}
    expect("iom-officer", "fetch month and count", len(items) == 1003
           and fields == {"month", "count"},
           "%d contributions in %d releases, fields %s" % (len(items), len(chunks),
                                                          ", ".join(sorted(fields))))
    refused(iom, "fetch for another purpose, RESEARCH_STAT", "D_CONSENT",
            lambda: list(fetch(iom, dataset_id, purpose="RESEARCH_STAT")))
    refused(iom, "fetch another field, nationality", "D_CONSENT",
            lambda: list(fetch(iom, dataset_id, fields=("count", "nationality"))))
    refused(unhcr, "fetch the same as another partner", "D_CONSENT",
            lambda: list(fetch(unhcr, dataset_id)))
    funder = Client("iom-officer", capacity="FUNDER")
    try:
        list(fetch(funder, dataset_id))
        tell("iom-officer", "fetch in another capacity, FUNDER", "was NOT refused", False)
    except Refused as e:
        tell("iom-officer", "fetch in another capacity, FUNDER", "refused: %s" % e.reason,
             e.reason in ("D_CONSENT", "D_FUNDING"))
    funder.close()
    return statement


def revoke(dataset_id, statement):
    running = fetch(iom, dataset_id, chunk_items=8)
    got = next(running)
    expect("iom-officer", "start another fetch, in chunks of 8", len(got.items) == 8,
           "first chunk at revision %d" % got.position.revision)
    end = pb["statement"].ConsentStatement(
        statement_id=new_id(), consent_id=statement.consent_id, version=2, owner_org="tv",
        kind=pb["statement"].STATEMENT_KIND_REVOKE, reason="no longer needed",
        origin=statement.origin)
    reply = tv_officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                            signed=tv_officer.sign(end))
    revision = reply.position.revision
    expect("tv-officer", "revoke", reply.version == 2, "at revision %d" % revision)
    other = Client("iom-agent")
    refused(other, "fetch on another connection", "D_CONSENT",
            lambda: list(fetch(other, dataset_id)))
    other.close()
    last = got.position.revision
    try:
        for chunk in running:
            last = chunk.position.revision
        tell("iom-officer", "read on in the fetch that was under way", "was NOT stopped", False)
    except Refused as e:
        tell("iom-officer", "read on in the fetch that was under way",
             "stopped: %s; its last release has revision %d" % (e.reason, last),
             e.reason == "D_CONSENT" and last < revision)


def verify(dataset_id):
    releases = listed(tv_officer, "DisclosureService", "ListDisclosures", "disclosures")
    expect("tv-officer", "list every release of Tuvalu's data", releases,
           "%d releases, %d items" % (len(releases), sum(len(r.items) for r in releases)))
    head = tv_officer.call("LedgerService", "GetHead")
    proof = tv_officer.call("LedgerService", "GetInclusionProof", index=releases[0].index,
                            tree_size=head.size)
    entry = tv_officer.call("LedgerService", "ListEntries", start=releases[0].index,
                            count=1).entries[0]
    good = leaf_hash(entry.leaf) == proof.leaf_hash and verify_inclusion(
        proof.index, proof.tree_size, proof.leaf_hash, proof.hashes, head.root_hash)
    expect("tv-officer", "prove that the first release is in the ledger", good,
           "%d hashes lead to the root of size %d" % (len(proof.hashes), head.size))
    half = head.size // 2
    proof = tv_officer.call("LedgerService", "GetConsistencyProof", from_size=half,
                            to_size=head.size)
    good = proof.to_root == head.root_hash and verify_consistency(
        half, head.size, proof.from_root, proof.to_root, proof.hashes)
    expect("tv-officer", "prove that size %d is a beginning of size %d" % (half, head.size), good,
           "%d hashes" % len(proof.hashes))
    run = pidcctl("ledger", "verify", "--deep")
    expect("auditor", "pidcctl ledger verify --deep", run.returncode == 0,
           "exit %d" % run.returncode)
    psql("UPDATE pidc.dataset SET title = 'Overstays, edited' WHERE dataset_id = '%s'"
         % dataset_id)
    run = pidcctl("ledger", "verify", "--deep")
    expect("auditor", "the same after a row was changed in the database",
           run.returncode == 9 and "dataset" in run.stdout and "title" in run.stdout,
           "exit %d: %s" % (run.returncode, " ".join(run.stdout.split()[-14:])))
    psql("UPDATE pidc.dataset SET title = 'Overstays by month' WHERE dataset_id = '%s'"
         % dataset_id)


def crash(dataset_id):
    before = len(listed(tv_agent, "DataService", "ListContributions", "contributions",
                        dataset_id=dataset_id))
    wanted = [submission(dataset_id, n) for n in range(2000)]
    answered = []
    with open(os.environ["PIDC_PID_FILE"], encoding="ascii") as f:
        pid = int(f.read())
    try:
        for answer in tv_agent.bidi("DataService", "SubmitContributions",
                                    (pb["data"].SubmitContributionsRequest(submission=w)
                                     for w in wanted)):
            answered.append(answer)
            if len(answered) == 300:
                os.kill(pid, signal.SIGKILL)
        tell("tv-agent", "stream 2,000 contributions", "the stream was NOT cut", False)
    except Refused as e:
        tell("tv-agent", "stream 2,000 contributions; SIGKILL hits the daemon",
             "%d acknowledged, then %s" % (len(answered), e.code.name))
    subprocess.run([os.path.join(os.path.dirname(__file__), "../../dev"), "start"], check=True,
                   stdout=subprocess.DEVNULL)
    again = Client("tv-agent")
    replies = list(again.bidi("DataService", "SubmitContributions",
                              (pb["data"].SubmitContributionsRequest(submission=w)
                               for w in wanted)))
    same = all(a.accepted.contribution_id == r.accepted.contribution_id
               for a, r in zip(answered, replies))
    expect("tv-agent", "send all of them again to the restarted daemon",
           len(replies) == 2000 and same, "every acknowledged one has its first answer")
    count = len(listed(again, "DataService", "ListContributions", "contributions",
                       dataset_id=dataset_id))
    expect("tv-agent", "count what is in the register", count == before + 2000,
           "%d contributions: nothing lost, nothing twice" % count)
    again.close()


auditor = Client("auditor")
tv_agent = Client("tv-agent")
tv_officer = Client("tv-officer")
fj_officer = Client("fj-officer")
iom = Client("iom-officer")
unhcr = Client("unhcr-officer")


def main():
    chapter(1, "The register has its members and partners")
    seed()
    chapter(2, "Tuvalu contributes")
    dataset_id = contribute()
    chapter(3, "Tuvalu decides who gets what")
    statement = share(dataset_id)
    chapter(4, "Tuvalu revokes")
    revoke(dataset_id, statement)
    chapter(5, "Tuvalu checks, trusting nobody")
    verify(dataset_id)
    chapter(6, "The daemon is killed in the middle of it")
    crash(dataset_id)
    print()
    if FAILED:
        print(paint("31", "%d steps did not go as expected" % len(FAILED)))
        return 1
    print(paint("32", "every step gave the expected answer"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
