# SPDX-License-Identifier: ISC
"""The data that the bench runs on, and the requests of its loads.

Contributions and consents are made by SQL, because a million signatures would take
longer than the measurement: the rows are those that the commands would have made,
the statements real messages, only their signatures are empty (nobody checks a
recorded signature again when it decides)."""

import os
import struct
import sys

from world import OUT, SOURCE, say

sys.path.insert(0, os.path.join(SOURCE, "tests/e2e"))

OWNERS = ("as au ck fm fj pf ki mh nr nc nz nu pw pg ws sb tk to tv vu wf").split()
PARTNERS = "picp oco ffa pifs pilon ppiu unhcr unodc bali".split()
RECIPIENT = "iom"
FIELDS = ("month", "count")
MARK = {"statement": "A" * 36, "consent": "B" * 36, "contribution": "C" * 36}


def uuid_of(kind, i):
    """Key number i, as pidc-load writes it; kind tells tables apart."""
    return "%08x-0000-4%d00-8000-%012x" % (i * 2654435761 & 0xffffffff, kind, i)


def sql_uuid(kind, i="i"):
    return ("(lpad(to_hex(%s::bigint * 2654435761 & 4294967295), 8, '0') || '-0000-4%d00-8000-' ||"
            " lpad(to_hex(%s::bigint), 12, '0'))" % (i, kind, i))


def dataset_of(owner):
    return "0000%04x-0000-4900-8000-000000000000" % (OWNERS.index(owner) + 1)


def messages():
    from pidclib import pb  # wants the variables of the register
    return pb


def dataset_message(pb, **more):
    d, c = pb["data"], pb["common"]
    return d.Dataset(
        category="OVER", title="Overstays by month", granularity=c.GRANULARITY_AGGREGATE,
        classification_default=c.CLASSIFICATION_GREEN, legal_basis="Immigration Act, s. 12",
        ethics_note="Aggregates only", retention_months=60,
        fields=[d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH),
                d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER)], **more)


def define_datasets():
    from pidclib import Client, new_id
    pb = messages()
    for owner in OWNERS:
        client = Client(owner + "-officer")
        client.call("DataService", "DefineDataset", request_id=new_id(),
                    dataset=dataset_message(pb, dataset_id=dataset_of(owner)))
        client.close()


def statement_sql(owner_sql):
    """The bytes of a GRANT as an SQL expression over i."""
    from pidclib import after
    pb = messages()
    s, c = pb["statement"], pb["common"]
    texts = []
    for owner in OWNERS:
        statement = s.ConsentStatement(
            statement_id=MARK["statement"], consent_id=MARK["consent"], version=1, owner_org=owner,
            kind=s.STATEMENT_KIND_GRANT,
            data=s.DataSelector(contribution_ids=[MARK["contribution"]]),
            recipient=s.RecipientSelector(orgs=[RECIPIENT], capacity=c.CAPACITY_PARTNER),
            purposes=["ME"], actions=[c.ACTION_READ], fields=FIELDS, valid_to=after(365),
            mode=s.GRANT_MODE_ADD, origin="pidc.int/pidcd/dev")
        texts.append("WHEN '%s' THEN '%s'" % (owner, statement.SerializeToString().hex()))
    text = "CASE %s %s END" % (owner_sql, " ".join(texts))
    for kind, (name, mark) in enumerate(MARK.items(), 1):
        number = 0 if name == "contribution" else kind
        text = "replace(%s, '%s', encode(convert_to(%s, 'UTF8'), 'hex'))" % (
            text, mark.encode().hex(), sql_uuid(number))
    return "decode(%s, 'hex')" % text


def fill(world, count, first=0):
    """Contributions first..count-1, each with a grant of its own to RECIPIENT."""
    say("filling %d contributions and consents" % (count - first))
    owners = "(ARRAY[%s])[i %% %d + 1]" % (", ".join("'%s'" % o for o in OWNERS), len(OWNERS))
    datasets = "(ARRAY[%s])[i %% %d + 1]" % (
        ", ".join("'%s'" % dataset_of(o) for o in OWNERS), len(OWNERS))
    world.psql("""
        SET search_path = pidc; SET synchronous_commit = off;
        CREATE TEMPORARY TABLE fill AS
          SELECT i, %(owners)s AS owner, %(datasets)s::uuid AS dataset, %(c)s::uuid AS contribution,
            %(s)s::uuid AS statement, %(k)s::uuid AS consent
          FROM generate_series(%(first)d::bigint, %(count)d - 1) AS g (i);
        INSERT INTO contribution (contribution_id, dataset_id, owner_org, seq, classification,
            row_count, content_digest, submitted_by, status, recorded_at, version,
            column_fields, column_sizes, column_digests, index)
          SELECT contribution, dataset, owner, last + i + 1, 'GREEN', 12, '', 'bench',
            'ACCEPTED', now(), 1, '{month,count}', '{90,90}', sha256('') || sha256(''), i
          FROM fill, (SELECT coalesce(max(seq), 0) AS last FROM contribution) AS s;
        INSERT INTO consent_statement (statement_id, consent_id, version, owner_org, kind,
            statement, signature_algorithm, signature_value, signer_id, recorded_at, index)
          SELECT statement, consent, 1, owner, 'GRANT', %(bytes)s, '', '', 'bench', now(), i
          FROM fill;
        INSERT INTO consent_chain (consent_id, owner_org, state, opened_by, version,
            recipient_orgs, is_open, purposes, valid_from, valid_to, contribution_ids, index)
          SELECT consent, owner, 'CURRENT', 'GRANT', 1, ARRAY['%(recipient)s'], false,
            ARRAY['ME'], now(), now() + interval '365 days', ARRAY[contribution], i
          FROM fill;
        INSERT INTO consent_item (item_id, consent_id, owner_org, index)
          SELECT contribution, consent, owner, i
          FROM fill;
        """ % {"owners": owners, "datasets": datasets, "c": sql_uuid(0), "s": sql_uuid(1),
               "k": sql_uuid(2), "first": first, "count": count, "recipient": RECIPIENT,
               "bytes": statement_sql("owner")})
    world.psql("VACUUM ANALYZE")


def write_requests(name, requests):
    path = os.path.join(OUT, name + ".requests")
    with open(path, "wb") as f:
        for request in requests:
            data = request.SerializeToString()
            f.write(struct.pack("<I", len(data)) + data)
    return path


def check_requests():
    """Templates by owner, in the order of keys; and where the contribution stands."""
    pb = messages()
    c = pb["common"]
    requests = [pb["consent"].CheckConsentRequest(
        owner_org=owner, purpose="ME", action=c.ACTION_READ,
        contribution_id=MARK["contribution"], fields=FIELDS) for owner in OWNERS]
    offsets = {r.SerializeToString().index(MARK["contribution"].encode()) for r in requests}
    assert len(offsets) == 1
    return write_requests("check", requests), offsets.pop()


def submit_requests(owner="tv", values=12):
    """Small contributions; the request_id is the first field."""
    from pidclib import column
    request = messages()["data"].SubmitContributionRequest(
        request_id=MARK["statement"], dataset_id=dataset_of(owner), columns=[
            column("month", ["2026-%02d" % (m % 12 + 1) for m in range(values)]),
            column("count", [m * 7 for m in range(values)])])
    return write_requests("submit", [request]), 2
