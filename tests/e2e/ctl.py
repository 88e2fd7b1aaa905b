#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pidcctl against a daemon: what it prints, what it writes and what it must not,
and the exit status of each outcome. Wants the variables of build/up/env."""

import base64
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import traceback
import uuid

CERTS = os.environ["PIDC_CERT_DIR"]
WORK = tempfile.mkdtemp(prefix="pidc-ctl-")
# A file is known by its hash: a second run on the same register needs others.
SALT = time.time_ns() // 1000000


def environment(name, env):
    """Nothing of the caller's own settings; an empty home."""
    made = {k: v for k, v in os.environ.items()
            if not k.startswith("PIDC_") and k not in ("NO_COLOR", "CLICOLOR_FORCE", "PAGER")}
    made.update(PIDC_SERVER=os.environ["PIDC_ADDRESS"], PIDC_CA=os.environ["PIDC_CA"],
                PIDC_CERT="%s/%s.crt" % (CERTS, name), PIDC_KEY="%s/%s.key" % (CERTS, name),
                LC_ALL="C.UTF-8", HOME=WORK, XDG_CONFIG_HOME=WORK, TERM="xterm")
    for key, value in (env or {}).items():
        made[key] = value
        if value is None:
            del made[key]
    return made


class Run:
    """One run of pidcctl, without a terminal."""

    def __init__(self, words, name, stdin, env):
        done = subprocess.run([os.environ["PIDC_PIDCCTL"]] + list(words), input=stdin.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=environment(name, env), timeout=120)
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err.splitlines()[-1])


class Terminal:
    """One run on a terminal of 80 columns, where answers are typed."""

    def __init__(self, *words, name="tv-officer", env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(os.environ["PIDC_PIDCCTL"], ["pidcctl"] + list(words),
                      environment(name, dict({"COLUMNS": "80"}, **(env or {}))))
        self.text = ""

    def read(self):
        """More of what it prints; False at the end."""
        if not select.select([self.fd], [], [], 60)[0]:
            raise AssertionError("nothing more than: " + self.text)
        try:
            more = os.read(self.fd, 65536).decode()
        except OSError:
            more = ""
        self.text += more.replace("\r\n", "\n")
        return more != ""

    def answer(self, question, text):
        while question not in self.text:
            assert self.read(), "%r was not asked:\n%s" % (question, self.text)
        # Type only when the question's flush of what was typed before is done.
        while termios.tcgetattr(self.fd)[3] & termios.ICANON == 0:
            time.sleep(0.01)
        os.write(self.fd, text.encode() + b"\n")

    def end(self):
        while self.read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status


def ctl(*words, name="tv-officer", status=0, stdin="", env=None):
    run = Run(words, name, stdin, env)
    assert run.status == status, "%s: exit %d, expected %d\n%s%s" % (
        " ".join(words), run.status, status, run.out[-2000:], run.err[-2000:])
    return run


def file(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return path


def define(title="Overstays", name="tv-officer"):
    return ctl("dataset", "define", "--title", title, "--category", "OVER", "--granularity",
               "aggregate", "--classification", "green", "--legal-basis", "Immigration Act",
               "--ethics-note", "aggregates only", "--field", "month:MONTH", "--field",
               "count:INTEGER", "-o", "json", name=name).json()["dataset"]["datasetId"]


def grant(dataset, *more, name="tv-officer"):
    return ctl("consent", "grant", "--dataset", dataset, "--to", "iom", "--purpose", "ME",
               "--action", "read", "--field", "count", "--yes", "-o", "json", *more,
               name=name).json()


def state_of(consent):
    return ctl("consent", "get", consent, "-o", "json").json()["consent"]["state"]


def psql(sql):
    subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAt",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)


def contributions(dataset):
    return ctl("contribution", "list", "--dataset-id", dataset, "-o", "json").json()["items"]


def revision():
    return ctl("ledger", "head", "-o", "json").json()["position"]["revision"]


# --- tests ------------------------------------------------------------------


def test_import_dry_run_writes_nothing():
    dataset = define()
    path = file("dry.csv", "month,count\n2026-01,%d\n2026-02,2\n" % SALT)
    before = revision()
    for flag in "--dry-run", "--validate-only":
        run = ctl("contribution", "import", path, "--dataset-id", dataset, flag, "-o", "json")
        assert run.json() == {"accepted": 2, "refused": 0, "notSent": 0, "validateOnly": True}
    assert contributions(dataset) == []
    assert revision() == before
    # What was only checked is not taken for sent afterwards.
    run = ctl("contribution", "import", path, "--dataset-id", dataset, "-o", "json")
    assert run.json()["accepted"] == 2
    assert len(contributions(dataset)) == 2


def test_import_goes_on_after_bad_rows_and_can_be_repeated():
    dataset = define()
    path = file("bad.csv", "month,count\r\n2026-01,%d\r\n2026-13,2\r\n3\r\n\"open,4\r\n"
                "2026-05,5\r\n" % SALT)
    for _ in range(2):
        run = ctl("contribution", "import", path, "--dataset-id", dataset, status=3)
        rows = [line.split(":")[0] for line in run.err.splitlines() if line.startswith("row ")]
        assert sorted(rows) == ["row 3", "row 4", "row 5"], run.err
        assert len(contributions(dataset)) == 2
    run = ctl("contribution", "import", path, "--dataset-id", dataset, "-o", "json", status=3)
    lines = [json.loads(line) for line in run.err.splitlines()]
    refused = [line for line in lines if line["outcome"] == "refused"]
    assert [(line["row"], line["reason"]) for line in refused] == [(3, "E_FIELD")]
    assert run.json() == {"accepted": 2, "refused": 1, "notSent": 2, "validateOnly": False}


def test_import_of_json_lines():
    dataset = define()
    path = file("many.jsonl", "".join(
        json.dumps({"period": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
                    "rows": [{"month": "2026-01", "count": n + SALT}]}) + "\n" for n in range(200)))
    run = ctl("contribution", "import", path, "--dataset-id", dataset, "--progress", "json",
              "-o", "json")
    assert run.json()["accepted"] == 200
    assert json.loads(run.err.splitlines()[-1])["acknowledged"] == "200"


def test_import_survives_a_lost_connection():
    dataset = define("Cut")
    path = file("cut.jsonl", "".join(
        json.dumps({"rows": [{"month": "2026-01", "count": n + SALT}]}) + "\n"
        for n in range(15000)))
    child = subprocess.Popen([os.environ["PIDC_PIDCCTL"], "contribution", "import", path,
                              "--dataset-id", dataset, "--progress", "json", "-o", "json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=environment("tv-officer", None))
    first = child.stderr.readline()
    assert 0 < int(json.loads(first)["acknowledged"]) < 15000, first
    with open(os.environ["PIDC_PID_FILE"], encoding="ascii") as f:
        os.kill(int(f.read()), signal.SIGKILL)
    subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../dev"), "start"],
                   check=True, stdout=subprocess.DEVNULL)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err[-2000:]
    assert "the connection was lost" in err
    assert json.loads(out) == {"accepted": 15000, "refused": 0, "notSent": 0, "validateOnly": False}
    # Nothing is lost, nothing is there twice.
    assert len(ctl("contribution", "list", "--dataset-id", dataset, "-o", "name").out.split()) == 15000


def test_a_forgotten_value_swallows_no_option():
    path = file("swallow.csv", "month,count\n2026-01,1\n")
    run = ctl("contribution", "import", path, "--dataset-id", "--dry-run", status=2)
    assert "--dataset-id needs a value" in run.err


def test_lists_fetch_all_pages():
    dataset = define("Pages")
    path = file("pages.csv", "month,count\n" + "".join("2026-01,%d\n" % (SALT + n)
                                                         for n in range(1100)))
    ctl("contribution", "import", path, "--dataset-id", dataset)
    words = ("contribution", "list", "--dataset-id", dataset)
    all_of_it = ctl(*words, "-o", "json").json()
    assert len(all_of_it["items"]) == 1100 and "nextPageToken" not in all_of_it
    assert isinstance(all_of_it["revision"], str) and int(all_of_it["revision"]) > 0
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z$", all_of_it["asOf"])
    ids = ctl(*words, "-o", "name").out.split()
    assert ids == [c["contributionId"] for c in all_of_it["items"]]
    assert len(ctl(*words, "-o", "jsonl").out.splitlines()) == 1100
    csv = ctl(*words, "-o", "csv").out.split("\r\n")
    assert csv[0].startswith("contributionId,datasetId,ownerOrg,period.from,")
    assert len(csv) == 1102 and csv[-1] == ""
    some = ctl(*words, "--limit", "700", "-o", "json").json()
    assert [c["contributionId"] for c in some["items"]] == ids[:700]
    rest = ctl(*words, "--page-token", some["nextPageToken"], "-o", "name").out.split()
    assert rest == ids[700:]
    small = ctl(*words, "--page-size", "7", "--limit", "20", "-o", "name").out.split()
    assert small == ids[:20]
    run = ctl(*words, "--limit", "5")
    assert len(run.out.splitlines()) == 6 and "5 shown, more with --page-token" in run.err
    assert "revision " in run.err


def test_data_cannot_drive_terminal_or_spreadsheet():
    # The register refuses control characters; formulas are text like any other.
    define("=HYPERLINK(1)")
    assert "\"'=HYPERLINK(1)\"" in ctl("dataset", "list", "-o", "csv").out
    assert "=HYPERLINK(1)" in ctl("dataset", "list", "-o", "json").out


# --- errors and exit statuses --------------------------------------------------


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


def test_help_teaches():
    assert re.search(r"^8 .*queued", ctl("help", "exit-codes").out, re.M)
    help_text = ctl("consent", "grant", "--help").out
    assert "Examples" in help_text and "--condition KIND[=VALUE]" in help_text
    assert ctl("help", "consent", "grant").out == help_text
    assert max(len(line) for line in ctl("help").out.splitlines()) <= 80
    ctl("help", "no-such-noun", status=2)


# --- consent: read, type, sign ----------------------------------------------------


def test_signing_shows_sentences_and_wants_yes():
    dataset = define("Asked")
    words = ("consent", "grant", "--dataset", dataset, "--to", "iom", "--purpose", "ME", "--action",
             "read", "--field", "count", "--condition", "min_cell=5")
    text = ctl(*words, "--text-only").out
    for part in ('"Tuvalu" (tv) permits the recipient to read the data.',
                 '"International Organisation for Migration" (iom)', '"Asked"', dataset,
                 "these fields: count.", '"Monitoring and evaluation" (ME); no other.',
                 "- numbers that stand for fewer than 5 persons are left out"):
        assert part in " ".join(text.split()), (part, text)
    assert "permet au destinataire" in ctl(*words, "--text-only", "--language", "fr").out
    before = revision()
    # Nobody to ask: nothing is signed, and nothing is asked of the register.
    assert "--yes" in ctl(*words, status=2).err
    terminal = Terminal(*words)
    terminal.answer("Type yes:", "yes please")
    assert terminal.end() == 3
    assert revision() == before
    terminal = Terminal(*words)
    terminal.answer("Type yes:", "yes")
    assert terminal.end() == 0, terminal.text
    assert "permits the recipient" in terminal.text
    assert int(revision()) == int(before) + 1
    ctl(*words, "--dry-run")
    assert int(revision()) == int(before) + 1


def test_revoking_wants_the_id_typed():
    consent = grant(define())["consentId"]
    words = ("consent", "revoke", consent)
    assert "--reason" in ctl(*words, "--yes", status=2).err
    words += ("--reason", "a test")
    assert "--expect-revision" in ctl(*words, "--yes", status=2).err
    ctl(*words, status=2)
    terminal = Terminal(*words)
    terminal.answer("to do it:", "yes")
    assert terminal.end() == 3
    assert state_of(consent) == "CONSENT_STATE_CURRENT"
    terminal = Terminal(*words)
    terminal.answer("to do it:", consent)
    assert terminal.end() == 0, terminal.text
    assert "at once and for good" in " ".join(terminal.text.split())
    assert state_of(consent) == "CONSENT_STATE_REVOKED"
    consent = grant(define())["consentId"]
    ctl("consent", "revoke", consent, "--reason", "a test", "--yes", "--expect-revision", revision())
    assert state_of(consent) == "CONSENT_STATE_REVOKED"


def test_show_reads_every_statement():
    consent = grant(define("Shown"))["consentId"]
    ctl("consent", "suspend", consent, "--yes", "--reason", "a question")
    ctl("consent", "resume", consent, "--yes")
    text = " ".join(ctl("consent", "show", consent).out.split())
    for part in ("CURRENT", '"Shown"', "permits the recipient", "pauses the consent " + consent,
                 'The reason given: "a question"', "which is paused, apply again"):
        assert part in text, (part, text)
    assert text.count("Signature verified here") == 3
    # The recipient reads it too, without the titles of the owner's datasets.
    text = ctl("consent", "show", consent, name="iom-officer").out
    assert "permits the recipient" in text and "Shown" not in text


def test_amber_needs_a_second_person():
    dataset = ctl("dataset", "define", "--title", "Cases", "--category", "CASE", "--granularity",
                  "aggregate", "--classification", "amber", "--legal-basis", "Immigration Act",
                  "--ethics-note", "aggregates only", "--field", "count:INTEGER", "-o",
                  "json").json()["dataset"]["datasetId"]
    made = grant(dataset)
    assert made["isPending"] is True
    waiting = ctl("consent", "pending", "-o", "json").json()["items"]
    statement = [p["statementId"] for p in waiting if p["consentId"] == made["consentId"]][0]
    ctl("consent", "approve", statement, "--yes", status=3)  # the same person
    run = ctl("consent", "approve", statement, "--yes", name="tv-head")
    assert "This is what you sign" in run.err and '"Cases"' in run.err
    shown = ctl("consent", "show", made["consentId"]).out
    assert "Second signature verified here" in shown
    # Replayed together, the waiting statement and its approval are one chain.
    ctl("ledger", "verify", "--deep", name="auditor")


def test_class_is_pinned_to_who_is_in_it():
    dataset = define()
    text = " ".join(ctl("consent", "grant", "--dataset", dataset, "--to-class", "REGIONAL_ORG",
                        "--purpose", "ME", "--action", "read", "--field", "count",
                        "--text-only").out.split())
    assert "class \"Regional organisation\" (REGIONAL_ORG), but only those" in text, text
    assert "(ffa)" in text and "(iom)" not in text


def ask(*more):
    return ctl("request", "create", "--owner-org", "tv", "--category", "OVER",
               "--granularity-ceiling", "aggregate", "--purpose", "ME", "--action", "read",
               "--field", "count", "--justification", "evaluation of the programme", "--notice",
               "en:IOM asks for counts", "--notice", "fr:L'OIM demande des nombres",
               "--answer-by", "2027-06-01T00:00:00Z", "-o", "json", *more,
               name="iom-officer").json()["request"]["consentRequestId"]


def request_state(request):
    return ctl("request", "get", request, "-o", "json").json()["request"]["state"]


def test_requests_are_answered():
    request = ask()
    assert request in ctl("request", "list", "--state", "open", "-o", "name").out.split()
    run = ctl("consent", "grant", "--category", "OVER", "--granularity-ceiling", "aggregate", "--to",
              "iom", "--purpose", "ME", "--action", "read", "--field", "count", "--answers", request,
              "--yes", "-o", "json")
    # Who signs has read the notice.
    assert "en: IOM asks for counts" in run.err and "answers the request " + request in run.err
    assert request_state(request) == "SHARING_REQUEST_STATE_GRANTED"
    ctl("consent", "revoke", run.json()["consentId"], "--reason", "a test", "--yes",
        "--expect-revision", revision())
    request = ask()
    ctl("consent", "refuse", "--answers", request, "--reason", "not now", "--yes")
    assert request_state(request) == "SHARING_REQUEST_STATE_REFUSED"
    request = ask()
    ctl("request", "withdraw", request, "--expected-version", "1", name="iom-officer")
    assert request_state(request) == "SHARING_REQUEST_STATE_WITHDRAWN"
    ctl("request", "create", "--notice", "no language", name="iom-officer", status=2)


def test_explain_and_matrix():
    dataset = define()
    question = ("--owner-org", "tv", "--recipient-org", "iom", "--dataset-id", dataset, "--purpose",
                "ME", "--action", "read", "--field", "count")
    run = ctl("consent", "explain", *question, status=3)
    assert run.out.startswith("DENY ") and "FAIL G9" in run.out and "PASS G1" in run.out
    consent = grant(dataset)["consentId"]
    run = ctl("consent", "explain", *question)
    assert run.out.startswith("PERMIT") and "grant %s: this one permits it" % consent in run.out
    assert ctl("consent", "explain", *question, "-o", "json").json()["verdict"] == "VERDICT_PERMIT"
    ctl("consent", "check", *question)
    ctl("consent", "explain", *question[:-1], "month", status=3)
    rows = ctl("consent", "matrix", "--recipient-org", "iom", "-o", "json").json()["items"]
    assert [r["fields"] for r in rows if r["datasetId"] == dataset] == [["count"]]
    assert "iom" in ctl("consent", "matrix").out


def test_revoke_all():
    dataset = define()
    consents = [grant(dataset, "--mode", "add")["consentId"] for _ in range(3)]
    words = ("consent", "revoke-all", "--dataset", dataset)
    listed = ctl(*words, "--preview", "-o", "json").json()["items"]
    assert sorted(c["consentId"] for c in listed) == sorted(consents)
    words += ("--reason", "a test")
    ctl(*words, status=2)
    ctl(*words, "--yes", status=2)
    ctl(*words, "--yes", "--expect-count", "2", status=6)
    ctl(*words, "--suspend", "--yes", "--expect-count", "3")
    assert state_of(consents[0]) == "CONSENT_STATE_SUSPENDED"
    terminal = Terminal(*words)
    terminal.answer("to do it:", "2")
    assert terminal.end() == 3
    assert state_of(consents[0]) == "CONSENT_STATE_SUSPENDED"
    terminal = Terminal(*words)
    terminal.answer("Type 3 to do it:", "3")
    assert terminal.end() == 0, terminal.text
    assert {state_of(c) for c in consents} == {"CONSENT_STATE_REVOKED"}
    ctl(*words, "--yes", "--expect-count", "3", status=5)


def test_contributions_are_held_and_withdrawn():
    dataset = define()
    path = file("one.csv", "month,count\n2026-01,%d\n" % SALT)
    made = ctl("contribution", "submit", path, "--dataset-id", dataset, "-o", "json").json()
    contribution = made["contributionId"]

    def status_of():
        return ctl("contribution", "get", contribution, "-o",
                   "json").json()["contribution"]["status"]

    ctl("contribution", "hold", contribution, "--reason", "being checked")
    assert status_of() == "CONTRIBUTION_STATUS_HELD"
    ctl("contribution", "release-hold", contribution, "--expected-version", "2", "--reason", "right")
    ctl("contribution", "reclassify", contribution, "--classification", "amber", "--reason",
        "names an island")
    corrected = file("two.csv", "month,count\n2026-01,2\n")
    ctl("contribution", "submit", corrected, "--dataset-id", dataset, "--classification", "amber",
        "--replaces", contribution, "--dry-run")
    words = ("contribution", "withdraw", contribution, "--reason", "wrong month")
    ctl(*words, status=2)
    ctl(*words, "--yes", status=2)
    ctl(*words, "--yes", "--expected-version", "1", status=6)
    terminal = Terminal(*words)
    terminal.answer("to do it:", contribution)
    assert terminal.end() == 0, terminal.text
    assert status_of() == "CONTRIBUTION_STATUS_WITHDRAWN"
    assert contribution in ctl("contribution", "list", "--status", "withdrawn", "-o", "name").out


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


def test_watch_adds_lines_until_interrupted():
    start = int(revision())
    define("Watched")
    child = subprocess.Popen([os.environ["PIDC_PIDCCTL"], "ledger", "watch", "--start", str(start + 1),
                              "-o", "json"], stdout=subprocess.PIPE, text=True,
                             env=environment("tv-officer", None))
    first = json.loads(child.stdout.readline())
    assert first["event"]["datasetDefined"]["dataset"]["title"] == "Watched"
    define("Watched later")
    assert json.loads(child.stdout.readline())["event"]["datasetDefined"]["dataset"][
        "title"] == "Watched later"
    child.send_signal(signal.SIGINT)
    assert child.wait(60) == 130
    child.stdout.close()


# --- contexts, terminal, completion -------------------------------------------------


def test_contexts():
    os.makedirs(os.path.join(WORK, "pidc"), exist_ok=True)
    file("pidc/config.ini", "[pidcctl]\ncontext = test\n"
         "[context \"test\"]\nserver = %s\nca = %s\ncert = %s/ws-officer.crt\nkey = %s/ws-officer.key\n"
         "[context \"prod\"]\nserver = %s\nca = %s\ncert = %s/fj-officer.crt\nkey = %s/fj-officer.key\n"
         "capacity = FUNDER\nproduction = yes\n" % (
             (os.environ["PIDC_ADDRESS"], os.environ["PIDC_CA"], CERTS, CERTS) * 2))
    none = {"PIDC_SERVER": None, "PIDC_CA": None, "PIDC_CERT": None, "PIDC_KEY": None}
    try:
        who = lambda *w, **env: ctl("whoami", "-o", "json", *w, env=dict(none, **env)).json()["actor"]
        assert who()["org"] == "ws"
        assert who("--context", "prod")["org"] == "fj"
        assert who("--context", "prod")["capacity"] == "CAPACITY_FUNDER"
        assert who(PIDC_CONTEXT="prod")["org"] == "fj"
        assert who("--context", "test", PIDC_CONTEXT="prod")["org"] == "ws"
        # flag, then variable, then context
        assert who("--context", "prod", PIDC_CAPACITY="MEMBER")["capacity"] == "CAPACITY_MEMBER"
        assert who("--context", "prod", "--capacity", "FUNDER",
                   PIDC_CAPACITY="MEMBER")["capacity"] == "CAPACITY_FUNDER"
        assert who(PIDC_CERT=CERTS + "/to-officer.crt", PIDC_KEY=CERTS + "/to-officer.key")["org"] == "to"
        shown = ctl("context", "show", "-o", "json", env=dict(none, PIDC_CAPACITY="MEMBER")).json()
        assert shown["serverFrom"] == "context" and shown["capacityFrom"] == "PIDC_CAPACITY"
        assert shown["principalId"].endswith("/member/ws/officer/o1")
        assert "prod" in ctl("context", "list").out
        words = ("dataset", "define", "--context", "prod", "--capacity", "MEMBER", "--title", "x",
                 "--category", "OVER", "--granularity", "aggregate", "--classification", "green",
                 "--legal-basis", "x law", "--ethics-note", "aggregates", "--field", "n:INTEGER")
        assert "context prod as spiffe://pidc.int/member/fj/officer/o1\n" in ctl(*words, env=none).err
        assert "context prod" not in ctl(*words, "--dry-run", env=none).err
        assert "context prod" not in ctl("whoami", "--context", "prod", env=none).err
        file("pidc/config.ini", "[context \"test\"]\nserver x\n")
        assert "config.ini:2" in ctl("whoami", env=none, status=2).err
    finally:
        os.remove(os.path.join(WORK, "pidc/config.ini"))


def test_colours_and_pager():
    escape = "\x1b["
    assert escape not in ctl("org", "list").out
    assert escape in ctl("org", "list", "--color", "always").out
    assert escape in ctl("org", "list", env={"CLICOLOR_FORCE": "1"}).out
    assert escape not in ctl("org", "list", env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).out
    for env, is_coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        terminal = Terminal("member", "list", env=dict({"PAGER": "cat"}, **env))
        assert terminal.end() == 0
        assert (escape in terminal.text) == is_coloured, (env, terminal.text)
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in terminal.text.splitlines()]
        assert max(len(line) for line in lines) <= 80, terminal.text
    seen = file("pager", "")
    pager = {"PIDC_PAGER": "tee %s" % seen}
    terminal = Terminal("member", "list", env=pager)
    assert terminal.end() == 0
    with open(seen, encoding="utf-8") as f:
        assert "Tuvalu" in f.read()
    file("pager", "")
    for words in (["member", "list", "--no-pager"], ["member", "get", "tv"]):
        assert Terminal(*words, env=pager).end() == 0
    ctl("member", "list", env=pager)
    assert os.path.getsize(seen) == 0
    # A pager that is not there does not lose the answer.
    terminal = Terminal("member", "list", env={"PAGER": "/no/such/pager"})
    assert terminal.end() == 0 and "Tuvalu" in terminal.text


def test_tables_fit_eighty_columns():
    consent = grant(define())["consentId"]
    for words in (["partner", "list"], ["partner", "register"], ["org", "list"], ["dataset", "list"],
                  ["contribution", "list", "--limit", "3"], ["consent", "list"],
                  ["consent", "show", consent], ["ledger", "entries", "--count", "3"],
                  ["code", "list"]):
        terminal = Terminal(*words, env={"PAGER": "cat", "NO_COLOR": "1"})
        assert terminal.end() == 0, terminal.text
        wide = [line for line in terminal.text.splitlines() if len(line) > 80]
        assert not wide, wide


def test_completion():
    def complete(*words):
        return ctl("__complete", *words).out.split()
    assert "consent" in complete("con") and "contribution" in complete("con")
    assert complete("consent", "gr") == ["grant"]
    assert "--condition" in complete("consent", "grant", "--co")
    assert "--context" in complete("consent", "grant", "--co")
    assert complete("consent", "grant", "-o", "js") == ["json", "jsonl"]
    assert complete("consent", "grant", "--mode", "") == ["add", "exclusive"]
    # Nothing is asked over the link.
    assert complete("dataset", "get", "") == []
    script = ctl("completion", "bash").out + '''
COMP_WORDS=(pidcctl consent gr); COMP_CWORD=2; _pidcctl; echo "${COMPREPLY[@]}"
'''
    path = os.path.dirname(os.environ["PIDC_PIDCCTL"]) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", script], env=dict(os.environ, PATH=path), check=True,
                          stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == "grant"
    for shell in "zsh", "fish":
        assert "__complete" in ctl("completion", shell).out


def main():
    failed = 0
    wanted = sys.argv[1:]
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        try:
            test()
            print("ok   %s" % name, flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("FAIL %s\n%s" % (name, traceback.format_exc()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
