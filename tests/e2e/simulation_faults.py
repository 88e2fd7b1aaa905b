# SPDX-License-Identifier: ISC
"""One defect for each invariant of tests/e2e/simulation.py, planted behind the daemon's back
in a transaction that is rolled back: whoever owns the database could do this, and the
checks have to say so. A forged entry has the leaf that fits it."""

import hashlib
import os
import subprocess

from pidclib import column, new_id, pb
from simulation_consents import FIELDS
from simulation_model import C, D, S, Model, Violation
from simulation_tables import check_tables, read_again, read_ledger, take_entries

OWNER = "ws"  # nobody whom the dice know: what it says stands as it was said


def hexed(data):
    return "'\\x%s'" % data.hex()


def forge(tables, index, change=None, tx_us=None):
    """Entry index with another payload, or at another instant, and the leaf for it."""
    ((leaf, salt, payload),) = tables.rows(
        "SELECT encode(leaf, 'hex'), encode(salt, 'hex'), encode(payload, 'hex')"
        " FROM ledger_entry WHERE index = %d" % index)
    leaf = pb["event"].Leaf.FromString(bytes.fromhex(leaf))
    event = pb["event"].Event.FromString(bytes.fromhex(payload))
    if change is not None:
        change(getattr(event, event.WhichOneof("body")))
    data = event.SerializeToString()
    leaf.payload_commit = hashlib.sha256(
        b"pidc/payload/v1\0" + bytes.fromhex(salt) + data).digest()
    if tx_us is not None:
        leaf.tx_time_us = tx_us
    tables.run("UPDATE ledger_entry SET payload = %s, leaf = %s, tx_time ="
               " 'epoch'::timestamptz + %d * interval '1 us' WHERE index = %d" % (
                   hexed(data), hexed(leaf.SerializeToString()), leaf.tx_time_us, index))


def last_entry(tables, body, more="true"):
    kind = pb["event"].Event.DESCRIPTOR.fields_by_name[body].number
    ((index,),) = tables.rows("SELECT max(index) FROM ledger_entry WHERE entry_type = %d AND %s"
                              % (kind, more))
    return int(index)


def stage(life):
    """Something to plant defects on: a consent that is revoked, and then a release."""
    reply = life.client(OWNER + "-agent").call(
        "DataService", "DefineDataset", request_id=new_id(), dataset=D.Dataset(
            category="OVER", title="Stage", granularity=C.GRANULARITY_AGGREGATE,
            classification_default=C.CLASSIFICATION_GREEN, legal_basis="Immigration Act",
            ethics_note="none", retention_months=12,
            fields=[D.DatasetField(name=f, type=D.FIELD_TYPE_TEXT) for f in FIELDS]))
    dataset = reply.dataset.dataset_id
    item = life.client(OWNER + "-agent").call(
        "DataService", "SubmitContribution", request_id=new_id(), dataset_id=dataset,
        columns=[column(f, [1]) for f in FIELDS]).contribution_id
    revoked = grant(life, dataset)
    life.record(OWNER, S.ConsentStatement(
        statement_id=new_id(), consent_id=revoked, version=2, owner_org=OWNER, reason="staged",
        kind=S.STATEMENT_KIND_REVOKE, origin=life.origin))
    grant(life, dataset)
    life.catch_up()
    life.take("iom", {"owner": OWNER, "recipient": "iom", "capacity": C.CAPACITY_PARTNER,
                      "purpose": "ME", "action": C.ACTION_READ, "fields": list(FIELDS)},
              [item], contribution_ids=[item])
    life.catch_up()
    return item, revoked


def grant(life, dataset):
    st = S.ConsentStatement(
        statement_id=new_id(), consent_id=new_id(), version=1, owner_org=OWNER,
        kind=S.STATEMENT_KIND_GRANT, purposes=["ME"], actions=[C.ACTION_READ], fields=FIELDS,
        mode=S.GRANT_MODE_ADD, valid_to=life.later(30), origin=life.origin,
        data=S.DataSelector(dataset_ids=[dataset]),
        recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER))
    life.record(OWNER, st)
    return st.consent_id


def expect(law, check):
    """The check complains of this law, and of no other."""
    try:
        check()
    except Violation as e:
        if not str(e).startswith(law):
            raise SystemExit("FAIL a defect against %s was taken for: %s" % (law, e)) from None
        print("ok   a defect against %s is found" % law, flush=True)
        return
    raise SystemExit("FAIL nobody found a defect against " + law)


def read_all(tables):
    take_entries(Model(), read_ledger(tables, 0))


def forgeries(life, item, revoked):
    """(law, plant, check) of what somebody forged into the ledger."""
    tables = life.tables
    release = last_entry(tables, "release_granted")
    said = last_entry(tables, "consent_recorded")
    partner = last_entry(tables, "principal_registered", "concerns @> '{iom}'")
    size = life.model.size

    def to_another(body):
        body.recipient_org = "ck"

    def under_the_revoked(body):
        body.items[0].consent_id = revoked

    def onto_the_board(body):
        body.roles.append(C.ROLE_BOARD_MEMBER)

    def other_words(body):
        st = S.ConsentStatement.FromString(body.signed.statement)
        st.reason += "!"
        body.signed.statement = st.SerializeToString()

    again = lambda: read_all(tables)
    return (
        ("I1", lambda: forge(tables, release, to_another), again),
        ("I2", lambda: forge(tables, release, under_the_revoked), again),
        ("I6 payload", lambda: tables.run(
            "UPDATE ledger_entry SET payload = payload || '\\x00' WHERE index = 3"), again),
        ("I6 gapless", lambda: tables.run("DELETE FROM ledger_entry WHERE index = 3"), again),
        ("I7", lambda: tables.run("UPDATE ledger_entry SET concerns = concerns || '{ck}'"
                                  " WHERE index = %d" % release), again),
        ("I8", lambda: forge(tables, size - 1, tx_us=0), again),
        ("I9", lambda: forge(tables, said, other_words),
         lambda: read_again(life.model, tables)),
        ("I13", lambda: forge(tables, partner, onto_the_board), again),
        ("I14", lambda: forge(tables, said, other_words), again),
    )


def tampering(life, item, revoked):
    """(law, statement) of what somebody changed in a table."""
    return (
        ("I6 size", "UPDATE ledger_head SET size = size - 1"),
        ("I6 releases", "DELETE FROM disclosure_item WHERE contribution_id = '%s'" % item),
        ("I7 heads", "UPDATE ledger_chain SET sequence = sequence + 1 WHERE org = 'iom'"),
        ("I10 consents", "UPDATE consent_chain SET state = 'CURRENT' WHERE consent_id = '%s'"
         % revoked),
        ("I10 contributions", "UPDATE contribution SET classification = 'CLEAR'"
         " WHERE contribution_id = '%s'" % item),
        ("I10 statements", "DELETE FROM consent_statement WHERE consent_id = '%s'" % revoked),
        ("I10 recalls", "INSERT INTO recall_item SELECT index, contribution_id, 'WITHDRAWN', '%s',"
         " 'OPEN', '', '', '', NULL, index FROM disclosure_item WHERE contribution_id = '%s'"
         % (new_id(), item)),
        ("I10 approvals", "INSERT INTO approval SELECT '%s', owner_org, recipient_org, capacity,"
         " purpose, action, '{}', '{}', '', 'APPROVED', '', released_at, '', NULL, '', NULL, '',"
         " index FROM disclosure LIMIT 1" % new_id()),
        ("I10 uses", "DELETE FROM consent_use WHERE recipient_org = 'iom'"),
    )


def verify_deep():
    folder = os.environ["PIDC_CERT_DIR"]
    return subprocess.run(
        [os.environ["PIDC_PIDCCTL"], "--server", os.environ["PIDC_ADDRESS"], "--ca",
         os.environ["PIDC_CA"], "--cert", folder + "/auditor.crt", "--key",
         folder + "/auditor.key", "ledger", "verify", "--deep"],
        capture_output=True, text=True, check=False)


def plant_where_the_daemon_sees_it(life, item):
    """I11 and I12 are the daemon's own answers: these two are put right again by hand."""
    tables = life.tables
    life.items = [(OWNER, "", item)]
    tables.run("UPDATE contribution SET owner_org = 'tv' WHERE contribution_id = '%s'" % item)
    try:
        expect("I11", lambda: [life.check_hidden() for _ in range(40)])
    finally:
        tables.run("UPDATE contribution SET owner_org = '%s' WHERE contribution_id = '%s'"
                   % (OWNER, item))
    tables.run("UPDATE contribution SET row_count = row_count + 1 WHERE contribution_id = '%s'"
               % item)
    try:
        done = verify_deep()
    finally:
        tables.run("UPDATE contribution SET row_count = row_count - 1 WHERE contribution_id ="
                   " '%s'" % item)
    if done.returncode == 0 or "row_count" not in done.stdout + done.stderr:
        raise SystemExit("FAIL nobody found a defect against I12: " + done.stdout + done.stderr)
    print("ok   a defect against I12 is found", flush=True)


def plant_all(life):
    item, revoked = stage(life)
    tables = life.tables
    read_again(life.model, tables)
    check_tables(life.model, tables)
    cases = forgeries(life, item, revoked) + tuple(
        (law, lambda text=text: tables.run(text), lambda: check_tables(life.model, tables))
        for law, text in tampering(life, item, revoked))
    for law, plant, check in cases:
        tables.run("BEGIN")
        plant()
        expect(law, check)
        tables.run("ROLLBACK")
    plant_where_the_daemon_sees_it(life, item)
