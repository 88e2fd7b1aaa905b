# SPDX-License-Identifier: ISC
"""pidcctl: how failures look, and the exit status of each outcome."""

import os
import re
import signal
import socket
import subprocess
import time
import uuid

from ctllib import CERTS, ctl, define, environment, file, grant, psql, state_of


def test_error_is_four_lines_for_people():
    unknown = str(uuid.uuid4())
    lines = ctl("dataset", "get", unknown, status=5).err.splitlines()
    assert len(lines) == 4, lines
    assert lines[0].startswith("pidcctl dataset get: ")
    assert lines[1].startswith("why: ") and "E_NOT_FOUND" in lines[1]
    assert lines[2].startswith("what to do: ")
    assert lines[3] == "see pidcctl-dataset(1)"
    run = ctl("dataset", "close", unknown, "--expected-version", "1", "--reason", "a test", "--yes",
              status=5)
    assert re.search(r"see pidcctl-dataset\(1\); request id [0-9a-f-]{36}$", run.err.strip())


def test_error_is_one_line_of_json_for_machines():
    run = ctl("dataset", "get", str(uuid.uuid4()), "-o", "json", status=5)
    assert run.out == "" and len(run.err.splitlines()) == 1
    error = run.error()
    assert set(error) == {"code", "reason", "domain", "message", "remedy", "retryable",
                          "retryAfter", "metadata", "requestId", "traceId"}
    assert error["code"] == "NOT_FOUND" and error["reason"] == "E_NOT_FOUND"
    assert error["domain"] == "pidc" and error["retryable"] is False
    assert re.match(r"[0-9a-f]{32}$", error["traceId"])
    error = ctl("member", "lost", "-o", "jsonl", status=2).error()
    assert error["code"] == "INVALID_ARGUMENT" and "get" in error["message"]


def test_exit_0_yes():
    assert ctl("whoami", "-o", "json").json()["actor"]["org"] == "tv"
    assert "SERVING" in ctl("server", "ping").out


def test_exit_1_unexpected():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([os.environ["PIDC_PIDCCTL"], "org", "list"], stdout=full,
                              stderr=subprocess.PIPE, check=False, text=True,
                              env=environment("tv-officer", None), timeout=60)
    assert done.returncode == 1 and "could not be written" in done.stderr


def test_exit_2_usage():
    for words in (["member"], ["no-such-noun", "list"], ["member", "list", "--pag", "3"],
                  ["member", "list", "-o", "xml"], ["member", "list", "--limit", "0"],
                  ["whoami", "--timeout", "x"], ["whoami", "--color", "red"],
                  ["dataset", "get", "not-a-uuid"], ["whoami", "--context", "nowhere"],
                  ["contribution", "submit", "data.txt"],
                  ["dataset", "get", "--json", "{\"datasetId\":1,"]):
        ctl(*words, status=2)


def test_exit_3_no():
    dataset = define()
    run = ctl("consent", "check", "--owner-org", "tv", "--dataset-id", dataset, "--purpose", "ME",
              "--action", "read", "--field", "count", "-o", "json", name="iom-officer", status=3)
    assert run.json()["verdict"] == "VERDICT_DENY"
    ctl("data", "fetch", "--owner-org", "tv", "--dataset-id", dataset, "--purpose", "ME",
        "--action", "read", "--field", "count", name="iom-officer", status=3)
    # Not one's role.
    ctl("ledger", "verify", "--deep", status=3)


def test_exit_4_identity():
    ctl("whoami", env={"PIDC_CERT": None}, status=4)
    ctl("whoami", env={"PIDC_CERT": CERTS + "/fj-officer.crt"}, status=4)  # another's key
    run = ctl("context", "show", "-o", "json", name="nr-agent")
    ctl("principal", "revoke-certificate", run.json()["spkiSha256"], "--reason", "a test", "--yes",
        name="nr-head")
    run = ctl("whoami", "-o", "json", name="nr-agent", status=4)
    assert run.error()["reason"] == "E_CERT_REVOKED"


def test_exit_5_not_found():
    ctl("member", "get", "xx", status=5)
    ctl("consent", "approve", str(uuid.uuid4()), "--yes", status=5)


def test_exit_6_conflict():
    request = str(uuid.uuid4())
    words = ("dataset", "define", "--category", "OVER", "--granularity", "aggregate",
             "--classification", "green", "--legal-basis", "x law", "--ethics-note", "aggregates",
             "--field", "n:INTEGER", "--request-id", request)
    ctl(*words, "--title", "one")
    assert ctl(*words, "--title", "one").out  # the first answer
    run = ctl(*words, "--title", "two", "-o", "json", status=6)
    assert run.error()["reason"] == "E_IDEMPOTENCY_MISMATCH"
    assert run.error()["requestId"] == request
    assert run.error()["message"].lower().count("used for another request") == 1
    consent = grant(define())["consentId"]
    seen = ctl("consent", "get", consent, "-o", "json").json()["position"]["revision"]
    ctl("consent", "suspend", consent, "--yes")
    ctl("consent", "revoke", consent, "--reason", "a test", "--yes", "--expect-revision", seen,
        status=6)
    assert state_of(consent) == "CONSENT_STATE_SUSPENDED"


def test_exit_7_unavailable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = "127.0.0.1:%d" % unused.getsockname()[1]
        run = ctl("whoami", "--server", nobody, "--timeout", "5", "-o", "json", status=7)
        assert run.error()["retryable"] is True
        path = file("nobody.csv", "month,count\n2026-01,1\n")
        ctl("contribution", "import", path, "--dataset-id", str(uuid.uuid4()), "--server", nobody,
            "--timeout", "5", status=7)


def test_exit_9_integrity():
    dataset = define("Before")
    ctl("ledger", "verify", "--deep", name="auditor")
    psql("UPDATE pidc.dataset SET title = 'After' WHERE dataset_id = '%s'" % dataset)
    try:
        run = ctl("ledger", "verify", "--deep", "-o", "json", name="auditor", status=9)
    finally:
        psql("UPDATE pidc.dataset SET title = 'Before' WHERE dataset_id = '%s'" % dataset)
    found = run.json()["items"]
    assert [(f["table"], f["column"], f["found"]) for f in found] == [("dataset", "title", "After")]


def test_exit_130_interrupted():
    child = subprocess.Popen([os.environ["PIDC_PIDCCTL"], "whoami", "--json", "-"],
                             stdin=subprocess.PIPE, env=environment("tv-officer", None))
    status = "/proc/%d/wchan" % child.pid
    while True:  # until it waits for its input
        with open(status, encoding="ascii") as f:
            if "pipe" in f.read():
                break
        assert child.poll() is None
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    assert child.wait(60) == 130
    child.stdin.close()
