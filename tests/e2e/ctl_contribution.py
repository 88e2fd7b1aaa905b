# SPDX-License-Identifier: ISC
"""pidcctl contribution and dataset: what is contributed, and lists of it."""

import json
import os
import re
import signal
import subprocess

from ctllib import WORK, SALT, contributions, ctl, define, environment, file, revision, Terminal


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


def test_lowering_takes_two():
    dataset = define()
    path = file("low.csv", "month,count\n2026-01,%d\n" % SALT)
    made = ctl("contribution", "submit", path, "--dataset-id", dataset, "-o",
               "json").json()["contributionId"]
    ctl("contribution", "reclassify", made, "--classification", "amber", "--reason", "an island")
    words = ("contribution", "lower", made)
    lower = words + ("--classification", "green", "--reason", "the name is gone")
    text = " ".join(ctl(*lower, "--text-only").out.split())
    assert "from AMBER to GREEN." in text and "version 2" in text and "the name is gone" in text
    text = " ".join(ctl(*lower, "--text-only", "--language", "fr").out.split())
    assert "abaisse la classification de sa contribution " + made in text, text
    ctl(*lower, "--text-only", "--language", "de", status=2)
    ctl(*lower, "--yes", status=3)  # one is not enough (SD-6)
    signed = os.path.join(WORK, "lower.json")
    ctl(*lower, "--write", signed, "--yes")
    ctl(*lower, "--write", signed, "--yes", status=2)
    ctl(*words, "--approve", signed, "--yes", status=3)  # the same person
    run = ctl(*words, "--approve", signed, "--yes", name="tv-head")
    assert "from AMBER to GREEN" in " ".join(run.err.split())
    assert ctl("contribution", "get", made, "-o", "json").json()["contribution"][
        "classification"] == "CLASSIFICATION_GREEN"
