# SPDX-License-Identifier: ISC
"""pidcctl data, disclosure, recall and approval: what left."""

import base64
import json

from ctllib import SALT, Terminal, ctl, define, file, grant


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
    item = ctl("recall", "list", "--recall-id", recall, "-o", "json").json()["items"][0]
    words = ("recall", "answer", recall, "--outcome", "cannot", "--reason", "printed", "--item")
    ctl(*words, "x=" + item["contributionId"], name="iom-officer", status=2)
    ctl(*words, item["releaseIndex"] + "=" + item["contributionId"], name="iom-officer")
    ctl("recall", "close", recall, "--every-answered-item")
    items = ctl("recall", "list", "--recall-id", recall, "-o", "json").json()["items"]
    assert [(i["state"], i["outcome"]) for i in items] == [
        ("RECALL_STATE_CLOSED", "RECALL_OUTCOME_CANNOT")]


def ask_release(dataset):
    """A release that waits for its owner."""
    words = ("data", "fetch", "--owner-org", "tv", "--dataset-id", dataset, "--purpose", "ME",
             "--action", "read", "--field", "count", "-o", "json")
    message = ctl(*words, name="iom-officer", status=3).error()["message"]
    waiting = ctl("approval", "list", "--state", "pending", "-o", "name").out.split()
    return next(approval for approval in waiting if approval in message)


def fetch_approved(approval, status=0):
    return ctl("data", "fetch", "--owner-org", "tv", "--approval-id", approval, "--purpose", "ME",
               "--action", "read", "--field", "count", name="iom-officer", status=status)


def test_releases_are_confirmed_and_refused():
    dataset = define()
    ctl("contribution", "submit", file("each.csv", "month,count\n2026-01,%d\n" % SALT),
        "--dataset-id", dataset)
    grant(dataset, "--condition", "approve-each")
    approval = ask_release(dataset)
    words = ("approval", "confirm", approval)
    text = " ".join(ctl(*words, "--text-only", "--language", "fr").out.split())
    assert "confirme la transmission " + approval in text, text
    text = " ".join(ctl(*words, "--text-only").out.split())
    for part in ('"Tuvalu" (tv) confirms', '(iom) as partner.', "It may read the data. Fields: count.",
                 "Exactly these contributions, 1:", "good for one fetch"):
        assert part in text, (part, text)
    assert "--yes" in ctl(*words, status=2).err
    terminal = Terminal(*words)
    terminal.answer("Type yes:", "no")
    assert terminal.end() == 3
    ctl(*words, "--yes")
    assert json.loads(fetch_approved(approval).out)["values"] == {"count": str(SALT)}
    fetch_approved(approval, status=3)  # single use
    ctl(*words, "--yes", status=3)
    refused = ask_release(dataset)
    assert refused != approval
    ctl("approval", "refuse", refused, "--yes", status=2)  # without a reason
    ctl("approval", "refuse", refused, "--reason", "asked for twice", "--yes")
    fetch_approved(refused, status=3)
    states = {a["approvalId"]: a["state"] for a in ctl(
        "approval", "list", "-o", "json").json()["items"]}
    assert states[approval] == "APPROVAL_STATE_USED"
    assert states[refused] == "APPROVAL_STATE_REFUSED"
