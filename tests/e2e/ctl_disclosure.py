# SPDX-License-Identifier: ISC
"""pidcctl data, disclosure, recall and approval: what left."""

import base64
import json

from ctllib import SALT, ctl, define, file, grant


def test_recall_of_what_left():
    dataset = define()
    path = file("left.csv", "month,count\n2026-01,%d\n" % SALT)
    ctl("contribution", "submit", path, "--dataset-id", dataset)
    consent = grant(dataset)["consentId"]
    fetched = ctl("data", "fetch", "--owner-org", "tv", "--dataset-id", dataset, "--purpose", "ME",
                  "--action", "read", "--field", "count", name="iom-officer").out
    assert json.loads(fetched)["values"] == {"count": str(SALT)}
    left = ctl("disclosure", "list", "--dataset-id", dataset, "--unacknowledged", "-o",
               "json").json()["items"]
    assert len(left) == 1
    digest = bytes.hex(base64.b64decode(left[0]["deliveryDigest"]))
    ctl("disclosure", "acknowledge", left[0]["disclosureId"], "--chunk", "0=" + digest,
        name="iom-officer")
    assert ctl("disclosure", "list", "--dataset-id", dataset, "--unacknowledged", "-o",
               "name").out == ""
    recall = ctl("recall", "create", "--recipient-org", "iom", "--consent-id", consent, "--cause",
                 "owner-decision", "--reason", "the pilot is over", "-o", "json").json()["recallId"]
    assert "OPEN" in ctl("recall", "list", "--recall-id", recall).out
    ctl("recall", "answer", recall, "--outcome", "cannot", "--reason", "printed", "--every-open-item",
        name="iom-officer")
    ctl("recall", "close", recall, "--every-answered-item")
    items = ctl("recall", "list", "--recall-id", recall, "-o", "json").json()["items"]
    assert [(i["state"], i["outcome"]) for i in items] == [
        ("RECALL_STATE_CLOSED", "RECALL_OUTCOME_CANNOT")]
    assert ctl("approval", "list", "-o", "json").json()["items"] == []
