#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Small cells (G11): rows suppressed on the way, totals with them, and no second table
about the same time until the first is given back. Ends with 0 if all is as it should
be."""

import datetime
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sharinglib import (c, check, d, dataset, delivery_digest,  # noqa: E402
                        disclosures, fetch, grant, iom, new_id, refused, s, submit, tv, x)

FIELDS = [d.DatasetField(name="nationality", type=d.FIELD_TYPE_CODE),
          d.DatasetField(name="sex", type=d.FIELD_TYPE_CODE),
          d.DatasetField(name="persons", type=d.FIELD_TYPE_INTEGER, is_count=True),
          d.DatasetField(name="days", type=d.FIELD_TYPE_INTEGER)]
ROWS = [("FJ", "F", 7, 70), ("FJ", "M", 9, 10), ("WS", "F", 2, 31), ("WS", "M", 6, 12),
        ("FJ", "", 16, 80), ("WS", "", 8, 43), ("", "F", 9, 101), ("", "M", 15, 22),
        ("", "", 24, 123)]
MIN_CELL = s.Condition(kind=s.CONDITION_KIND_MIN_CELL, number=5)
NAMES = ["nationality", "sex", "persons", "days"]


def month(n):
    period = c.TimeRange()
    getattr(period, "from").FromDatetime(datetime.datetime(2026, n, 1))
    period.to.FromDatetime(datetime.datetime(2026, n + 1, 1))
    return period


def table(dataset_id, rows=None, **kw):
    return submit(dataset_id, [(name, [r[i] for r in rows or ROWS])
                               for i, name in enumerate(NAMES)], **kw)


def columns_of(item):
    return {k.field: list(k.values) for k in map(d.ContentColumn.FromString, item.columns)}


def suppression():
    dataset_id = dataset("Cells", FIELDS)
    january = table(dataset_id, period=month(1))
    grant(dataset_id, NAMES, [MIN_CELL])
    chunk = fetch(iom, NAMES, contribution_ids=[january])[0]
    got = columns_of(chunk.items[0])
    check("the small cell and every total that it is part of are blank", got["persons"] == [
        "7", "9", "", "6", "16", "", "", "15", ""], got["persons"])
    check("with all other numbers of the row", got["days"] == [
        "70", "10", "", "12", "80", "", "", "22", ""], got["days"])
    check("the dimensions stay", got["nationality"] == [r[0] for r in ROWS])
    check("the item says so", chunk.items[0].min_cell == 5 and chunk.items[0].suppressed_rows == 4)
    check("the digest is that of what was sent", chunk.delivery_digest == delivery_digest(chunk))
    other = columns_of(fetch(iom, ["persons"], contribution_ids=[january])[0].items[0])
    check("other fields, the same rows", other["persons"] == got["persons"])
    release = disclosures(tv, disclosure_id=chunk.disclosure_id)[0]
    check("the release names the minimum, not a digest that nobody knows yet",
          release.items[0].min_cell == 5 and release.delivery_digest == b"")
    iom.call("DisclosureService", "AcknowledgeDisclosure", request_id=new_id(),
             disclosure_id=chunk.disclosure_id,
             chunks=[x.ChunkReceipt(chunk=0, delivery_digest=delivery_digest(chunk))])
    check("what was noted when it was sent can be acknowledged", disclosures(
        tv, disclosure_id=chunk.disclosure_id)[0].delivery == x.DELIVERY_STATE_ACKNOWLEDGED)
    return dataset_id, january, chunk


def differencing(dataset_id, january, chunk):
    february = table(dataset_id, period=month(2))
    check("another time is another table", len(fetch(iom, NAMES, contribution_ids=[february])) == 1)
    corrected = table(dataset_id, rows=[("FJ", "F", 8, 71)] + ROWS[1:], period=month(1),
                      replaces_id=january)
    refused("G11: the corrected table beside the one that is held", "D_SMALL_CELL",
            lambda: fetch(iom, NAMES, contribution_ids=[corrected]))
    held = [i for r in disclosures(tv, contribution_id=january) for i in [
        x.DisclosedItemRef(release_index=r.index, contribution_id=january)]]
    recall = tv.call("DisclosureService", "RecallDisclosures", request_id=new_id(),
                     recipient_org="iom", cause=x.RECALL_CAUSE_CORRECTED, reason="corrected",
                     items=held)
    check("every release of it is recalled", recall.item_count == 2)
    iom.call("DisclosureService", "AnswerRecall", request_id=new_id(), recall_id=recall.recall_id,
             outcome=x.RECALL_OUTCOME_QUARANTINED, every_open_item=True)
    refused("quarantined is still held", "D_SMALL_CELL",
            lambda: fetch(iom, NAMES, contribution_ids=[corrected]))
    iom.call("DisclosureService", "AnswerRecall", request_id=new_id(), recall_id=recall.recall_id,
             outcome=x.RECALL_OUTCOME_DELETED, items=held)
    got = columns_of(fetch(iom, NAMES, contribution_ids=[corrected])[0].items[0])
    check("given back, the corrected one can go", got["persons"][0] == "8")


def minimum_of_the_dataset():
    dataset_id = dataset("Own minimum", FIELDS, min_cell_default=7)
    table(dataset_id, period=month(3))
    grant(dataset_id, ["persons"])
    got = columns_of(fetch(iom, ["persons"], dataset_ids=[dataset_id])[0].items[0])
    check("where no consent asks for more", got["persons"] == [
        "7", "9", "", "", "16", "", "", "", ""], got["persons"])
    refused("G11: nothing would be left", "D_SMALL_CELL", nothing_left)


def nothing_left():
    dataset_id = dataset("All small", FIELDS, min_cell_default=100)
    table(dataset_id, period=month(4))
    grant(dataset_id, ["persons"])
    return fetch(iom, ["persons"], dataset_ids=[dataset_id])


def uncounted():
    dataset_id = dataset("Uncounted", [d.DatasetField(name="sex", type=d.FIELD_TYPE_CODE)])
    submit(dataset_id, [("sex", ["F"])])
    grant(dataset_id, ["sex"], [MIN_CELL])
    refused("G10: what nobody counted is not known to be large", "D_CONSENT",
            lambda: fetch(iom, ["sex"], dataset_ids=[dataset_id]))


def tampering():
    dataset_id = dataset("Tampered cells", FIELDS)
    contribution = table(dataset_id, period=month(5))
    grant(dataset_id, NAMES, [MIN_CELL])
    floors = d.ContentColumn(field="#cells", values=["99"] * len(ROWS)).SerializeToString()
    subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAt",
                    "-v", "ON_ERROR_STOP=1", "-c",
                    "UPDATE pidc.contribution_content SET content = '\\x%s' WHERE field = '#cells' "
                    "AND contribution_id = '%s'" % (floors.hex(), contribution)], check=True)
    refused("SYS-1: changed floors let nothing through", "E_LEDGER_UNAVAILABLE",
            lambda: fetch(iom, NAMES, dataset_ids=[dataset_id]))


differencing(*suppression())
minimum_of_the_dataset()
uncounted()
tampering()
