# SPDX-License-Identifier: ISC
"""pidcctl upload, and contributions of files: there, and received again."""

import hashlib
import json
import os
import uuid

from ctllib import SALT, WORK, ctl, file, revision
from pidclib import Client

PART = 128 * 1024


def blob(name, size):
    """A file of its own content in every run."""
    path = os.path.join(WORK, name)
    data = hashlib.shake_256(("%s %d" % (name, SALT)).encode()).digest(size)
    with open(path, "wb") as f:
        f.write(data)
    return path, data


def put(path):
    return ctl("upload", "put", path, "-o", "json").json()["upload"]


def define_files():
    return ctl("dataset", "define", "--title", "Reports", "--category", "OVER", "--granularity",
               "aggregate", "--classification", "green", "--legal-basis", "Immigration Act",
               "--ethics-note", "aggregates only", "--field", "count:INTEGER", "--field",
               "report:FILE", "-o", "json").json()["dataset"]["datasetId"]


def grant_files(dataset):
    ctl("consent", "grant", "--dataset", dataset, "--to", "iom", "--purpose", "ME", "--action",
        "read", "--field", "count", "--field", "report", "--yes")


def fetch(contribution, *more, status=0):
    return ctl("data", "fetch", "--owner-org", "tv", "--contribution-id", contribution, "--purpose",
               "ME", "--action", "read", *more, name="iom-officer", status=status)


def test_uploads_are_known_by_their_hash():
    path, data = blob("small.bin", PART + 5)
    first = put(path)
    assert first["state"] == "UPLOAD_STATE_COMPLETE" and first["size"] == str(len(data))
    assert put(path)["uploadId"] == first["uploadId"]
    words = ("upload", "get", first["uploadId"])
    assert ctl(*words, "-o", "json").json()["upload"]["offset"] == str(len(data))
    ctl("upload", "discard", first["uploadId"])
    ctl(*words, status=5)
    ctl("upload", "put", path, "--progress", "loud", status=2)
    ctl("upload", "put", os.path.join(WORK, "nothing"), status=2)


def test_upload_goes_on_where_it_broke():
    path, data = blob("large.bin", 3 * PART + 17)
    # What a run that broke has left: two parts, sent by a client that is not ours.
    agent = Client("tv-agent")
    begun = agent.call("DataService", "BeginUpload", sha256=hashlib.sha256(data).digest(),
                       size=len(data)).upload
    for offset in 0, PART:
        piece = data[offset:offset + PART]
        agent.call("DataService", "UploadPart", upload_id=begun.upload_id, offset=offset,
                   data=piece, sha256=hashlib.sha256(piece).digest())
    run = ctl("upload", "put", path, "--progress", "json", "-o", "json")
    upload = run.json()["upload"]
    assert upload["uploadId"] == begun.upload_id and upload["offset"] == str(len(data))
    assert upload["state"] == "UPLOAD_STATE_COMPLETE"
    assert json.loads(run.err.splitlines()[-1])["acknowledged"] == str(len(data))
    ctl("upload", "discard", upload["uploadId"])


def test_a_file_is_received_whole_and_acknowledged():
    dataset = define_files()
    # More than one release: after 4 MiB the rest is decided anew.
    path, data = blob("report.bin", 5 * 1024 * 1024)
    upload = put(path)["uploadId"]
    rows = file("with.csv", "count\n%d\n" % SALT)
    ctl("contribution", "submit", rows, "--dataset-id", dataset, "--file", "report", status=2)
    made = ctl("contribution", "submit", rows, "--dataset-id", dataset, "--file",
               "report=" + upload, "-o", "json").json()["contributionId"]
    grant_files(dataset)
    words = ("--field", "count", "--field", "report")
    folder = os.path.join(WORK, "got")
    assert "--directory" in fetch(made, *words, status=2).err
    run = fetch(made, *words, "--directory", folder)
    assert json.loads(run.out)["values"] == {"count": str(SALT)}
    got = os.path.join(folder, made + ".report")
    with open(got, "rb") as f:
        assert f.read() == data
    assert "--force" in fetch(made, *words, "--directory", folder, status=2).err
    receipts = [n for n in os.listdir(folder) if n.endswith(".receipt")]
    assert not [n for n in os.listdir(folder) if n.endswith(".part")]
    with open(os.path.join(folder, sorted(receipts, key=lambda n: os.path.getmtime(
            os.path.join(folder, n)))[0]), encoding="utf-8") as f:
        chunks = [json.loads(line)["chunk"] for line in f]
    assert chunks == [0, 1], chunks
    disclosure = min(receipts, key=lambda n: os.path.getmtime(os.path.join(folder, n)))[:36]
    acknowledge = ("disclosure", "acknowledge", disclosure, "--directory", folder)
    # A file that was changed is not what arrived.
    with open(got, "r+b") as f:
        f.write(b"\0" if data[:1] != b"\0" else b"\1")
    ctl(*acknowledge, name="iom-officer", status=2)
    with open(got, "r+b") as f:
        f.write(data[:1])
    ctl(*acknowledge, name="iom-officer")
    left = ctl("disclosure", "list", "--disclosure-id", disclosure, "-o", "json").json()["items"]
    assert {d["delivery"] for d in left} == {"DELIVERY_STATE_ACKNOWLEDGED"}
    ctl("disclosure", "acknowledge", str(uuid.uuid4()), "--directory", folder, name="iom-officer",
        status=2)
    fetch(made, *words, "--directory", folder, "--force")


def test_content_that_stays_elsewhere():
    dataset = define_files()
    grant_files(dataset)
    path, data = blob("home.bin", 5000)
    before = int(revision())
    made = ctl("contribution", "submit", path, "--dataset-id", dataset, "--hash-only", "--field",
               "count", "--rows", "7", "-o", "json").json()["contributionId"]
    there = ctl("contribution", "submit", "--dataset-id", dataset, "--external-uri",
                "https://data.gov.tv/x.csv", "--content-digest", hashlib.sha256(data).hexdigest(),
                "--size", "5000", "--field", "count", "-o", "json").json()["contributionId"]
    assert int(revision()) == before + 2
    got = json.loads(fetch(made, "--field", "count").out)
    assert got["contentKind"] == "CONTENT_KIND_HASH_ONLY" and got["contentSize"] == "5000"
    assert json.loads(fetch(there, "--field", "count").out)["externalUri"].endswith("/x.csv")
    ctl("contribution", "submit", path, "--dataset-id", dataset, "--hash-only", "--external-uri",
        "https://data.gov.tv/x.csv", status=2)


def test_list_shows_own_uploads():
    path, data = blob("listed.bin", 5000)
    made = put(path)["uploadId"]
    listed = {u["uploadId"]: u for u in ctl("upload", "list", "-o", "json").json()["items"]}
    assert listed[made]["state"] == "UPLOAD_STATE_COMPLETE" and listed[made]["size"] == "5000"
    waiting = ctl("upload", "list", "--waiting", "-o", "json").json()["items"]
    assert made in [u["uploadId"] for u in waiting]
    opened = ctl("upload", "list", "--state", "open", "-o", "json").json()["items"]
    assert made not in [u["uploadId"] for u in opened]
    others = ctl("upload", "list", "-o", "json", name="fj-officer").json()["items"]
    assert made not in [u["uploadId"] for u in others]
    dataset = define_files()
    table = file("listed.csv", "count\n7\n")
    ctl("contribution", "submit", table, "--dataset-id", dataset, "--file", "report=" + made)
    waiting = ctl("upload", "list", "--waiting", "-o", "json").json()["items"]
    assert made not in [u["uploadId"] for u in waiting]
    assert made in [u["uploadId"] for u in ctl("upload", "list", "-o", "json").json()["items"]]
