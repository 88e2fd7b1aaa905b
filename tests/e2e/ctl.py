#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pidcctl against a daemon: what it prints, what it writes and what it must not,
and the exit status of each outcome. Wants the variables of build/up/env."""

import json
import os
import subprocess
import sys
import tempfile
import traceback

CERTS = os.environ["PIDC_CERT_DIR"]
WORK = tempfile.mkdtemp(prefix="pidc-ctl-")


class Run:
    """One run of pidcctl, without a terminal."""

    def __init__(self, words, name, stdin, env):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PIDC_")}
        environment.update(PIDC_SERVER=os.environ["PIDC_ADDRESS"], PIDC_CA=os.environ["PIDC_CA"],
                           PIDC_CERT="%s/%s.crt" % (CERTS, name), LC_ALL="C.UTF-8",
                           PIDC_KEY="%s/%s.key" % (CERTS, name), HOME=WORK)
        environment.update(env or {})
        done = subprocess.run([os.environ["PIDC_PIDCCTL"]] + list(words), input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=environment, timeout=120)
        self.words = words
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err.splitlines()[-1])


def ctl(*words, name="tv-officer", status=0, stdin="", env=None):
    run = Run(words, name, stdin, env)
    assert run.status == status, "%s: exit %d, expected %d\n%s%s" % (
        " ".join(words), run.status, status, run.out, run.err)
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


def contributions(dataset):
    return ctl("contribution", "list", "--dataset-id", dataset, "-o", "json").json()["items"]


def revision():
    return ctl("ledger", "head", "-o", "json").json()["position"]["revision"]


# --- tests ------------------------------------------------------------------


def test_import_dry_run_writes_nothing():
    dataset = define()
    path = file("dry.csv", "month,count\n2026-01,1\n2026-02,2\n")
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
    path = file("bad.csv", "month,count\r\n2026-01,1\r\n2026-13,2\r\n3\r\n\"open,4\r\n2026-05,5\r\n")
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
                    "rows": [{"month": "2026-01", "count": n}]}) + "\n" for n in range(200)))
    run = ctl("contribution", "import", path, "--dataset-id", dataset, "--progress", "json",
              "-o", "json")
    assert run.json()["accepted"] == 200
    assert json.loads(run.err.splitlines()[-1])["acknowledged"] == "200"


def test_a_forgotten_value_swallows_no_option():
    path = file("swallow.csv", "month,count\n2026-01,1\n")
    run = ctl("contribution", "import", path, "--dataset-id", "--dry-run", status=2)
    assert "--dataset-id needs a value" in run.err


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
